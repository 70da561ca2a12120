"""`condyle doctor`: is everything there that Condyle needs?"""

import shutil
from collections.abc import Callable, Iterator
from importlib.util import find_spec

from celery import Celery
from kombu.exceptions import KombuError
from sqlalchemy import Connection, text
from sqlalchemy.exc import SQLAlchemyError

from app import privacy, texts
from app.accounts import provider_examining as provider
from app.audit import retention
from app.audit.heads import examining as heads
from app.checks import Check, reading, refused
from app.db import clock
from app.db.engine import is_damaged, looking_up, open_database, open_engine
from app.db.tables import now
from app.endpoint.client import open_endpoint
from app.endpoint.trial import try_out
from app.errors import CondyleError, Refused
from app.imaging.stores import open_store
from app.notifications import examining as notifications
from app.outbox import examining as outbox
from app.pacs import references
from app.pacs.seal import seal_of
from app.pulling import examining as pulling
from app.receiving import examining as receiver
from app.runs import workers
from app.runs.doorbell import make_celery
from app.settings import Settings
from app.telemetry import spans
from app.tracking import examining as tracking
from app.webhooks import examining as webhooks

LEAST_FREE_GIB = 5
MOST_SKEW_SECONDS = 2
"""Two machines that keep their clocks by a time server are nearer to each other."""


def examine(settings: Settings) -> Iterator[Check]:
    """Look at one thing after the other.

    Args:
        settings: what is configured.

    Yields:
        A check of each thing.
    """
    looks: tuple[Callable[[Settings], Check], ...] = (
        _language,
        _disk,
        _rights,
        _store,
        _database,
        _broker,
        _workers,
        _clocks,
        _learning,
        _language_model,
        _write_back,
    )
    for look in looks:
        yield look(settings)
    yield from receiver.examine(settings)
    yield from outbox.examine(settings)
    yield from pulling.examine(settings)
    yield from webhooks.examine(settings)
    yield from notifications.examine(settings)
    yield from heads.examine(settings)
    yield from retention.examine(settings)
    yield from tracking.examine(settings)
    yield from spans.examine(settings)
    yield from provider.examine(settings)


def _language(settings: Settings) -> Check:
    try:
        texts.language(settings.language)
    except Refused as error:
        return refused(error)
    return Check(True, f"The pages are in the language `{settings.language}`.")


def _disk(settings: Settings) -> Check:
    settings.home.mkdir(parents=True, exist_ok=True)
    free = shutil.disk_usage(settings.home).free / 2**30
    if free < LEAST_FREE_GIB:
        return Check(False, f"{free:.1f} GiB are free in {settings.home}: make room.")
    return Check(True, f"{free:.0f} GiB are free in {settings.home}.")


def _store(settings: Settings) -> Check:
    if not settings.store_url:
        return Check(True, f"Films lie in {settings.home / 'store'}.")
    try:
        open_store(settings).try_out()
    except CondyleError as error:
        return Check(False, str(error))
    return Check(True, f"{settings.store_url} can be written, read and listed.")


def _rights(settings: Settings) -> Check:
    wide = privacy.open_to_others(settings)
    if wide:
        names = ", ".join(str(path) for path in wide)
        do = "take the rights of others away as their owner: chmod -R go= PATH"
        return Check(False, f"Others than the owner may open {names}: {do}.")
    return Check(True, f"{settings.home} and the database can be opened by their owner alone.")


def _database(settings: Settings) -> Check:
    engine = open_engine(settings.resolved_database_url)
    name = engine.url.render_as_string(hide_password=True)
    try:
        with engine.connect() as connection:
            revision = connection.scalar(text("SELECT version_num FROM alembic_version"))
            damage = _damage(connection)
    except SQLAlchemyError as error:
        if is_damaged(error):
            return _damaged(name, "it cannot be read")
        do = "start `condyle serve` once, or check CONDYLE_DATABASE_URL"
        return Check(False, f"The database {name} does not answer ({type(error).__name__}): {do}.")
    finally:
        engine.dispose()
    if damage:
        return _damaged(name, damage)
    return Check(True, f"The database {name} is whole and at revision {revision}.")


def _damaged(name: str, what: str) -> Check:
    do = "restore the last backup, and look at the disk"
    return Check(False, f"The database {name} is damaged ({what}): {do}.")


