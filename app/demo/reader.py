"""A reader who is a program: says what the manifest says, through the rules the pages use."""

from collections.abc import Callable, Collection
from typing import Literal
from uuid import uuid4

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.db.archive import Image
from app.db.clock import moment
from app.db.engine import Database
from app.db.learning import PseudoLabel
from app.labels.decisions import Decision, Hold
from app.reading.rules import annotate, skip
from app.review.rules import Answer, decide
from app.settings import Settings
from app.sweeps import latest_sweep_id
from app.worklists.items import lease_next
from app.worklists.queues import WorklistName

Decide = Callable[[Session, int, int], None]
"""Given a session, an image's id and its given class's id: decides."""


def read_worklist(
    database: Database,
    settings: Settings,
    reader_id: int,
    worklist: Literal["seed", "validation", "audit"],
    limit: int | None = None,
    leave: Collection[int] = (),
) -> int:
    """Label the images of a worklist as the manifest does; skip those it gives no class.

    Args:
        database: the workspace.
        settings: for the length of a lease.
        reader_id: the simulated reader's account.
        worklist: which one.
        limit: how many images to label; None for all.
        leave: images that are skipped, too.

    Returns:
        How many images were labelled.
    """

    def label(session: Session, image_id: int, class_id: int) -> None:
        annotate(
            session,
            Hold(reader_id, image_id, worklist),
            Decision(class_id, key(), moment(session)),
        )

    return _work_through(database, settings, reader_id, worklist, limit, label, leave)


def review(database: Database, settings: Settings, reader_id: int, limit: int) -> int:
    """Review pseudo-labels in the worklist's order: approve what the manifest says too, correct
    what it does not, skip what it does not know.

    Args:
        database: the workspace.
        settings: for the length of a lease.
        reader_id: the simulated reader's account.
        limit: how many to decide on.

    Returns:
        How many were decided on.
    """

    def judge(session: Session, image_id: int, class_id: int) -> None:
        pseudo_label = session.scalars(
            select(PseudoLabel).where(
                PseudoLabel.sweep_id == latest_sweep_id(session), PseudoLabel.image_id == image_id
            )
        ).one()
        right = pseudo_label.class_id == class_id
        said = Decision(None if right else class_id, key(), moment(session))
        answer: Answer = "approve" if right else "correct"
        decide(session, reader_id, pseudo_label.id, answer, said)

    return _work_through(database, settings, reader_id, "review", limit, judge)


def _work_through(
    database: Database,
    settings: Settings,
    reader_id: int,
    worklist: WorklistName,
    limit: int | None,
    decide_on: Decide,
    leave: Collection[int] = (),
) -> int:
    """Take image after image, one transaction each, until the limit or nothing new is left."""
    decided, passed = 0, set[int]()
    while limit is None or decided < limit:
        with database.begin() as session:
            image_id = lease_next(
                session, reader_id, worklist, settings.reading_lease_seconds, moment(session)
            )
            if image_id is None:
                break
            given = session.scalars(select(Image.given_class_id).filter_by(id=image_id)).one()
            if given is not None and image_id not in leave:
                decide_on(session, image_id, given)
                decided += 1
                continue
            skip(session, Hold(reader_id, image_id, worklist), moment(session))
        if image_id in passed:
            break
        passed.add(image_id)
    return decided


def key() -> str:
    """Return a name for one decision that no other has."""
    return uuid4().hex
