"""How errors are answered, and that unforeseen ones tell nobody what they should not."""

import logging
from collections.abc import Iterator

import pytest
from httpx import Response
from starlette.testclient import TestClient
from starlette.types import ASGIApp, Receive, Scope, Send
from support.web import Web

from app import errors
from app.problems import status_of
from app.security import HEADERS

SECRET = "PATIENT^JANE fell down the stairs"


def test_a_refusal_is_a_problem_with_what_where_and_do(web: Web) -> None:
    answer = web.browser("Admin", "admin").get("/api/v1/runs/7")
    assert answer.status_code == 404
    assert answer.headers["content-type"] == "application/problem+json"
    problem = answer.json()
    assert problem["title"] == problem["what"] == "There is no run 7."
    assert problem["detail"] == problem["do"] == "Look for it in the list of runs."
    assert (problem["status"], problem["instance"]) == (404, "/api/v1/runs/7")


def test_a_page_says_the_same_in_words(web: Web) -> None:
    answer = web.browser("Admin", "admin").get("/runs/7")
    assert answer.status_code == 404
    assert "There is no run 7." in answer.text


def test_a_wrong_field_is_named_and_its_value_is_not_repeated(web: Web) -> None:
    answer = web.browser("Admin", "admin").post("/api/v1/runs", json={"kind": [SECRET]})
    assert answer.status_code == 422
    assert answer.json()["where"] == "kind"
    assert SECRET not in answer.text


def test_an_unforeseen_error_is_a_number_and_says_nothing_of_the_patient(
    web: Web, caplog: pytest.LogCaptureFixture
) -> None:
    @web.app.get("/api/v1/broken")
    def broken() -> None:
        raise ValueError(SECRET)

    with caplog.at_level(logging.DEBUG):
        answer = web.anonymous().get("/api/v1/broken")
    assert answer.status_code == 500
    number = answer.json()["where"].removeprefix("request ")
    assert number in caplog.text
    assert "ValueError" in caplog.text
    assert "PATIENT" not in caplog.text + answer.text


def test_every_answer_forbids_inline_scripts_frames_and_sniffing(web: Web) -> None:
    for path in ("/login", "/nowhere", "/static/style.css", "/api/v1/openapi.json"):
        headers = web.anonymous().get(path).headers
        policy = headers["content-security-policy"]
        assert "default-src 'self'" in policy
        assert "frame-ancestors 'none'" in policy
        assert "unsafe" not in policy
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["cache-control"] in ("no-store", "no-cache")


def test_a_request_that_is_too_large_is_refused_in_words_and_is_no_failure(
    web: Web, caplog: pytest.LogCaptureFixture
) -> None:
    answer = web.anonymous().post("/api/v1/login", content=b"x" * (1024 * 1024 + 1))
    assert answer.status_code == 413
    assert answer.json()["title"] == "The request is too large."
    page = web.anonymous().post("/login", content=b"x" * (1024 * 1024 + 1))
    assert "The request is too large." in page.text
    assert caplog.text == ""


def every_kind_of_answer(site: Web) -> Iterator[tuple[str, Response]]:
    """Ask for answers of every origin: routes, files, libraries, and the last resort."""
    client = TestClient(site.app, follow_redirects=False, raise_server_exceptions=False)
    large = b"x" * (1024 * 1024 + 1)
    yield "page", client.get("/login")
    yield "redirect", client.get("/")
    yield "refused", client.get("/api/v1/keys")
    yield "no such page", client.get("/nowhere")
    yield "no such method", client.request("TRACE", "/login")
    yield "file", client.get("/static/style.css")
    yield "no such file", client.get("/static/nowhere")
    yield "no such part", client.get("/static/style.css", headers={"Range": "bytes=99999999-"})
    yield "no range", client.get("/static/style.css", headers={"Range": "bytes=x"})
    yield "too large", client.post("/api/v1/login", content=large)
    yield "too large a form", client.post("/login", content=large)

    class Broken:
        def __init__(self, app: ASGIApp) -> None:
            """Stand before the application."""

        async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
            raise ValueError(SECRET)

    broken = Web(site.database, site.settings)
    broken.app.add_middleware(Broken)
    client = TestClient(broken.app, follow_redirects=False, raise_server_exceptions=False)
    yield "the outermost middleware", client.get("/login")
    yield "the outermost middleware, of the API", client.get("/api/v1/keys")


def test_every_answer_has_the_headers_whoever_gives_it(web: Web) -> None:
    for what, answer in every_kind_of_answer(web):
        assert {*HEADERS, "Cache-Control"} <= {
            name for name in (*HEADERS, "Cache-Control") if name in answer.headers
        }, what
        assert "strict-transport-security" not in answer.headers, what
        if answer.status_code >= 400:
            assert not answer.headers["content-type"].startswith("text/plain"), what
            assert SECRET not in answer.text, what


def test_an_https_address_is_never_left_for_http_again(web: Web) -> None:
    https = Web(
        web.database, web.settings.model_copy(update={"public_url": "https://knees.example"})
    )
    for what, answer in every_kind_of_answer(https):
        assert answer.headers["strict-transport-security"] == "max-age=31536000", what


def test_what_a_library_refuses_keeps_the_headers_that_say_why(web: Web) -> None:
    part = web.anonymous().get("/static/style.css", headers={"Range": "bytes=99999999-"})
    assert part.status_code == 416
    assert part.headers["content-range"].startswith("bytes */")


def test_each_kind_of_error_has_the_status_of_its_nearest_ancestor() -> None:
    assert status_of(errors.LeaseLost("")) == 409
    assert status_of(errors.CondyleError("")) == 500
