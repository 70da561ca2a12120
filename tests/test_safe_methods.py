"""Asking changes nothing: every GET leaves the database as it was, whoever asks and what for."""

import re
from datetime import timedelta
from typing import Any

import pytest
from fastapi.routing import iter_route_contexts
from sqlalchemy import select, update
from support.transactions import writing
from support.web import Web
from support.worklist_rows import add_classes, add_images, add_sweep, list_images

from app import log_ins, tokens
from app.accounts import rules as accounts
from app.db import Table
from app.db.archive import Image, Rendition
from app.db.engine import Database
from app.db.learning import PseudoLabel, Run, Sweep
from app.db.privacy import HeldFilm
from app.db.reading import Annotation
from app.db.tables import now
from app.imaging.storage import Store
from app.settings import Settings

NOTED = {
    "/archive",
    "/api/v1/images",
    "/api/v1/activity.csv",
    "/api/v1/export/{what}",
    "/api/v1/export/model/{run_id}",
    "/images/{image_id}/history",
    "/api/v1/images/{image_id}/history",
}
"""A download is noted in the audit trail, and that its reads, or an image's, are known to somebody
now: what was asked for is no more changed by it than by a log of requests (RFC 9110, 9.2.1). So is
that a page was refused to somebody."""
NOTES = ("audit_event", "audit_head", "sight")
NOT_THERE = {
    "/metrics",
    "/evaluations/{evaluation_id}",
    "/evaluations/{evaluation_id}/evaluation.html",
    "/api/v1/evaluations/{evaluation_id}",
    "/api/v1/evaluations/{evaluation_id}/predictions.csv",
    "/evaluations/{evaluation_id}/films",
    "/evaluations/{evaluation_id}/films/{image_id}",
    "/api/v1/export/model/{run_id}",
    "/api/v1/pseudo-labels/{pseudo_label_id}/attention",
    "/reads/{worklist}/{image_id}",
    "/api/v1/reads/{worklist}/{image_id}",
}
"""What this workspace has none of; asking for it must change nothing either."""


