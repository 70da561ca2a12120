"""Bringing films of a class that nobody has read yet to the readers, by the words of reports.

What is found is read for the seed set and teaches the labeler. It was not drawn at random, so it
never becomes a calibration read: a patient with a film on the seed list is in no later draw.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby
from operator import itemgetter

from sqlalchemy import ColumnElement, exists, select
from sqlalchemy.orm import Session, aliased

from app import audit
from app.announcing import LIST_FILLED, announce
from app.db.archive import Image, Patient, Study
from app.db.conditions import may_be_labelled
from app.db.people import User
from app.db.reading import ReferenceLabel, WorklistItem
from app.db.unique_names import unique_name
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
class _Report:
    """The newest report of a study, and the study's films that can be listed."""

    text: str
    images: list[int]


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
    said: dict[str, list[_Report]] = {}
    reports = 0
    for patient, own in _reports(session, after, last):
        reports += 1
        if words.occur_in(own.text):
            said.setdefault(patient, []).append(own)
    order = reading_order(said, rng=0)  # the order of import could tell a reader the class
    found = [own for patient in order for own in said[patient]]
    return Found(
        images=[image for own in found for image in own.images],
        patients=len(order),
        examples=[Example(own.images[0], words.excerpt(own.text)) for own in found[:SHOWN]],
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
            _("No unlabelled film has such a report."),
            "words",
            _("Try other words, or compare the films themselves."),
        )
    added = items.add_items(session, "seed", images)
    open_validation_too(session, by.id)
    audit.record(session, by, "list films found by words", "seed", images=added)
    announce(session, LIST_FILLED, by=by.id, worklist="seed")
    return added


def _reports(session: Session, after: int, last: int | None) -> Iterator[tuple[str, _Report]]:
    """Yield patient, newest report and films, of studies with a film that can be listed."""
    window = Study.id > after if last is None else Study.id.between(after + 1, last)
    # + "": without statistics SQLite would go through the whole worklist for each study, and sort
    # all patients of the split.
    own = aliased(Image)
    on_list = WorklistItem.image_id == own.id, WorklistItem.worklist + "" == "seed"
    listed = exists().where(own.patient_id == Study.patient_id, *on_list)
    films = (
        select(unique_name(Patient), Study.id, Study.report, Image.id)
        .join(Patient, Patient.id == Study.patient_id)
        .join(Image, Image.study_id == Study.id)
        .where(
            Patient.split + "" == "development",
            window,
            ~listed,
            Study.report.is_not(None),
            *_is_free(),
        )
        .order_by(Study.id, Image.id)
        .execution_options(yield_per=AT_ONCE)
    )
    for _study, rows in groupby(session.execute(films), key=itemgetter(1)):
        (patient, _id, report, first), *others = rows
        yield patient, _Report(report or "", [first, *(image for *_, image in others)])


def _is_free() -> tuple[ColumnElement[bool], ...]:
    """Return the conditions that an image has no label, can have one and waits on no worklist."""
    waits = exists().where(WorklistItem.image_id == Image.id, WorklistItem.done.is_(False))
    labelled = exists().where(ReferenceLabel.image_id == Image.id)
    return ~labelled, may_be_labelled(Image.id), ~waits
