"""Answers are kept once, whichever worker was first, on every database."""

import pytest
from sqlalchemy.orm import Session

from app.endpoint import answers

SAID = [{"side": "left", "class_name": "normal", "certainty": "certain", "start": 0, "end": 4}]


def test_the_first_answer_to_a_question_stays(session: Session) -> None:
    answers.keep(session, "a", SAID)
    answers.keep(session, "a", [])
    answers.keep(session, "b", [])
    assert answers.known(session, ["a", "b", "c"]) == {"a": SAID, "b": []}


def test_any_number_of_questions_is_looked_up(
    session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(answers, "KEYS_AT_ONCE", 3)
    keys = [f"question {number}" for number in range(8)]
    for key in keys:
        answers.keep(session, key, SAID)
    assert set(answers.known(session, keys)) == set(keys)
    assert answers.known(session, []) == {}
