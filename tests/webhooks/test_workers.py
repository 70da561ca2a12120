"""Any number of workers deliver, also where one dies: each thing arrives once."""

import threading

import pytest
from sqlalchemy import func, select, update
from support.servers import free_port
from support.webhook_receivers import (
    LISTED,
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
from app.db.webhooks import Delivery
from app.outgoing import tries
from app.webhooks import deliveries, sending


def test_what_a_killed_worker_had_in_hand_is_due_again_and_no_word_of_it_counts_later(
    database: Database, receiver: Receiver
) -> None:
    told = webhook(database, receiver.server_port)
    happen(database)
    with database.begin() as session:
        lost = deliveries.claim(session, told.id, "killed")
    assert lost is not None
    assert deliver(database, told) == 0, "it may still be at it"
    with database.begin() as session:
        make_due(session)
    assert deliver(database, told, "another") == 1
    with database.begin() as session:
        assert not deliveries.report(session, lost, deliveries.Outcome(status=500))
    assert (only(database).status, only(database).attempts) == ("delivered", 2)


def test_several_workers_deliver_each_thing_once(database: Database, receiver: Receiver) -> None:
    told = webhook(database, receiver.server_port)
    happen(database, 40)
    start = threading.Barrier(4)

    def work(number: int) -> None:
        start.wait()
        deliver(database, told, f"worker {number}")

    workers = [threading.Thread(target=work, args=(number,)) for number in range(4)]
    for each in workers:
        each.start()
    for each in workers:
        each.join()
    assert sorted(said["data"]["run"] for _key, said in receiver.taken) == list(range(40))
    assert statuses(database) == {"delivered": 40}


def test_what_is_told_while_the_receiver_is_down_arrives_once(
    postgresql_database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two workers; the receiver comes back when a third of what there is has been tried in vain.

    `bench/webhooks.py` does the same with a thousand.
    """
    monkeypatch.setattr(tries, "WAITS", (0.5,) * 100)
    monkeypatch.setattr(sending, "PAUSE", 0.05)
    port = free_port()
    told = webhook(postgresql_database, port)
    happen(postgresql_database, 120)
    stop = threading.Event()
    asked = (postgresql_database, LISTED, stop)
    workers = [threading.Thread(target=sending.serve, args=asked) for _ in range(2)]
    for each in workers:
        each.start()
    try:
        while _refused(postgresql_database) < 40:
            assert all(each.is_alive() for each in workers)
        with receiving(told.secret, port=port) as receiver:
            while statuses(postgresql_database).get("waiting"):
                stop.wait(0.05)
            keys = [key for key, _said in receiver.taken]
    finally:
        stop.set()
        for each in workers:
            each.join()
    assert len(keys) == len(set(keys)) == 120
    assert statuses(postgresql_database) == {"delivered": 120}


def _refused(database: Database) -> int:
    with read_only(database) as session:
        refused = select(func.count()).where(Delivery.fault == "no_connection")
        return session.scalar(refused.select_from(Delivery)) or 0


def test_a_receiver_that_does_not_answer_keeps_no_other_waiting(
    sqlite_database: Database, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sending, "PAUSE", 0.01)
    monkeypatch.setattr(sending, "SECONDS", 60.0)
    with receiving() as silent:
        silent.behaviour = lambda: None
        first = webhook(sqlite_database, silent.server_port)
        webhook(sqlite_database, receiver.server_port)
        happen(sqlite_database, 3)
        stop = threading.Event()
        asked = (sqlite_database, LISTED, stop)
        worker = threading.Thread(target=sending.serve, args=asked)
        worker.start()
        while len(receiver.taken) < 3:
            stop.wait(0.01)
        with read_only(sqlite_database) as session:
            tried = select(func.sum(Delivery.attempts)).where(Delivery.webhook_id == first.id)
            assert session.scalar(tried) <= 1, "the first one's first try is still under way"
        stop.set()
        silent.over.set()
        worker.join()


def test_what_nobody_tries_is_late(database: Database) -> None:
    """`condyle deliver --check` goes by it."""
    told = webhook(database, 9)
    happen(database, 2)
    with database.begin() as session:
        assert not deliveries.is_late(session)
        waits = update(Delivery).where(Delivery.id == 1)
        session.execute(waits.values(due_at=clock.after(-tries.LATE_SECONDS - 1)))
        assert deliveries.is_late(session)
        deliveries.claim(session, told.id, "worker")
        assert not deliveries.is_late(session), "somebody is at it"
