"""`condyle receive`: films that a modality or a PACS sends over DICOM."""

import logging
import signal
import threading

from app import logs
from app.db.engine import migrate, open_database
from app.settings import settings


def receive() -> None:
    """Take films that a PACS or a modality sends (DICOM C-STORE), until told to stop."""
    from app.receiving.receiver import Receiver  # only this needs pynetdicom

    logging.basicConfig(level=logging.WARNING, format="%(asctime)s %(message)s")
    logs.begin(settings())
    migrate(settings().resolved_database_url)
    told = threading.Event()
    for signalled in (signal.SIGTERM, signal.SIGINT):
        signal.signal(signalled, lambda *_: told.set())
    receiver = Receiver(open_database(settings().resolved_database_url), settings())
    how = "with TLS" if settings().dicom_certificate else "without encryption"
    print(
        f"Condyle takes films at {settings().dicom_host}:{settings().dicom_port}, {how}, "
        f"for {settings().dicom_titles} from {settings().dicom_senders}.",
        flush=True,
    )
    receiver.serve_until(told)
