"""Films that were removed and must not come back: known by digests that nobody can read back.

A digest is an HMAC by the installation's key, as its pseudonyms are. A film is known again by its
file and by its name, a patient by the number together with who gave it. What a manifest without a
site calls a patient counts within that manifest, so only the films are known again there.
"""

import hashlib
import hmac
from collections.abc import Iterable

from sqlalchemy import select
from sqlalchemy.orm import Session

from app import errors
from app.db.archive import Image, Patient, PatientIdentity
from app.db.removal import Withdrawn
from app.db.unique_names import name_of
from app.imports.arrival import Arrival
from app.imports.persons import Claim

ANYWHERE = "anywhere"
"""Of a number whose issuer and site a film does not state: where in doubt, it stays out."""


def marks_of_image(image: Image, key: bytes) -> set[str]:
    """Return what an image is known by if it comes again."""
    names = {image.key}
    if image.region is not None:
        names.add(image.key.removesuffix("-" + image.laterality))
    return {
        mark
        for name in names
        for mark in marks_of_film(image.source_digest, image.scope, name, key)
    }


def marks_of_film(source_digest: str, scope: str, image_key: str, key: bytes) -> set[str]:
    """Return what a film is known by: its file and its name.

    Args:
        source_digest: SHA-256 of the file as it came.
        scope: where the name counts.
        image_key: the name.
        key: the installation's.
    """
    name = name_of(scope, image_key)
    return {_mark("file", source_digest, key), _mark("film", name, key)}


def marks_of_arrival(arrival: Arrival, key: bytes) -> set[str]:
    """Return what is to be looked for of a film that is about to be registered."""
    film = marks_of_film(arrival.source_digest, arrival.image_scope, arrival.image_key, key)
    return film | marks_of_claim(arrival.claim, key)


def marks_of_patient(
    patient: Patient, identities: Iterable[PatientIdentity], key: bytes
) -> set[str]:
    """Return what a person is known by: every number with who gave it."""
    if patient.nameless:
        return set()
    counted = [one for one in identities if one.site or not one.manifest]
    found = set()
    if patient.scope or counted:
        found.add(_mark("person", name_of(patient.scope, patient.key), key))
    for one in counted:
        places = [place for place in (one.issuer, one.site) if place]
        for place in (*places, ANYWHERE):
            found.add(_mark(f"number at {place}", one.number, key))
        if not places:
            found.add(_mark("number of nowhere", one.number, key))
    return found


def marks_of_claim(claim: Claim, key: bytes) -> set[str]:
    """Return what a film that comes says of whose it is, to be looked for."""
    if claim.nameless or (claim.manifest and not claim.site):
        return set()
    places = [place for place in (claim.issuer, claim.site) if place] or [ANYWHERE]
    numbers = {_mark(f"number at {place}", claim.number, key) for place in places}
    alone = _mark("number of nowhere", claim.number, key)
    return {*numbers, alone, _mark("person", name_of(claim.scope, claim.key), key)}


def require_wanted(session: Session, marks: Iterable[str]) -> None:
    """Refuse a film that was withdrawn.

    Args:
        session: an open unit of work.
        marks: of the film, and of whose it is.

    Raises:
        errors.Refused: it was.
    """
    found = select(Withdrawn.removal_id).where(Withdrawn.digest.in_(list(marks))).limit(1)
    removal_id = session.scalar(found)
    if removal_id is not None:
        raise errors.Refused(
            "This film, or its patient, was removed from the archive and is left out.",
            f"removal {removal_id}",
            "Leave it out. If it may be imported again, allow it on the page Removals first.",
        )


def _mark(purpose: str, text: str, key: bytes) -> str:
    return hmac.new(key, f"withdrawn {purpose}\0{text}".encode(), hashlib.sha256).hexdigest()
