"""A film in, what the promoted classifier says of it out: nothing of it is kept."""

import asyncio
import time
from typing import Annotated, Literal

from fastapi import APIRouter, Query, Request
from fastapi.concurrency import run_in_threadpool

from app import errors
from app.classification import rules
from app.classification.answers import Classified
from app.classification.sent_films import SentFilm
from app.db import engine
from app.dependencies import CurrentAdmin, CurrentSettings, Database

api = APIRouter(prefix="/api/v1", tags=["classification"])

ANY_SIZE = 2**62
"""Instead of the limit for other requests; a film's own limit is a setting."""
LOOK_SECONDS = 0.2
BODY = {
    "required": True,
    "content": {
        kind: {"schema": {"type": "string", "format": "binary"}}
        for kind in ("application/dicom", "image/png", "image/jpeg")
    },
}


@api.post("/classify", max_body_size=ANY_SIZE, openapi_extra={"requestBody": BODY})
async def classify(
    request: Request,
    database: Database,
    settings: CurrentSettings,
    user: CurrentAdmin,
    laterality: Annotated[
        Literal["L", "R", "B"] | None,
        Query(description="Which knee it is, where the file does not say; `B` for both."),
    ] = None,
) -> Classified:
    """Say what the promoted classifier makes of one film: a DICOM, PNG or JPEG file as the body.

    A worker decodes it as it would at import. Nothing of it is kept.
    """
    await run_in_threadpool(_require_possible, database)
    with SentFilm(settings) as film:
        async for chunk in request.stream():
            await run_in_threadpool(film.write, chunk)
        digest = await run_in_threadpool(film.finish)
        number = await run_in_threadpool(_ask, database, user.id, film.name, laterality or "")
        return await _answer(database, number, digest)


async def _answer(database: engine.Database, number: int, digest: str) -> Classified:
    until = time.monotonic() + rules.PATIENCE.total_seconds()
    while time.monotonic() < until:
        if await run_in_threadpool(_is_done, database, number):
            return await run_in_threadpool(_take, database, number, digest)
        await asyncio.sleep(LOOK_SECONDS)
    raise await run_in_threadpool(_give_up, database, number)


def _require_possible(database: engine.Database) -> None:
    with engine.read_only(database) as session:
        rules.require_possible(session)


def _ask(database: engine.Database, user_id: int, file: str, laterality: str) -> int:
    with database.begin() as session:
        return rules.ask(session, user_id, file, laterality)


def _is_done(database: engine.Database, number: int) -> bool:
    with engine.read_only(database) as session:
        return rules.is_done(session, number)


def _take(database: engine.Database, number: int, digest: str) -> Classified:
    with database.begin() as session:
        said = rules.take(session, number, digest)
    if isinstance(said, errors.CondyleError):
        raise said
    return said


def _give_up(database: engine.Database, number: int) -> errors.Unavailable:
    with database.begin() as session:
        return rules.give_up(session, number)
