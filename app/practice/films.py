"""Which films are practised on: a label stands for each, and nobody reads it any more.

Whoever has answered is told the label. So the films are of the development split, and none is asked
whose reading is open again, whose label has changed since, or which the guideline shows.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from random import Random

from sqlalchemy import ColumnElement, delete, func, insert, select
from sqlalchemy.orm import Session

from app import audit
from app.blindness import is_still_to_be_read
from app.db.archive import Image, LabelClass, Patient
from app.db.guideline import GuidelineExample
from app.db.people import User
from app.db.practice import PracticeFilm, PracticeTerms
from app.db.reading import ReferenceLabel
from app.errors import Conflict, NotFound, Refused
from app.labels.classes import classes
from app.texts import _
from app.viewer.films import ViewerImage, films

MOST_FILMS = 200
LOOKED_AT = 2_000
"""Films of a class that a draw looks at, at most: most that are labelled can be practised on."""
AT_ONCE = 50


@dataclass(frozen=True)
class Chosen:
    """A film of the set.

    Attributes:
        film: as the viewer needs it.
        class_id: the known answer.
        name: of that class.
        asked: whether readers are asked it; not while its label does not stand, see above.
    """

    film: ViewerImage
    class_id: int
    name: str
    asked: bool


def askable(session: Session) -> dict[int, int]:
    """Return the films that readers are asked, with their known answers: {image id: class id}."""
    # Named by their numbers, so that no database begins with all patients or labels there are.
    of_the_set = session.scalars(select(PracticeFilm.image_id)).all()
    rows = session.execute(
        select(PracticeFilm.image_id, PracticeFilm.class_id)
        .join(Image, Image.id == PracticeFilm.image_id)
        .join(Patient, Patient.id == Image.patient_id)
        .join(ReferenceLabel, ReferenceLabel.image_id == PracticeFilm.image_id)
        .join(LabelClass, LabelClass.id == PracticeFilm.class_id)
        .where(
            Image.id.in_(of_the_set),
            ReferenceLabel.class_id == PracticeFilm.class_id,
            LabelClass.retired.is_(False),
            _can_be_told(),
        )
        .order_by(PracticeFilm.image_id)
    )
    return dict(rows.all())


def chosen(session: Session) -> list[Chosen]:
    """Return the whole set, by class and number."""
    rows = session.execute(
        select(PracticeFilm.image_id, LabelClass.id, LabelClass.name)
        .join(LabelClass, LabelClass.id == PracticeFilm.class_id)
        .order_by(LabelClass.position, PracticeFilm.image_id)
    ).all()
    described = {each.image_id: each for each in films(session, [image for image, *_ in rows])}
    asked = askable(session)
    return [
        Chosen(described[image], class_id, name, image in asked)
        for image, class_id, name in rows
        if image in described
    ]


def add(session: Session, image_ids: Sequence[int], by: User) -> int:
    """Add films to the set, each with the label it has; return how many are new.

    Raises:
        NotFound: if there is no such image.
        Refused: if one of them cannot be practised on, or there would be too many.
    """
    wanted = sorted(set(image_ids) - set(session.scalars(select(PracticeFilm.image_id))))
    labels = {image: _label_to_tell(session, image) for image in wanted}
    _insert(session, labels, by)
    return len(labels)


def draw(session: Session, per_class: int, rng: int, by: User) -> int:
    """Add films at random, so many of each class; return how many were found.

    Args:
        per_class: films of each class, on top of those there are.
        rng: the seed of the draw.
        by: the admin who asks.

    Raises:
        Refused: if no film can be practised on, or there would be too many.
    """
    found: dict[int, int] = {}
    for label_class in classes(session):
        found |= dict.fromkeys(_draw(session, label_class.id, per_class, rng), label_class.id)
    if not found:
        raise Refused(
            _("There is no film to practise on yet."),
            "",
            _("It takes films of the development split whose reading and review are over."),
        )
    _insert(session, found, by)
    return len(found)


def remove(session: Session, image_id: int, by: User) -> None:
    """Take a film out of the set; what readers have answered of it stays.

    Raises:
        NotFound: if it is not in the set.
    """
    gone = delete(PracticeFilm).where(PracticeFilm.image_id == image_id)
    if session.scalar(gone.returning(PracticeFilm.image_id)) is None:
        raise NotFound(
            _("This film is not in the practice set."),
            _("image {number}", number=image_id),
            _("Reload the page."),
        )
    audit.record(session, by, "remove practice film", f"image {image_id}")


def terms(session: Session) -> PracticeTerms:
    """Return what is asked of readers; nothing where no admin has set it."""
    return session.get(PracticeTerms, 1) or PracticeTerms(id=1, needed=None, required=False)


def set_terms(session: Session, needed: int | None, required: bool, by: User) -> None:
    """Set how many answers must be right, and whether the seed set waits for them.

    Raises:
        Refused: if more are to be right than there are films, or it is required to pass and
            nothing says what passing takes.
    """
    there = session.scalar(select(func.count()).select_from(PracticeFilm)) or 0
    if required and needed is None:
        raise Refused(
            _("Nothing says how many answers must be right to pass."),
            "needed",
            _("Fill in a number, or open the seed set to everybody."),
        )
    if needed is not None and needed > there:
        raise Refused(
            _("There are {number} films in the practice set.", number=there),
            "needed",
            _("Ask for so many right answers at most, or add films first."),
        )
    session.merge(PracticeTerms(id=1, needed=needed, required=required))
    audit.record(session, by, "set practice terms", "practice", needed=needed, required=required)


def _can_be_told() -> ColumnElement[bool]:
    """Return the condition that the label of an `Image` of a `Patient` may be told to readers."""
    shown = select(GuidelineExample.image_id)
    development = Patient.split == "development"
    return development & Image.id.not_in(shown) & ~is_still_to_be_read(Image.id)


def _draw(session: Session, class_id: int, count: int, rng: int) -> list[int]:
    """Return films of a class that are not in the set and can be practised on, at random."""
    labelled = select(ReferenceLabel.image_id).where(
        ReferenceLabel.class_id == class_id,
        ReferenceLabel.image_id.not_in(select(PracticeFilm.image_id)),
    )
    images = list(session.scalars(labelled.order_by(ReferenceLabel.image_id)))
    Random(f"{rng} {class_id}").shuffle(images)
    found: list[int] = []
    for first in range(0, min(len(images), LOOKED_AT), AT_ONCE):
        some = images[first : first + AT_ONCE]
        can = _that_can_be_told(session, some)
        found += [image for image in some if image in can]
        if len(found) >= count:
            break
    return found[:count]


def _that_can_be_told(session: Session, image_ids: Collection[int]) -> set[int]:
    some = select(Image.id).join(Patient, Patient.id == Image.patient_id)
    return set(session.scalars(some.where(Image.id.in_(image_ids), _can_be_told())))


def _label_to_tell(session: Session, image_id: int) -> int:
    """Return the label of a film that can be practised on; raise where it cannot."""
    found = session.execute(
        select(Patient.split, ReferenceLabel.class_id, GuidelineExample.image_id)
        .select_from(Image)
        .join(Patient, Patient.id == Image.patient_id)
        .outerjoin(ReferenceLabel, ReferenceLabel.image_id == Image.id)
        .outerjoin(GuidelineExample, GuidelineExample.image_id == Image.id)
        .where(Image.id == image_id)
    ).first()
    where = _("image {number}", number=image_id)
    if found is None:
        raise NotFound(_("There is no such image."), where, _("Check its number."))
    split, class_id, example = found
    if split != "development":
        raise Refused(
            _("A film of the validation split cannot be practised on."),
            where,
            _("Choose a film of the development split."),
        )
    if example is not None:
        raise Refused(
            _("The guideline shows this film with its label."), where, _("Choose another film.")
        )
    if class_id is None or not _that_can_be_told(session, [image_id]):
        raise Refused(
            _("This film has no label, or somebody may still have to read it without knowing it."),
            where,
            _("Choose a film whose reading and review are over."),
        )
    return int(class_id)


def _insert(session: Session, labels: dict[int, int], by: User) -> None:
    there = session.scalar(select(func.count()).select_from(PracticeFilm)) or 0
    if there + len(labels) > MOST_FILMS:
        raise Refused(
            _("The practice set holds {number} films at most.", number=MOST_FILMS),
            "",
            _("Add fewer, or take some out first."),
        )
    if labels:
        rows = [
            {"image_id": image, "class_id": class_id, "added_by": by.id}
            for image, class_id in labels.items()
        ]
        session.execute(insert(PracticeFilm), rows)
        audit.record(session, by, "add practice films", "practice", images=sorted(labels))


def no_films() -> Conflict:
    """Return what is said where there is nothing to practise on."""
    return Conflict(
        _("There is no film to practise on at the moment."),
        "",
        _("An admin adds films on the page Practice set."),
    )
