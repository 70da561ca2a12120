"""The worst errors of an evaluation for the PACS: a selection for each study, into the outbox.

The outbox is rows. Whoever sends what is in it writes the Key Object Selections; here nothing of a
film is read, and no name of the PACS is opened.
"""

import hashlib
import json
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import exists, insert, select, update
from sqlalchemy.orm import Session

from app import errors
from app.audit import record
from app.db.changes import changed_one
from app.db.people import User
from app.db.upsert import insert_into
from app.db.write_back import OutgoingSelection, SelectedFilm
from app.evaluation.read_predictions import Predictions
from app.evaluation.worst_errors import WorstError, still_errors, worst_errors
from app.outgoing import tries
from app.pacs import references
from app.settings import Settings
from app.texts import _

MOST = 20
"""Films that are sent of an evaluation, where nobody says how many."""


@dataclass(frozen=True)
class Selected:
    """What was asked for.

    Attributes:
        films: how many films it is of.
        selections: how many studies these are of.
        added: how many selections were not in the outbox.
    """

    films: int
    selections: int
    added: int


@dataclass(frozen=True)
class Sendable:
    """What asking would bring.

    Attributes:
        films: how many films would be sent.
        why_not: why none can be, in words; empty where they can.
        of_another_key: how many more could be if their references opened with the present key.
    """

    films: int
    why_not: str
    of_another_key: int = 0


def is_on(settings: Settings) -> bool:
    """Whether something was set so that the PACS is told of anything."""
    return bool(settings.write_back_key or settings.write_back_to)


def sendable(session: Session, settings: Settings, predictions: Predictions, of: int) -> Sendable:
    """Say what can be sent of an evaluation's worst errors.

    Args:
        session: an open unit of work.
        settings: which say whether there is a PACS.
        predictions: of the evaluation.
        of: its number.
    """
    if lacking := _lacking(settings):
        return Sendable(0, lacking)
    worst = worst_errors(session, predictions, MOST, references.present_key(session))
    why_not = ""
    if not worst.errors:
        why_not = _no_film()
    elif all(_is_there(session, of, each) for each in _by_study(worst.errors)):
        why_not = _("They are in the outbox already.")
    return Sendable(len(worst.errors), why_not, worst.of_another_key)


def choose(
    session: Session, settings: Settings, predictions: Predictions, of: int, most: int
) -> Sequence[WorstError]:
    """Return an evaluation's worst errors, which can be put into the outbox.

    Args:
        session: an open unit of work, which need not write.
        settings: which say whether there is a PACS.
        predictions: of the evaluation.
        of: its number.
        most: films at most.

    Raises:
        errors.Conflict: there is no PACS, or no film that it may be told of.
    """
    if lacking := _lacking(settings):
        raise errors.Conflict(_("Nothing can be sent to a PACS."), _where(of), lacking)
    worst = worst_errors(session, predictions, most, references.present_key(session))
    if not worst.errors:
        raise errors.Conflict(_("There is no film to send."), _where(of), _no_film())
    return worst.errors


def put(session: Session, of: int, chosen: Sequence[WorstError], by: User) -> Selected:
    """Put errors into the outbox; what is there already is not put twice.

    What is no error any more since it was chosen is left out.

    Args:
        session: an open unit of work.
        of: number of the evaluation.
        chosen: as `choose` has returned them, before this unit of work.
        by: the admin who asks.

    Raises:
        errors.Conflict: none of them is an error any more that the PACS may be told of.
    """
    found = still_errors(session, chosen)
    if not found:
        raise errors.Conflict(_("There is no film to send."), _where(of), _no_film())
    studies = _by_study(found)
    added = sum(_put(session, of, each) for each in studies)
    if added:
        about = {"films": len(found), "selections": added}
        record(session, by, "select worst errors", f"evaluation {of}", **about)
    return Selected(len(found), len(studies), added)


def _where(of: int) -> str:
    return _("evaluation {number}", number=of)


def _lacking(settings: Settings) -> str:
    """Return which setting is missing, in words; empty where none is."""
    if not settings.write_back_key:
        return _(
            "It is not kept what films are called in the PACS. Whoever runs Condyle sets "
            "CONDYLE_WRITE_BACK_KEY."
        )
    if not settings.write_back_to:
        return _("No PACS is set. Whoever runs Condyle names it in CONDYLE_WRITE_BACK_TO.")
    return ""


def _no_film() -> str:
    return _(
        "Of the films that the final classifier got wrong, each has another label by now, is still "
        "to be read, or is not known in the PACS."
    )


def _by_study(found: Sequence[WorstError]) -> list[list[WorstError]]:
    studies = defaultdict[int, list[WorstError]](list)
    for error in found:
        studies[error.study_id].append(error)
    return list(studies.values())


def _digest(selected: Sequence[WorstError]) -> str:
    """Return what tells a selection of an evaluation from others: its films and their labels."""
    facts = sorted((error.image_id, error.class_id) for error in selected)
    return hashlib.sha256(json.dumps(facts).encode()).hexdigest()


def _is_there(session: Session, of: int, selected: Sequence[WorstError]) -> bool:
    same = OutgoingSelection.evaluation_id == of, OutgoingSelection.digest == _digest(selected)
    there = exists().where(*same, OutgoingSelection.status != "outdated")
    return bool(session.scalar(select(there)))


def _put(session: Session, of: int, selected: Sequence[WorstError]) -> bool:
    """Put a selection into the outbox; say whether it was not there, or was outdated."""
    named = {"evaluation_id": of, "digest": _digest(selected)}
    row = insert_into(session.get_bind().dialect.name, OutgoingSelection)
    new = row.values(**named, films=len(selected)).on_conflict_do_nothing()
    number = session.scalar(new.returning(OutgoingSelection.id))
    if number is None:
        outdated = update(OutgoingSelection).filter_by(**named, status="outdated")
        return changed_one(session, outdated.values(tries.ANEW))
    films = [
        {
            "selection_id": number,
            "image_id": error.image_id,
            "position": position,
            "class_id": error.class_id,
            "label": error.label,
            "said": error.said,
            "confidence": error.confidence,
        }
        for position, error in enumerate(selected, 1)
    ]
    session.execute(insert(SelectedFilm), films)
    return True
