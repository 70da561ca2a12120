"""Films that a person must look at before a reader does: held, then released or left out.

What is held is no image: it is in no worklist, count or export, whatever these ask for.
"""

from collections.abc import Collection, Sequence
from dataclasses import asdict, replace
from typing import Any

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from app import errors
from app.audit import record
from app.db.changes import changed_one
from app.db.clock import moment
from app.db.privacy import HeldFilm
from app.imaging.knees import Region
from app.imports import rules
from app.imports.arrival import Arrival, NewRendition, Told
from app.imports.masking import Known, masked
from app.imports.persons import Claim
from app.pacs import references
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


def see_again(
    session: Session, run_id: int, source_digest: str, claim: Claim | None, told: Told, key: bytes
) -> None:
    """Take what is said of a film that is held, as `rules.see_again` does of a registered one.

    Args:
        session: an open unit of work.
        run_id: the import that says so.
        source_digest: the file.
        claim: whose it is said to be now; None where nothing is said.
        told: the `site` and the `report` named with it.
        key: the installation's.

    Raises:
        errors.Refused: a manifest says that the film is of somebody else; nothing was written.
    """
    film = session.scalar(
        select(HeldFilm)
        .where(HeldFilm.source_digest == source_digest, HeldFilm.state == "held")
        .with_for_update()
    )
    if film is None or film.arrivals is None:
        return
    kept = film.arrivals[0]
    if claim and _is_of_another(kept["claim"], claim):
        raise errors.Refused(
            f"Held film {film.id} is the same film and is another patient's.",
            f"held film {film.id}",
            "Find out whose it is, and correct its patient_id in the manifest.",
        )
    more: dict[str, Any] = {}
    if told.site and not kept["site"]:
        more["site"] = told.site
        if claim and claim.manifest and kept["claim"]["manifest"]:
            more["claim"] = _claim_as_json(claim)
    text = masked(told.report, Known(kept["names"], key))
    later = kept.get("later", [])
    if text and text not in {kept["report"], *(said for _, said in later)}:
        more["later"] = [*later, [run_id, text]]
    film.arrivals = [{**arrival, **more} for arrival in film.arrivals]
    session.flush()


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


def frames(film: HeldFilm, part: int) -> list[tuple[float, float, float, float]]:
    """Return where text was found, on the rendition that `shown_file` names.

    Args:
        film: it is held.
        part: as there.

    Returns:
        Left, top, width and height as shares of that rendition; what lies beside a knee's region
        lies beyond 0 to 1.
    """
    assert film.arrivals is not None
    arrival = film.arrivals[part]
    viewer = next(NewRendition(**r) for r in arrival["renditions"] if r["kind"] == "viewer")
    shown = Region(
        **(
            arrival["region"]
            or {"left": 0, "top": 0, "right": viewer.width, "bottom": viewer.height}
        )
    )
    across, down = shown.right - shown.left, shown.bottom - shown.top
    return [
        (
            (left * viewer.width - shown.left) / across,
            (top * viewer.height - shown.top) / down,
            width * viewer.width / across,
            height * viewer.height / down,
        )
        for left, top, width, height in film.places
    ]


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
    film = session.get(HeldFilm, film_id, with_for_update=True)
    arrivals = film.arrivals if film else None
    _decide(session, film_id, user_id, "released")
    assert film is not None
    for kept in arrivals or ():
        arrival = _from_json(kept)
        rules.register(session, film.run_id, arrival, key)
        for run_id, text in kept.get("later", ()):
            told = replace(arrival, report=text, site="")
            rules.see_again(session, run_id, film.source_digest, None, told, key)


def leave_out(session: Session, film_id: int, user_id: int) -> None:
    """Leave a held film out of the archive for good.

    Raises:
        errors.Conflict: somebody has decided on it meanwhile.
    """
    _decide(session, film_id, user_id, "left_out")
    references.forget_unused(session, [session.get_one(HeldFilm, film_id).source_digest])


def _decide(session: Session, film_id: int, user_id: int, state: str) -> None:
    held = update(HeldFilm).where(HeldFilm.id == film_id, HeldFilm.state == "held")
    decided = {"decided_by": user_id, "decided_at": moment(session), "arrivals": None}
    if not changed_one(session, held.values(state=state, **decided)):
        raise _not_held()
    record(session, user_id, state.replace("_", " "), f"held film {film_id}")


def _is_of_another(kept: dict[str, Any], claim: Claim) -> bool:
    """Whether two manifests name the patient of one film by different numbers, or sites."""
    named = kept["manifest"] and claim.manifest and not (kept["nameless"] or claim.nameless)
    other_site = kept["site"] and claim.site and kept["site"] != claim.site
    return bool(named and (other_site or kept["number"] != claim.number))


def _not_held() -> errors.Conflict:
    return errors.Conflict(
        _("This film is not held any more."), _("held film"), _("Reload the page.")
    )


def _as_json(arrival: Arrival, key: bytes) -> dict[str, Any]:
    return {
        **asdict(arrival),
        "report": masked(arrival.report, Known(arrival.names, key)),
        "claim": _claim_as_json(arrival.claim),
        "names": sorted(arrival.names),
        "renditions": [asdict(rendition) for rendition in arrival.renditions],
    }


def _claim_as_json(claim: Claim) -> dict[str, Any]:
    return asdict(claim) | {"continues": sorted(claim.continues)}


def _from_json(kept: dict[str, Any]) -> Arrival:
    renditions = [NewRendition(**rendition) for rendition in kept["renditions"]]
    claim = Claim(**{**kept["claim"], "continues": frozenset(kept["claim"]["continues"])})
    region = kept["region"] and Region(**kept["region"])
    kept = {name: value for name, value in kept.items() if name != "later"}
    return Arrival(**{**kept, "claim": claim, "region": region, "renditions": renditions})
