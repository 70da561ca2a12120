"""A wrong parameter is refused in the same words on the page, by the API and by a command."""

import html
import re
from typing import Any

import pytest
from starlette.testclient import TestClient
from support.startable import make_startable
from support.web import Web
from typer.main import get_command

from app import errors
from app.cli import cli
from app.run_commands import option_of
from app.runs import rules
from app.runs.asking import Parameter
from app.runs.kinds import IMPORT, KINDS, SWEEP, AnyKind

ON_SQLITE = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


def refused(error: errors.CondyleError) -> tuple[str, str, str]:
    return error.what, error.where, error.do


@pytest.fixture
def site(web: Web) -> Web:
    """A site on which every kind of run can be started."""
    return make_startable(web)


def wrong(parameter: Parameter) -> list[str]:
    """Return texts that are no value of a parameter."""
    if parameter.type == "integer":
        least, most = int(parameter.least or 0), int(parameter.most or 0)
        return [str(least - 1), str(most + 1), "1.5", "many", "9" * 18]
    if parameter.type == "number":
        return [str(parameter.above), str((parameter.most or 0) * 1.01), "-1", "much"]
    if parameter.choices:
        return ["guess", "1"]
    return ["perhaps"] if parameter.type == "boolean" else ["x" * 300]


def on_page(admin: TestClient, kind: AnyKind, texts: dict[str, str]) -> tuple[str, ...]:
    """Return how the page refuses what was typed there."""
    page = admin.post("/runs", data={"kind": kind.name, **texts})
    assert page.status_code == 422
    found = re.search(
        r'role="alert">\s*<p class="what">(.*?)</p>\s*<p class="where">(.*?)</p>\s*<p>(.*?)</p>',
        page.text,
    )
    assert found, page.text
    return tuple(map(html.unescape, found.groups()))


def in_api(admin: TestClient, kind: AnyKind, values: dict[str, Any]) -> tuple[str, ...]:
    """Return how the API refuses the same."""
    path, body = "/api/v1/runs", {"kind": kind.name, "parameters": values}
    if kind is IMPORT:
        path, body = "/api/v1/imports", {"inbox": "films", **values}
    answer = admin.post(path, json=body)
    assert answer.status_code == 422
    return tuple(answer.json()[name] for name in ("what", "where", "do"))


def on_command_line(kind: AnyKind, parameter: Parameter, text: str) -> tuple[str, ...]:
    """Return how the command line refuses the same."""
    started = ["run", kind.name.replace("_", "-")] if kind.starts_alone else [kind.name, "."]
    with pytest.raises(errors.Refused) as error:
        get_command(cli).main([*started, option_of(parameter), text], standalone_mode=False)
    return refused(error.value)


@ON_SQLITE
def test_a_wrong_value_is_refused_in_the_same_words_at_every_door(
    site: Web, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CONDYLE_HOME", str(site.settings.home))
    (site.settings.home / "inbox" / "films").mkdir(parents=True)
    admin = site.browser("Admin", "admin")
    for kind in KINDS.values():
        for parameter in kind.chosen if kind.starts_on else ():
            for text in wrong(parameter):
                value = parameter.from_text(text)
                said = {in_api(admin, kind, {parameter.name: value})}
                if parameter.type != "boolean":  # an option without a value
                    said.add(on_command_line(kind, parameter, text))
                if kind.starts_alone:
                    said.add(on_page(admin, kind, typed(parameter, text)))
                assert len(said) == 1, (kind.name, parameter.name, text, said)
                assert parameter.name in said.pop()[1]
    with site.database.begin() as session:
        assert [run.kind for run in rules.recent(session)] == ["train_classifier"]


def typed(parameter: Parameter, text: str) -> dict[str, str]:
    """Return what is typed on the page, where shares are asked for in per cent."""
    if not parameter.asked.percent:
        return {parameter.name: text}
    value = parameter.from_text(text)
    return {f"{parameter.name}_percent": text if value == text else str(100 * value)}


@pytest.mark.parametrize("value", [True, "5", 5.0, None, [], {}])
def test_a_value_of_json_of_another_type_is_refused(value: object) -> None:
    with pytest.raises(errors.Refused, match="whole number"):
        KINDS["draw_seed"].checked({"patients": value})


def test_a_name_that_is_no_parameter_is_refused_with_those_there_are() -> None:
    with pytest.raises(errors.Refused, match="tolerated_error, labeler_id") as error:
        SWEEP.checked({"surprise": 1})
    assert error.value.where == "surprise"
