"""What every kind of run has, wherever one looks for it; a step that was forgotten is named."""

import re
from pathlib import Path
from typing import Any

import pytest
from babel.messages.pofile import read_po
from sqlalchemy.exc import IntegrityError
from support.startable import make_startable, settings_for
from support.web import Web
from typer.main import get_command

from app.cli import cli
from app.db.engine import Database
from app.languages.catalogue import TEMPLATE
from app.run_commands import option_of
from app.runs import rules
from app.runs.kinds import KINDS, SWEEP, TRAIN_LABELER, AnyKind
from app.runs.parameters import SweepParameters
from app.settings import Settings
from worker import main, progress

ROOT = Path(__file__).parents[2]
RUNS = (ROOT / "docs/runs.md").read_text("utf-8")
QUEUES = ("decode", "cpu", "gpu", "network")
ALL = pytest.mark.parametrize("kind", KINDS.values(), ids=KINDS)
ON_SQLITE = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


@pytest.fixture
def site(web: Web) -> Web:
    """A site on which every kind of run can be started."""
    return make_startable(web)


@ALL
def test_a_kind_says_what_it_is_who_serves_it_and_what_comes_next(kind: AnyKind) -> None:
    assert KINDS[kind.name] is kind
    assert kind.title
    assert kind.purpose.endswith(".")
    assert kind.resource in QUEUES
    assert kind.next, f"{kind.name} has no next step"


@ALL
def test_a_kind_has_what_carries_it_out(kind: AnyKind) -> None:
    assert kind.name in main.KINDS, f"worker/main.py has no execute for {kind.name}"


@ALL
def test_a_kind_has_a_row_in_the_documentation_with_its_parameters(kind: AnyKind) -> None:
    row = re.search(rf"(?m)^\| `{kind.name}` \|.*$", RUNS)
    assert row, f"docs/runs.md has no row for {kind.name}"
    missing = [each.name for each in kind.takes if f"`{each.name}`" not in row[0]]
    assert missing == [], f"the row of {kind.name} in docs/runs.md lacks parameters"
    assert row[0].endswith(f"| {kind.resource} |")


@ALL
def test_every_word_of_a_kind_can_be_translated(kind: AnyKind) -> None:
    with TEMPLATE.open("rb") as file:
        known = {message.id for message in read_po(file)}
    words = {kind.title, kind.purpose, *(step.text for step in (*kind.next, *kind.remedies))}
    for each in kind.takes:
        words |= {each.title, each.description, *each.asked.choices.values()}
    assert words <= known, f"mark these texts of {kind.name} with noop and run `make texts`"


@ALL
def test_a_parameter_says_what_it_means_and_what_it_takes(kind: AnyKind) -> None:
    for each in kind.takes:
        assert each.title != each.name, f"{kind.name}.{each.name} has no title"
        assert each.description, f"{kind.name}.{each.name} has no description"
        assert set(each.asked.choices) in (set(), set(each.choices)), f"{kind.name}.{each.name}"
        if each.type in ("integer", "number"):
            assert each.most is not None, f"{kind.name}.{each.name} has no largest value"
            assert (each.least, each.above) != (None, None), f"{kind.name}.{each.name} has no least"


def test_every_kind_can_be_requested_with_its_defaults_and_is_read_back(database: Database) -> None:
    for kind in KINDS.values():
        with database.begin() as session:
            run_id = rules.request(session, kind, {}).id
        with database.begin() as session:
            run = rules.find(session, run_id)
            assert (run.kind, run.status) == (kind.name, "queued")
            assert kind.parameters_of(run) == kind.parameters()


@ON_SQLITE
def test_a_page_asks_for_each_parameter(site: Web) -> None:
    admin = site.browser("Admin", "admin")
    for kind in KINDS.values():
        settings_for(site, kind)
        pages = "".join(admin.get(path).text for path in kind.starts_on)
        names = {name.removesuffix("_percent") for name in re.findall(r' name="(\w+)"', pages)}
        missing = {each.name for each in kind.chosen} - names if kind.starts_on else set()
        assert missing == set(), f"no control on {kind.starts_on} for these of {kind.name}"


@ALL
def test_the_command_line_has_an_option_for_each_parameter(kind: AnyKind) -> None:
    commands: Any = get_command(cli)
    if kind.starts_alone:
        command = commands.commands["run"].commands[kind.name.replace("_", "-")]
    elif kind.starts_on:
        command = commands.commands[kind.name]
    else:
        return
    options = {option for parameter in command.params for option in parameter.opts}
    assert [each.name for each in kind.chosen if option_of(each) not in options] == []


@ON_SQLITE
def test_the_api_starts_each_kind_and_describes_what_it_takes_and_gives(site: Web) -> None:
    admin = site.browser("Admin", "admin")
    schemas = admin.get("/api/v1/openapi.json").json()["components"]["schemas"]
    wanted = {
        each["properties"]["kind"]["const"]: each["properties"]["parameters"]["properties"]
        for each in schemas["WantedRun"]["oneOf"]
    }
    wanted["import"] = schemas["WantedImport"]["properties"]
    for kind in KINDS.values():
        assert kind.result.__name__ in schemas, f"the OpenAPI has no result of {kind.name}"
        if not kind.starts_on:
            continue
        assert {each.name for each in kind.chosen} <= set(wanted[kind.name]), kind.name
        if kind.starts_alone:
            settings_for(site, kind)
            started = admin.post("/api/v1/runs", json={"kind": kind.name})
            assert started.status_code == 201, (kind.name, started.text)
            assert started.json()["parameters"] == kind.parameters().model_dump()
            assert started.json()["result"] is None


def test_what_is_wrong_with_the_row_itself_is_no_active_run(database: Database) -> None:
    """A person who does not exist breaks a constraint, and no run of the kind is active."""
    with pytest.raises(IntegrityError), database.begin() as session:
        rules.request(session, SWEEP, SweepParameters(), user_id=4711)


def test_a_worker_leaves_a_kind_that_it_does_not_know(
    sqlite_database: Database, settings: Settings
) -> None:
    with sqlite_database.begin() as session:
        run_id = rules.request(session, SWEEP, {}).id
    progress.execute(sqlite_database, settings, run_id, {"train_labeler": main.KINDS["crop"]})
    with sqlite_database.begin() as session:
        run = rules.find(session, run_id)
        assert (run.status, run.attempts) == ("queued", 0)


def test_a_run_whose_settings_were_changed_meanwhile_fails_in_words(
    sqlite_database: Database, settings: Settings
) -> None:
    with sqlite_database.begin() as session:
        run_id = rules.request(session, TRAIN_LABELER, {"method": "language_model"}).id
    progress.execute(sqlite_database, settings, run_id, main.KINDS)
    with sqlite_database.begin() as session:
        run = rules.find(session, run_id)
        assert run.status == "failed"
        assert run.failure is not None
        assert "CONDYLE_LLM_URL" in run.failure["do"]
