"""An archive as imports make it, rows and files without decoding: what removals are tried on."""

from collections.abc import Collection, Iterator
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app import errors
from app.db import Table
from app.db.archive import Image, Rendition
from app.db.engine import Database
from app.db.learning import PseudoLabel, Run
from app.db.people import User
from app.db.privacy import HeldFilm
from app.db.reading import Annotation
from app.db.removal import RemovedImage
from app.imaging import pseudonyms
from app.imaging.storage import Store
from app.imports import rules as imports
from app.imports import withdrawn
from app.imports.arrival import Arrival, NewRendition
from app.imports.persons import Claim
from app.labels.annotations import add_annotation
from app.removal.rows import files_of_held
from app.runs import rules as runs
from app.settings import Settings
from worker import progress, remove


class Films:
    """Films that come by imports; film 0 and 1 are of one patient, 2 and 3 of the next, ...

    Args:
        database: a migrated database.
        settings: whose home folder exists.
        name: of the site; other names are other people.
    """

    def __init__(self, database: Database, settings: Settings, name: str = "here") -> None:
        self.database, self.settings, self.name = database, settings, name
        self.store = Store(settings.home / "store")
        self.key = pseudonyms.load_key(settings.home)
        with database.begin() as session:
            self.classes = imports.ensure_classes(session)
            admin = session.scalar(select(User.id).where(User.name == "admin"))
            if admin is None:
                user = User(name="admin", role="admin")
                session.add(user)
                session.flush()
                admin = user.id
            self.admin = admin

    def take_in(self, films: Collection[int]) -> tuple[int, set[int]]:
        """Import films as a worker does; return the run, and which were left out as withdrawn."""
        with self.database.begin() as session:
            run_id = runs.request(session, "import", {}).id
            run = session.get_one(Run, run_id)
            run.status, run.owner = "running", "test"
            run.started_at = run.created_at
        left_out = set()
        for film in sorted(films):
            claim = self._claim(film)
            digest, name = self._source(film), f"film {film}"
            marks = withdrawn.marks_of_film(digest, self.name, name, self.key)
            marks |= withdrawn.marks_of_claim(claim, self.key)
            try:
                with self.database() as session:
                    withdrawn.require_wanted(session, marks)
            except errors.Refused:
                left_out.add(film)
                continue
            arrival = self._arrival(film, claim, digest, name)
            with self.database.begin() as session:
                imports.register(session, run_id, arrival, self.key)
        with self.database.begin() as session:
            figures = {"imported": 0, "already_there": 0, "quarantined": 0}
            figures |= {"patients": 0, "studies": 0}
            runs.finish(session, run_id, "test", "succeeded", figures)
        return run_id, left_out

    def image_of(self, film: int) -> int | None:
        """Return the image of a film; None where it is not in the archive."""
        with self.database() as session:
            mine = Image.source_digest == self._source(film)
            return session.scalar(select(Image.id).where(mine))

    def read(self, film: int) -> None:
        """Let somebody read a film."""
        image_id = self.image_of(film)
        if image_id is None:
            return
        with self.database.begin() as session:
            read = Annotation(
                image_id=image_id,
                reader_id=self.admin,
                worklist="seed",
                class_id=1,
                idempotency_key=f"{self.name} {image_id} {film} read",
            )
            read.at = session.get_one(Image, image_id).imported_at
            known = select(Annotation.id).where(Annotation.idempotency_key == read.idempotency_key)
            if session.scalar(known) is None:
                add_annotation(session, read)

    def carry_out(self) -> Run:
        """Carry out the removals that were asked for, as a worker does."""
        with self.database.begin() as session:
            waiting = select(Run).where(Run.kind == "remove", Run.finished_at.is_(None))
            run = session.scalar(waiting) or runs.request(session, "remove", {})
            run_id = run.id
        progress.execute(self.database, self.settings, run_id, {"remove": remove.execute})
        with self.database() as session:
            return runs.find(session, run_id)

    def _source(self, film: int) -> str:
        return f"{self.name} source of {film}"

    def _claim(self, film: int) -> Claim:
        number = f"patient {film // 2}"
        return Claim(number, self.name, number=number, site=self.name, manifest="1.1")

    def _arrival(self, film: int, claim: Claim, digest: str, name: str) -> Arrival:
        def put(kind: str) -> str:
            return self.store.put(f"{self.name} {kind} of {film}".encode())

        return Arrival(
            claim=claim,
            study_key=f"study {film // 2}",
            accession="",
            image_scope=self.name,
            image_key=name,
            split="development",
            source_digest=digest,
            stored_digest=put("original"),
            laterality="",
            view="AP",
            site=self.name,
            spacing_mm=None,
            label="",
            report=f"Report of {film // 2}.",
            details={},
            renditions=[
                NewRendition("model", put("model"), 2, 2, 8, 127.5, 255.0),
                NewRendition("viewer", put("viewer"), 2, 2, 8, 127.5, 255.0),
            ],
        )


def pointing_to_nothing(database: Database) -> Iterator[tuple[str, Any]]:
    """Yield every value of a foreign key in any table whose row is not there."""
    with database() as session:
        for table in Table.metadata.sorted_tables:
            for key in table.foreign_keys:
                there = select(key.column)
                lost = select(key.parent).where(key.parent.is_not(None), key.parent.not_in(there))
                for value in session.scalars(lost):
                    yield f"{table.name}.{key.parent.name}", value


def still_named(database: Database) -> Iterator[tuple[str, int]]:
    """Yield every table and column that names an image which was removed, but for its tombstone."""
    with database() as session:
        gone = select(RemovedImage.image_id)
        for table in Table.metadata.sorted_tables:
            for column in table.columns:
                if table.name != "removed_image" and (
                    column.name == "image_id" or (table.name, column.name) == ("image", "id")
                ):
                    for value in session.scalars(select(column).where(column.in_(gone))):
                        yield f"{table.name}.{column.name}", value


def orphans(database: Database, store: Store) -> tuple[set[str], set[str]]:
    """Return the stored files that no row names, and those that rows name and are missing."""
    with database() as session:
        named = _named(session)
    stored = set(store.digests())
    return stored - named, named - stored


def _named(session: Session) -> set[str]:
    columns = (Image.stored_digest, Rendition.digest, PseudoLabel.attention_digest)
    named = {digest for column in columns for digest in session.scalars(select(column)) if digest}
    for arrivals in session.scalars(select(HeldFilm.arrivals).where(HeldFilm.state == "held")):
        named |= files_of_held(arrivals)
    return named
