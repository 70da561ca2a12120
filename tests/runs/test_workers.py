"""Who takes work, what nobody takes, and how far a run in parts is: on the pages and in doctor."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import update
from support.web import Web

from app.db import clock
from app.db.work import Part, Worker
from app.doctor import examine
from app.runs import pace, parts, rules, workers
from app.runs.kinds import EXPORT, SWEEP
from app.runs.parts import Share
from app.runs.workers import Post

MISSING = "No worker takes gpu runs."


def post(name: str, *queues: str) -> Post:
    return Post(name, "here", 7, "1", list(queues), 1)


@pytest.fixture
def admin(web: Web) -> Any:
    """A browser an admin is logged in with."""
    return web.browser("Admin", "admin")


def sweep_in_parts(web: Web) -> int:
    """A sweep of three parts of 100 films each: one done in 50 s, one begun, one waiting."""
    with web.database.begin() as session:
        run_id = rules.request(session, SWEEP, {}).id
        rules.claim(session, run_id, "planner", timedelta(seconds=30))
        parts.write(session, run_id, "planner", [Share({}, 100)] * 3, "sweep/1", "gpu")
        first = update(Part).where(Part.number == 1)
        session.execute(
            first.values(
                status="succeeded", done=100, started_at=clock.after(-60),
                finished_at=clock.after(-10),
            )
        )  # fmt: skip
        second = update(Part).where(Part.number == 2)
        session.execute(
            second.values(
                status="running", owner="abc-1", done=50, started_at=clock.after(-20),
                lease_expires_at=clock.after(30),
            )
        )  # fmt: skip
    return run_id


def test_work_that_no_live_worker_takes_is_said_on_the_pages_and_by_doctor_at_once(
    web: Web, admin: Any
) -> None:
    with web.database.begin() as session:
        workers.report(session, [post("abc", "decode", "cpu")])
    run = admin.post("/api/v1/runs", json={"kind": "sweep"}).json()
    settings = web.settings.model_copy(
        update={"database_url": web.database.kw["bind"].url.render_as_string(False)}
    )

    def said() -> list[bool]:
        shown = [admin.get(f"/runs/{run['id']}").text, admin.get("/runs").text]
        shown.append(admin.get(f"/api/v1/runs/{run['id']}").json()["waits_for"])
        shown.append(" ".join(found.words for found in examine(settings) if not found.good))
        return [MISSING in each for each in shown]

    assert said() == [True] * 4
    with web.database.begin() as session:
        workers.report(session, [post("def", "gpu")])
    assert said() == [False] * 4
    with web.database.begin() as session:
        session.execute(update(Worker).values(seen_at=clock.after(-workers.STALE_SECONDS - 1)))
    assert said() == [True] * 4, "a worker not seen for long is not counted"
    with web.database.begin() as session:
        workers.report(session, [post("def", "gpu")])
        workers.leave(session, ["def"])
    assert said() == [True] * 4


def test_a_part_that_waits_counts_as_its_run_does(web: Web) -> None:
    run_id = sweep_in_parts(web)
    with web.database.begin() as session:
        rules.request(session, EXPORT, {})
        assert workers.unserved(session) == ["cpu", "gpu"]
        workers.report(session, [post("abc", "cpu")])
        assert workers.unserved(session) == ["gpu"]
        assert MISSING in workers.nobody_takes(session, rules.find(session, run_id))


def test_progress_rate_and_time_left_are_sums_over_the_parts(web: Web, admin: Any) -> None:
    run_id = sweep_in_parts(web)
    with web.database() as session:
        found = pace.pace(session, run_id)
    assert found is not None
    assert (found.count, found.ended, found.failed, found.running) == (3, 1, 0, 1)
    assert (found.done, found.total) == (150, 300)
    assert found.rate == pytest.approx(2, rel=0.01), "as fast as the part that ended"
    assert found.seconds_left == pytest.approx(75, rel=0.01)
    state = admin.get(f"/api/v1/runs/{run_id}").json()
    assert (state["done"], state["total"], state["parts"]["count"]) == (150, 300, 3)
    page = admin.get(f"/runs/{run_id}").text
    assert "1 of 3 parts done, 1 under way" in page
    assert "about 2 minutes left" in page


def test_the_pages_say_what_each_worker_does(web: Web, admin: Any) -> None:
    run_id = sweep_in_parts(web)
    with web.database.begin() as session:
        workers.report(session, [post("abc", "gpu"), post("def", "decode")])
    for page in (f"/runs/{run_id}", "/runs"):
        shown = admin.get(page).text
        assert f"here, process 7 (gpu): run {run_id}, part 2" in shown
        assert "here, process 7 (decode): waits for work" in shown


def test_a_run_without_parts_has_no_pace(web: Web, admin: Any) -> None:
    run = admin.post("/api/v1/runs", json={"kind": "sweep"}).json()
    assert run["parts"] is None
