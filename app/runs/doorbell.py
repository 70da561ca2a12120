"""The only file of `app` that knows Celery: telling a worker that a run or a part is waiting.

A message lost, doubled or late does no harm: the row is the queue, claiming it is atomic, and the
workers look for waiting rows by themselves. Messages wait in the queue of what the work needs.
"""

import logging
from collections.abc import Iterable, Sequence
from typing import Any

from celery import Celery
from kombu.exceptions import OperationalError

from app.db.learning import Run
from app.db.work import RESOURCES, Part
from app.runs.resources import resource_of
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


def ring(run: Run, settings: Settings) -> None:
    """Tell a worker about a run whose row is committed; log and go on where no broker answers."""
    _send([("run", run.id, queue_of(run))], settings)


def ring_for(waiting: Iterable[Part], settings: Settings) -> None:
    """Tell workers about parts whose rows are committed; likewise."""
    _send([("part", part.id, part.resource) for part in waiting], settings)


def queue_of(run: Run) -> str:
    """Return the queue, one of `RESOURCES`, in which a run waits."""
    return resource_of(run.kind)


def idle_queues(settings: Settings) -> set[str]:
    """Return the queues, of `RESOURCES`, in which no message waits; none where nobody answers."""
    try:
        with _impatient(settings) as celery, celery.connection_for_write() as connection:
            return {name for name in RESOURCES if not _length(connection, name)}
    except (OperationalError, OSError) as error:
        log.warning("the broker does not say what waits (%s)", error)
        return set()


def answers(settings: Settings) -> bool:
    """Whether the broker answers."""
    try:
        with _impatient(settings) as celery, celery.connection_for_write() as connection:
            connection.ensure_connection(max_retries=1, interval_start=0, timeout=PATIENT_SECONDS)
    except (OperationalError, OSError):
        return False
    return True


def _send(messages: Sequence[tuple[str, int, str]], settings: Settings) -> None:
    """Send messages, each a task, the number of a row and a queue."""
    if not messages:
        return
    try:
        with _impatient(settings) as celery:
            for task, number, queue in messages:
                celery.send_task(task, args=[number], queue=queue, retry=False)
    except (OperationalError, OSError) as error:
        task, number, _ = messages[0]
        log.warning("%s %s waits: the broker did not take the message (%s)", task, number, error)


def _impatient(settings: Settings) -> Celery:
    """Return the application for a bell: a worker waits for messages for longer."""
    celery = make_celery(settings)
    if not settings.embedded:
        both = ("socket_connect_timeout", "socket_timeout")
        celery.conf.broker_transport_options = dict.fromkeys(both, PATIENT_SECONDS)
    return celery


def _length(connection: Any, queue: str) -> int:
    try:
        length: int = connection.default_channel.queue_declare(queue, passive=True).message_count
    except connection.channel_errors:  # Redis forgets a queue in which nothing waits
        return 0
    return length


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
