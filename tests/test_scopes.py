"""Every route of the API, and which scope of a token opens it. One that is in no scope fails.

To add a route to the API, add it to a scope in `app/scopes.py`, or to those for people alone.
"""

import re
from itertools import chain
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import update
from support.web import Web
from test_permissions import ADMIN, ANYONE, READER, ROUTES, ask

from app import scopes
from app.db.engine import Database
from app.db.people import User
from app.dependencies import CurrentUser
from app.settings import Settings

OF_THE_API = {
    f"{method} {path.removeprefix(scopes.API)}": least
    for (method, path), least in ROUTES.items()
    if path.startswith(f"{scopes.API}/") and least != ANYONE
}
SERVED = sorted(OF_THE_API)


@pytest.fixture
def site(sqlite_database: Database, settings: Settings) -> Web:
    """The application; what a scope opens does not depend on the kind of database."""
    return Web(sqlite_database, settings)


def status(client: TestClient, route: str) -> int:
    method, _space, path = route.partition(" ")
    return ask(client, method, scopes.API + path)


def test_every_route_of_the_api_is_in_one_scope_or_for_people_alone() -> None:
    listed = list(chain.from_iterable(scopes.OPENS.values()))
    assert sorted(listed) == SERVED
    assert (
        set(scopes.OPENS)
        == {*scopes.NAMES, scopes.BY_A_PERSON}
        == {
            *scopes.TITLES,
            scopes.BY_A_PERSON,
        }
    )


def test_a_scope_that_readers_can_give_opens_what_readers_may_use_and_the_others_do_not() -> None:
    documented = (Path(__file__).parents[1] / "docs/api.md").read_text("utf-8")
    for scope in scopes.NAMES:
        givers = "readers, admins" if scope in scopes.FOR_READERS else "admins"
        assert re.search(rf"^\| `{scope}` \| .+ \| {givers} \|$", documented, re.M), scope
        expected = READER if scope in scopes.FOR_READERS else ADMIN
        assert {OF_THE_API[route] for route in scopes.OPENS[scope]} == {expected}, scope


def test_a_token_opens_what_its_scope_says_and_nothing_else(site: Web) -> None:
    for scope in scopes.NAMES:
        program = site.program("Ada", scope, role=ADMIN)
        opened = {route for route in SERVED if status(program, route) not in (401, 403)}
        assert opened == set(scopes.OPENS[scope])


def test_a_token_with_every_scope_opens_nothing_that_is_for_people_alone(site: Web) -> None:
    program = site.program("Ada", *scopes.NAMES, role=ADMIN)
    for route in scopes.OPENS[scopes.BY_A_PERSON]:
        assert status(program, route) == 403, route


def test_a_route_that_is_in_no_scope_is_closed_to_every_token(site: Web) -> None:
    def forgotten(user: CurrentUser) -> str:
        return user.name

    site.app.add_api_route(f"{scopes.API}/forgotten", forgotten)
    assert site.browser("Ada", ADMIN).get("/api/v1/forgotten").text == '"Ada"'
    program = site.program("Ada", *scopes.NAMES)
    assert program.get("/api/v1/forgotten").status_code == 403


def test_a_token_never_opens_more_than_its_persons_role(site: Web) -> None:
    program = site.program("Ada", "films", "runs", role=ADMIN)
    assert program.get("/api/v1/runs/999").status_code == 404
    with site.database.begin() as session:
        session.execute(update(User).values(role=READER))
    assert program.get("/api/v1/runs/999").status_code == 403
    assert program.get("/api/v1/images/999").status_code == 404


def test_the_openapi_names_the_scope_of_each_operation(site: Web) -> None:
    paths = site.anonymous().get("/api/v1/openapi.json").json()["paths"]
    for scope in scopes.NAMES:
        for route in scopes.OPENS[scope]:
            method, _space, path = route.partition(" ")
            operation = paths[scopes.API + path][method.lower()]
            assert {"bearer": [scope]} in operation["security"], route
    assert {"bearer": []} in paths["/api/v1/tokens"]["post"]["security"]


def test_a_refused_token_is_told_which_scope_it_lacks(site: Web) -> None:
    answer = site.program("Ada", "films", role=ADMIN).post("/api/v1/runs", json={}).json()
    assert (answer["status"], answer["where"]) == (403, "scope runs")
