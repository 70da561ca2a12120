"""Films that a person must look at before a reader does: held, then released or left out.

What is held is no image: it is in no worklist, count or export, whatever these ask for.
"""

from collections.abc import Collection, Sequence
from dataclasses import asdict
from typing import Any

from sqlalchemy import CursorResult, func, select, update
from sqlalchemy.orm import Session

from app import errors
from app.audit import record
from app.db.privacy import HeldFilm
from app.db.tables import now
from app.imaging.knees import Region
from app.imports import rules
from app.imports.arrival import Arrival, NewRendition
from app.imports.masking import Known, masked
from app.imports.persons import Claim
from app.texts import _

SHOWN = 60
"""Films on one page."""


def hold(
    session: Session,
    run_id: int,
    knees: Sequence[Arrival],
    reasons: Sequence[str],
    places: Sequence[Sequence[float]],
    key: bytes,
) -> None:
    """Keep a film from readers until somebody has looked at it.

    Args:
        session: an open unit of work.
        run_id: the import.
        knees: the film, or each knee of a film of both, whose files are in the store; the report is
            masked before it is kept.
        reasons: see `app.db.privacy.HeldFilm`.
        places: likewise.
        key: the installation's.
    """
    session.add(
        HeldFilm(
            run_id=run_id,
            source_digest=knees[0].source_digest,
            reasons=list(reasons),
            places=[list(place) for place in places],
            arrivals=[_as_json(knee, key) for knee in knees],
        )
    )
    session.flush()


def known(session: Session, digests: Collection[str]) -> set[str]:
    """Return which of some source files are held, or were decided on."""
    found = select(HeldFilm.source_digest).where(HeldFilm.source_digest.in_(digests))
    return set(session.scalars(found))


def of_run(session: Session, run_id: int) -> int:
    """Return how many films an import has held."""
    counted = select(func.count(HeldFilm.id)).where(HeldFilm.run_id == run_id)
    return session.scalar(counted) or 0


def waiting(session: Session) -> tuple[Sequence[HeldFilm], int]:
    """Return the films that wait the longest, `SHOWN` at most, and how many wait in all."""
    held = select(HeldFilm).where(HeldFilm.state == "held")
    count = session.scalar(select(func.count()).select_from(held.subquery())) or 0
    return session.scalars(held.order_by(HeldFilm.id).limit(SHOWN)).all(), count


def shown_file(session: Session, film_id: int, part: int) -> str:
    """Return the digest of the rendition by which a held film, or one knee of it, is looked at.

    Args:
        session: an open unit of work.
        film_id: the film.
        part: 0; or 1 for the other knee of a film of both.

    Raises:
        errors.Conflict: it is not held, or has no such part.
    """
    arrivals = session.scalar(
        select(HeldFilm.arrivals).where(HeldFilm.id == film_id, HeldFilm.state == "held")
    )
    if arrivals is None or part >= len(arrivals):
        raise _not_held()
    return next(one["digest"] for one in arrivals[part]["renditions"] if one["kind"] == "model")


def release(session: Session, film_id: int, user_id: int, key: bytes) -> None:
    """Make an image of a held film: it shows nobody's name.

    Args:
        session: an open unit of work.
        film_id: the film.
        user_id: who looked at it.
        key: the installation's.

    Raises:
        errors.Conflict: somebody has decided on it meanwhile.
        errors.Refused: it is unclear whose the film is, or another has its name; it stays held.
    """
    film = session.get(HeldFilm, film_id)
    arrivals = film.arrivals if film else None
    _decide(session, film_id, user_id, "released")
    assert film is not None
    for kept in arrivals or ():
        rules.register(session, film.run_id, _from_json(kept), key)


def leave_out(session: Session, film_id: int, user_id: int) -> None:
    """Leave a held film out of the archive for good.

    Raises:
        errors.Conflict: somebody has decided on it meanwhile.
    """
    _decide(session, film_id, user_id, "left_out")


def _decide(session: Session, film_id: int, user_id: int, state: str) -> None:
    decided = session.execute(
        update(HeldFilm)
        .where(HeldFilm.id == film_id, HeldFilm.state == "held")
        .values(state=state, decided_by=user_id, decided_at=now(), arrivals=None),
        execution_options={"synchronize_session": False},
    )
    assert isinstance(decided, CursorResult)
    if not decided.rowcount:
        raise _not_held()
    record(session, user_id, state.replace("_", " "), f"held film {film_id}")


def _not_held() -> errors.Conflict:
    return errors.Conflict(
        _("This film is not held any more."), _("held film"), _("Reload the page.")
    )


def _as_json(arrival: Arrival, key: bytes) -> dict[str, Any]:
    return {
        **asdict(arrival),
        "report": masked(arrival.report, Known(arrival.names, key)),
        "claim": asdict(arrival.claim) | {"continues": sorted(arrival.claim.continues)},
        "names": sorted(arrival.names),
        "renditions": [asdict(rendition) for rendition in arrival.renditions],
    }


def _from_json(kept: dict[str, Any]) -> Arrival:
    renditions = [NewRendition(**rendition) for rendition in kept["renditions"]]
    claim = Claim(**{**kept["claim"], "continues": frozenset(kept["claim"]["continues"])})
    region = kept["region"] and Region(**kept["region"])
    return Arrival(**{**kept, "claim": claim, "region": region, "renditions": renditions})
