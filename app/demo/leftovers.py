"""What the demo leaves for whoever opens it: films to read, an audit and disagreements.

The round itself is whole by then; what is left here changes none of its figures.
"""

from collections.abc import Collection
from itertools import cycle

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.db.archive import Image
from app.db.clock import moment
from app.db.engine import Database, read_only
from app.db.guideline import GuidelineExample
from app.db.learning import Lot, PseudoLabel
from app.db.people import User
from app.db.reading import Annotation, WorklistItem
from app.demo.reader import key
from app.labels.classes import classes
from app.labels.decisions import Decision, Hold
from app.reading.rules import annotate
from app.settings import Settings
from app.sweeps import latest_sweep_id
from app.worklists import rereads
from app.worklists.items import lease_next
from app.worklists.seeds import count_not_in_seed, draw_seed_set

AUDITS = 8
"""Films of one lot's sample that are still to be read."""
PATIENTS = 5
"""Of the seed set, whose films are still to be read."""
READ_AGAIN, DIFFERENT = 6, 3
"""Seed films that a second simulated reader reads, and how many of them otherwise."""
SECOND_READER = "simulated-second-reader"


def audits_to_leave(session: Session) -> set[int]:
    """Return the last images of the largest lot's sample: they are not read yet."""
    largest = select(Lot).where(Lot.sweep_id == latest_sweep_id(session), Lot.status == "auditing")
    lot = session.scalars(largest.order_by(Lot.size.desc(), Lot.id).limit(1)).first()
    if lot is None:
        return set()
    sample = select(WorklistItem.image_id).join(
        PseudoLabel, PseudoLabel.image_id == WorklistItem.image_id
    )
    mine = PseudoLabel.lot_id == lot.id, PseudoLabel.in_audit, WorklistItem.worklist == "audit"
    waiting = sample.where(*mine, WorklistItem.done.is_(False))
    last = waiting.order_by(WorklistItem.position.desc()).limit(AUDITS)
    return set(session.scalars(last))


def leave_work(database: Database, settings: Settings, rng: int) -> str:
    """Leave seed films to read, and films on which two readers differ; say what there is.

    Args:
        database: the workspace, its round played.
        settings: for the length of a lease.
        rng: the seed of the draw.
    """
    with database.begin() as session:
        again = _single_reads(session)
        if again:
            why = dict.fromkeys(again, rereads.CHOSEN)
            second = _second_reader(session)
            rereads.ask(session, why, None, "demo", "seed")
    if again:
        _read_again(database, settings, second, again)
    with database.begin() as session:
        patients = min(PATIENTS, count_not_in_seed(session))
        if patients:
            draw_seed_set(session, patients, rng + 1)
    with read_only(database) as session:
        counts = {name: _open(session, name) for name in ("seed", "audit", "adjudication")}
    return (
        f"Left for you: {counts['seed']} seed films, {counts['audit']} films of an audit and "
        f"{counts['adjudication']} disagreements to decide."
    )


def _single_reads(session: Session) -> list[int]:
    """Return seed films that one reader has read, and that have a class in the manifest."""
    read = (
        select(Annotation.image_id)
        .join(Image, Image.id == Annotation.image_id)
        .where(Annotation.worklist == "seed", Image.given_class_id.is_not(None))
        .where(Image.id.not_in(select(GuidelineExample.image_id)))
    )
    images = session.scalars(read.order_by(Annotation.id).limit(10 * READ_AGAIN)).all()
    may = rereads.may_be_read_again(session, images, "seed")
    return [image for image in images if image in may][:READ_AGAIN]


def _second_reader(session: Session) -> int:
    person = User(name=SECOND_READER, role="reader")
    session.add(person)
    session.flush()
    return person.id


def _read_again(
    database: Database, settings: Settings, reader_id: int, images: Collection[int]
) -> None:
    """Read films a second time: the first of them otherwise, as a colleague may see them."""
    for number, _each in enumerate(images):
        with database.begin() as session:
            now = moment(session)
            image = lease_next(session, reader_id, "seed", settings.reading_lease_seconds, now)
            if image is None:
                return
            given = session.scalars(select(Image.given_class_id).filter_by(id=image)).one()
            said = _another(session, given) if number < DIFFERENT else given
            annotate(session, Hold(reader_id, image, "seed"), Decision(said, key(), now))


def _another(session: Session, class_id: int | None) -> int:
    """Return the class that follows one in the label set."""
    ids = [each.id for each in classes(session)]
    after = cycle(ids)
    for each in after:
        if each == class_id:
            break
    return next(after)


def _open(session: Session, worklist: str) -> int:
    """Count the reads that are open on a worklist."""
    mine = WorklistItem.worklist == worklist, WorklistItem.done.is_(False)
    return session.scalar(select(func.count()).where(*mine)) or 0
