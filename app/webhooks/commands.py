"""`condyle deliver`: sends instead of workers what other machines are told."""

import logging
import signal
import threading
from typing import Annotated

import typer

from app import logs
from app.audit import origins
from app.audit.heads import daily as heads
from app.db.engine import migrate, open_database, read_only
from app.notifications import mails
from app.outbox import due, service
from app.settings import settings
from app.tracking import rules as tracking
from app.webhooks import addresses, deliveries

Check = Annotated[bool, typer.Option(help="Only say whether something waits for too long.")]


def deliver(check: Check = False) -> None:
    """Deliver webhooks, mails, reports, runs where workers do not (CONDYLE_WEBHOOK_WORKERS=0)."""
    database = open_database(settings().resolved_database_url)
    if check:
        with read_only(database) as session:
            late = deliveries.is_late(session)
            if settings().write_back_to:
                late = late or due.is_late(session)
            if settings().mlflow_url:
                late = late or tracking.is_late(session)
            if settings().mail_server:
                late = late or mails.is_late(session)
        raise typer.Exit(int(late))
    from app.notifications import service as notifications
    from app.tracking import sending as tracker
    from app.webhooks import sending  # only this signs and sends

    logging.basicConfig(level=logging.WARNING, format="%(asctime)s %(message)s")
    logs.begin(settings())
    origins.begin_worker()
    addresses.listed(settings())
    migrate(settings().resolved_database_url)
    told = threading.Event()
    for signalled in (signal.SIGTERM, signal.SIGINT):
        signal.signal(signalled, lambda *_: told.set())
    asked = database, settings(), told
    beside = [
        threading.Thread(target=serve, args=asked, daemon=True, name=name)
        for serve, name in (
            (service.serve, "outbox"),
            (tracker.serve, "tracking"),
            (notifications.serve_mails, "mails"),
        )
    ]
    for each in beside:
        each.start()
    for serve, name in ((heads.serve, "heads"), (notifications.serve_forgetting, "forgetting")):
        threading.Thread(target=serve, args=asked, daemon=True, name=name).start()
    print("Condyle delivers webhooks.", flush=True)
    sending.serve(*asked)
    for each in beside:
        each.join(sending.ENDING_SECONDS)
