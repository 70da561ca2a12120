"""The rows of sealed PACS references: kept with a film, and gone with it."""

from collections.abc import Collection

from sqlalchemy import delete, exists, func, select
from sqlalchemy.orm import Session

from app.db.archive import Image, Workspace
from app.db.engine import Database, read_only
from app.db.privacy import HeldFilm
from app.db.upsert import insert_into
from app.db.write_back import PacsReference
from app.workspace import locked_workspace


def put(session: Session, source_digest: str, key_name: str, sealed: str) -> None:
    """Keep a film's reference, over one that is there, if the film is in the archive or held.

    Args:
        session: an open unit of work.
        source_digest: SHA-256 of the film's file.
        key_name: of the key it is sealed with.
        sealed: as `app.pacs.seal.Seal.sealed` returns it.
    """
    kept = {"key_name": key_name, "sealed": sealed}
    row = insert_into(session.get_bind().dialect.name, PacsReference).values(
        source_digest=source_digest, **kept
    )
    session.execute(
        row.on_conflict_do_update(index_elements=[PacsReference.source_digest], set_=kept)
    )
    forget_unused(session, [source_digest])


def kept(session: Session, source_digests: Collection[str], key_name: str) -> set[str]:
    """Return which of some films have a reference that a key opens."""
    found = select(PacsReference.source_digest).where(
        PacsReference.source_digest.in_(source_digests), PacsReference.key_name == key_name
    )
    return set(session.scalars(found))


def present_key(session: Session) -> str | None:
    """Return the name of the key that whoever sends opens references with; None before any has.

    The web process asks, which does not hold the key.
    """
    return session.scalar(select(Workspace.write_back_key_name))


def note_key(database: Database, key_name: str) -> None:
    """Remember which key whoever sends opens references with.

    Args:
        database: the sessionmaker.
        key_name: its name, which says nothing of the key.
    """
    with read_only(database) as session:
        if present_key(session) == key_name:
            return
    with database.begin() as session:
        locked_workspace(session).write_back_key_name = key_name


def sealed_otherwise(session: Session, key_name: str) -> int:
    """Return how many references a key does not open."""
    others = select(func.count()).where(PacsReference.key_name != key_name)
    return session.scalar(others) or 0


def forget_unused(session: Session, source_digests: Collection[str]) -> None:
    """Remove the references of those of some films that are neither in the archive nor held."""
    image = exists().where(Image.source_digest == PacsReference.source_digest)
    held = exists().where(
        HeldFilm.source_digest == PacsReference.source_digest, HeldFilm.state == "held"
    )
    named = PacsReference.source_digest.in_(source_digests)
    gone = delete(PacsReference).where(named, ~image, ~held)
    session.execute(gone.execution_options(synchronize_session=False))
