"""What decoding has found of the files of an import, as rows until the files are registered.

Parts of an import decode in any order and side by side. Whose a film is, which of two films with
one name counts and which report is the newest depend on the order of the files, so they are
registered in the order in which they were found, each batch by one conditional update.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from app import errors
from app.db.changes import changed_one
from app.db.work import DecodedBatch, ImportTally
from app.imaging.film import Identity
from app.imaging.knees import Region
from app.imports.arrival import NewRendition


@dataclass(frozen=True)
class DecodedKnee:
    """One knee of a film of both: its side, its place on the film, its rendition in the store."""

    side: str
    region: Region
    model: NewRendition


@dataclass(frozen=True)
class DecodedFilm:
    """A film whose files are in the store, as the film itself describes it.

    Attributes:
        stored_digest: of its de-identified file.
        viewer: its viewer rendition, made or yet to be made.
        model: its model rendition; None for a film of both knees.
        knees: of a film of both.
        doubts: see `app.db.privacy.HeldFilm.reasons`.
        places: likewise.

    The others are those of `app.imaging.film.StoredFilm`.
    """

    stored_digest: str
    viewer: NewRendition
    model: NewRendition | None
    knees: Sequence[DecodedKnee]
    identity: Identity | None
    laterality: str
    view: str
    spacing_mm: float | None
    spacing_plane: str
    details: Mapping[str, Any]
    names: Sequence[str]
    doubts: Sequence[str]
    places: Sequence[Sequence[float]]


@dataclass(frozen=True)
class DecodedFile:
    """What has become of one file in decoding.

    Attributes:
        digest: SHA-256 of the file; empty where it could not be read.
        refused: what, where and do, where it cannot be imported.
        film: what it holds. None where it was refused, or was known by its digest already.
        reference: the name of a key, and what the film is called in the PACS, sealed with it; None
            where that is not kept, or not known.
    """

    digest: str
    refused: Sequence[str] | None = None
    film: DecodedFilm | None = None
    reference: tuple[str, str] | None = None


@dataclass(frozen=True)
class Batch:
    """Files that are decoded and come next.

    Attributes:
        first: the place of the first among the files of the import, from 0.
        files: in the order in which they were found.
    """

    first: int
    files: Sequence[DecodedFile]


def begin(session: Session, run_id: int, reasons: Sequence[str]) -> None:
    """Let the registering of an import begin with its first file.

    Args:
        session: an open unit of work.
        run_id: the import, which has no parts yet.
        reasons: why each of what was not even found was put aside.
    """
    session.execute(delete(ImportTally).where(ImportTally.run_id == run_id))
    counted = Counter(reasons)
    session.add(ImportTally(run_id=run_id, put_aside=len(reasons), reasons=dict(counted)))
    session.flush()


def add(session: Session, run_id: int, batch: Batch) -> None:
    """Keep what was decoded until its files come next."""
    files = [asdict(file) for file in batch.files]
    session.add(DecodedBatch(run_id=run_id, first=batch.first, files=files))
    session.flush()


def next_batch(session: Session, run_id: int) -> Batch | None:
    """Return the files that come next, None where they are not decoded yet or there are none."""
    of_run = DecodedBatch.run_id == run_id, ImportTally.run_id == run_id
    row = session.scalar(
        select(DecodedBatch).where(*of_run, DecodedBatch.first == ImportTally.registered)
    )
    return None if row is None else Batch(row.first, [_file(file) for file in row.files])


def take(session: Session, run_id: int, batch: Batch) -> bool:
    """Begin to register a batch; whoever else wants to waits for the end of this unit of work.

    Returns:
        False where somebody else has registered it.
    """
    next_one = update(ImportTally).where(
        ImportTally.run_id == run_id, ImportTally.registered == batch.first
    )
    taken = changed_one(session, next_one.values(registered=batch.first + len(batch.files)))
    if taken:
        done = (DecodedBatch.run_id == run_id) & (DecodedBatch.first == batch.first)
        session.execute(delete(DecodedBatch).where(done))
    return taken


def count(session: Session, run_id: int, there: int, put_aside: int, reasons: Counter[str]) -> None:
    """Add what has become of a batch to the figures, in the unit of work that took it."""
    tally = tally_of(session, run_id)
    tally.there += there
    tally.put_aside += put_aside
    tally.reasons = dict(Counter(tally.reasons) + reasons)
    session.flush()


def tally_of(session: Session, run_id: int) -> ImportTally:
    """Return how far an import is that has begun and has not ended."""
    return session.get_one(ImportTally, run_id, populate_existing=True)


def reason_of(refused: Sequence[str]) -> errors.Refused:
    """Return why a file cannot be imported, as decoding has said."""
    return errors.Refused(*refused)


def _file(kept: dict[str, Any]) -> DecodedFile:
    film = kept["film"]
    sealed = kept.get("reference")
    reference = (sealed[0], sealed[1]) if sealed else None
    return DecodedFile(kept["digest"], kept["refused"], film and _film(film), reference)


def _film(kept: dict[str, Any]) -> DecodedFilm:
    knees = [
        DecodedKnee(knee["side"], Region(**knee["region"]), NewRendition(**knee["model"]))
        for knee in kept["knees"]
    ]
    model, identity = kept["model"], kept["identity"]
    known = {
        "viewer": NewRendition(**kept["viewer"]),
        "model": model and NewRendition(**model),
        "knees": knees,
        "identity": identity and Identity(**identity),
    }
    return DecodedFilm(**{**kept, **known})
