"""The guideline as its readers see it."""

from collections import defaultdict
from datetime import datetime

from pydantic import BaseModel
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.db.archive import Image
from app.db.guideline import Guideline
from app.db.people import User
from app.errors import NotFound
from app.guideline.rules import draft_of
from app.labels.classes import classes
from app.texts import _


class ExampleFilm(BaseModel):
    """A film that shows what a class looks like."""

    image_id: int
    preview: str
    """Address of a greyscale PNG of 8 bits, 512 pixels at most."""
    caption: str


class ClassRule(BaseModel):
    """What the guideline says of one class, and the films that show it."""

    class_id: int
    name: str
    text: str
    examples: list[ExampleFilm]


class Published(BaseModel):
    """One version of the guideline."""

    version: int
    at: datetime
    text: str
    classes: list[ClassRule]


class Version(BaseModel):
    """A version in the list of all of them."""

    version: int
    at: datetime
    change: str
    published_by: str
    """Empty for who is no admin."""


def published(session: Session, version: int) -> Published:
    """Return one version of the guideline.

    Raises:
        NotFound: if it was never published.
    """
    found = session.get(Guideline, version)
    if found is None:
        raise NotFound(
            _("There is no such version of the guideline."),
            _("version {number}", number=version),
            _("Open the guideline without a version to see the one that holds now."),
        )
    draft = draft_of(session, version)
    digests = dict(
        session.execute(
            select(Image.id, Image.stored_digest).where(
                Image.id.in_([each.image_id for each in draft.examples])
            )
        ).all()
    )
    films = defaultdict(list)
    for each in draft.examples:
        address = f"/api/v1/images/{each.image_id}/preview?digest={digests[each.image_id]}"
        film = ExampleFilm(image_id=each.image_id, preview=address, caption=each.caption)
        films[each.class_id].append(film)
    rules = [
        ClassRule(
            class_id=each.id,
            name=each.name,
            text=draft.rules.get(each.id, ""),
            examples=films[each.id],
        )
        for each in classes(session)
    ]
    said = [rule for rule in rules if rule.text or rule.examples]
    return Published(version=version, at=found.at, text=found.text, classes=said)


def versions(session: Session, with_names: bool) -> list[Version]:
    """Return all versions, the newest first.

    Args:
        with_names: whether whoever asks may know who published them.
    """
    rows = session.execute(
        select(Guideline, User.name)
        .join(User, User.id == Guideline.published_by)
        .order_by(Guideline.version.desc())
    )
    return [
        Version(
            version=row.version,
            at=row.at,
            change=row.change,
            published_by=name if with_names else "",
        )
        for row, name in rows
    ]
