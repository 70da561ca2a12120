"""Whatever is stored and compared is told by the database's clock, whosever machine is wrong."""

import json
import subprocess
from datetime import datetime, timedelta
from typing import Any

import pytest
import time_machine
from sqlalchemy import func, select
from support import another_clock

from app.checks import Check
from app.db import clock
from app.db.engine import Database, open_database
from app.db.people import AuditEvent
from app.db.tables import now
from app.doctor import examine
from app.runs import rules
from app.settings import Settings

HOUR = 3600
NEAR = timedelta(seconds=30)
LEASE = timedelta(seconds=60)
PREAMBLE = """
import json
from datetime import timedelta
from app.audit import record
from app.db import clock
from app.db.engine import open_database
from app.db.tables import now
from app.runs import rules
"""


def elsewhere(database_url: str, seconds: int, expression: str) -> Any:
    """Return what an expression of a session is worth in a process with another clock."""
    code = f"{PREAMBLE}with open_database({database_url!r}).begin() as session:\n"
    code += f"    print(json.dumps({expression}, default=str))"
    ran = subprocess.run(another_clock.command(seconds, code), capture_output=True, text=True)
    assert ran.returncode == 0, ran.stderr
    return json.loads(ran.stdout)


def test_the_database_tells_the_present_moment_to_the_millisecond(database: Database) -> None:
    before = now()
    with database.begin() as session:
        shown = [session.scalars(select(clock.NOW)).one() for _ in range(50)]
    assert all(isinstance(each, datetime) and each.tzinfo for each in shown)
    assert shown == sorted(shown)
    assert before - timedelta(milliseconds=1) <= shown[0] <= shown[-1] <= now()


def test_a_long_transaction_does_not_stop_the_clock(database: Database) -> None:
    with database.begin() as session:
        first = session.scalars(select(clock.NOW)).one()
        while session.scalars(select(clock.NOW)).one() == first:
            pass
        assert session.scalars(select(clock.after(0))).one() > first


@pytest.mark.parametrize("seconds", [90, -90, 2.5, 0.004])
def test_a_moment_so_many_seconds_from_now(database: Database, seconds: float) -> None:
    # A busy machine may pause between the two moments of a statement, but not in each of them.
    asked = select(clock.NOW, clock.after(seconds), clock.after(seconds) > clock.NOW)
    with database.begin() as session:
        told = [session.execute(asked).one() for _ in range(20)]
    off = min(abs((then - present).total_seconds() - seconds) for present, then, _ in told)
    assert off < min(1, abs(seconds))
    assert any(later for _, _, later in told) is (seconds > 0)


def test_what_rules_reckon_with_is_the_same_moment(database: Database) -> None:
    with database.begin() as session:
        clock.moment(session)
        for _ in range(50):
            # By so much it may be off: a busy machine answers late the first time it is asked.
            earliest = session.scalars(select(clock.after(-1))).one()
            reckoned = clock.moment(session)
            latest = session.scalars(select(clock.after(1))).one()
            assert earliest < reckoned < latest
    assert abs(clock.present(database) - now()) < NEAR


def test_a_process_whose_clock_is_an_hour_off_tells_the_same_moment(postgresql_url: str) -> None:
    for seconds in (HOUR, -HOUR):
        told = elsewhere(
            postgresql_url,
            seconds,
            "[now(), clock.moment(session), clock.skew(session).total_seconds(),"
            " record(session, None, 'look', 'clock')]",
        )
        its_own, moment = (datetime.fromisoformat(each) for each in told[:2])
        assert abs(its_own - now() - timedelta(seconds=seconds)) < NEAR
        assert abs(moment - now()) < NEAR
        assert told[2] == pytest.approx(-seconds, abs=NEAR.total_seconds())
    with open_database(postgresql_url).begin() as session:
        latest = session.scalar(select(func.max(AuditEvent.at)))
    assert latest is not None
    assert abs(latest - now()) < NEAR


def test_a_worker_an_hour_ahead_steals_no_run_and_one_behind_keeps_its_own(
    postgresql_url: str,
) -> None:
    database = open_database(postgresql_url)
    with database.begin() as session:
        ours = rules.request(session, "sweep", {}).id
        theirs = rules.request(session, "evaluate", {}).id
        assert rules.claim(session, ours, "here", LEASE)
    lease = "timedelta(seconds=60)"
    assert not elsewhere(postgresql_url, HOUR, f"rules.claim(session, {ours}, 'there', {lease})")
    assert elsewhere(postgresql_url, HOUR, "[each.id for each in rules.waiting(session)]") == [
        theirs
    ]
    assert elsewhere(
        postgresql_url,
        -HOUR,
        f"[rules.claim(session, {theirs}, 'there', {lease}),"
        f" rules.beat(session, {theirs}, 'there', {lease})]",
    ) == [True, True]
    with database.begin() as session:
        assert not rules.waiting(session)
        assert not rules.claim(session, theirs, "here", LEASE)
        begun = rules.find(session, theirs).started_at
    assert begun is not None
    assert abs(begun - now()) < NEAR


def test_the_doctor_says_by_how_much_clocks_differ(postgresql_url: str, redis: str) -> None:
    settings = Settings(database_url=postgresql_url, broker_url=redis)
    assert clocks(settings) == Check(True, "The clocks of this machine and its servers agree.")
    with time_machine.travel(now() + timedelta(seconds=HOUR), tick=True):
        found = clocks(settings)
    assert not found.good
    assert "the database -3600 s, the broker -3600 s" in found.words


def clocks(settings: Settings) -> Check:
    return next(each for each in examine(settings) if "clocks" in each.words.lower())