def _damage(connection: Connection) -> str:
    """Return what SQLite finds wrong in its file; a server looks after its files itself."""
    if connection.dialect.name != "sqlite":
        return ""
    first = connection.scalars(text("PRAGMA quick_check(1)")).first()
    return "" if first == "ok" else str(first)


def _broker(settings: Settings) -> Check:
    if settings.embedded:
        return Check(True, "The worker is embedded; its broker is files in the home folder.")
    celery: Celery = make_celery(settings)
    try:
        with celery.connection_for_write() as connection:
            connection.ensure_connection(max_retries=1, timeout=3)
    except Exception as error:
        words = f"The broker does not answer ({type(error).__name__}): check CONDYLE_BROKER_URL."
        return Check(False, words)
    return Check(True, "The broker answers.")


def _clocks(settings: Settings) -> Check:
    try:
        others = {"the database": _database_ahead(settings)}
        if not settings.embedded:
            others["the broker"] = _broker_ahead(settings)
    except (SQLAlchemyError, KombuError, OSError) as error:
        return Check(False, f"Not all clocks could be compared ({type(error).__name__}).")
    wrong = [f"{name} {ahead:+.0f} s" for name, ahead in others.items() if _is_off(ahead)]
    if wrong:
        do = "set the clocks by a time server, for instance with chrony"
        return Check(False, f"Clocks differ from this machine's ({', '.join(wrong)}): {do}.")
    return Check(True, "The clocks of this machine and its servers agree.")


def _is_off(ahead: float) -> bool:
    return abs(ahead) > MOST_SKEW_SECONDS


def _database_ahead(settings: Settings) -> float:
    database = open_database(settings.resolved_database_url)
    try:
        with looking_up(database) as session:
            return clock.skew(session).total_seconds()
    finally:
        database.kw["bind"].dispose()


def _broker_ahead(settings: Settings) -> float:
    """Return by how many seconds Redis is ahead; another broker tells no time."""
    with make_celery(settings).connection_for_write() as connection:
        if connection.transport.driver_type != "redis":
            return 0.0
        connection.ensure_connection(max_retries=1, timeout=3)
        seconds, microseconds = connection.default_channel.client.time()
        return float(seconds + microseconds / 1e6 - now().timestamp())


def _workers(settings: Settings) -> Check:
    try:
        with reading(settings) as session:
            missing = [workers.in_words(resource) for resource in workers.unserved(session)]
            live = workers.live(session)
    except SQLAlchemyError as error:
        return Check(False, f"It is not known who works ({type(error).__name__}).")
    if missing:
        return Check(False, " ".join(missing))
    taken = sorted({queue for worker in live for queue in worker.queues})
    if taken:
        return Check(True, f"{len(live)} worker processes take {', '.join(taken)} work.")
    return Check(True, "No worker is there, and nothing waits for one.")


def _learning(_: Settings) -> Check:
    missing = [name for name in ("torch", "torchvision", "sklearn") if find_spec(name) is None]
    if missing:
        words = f"This machine cannot train ({', '.join(missing)} missing): run workers elsewhere."
        return Check(True, words)
    return Check(True, "This machine can train.")


def _language_model(settings: Settings) -> Check:
    if not (settings.llm_url or settings.llm_model):
        return Check(True, "No language model is set: no report is sent anywhere.")
    try:
        endpoint = open_endpoint(settings)
        try_out(endpoint)
    except CondyleError as error:
        return Check(False, str(error))
    words = f"The language model `{endpoint.model}` at {endpoint.address} answers."
    return Check(True, words)


def _write_back(settings: Settings) -> Check:
    try:
        seal = seal_of(settings)
    except Refused as error:
        return refused(error)
    if seal is None:
        return Check(True, "No key of PACS references is set: no film can be traced back.")
    try:
        with reading(settings) as session:
            lost = references.sealed_otherwise(session, seal.name)
    except SQLAlchemyError as error:
        return Check(False, f"It is not known what the key opens ({type(error).__name__}).")
    if lost:
        do = "set that key again, or import these films once more"
        return Check(
            False,
            f"{lost:,} PACS references were sealed with another key than the file of "
            f"CONDYLE_WRITE_BACK_KEY holds: {do}.",
        )
    return Check(True, "The key of PACS references opens all that are kept.")
