"""What a reader says besides the class: why there is none, a note, and findings."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Literal, get_args

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from app import audit
from app.db.people import User
from app.db.reading import Annotation, AnnotationFinding, Finding
from app.errors import Conflict, NotFound, Refused
from app.labels.measurements import Measurement
from app.texts import _

Reason = Literal["poor_quality", "not_a_knee", "unsure"]
"""Why an image carries no label."""
LONGEST_NOTE = 2000
TAKEN_KEYS = frozenset("acfgiklmnoqrstuvxz")
"""Letters that do something else on the reading page."""


@dataclass(frozen=True)
class Remarks:
    """What comes with a decision.

    Attributes:
        reason: why the image carries no label; None with a class, or where none is given.
        note: free text, for people.
        findings: rows of `finding`.
        measurements: what was drawn on the film.
    """

    reason: Reason | None = None
    note: str = ""
    findings: Collection[int] = ()
    measurements: Collection[Measurement] = ()


NO_REMARKS = Remarks()


def require_sense(session: Session, class_id: int | None, remarks: Remarks) -> None:
    """Raise Refused for a reason beside a class, NotFound for an unknown finding."""
    if remarks.reason is not None and class_id is not None:
        raise Refused(
            _("An image has a class or a reason why it has none, not both."),
            "reason",
            _(
                "Send one of {names} with class_id null only.",
                names=", ".join(get_args(Reason)),
            ),
        )
    ids = set(remarks.findings)
    if not ids:
        return
    known = session.scalars(select(Finding.id).where(Finding.id.in_(ids)))
    if unknown := ids - set(known):
        raise NotFound(
            _("There is no such finding."),
            _("finding {number}", number=min(unknown)),
            _("Reload the page."),
        )


def tag(session: Session, annotation: Annotation, findings: Collection[int]) -> None:
    """Put findings on an annotation that is in the database."""
    rows = [{"annotation_id": annotation.id, "finding_id": each} for each in sorted(set(findings))]
    if rows:
        session.execute(insert(AnnotationFinding), rows)


def offered(session: Session) -> list[Finding]:
    """Return the findings readers may tag, in their order."""
    return list(session.scalars(select(Finding).where(Finding.offered).order_by(Finding.position)))


def every(session: Session) -> list[Finding]:
    """Return all findings, retired ones too, in their order."""
    return list(session.scalars(select(Finding).order_by(Finding.position)))


def add_finding(session: Session, name: str, key: str, by: User) -> Finding:
    """Add a finding after the others.

    Args:
        name: as readers see it.
        key: one letter that nothing else on the reading page uses; empty: it is found by its name.
        by: the admin who asks.

    Raises:
        Refused: if there is no name, or the key is no free letter.
        Conflict: if there is a finding of that name already.
    """
    name, key = " ".join(name.split()), key.strip().lower()
    if not name:
        raise Refused(_("A finding needs a name."), "name", _("Enter a name."))
    known = every(session)
    if any(each.name.casefold() == name.casefold() for each in known):
        raise Conflict(_("A finding with this name already exists."), "name", _("Reactivate it."))
    used = TAKEN_KEYS | {each.key for each in known}
    if key and (len(key) != 1 or key not in "abcdefghijklmnopqrstuvwxyz" or key in used):
        free = [letter for letter in "abcdefghijklmnopqrstuvwxyz" if letter not in used]
        raise Refused(
            _("The key must be one letter that nothing else uses, or empty."),
            "key",
            _("Free letters: {letters}.", letters=", ".join(free).upper())
            if free
            else _("No letter is free. Without a key, readers find it by its name."),
        )
    position = max((each.position for each in known), default=0) + 1
    finding = Finding(name=name, key=key or None, position=position)
    session.add(finding)
    session.flush()
    audit.record(session, by, "add finding", f"finding {finding.id}", name=name, key=key)
    return finding


def offer_finding(session: Session, finding_id: int, offered: bool, by: User) -> None:
    """Retire a finding, or offer it again; what was tagged with it stays tagged.

    Raises:
        NotFound: if there is no such finding.
    """
    finding = session.get(Finding, finding_id)
    if finding is None:
        raise NotFound(
            _("There is no such finding."),
            _("finding {number}", number=finding_id),
            _("Reload the page."),
        )
    finding.offered = offered
    session.flush()
    action = "offer finding" if offered else "retire finding"
    audit.record(session, by, action, f"finding {finding_id}")
