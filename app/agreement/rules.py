"""How far readers agree who read the same images independently, and what is to be read twice."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.agreement import figures
from app.agreement.figures import IndependentReads, Pair, against_others, pairs, together
from app.db.archive import Image, LabelClass
from app.db.conditions import counts, stands
from app.db.people import User
from app.db.reading import Annotation, DoubleReading, WorklistItem
from app.statistics.kappas import Kappa, fleiss, of_category

Scope = Literal["seed", "validation"]
SCOPES: tuple[Scope, ...] = ("seed", "validation")
NO_LABEL = "no label"
"""Readers may also agree, or not, that an image can carry none: it counts as a category."""


@dataclass(frozen=True)
class Adjudicated:
    """How a reader's reads fared that were adjudicated."""

    upheld: int
    of: int


@dataclass(frozen=True)
class Agreement:
    """All figures of the page.

    Attributes:
        categories: the classes in order, and `NO_LABEL` where it was used.
        images: images that have all their independent reads, two or more.
        overall: Fleiss' kappa over all readers.
        of_class: Fleiss' kappa of each category against the rest.
        readers: each reader against all others together.
        adjudicated: by reader's name.
        pairs: every two readers with images in common.
        together: (categories, categories), upper triangle: unordered pairs of reads.
        matrices: for each pair, (categories, categories) counts; rows are the first one's.
    """

    categories: list[str]
    images: int
    overall: Kappa | None
    of_class: dict[str, Kappa | None]
    readers: list[Pair]
    adjudicated: dict[str, Adjudicated]
    pairs: list[Pair]
    together: list[list[int]]
    matrices: dict[tuple[str, str], list[list[int]]]


@dataclass(frozen=True)
class Progress:
    """How far a worklist is of which images are read by several readers."""

    images: int = 0
    chosen: int = 0
    read: int = 0
    """Images of the chosen whose independent reads are all done."""
    waiting: int = 0
    """Images of the worklist that wait for an adjudicator."""


@dataclass(frozen=True)
class Plan:
    """What is to be read by several readers on a worklist, and how far it is."""

    worklist: Scope
    readers: int
    share: float
    rng: int
    progress: Progress


def agreement(session: Session, worklists: Sequence[Scope] = SCOPES) -> Agreement | None:
    """Return the agreement of independent readers, None where no image has all its reads yet.

    Args:
        worklists: whose reads are compared; reads of different worklists never are.
    """
    reads = _reads(session, worklists)
    if reads is None:
        return None
    chosen, patients = figures.counts(reads)
    compared = pairs(reads)
    return Agreement(
        categories=reads.categories,
        images=len(chosen),
        overall=fleiss(chosen, patients),
        of_class={
            name: fleiss(of_category(chosen, index), patients)
            for index, name in enumerate(reads.categories)
        },
        readers=against_others(reads),
        adjudicated=_adjudicated(session, worklists),
        pairs=[pair for pair, _ in compared],
        together=together(chosen),
        matrices={(pair.one, pair.other): matrix for pair, matrix in compared},
    )


def of_readers(session: Session) -> dict[str, Pair]:
    """Return how far each reader agrees with all others together, by the reader's name."""
    reads = _reads(session, SCOPES)
    return {} if reads is None else {pair.one: pair for pair in against_others(reads)}


def plans(session: Session, counted: Mapping[Scope, Progress]) -> list[Plan]:
    """Return the plan of each worklist; one without a plan has share 0.

    Args:
        counted: how far each is, as `progress` counted it; one that was not counted has nothing.
    """
    known = {plan.worklist: plan for plan in session.scalars(select(DoubleReading))}
    none = DoubleReading(readers=2, share=0.0, rng=0)
    found = {worklist: known.get(worklist, none) for worklist in SCOPES}
    return [
        Plan(worklist, plan.readers, plan.share, plan.rng, counted.get(worklist, Progress()))
        for worklist, plan in found.items()
    ]


def progress(session: Session) -> dict[Scope, Progress]:
    """Count how far each worklist is."""
    return {worklist: _progress(session, worklist) for worklist in SCOPES}


