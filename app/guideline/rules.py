"""The guideline: the practice's rules of reading, with a film for each kind of case.

A version is published whole and never changed. Its examples show a class to every reader, so they
are films that nobody can be asked to read any more, and the validation split has no part in it.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

from sqlalchemy import insert, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app import audit
from app.blindness import is_still_to_be_read
from app.db.archive import Image, LabelClass, Patient
from app.db.guideline import Guideline, GuidelineExample, GuidelineRule
from app.db.people import User
from app.db.reading import ReferenceLabel
from app.errors import Conflict, Refused
from app.labels.guideline_versions import newest_version
from app.labels.images import no_such_image
from app.texts import _

LONGEST_TEXT = 20_000
"""Characters of a text of the guideline: about eight printed pages."""
LONGEST_CAPTION = 200
MOST_EXAMPLES = 60


@dataclass(frozen=True)
class Example:
    """A film as an example of a class.

    Attributes:
        image_id: the film's image.
        class_id: the class it shows.
        caption: what to look at; may be empty.
    """

    image_id: int
    class_id: int
    caption: str = ""


@dataclass(frozen=True)
class Draft:
    """A version before it is published.

    Attributes:
        text: what holds for every film.
        rules: {class id: what makes a film one of the class}.
        examples: in the order in which they are shown.
        change: what is different from the version before.
    """

    text: str = ""
    rules: dict[int, str] = field(default_factory=dict)
    examples: Sequence[Example] = ()
    change: str = ""


def draft_of(session: Session, version: int) -> Draft:
    """Return what a version says; an empty draft for version 0."""
    found = session.get(Guideline, version)
    if found is None:
        return Draft()
    rules = select(GuidelineRule.class_id, GuidelineRule.text)
    rules = rules.where(GuidelineRule.version == version)
    shown = select(GuidelineExample).where(GuidelineExample.version == version)
    shown = shown.order_by(GuidelineExample.position)
    return Draft(
        found.text,
        dict(session.execute(rules).all()),
        [Example(row.image_id, row.class_id, row.caption) for row in session.scalars(shown)],
        found.change,
    )


def publish(session: Session, draft: Draft, based_on: int, by: User) -> int:
    """Publish a version; return its number. Reads from now on name it.

    Args:
        draft: all of it; what it leaves out is not in the version.
        based_on: the version its writer had before them, 0 for none.
        by: the admin.

    Raises:
        Refused: if it says nothing, or changes nothing, is too long, or shows a film that cannot
            be an example.
        Conflict: if another admin has published meanwhile.
        NotFound: if it shows an image that does not exist.
    """
    newest = newest_version(session)
    if newest != based_on:
        raise _published_meanwhile(newest)
    _require_news(session, draft, newest)
    for example in draft.examples:
        require_example(session, example)
    row = Guideline(version=newest + 1, text=draft.text, change=draft.change, published_by=by.id)
    try:
        with session.begin_nested():
            session.add(row)
    except IntegrityError as taken:
        raise _published_meanwhile(newest + 1) from taken
    _write(session, row.version, draft)
    audit.record(session, by, "publish guideline", f"guideline {row.version}")
    return row.version


def require_example(session: Session, example: Example) -> None:
    """Raise where a film cannot be an example of a class.

    Raises:
        NotFound: if there is no such image.
        Refused: if it is of the validation split, may still have to be read by somebody who does
            not know its label, or has another label.
    """
    found = session.execute(
        select(Patient.split, ReferenceLabel.class_id, is_still_to_be_read(example.image_id))
        .select_from(Image)
        .join(Patient, Patient.id == Image.patient_id)
        .outerjoin(ReferenceLabel, ReferenceLabel.image_id == Image.id)
        .where(Image.id == example.image_id)
    ).first()
    if found is None:
        raise no_such_image(example.image_id)
    split, class_id, still_open = found
    where = _("image {number}", number=example.image_id)
    if split == "validation":
        raise Refused(
            _("A film of the validation split cannot be an example."),
            where,
            _("Choose a film of the development split."),
        )
    if still_open:
        raise Refused(
            _("Somebody may still have to read this film without knowing its label."),
            where,
            _("Choose a film whose reading and review are over."),
        )
    if class_id != example.class_id:
        raise Refused(
            _("This film's label is not the class it is an example of."),
            where,
            _("Choose a film with that label, or correct its label first."),
        )


def label_of(session: Session, image_id: int) -> int | None:
    """Return the class of an image's reference label, None where it has none."""
    return session.scalar(
        select(ReferenceLabel.class_id).where(ReferenceLabel.image_id == image_id)
    )


def _require_news(session: Session, draft: Draft, newest: int) -> None:
    known = set(session.scalars(select(LabelClass.id)))
    longest = max(map(len, (draft.text, draft.change, *draft.rules.values())))
    if not (draft.text or any(draft.rules.values()) or draft.examples):
        raise Refused(_("The guideline is empty."), "text", _("Write a rule or show an example."))
    if longest > LONGEST_TEXT or not set(draft.rules) <= known:
        raise Refused(
            _("A text of the guideline is too long, or belongs to no class."),
            "text",
            _("Shorten it to {count} characters, or reload the page.", count=LONGEST_TEXT),
        )
    images = [example.image_id for example in draft.examples]
    if len(images) > MOST_EXAMPLES or len(images) != len(set(images)):
        raise Refused(
            _(
                "A film can be an example only once, and there can be at most {count} examples.",
                count=MOST_EXAMPLES,
            ),
            "examples",
            _("Remove some."),
        )
    before = draft_of(session, newest)
    if newest and (draft.text, _said(draft.rules), list(draft.examples)) == (
        before.text,
        _said(before.rules),
        list(before.examples),
    ):
        raise Refused(
            _("This is the same as version {number}.", number=newest),
            "text",
            _("Change something before you publish."),
        )


def _said(rules: dict[int, str]) -> dict[int, str]:
    return {class_id: text for class_id, text in rules.items() if text}


def _write(session: Session, version: int, draft: Draft) -> None:
    rules = [
        {"version": version, "class_id": class_id, "text": text}
        for class_id, text in _said(draft.rules).items()
    ]
    examples = [
        {
            "version": version,
            "image_id": example.image_id,
            "class_id": example.class_id,
            "caption": example.caption,
            "position": position,
        }
        for position, example in enumerate(draft.examples)
    ]
    if rules:
        session.execute(insert(GuidelineRule), rules)
    if examples:
        session.execute(insert(GuidelineExample), examples)


def _published_meanwhile(version: int) -> Conflict:
    return Conflict(
        _("Version {number} was published meanwhile.", number=version),
        "guideline",
        _("Copy what you have written, reload the page, and put it into the new version."),
    )
