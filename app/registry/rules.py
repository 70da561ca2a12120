"""Model versions: register a checkpoint, compare, promote and roll back.

Labelers form one group, classifiers (`baseline` and `final`) another; one version of a group is
promoted at most. Promoting records which version it replaced, so that a roll-back finds it.
"""

import hashlib
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from app import errors
from app.audit import record
from app.db.learning import ModelVersion, TrainedOn
from app.db.people import AuditEvent, User
from app.db.tables import now

GROUPS: dict[str, tuple[str, ...]] = {"labeler": ("labeler",), "classifier": ("baseline", "final")}


def register(
    session: Session,
    *,
    run_id: int,
    role: str,
    method: str,
    home: Path,
    folder: Path,
    recipe: dict[str, Any],
    metrics: dict[str, Any],
    training_digest: str,
    lot_ids: Iterable[int] = (),
) -> ModelVersion:
    """Register a checkpoint whose files are written; a run started again replaces its own row.

    Args:
        session: an open unit of work.
        run_id: the run that trained it.
        role: `labeler`, `baseline` or `final`.
        method: `text`, `image` or `fused`.
        home: the home folder.
        folder: of the checkpoint, in the home folder.
        recipe: every choice of the training, JSON.
        metrics: what is known of it, JSON.
        training_digest: SHA-256 over what it was trained on.
        lot_ids: the lots it learned from.
    """
    version = session.scalar(
        select(ModelVersion).where(ModelVersion.run_id == run_id, ModelVersion.role == role)
    ) or ModelVersion(run_id=run_id, role=role)
    version.method = method
    version.folder = str(folder.resolve().relative_to(home.resolve()))
    version.digest = digest_of(folder)
    version.recipe, version.metrics = recipe, metrics
    version.training_digest = training_digest
    session.add(version)
    session.flush()
    for lot_id in lot_ids:
        session.merge(TrainedOn(model_id=version.id, lot_id=lot_id))
    return version


def digest_of(folder: Path) -> str:
    """Return the SHA-256 over the names and contents of a checkpoint's files, in name order."""
    total = hashlib.sha256()
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        with path.open("rb") as file:
            content = hashlib.file_digest(file, "sha256").hexdigest()
        total.update(f"{path.relative_to(folder).as_posix()}\0{content}\n".encode())
    return total.hexdigest()


def find(session: Session, version_id: int) -> ModelVersion:
    """Return a model version, or raise `errors.NotFound`."""
    version = session.get(ModelVersion, version_id)
    if version is None:
        raise errors.NotFound(
            "There is no such model version.", f"model {version_id}", "Reload the list."
        )
    return version


def versions(session: Session, group: str) -> Sequence[ModelVersion]:
    """Return the versions of a group, `labeler` or `classifier`, newest first."""
    roles = _roles(group)
    return session.scalars(
        select(ModelVersion).where(ModelVersion.role.in_(roles)).order_by(ModelVersion.id.desc())
    ).all()


def promoted(session: Session, group: str) -> ModelVersion | None:
    """Return the promoted version of a group, or None."""
    return session.scalar(
        select(ModelVersion).where(
            ModelVersion.role.in_(_roles(group)), ModelVersion.promoted_at.is_not(None)
        )
    )


def in_use(session: Session, group: str) -> ModelVersion | None:
    """Return the version that does the work: the promoted one, else the newest that is trusted."""
    chosen = promoted(session, group)
    return chosen or next((v for v in versions(session, group) if not v.doubtful), None)


def newest(session: Session, role: str) -> ModelVersion | None:
    """Return the newest version of a role: `labeler`, `baseline` or `final`."""
    return session.scalar(
        select(ModelVersion)
        .where(ModelVersion.role == role)
        .order_by(ModelVersion.id.desc())
        .limit(1)
    )


def promote(session: Session, version_id: int, by: User | None) -> ModelVersion:
    """Make a version the promoted one of its group.

    Raises:
        errors.NotFound: there is no such version.
        errors.Conflict: it is promoted already, or doubtful.
    """
    version = find(session, version_id)
    group = _lock_group(session, version)
    session.refresh(version)
    if version.promoted_at is not None:
        raise errors.Conflict("This version is promoted already.", f"model {version_id}", "")
    if version.doubtful:
        raise errors.Conflict(
            "This version is doubtful and cannot be promoted.",
            f"model {version_id}",
            "Review the lot that failed, train again, and promote the new version.",
        )
    replaced = _move(session, group, version)
    record(session, by, f"promote {group}", _subject(version), replaced=replaced)
    return version


def roll_back(session: Session, group: str, by: User | None) -> ModelVersion | None:
    """Undo the latest promotion of a group.

    Returns:
        The version promoted now: the one before, or None where there was none.

    Raises:
        errors.NotFound: there is no such group.
        errors.Conflict: no version of the group is promoted.
    """
    current = promoted(session, group)
    if current is None:
        raise errors.Conflict(f"No {group} is promoted.", group, "Promote one first.")
    _lock_group(session, current)
    promotion = session.scalar(
        select(AuditEvent)
        .where(AuditEvent.action == f"promote {group}", AuditEvent.subject == _subject(current))
        .order_by(AuditEvent.id.desc())
        .limit(1)
    )
    before = promotion and promotion.details["replaced"]
    version = session.get(ModelVersion, before) if before else None
    _move(session, group, version)
    record(session, by, f"roll back {group}", _subject(current), now=before)
    return version


def _move(session: Session, group: str, version: ModelVersion | None) -> int | None:
    """Take the promotion from whichever version has it; return that version's id."""
    current = promoted(session, group)
    session.execute(
        update(ModelVersion)
        .where(ModelVersion.role.in_(_roles(group)), ModelVersion.promoted_at.is_not(None))
        .values(promoted_at=None)
    )
    if version is not None:
        version.promoted_at = now()
    session.flush()
    return current.id if current else None


def _lock_group(session: Session, version: ModelVersion) -> str:
    group = next(name for name, roles in GROUPS.items() if version.role in roles)
    session.execute(
        select(ModelVersion.id)
        .where(ModelVersion.role.in_(GROUPS[group]))
        .order_by(ModelVersion.id)
        .with_for_update()
    ).all()
    return group


def _roles(group: str) -> tuple[str, ...]:
    if group not in GROUPS:
        raise errors.NotFound(f"There is no group {group!r}.", "", "Use labeler or classifier.")
    return GROUPS[group]


def _subject(version: ModelVersion) -> str:
    return f"model {version.id}"
