"""What a pull lists and tells: long lists, a PACS that goes away, the page."""

import html
from collections.abc import Callable
from datetime import date

import pytest
from support.dicomweb_peer import DicomWeb, Twist, film
from support.web import Web

from app.db.learning import Run
from app.db.pulls import Pull
from app.db.tables import now
from app.pulling import pulls
from app.runs.kinds import PULL
from app.runs.results import PullResult


def test_long_lists_are_halved_down_to_a_minute_and_what_may_be_cut_then_is_said_to_be_unsure(
    pull: Callable[..., tuple[Run, dict[str, int]]], peer: DicomWeb
) -> None:
    of_a_day = [
        film(number, StudyDate="20200615", StudyTime=f"{number:02d}3000") for number in range(24)
    ]
    of_a_minute = [
        film(number, StudyDate="20210615", StudyTime="101530") for number in range(100, 105)
    ]
    peer.films, peer.limit = [film(50), *of_a_day], 4
    asked = {"since": "2019-01-01", "until": "2022-01-01", "count_only": True}
    assert pull(**asked)[1] == {"listed": 25}
    peer.films += of_a_minute
    run, counts = pull(**asked)
    assert counts == {"listed": 29, "unsure": 1}
    assert PULL.result_of(run).lists_cut == 1
    peer.ignores = {"StudyTime"}
    run, counts = pull(**asked)
    assert counts["unsure"] >= 2, "days whose hours it does not tell apart"
    assert len(peer.asked) < 1000
    assert not [path for path in peer.asked if "/metadata" in path and "1.2.3.1/" in path]


def test_a_pull_ends_where_the_pacs_does_and_says_why(
    pull: Callable[..., tuple[Run, dict[str, int]]], peer: DicomWeb
) -> None:
    peer.films = [film(number) for number in range(1, 5)]
    for twist, words in (
        (Twist(302, location="/elsewhere"), "sends us elsewhere"),
        (Twist(403), "does not let us in"),
    ):
        last = "/instances/1.2.3.4.1.1"
        peer.twists = lambda path, last=last, twist=twist: twist if last in path else None
        run, _ = pull(at_once=1)
        assert run.failure is not None
        assert words in run.failure["what"]
    peer.twists = lambda path: Twist(500) if "StudyDate=2019" in path else None
    run, _ = pull(since="2019-01-01")
    assert run.failure is not None
    assert "answers with an error of its own" in run.failure["what"]
    peer.twists = lambda path: None
    run, counts = pull()
    assert (run.status, counts["received"] + counts["here"]) == ("succeeded", 4)
    assert not [path for path in peer.asked if "elsewhere" in path]


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_the_page_counts_first_then_fetches_what_was_counted_and_tells_what_came(web: Web) -> None:
    admin = web.browser("Admin", "admin")
    web.settings.pull_from = "https://pacs.example/dicom-web"
    wrong = admin.post("/pull/count", data={"modalities": "CR", "since": "yesterday"})
    assert wrong.status_code == 422
    assert "Enter a day as YYYY-MM-DD." in wrong.text
    unknown = admin.post("/pull/count", data={"modalities": "C1"})
    assert unknown.status_code == 422
    assert "separated by commas: CR, DX, RF, XA or OT." in html.unescape(unknown.text)
    form = {"modalities": "DX, CR", "body_part": "knee", "since": "2024-02-01"}
    assert admin.post("/pull/count", data=form).headers["location"] == "/runs/1"
    assert admin.post("/pull/fetch", data={"counted": 1}).status_code == 409, "not counted yet"
    with web.database.begin() as session:
        run = session.get_one(Run, 1)
        run.status, run.finished_at = "succeeded", now()
        run.result = PullResult(count_only=True, studies=1240).stored()
        session.add(Pull(run_id=1, counts={"listed": 1240}))
    page = admin.get("/pull").text
    assert "About 1,240 studies." in page
    assert 'value="knee"' in page
    assert admin.post("/pull/fetch", data={"counted": 1}).headers["location"] == "/runs/2"
    with web.database.begin() as session:
        asked = PULL.parameters_of(session.get_one(Run, 2))
        assert (asked.count_only, asked.body_part, asked.since) == (False, "knee", date(2024, 2, 1))
        session.add(Pull(run_id=2, counts={"listed": 7, "received": 11}))
        pulls.write_step(session, 2, "a film", "film_gone")
    told = admin.get("/api/v1/pull").json()
    assert told["count"]["counts"] == {"listed": 1240}
    assert told["pull"]["counts"] == {"listed": 7, "received": 11, "film_gone": 1}
    page = admin.get("/pull").text
    assert "not there when asked for (404)" in page
    assert "Follow it" in page
