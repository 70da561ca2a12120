"""Which images of a worklist several readers read independently.

The admin sets a number of readers and a share. Whether an image is among the chosen follows from
its key and a seed alone, so that images that come later are chosen alike, a larger share keeps
what a smaller one had chosen, and nobody can foretell by looking at an image how often it is read.
"""

import hashlib

from sqlalchemy import delete, exists, insert, select
from sqlalchemy.orm import Session

from app import audit
from app.db.archive import Image
from app.db.clock import moment
from app.db.exclusion import ExcludedImage
from app.db.guideline import GuidelineExample
from app.db.people import User
from app.db.practice import PracticeFilm
from app.db.reading import DoubleReading, Lease, WorklistItem
from app.db.unique_names import unique_name
from app.labels.reference import rebuild_references
from app.worklists.leases import lock_images

BATCH = 500
MOST_READERS = 5
"""Independent readers an image can have on a worklist."""
Place = tuple[int, int | None]
"""An image's position, and the named list it belongs to."""
Turns = dict[int, dict[int, bool]]
"""{image id: {turn: whether it is read}}."""


def plan(
    session: Session, worklist: str, readers: int, share: float, rng: int, by: User | None = None
) -> None:
    """Set how many readers read which share of a worklist, and list their reads.

    What was read stays read; independent reads nobody has begun are taken off the list where the
    new plan does not want them.

    Args:
        worklist: `seed` or `validation`.
        readers: independent readers of each chosen image, 2 to `MOST_READERS`.
        share: of the worklist's images, 0 to 1; 0 ends double reading.
        rng: the seed of the choice.
        by: the admin who asks, None on the command line.
    """
    session.merge(DoubleReading(worklist=worklist, readers=readers, share=share, rng=rng))
    session.flush()
    audit.record(
        session, by, "plan double reading", worklist, readers=readers, share=share, rng=rng
    )
    apply(session, worklist)


def apply(session: Session, worklist: str) -> None:
    """Bring the items of a worklist in line with its plan; one without a plan stays as it is.

    An example of the guideline gets no further read, nor does a film of the practice set: readers
    are told what it shows. Nor does an image that is excluded.
    """
    plan = session.get(DoubleReading, worklist)
    if plan is None:
        return
    keys, places, turns = _listed(session, worklist)
    beyond = _beyond_the_plan(session, worklist)
    no_more = set(session.scalars(select(GuidelineExample.image_id)))
    no_more |= set(session.scalars(select(PracticeFilm.image_id)))
    no_more |= set(session.scalars(select(ExcludedImage.image_id)))
    missing, unwanted = [], []
    for image_id, key in keys.items():
        chosen = is_chosen(key, plan.share, plan.rng)
        target = set(range(1, 1 + (plan.readers if chosen else 1)))
        known = turns[image_id]
        if image_id not in no_more:
            missing += [(image_id, turn) for turn in target - known.keys()]
        unwanted += [
            (image_id, turn)
            for turn in known.keys() - target
            if not known[turn] and (image_id, turn) not in beyond
        ]
    if missing:
        session.execute(
            insert(WorklistItem),
            [
                {
                    "worklist": worklist,
                    "image_id": image_id,
                    "turn": turn,
                    "position": places[image_id][0],
                    "named_list_id": places[image_id][1],
                }
                for image_id, turn in sorted(missing)
            ],
        )
    _take_off(session, worklist, unwanted)
    begun = {image for image, _ in missing + unwanted if any(turns[image].values())}
    ordered = sorted(begun)
    for first in range(0, len(ordered), BATCH):
        images = ordered[first : first + BATCH]
        lock_images(session, images)
        rebuild_references(session, images, moment(session))


def is_chosen(key: str, share: float, rng: int) -> bool:
    """Whether an image is among the share that several readers read.

    Args:
        key: the image's unique name.
        share: 0 to 1.
        rng: the seed of the choice.
    """
    drawn = hashlib.sha256(f"{rng} {key}".encode()).digest()[:8]
    return int.from_bytes(drawn) < share * 2**64


def _listed(session: Session, worklist: str) -> tuple[dict[int, str], dict[int, Place], Turns]:
    keys: dict[int, str] = {}
    places: dict[int, Place] = {}
    turns: Turns = {}
    rows = session.execute(
        select(
            WorklistItem.image_id,
            unique_name(Image),
            WorklistItem.position,
            WorklistItem.named_list_id,
            WorklistItem.turn,
            WorklistItem.done,
        )
        .join(Image, Image.id == WorklistItem.image_id)
        .where(WorklistItem.worklist == worklist)
    )
    for image_id, key, position, named, turn, done in rows:
        keys[image_id], places[image_id] = key, (position, named)
        turns.setdefault(image_id, {})[turn] = done
    return keys, places, turns


def _beyond_the_plan(session: Session, worklist: str) -> set[tuple[int, int]]:
    """Return the reads that an admin asked for one by one (`app.worklists.rereads`)."""
    asked = select(WorklistItem.image_id, WorklistItem.turn).where(
        WorklistItem.worklist == worklist, WorklistItem.reread != ""
    )
    return {(image_id, turn) for image_id, turn in session.execute(asked)}


def _take_off(session: Session, worklist: str, reads: list[tuple[int, int]]) -> None:
    """Take reads off a worklist that nobody has in hands or has made meanwhile."""
    in_hands = exists().where(
        Lease.image_id == WorklistItem.image_id,
        Lease.turn == WorklistItem.turn,
        Lease.worklist == worklist,
    )
    by_turn: dict[int, list[int]] = {}
    for image_id, turn in reads:
        by_turn.setdefault(turn, []).append(image_id)
    for turn, images in by_turn.items():
        for first in range(0, len(images), BATCH):
            session.execute(
                delete(WorklistItem)
                .where(
                    WorklistItem.worklist == worklist,
                    WorklistItem.turn == turn,
                    WorklistItem.image_id.in_(images[first : first + BATCH]),
                    WorklistItem.done.is_(False),
                    ~in_hands,
                )
                .execution_options(synchronize_session=False)
            )
