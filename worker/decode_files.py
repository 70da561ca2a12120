"""From the files of an import as they came to what is in the store: any of them, in any order."""

from collections.abc import Sequence

from sqlalchemy.orm import Session

from app.imaging.decoding import Decoder, Undecodable
from app.imaging.film import Decoded
from app.imaging.storage import require_room
from app.imports import files, rules
from app.imports.decoded import DecodedFile, DecodedFilm, DecodedKnee
from app.imports.files import Source
from app.knees.views import BothKneesViews
from app.pacs import references
from app.pacs.seal import Seal
from app.runs.parameters import ImportParameters
from worker.arrivals import NO_ROW, require_wanted, stored
from worker.find_text import TextFinder
from worker.import_list import Listed
from worker.knees import find_knees
from worker.progress import Running


class FileDecoder:
    """Decodes files of one import and puts what is made of them into the store.

    Args:
        running: the import, or a part of it.
        decoder: looks into the films.
        both_knees: the views that show both knees.
        finder: looks for text on films, where the import asks for it.
        seal: of what films are called in the PACS; None where that is not kept.
    """

    def __init__(
        self,
        running: Running[ImportParameters],
        decoder: Decoder,
        both_knees: BothKneesViews,
        finder: TextFinder | None,
        seal: Seal | None,
    ) -> None:
        self._running = running
        self._decoder = decoder
        self._both_knees = both_knees
        self._finder = finder
        self._seal = seal

    def decoded(self, batch: Sequence[Listed]) -> list[DecodedFile]:
        """Decode files, but for those that are known by their digest.

        Raises:
            errors.Refused: the disk is full.
        """
        digests = [_digest_of(each.source) for each in batch]
        with self._running.reading() as session:
            known = rules.known_digests(session, self._running.run_id, set(digests)) | {""}
            unnamed = self._unnamed(session, known - {""})
        made = {(digest, ""): DecodedFile(digest) for digest in known}
        found = []
        for listed, digest in zip(batch, digests, strict=True):
            self._running.check()
            same = (digest, "" if digest in known else _asked_of(listed.source))
            if same not in made:
                made[same] = self._file(listed, digest)
            elif digest in unnamed:
                unnamed.discard(digest)
                made[same] = DecodedFile(digest, reference=self._reference(listed.source, digest))
            found.append(made[same])
        return found

    def _file(self, listed: Listed, digest: str) -> DecodedFile:
        try:
            require_wanted(self._running, listed, digest)
            film = self._film(listed)
            return DecodedFile(digest, film=film, reference=self._reference(listed.source, digest))
        except Undecodable as reason:
            return DecodedFile(digest, (reason.what, reason.where, reason.do))

    def _unnamed(self, session: Session, known: set[str]) -> set[str]:
        """Return which of some known films lack the reference that is wanted now."""
        if self._seal is None:
            return set()
        return known - references.kept(session, known, self._seal.name)

    def _reference(self, source: Source, digest: str) -> tuple[str, str] | None:
        if self._seal is None:
            return None
        try:
            names = self._decoder.pacs_names(source.path)
        except Undecodable:  # of a film that is known already, and was changed meanwhile
            return None
        return (self._seal.name, self._seal.sealed(digest, names)) if names else None

    def _film(self, listed: Listed) -> DecodedFilm:
        source = listed.source
        film = self._decoder.decode(source.path, with_viewer=self._finder is not None)
        _require_person(listed, film)
        self._require_room(film)
        store = self._running.store
        viewer, kept = stored(store, "viewer", film.viewer), store.put(film.stored.read_bytes())
        knees = self._knees(source, film)
        model = None if knees else stored(store, "model", film.model)
        # Last: it takes longer than all the rest, and a film that is put aside needs none of it.
        places = self._finder.places(film.viewer) if self._finder else []
        return DecodedFilm(
            stored_digest=kept,
            viewer=viewer,
            model=model,
            knees=knees,
            identity=film.identity,
            laterality=film.laterality,
            view=film.view,
            spacing_mm=film.spacing_mm,
            spacing_plane=film.spacing_plane,
            details=film.details,
            names=film.names,
            doubts=[*film.suspicions, *(["text"] if places else [])],
            places=places,
        )

    def _knees(self, source: Source, film: Decoded) -> list[DecodedKnee]:
        row, own_site = source.row or NO_ROW, film.identity.site if film.identity else ""
        said = row.laterality or film.laterality, row.view or film.view, row.site or own_site
        if not (source.second or self._both_knees.show_both(*said)):
            return []
        return [
            DecodedKnee(knee.side, knee.region, stored(self._running.store, "model", knee.model))
            for knee in find_knees(self._decoder, source.path, film, source)
        ]

    def _require_room(self, film: Decoded) -> None:
        pieces = (film.model.path, film.viewer.path, film.stored)
        size = sum(path.stat().st_size for path in pieces if path is not None)
        reserve = self._running.settings.disk_reserve_mb * 2**20
        require_room(self._running.store.root, size, reserve)


def _digest_of(source: Source) -> str:
    """Return the SHA-256 of a file, empty where it cannot be read."""
    try:
        return files.digest_of(source.path)
    except OSError:
        return ""


def _asked_of(source: Source) -> str:
    """Return what decoding goes by besides the bytes: copies of which it is the same are one."""
    row = source.row
    if row is None or source.second:
        return f"{row is None}"
    return f"{row.laterality} {row.view} {row.site} {bool(row.label)}"


def _require_person(listed: Listed, film: Decoded) -> None:
    """Refuse a film that says of nobody whose it is, or says so only since the import was planned.

    Raises:
        Undecodable: it does.
    """
    if listed.source.row is not None:
        return
    if film.identity is None:
        raise Undecodable(
            "This image has no patient ID.",
            "",
            "List PNG and JPEG files in a manifest.csv with their patient_id.",
        )
    if film.identity != listed.identity:
        raise Undecodable("The file was changed while it was imported.", "", "Import it again.")
