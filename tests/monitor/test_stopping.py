"""The rule that stops acceptance: when it does, what waits meanwhile, and how it goes on."""

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from math import log
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select
from sqlalchemy.orm import Session
from support.audit_log import events_of
from support.read_arrivals import read_on_arrival
from support.web import Web
from support.worklist_rows import add_classes, add_images, add_readers, add_sweep

from app import errors
from app.acceptance import lots, stops
from app.acceptance.audits import decide_lot
from app.db.archive import Workspace
from app.db.arrivals import ArrivalRead
from app.db.engine import Database
from app.db.learning import Lot, PseudoLabel, Sweep
from app.db.people import User
from app.db.tables import now
from app.db.webhooks import Delivery, Webhook
from app.monitor import audits, months, stopping
from app.monitor.audits import Drawn
from app.settings import Settings
from app.statistics.anytime import log_evidence

ENOUGH = 12
"""Of so many audited, all of them wrong: far more than it takes to stop."""


@pytest.fixture
def watched(database: Database) -> Database:
    """A sweep of two images whose lots are audited, and images that arrive later."""
    with database.begin() as session:
        session.add(Workspace())
        add_classes(session)
        add_readers(session, 1, "admin")
        add_sweep(session, add_images(session, 2, name="swept"))
        figures = "level", "accepted", "needs_review", "calibration_reads", "calibration_wrong"
        session.scalars(select(Sweep)).one().selection = dict.fromkeys(figures, 0)
        session.add(Webhook(address="https://ris.example", topics=["monitor.stopped"], secret=""))
    return database


def arrive(
    session: Session, images: int, wrong: int, at: datetime | None = None, **how: Any
) -> None:
    """Let images arrive, be read and audited."""
    known = session.query(ArrivalRead).count()
    new = add_images(session, images, name=f"late{known}-")
    read_on_arrival(session, new, at or now(), wrong=wrong, **how)


def actions(database: Database) -> list[str]:
    with database() as session:
        return [event.action for event in events_of(session)]


def admin_of(session: Session) -> User:
    return session.scalars(select(User).where(User.role == "admin")).one()


def read_lot(session: Session, size: int = 100, wrong: int = 0) -> Lot:
    """Add a lot whose sample of 59, or all of it, was read; decide it."""
    place = session.query(Lot).count()
    sample = min(size, 59)
    lot = Lot(sweep_id=1, class_id=2, place=place, size=size, sample_size=sample, allowed_errors=0)
    session.add(lot)
    session.flush()
    for number, image in enumerate(add_images(session, sample, name=f"lot{place}-")):
        said = {"class_id": 2, "probabilities": [0.1, 0.9, 0.0], "confidence": 0.9}
        status = "corrected" if number < wrong else "approved"
        session.add(PseudoLabel(sweep_id=1, image_id=image, lot_id=lot.id, in_audit=True,
                                status=status, **said))  # fmt: skip
    session.flush()
    decide_lot(session, lot)
    session.flush()
    session.refresh(lot)
    return lot


def test_acceptance_stops_once_lots_wait_and_an_admins_reason_lets_them_go_on(
    watched: Database,
) -> None:
    with watched.begin() as session:
        arrive(session, 59, wrong=2)
        assert read_lot(session).status == "released"
    assert stopping.look(watched) is None
    with watched.begin() as session:
        arrive(session, ENOUGH, wrong=ENOUGH)
    with ThreadPoolExecutor(4) as pool:
        found = [stop for stop in pool.map(lambda _: stopping.look(watched), range(8)) if stop]
    assert len(found) == 1
    with watched.begin() as session:
        stop = stops.standing(session)
        assert stop is not None
        assert (stop.audited, stop.wrong, stop.labeler_id) == (59 + ENOUGH, 2 + ENOUGH, 1)
        assert stop.at_least > stop.tolerated_error == 0.05
        waiting = read_lot(session)
        assert waiting.status == "auditing"
        (said,) = [each for each in lots.standings(session, 1) if each.status == "auditing"]
        assert "is read. It is released when acceptance goes on" in lots.in_words(said)
        assert read_lot(session, wrong=1).status == "failed"
        assert read_lot(session, size=40).status == "released"  # each of its labels was read
        told = session.scalars(select(Delivery.body).where(Delivery.topic == "monitor.stopped"))
        assert '"data":{"stop":1,"labeler":1,"sweep":1}' in told.one()
    for reason, problem in (("  ", errors.Refused), ("looked", None), ("too", errors.Conflict)):
        with watched() as session:
            if problem:
                with pytest.raises(problem):
                    stopping.lift(session, 1, reason, admin_of(session))
            else:
                stopping.lift(session, 1, reason, admin_of(session))
                session.commit()
    with watched() as session, pytest.raises(errors.NotFound):
        stopping.lift(session, 2, "looked", admin_of(session))
    assert stopping.look(watched) is None  # what had arrived before counts no more
    with watched.begin() as session:
        assert session.get_one(Lot, waiting.id).status == "released"
        arrive(session, ENOUGH, wrong=ENOUGH)
    assert stopping.look(watched) is not None
    done = [each for each in actions(watched) if "acceptance" in each]
    assert done == ["stop acceptance", "let acceptance go on", "stop acceptance"]


