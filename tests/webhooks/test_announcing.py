"""What happens is told in the transaction in which it happens, to whoever wants to know, by ids."""

import json
from datetime import timedelta
from typing import Any

import pytest
from reading.test_corrections import change, say
from registry.test_promotion import version
from runs.test_parts import claimed, end, planned
from sqlalchemy import select
from sqlalchemy.orm import Session
from support.double_reading import read
from support.webhook_receivers import webhook
from support.worklist_rows import add_classes, add_images, add_readers, list_images

from app.acceptance.audits import decide_lot
from app.announcing import RUN_ENDED, announce
from app.archive.overrules import overrule
from app.db.engine import Database, read_only
from app.db.learning import Lot, Sweep
from app.db.people import User
from app.db.tables import now
from app.db.webhooks import Delivery
from app.labels.history import state
from app.registry import rules as registry
from app.runs import rules as runs
from app.webhooks import rules

LEASE = timedelta(seconds=30)


def told(session: Session) -> list[tuple[str, dict[str, Any]]]:
    """What was said so far, in order."""
    bodies = [json.loads(each.body) for each in session.scalars(select(Delivery).order_by("id"))]
    return [(body["type"], body["data"]) for body in bodies]


@pytest.fixture
def session(sqlite_database: Database) -> Session:
    """A unit of work in a workspace with a webhook that wants to know everything."""
    webhook(sqlite_database, 9)
    with sqlite_database.begin() as session:
        yield session


def test_each_webhook_is_told_of_what_it_wants_and_of_nothing_that_was_rolled_back(
    database: Database,
) -> None:
    every, other = webhook(database, 9), webhook(database, 9, "lot.failed")
    removed = webhook(database, 9)
    with database.begin() as session:
        admin = User(name="Ada", role="admin")
        session.add(admin)
        rules.remove(session, removed.id, admin)
    with database() as session, session.begin():
        announce(session, RUN_ENDED, run=7, kind="sweep", status="failed")
        session.rollback()
    with read_only(database) as session:
        assert told(session) == []
    with database.begin() as session:
        announce(session, RUN_ENDED, run=7, kind="sweep", status="failed")
    with read_only(database) as session:
        (delivery,) = session.scalars(select(Delivery)).all()
    assert delivery.webhook_id == every.id != other.id
    body = json.loads(delivery.body)
    assert body == {
        "type": "run.ended",
        "timestamp": delivery.created_at.isoformat(timespec="milliseconds"),
        "data": {"run": 7, "kind": "sweep", "status": "failed"},
    }


def test_a_run_that_ends_is_told_of_however_it_ends(sqlite_database: Database) -> None:
    webhook(sqlite_database, 9)
    with sqlite_database.begin() as session:
        done = runs.request(session, "evaluate", {}).id
        runs.claim(session, done, "worker", LEASE)
        assert not runs.finish(session, done, "somebody else", "succeeded")
        runs.finish(session, done, "worker", "failed", failure={"what": "x", "where": "", "do": ""})
        waits = runs.request(session, "evaluate", {}).id
        runs.cancel(session, waits)
    of_parts, parts = planned(sqlite_database, 2)
    for part in parts:
        claimed(sqlite_database, part, "worker")
    end(sqlite_database, parts[0], "worker", "failed")
    with read_only(sqlite_database) as session:
        assert len(told(session)) == 2, "a part goes on"
    end(sqlite_database, parts[1], "worker")
    with read_only(sqlite_database) as session:
        assert told(session) == [
            ("run.ended", {"run": done, "kind": "evaluate", "status": "failed"}),
            ("run.ended", {"run": waits, "kind": "evaluate", "status": "cancelled"}),
            ("run.ended", {"run": of_parts, "kind": "sweep", "status": "failed"}),
        ]


def test_a_promotion_and_its_roll_back_are_told_of(session: Session) -> None:
    first, second = version(session, "labeler"), version(session, "labeler")
    registry.promote(session, first, None, "better")
    registry.promote(session, second, None)
    registry.roll_back(session, "labeler", None)
    assert told(session) == [
        ("model.promoted", {"model": first, "group": "labeler", "replaced": None}),
        ("model.promoted", {"model": second, "group": "labeler", "replaced": first}),
        ("model.rolled_back", {"model": second, "group": "labeler", "now": first}),
    ]


def test_a_corrected_read_and_an_overruled_label_are_told_of_by_the_image_alone(
    session: Session,
) -> None:
    (ann,), (normal, abnormal, _) = add_readers(session, 1), add_classes(session)
    images = add_images(session, 2)
    list_images(session, "seed", images)
    read(session, ann, normal)
    change(session, ann, images[0], say(abnormal, note="Seen again."))
    admin = User(name="Ada", role="admin")
    session.add(admin)
    session.flush()
    overrule(session, images[0], normal, "no", state(session, images[0]), admin, now())
    assert told(session) == [("label.corrected", {"image": images[0]})] * 2


@pytest.mark.parametrize(("errors", "topic"), [(0, "lot.released"), (9, "lot.failed")])
def test_a_lot_is_told_of_when_its_audit_is_decided_and_not_again(
    session: Session, errors: int, topic: str
) -> None:
    classes = add_classes(session)
    labeler = version(session, "labeler")
    run = runs.request(session, "sweep", {})
    sweep = Sweep(run_id=run.id, labeler_id=labeler, tolerated_error=0.05)
    session.add(sweep)
    session.flush()
    lot = Lot(
        sweep_id=sweep.id,
        class_id=classes[0],
        size=100,
        sample_size=20,
        allowed_errors=0,
        removed_read=20,
        removed_wrong=errors,
    )
    session.add(lot)
    session.flush()
    for _ in range(2):
        decide_lot(session, lot)
    assert told(session) == [(topic, {"lot": lot.id, "sweep": sweep.id})]
