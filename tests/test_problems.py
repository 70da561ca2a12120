"""How errors are answered, and that unforeseen ones tell nobody what they should not."""

import logging

import pytest
from web import Web

from app import errors
from app.problems import status_of

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


def test_a_request_that_is_too_large_is_refused(web: Web) -> None:
    answer = web.anonymous().post("/api/v1/login", content=b"x" * (1024 * 1024 + 1))
    assert answer.status_code == 413


def test_each_kind_of_error_has_the_status_of_its_nearest_ancestor() -> None:
    assert status_of(errors.LeaseLost("")) == 409
    assert status_of(errors.CondyleError("")) == 500
