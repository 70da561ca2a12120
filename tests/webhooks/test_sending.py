"""Deliveries reach a real receiver, signed and once, whatever it does; or they are listed."""

import threading
from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import update
from standardwebhooks import Webhook as Verifier
from support.webhook_receivers import (
    Answer,
    Receiver,
    deliver,
    happen,
    make_due,
    only,
    receiving,
    statuses,
    webhook,
)

from app.db import clock
from app.db.engine import Database, read_only
from app.db.people import User
from app.db.tables import now
from app.db.webhooks import Delivery, Webhook
from app.outgoing import tries
from app.settings import Settings
from app.webhooks import addresses, deliveries, rules, sending


@pytest.fixture
def told(sqlite_database: Database, receiver: Receiver) -> Webhook:
    """A webhook to the receiver, with something to tell."""
    made = webhook(sqlite_database, receiver.server_port)
    happen(sqlite_database)
    return made


def test_a_delivery_is_signed_and_for_a_day_by_the_former_secret_as_well(
    sqlite_database: Database, receiver: Receiver, told: Webhook
) -> None:
    former = told.secret
    with sqlite_database.begin() as session:
        admin = User(name="Ada", role="admin")
        session.add(admin)
        new = rules.renew_secret(session, told.id, admin).secret
    receiver.verifiers = [Verifier(new), Verifier(former)]
    assert deliver(sqlite_database, told) == 1
    ((key, said),) = receiver.taken
    assert said["data"] == {"run": 0, "kind": "sweep", "status": "succeeded"}
    delivery = only(sqlite_database)
    assert (delivery.key, delivery.status, delivery.answer_status) == (key, "delivered", 204)
    with sqlite_database.begin() as session:
        session.execute(update(Webhook).values(former_until=clock.after(-1)))
        make_due(session)
        claimed = deliveries.claim(session, told.id, "worker")
        assert claimed is None
    happen(sqlite_database)
    with sqlite_database.begin() as session:
        claimed = deliveries.claim(session, told.id, "worker")
    assert claimed is not None
    assert claimed.secrets == [new]


def test_what_is_not_taken_is_tried_again_under_the_same_id_and_then_listed(
    sqlite_database: Database, receiver: Receiver, told: Webhook
) -> None:
    receiver.behaviour = lambda: Answer(500, b"<p>Out of \x00 memory</p>" + b"x" * 10_000)
    for wait in tries.WAITS:
        before = now()
        assert deliver(sqlite_database, told) == 1
        delivery = only(sqlite_database)
        assert delivery.status == "waiting"
        put_off = delivery.due_at - before
        assert timedelta(seconds=wait - 1) < put_off < timedelta(seconds=wait + 60)
        with sqlite_database.begin() as session:
            make_due(session)
    assert deliver(sqlite_database, told) == 1
    failed = only(sqlite_database)
    assert (failed.status, failed.attempts, failed.answer_status) == ("failed", 8, 500)
    assert failed.answer.startswith("<p>Out of   memory</p>x")
    assert len(failed.answer) <= sending.SHOWN_BYTES
    with sqlite_database.begin() as session:
        admin = User(name="Ada", role="admin")
        session.add(admin)
        session.flush()
        deliveries.send_again(session, failed.id, admin)
    receiver.behaviour = Answer
    assert deliver(sqlite_database, told) == 1
    assert [key for key, _said in receiver.taken] == [failed.key]
    assert only(sqlite_database).status == "delivered"


def test_a_redirect_is_not_followed(
    sqlite_database: Database, receiver: Receiver, told: Webhook
) -> None:
    with receiving() as elsewhere:
        there = {"Location": f"http://127.0.0.1:{elsewhere.server_port}/"}
        receiver.behaviour = lambda: Answer(302, headers=there)
        deliver(sqlite_database, told)
        assert elsewhere.taken == []
    assert (only(sqlite_database).status, only(sqlite_database).answer_status) == ("waiting", 302)


@pytest.mark.parametrize(
    ("behaviour", "fault", "least"),
    [
        (lambda: None, "time_out", 9),
        (lambda: Answer(503, headers={"Retry-After": "600"}), "", 599),
        (lambda: Answer(429, headers={"Retry-After": "9" * 40}), "", tries.WAITS[-1] - 1),
    ],
    ids=["slow", "busy", "never"],
)
def test_a_receiver_that_is_slow_or_busy_is_told_later(
    sqlite_database: Database,
    receiver: Receiver,
    told: Webhook,
    monkeypatch: pytest.MonkeyPatch,
    behaviour: Callable[[], Answer | None],
    fault: str,
    least: int,
) -> None:
    if fault == "time_out":
        monkeypatch.setattr(sending, "SECONDS", 0.3)
    receiver.behaviour = behaviour
    before = now()
    deliver(sqlite_database, told)
    delivery = only(sqlite_database)
    assert (delivery.status, delivery.fault) == ("waiting", fault)
    assert delivery.due_at - before > timedelta(seconds=least)


@pytest.mark.parametrize(
    ("address", "fault", "status"),
    [
        ("http://localhost:{}/", "not_allowed", "failed"),
        ("http://no-such-host.invalid/", "unknown_name", "waiting"),
    ],
)
def test_a_name_is_judged_by_what_it_leads_to_and_nothing_is_sent_there(
    sqlite_database: Database,
    receiver: Receiver,
    told: Webhook,
    address: str,
    fault: str,
    status: str,
) -> None:
    """`localhost` leads to 127.0.0.1, which is not listed here."""
    with sqlite_database.begin() as session:
        session.execute(update(Webhook).values(address=address.format(receiver.server_port)))
    nothing = addresses.listed(Settings())
    sending.deliver_all(sqlite_database, nothing, told.id, "worker", threading.Event())
    assert (only(sqlite_database).fault, only(sqlite_database).status) == (fault, status)
    assert receiver.taken == []


def test_what_waits_for_a_paused_webhook_is_sent_when_it_is_resumed_and_of_a_removed_one_listed(
    sqlite_database: Database, receiver: Receiver, told: Webhook
) -> None:
    with sqlite_database.begin() as session:
        admin = User(name="Ada", role="admin")
        session.add(admin)
        session.flush()
        rules.pause(session, told.id, True, admin)
    happen(sqlite_database)
    assert deliver(sqlite_database, told) == 0
    with read_only(sqlite_database) as session:
        assert deliveries.due(session) == []
    with sqlite_database.begin() as session:
        rules.pause(session, told.id, False, admin)
    assert deliver(sqlite_database, told) == len(receiver.taken) == 2
    happen(sqlite_database)
    with sqlite_database.begin() as session:
        rules.remove(session, told.id, admin)
    assert deliver(sqlite_database, told) == 0
    assert statuses(sqlite_database) == {"delivered": 2, "failed": 1}
    with read_only(sqlite_database) as session:
        (last,) = deliveries.listed(session, only_failed=True)
        assert (last.fault, last.webhook.secret) == ("removed", "")


def test_what_ended_long_ago_is_forgotten_and_what_waits_is_not(
    sqlite_database: Database, told: Webhook, receiver: Receiver
) -> None:
    deliver(sqlite_database, told)
    happen(sqlite_database, 2)
    long_ago = clock.after(-deliveries.KEPT.total_seconds() - 60)
    with sqlite_database.begin() as session:
        session.execute(update(Delivery).values(created_at=long_ago))
        ended = update(Delivery).where(Delivery.status == "delivered")
        session.execute(ended.values(ended_at=long_ago))
    sending.forget(sqlite_database)
    assert statuses(sqlite_database) == {"waiting": 2}