def _progress(session: Session, worklist: Scope) -> Progress:
    turns = (
        select(
            WorklistItem.image_id,
            func.count().label("turns"),
            func.count().filter(WorklistItem.final.is_(False)).label("open"),
        )
        .where(WorklistItem.worklist == worklist, WorklistItem.reread == "")
        .group_by(WorklistItem.image_id)
        .subquery()
    )
    several = turns.c.turns > 1
    images, chosen, read = session.execute(
        select(
            func.count(),
            func.count().filter(several),
            func.count().filter(several, turns.c.open == 0),
        ).select_from(turns)
    ).one()
    waiting = session.scalar(
        select(func.count())
        .select_from(WorklistItem)
        .join(turns, turns.c.image_id == WorklistItem.image_id)
        .where(WorklistItem.worklist == "adjudication", WorklistItem.done.is_(False))
    )
    return Progress(images, chosen, read, waiting or 0)


def _reads(session: Session, worklists: Sequence[Scope]) -> IndependentReads | None:
    """Read the independent reads of images that have all of theirs, two an image or more.

    What is still to be read tells an admin who reads nothing here. Images that were chosen to be
    read again are no fair sample, and are left out.
    """
    several = (
        select(WorklistItem.worklist, WorklistItem.image_id)
        .where(WorklistItem.worklist.in_(worklists), WorklistItem.reread == "")
        .group_by(WorklistItem.worklist, WorklistItem.image_id)
        .having(func.count() > 1, func.count().filter(WorklistItem.final.is_(False)) == 0)
        .subquery()
    )
    rows = session.execute(
        select(
            Annotation.image_id,
            Image.patient_id,
            Annotation.reader_id,
            User.name,
            Annotation.class_id,
        )
        .join(
            several,
            (several.c.image_id == Annotation.image_id)
            & (several.c.worklist == Annotation.worklist),
        )
        .join(Image, Image.id == Annotation.image_id)
        .join(User, User.id == Annotation.reader_id)
        .where(counts(Annotation))
        .order_by(Annotation.image_id, Annotation.reader_id)
    ).all()
    classes = session.execute(
        select(LabelClass.id, LabelClass.name).order_by(LabelClass.position)
    ).all()
    index: dict[int | None, int] = {class_id: place for place, (class_id, _) in enumerate(classes)}
    index[None] = len(classes)
    table = np.array(
        [(image, patient, reader, index[said]) for image, patient, reader, _, said in rows],
        dtype=np.int64,
    ).reshape(-1, 4)
    _, inverse, sizes = np.unique(table[:, 0], return_inverse=True, return_counts=True)
    table = table[sizes[inverse] > 1]
    if not len(table):
        return None
    unlabelled = [NO_LABEL] if (table[:, 3] == len(classes)).any() else []
    return IndependentReads(
        image=table[:, 0],
        patient=table[:, 1],
        reader=table[:, 2],
        category=table[:, 3],
        names={reader: name for _, _, reader, name, _ in rows},
        categories=[name for _, name in classes] + unlabelled,
    )


def _adjudicated(session: Session, worklists: Sequence[Scope]) -> dict[str, Adjudicated]:
    """Return how often the adjudicator said what each independent reader had said."""
    verdicts = dict(
        session.execute(
            select(Annotation.image_id, Annotation.class_id).where(
                Annotation.worklist == "adjudication", stands(Annotation)
            )
        ).all()
    )
    rows = session.execute(
        select(User.name, Annotation.image_id, Annotation.class_id)
        .join(User, User.id == Annotation.reader_id)
        .join(
            WorklistItem,
            (WorklistItem.image_id == Annotation.image_id)
            & (WorklistItem.worklist == "adjudication")
            & WorklistItem.done,
        )
        .where(Annotation.worklist.in_(worklists), counts(Annotation))
    )
    tally: dict[str, list[bool]] = {}
    for name, image_id, class_id in rows:
        tally.setdefault(name, []).append(verdicts.get(image_id) == class_id)
    return {name: Adjudicated(sum(upheld), len(upheld)) for name, upheld in tally.items()}
