"""Whose the films of an import are, as far as only the import as a whole can tell.

Settled before a film is registered: which ids name nobody, which manifest goes on from which, and
which patients are new.
"""

from collections import defaultdict
from collections.abc import Hashable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import takewhile
from pathlib import Path

from sqlalchemy.orm import Session

from app.db.unique_names import name_of
from app.imaging.decoding import Decoder, Undecodable
from app.imaging.film import Identity
from app.imaging.placeholders import is_placeholder
from app.imports import files, identities, persons
from app.imports.files import Source
from app.imports.persons import Claim, Known
from worker.progress import Running

DOZENS = 24
"""An id on so many studies is taken for nobody's: knees are not filmed so often in a life."""
STRANGERS = 3
"""Likewise one with so many birth dates; of two, one may be a slip."""

Name = tuple[str, str]
"""Who gave an id, and the id."""


@dataclass
class _Spread:
    """Over how many studies and birth dates an id is spread."""

    studies: set[str] = field(default_factory=set)
    births: set[str] = field(default_factory=set)

    @property
    def names_nobody(self) -> bool:
        return len(self.studies) >= DOZENS or len(self.births) >= STRANGERS


class People:
    """Who the films of one import are of.

    Attributes:
        new: for each new patient, the unique names its films may give it; without those whose
            split a manifest states.
        identities: what the header of each file says, where it has one and no manifest lists it.
    """

    def __init__(self, running: Running) -> None:
        self._run = str(running.run_id)
        self._nobody: set[Name] = set()
        self._lineage: dict[str, frozenset[str]] = {}
        self._digests: dict[Path, str] = {}
        self.new: list[set[str]] = []
        self.identities: dict[Path, Identity] = {}
        self._films: list[tuple[str, Claim, Source]] = []

    @classmethod
    def gathered(cls, running: Running, sources: Sequence[Source], decoder: Decoder) -> "People":
        """Look at all headers and manifests of an import.

        Args:
            running: the import.
            sources: its files.
            decoder: asked for the identity of each DICOM file that has no line in a manifest.
        """
        people = cls(running)
        listed = [source for source in sources if source.row is not None]
        headers = _headers(running, [source for source in sources if source.row is None], decoder)
        people.identities = {source.path: identity for source, identity in headers}
        with running.reading() as session:
            people._find_nobody(session, listed, headers)
            people._follow_manifests(session, listed)
            people._find_new(session, sources)
        return people

    def of(self, source: Source) -> Claim | None:
        """Return whose a film says it is; None where neither its header nor a manifest says so."""
        if source.row is not None:
            return self._of_row(source)
        identity = self.identities.get(source.path)
        if identity is None:
            return None
        if (identity.issuer or identity.site, identity.number) in self._nobody:
            return persons.of_study_alone(identity)
        return persons.of_file(identity)

    def films(self) -> Iterator[tuple[str, Source]]:
        """Yield the films of patients who are not registered yet, each with who it is of.

        Of a film that nobody can be named for there is nothing.
        """
        return ((who, source) for who, _, source in self._films)

    def first_films(self) -> Iterator[tuple[str, Claim, Source]]:
        """Yield those patients, each with the first film, which decides on key and split."""
        seen = set[str]()
        for who, claim, source in self._films:
            if who not in seen:
                seen.add(who)
                yield who, claim, source

    def _of_row(self, source: Source) -> Claim:
        row = source.row
        assert row is not None
        own = f"{self._run}.{source.manifest}"
        continues = self._lineage.get(source.manifest, frozenset())
        claim = Claim(
            key=row.patient_id,
            scope=row.site,
            number=row.patient_id,
            site=row.site,
            manifest=min(continues, default=own),
            continues=continues | {own},
        )
        if not is_placeholder(row.patient_id) and self._name(source) not in self._nobody:
            return claim
        study = row.study_id or row.image_id or f"I-{self._digest(source)[:16]}"
        alone = f"{row.patient_id}/{study}"
        return replace(claim, key=alone, number=alone, nameless=True)

    def _name(self, source: Source) -> Name:
        assert source.row is not None
        scope = source.row.site or name_of("manifest", source.manifest)
        return scope, source.row.patient_id

    def _find_nobody(
        self,
        session: Session,
        listed: Sequence[Source],
        headers: Sequence[tuple[Source, Identity]],
    ) -> None:
        spread: dict[Name, _Spread] = defaultdict(_Spread)
        for _source, identity in headers:
            if identity.number:
                found = spread[identity.issuer or identity.site, identity.number]
                found.studies.add(identity.study_key)
                found.births.update({identity.born} - {""})
        for source in listed:
            if source.row is not None and source.row.study_id:
                spread[self._name(source)].studies.add(source.row.study_id)
        for name, studies in identities.studies_of(session, {id_ for _, id_ in spread}).items():
            if name in spread:
                spread[name].studies |= studies
        self._nobody = {name for name, found in spread.items() if found.names_nobody}

    def _follow_manifests(self, session: Session, listed: Sequence[Source]) -> None:
        """Find which earlier manifests each manifest goes on from: it lists a film of theirs."""
        known = identities.known(session, {row.patient_id for s in listed if (row := s.row)})
        here: dict[str, dict[str, list[Source]]] = defaultdict(lambda: defaultdict(list))
        for source in listed:
            assert source.row is not None
            number = source.row.patient_id
            if is_placeholder(number):
                continue
            here[number][source.manifest].append(source)
            followed = self._lineage.get(source.manifest, frozenset())
            own = f"{self._run}.{source.manifest}"
            open_rows = {
                row.manifest: row
                for row in known.get(number, ())
                if row.manifest not in {"", own, *followed} and not (row.site and source.row.site)
            }
            if open_rows:
                followed |= self._films_of(session, source, open_rows)
            self._lineage[source.manifest] = followed
        numbers = _numbers_by_manifest(here)
        for later in numbers:  # in order: what an earlier one goes on from is decided by then
            for number in numbers[later]:
                self._follow_each_other(later, here[number])

    def _follow_each_other(self, later: str, by_manifest: dict[str, list[Source]]) -> None:
        """Let a manifest go on from earlier ones of its import that list the same film."""
        for earlier in takewhile(lambda manifest: manifest != later, by_manifest):
            line = min(self._lineage[earlier], default=f"{self._run}.{earlier}")
            if line in self._lineage[later]:
                continue
            ours, theirs = (
                {self._digest(source) for source in by_manifest[manifest]} - {""}
                for manifest in (later, earlier)
            )
            if ours & theirs:
                self._lineage[later] |= {line}

    def _films_of(self, session: Session, source: Source, rows: dict[str, Known]) -> frozenset[str]:
        """Return the manifests of those patients of whom this very file is registered."""
        owner = identities.owner_of(session, self._digest(source))
        return frozenset(manifest for manifest, row in rows.items() if row.patient == owner)

    def _digest(self, source: Source) -> str:
        if source.path not in self._digests:
            try:
                self._digests[source.path] = files.digest_of(source.path)
            except OSError:
                # It is put aside, with the reason, when its turn comes.
                self._digests[source.path] = ""
        return self._digests[source.path]

    def _find_new(self, session: Session, sources: Sequence[Source]) -> None:
        """Let every film find its patient as registering will, without registering."""
        all_claims = ((self.of(source), source) for source in sources)
        claims = [(claim, source) for claim, source in all_claims if claim is not None]
        known = identities.known(session, {claim.number for claim, _ in claims} - {""})
        names: dict[Hashable, set[str]] = {}
        for claim, source in claims:
            name = name_of(claim.scope, claim.key)
            try:
                found = persons.resolve(known[claim.number], claim) if claim.number else name
            except persons.Unclear:
                continue  # it is put aside when its turn comes
            found = name if found is None else found
            known[claim.number].append(_as_known(found, claim))
            if isinstance(found, str):
                self._films.append((found, claim, source))
            if not (source.row and source.row.split):
                names.setdefault(found, set()).add(name)
        new = {who: own for who, own in names.items() if isinstance(who, str)}
        there = identities.known_names(session, new)
        self.new = [own for who, own in new.items() if who not in there]


def _numbers_by_manifest(here: dict[str, dict[str, list[Source]]]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for number, by_manifest in here.items():
        for manifest in by_manifest:
            found.setdefault(manifest, []).append(number)
    return dict(sorted(found.items(), key=lambda item: int(item[0])))


def _headers(
    running: Running, sources: Sequence[Source], decoder: Decoder
) -> list[tuple[Source, Identity]]:
    found = []
    for done, source in enumerate(sources):
        running.report(done, len(sources), "Reading who the patients are")
        running.check()
        try:
            identity = decoder.identity(source.path)
        except Undecodable:
            continue  # it is put aside when its turn comes
        if identity is not None:
            found.append((source, identity))
    return found


def _as_known(patient: Hashable, claim: Claim) -> Known:
    return Known(
        patient, claim.number, claim.issuer, claim.site, claim.born, claim.sex, claim.manifest
    )
