"""People with mail addresses, and mails that wait for them."""

import threading

from sqlalchemy import select, update

from app.announcing import LIST_FILLED, announce
from app.db.engine import Database, read_only
from app.db.notifications import Mail
from app.db.people import User
from app.db.tables import now
from app.notifications import sending
from app.settings import Settings

ADA, ROSA = "ada@hospital.example", "rosa@hospital.example"


def by(settings: Settings, port: int, **more: str) -> Settings:
    """Settings with a mail server on this machine."""
    own = {"mail_server": f"smtp://127.0.0.1:{port}", "mail_from": "condyle@hospital.example"}
    own |= {"public_url": "https://condyle.example/"} | more
    return settings.model_copy(update=own)


def people(database: Database, **addresses: str) -> dict[str, int]:
    """Add Ada, an admin, and readers, with their addresses; return their numbers."""
    with database.begin() as session:
        rows = [
            User(name=name, role="admin" if name == "Ada" else "reader", mail_address=address)
            for name, address in addresses.items()
        ]
        session.add_all(rows)
        session.flush()
        return {row.name: row.id for row in rows}


def fill(database: Database, worklist: str = "audit") -> None:
    with database.begin() as session:
        announce(session, LIST_FILLED, worklist=worklist)


def send(database: Database, settings: Settings) -> int:
    """Send what is due; return how many tries that took."""
    return sending.send_all(database, settings, threading.Event())


def rows(database: Database) -> list[Mail]:
    with read_only(database) as session:
        return list(session.scalars(select(Mail).order_by(Mail.id)))


def make_due(database: Database) -> None:
    with database.begin() as session:
        session.execute(update(Mail).where(Mail.status == "waiting").values(due_at=now()))
