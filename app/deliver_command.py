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
from app.outbox import due
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
    from app import senders  # only these sign and send
    from app.notifications import service as notifications

    logging.basicConfig(level=logging.WARNING, format="%(asctime)s %(message)s")
    logs.begin(settings())
    origins.begin_worker()
    addresses.listed(settings())
    migrate(settings().resolved_database_url)
    told = threading.Event()
    for signalled in (signal.SIGTERM, signal.SIGINT):
        signal.signal(signalled, lambda *_: told.set())
    asked = database, settings(), told
    wait_for_senders = senders.start(*asked)
    for serve, name in ((heads.serve, "heads"), (notifications.serve_forgetting, "forgetting")):
        threading.Thread(target=serve, args=asked, daemon=True, name=name).start()
    print("Condyle delivers.", flush=True)
    told.wait()
    wait_for_senders()
