"""A language model labels an archive, and its failures cost no label."""

from collections import Counter
from collections.abc import Callable
from threading import Event
from typing import Any

import pytest
from sqlalchemy import delete, select
from support.language_model_runs import (
    READS,
    Perform,
    after,
    broken,
    failure_of,
    log_of,
    refusing,
    succeeded,
    swept,
)
from support.language_models import MODEL, Behaviour, Reply, Server, report_in

from app.acceptance.unlike import in_words
from app.db.archive import Study
from app.db.engine import Database
from app.db.language_model import LanguageModelAnswer
from app.db.learning import ModelVersion, PseudoLabel, Run
from app.db.reading import ReferenceLabel
from app.endpoint import answers, client
from app.settings import Settings


def test_reports_are_read_by_a_language_model_as_they_are_stored_and_asked_about_once(
    database: Database, perform: Perform, server: Server
) -> None:
    succeeded(perform("train_labeler", method="language_model"))
    result = succeeded(perform("sweep", tolerated_error=0.3))
    assert result["language_model_answered"] > 0
    assert result["accepted"] > 0
    assert result["language_model_unusable"] == result["language_model_unreached"] == 0
    with database.begin() as session:
        stored = set(session.scalars(select(Study.report)))
        version = session.scalars(select(ModelVersion)).one()
    assert set(server.reports()) <= stored
    assert set(Counter(server.reports()).values()) == {1}
    assert version.method == "language_model"
    assert version.metrics["language_model_name"] == MODEL
    assert version.metrics["language_model"]["accuracy"] > 0.8
    asked = len(server.reports())
    succeeded(perform("sweep"))
    assert len(server.reports()) == asked


def test_what_was_quoted_is_kept_for_review_as_places(
    database: Database, perform: Perform, server: Server
) -> None:
    succeeded(perform("train_labeler", method="language_model"))
    succeeded(perform("sweep"))
    with database.begin() as session:
        rows = session.scalars(select(PseudoLabel)).all()
        kept = session.scalars(select(LanguageModelAnswer)).all()
    assert all(row.words and len(row.words["marks"]) == 1 for row in rows)
    assert kept
    for answer in kept:
        (verdict,) = answer.verdicts
        assert set(verdict) == {"side", "class_name", "certainty", "start", "end"}


def test_no_label_is_needed_to_begin_and_nothing_is_accepted_without_calibration_reads(
    database: Database, perform: Perform, server: Server
) -> None:
    with database.begin() as session:
        session.execute(delete(ReferenceLabel))
    succeeded(perform("train_labeler", method="language_model"))
    result = succeeded(perform("sweep"))
    assert result["accepted"] == 0
    assert "calibration reads" in result["in_words"]
    assert result["language_model_answered"] == result["needs_review"]


def test_a_sweep_killed_amid_its_questions_asks_none_twice_and_ends_the_same(
    database: Database,
    perform: Perform,
    server: Server,
    take_over: Callable[[], Run],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    succeeded(perform("train_labeler", method="language_model"))
    keep, kept = answers.keep, iter(range(20))

    def die_at_the_last(*args: Any) -> None:
        if next(kept, None) is None:
            raise SystemExit
        keep(*args)

    with monkeypatch.context() as patched:
        patched.setattr(answers, "keep", die_at_the_last)
        with pytest.raises(SystemExit):
            perform("sweep")
    before = len(server.reports())
    resumed = take_over()
    repeated = Counter(server.reports()).total() - len(set(server.reports()))
    assert repeated <= 12  # of a shard of 16, of which 4 were kept when it was killed
    assert len(server.reports()) > before
    again = succeeded(perform("sweep"))["sweep"]
    assert swept(database, resumed.result["sweep"]) == swept(database, again)


@pytest.mark.parametrize("failing", [broken, refusing])
def test_a_sweep_goes_on_with_the_other_parts_and_holds_back_what_was_read_without(
    database: Database,
    perform: Perform,
    server: Server,
    failing: Behaviour,
) -> None:
    succeeded(perform("train_labeler", method="fused"))
    server.behaviour = after(20, failing)
    run = perform("sweep", tolerated_error=0.5)
    result = succeeded(run)
    rows = swept(database, result["sweep"])
    statuses = Counter(asked for _, asked, _ in rows.values())
    assert statuses["answered"] == result["language_model_answered"] > 0
    assert statuses["unreached"] == result["language_model_unreached"] > 0
    assert {status for _, asked, status in rows.values() if asked == "unreached"} == {
        "needs_review"
    }
    assert result["unlike"]["language_model"] == statuses["unreached"]
    assert "without the language model" in in_words(result)
    with database.begin() as session:
        log = log_of(session, run)
    assert "Films are read without the language model" in log
    assert "could not be reached" in log

    server.behaviour = READS
    before = len(set(server.reports()))
    later = succeeded(perform("sweep", tolerated_error=0.5))
    assert later["language_model_unreached"] == 0
    assert "language_model" not in later["unlike"]
    assert later["accepted"] > 0
    assert len(set(server.reports())) >= before


def test_a_model_that_comes_back_is_asked_again_in_the_same_sweep(
    database: Database, perform: Perform, server: Server
) -> None:
    succeeded(perform("train_labeler", method="fused"))
    answered, failing_trials = iter(range(4)), iter(range(client.TRIES + 1))
    back = Event()

    def away_until_the_second_batch(asked: dict[str, Any]) -> Reply | None:
        if report_in(asked) is None and next(failing_trials, None) is None:
            back.set()
        here = back.is_set() or (report_in(asked) and next(answered, None) is not None)
        return READS(asked) if here else Reply(503)

    server.behaviour = away_until_the_second_batch
    result = succeeded(perform("sweep"))
    rows = sorted(swept(database, result["sweep"]).items())
    assert [asked for _, (_, asked, _) in rows[:16]].count("unreached") == 12
    assert {asked for _, (_, asked, _) in rows[16:]} == {"answered"}


def test_a_sweep_that_has_nothing_else_to_read_with_stops_whole_and_can_go_on(
    database: Database, perform: Perform, server: Server
) -> None:
    succeeded(perform("train_labeler", method="language_model"))
    server.behaviour = after(30, broken)
    failure = failure_of(perform("sweep"))
    assert "status 503" in failure["what"]
    assert failure["where"].startswith("http://127.0.0.1:")
    with database.begin() as session:
        written = session.scalars(select(PseudoLabel.asked)).all()
    assert len(written) % 16 == 0
    assert set(written) <= {"answered"}

    server.behaviour = READS
    before = len(server.reports())
    result = succeeded(perform("sweep"))
    assert result["language_model_unreached"] == 0
    assert len(server.reports()) - before < result["language_model_answered"]


def test_one_report_that_takes_too_long_is_passed_over(
    database: Database, settings: Settings, perform: Perform, server: Server
) -> None:
    succeeded(perform("train_labeler", method="language_model"))
    settings.llm_seconds = 1.0

    def ponder(asked: dict[str, Any]) -> Reply | None:
        return None if (report_in(asked) or "").endswith("Series 40.") else READS(asked)

    server.behaviour = ponder
    for _ in range(2):  # the second time it is the only one that is left to ask about
        assert succeeded(perform("sweep"))["language_model_unreached"] <= 2
