"""Practising: a reader's page, desk and scores; nothing here adds an annotation."""

from typing import Annotated

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse
from pydantic import BaseModel, Field
from sqlalchemy.orm import Session

from app.db.clock import moment
from app.db.engine import read_only
from app.db.people import User
from app.db.tables import IdInJson
from app.dependencies import CurrentReader, Database, render
from app.labels.classes import classes
from app.labels.guideline_versions import newest_version
from app.practice import attempts, scores
from app.practice.drift import drift
from app.practice.films import askable, terms

pages = APIRouter(include_in_schema=False)
api = APIRouter(prefix="/api/v1", tags=["reading"])


class Said(BaseModel):
    """What a reader says of a film; `class_id` null: it can carry no label."""

    image_id: IdInJson
    class_id: IdInJson | None
    milliseconds: Annotated[int | None, Field(ge=0, le=2**31 - 1, strict=True)] = None


class Standing(BaseModel):
    """How the reader stands."""

    films: int
    """That are asked now."""
    needed: int | None
    """Right answers that it takes to pass; null where nobody passes or fails."""
    required: bool
    """Whether the seed set is closed to this reader until they have passed."""
    scores: list[scores.Score]
    """The latest first."""


@pages.get("/practice")
def practice_page(request: Request, database: Database, reader: CurrentReader) -> HTMLResponse:
    """Draw how the reader has done, with the way to the desk."""
    with read_only(database) as session:
        standing = _standing(session, reader)
        attempt = attempts.latest(session, reader.id)
        wrong = scores.wrong_answers(session, standing.scores[0].attempt) if standing.scores else []
        months = drift(session, reader.id)
    return render(
        request,
        "practice/practice.html",
        reader,
        standing=standing,
        under_way=attempt is not None and attempt.ended_at is None,
        wrong=wrong,
        months=months,
    )


@pages.get("/practice/desk")
def practice_desk(request: Request, database: Database, reader: CurrentReader) -> HTMLResponse:
    """Draw the desk on which films are practised on."""
    with read_only(database) as session:
        label_set, guideline = classes(session), newest_version(session)
    return render(
        request,
        "practice/desk.html",
        reader,
        classes=label_set,
        guideline=guideline,
        longest_note=1,
    )


@api.get("/practice")
def practice(database: Database, reader: CurrentReader) -> Standing:
    """Return how the reader has done on the practice set."""
    with read_only(database) as session:
        return _standing(session, reader)


@api.post("/practice/next")
def next_film(database: Database, reader: CurrentReader) -> attempts.NextFilm:
    """Return the film to practise on next; begin an attempt where none is open."""
    with database.begin() as session:
        return attempts.next_film(session, reader.id)


@api.post("/practice/answers", status_code=201)
def answer(database: Database, reader: CurrentReader, said: Said) -> attempts.Verdict:
    """Keep the first answer of a film in this attempt, and say what is known of the film."""
    with database.begin() as session:
        now = moment(session)
        return attempts.answer(
            session, reader.id, said.image_id, said.class_id, now, said.milliseconds
        )


def _standing(session: Session, reader: User) -> Standing:
    asked = terms(session)
    return Standing(
        films=len(askable(session)),
        needed=asked.needed,
        required=scores.must_practise(session, reader),
        scores=scores.scores(session, reader.id),
    )
