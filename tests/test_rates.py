"""A token may ask so often a minute, and each answer says what is left of it."""

import re
from collections.abc import Mapping

import pytest
from support.servers import redis_server
from support.web import Web

from app.db.engine import Database
from app.rates import Rates
from app.settings import Settings

MINE, ANOTHER = "0123456789abcdef", "fedcba9876543210"


@pytest.fixture
def web(sqlite_database: Database, settings: Settings) -> Web:
    settings.home.mkdir(exist_ok=True)
    return Web(sqlite_database, settings.model_copy(update={"api_requests_per_minute": 3}))


def left(fields: Mapping[str, str]) -> int:
    """Return how many requests an answer's fields leave, in a minute that is not over."""
    said = re.fullmatch(r'"token";r=(\d+);t=(\d+)', fields["RateLimit"])
    assert said
    assert 1 <= int(said[2]) <= 60
    return int(said[1])


def test_a_token_is_told_what_is_left_and_beyond_it_when_to_ask_again(web: Web) -> None:
    program = web.program("Ada", "films")
    for expected in (2, 1, 0):
        answer = program.get("/api/v1/guideline")
        assert answer.headers["RateLimit-Policy"] == '"token";q=3;w=60'
        assert left(answer.headers) == expected
        assert answer.status_code != 429
    refused = program.get("/api/v1/guideline")
    assert refused.status_code == 429
    assert 1 <= int(refused.headers["Retry-After"]) <= 60
    assert left(refused.headers) == 0
    assert refused.headers["Content-Type"] == "application/problem+json"
    assert "3 requests a minute" in refused.text
    assert web.program("Ada", "films").get("/api/v1/guideline").status_code != 429


def test_a_request_that_is_refused_counts_and_one_of_a_browser_does_not(web: Web) -> None:
    program, browser = web.program("Ada", "films"), web.browser("Ada")
    refused = program.get("/api/v1/runs/1")
    assert (refused.status_code, left(refused.headers)) == (403, 2)
    for _ in range(5):
        answer = browser.get("/api/v1/guideline")
        assert answer.status_code != 429
        assert "RateLimit" not in answer.headers


def test_the_token_of_a_log_in_is_counted_too(web: Web) -> None:
    browser, program = web.browser("Ada"), web.anonymous()
    program.headers["Authorization"] = f"Bearer {browser.cookies['condyle']}"
    answers = [program.get("/api/v1/guideline").status_code for _ in range(4)]
    assert answers[-1] == 429
    assert 429 not in answers[:-1]


def test_web_processes_with_one_redis_count_together(redis: str, settings: Settings) -> None:
    ours = settings.model_copy(update={"broker_url": redis, "api_requests_per_minute": 3})
    processes = [Rates(ours), Rates(ours)]
    told = [rates.count(MINE) for _ in range(2) for rates in processes]
    assert [(rate.left, rate.beyond) for rate in told if rate] == [
        (2, False),
        (1, False),
        (0, False),
        (0, True),
    ]
    other = processes[0].count(ANOTHER)
    assert other
    assert other.left == 2


def test_where_redis_goes_away_a_process_counts_by_itself(
    settings: Settings, tmp_path_factory: pytest.TempPathFactory
) -> None:
    with redis_server(tmp_path_factory.mktemp("redis")) as address:
        ours = settings.model_copy(update={"broker_url": address, "api_requests_per_minute": 3})
        rates = Rates(ours)
        assert rates.count(MINE)
    told = [rates.count(MINE) for _ in range(4)]
    assert [rate.beyond for rate in told if rate] == [False, False, False, True]


def test_web_processes_that_count_for_themselves_share_the_limit(settings: Settings) -> None:
    """A minute's requests are spread over them; each allows a third, rounded up."""
    of = {"api_requests_per_minute": 5, "web_processes": 3, "broker_url": "memory://"}
    processes = [Rates(settings.model_copy(update=of)) for _ in range(3)]
    told = [rates.count(MINE) for _ in range(4) for rates in processes]
    assert [(rate.limit, rate.beyond) for rate in told if rate] == [(2, False)] * 6 + [
        (2, True)
    ] * 6


def test_no_limit_counts_nothing(settings: Settings) -> None:
    unlimited = settings.model_copy(update={"api_requests_per_minute": 0})
    assert Rates(unlimited).count(MINE) is None
