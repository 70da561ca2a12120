"""`condyle audit retire` and `verify`: what the rule says goes, and what went can be checked."""

import json
import re
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from support.audit_log import ADDRESS, fill
from support.command_line import run_command

from app.audit import archive, bases, retention, retiring
from app.audit.chain import Head, head
from app.audit.heads import daily, kept
from app.db.engine import Database
from app.db.tables import now
from app.errors import Refused
from app.settings import Settings

Condyle = Callable[..., tuple[int, str]]


@pytest.fixture
def condyle(settings: Settings, sqlite_database: Database, tmp_path: Path) -> Condyle:
    """Run a command of the audit log in a workspace that keeps heads, with a rule of a year."""
    fill(sqlite_database)
    told = {"audit_heads": str(tmp_path / "heads"), "audit_retention_days": 365}
    ruled = settings.model_copy(update=told)

    def run(*words: str, **other: object) -> tuple[int, str]:
        done = run_command(ruled.model_copy(update=other), *words)
        return done.exit_code, done.output

    return run


def test_the_command_retires_what_the_rule_says_and_the_log_is_whole_from_there(
    condyle: Condyle, sqlite_database: Database, settings: Settings, tmp_path: Path
) -> None:
    told = {"audit_heads": str(tmp_path / "heads"), "audit_retention_days": 365}
    ruled = settings.model_copy(update=told)
    daily.keep(sqlite_database, ruled)
    (overdue,) = retention.examine(ruled)
    assert not overdue.good
    assert "older than 365 days" in overdue.words
    with sqlite_database() as session:
        whole = head(session)
    file = tmp_path / "old.json"
    status, said = condyle("audit", "retire", "--to", str(file))
    assert status == 0
    digest = re.search(r"Retired: 6 events.*\nSHA-256 of the file: (\w{64})\n", said)
    assert digest
    assert [each.good for each in retention.examine(ruled)] == [True]
    assert file.stat().st_mode & 0o777 == 0o600
    assert [row["address"] for row in json.loads(file.read_text("utf-8"))] == [ADDRESS] * 6
    status, said = condyle("audit", "verify", "--head", kept.written(whole))
    assert (status, said.splitlines()[:2]) == (
        0,
        ["Whole: 5 events.", "Begins with event 7: 6 events before it are in archives."],
    )
    assert "Kept heads: 2, all of them in it." in said
    assert condyle("audit", "verify", str(file)) == (
        0,
        "Whole: events 1 to 6, as they were retired.\n",
    )
    status, said = condyle("audit", "retire", "--to", str(tmp_path / "more.json"))
    assert said.startswith("Nothing to retire")
    # The beginning is no head of a day: the next one is kept as ever.
    assert daily.keep(sqlite_database, ruled) is None
    assert kept.latest(kept.read(tmp_path / "heads")) == kept.read(tmp_path / "heads")[0]
    file.write_bytes(file.read_bytes().replace(b'"person": null', b'"person": "me"', 1))
    status, said = condyle("audit", "verify", str(file))
    assert (status, "is not what the log says was retired" in said) == (3, True)
    file.write_bytes(file.read_bytes().replace(b"thing 3", b"thing 4"))
    status, said = condyle("audit", "verify", str(file))
    assert (status, said.splitlines()[0]) == (3, "Broken: event 3 was changed.")


def test_nothing_goes_before_its_time(condyle: Condyle, tmp_path: Path) -> None:
    soon = (now() - timedelta(days=182)).date().isoformat()
    for words, rule, what in (
        ((), 0, "Nothing says how long"),
        ((), 182, "for 183 days at least"),
        (("--before", soon), 0, "kept for 183 days"),
        (("--before", soon), 365, "kept for 365 days"),
    ):
        with pytest.raises(Refused, match=what):
            condyle(
                "audit",
                "retire",
                "--to",
                str(tmp_path / "f"),
                *words,
                audit_retention_days=rule,
            )
    (tmp_path / "there").write_text("")
    with pytest.raises(Refused, match="This file exists"):
        condyle("audit", "retire", "--to", str(tmp_path / "there"))
    assert not (tmp_path / "f").exists()
    assert condyle("audit", "verify")[1].startswith("Whole: 10 events.")


def test_more_events_than_go_at_once_go_to_one_file_after_the_other(
    condyle: Condyle,
    sqlite_database: Database,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(retiring, "MOST", 4)
    condyle("audit", "keep")
    status, said = condyle("audit", "retire", "--to", str(tmp_path / "1.json"))
    assert (status, "Retired: 4 events" in said) == (0, True)
    assert re.search(r"\n2 more events are older than .* UTC: run this again, with another", said)
    status, said = condyle("audit", "retire", "--to", str(tmp_path / "2.json"))
    assert (status, "Retired: 2 events" in said, "more events" in said) == (0, True, False)
    assert condyle("audit", "verify")[1].splitlines()[:2] == [
        "Whole: 6 events.",
        "Begins with event 7: 6 events before it are in archives.",
    ]
    files = [str(tmp_path / "1.json"), str(tmp_path / "2.json")]
    assert condyle("audit", "verify", *files) == (
        0,
        "Whole: events 1 to 4, as they were retired.\n"
        "Whole: events 5 to 6, as they were retired.\n",
    )
    fifth = Head(5, json.loads((tmp_path / "2.json").read_text("utf-8"))[0]["digest"])
    with sqlite_database() as session:
        newest = head(session)
        assert [base.events for base in bases.all_of(session)] == [4, 2]
    for typed, named, whole in (
        (fifth, files, True),
        (fifth, files[:1], False),
        (newest, files, False),
        (Head(10**6, "f" * 64), files, False),
    ):
        words = ("audit", "verify", *named, "--head", kept.written(typed))
        if whole:
            assert condyle(*words)[0] == 0
        else:
            with pytest.raises(Refused, match=f"Event {typed.event_id} is in none of these"):
                condyle(*words)
    status, said = condyle("audit", "verify", *files, "--head", f"5 {'f' * 64}")
    assert (status, said.splitlines()[0]) == (
        3,
        "Broken: event 5 is not the one whose digest was written down.",
    )


@pytest.mark.parametrize("at", ["9999-12-31T23:59:59-14:00", "0001-01-01T00:00:00+14:00"])
def test_a_moment_of_no_year_breaks_the_archive_at_its_event(
    at: str, condyle: Condyle, tmp_path: Path
) -> None:
    file = tmp_path / "old.json"
    condyle("audit", "retire", "--to", str(file))
    events = json.loads(file.read_text("utf-8"))
    events[2]["at"] = at
    file.write_text("[\n" + ",\n".join(json.dumps(each) for each in events) + "\n]\n")
    assert archive.check(file).broken == (3, "cannot be read")
