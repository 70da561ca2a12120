"""axe-core finds no serious issue on what `test_every_page.py` does not show it.

That is a large screen, dialogs and marked films.

axe-core is fetched by `make test` (docs/decisions/084-axe-core.md) and is not in what is served.
"""

import json
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest
from evaluation.samples import CLASSES, predictions, report_of
from playwright.sync_api import Browser, Page
from sqlalchemy import select
from support.reading_room import Room
from test_permissions import ADMIN, ANYONE, ROUTES

from app.db.archive import Image, Patient, Study
from app.db.learning import Evaluation, Lot, ModelVersion, PseudoLabel, Run, Sweep
from app.db.people import ApiToken, User
from app.db.tables import now
from app.evaluation.predictions import predictions_csv
from app.imaging.storage import Store
from app.settings import Settings

AXE = Path(__file__).parents[2] / "node_modules/axe-core/axe.min.js"
PARAMETERS = {
    "{worklist}": "seed",
    "{run_id}": "1",
    "{import_id}": "4",
    "{evaluation_id}": "1",
    "{image_id}": "1",
    "{class_id}": "2",
    "{token}": "none",
    "{document}": "reading",
}
LATER = datetime(2100, 1, 1, tzinfo=UTC)
OF_FILMS = ["/reading/{worklist}", "/review", "/review/grid/{class_id}", "/archive"]
"""A large screen changes the pages that show films."""


@pytest.fixture
def filled(room: Room, settings: Settings) -> Room:
    """The room with something on every page: lots, models, an evaluation, marked words."""
    with room.database.begin() as session:
        run = Run(
            kind="evaluate", status="failed", failure={"what": "It failed.", "where": "", "do": ""}
        )
        labeler = session.scalars(select(ModelVersion)).one()
        session.add_all([run, Run(id=4, kind="import", status="succeeded", finished_at=now())])
        session.flush()
        more = {"run_id": run.id, "method": "image", "recipe": {}, "training_digest": ""}
        models = [
            ModelVersion(role=role, folder=role, digest=role, **more)
            for role in ("baseline", "final")
        ]
        session.add_all(models)
        session.flush()
        labels, _patients, said = predictions(4)
        for patient in session.scalars(select(Patient)):
            patient.split = "validation"
        named = select(Image.key, Patient.key).join(Patient, Patient.id == Image.patient_id)
        keys = session.execute(named.order_by(Image.id).limit(4)).all()
        names = [CLASSES[label] for label in labels]
        table = predictions_csv(*zip(*keys, strict=True), names, CLASSES, said)
        report = report_of(*predictions()).as_json()
        session.add(
            Evaluation(
                run_id=run.id,
                baseline_id=models[0].id,
                final_id=models[1].id,
                report=report,
                predictions_digest=Store(settings.home / "store").put(table),
            )
        )
        sweep = session.scalars(select(Sweep)).one()
        sweep.selection = {
            "level": 0.04,
            "threshold": 0.9,
            "calibration_reads": 90,
            "calibration_wrong": 3,
            "accepted": 90,
            "needs_review": 5,
            "not_read": 2,
            "audit_reads": 59,
            "in_words": "90 of 95 pseudo-labels are accepted.",
            "tolerated_error": 0.05,
            "error_bound": 0.061,
            "whole_set": {"allowed": 1, "above": 0.8, "audit_confidence": 0.97},
        }
        labeler.doubtful = "A lot it was trained on failed."
        label = session.scalars(select(PseudoLabel)).first()
        label.words = {"class_id": room.classes[1], "marks": [[0, 5, False], [12, 16, True]]}
        label.words |= {"left_open": [[6, 7]], "left_out": [[8, 11]]}
        session.add(
            Lot(
                sweep_id=label.sweep_id,
                class_id=room.classes[1],
                size=90,
                sample_size=59,
                allowed_errors=0,
            )
        )
        for study in session.scalars(select(Study).join(Image, Image.study_id == Study.id)):
            study.report = "Joint space kept."
        named = {"reference": "0123456789abcdef", "name": "every night", "scopes": ["films"]}
        token = ApiToken(token_digest="", user_id=room.reader, expires_at=LATER, **named)
        session.add(token)
    return room


def serious(page: Page) -> list[str]:
    """What axe-core finds on a page that keeps somebody out, in words."""
    page.evaluate(AXE.read_text("utf-8"))
    found = page.evaluate(
        "async () => (await axe.run(document, { resultTypes: ['violations'] })).violations"
    )
    return [
        f"{each['id']}: {each['help']}: {each['nodes'][0]['html'][:160]}"
        for each in found
        if each["impact"] in ("serious", "critical")
    ]


def visit(room: Room, page: Page, pages: list[str]) -> Iterator[str]:
    """Open pages one after the other; those for anybody as somebody who has no log-in.

    Of the pages that are refused to the room's reader one is opened: it is the same refusal. An
    admin opens none that are for anybody: they know nobody, and were the same for the reader.
    """
    with room.database() as session:
        role = session.get_one(User, room.reader).role
    least = {path: ROUTES["GET", path] for path in pages}
    open_to_all = [path for path in pages if least[path] == ANYONE]
    refused = [path for path in pages if least[path] == ADMIN and role != ADMIN]
    granted = [path for path in pages if path not in open_to_all + refused]
    for path in [*(open_to_all if role != ADMIN else ()), *granted, *refused[:1]]:
        if path not in open_to_all:
            room.log_in(page)
        for name, value in PARAMETERS.items():
            path = path.replace(name, value)
        page.goto(room.server.url + path)
        yield path


def at_rest(page: Page) -> None:
    page.wait_for_load_state("load")
    page.wait_for_function(
        "() => !document.querySelector('.sending') && document.getAnimations().length === 0"
    )


@pytest.mark.parametrize("role", ["reader", "admin"])
def test_no_large_page_keeps_anybody_out(filled: Room, browser: Browser, role: str):
    with filled.database.begin() as session:
        session.get_one(User, filled.reader).role = role
    found: dict[str, list[str]] = {}
    portrait = {"width": 2160, "height": 3840}
    with closing(browser.new_context(bypass_csp=True, viewport=portrait)) as context:
        page = context.new_page()
        for path in visit(filled, page, OF_FILMS):
            at_rest(page)
            if issues := serious(page):
                found[path] = issues
    assert not found, json.dumps(found, indent=1)


def test_dialogs_and_marked_films_keep_nobody_out_either(filled: Room, browser: Browser):
    with closing(browser.new_context(bypass_csp=True)) as context:
        page = context.new_page()
        filled.open(page, "/review")
        page.keyboard.press("?")
        page.get_by_role("dialog").wait_for()
        assert serious(page) == []
        page.goto(f"{filled.server.url}/review?site=Rome&why=unsure")
        at_rest(page)
        page.keyboard.press("/")
        assert serious(page) == []
        page.goto(f"{filled.server.url}/review/grid/{filled.classes[1]}")
        at_rest(page)
        page.keyboard.press("Space")
        page.keyboard.press("ArrowRight")
        page.keyboard.press("1")
        assert serious(page) == []
