"""What no route has to think of: ids beyond every table, texts nobody can keep, wrong headers."""

from copy import copy
from typing import Any

import pytest
from fastapi.openapi.utils import get_openapi
from fastapi.routing import APIRoute, iter_route_contexts
from starlette.testclient import TestClient
from support.web import Web

JSON = {"Content-Type": "application/json"}
BEYOND = (2**31, 2**63, 2**64 + 1, 10**40, -(10**40))


@pytest.fixture
def admin(web: Web) -> TestClient:
    """A browser an admin is logged in with; what the server raises is an answer here."""
    client = web.browser("Admin", "admin")
    client._transport.raise_server_exceptions = False  # type: ignore[attr-defined]
    return client


def paths_with_numbers(site: Web) -> set[tuple[str, str]]:
    """Return every route whose path has a number in it."""
    return {
        (method, str(route.path))
        for route in iter_route_contexts(site.app.routes)
        for method in getattr(route, "methods", None) or ()
        if "_id}" in str(route.path)
    }


def test_no_number_is_too_large_to_be_refused(web: Web, admin: TestClient) -> None:
    for method, path in sorted(paths_with_numbers(web)):
        for number in BEYOND:
            start, end = path.index("{"), path.index("}") + 1
            asked = (path[:start] + str(number) + path[end:]).replace("{format}", "onnx")
            status = admin.request(method, asked, json={}).status_code
            assert 400 <= status < 500, (method, asked, status)


def schema_of_everything(site: Web) -> dict[str, Any]:
    """Return an OpenAPI that has the pages and their forms too."""
    routes = [
        copy(route.original_route)
        for route in iter_route_contexts(site.app.routes)
        if isinstance(route.original_route, APIRoute)
    ]
    for route in routes:
        route.include_in_schema = True
    return get_openapi(title="Everything", version="1", routes=routes)


def numbers_in(schema: Any, where: str, parts: dict[str, Any]) -> list[tuple[str, dict[str, Any]]]:
    """Return every number a schema lets in, with where it is."""
    if isinstance(schema, list):
        return [found for each in schema for found in numbers_in(each, where, parts)]
    if not isinstance(schema, dict):
        return []
    if "$ref" in schema:
        name = schema["$ref"].rpartition("/")[2]
        return numbers_in(parts[name], f"{where} {name}", parts)
    found = [(where, schema)] if schema.get("type") in ("integer", "number") else []
    for name, inner in schema.items():
        found += numbers_in(inner, f"{where} {name}", parts)
    return found


def test_every_number_that_comes_in_has_its_bounds(web: Web) -> None:
    schema = schema_of_everything(web)
    parts = schema.get("components", {}).get("schemas", {})
    unbounded = [
        where
        for path, operations in schema["paths"].items()
        for method, operation in operations.items()
        for taken in ("parameters", "requestBody")
        for where, number in numbers_in(operation.get(taken), f"{method} {path}", parts)
        if not (
            {"minimum", "exclusiveMinimum"} & set(number)
            and {"maximum", "exclusiveMaximum"} & set(number)
        )
    ]
    assert unbounded == []


@pytest.mark.parametrize(
    "body",
    [
        b'{"name": "\\ud800", "password": "x"}',
        b'{"name": "x", "password": "\\udfff\\ud800"}',
        b'{"name": "a\\u0000b", "password": "x"}',
        b'{"name": "x", "password": "x", "\\ud83d": 1}',
        b'{"name": "x", "password": "x", "n": NaN}',
        b'{"name": "x", "password": "x", "n": [-Infinity, 1e999]}',
        b'{"name": "x", "password": "x", "n": 18446744073709551616}',
        b'{"name": "x", "password": "x", "n": ' + b"9" * 5000 + b"}",
        b'{"name": "x", "password": "x", "n": ' + b"[" * 60 + b"]" * 60 + b"}",
        b'{"name": "\xff", "password": "x"}',
        b"\xef\xbb\xbf{}",
        b"nul",
        b"[]",
        b"",
    ],
)
def test_a_body_that_nobody_can_keep_is_a_problem(web: Web, body: bytes) -> None:
    client = TestClient(web.app, raise_server_exceptions=False)
    answer = client.post("/api/v1/login", content=body, headers=JSON)
    assert answer.status_code in (400, 422)
    assert answer.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize("row", [True, "1", 1.5, 0, -1, 2**31])
