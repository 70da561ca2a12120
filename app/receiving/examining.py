"""What `condyle doctor` looks at of the receiver: certificates, port, room, and what waits."""

import ssl
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from shutil import disk_usage

from cryptography import x509
from sqlalchemy.exc import SQLAlchemyError

from app import errors, formats
from app.checks import Check, reading, refused
from app.db.tables import now
from app.receiving import importing, on_arrival, rules
from app.receiving.asking_ourselves import answer_of
from app.receiving.peers import Peers, peers_of
from app.receiving.place import Place
from app.settings import Settings

SOON = timedelta(days=30)
"""A certificate that ends so soon is to be renewed now."""
OVERDUE = timedelta(hours=1)
"""Films that an import should have taken long ago."""
LOOKED_FOR = 100
"""Waiting films whose files are looked for."""


def examine(settings: Settings) -> Iterator[Check]:
    """Look at one thing of the receiver after the other; it is running while this is asked."""
    if not settings.dicom_senders:
        yield Check(True, "No receiver is set up: CONDYLE_DICOM_SENDERS names nobody who may send.")
    else:
        yield from _set_up(settings)
        yield _room(settings)
    try:
        yield from _films(settings)
    except SQLAlchemyError:
        return  # that the database does not answer is said of the database


def _set_up(settings: Settings) -> Iterator[Check]:
    try:
        peers = peers_of(settings)
    except errors.Refused as error:
        yield refused(error)
        return
    yield Check(
        True,
        f"The receiver is {', '.join(sorted(peers.ours))} and takes films from "
        f"{', '.join(sorted(peers.senders))}.",
    )
    certificates = list(_certificates(settings))
    yield from certificates
    if all(each.good for each in certificates):
        yield _answer(settings, peers)


def _certificates(settings: Settings) -> Iterator[Check]:
    named = {
        "CONDYLE_DICOM_CERTIFICATE": settings.dicom_certificate,
        "CONDYLE_DICOM_CERTIFICATE_KEY": settings.dicom_certificate_key,
        "CONDYLE_DICOM_AUTHORITIES": settings.dicom_authorities,
    }
    if not any(named.values()):
        yield Check(True, "Films come unencrypted: no certificate is set.")
        return
    for name in ("CONDYLE_DICOM_CERTIFICATE", "CONDYLE_DICOM_CERTIFICATE_KEY"):
        if not named[name]:
            yield Check(False, f"{name} is not set: a certificate needs its key. Set both.")
            return
    try:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(settings.dicom_certificate, settings.dicom_certificate_key)
    except OSError as error:
        why = error.strerror or "key and certificate do not belong together, or one is damaged"
        do = "name PEM files that this user may read, the key without a password"
        yield Check(False, f"The receiver's certificate cannot be used ({why}): {do}.")
        return
    for name in ("CONDYLE_DICOM_CERTIFICATE", "CONDYLE_DICOM_AUTHORITIES"):
        if named[name]:
            yield _lasting(name, Path(named[name]))


def _lasting(name: str, path: Path) -> Check:
    """Say until when the certificates of a file hold."""
    try:
        ends = min(each.not_valid_after_utc for each in load(path))
    except (OSError, ValueError):
        do = "name a PEM file that this user may read"
        return Check(False, f"{name} names {path}, which holds no certificate: {do}.")
    if ends < now() + SOON:
        day = f"{ends:%Y-%m-%d}"
        said = f"ended on {day}" if ends < now() else f"ends on {day}"
        return Check(
            False, f"A certificate of {name} {said}: renew it, then start `condyle receive` again."
        )
    return Check(True, f"The certificates of {name} hold until {ends:%Y-%m-%d}.")


def load(path: Path) -> list[x509.Certificate]:
    """Return the certificates of a PEM file.

    Raises:
        OSError: it cannot be read.
        ValueError: it holds none.
    """
    return x509.load_pem_x509_certificates(path.read_bytes())


def _answer(settings: Settings, peers: Peers) -> Check:
    where = f"{settings.dicom_host}:{settings.dicom_port}"
    answer = answer_of(settings, peers)
    if answer == "echo":
        return Check(True, f"The receiver answers a C-ECHO at {where}.")
    if answer == "encrypted":
        words = "answers with TLS; an echo takes a sender's certificate: ask from the PACS"
        return Check(True, f"The receiver at {where} {words}.")
    if answer == "rejects":
        words = "answers and lets nobody in from this machine, as it is set: ask from the PACS"
        return Check(True, f"The receiver at {where} {words}.")
    if answer == "another certificate":
        do = "start `condyle receive` again, it reads its certificate when it starts"
        return Check(False, f"The receiver at {where} shows another certificate than is set: {do}.")
    if answer == "silence":
        do = "start `condyle receive`, or ask on the machine where it runs"
        return Check(False, f"Nothing answers at {where}: {do}.")
    do = "see which program has the port, and with which settings it was started"
    return Check(False, f"What listens at {where} does not answer a C-ECHO: {do}.")


def _room(settings: Settings) -> Check:
    needed = settings.disk_reserve_mb + settings.dicom_film_mb
    free = disk_usage(settings.home).free // 2**20
    if free < needed:
        return Check(
            False,
            f"{formats.count(free)} MiB are free for received films, and {formats.count(needed)} "
            f"are needed for one of the largest: make room in {Place(settings.home).folder}.",
        )
    return Check(True, f"{formats.count(free)} MiB are free for received films.")


def _films(settings: Settings) -> Iterator[Check]:
    with reading(settings) as session:
        standing = rules.standing(session)
        kept = rules.kept_bytes(session) // 2**20
        waiting = session.scalars(rules.waiting().limit(LOOKED_FOR)).all()
        alone = rules.imported_by_themselves(session)
        stopped = importing.stopped_by(session)
        models = on_arrival.standing(session)
    if kept > 0.9 * settings.dicom_waiting_mb:
        most = formats.count(settings.dicom_waiting_mb)
        yield Check(
            False,
            f"Received films take {formats.count(kept)} of {most} MiB, then senders are refused: "
            "import what waits, and let in or remove what was put aside.",
        )
    if standing.put_aside:
        do = "let them in or remove them on the page Arrived films"
        yield Check(False, f"{formats.count(standing.put_aside)} films were put aside: {do}.")
    place = Place(settings.home)
    gone = [film for film in waiting if not place.path(film.digest).is_file()]
    if gone:
        do = "let receiver, web and workers that decode share the home folder"
        yield Check(False, f"Files of films that wait are not in {place.folder}: {do}.")
    earliest = min((film.arrived_at for film in waiting), default=None)
    if earliest is not None:
        yield _waiting(standing.waiting, earliest, alone, stopped.id if stopped else None)
    if models.on and models.missing:
        yield Check(False, f"Nothing is read on arrival: {' '.join(models.missing)}")


def _waiting(films: int, earliest: datetime, alone: bool, stopped: int | None) -> Check:
    since = f"{formats.count(films)} films wait for an import since {earliest:%Y-%m-%d %H:%M} UTC"
    if not alone:
        return Check(True, f"{since}: start one on the page Arrived films.")
    if stopped is not None:
        do = "see why on its page, then start one on the page Arrived films"
        return Check(False, f"{since}, and run {stopped}, the last import, did not succeed: {do}.")
    if earliest < now() - OVERDUE:
        do = "see that a worker runs that takes the queue decode and shares the home folder"
        return Check(False, f"{since}, though they are imported as they arrive: {do}.")
    return Check(True, f"{since}, which starts by itself.")