def test_a_release_and_a_stop_at_once_leave_no_lot_released_after_it(watched: Database) -> None:
    with watched.begin() as session:
        arrive(session, ENOUGH, wrong=ENOUGH)

    with ThreadPoolExecutor(1) as pool:
        stop = pool.submit(stopping.look, watched)
        for _ in range(3):
            with watched.begin() as session:
                read_lot(session)
        assert stop.result() is not None
    done = actions(watched)
    assert "release lot" not in done[done.index("stop acceptance") :]


def test_only_what_would_have_been_accepted_by_this_labeler_counts_and_a_patient_once(
    watched: Database,
) -> None:
    with watched.begin() as session:
        arrive(session, ENOUGH, wrong=ENOUGH, unsure=True)
        arrive(session, ENOUGH, wrong=ENOUGH, at=now() - timedelta(days=400))
        both = add_images(session, 2 * 3, per_patient=2, name="both")
        read_on_arrival(session, both, now(), wrong=6)
    assert stopping.look(watched) is None
    with watched.begin() as session:
        arrive(session, ENOUGH, wrong=ENOUGH)
        add_sweep(session, add_images(session, 1, name="again"))  # by another labeler
    assert stopping.look(watched) is None
    with watched.begin() as session:
        arrive(session, ENOUGH, wrong=ENOUGH)
    found = stopping.look(watched)
    assert found is not None
    assert (found.labeler_id, found.audited) == (3, ENOUGH)


STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("audit"), st.integers(1, 30), st.integers(0, 5)),
        st.tuples(st.sampled_from(["look", "lift", "sweep", "lot"]), st.just(0), st.just(0)),
    ),
    max_size=12,
)


@given(STEPS)
@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_whatever_happens_in_whatever_order_it_is_stopped_by_the_evidence_and_lifted_by_a_word(
    watched: Database, steps: list[tuple[str, int, int]]
) -> None:
    audited = wrong = 0
    stopped = False
    waiting: list[int] = []
    with watched() as session:
        for name, number, errs in steps:
            if name == "audit":
                arrive(session, number, wrong=min(errs, number))
                audited, wrong = audited + number, wrong + min(errs, number)
            elif name == "look":
                due = bool(audited) and log_evidence(wrong, audited, 0.05) >= -log(audits.RISK)
                assert (stopping.stop_where_due(session) is not None) == (due and not stopped)
                stopped = stopped or due
            elif name == "sweep":  # by another labeler: what speaks against it begins anew
                add_sweep(session, [])
                audited = wrong = 0
            elif name == "lot":
                lot = read_lot(session)
                assert lot.status == ("auditing" if stopped else "released")
                waiting += [lot.id] if stopped else []
            elif (stop := stops.standing(session)) is not None:
                stopping.lift(session, stop.id, "looked", admin_of(session))
                stopped, audited, wrong = False, 0, 0
                released = select(Lot.status).where(Lot.id.in_(waiting))
                assert set(session.scalars(released)) <= {"released"}
                waiting = []
            assert (stops.standing(session) is not None) == stopped
        session.rollback()


def test_a_labeler_that_was_good_for_a_year_is_stopped_for_what_it_has_become() -> None:
    at = now()
    looked_at = months.latest(at)

    def films(first: int, count: int, when: datetime, wrong: int) -> list[Drawn]:
        return [
            Drawn(when, first + each, first + each, 1, True, True, each < wrong)
            for each in range(count)
        ]

    good = films(0, 600, looked_at[0].begin, 6)
    before = audits.strongest(good, looked_at, looked_at[0].begin, 0.05)
    assert before is not None
    assert not before.enough
    bad = good + films(1000, 40, looked_at[-1].begin, 12)
    found = audits.strongest(bad, looked_at, looked_at[0].begin, 0.05)
    assert found is not None
    assert (found.enough, found.audited, found.since) == (True, 40, looked_at[-1].begin)
    month = audits.of_month(bad, looked_at[-1], 0.05)
    assert (month.read, month.wrong, month.missing) == (40, 12, 386 - 40)


def test_the_reason_is_asked_for_on_the_page_and_by_programs(
    watched: Database, settings: Settings
) -> None:
    settings.home.mkdir(exist_ok=True)
    web = Web(watched, settings)
    admin = web.browser("Admin", "admin")
    with watched.begin() as session:
        arrive(session, ENOUGH, wrong=ENOUGH)
    stopping.look(watched)
    for page in ("/", "/acceptance", "/monitor"):
        assert "cceptance is stopped" in admin.get(page).text
    program = web.program("Ada", "models", role="admin")
    state = program.get("/api/v1/monitor").json()
    assert (state["stop"]["wrong"], state["figures"]["evidence"]["enough"]) == (ENOUGH, True)
    lift = "/monitor/stops/1/lift"
    assert admin.post(lift, data={"reason": ""}).status_code == 422
    assert program.post(f"/api/v1{lift}", json={"reason": "a new detector"}).status_code == 204
    assert admin.post(lift, data={"reason": "looked"}).status_code == 409
    assert "Acceptance is stopped" not in admin.get("/monitor").text
    assert program.get("/api/v1/monitor").json()["stop"] is None