def test_what_is_no_number_of_a_row_in_json_is_refused(admin: TestClient, row: object) -> None:
    for path, body in (
        ("/api/v1/worklists/seed/skip", {"image_id": row}),
        ("/api/v1/pseudo-labels/1/blind-read", {"class_id": row, "idempotency_key": "a" * 9}),
    ):
        answer = admin.post(path, json=body)
        assert answer.status_code == 422
        assert answer.json()["where"].endswith("_id")


def test_forms_and_addresses_are_looked_at_too(admin: TestClient) -> None:
    assert admin.post("/people", data={"name": "a\0b", "role": "reader"}).status_code == 422
    assert admin.get("/api/v1/thumbnails/%00").status_code == 422
    assert admin.get("/reading/seed?site=%00").status_code == 422
    assert admin.get("/welcome/a%00b").status_code == 422


def test_a_whole_pair_of_surrogates_is_a_letter(web: Web) -> None:
    body = b'{"name": "\\ud83e\\uddb4", "password": "x"}'
    assert web.anonymous().post("/api/v1/login", content=body, headers=JSON).status_code == 401


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "http://["},
        {"Origin": "http://a]b"},
        {"Origin": "http://testserver:99999999"},
        {"Origin": "\x80"},
        {"Origin": ""},
        {"Origin": "null"},
    ],
)
def test_an_origin_that_is_no_address_is_another_sites(web: Web, headers: dict[str, str]) -> None:
    client = TestClient(web.app, raise_server_exceptions=False)
    raw = {name: value.encode("latin-1") for name, value in headers.items()}
    assert client.post("/api/v1/login", json={}, headers=raw).status_code == 403


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("Host", "["),
        ("Host", "elsewhere/api"),
        ("Host", "a:b:c"),
        ("Host", "\xe9"),
        ("Cookie", "condyle=\x80; =; condyle-browser=...."),
        ("Cookie", 'condyle="\\777"; condyle-browser="\\303.1.2.3"'),
        ("Cookie", "condyle=" + "a" * 9000),
        ("Authorization", "Bearer \xff"),
        ("If-None-Match", '\xff",W/"'),
        ("If-Modified-Since", "Mon, 99 Foo 99999999999999 99:99:99 GMT"),
        ("If-Range", "\xff"),
        ("Range", "bytes=" + "9" * 5000 + "-"),
        ("Range", "bytes=5-1,,-"),
        ("Last-Event-ID", "9" * 40),
        ("Content-Type", "application/json; charset=\xff"),
        ("Content-Type", "multipart/form-data"),
        ("Content-Type", "application/x-www-form-urlencoded; charset=undefined"),
        ("X-Forwarded-For", "\xff, [::1"),
        ("Sec-Fetch-Site", "\xff"),
    ],
)
def test_a_header_gone_wrong_is_no_failure_of_ours(web: Web, name: str, value: str) -> None:
    client = TestClient(web.app, follow_redirects=False, raise_server_exceptions=False)
    headers = {name: value.encode("latin-1")}
    for method, path in (
        ("GET", "/login"),
        ("GET", "/static/style.css"),
        ("GET", "/api/v1/images/1/pixels"),
        ("GET", "/api/v1/runs/1/events"),
        ("POST", "/login"),
        ("POST", "/api/v1/login"),
    ):
        assert client.request(method, path, headers=headers, content=b"x=1").status_code < 500
