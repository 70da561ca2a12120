"""Key Object Selections in somebody's hands: which is taken, and how it is written."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from pydicom.dataset import Dataset
from sqlalchemy import exists, select, update
from sqlalchemy.orm import Session

from app import errors
from app.db.archive import Image
from app.db.changes import changed
from app.db.learning import Evaluation, ModelVersion
from app.db.write_back import OutgoingSelection, PacsReference, SelectedFilm
from app.evaluation.worst_errors import WorstError
from app.outbox.claiming import Claimed, Mailbag, put_back, take
from app.outbox.due import SELECTIONS
from app.pacs.seal import Seal
from app.write_back.key_objects import Classifier, key_objects, uid_of


@dataclass(frozen=True)
class ClaimedSelection(Claimed):
    """A selection in somebody's hands.

    Attributes:
        evaluation_id: whose errors.
        at: when that was made.
        classifier: the one that erred.
        wrong: the films; None where what one is called in the PACS is not known any more.
    """

    evaluation_id: int
    at: datetime
    classifier: Classifier
    wrong: Sequence[WorstError] | None

    def event(self) -> tuple[str, str]:
        """Return what the audit log says when the PACS has it."""
        return "send key object selection", f"evaluation {self.evaluation_id}"

    def written(self, seal: Seal, key: bytes) -> Dataset:
        """Return the selection.

        Raises:
            errors.Refused: what a film is called in the PACS cannot be read.
            ValueError: its films are of several studies there.
        """
        if self.wrong is None:
            raise errors.Refused("It is not known what a film is called in the PACS.")
        films = [(each, seal.opened(each.source_digest, each.sealed)) for each in self.wrong]
        (selection,) = key_objects(self.evaluation_id, self.at, self.classifier, films, key)
        return selection


def claim(session: Session, bag: Mailbag) -> ClaimedSelection | None:
    """Take the selection that has been due for the longest, for one try; None where none is."""
    table = OutgoingSelection
    while (row := take(session, SELECTIONS, bag, table.evaluation_id, table.films)) is not None:
        if session.scalar(select(exists().where(table.id == row.id, *SELECTIONS.may_go()))):
            return _claimed(session, bag, row)
        put_back(session, SELECTIONS, row.id)
    return None


def _claimed(session: Session, bag: Mailbag, row: Any) -> ClaimedSelection:
    table = OutgoingSelection
    number, attempts, evaluation_id, films = row
    of = session.get_one(Evaluation, evaluation_id)
    final = session.get_one(ModelVersion, of.final_id)
    wrong = _wrong(session, number, bag.key_name)
    if len(wrong) == films:
        uid = uid_of(of.id, wrong, bag.key)
        changed(session, update(table).where(table.id == number).values(uid=uid))
    mine = SELECTIONS, number, bag.owner, attempts
    known = wrong if len(wrong) == films else None
    return ClaimedSelection(*mine, of.id, of.created_at, (final.id, final.digest), known)


def _wrong(session: Session, number: int, key_name: str) -> list[WorstError]:
    """Return the films of a selection whose references a key opens."""
    query = (
        select(
            Image.id,
            Image.study_id,
            Image.source_digest,
            PacsReference.sealed,
            SelectedFilm.class_id,
            SelectedFilm.label,
            SelectedFilm.said,
            SelectedFilm.confidence,
        )
        .join(SelectedFilm, SelectedFilm.image_id == Image.id)
        .join(PacsReference, PacsReference.source_digest == Image.source_digest)
        .where(SelectedFilm.selection_id == number, PacsReference.key_name == key_name)
        .order_by(SelectedFilm.position)
    )
    return [WorstError(*row) for row in session.execute(query)]
