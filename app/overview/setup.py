"""What is set for the whole workspace, in one line each: the index of the settings' pages."""

from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app import workspace
from app.db.people import User
from app.db.practice import PracticeFilm
from app.db.reading import Finding
from app.labels.classes import classes
from app.labels.guideline_versions import newest_version


@dataclass(frozen=True)
class Setup:
    """How the workspace is set up.

    Attributes:
        classes: names of those that readers can give, in their order.
        findings: that readers may tag.
        blind_first: whether readers decide before they see a pseudo-label.
        people: who can log in, or were invited.
        guideline: the version that holds, 0 where none was published.
        practice: films of the practice set.
    """

    classes: list[str]
    findings: int
    blind_first: bool
    people: int
    guideline: int
    practice: int


def setup(session: Session) -> Setup:
    """Return how the workspace is set up."""
    findings = select(func.count()).where(Finding.offered).select_from(Finding)
    people = select(func.count()).where(User.active).select_from(User)
    return Setup(
        classes=[each.name for each in classes(session)],
        findings=session.scalar(findings) or 0,
        blind_first=workspace.is_blind_first(session),
        people=session.scalar(people) or 0,
        guideline=newest_version(session),
        practice=session.scalar(select(func.count()).select_from(PracticeFilm)) or 0,
    )