@pytest.fixture
def site(sqlite_database: Database, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Web:
    """A workspace in the middle of a round: something to read, to review and to look at.

    That a log-in or a token is in use is noted every minute; none of the minutes counts here.
    """
    monkeypatch.setattr(log_ins, "SEEN_EVERY", timedelta(days=1))
    monkeypatch.setattr(tokens, "SEEN_EVERY", timedelta(days=1))
    settings.home.mkdir(exist_ok=True)
    web = Web(sqlite_database, settings)
    store = Store(settings.home / "store")
    with sqlite_database.begin() as session:
        add_classes(session)
        images = add_images(session, 4)
        list_images(session, "seed", images[:2])
        list_images(session, "validation", images[:1])
        add_sweep(session, images[2:])
        figures = ("level", "accepted", "needs_review", "calibration_reads", "calibration_wrong")
        session.execute(update(Sweep).values(selection=dict.fromkeys(figures, 0.1)))
        session.add(Run(kind="import", status="succeeded"))
        session.flush()
        # The events of a run that has ended end too.
        session.execute(update(Run).values(finished_at=now()))
        for rendition in session.scalars(select(Rendition)):
            rendition.digest = store.put(f"a picture {rendition.id}".encode())
        sizes = {"width": 8, "height": 8, "bits": 8, "window_centre": 128, "window_width": 256}
        files = [
            {"kind": kind, "digest": store.put(b"a held film"), **sizes}
            for kind in ("model", "viewer")
        ]
        held = {"region": None, "renditions": files}
        run = session.scalars(select(Run.id)).first()
        session.add(HeldFilm(run_id=run, source_digest="d", reasons=["text"], arrivals=[held]))
    return web


def paths(web: Web) -> list[str]:
    """Every path that answers a GET, as it is declared."""
    return sorted(
        context.path
        for context in iter_route_contexts(web.app.routes)
        if "GET" in (getattr(context, "methods", None) or ())
    )


def values(web: Web) -> dict[str, list[str]]:
    """What there is to ask for, by the name of the path's parameter."""
    with web.database.begin() as session:
        _, token = accounts.add_person(session, "Invited", "reader")
        first = session.scalars(select(PseudoLabel)).first()
        digest = session.scalars(select(Rendition.digest).where(Rendition.kind == "model")).first()
        assert first is not None
        assert digest is not None
        return {
            "worklist": ["seed", "validation", "audit", "adjudication"],
            "what": ["labels", "reads", "pseudo-labels", "audit"],
            "image_id": [str(first.image_id), "1"],
            "pseudo_label_id": [str(first.id)],
            "class_id": [str(first.class_id)],
            "run_id": [str(session.scalars(select(Run.id)).first())],
            "import_id": [str(session.scalar(select(Run.id).where(Run.kind == "import")))],
            "evaluation_id": ["1"],
            "digest": [digest],
            "film_id": ["1"],
            "part": ["0"],
            "token": [token],
            "document": ["help"],
            "picture": ["loop.svg"],
        }


def rows(web: Web) -> dict[str, list[str]]:
    """Every row of every table."""
    with web.database() as session:
        return {
            table.name: sorted(str(tuple(row)) for row in session.execute(select(table)))
            for table in Table.metadata.sorted_tables
        }


def addresses(path: str, known: dict[str, list[str]]) -> list[str]:
    """A path with each of the values its parameters may have."""
    found = re.search(r"{(\w+)(:\w+)?}", path)
    if found is None:
        return [path]
    filled = (path.replace(found[0], value) for value in known[found[1]])
    return [address for each in filled for address in addresses(each, known)]


def test_no_get_changes_the_database_whoever_asks(site: Web) -> None:
    known = values(site)
    people: dict[str, Any] = {
        "admin": site.browser("Admin", "admin"),
        "reader": site.browser("Rosa"),
        "nobody": site.anonymous(),
    }
    asked = set()
    before = rows(site)
    for who, client in people.items():
        for path in paths(site):
            for address in addresses(path, known):
                status = client.get(address).status_code
                after = rows(site)
                if path in NOTED or status == 403:
                    assert set(before["audit_event"]) <= set(after["audit_event"])
                    before |= {table: after[table] for table in NOTES}
                assert after == before, (who, address)
                if who == "admin" and status < 400:
                    asked.add(path)
    assert asked == set(paths(site)) - NOT_THERE


def test_no_get_opens_a_transaction_that_writes_but_for_a_note_of_its_own(site: Web) -> None:
    known, reader = values(site), site.person("Ruth", "reader").id
    with site.database.begin() as session:
        image = session.scalars(select(Image.id)).first()
        label = {"class_id": 1, "worklist": "seed", "idempotency_key": "a key of its own"}
        session.add(Annotation(image_id=image, reader_id=reader, **label))
    people = (site.browser("Admin", "admin"), site.browser("Rosa"), site.anonymous())
    for client in people:
        for path in paths(site):
            for address in addresses(path, known):
                with writing(site.database) as transactions:
                    status = client.get(address).status_code
                assert not transactions or path in NOTED or status == 403, address
                assert len(transactions) < 2, address
                assert all(map(is_a_note, transactions)), address


def is_a_note(statements: list[str]) -> bool:
    """Whether a transaction did nothing but write down who has seen what."""
    writes = [each for each in statements if not each.startswith("SELECT")]
    return bool(writes) and all(any(table in each for table in NOTES) for each in writes)


def test_what_leases_is_no_get(site: Web) -> None:
    rosa = site.browser("Rosa")
    assert rosa.get("/api/v1/worklists/seed/next").status_code == 405
    assert rosa.get("/api/v1/grid/1/page").status_code == 405
    assert rosa.get("/review/grid/2").status_code == 200
    assert rows(site)["lease"] == []
