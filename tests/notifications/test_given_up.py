"""Mails that nobody is to be sent any more, that cannot be written, or that nobody sends."""

from sqlalchemy import update
from support.databases import ON_BOTH
from support.mail_servers import Mailbox
from support.mails import ADA, ROSA, by, fill, people, rows, send

from app.announcing import LOT_FAILED, announce
from app.db import clock
from app.db.engine import Database
from app.db.notifications import Mail
from app.db.people import User
from app.notifications import mails, service
from app.settings import Settings


def test_what_cannot_be_written_or_is_not_for_its_person_any_more_is_given_up_and_nothing_waits(
    sqlite_database: Database, settings: Settings, mailbox: Mailbox, port: int
) -> None:
    known = people(sqlite_database, Ada=ADA, Rosa=ROSA)
    with sqlite_database.begin() as session:
        session.add(
            Mail(key="of another release", user_id=known["Ada"], topic=LOT_FAILED, data="{}")
        )
        former = User(name="Ben", role="admin", mail_address="ben@hospital.example")
        session.add(former)
        session.flush()
        announce(session, LOT_FAILED, by=known["Ada"], lot=3, sweep=1)
        former.role = "reader"
    fill(sqlite_database)
    assert send(sqlite_database, by(settings, port)) == 4
    unwritable, former_admin, *others = rows(sqlite_database)
    assert (unwritable.status, unwritable.fault) == ("failed", "unwritable")
    assert (former_admin.status, former_admin.fault) == ("failed", "role")
    assert {each.status for each in others} == {"sent"}
    assert sorted(mailbox.recipients) == ["ben@hospital.example", ROSA]
    assert {each["To"].addresses[0].addr_spec for each in mailbox.mails} == set(mailbox.recipients)


@ON_BOTH
def test_what_nobody_sends_for_a_day_is_given_up_and_nothing_that_is_tried(
    database: Database, settings: Settings
) -> None:
    people(database, Rosa=ROSA, Ruth="ruth@hospital.example", Rita="rita@hospital.example")
    fill(database)
    with database.begin() as session:
        due = clock.after(-mails.GIVEN_UP_AFTER.total_seconds() - 60)
        session.execute(update(Mail).where(Mail.id != 2).values(due_at=due))
        held = mails.claim(session, "a worker with a server")
    assert held is not None
    service.forget(database)
    assert {(each.id, each.status, each.fault) for each in rows(database)} == {
        (held.mail_id, "waiting", ""),
        (2, "waiting", ""),
        (4 - held.mail_id, "failed", "late"),
    }
