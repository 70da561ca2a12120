"""Model versions: compare, promote and roll back.

Labelers form one group, classifiers (`baseline` and `final`) another; one version of a group is
promoted at most. A promotion says which version it replaced, so that a roll-back finds it.
"""

from collections.abc import Sequence
from typing import NamedTuple

from sqlalchemy import select, update
from sqlalchemy.orm import Session, aliased

from app import errors
from app.announcing import MODEL_PROMOTED, MODEL_ROLLED_BACK, announce
from app.audit import record
from app.db.clock import moment
from app.db.learning import ModelVersion
from app.db.people import User
from app.db.registry import Promotion
from app.names import named
from app.texts import _

GROUPS: dict[str, tuple[str, ...]] = {"labeler": ("labeler",), "classifier": ("baseline", "final")}


class PastPromotion(NamedTuple):
    """A promotion, and the names of those who promoted it and took it back."""

    promotion: Promotion
    by: str | None
    undone_by: str | None


def find(session: Session, version_id: int) -> ModelVersion:
    """Return a model version, or raise `errors.NotFound`."""
    version = session.get(ModelVersion, version_id)
    if version is None:
        raise errors.NotFound(
            _("There is no such model version."),
            _("model {number}", number=version_id),
            _("Reload the list."),
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
    """Return the version that does the work: the promoted one, else the newest, or None.

    Of classifiers that is a `final` one: a baseline is made to be compared with.
    """
    role = _roles(group)[-1]
    newest = (each for each in versions(session, group) if each.role == role)
    return promoted(session, group) or next(newest, None)


def classifier(session: Session, version_id: int | None) -> ModelVersion:
    """Return a classifier: the version named, else the one in use.

    Raises:
        errors.NotFound: there is no such version.
        errors.Refused: there is no classifier yet, or the version is a labeler.
    """
    version = in_use(session, "classifier") if version_id is None else find(session, version_id)
    if version is None:
        raise errors.Refused(_("There is no final classifier yet."), "", _("Train one first."))
    if version.role not in GROUPS["classifier"]:
        raise errors.Refused(
            _("This version is a labeler; only classifiers can be exported."),
            _("model {number}", number=version.id),
            _("Choose a baseline or a final classifier."),
        )
    return version


def promote(session: Session, version_id: int, by: User | None, reason: str = "") -> ModelVersion:
    """Make a version the promoted one of its group.

    Args:
        version_id: which.
        by: who promotes it, None on the command line.
        reason: why, in their words.

    Raises:
        errors.NotFound: there is no such version.
        errors.Conflict: it is promoted already, or doubtful.
    """
    version = find(session, version_id)
    group = group_of(version)
    _lock(session, group)
    session.refresh(version)
    if version.promoted_at is not None:
        raise errors.Conflict(
            _("This version is promoted already."),
            _("model {number}", number=version_id),
            "",
        )
    if version.doubtful:
        raise errors.Conflict(
            _("This version is doubtful and cannot be promoted."),
            _("model {number}", number=version_id),
            _("Review the lot that failed, train again, and promote the new version."),
        )
    replaced = _move(session, group, version)
    session.add(
        Promotion(
            model_group=group,
            version_id=version.id,
            replaced_id=replaced,
            reason=reason,
            by_id=by.id if by else None,
        )
    )
    record(session, by, f"promote {group}", _subject(version), replaced=replaced, reason=reason)
    who = by.id if by else None
    announce(session, MODEL_PROMOTED, by=who, model=version.id, group=group, replaced=replaced)
    return version


def roll_back(
    session: Session, group: str, by: User | None, reason: str = ""
) -> ModelVersion | None:
    """Undo the latest promotion of a group.

    Args:
        group: `labeler` or `classifier`.
        by: who goes back, None on the command line.
        reason: why, in their words.

    Returns:
        The version promoted now: the one before, or None where there was none.

    Raises:
        errors.NotFound: there is no such group.
        errors.Conflict: no version of the group is promoted.
    """
    current = promoted(session, group)
    if current is None:
        raise errors.Conflict(
            _("No {name} is promoted.", name=named(group)), group, _("Promote one first.")
        )
    _lock(session, group)
    promotion = _latest(session, group, current)
    before = promotion and promotion.replaced_id
    version = session.get(ModelVersion, before) if before else None
    _move(session, group, version)
    if promotion is not None:
        promotion.undone_at = moment(session)
        promotion.undone_reason = reason
        promotion.undone_by_id = by.id if by else None
    record(session, by, f"roll back {group}", _subject(current), now=before, reason=reason)
    now = version.id if version else None
    who = by.id if by else None
    announce(session, MODEL_ROLLED_BACK, by=who, model=current.id, group=group, now=now)
    return version


def before(session: Session, group: str) -> ModelVersion | None:
    """Return the version a roll-back would return to: None where that is the newest, or none."""
    current = promoted(session, group)
    promotion = current and _latest(session, group, current)
    replaced = promotion and promotion.replaced_id
    return session.get(ModelVersion, replaced) if replaced else None


def promotions(session: Session, limit: int = 20) -> Sequence[PastPromotion]:
    """Return the latest promotions of both groups, the newest first."""
    by, undone_by = aliased(User), aliased(User)
    rows = session.execute(
        select(Promotion, by.name, undone_by.name)
        .outerjoin(by, by.id == Promotion.by_id)
        .outerjoin(undone_by, undone_by.id == Promotion.undone_by_id)
        .order_by(Promotion.id.desc())
        .limit(limit)
    )
    return [PastPromotion(*row) for row in rows]


def require_reason(reason: str) -> str:
    """Return what somebody wrote, or raise `errors.Refused` where it is nothing."""
    if not reason.strip():
        raise errors.Refused(_("A promotion needs a reason."), "reason", _("Give a short reason."))
    return reason.strip()


def group_of(version: ModelVersion) -> str:
    """Return the group a version belongs to, `labeler` or `classifier`."""
    return next(name for name, roles in GROUPS.items() if version.role in roles)


def _latest(session: Session, group: str, version: ModelVersion) -> Promotion | None:
    """Return the promotion that a version has its place by."""
    own = Promotion.model_group == group, Promotion.version_id == version.id
    standing = select(Promotion).where(*own, Promotion.undone_at.is_(None))
    return session.scalar(standing.order_by(Promotion.id.desc()).limit(1))


def _move(session: Session, group: str, version: ModelVersion | None) -> int | None:
    """Take the promotion from whichever version has it; return that version's id."""
    current = promoted(session, group)
    session.execute(
        update(ModelVersion)
        .where(ModelVersion.role.in_(_roles(group)), ModelVersion.promoted_at.is_not(None))
        .values(promoted_at=None)
    )
    if version is not None:
        version.promoted_at = moment(session)
    session.flush()
    return current.id if current else None


def _lock(session: Session, group: str) -> None:
    session.execute(
        select(ModelVersion.id)
        .where(ModelVersion.role.in_(GROUPS[group]))
        .order_by(ModelVersion.id)
        .with_for_update()
    ).all()


def _roles(group: str) -> tuple[str, ...]:
    if group not in GROUPS:
        raise errors.NotFound(
            _("There is no group {name}.", name=repr(group)), "", _("Use labeler or classifier.")
        )
    return GROUPS[group]


def _subject(version: ModelVersion) -> str:
    return f"model {version.id}"
