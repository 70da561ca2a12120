"""From a decoded film and its line of a manifest to what is registered."""

from dataclasses import replace
from typing import Any

from app import errors
from app.imaging import pseudonyms
from app.imaging.decoding import Decoder, Undecodable
from app.imaging.film import RenditionFile
from app.imaging.placeholders import is_placeholder
from app.imaging.storage import Store
from app.imports import withdrawn
from app.imports.arrival import Arrival, NewRendition
from app.imports.decoded import DecodedFilm
from app.imports.files import Search
from app.imports.manifest import Row
from worker.import_list import Listed
from worker.knees import arrival_of_knee
from worker.progress import Running

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


def film_of(listed: Listed, key: bytes) -> str:
    """Return which film a file is, by which a good copy is known for that of a bad one.

    Args:
        listed: the file.
        key: the installation's.
    """
    row = listed.source.row
    if row is not None:
        return pseudonyms.uid(f"{row.site}\0{row.patient_id}\0{row.file}", key)
    return listed.identity.image_key if listed.identity else ""


def arrivals_of(listed: Listed, digest: str, film: DecodedFilm) -> list[Arrival]:
    """Put together what file and manifest say; where both say something, the manifest counts.

    Args:
        listed: the file.
        digest: its SHA-256.
        film: what it holds.

    Returns:
        The film, or each knee of a film of both.
    """
    whole = _described(listed, digest, film)
    if film.model is not None:
        return [replace(whole, renditions=[film.model, film.viewer])]
    return [arrival_of_knee(whole, film.details, knee, listed.source) for knee in film.knees]


def _described(listed: Listed, digest: str, film: DecodedFilm) -> Arrival:
    who, row = film.identity, listed.source.row or NO_ROW
    image = row.image_id or (who.image_key if who else f"I-{digest[:16]}")
    assert listed.claim is not None
    return Arrival(
        claim=listed.claim,
        study_key=row.study_id or (who.study_key if who else image),
        accession=who.accession if who else "",
        image_scope=row.site if row.image_id else "",
        image_key=image,
        split=listed.split,
        source_digest=digest,
        stored_digest=film.stored_digest,
        laterality=row.laterality or film.laterality,
        view=row.view or film.view,
        site=row.site or (who.site if who else ""),
        spacing_mm=film.spacing_mm,
        spacing_plane=film.spacing_plane,
        label=row.label,
        report=row.report,
        details={**film.details, **row.details},
        renditions=[film.viewer],
        names=film.names,
    )


def named_by(listed: Listed, digest: str) -> tuple[str, str]:
    """Return a film's name, and where it counts.

    Args:
        listed: the file.
        digest: its SHA-256.
    """
    who, row = listed.identity, listed.source.row or NO_ROW
    own = who.image_key if who else f"I-{digest[:16]}"
    return row.image_id or own, row.site if row.image_id else ""


def require_wanted(running: Running[Any], listed: Listed, digest: str) -> None:
    """Refuse a film that was removed for good, before anything of it is stored.

    Args:
        running: the import, or a part of it.
        listed: the file.
        digest: its SHA-256.

    Raises:
        Undecodable: it was.
    """
    key = pseudonyms.load_key(running.settings.home)
    name, scope = named_by(listed, digest)
    marks = withdrawn.marks_of_film(digest, scope, name, key)
    if listed.claim is not None:
        marks |= withdrawn.marks_of_claim(listed.claim, key)
    try:
        with running.reading() as session:
            withdrawn.require_wanted(session, marks)
    except errors.Refused as reason:
        raise Undecodable(reason.what, reason.where, reason.do) from reason


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


def show_the_same(decoder: Decoder, store: Store, ours: str, theirs: str) -> bool:
    """Whether two stored films show the same picture.

    It may take as long as decoding both: it is no part of a transaction.

    Args:
        decoder: compares them.
        store: where both are.
        ours: digest of the stored file of one.
        theirs: of the other.
    """
    try:
        return decoder.show_the_same(store.local(ours), store.local(theirs))
    except errors.NotFound:
        return False


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
