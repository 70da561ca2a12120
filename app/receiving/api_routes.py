"""What the page of arrived films does, for programs."""

from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Query, Response
from pydantic import BaseModel, ConfigDict, Field

from app.db.engine import read_only
from app.db.tables import Id
from app.dependencies import CurrentAdmin, CurrentSettings, Database, Figures
from app.receiving import importing, on_arrival, rules, tallies
from app.receiving.on_arrival import Chosen
from app.receiving.place import Place
from app.runs.parameters import ImportParameters
from app.runs.results import ImportResult
from app.runs.states import RunState, state_of

api = APIRouter(prefix="/api/v1", tags=["arrivals"])
MOST = 500
"""Films of one page at most."""


class Arrivals(BaseModel):
    """How many films are on their way into the archive."""

    waiting: int
    importing: int
    put_aside: int
    bytes: int = Field(description="On the disk, of all of them.")
    import_run: int | None = Field(description="The import that is queued or running.")
    stopped_by: int | None = Field(
        description="The last import, where it did not succeed: then none starts by itself."
    )


class ArrivalSettings(BaseModel):
    """What is done with films as they arrive."""

    import_them: bool = Field(description="They are imported without a person's word.")
    read_them: bool = Field(description="The promoted models read them once they are imported.")
    audit_share: float = Field(ge=0, le=1, description="Share that is drawn and read blind.")


class ReadOnArrival(BaseModel):
    """What was read on arrival into the latest sweep, and what became of it."""

    model_config = ConfigDict(from_attributes=True)

    read: int
    reviews: int
    conflicting: int
    differs: int
    unsure: int
    held_back: int
    drawn: int
    audited: int
    wrong: int = Field(description="Of those that were audited.")


class Overview(BaseModel):
    """Films on their way, what is done with them, and what was read."""

    films: Arrivals
    settings: ArrivalSettings
    read: ReadOnArrival | None = Field(
        description="Null while a large archive is counted for the first time: ask again."
    )
    missing: list[str] = Field(description="What must be done before anything is read on arrival.")
    last_reading: int | None = Field(description="The last run that read films on arrival.")


class FilmPutAside(BaseModel):
    """A film whose SOP Instance UID another has, too."""

    model_config = ConfigDict(from_attributes=True)

    id: int
    arrived_at: datetime
    calling: str = Field(description="AE title of the sender.")
    address: str
    size: int = Field(description="In bytes.")


class FilmsPutAside(BaseModel):
    """A page of films that were put aside, the newest first."""

    films: list[FilmPutAside]
    next: int | None = Field(description="`before` of the next page; null on the last.")


class PageOfFilms(BaseModel):
    """Where a page begins, and how long it is."""

    model_config = ConfigDict(extra="forbid")

    before: Id | None = Field(None, description="`next` of the page before.")
    limit: int = Field(100, ge=1, le=MOST)


class Tally(BaseModel):
    """How often one sender did one thing, or was refused for one reason."""

    model_config = ConfigDict(from_attributes=True)

    calling: str
    called: str
    address: str
    what: str = Field(description=f"One of {', '.join(tallies.WORDS)}.")
    count: int
    last_at: datetime


@api.get("/arrivals")
def get_arrivals(database: Database, figures: Figures, user: CurrentAdmin) -> Overview:
    """Say what has arrived over DICOM, what is done with it, and what was read on arrival."""
    with read_only(database) as session:
        films, reading = rules.standing(session), on_arrival.standing(session)
        alone, stopped = rules.imported_by_themselves(session), importing.stopped_by(session)
        active = importing.active(session)
        found = figures.show(session, "read on arrival", on_arrival.found).value
    return Overview(
        films=Arrivals(
            waiting=films.waiting,
            importing=films.importing,
            put_aside=films.put_aside,
            bytes=films.size,
            import_run=active,
            stopped_by=stopped.id if stopped else None,
        ),
        settings=ArrivalSettings(
            import_them=alone, read_them=reading.on, audit_share=reading.audit_share
        ),
        read=ReadOnArrival.model_validate(found) if found else None,
        missing=reading.missing,
        last_reading=reading.last.id if reading.last else None,
    )


@api.put("/arrivals/settings")
def put_settings(
    database: Database, user: CurrentAdmin, wanted: ArrivalSettings
) -> ArrivalSettings:
    """Say whether films are imported, and read, as they arrive."""
    with database.begin() as session:
        rules.import_by_themselves(session, wanted.import_them, user.id)
        on_arrival.choose(session, Chosen(wanted.read_them, wanted.audit_share), user.id)
    return wanted


@api.post("/arrivals/import", status_code=201)
def start_import(
    database: Database, settings: CurrentSettings, user: CurrentAdmin
) -> RunState[ImportParameters, ImportResult]:
    """Start an import of the films that wait, the earliest 1,000 of them."""
    state: Any = state_of(importing.start_import(database, settings, user.id))
    return state


@api.get("/arrivals/put-aside")
def list_put_aside(
    database: Database, user: CurrentAdmin, asked: Annotated[PageOfFilms, Query()]
) -> FilmsPutAside:
    """List films that were put aside: another with the same SOP Instance UID had arrived."""
    with read_only(database) as session:
        films = rules.put_aside(session, asked.before, asked.limit + 1)
    shown = films[: asked.limit]
    return FilmsPutAside(
        films=[FilmPutAside.model_validate(film) for film in shown],
        next=shown[-1].id if len(films) > len(shown) else None,
    )


@api.post("/arrivals/put-aside/{film_id}/let-in", status_code=204)
def let_in(database: Database, user: CurrentAdmin, film_id: Id) -> Response:
    """Let a film that was put aside wait for the next import, which compares it with the other."""
    with database.begin() as session:
        rules.let_in(session, film_id, user.id)
    return Response(status_code=204)


@api.delete("/arrivals/put-aside/{film_id}", status_code=204)
def remove(
    database: Database, settings: CurrentSettings, user: CurrentAdmin, film_id: Id
) -> Response:
    """Remove a film that was put aside."""
    with database.begin() as session:
        rules.throw_away(session, film_id, user.id, Place(settings.home))
    return Response(status_code=204)


@api.get("/arrivals/senders")
def list_senders(database: Database, user: CurrentAdmin) -> list[Tally]:
    """List what each sender did and was refused for, the latest first; 500 rows at most."""
    with read_only(database) as session:
        return [Tally.model_validate(each) for each in tallies.listed(session)]


@api.delete("/arrivals/senders", status_code=204)
def forget_counts(database: Database, user: CurrentAdmin) -> Response:
    """Begin to count anew what senders did."""
    with database.begin() as session:
        tallies.forget(session)
    return Response(status_code=204)
