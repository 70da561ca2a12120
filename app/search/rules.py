"""Bringing films of a class that nobody has read yet to the readers, by the words of reports.

What is found is read for the seed set and teaches the labeler. It was not drawn at random, so it
never becomes a calibration read: a patient with a film on the seed list is in no later draw.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from sqlalchemy import Select, exists, select
from sqlalchemy.orm import Session, aliased

from app import audit
from app.db.archive import Image, Patient, Study, unique_name
from app.db.conditions import unusable
from app.db.people import User
from app.db.reading import ReferenceLabel, WorklistItem
from app.errors import Refused
from app.search.words import Words
from app.statistics.splits import reading_order
from app.texts import _
from app.worklists import items
from app.worklists.seeds import open_validation_too

LOOKED_THROUGH = 3_000
"""Studies at a time, in the order of their import: more would keep the page waiting."""
AT_ONCE = 1000
SHOWN = 5


@dataclass(frozen=True)
class Example:
    """One of the films that were found: its image's number, and what its report says."""

    image_id: int
    said: str


@dataclass(frozen=True)
class Found:
    """What a search found.

    Attributes:
        images: of each patient with a fitting report, in the order in which they are to be read.
        examples: a few of them.
        reports: how many were looked through.
        last: the study that was the last of them; None where there are no more.
    """

    images: list[int]
    patients: int
    examples: list[Example]
    reports: int
    last: int | None


def find(
    session: Session, words: Words, after: int = 0, looked_through: int = LOOKED_THROUGH
) -> Found:
    """Find films that nobody has labelled, whose report has some words.

    Only development patients are looked at who are not on the seed list yet.

    Args:
        session: a unit of work that only reads.
        words: what to look for.
        after: the last study of those that were looked through before.
        looked_through: studies at most, with a report or without.
    """
    window = select(Study.id).where(Study.id > after).order_by(Study.id)
    last = session.scalar(window.offset(looked_through - 1).limit(1))
    said: dict[str, dict[int, str]] = {}
    reports = 0
    for patient, study_id, report in _reports(session, after, last):
        reports += 1
        if words.occur_in(report):
            said.setdefault(patient, {})[study_id] = report
    order = reading_order(said, rng=0)  # the order of import could tell a reader the class
    studies = {study: text for patient in order for study, text in said[patient].items()}
    images = _images_of(session, list(studies))
    firsts = [(own[0], studies[study]) for study, own in images.items()][:SHOWN]
    return Found(
        images=[image for own in images.values() for image in own],
        patients=len(order),
        examples=[Example(image, words.excerpt(report)) for image, report in firsts],
        reports=reports,
        last=last,
    )


def put_on_seed_list(session: Session, words: Words, number: int, by: User, after: int = 0) -> int:
    """Put films that a search finds on the seed list, none of them for calibration.

    The words are not kept: they may be a person's name.

    Args:
        session: an open unit of work.
        words: what to look for.
        number: of films at most.
        by: the admin who asks.
        after: as `find` takes it.

    Returns:
        How many were put there.

    Raises:
        Refused: none is found.
    """
    images = find(session, words, after).images[:number]
    if not images:
        raise Refused(
            _("No film without a label has such a report."),
            "words",
            _("Try other words, or let the films themselves be compared."),
        )
    added = items.add_items(session, "seed", images)
    open_validation_too(session)
    audit.record(session, by, "list films found by words", "seed", images=added)
    return added


def _reports(session: Session, after: int, last: int | None) -> Iterator[tuple[str, int, str]]:
    """Yield patient, study and newest report, of studies with a film that can be listed."""
    window = Study.id > after if last is None else Study.id.between(after + 1, last)
    # + "": without statistics SQLite would go through the whole worklist for each study, and sort
    # all patients of the split.
    own = aliased(Image)
    on_list = WorklistItem.image_id == own.id, WorklistItem.worklist + "" == "seed"
    listed = exists().where(own.patient_id == Study.patient_id, *on_list)
    studies = (
        select(unique_name(Patient), Study.id, Study.report)
        .join(Patient, Patient.id == Study.patient_id)
        .where(
            Patient.split + "" == "development",
            window,
            ~listed,
            Study.report.is_not(None),
            _free_images().where(Image.study_id == Study.id).correlate(Study).exists(),
        )
        .order_by(Study.id)
        .execution_options(yield_per=AT_ONCE)
    )
    for patient, study_id, report in session.execute(studies):
        yield patient, study_id, report or ""


def _images_of(session: Session, studies: list[int]) -> dict[int, list[int]]:
    """Return the films of studies that can be listed, in the order of the studies."""
    found: dict[int, list[int]] = {study: [] for study in studies}
    for start in range(0, len(studies), AT_ONCE):
        some = Image.study_id.in_(studies[start : start + AT_ONCE])
        free = _free_images().where(some).add_columns(Image.study_id).order_by(Image.id)
        for image_id, study_id in session.execute(free):
            found[study_id].append(image_id)
    return found


def _free_images() -> Select[int]:
    """Select the images without a label that can have one and that wait on no worklist."""
    waits = exists().where(WorklistItem.image_id == Image.id, WorklistItem.done.is_(False))
    labelled = exists().where(ReferenceLabel.image_id == Image.id)
    return select(Image.id).where(~labelled, ~unusable(Image.id), ~waits)
