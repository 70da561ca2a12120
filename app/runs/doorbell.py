"""The only file of `app` that knows Celery: telling a worker that a run is waiting.

A message lost, doubled or late does no harm: the row is the queue, claiming it is atomic, and the
worker looks for waiting rows by itself.
"""

import logging

from celery import Celery
from kombu.exceptions import OperationalError

from app.settings import Settings

log = logging.getLogger(__name__)

PATIENT_SECONDS = 1
"""How long whoever starts a run waits for a broker; the row waits for the worker as long as it
takes."""


def make_celery(settings: Settings) -> Celery:
    """Return the Celery application on the configured broker, or on one made of files.

    `filesystem://` needs no server: each message is a file in HOME/broker.
    """
    celery = Celery(
        "condyle", broker=settings.broker_url or "filesystem://localhost", set_as_current=False
    )
    celery.conf.update(
        task_ignore_result=True,
        task_serializer="json",
        accept_content=["json"],
        worker_prefetch_multiplier=1,
        broker_connection_retry_on_startup=True,
        broker_transport_options=_file_broker(settings) if settings.embedded else {},
    )
    return celery


def ring(run_id: int, settings: Settings) -> None:
    """Tell a worker about a run whose row is committed; log and go on where no broker answers."""
    try:
        with make_celery(settings) as celery:
            if not settings.embedded:
                # Of the bell alone: a worker waits for messages for longer.
                impatient = ("socket_connect_timeout", "socket_timeout")
                celery.conf.broker_transport_options = dict.fromkeys(impatient, PATIENT_SECONDS)
            celery.send_task("run", args=[run_id], retry=False)
    except (OperationalError, OSError) as error:
        log.warning("run %s waits: the broker did not take the message (%s)", run_id, error)


def _file_broker(settings: Settings) -> dict[str, object]:
    folder = settings.home.resolve() / "broker"
    for part in ("messages", "control"):
        (folder / part).mkdir(parents=True, exist_ok=True)
    return {
        "data_folder_in": str(folder / "messages"),
        "data_folder_out": str(folder / "messages"),
        "control_folder": str(folder / "control"),
        "polling_interval": 0.1,
    }
