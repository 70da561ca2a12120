"""Worklists: what is to be read next, and what is said of it."""

from collections.abc import Sequence
from typing import Literal
from uuid import uuid4

from condyle_client import operations as ops
from condyle_client.answers import Class, Desk, DrawnSeed, Progress, Worklist
from condyle_client.connection import NOTHING, Connection
from condyle_client.sent import WorklistFilter

ReadWorklist = Literal["seed", "validation", "audit", "adjudication"]


class Worklists:
    """Worklists, reads and the review. Scope `reading`; to draw a seed set, `archive`.

    Each read is the token's person's own. Every answer is what is to be read next.
    """

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def classes(self) -> list[Class]:
        """Return the label set, retired classes too, in the order of its number keys."""
        return self._connection.ask(ops.LIST_CLASSES)

    def draw_seed(self, patients: int, rng: int = 0) -> DrawnSeed:
        """Draw seed patients at random, and put the validation split on its worklist.

        Args:
            patients: how many.
            rng: the seed of the draw.
        """
        return self._connection.ask(ops.DRAW_SEED, body={"patients": patients, "rng": rng})

    def progress(self, worklist: Worklist) -> Progress:
        """Return how many reads a worklist has, and how many this person made."""
        return self._connection.ask(ops.PROGRESS, {"worklist": worklist})

    def next(self, worklist: Worklist, wanted: WorklistFilter | None = None) -> Desk:
        """Take the next image of a worklist, for some minutes; one's own comes first.

        Args:
            worklist: which one.
            wanted: what to see of it; it holds for this answer, as with all that follow.
        """
        return self._connection.ask(ops.NEXT, {"worklist": worklist}, query=wanted or NOTHING)

    def read(
        self,
        worklist: ReadWorklist,
        image_id: int,
        class_id: int | None,
        *,
        reason: str | None = None,
        note: str = "",
        findings: Sequence[int] = (),
        whole_study: bool = False,
        milliseconds: int | None = None,
        wanted: WorklistFilter | None = None,
    ) -> Desk:
        """Say what an image in one's hands is.

        Args:
            worklist: on which it is read.
            image_id: the image of `Desk.item`.
            class_id: the class; None where it can carry none, for a `reason`.
            reason: why it can carry none.
            note: in words, for those who adjudicate.
            findings: by their ids.
            whole_study: the same for every other image of the study that is open to this person.
            milliseconds: how long it was looked at.
            wanted: see `next`.
        """
        body = {
            "worklist": worklist,
            "class_id": class_id,
            "reason": reason,
            "note": note,
            "findings": list(findings),
            "whole_study": whole_study,
            "milliseconds": milliseconds,
            "idempotency_key": _key(),
        }
        path = {"image_id": image_id}
        return self._connection.ask(ops.READ, path, query=wanted or NOTHING, body=body)

    def skip(self, worklist: Worklist, image_id: int, wanted: WorklistFilter | None = None) -> Desk:
        """Pass over an image: it comes again at the end."""
        return self._connection.ask(
            ops.SKIP,
            {"worklist": worklist},
            query=wanted or NOTHING,
            body={"image_id": image_id},
        )

    def undo(self, worklist: Worklist, wanted: WorklistFilter | None = None) -> Desk:
        """Take one's last decision on a worklist back; its image comes again."""
        return self._connection.ask(
            ops.UNDO,
            {"worklist": worklist},
            query=wanted or NOTHING,
            body={"idempotency_key": _key()},
        )

    def decide(
        self,
        pseudo_label_id: int,
        decision: Literal["approve", "correct", "reject"],
        class_id: int | None = None,
        *,
        milliseconds: int | None = None,
        wanted: WorklistFilter | None = None,
    ) -> Desk:
        """Decide on a pseudo-label in review.

        Args:
            pseudo_label_id: of `Item.suggestion`.
            decision: approve it, correct it, or reject the image as one that can carry no label.
            class_id: with `correct`, the class it has instead.
            milliseconds: how long it was looked at.
            wanted: see `next`.
        """
        body = {
            "decision": decision,
            "class_id": class_id,
            "milliseconds": milliseconds,
            "idempotency_key": _key(),
        }
        path = {"pseudo_label_id": pseudo_label_id}
        return self._connection.ask(ops.DECIDE, path, query=wanted or NOTHING, body=body)

    def read_blind(
        self,
        pseudo_label_id: int,
        class_id: int | None,
        *,
        milliseconds: int | None = None,
        wanted: WorklistFilter | None = None,
    ) -> Desk:
        """Say what an image is before its pseudo-label is shown; it comes again with it."""
        body = {
            "class_id": class_id,
            "milliseconds": milliseconds,
            "idempotency_key": _key(),
        }
        path = {"pseudo_label_id": pseudo_label_id}
        return self._connection.ask(ops.READ_BLIND, path, query=wanted or NOTHING, body=body)


def _key() -> str:
    """Return a name for one decision: sent twice, it is the same decision."""
    return uuid4().hex
