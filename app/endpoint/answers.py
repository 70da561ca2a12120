"""Answers of a language model that are kept, so that a question is asked once."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.db.clock import moment
from app.db.language_model import LanguageModelAnswer
from app.db.learning import PseudoLabel
from app.db.upsert import insert_into

KEYS_AT_ONCE = 1000


def known(session: Session, keys: Sequence[str]) -> dict[str, list[dict[str, Any]]]:
    """Return the answers that are kept, by key, asked in portions."""
    found: dict[str, list[dict[str, Any]]] = {}
    for start in range(0, len(keys), KEYS_AT_ONCE):
        some = LanguageModelAnswer.key.in_(keys[start : start + KEYS_AT_ONCE])
        query = select(LanguageModelAnswer.key, LanguageModelAnswer.verdicts).where(some)
        found.update({row.key: row.verdicts for row in session.execute(query)})
    return found


def keep(session: Session, key: str, verdicts: list[dict[str, Any]]) -> None:
    """Keep an answer; where another worker has kept one meanwhile, that one stays."""
    insert = insert_into(session.get_bind().dialect.name, LanguageModelAnswer)
    row = {"key": key, "verdicts": verdicts, "at": moment(session)}
    session.execute(insert.values(row).on_conflict_do_nothing())


def count(session: Session, sweep_id: int) -> dict[str, int]:
    """Count a sweep's films by what became of the question about their report."""
    asked = PseudoLabel.sweep_id == sweep_id, PseudoLabel.asked.is_not(None)
    query = select(PseudoLabel.asked, func.count()).where(*asked).group_by(PseudoLabel.asked)
    return {status or "": films for status, films in session.execute(query)}
