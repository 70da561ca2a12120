"""From a decoded film and its line of a manifest to what is registered."""

from collections.abc import Sequence
from dataclasses import replace
from typing import NamedTuple

from app import errors
from app.imaging import pseudonyms
from app.imaging.decoding import Decoder
from app.imaging.film import Decoded, Identity, RenditionFile
from app.imaging.placeholders import is_placeholder
from app.imaging.storage import Store
from app.imports.arrival import Arrival, NewRendition
from app.imports.files import Search, Source
from app.imports.manifest import Row
from app.imports.persons import Claim


class Taken(NamedTuple):
    """A film that is decoded, and why a person must look at it before readers do.

    Attributes:
        source: the file.
        knees: what is to be registered: the whole film, or each knee of a film of both.
        doubts: see `app.db.privacy.HeldFilm.reasons`.
        places: likewise.
        film: which film it is, see `app.db.archive.QuarantinedFile`.
    """

    source: Source
    knees: Sequence[Arrival]
    doubts: Sequence[str]
    places: Sequence[Sequence[float]]
    film: str


NO_ROW = Row(
    line=0,
    file="",
    patient_id="",
    image_id="",
    study_id="",
    laterality="",
    view="",
    site="",
    label="",
    split="",
    report="",
    details={},
)
"""What the manifest says of a file it does not list."""


def film_of(source: Source, identity: Identity | None, key: bytes) -> str:
    """Return which film a file is, by which a good copy is known for that of a bad one.

    Args:
        source: the file.
        identity: what its header says, None where there is none.
        key: the installation's.
    """
    row = source.row
    if row is not None:
        return pseudonyms.uid(f"{row.site}\0{row.patient_id}\0{row.file}", key)
    return identity.image_key if identity else ""


def described(
    film: Decoded,
    row: Row,
    claim: Claim,
    split: str,
    digest: str,
    kept: str,
    renditions: Sequence[NewRendition],
) -> Arrival:
    """Put together what file and manifest say; where both say something, the manifest counts.

    Args:
        film: the decoded file.
        row: its line of a manifest, or `NO_ROW`.
        claim: whose it is.
        split: of the patient, if new.
        digest: SHA-256 of the file.
        kept: SHA-256 of its de-identified copy in the store.
        renditions: what was made of it, in the store.
    """
    who = film.identity
    image = row.image_id or (who.image_key if who else f"I-{digest[:16]}")
    return Arrival(
        claim=claim,
        study_key=row.study_id or (who.study_key if who else image),
        accession=who.accession if who else "",
        image_scope=row.site if row.image_id else "",
        image_key=image,
        split=split,
        source_digest=digest,
        stored_digest=kept,
        laterality=row.laterality or film.laterality,
        view=row.view or film.view,
        site=row.site or (who.site if who else ""),
        spacing_mm=film.spacing_mm,
        spacing_plane=film.spacing_plane,
        label=row.label,
        report=row.report,
        details={**film.details, **row.details},
        renditions=renditions,
        names=film.names,
    )


def stored(store: Store, kind: str, file: RenditionFile) -> NewRendition:
    """Put a rendition into the store, where it is made, and return its row."""
    return NewRendition(
        kind=kind,
        digest=store.put(file.path.read_bytes()) if file.path else None,
        width=file.width,
        height=file.height,
        bits=file.bits,
        window_centre=file.window_centre,
        window_width=file.window_width,
    )


def compared(decoder: Decoder, store: Store, taken: Taken, other: str) -> Taken:
    """Return a film that knows whether it shows the same picture as the one that has its name.

    It may take as long as decoding both: it is no part of a transaction.

    Args:
        decoder: compares them.
        store: where both are.
        taken: the film.
        other: digest of the other's stored file.
    """
    try:
        ours, theirs = (store.local(one) for one in (taken.knees[0].stored_digest, other))
        same = decoder.show_the_same(ours, theirs)
    except errors.NotFound:
        same = False
    knees = [replace(knee, compared={**knee.compared, other: same}) for knee in taken.knees]
    return taken._replace(knees=knees)


def give_pseudonyms(search: Search, key: bytes) -> None:
    """Replace the ids of an import's manifests by keyed pseudonyms, as DICOM's are.

    Args:
        search: the files that were found.
        key: the installation's.
    """
    search.sources = [
        replace(
            source,
            row=source.row and _pseudonymous(source.row, key),
            second=source.second and _pseudonymous(source.second, key),
        )
        for source in search.sources
    ]


def _pseudonymous(row: Row, key: bytes) -> Row:
    """An id that names nobody stays, so that it is still seen to."""
    nobody = is_placeholder(row.patient_id)
    return replace(
        row,
        patient_id=row.patient_id if nobody else pseudonyms.patient(row.patient_id, key, row.site),
        study_id=row.study_id and pseudonyms.uid(row.study_id, key),
        image_id=row.image_id and pseudonyms.uid(row.image_id, key),
    )
