"""What readers label first: the seed set, drawn at random, and the validation set."""

from sqlalchemy import ColumnElement, Select, exists, func, select
from sqlalchemy.orm import InstrumentedAttribute, Session, aliased

from app.announcing import LIST_FILLED, announce
from app.audit import record
from app.db.archive import Image, Patient
from app.db.conditions import excluded
from app.db.exclusion import ExcludedImage
from app.db.people import User
from app.db.reading import WorklistItem
from app.db.unique_names import unique_name
from app.errors import Refused
from app.statistics.splits import CALIBRATION_PATIENTS, draw_calibration, draw_seed
from app.texts import _
from app.worklists.items import add_items


def begin_seed(session: Session, patients: int, rng: int, by: User) -> int:
    """Put drawn development patients and the whole validation split on their worklists.

    Args:
        session: an open unit of work.
        patients: how many development patients to draw.
        rng: the seed of the draw.
        by: the admin who asks.

    Returns:
        How many development images were added.

    Raises:
        errors.Refused: so many patients cannot be drawn.
    """
    images = draw_seed_set(session, patients, rng)
    open_validation_too(session, by.id)
    record(session, by, "draw seed set", "seed", patients=patients, images=images, rng=rng)
    announce(session, LIST_FILLED, by=by.id, worklist="seed")
    return images


def draw_seed_set(session: Session, patients: int, rng: int) -> int:
    """Draw development patients at random and put all their images on the seed worklist.

    Some of them are kept out of the labeler's training, to choose later what to accept. A second
    draw adds patients that are not on the list yet, after those that are.

    Args:
        patients: how many patients to draw.
        rng: the seed; the same seed draws the same patients in the same order.

    Returns:
        How many images were added.

    Raises:
        Refused: if so many patients cannot be drawn.
    """
    images = not_in_seed(session)
    order = draw_seed(list(images), patients, rng)
    own = {patient: list(images[patient]) for patient in order}
    kept_out = draw_calibration(own, rng, at_most=calibration_left(session))
    calibration = {images[patient][key] for patient, key in kept_out.items()}
    ordered = [image for patient in order for image in images[patient].values()]
    return add_items(session, "seed", ordered, calibration)


def not_in_seed(session: Session) -> dict[str, dict[str, int]]:
    """Return what a seed set can be drawn from: {patient: {image: image id}}."""
    return _images(session, "development", _unlisted_patient())


def count_not_in_seed(session: Session) -> int:
    """Return how many patients a seed set can be drawn from."""
    count = select(func.count(Patient.id))
    free = Patient.split == "development", _unlisted_patient(), Patient.id.not_in(_excluded_whole())
    return session.scalar(count.where(*free)) or 0


def calibration_left(session: Session) -> int:
    """Return how many more patients may be kept out of the labeler's training."""
    kept_out = WorklistItem.worklist == "seed", WorklistItem.calibration
    listed = session.scalar(select(func.count()).where(*kept_out))
    return CALIBRATION_PATIENTS - (listed or 0)


def open_validation(session: Session) -> int:
    """Put every image of the validation split on its worklist, in random order by patient.

    Import order could tell the reader the class, where an archive is sorted into folders.

    Returns:
        How many images were added.

    Raises:
        Refused: if there is no validation image that is not on the list already.
    """
    images = _images(session, "validation", Image.id.not_in(_listed("validation", Image.id)))
    if not images:
        raise Refused(
            _("There is no validation image to add to the worklist."),
            "validation",
            _("Import images with validation patients first."),
        )
    order = draw_seed(list(images), len(images), rng=0)
    ordered = [image for patient in order for image in images[patient].values()]
    return add_items(session, "validation", ordered)


def open_validation_too(session: Session, by: int | None) -> None:
    """Put the validation images that are on no worklist yet on theirs, if there are any.

    Args:
        session: an open unit of work.
        by: the id of whoever asks, who need not be told.
    """
    unlisted = ~exists().where(
        WorklistItem.image_id == Image.id, WorklistItem.worklist == "validation"
    )
    free = Patient.split == "validation", unlisted, ~excluded(Image.id)
    validation = select(Image.id).join(Patient).where(*free)
    if session.scalar(validation.limit(1)) is not None:
        open_validation(session)
        announce(session, LIST_FILLED, by=by, worklist="validation")


def _listed(worklist: str, column: InstrumentedAttribute[int]) -> Select[int]:
    return (
        select(column)
        .join(WorklistItem, WorklistItem.image_id == Image.id)
        .where(WorklistItem.worklist == worklist)
    )


def _excluded_whole() -> Select[int]:
    """Select the patients of whom no image is left that is not excluded."""
    other = aliased(Image)
    counts = exists().where(other.patient_id == Image.patient_id, ~excluded(other.id))
    gone = select(Image.patient_id).join(ExcludedImage, ExcludedImage.image_id == Image.id)
    return gone.where(~counts.correlate_except(other))


def _unlisted_patient() -> ColumnElement[bool]:
    """That a patient has no image on the seed worklist.

    NOT IN: a correlated EXISTS is asked once a patient, and SQLite without statistics goes through
    the whole worklist each time.
    """
    return Patient.id.not_in(_listed("seed", Image.patient_id))


def _images(
    session: Session, split: str, condition: ColumnElement[bool]
) -> dict[str, dict[str, int]]:
    """Return the wanted images of a split: {patient: {image: image id}}, by unique names."""
    name = unique_name(Image).label("name")
    rows = session.execute(
        select(unique_name(Patient), name, Image.id)
        .join(Patient, Patient.id == Image.patient_id)
        .where(Patient.split == split, condition, ~excluded(Image.id))
        .order_by(name)
    )
    images: dict[str, dict[str, int]] = {}
    for patient, image, image_id in rows:
        images.setdefault(patient, {})[image] = image_id
    return images
