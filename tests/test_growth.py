"""An archive four times as large costs a page no more work; what must count it, four times.

SQLite counts the steps of its virtual machine, so the figure is the same on every machine. No
statistics are gathered before: a workspace that has just been filled has none.
"""

import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import pytest
from httpx import Response
from sqlalchemy import event, insert, select, text, update
from sqlalchemy.orm import Session
from support.web import Web
from test_safe_methods import addresses, paths

from app import figures
from app.accounts import work
from app.agreement import rules as agreement
from app.db.archive import Image, LabelClass
from app.db.arrivals import ArrivalRead
from app.db.engine import Database, open_database
from app.db.learning import ModelVersion, PseudoLabel, Run, Sweep
from app.db.reading import WorklistItem
from app.db.tables import now
from app.imaging.storage import Store
from app.imports import totals
from app.labels.decisions import Decision, Hold
from app.monitor.figures import figures as monitor
from app.overview import rules as overview
from app.reading import progress
from app.reading.rules import annotate
from app.settings import Settings
from app.worklists import seeds
from app.worklists.items import lease_next
from app.worklists.rules import standings

SMALL, LARGE = 4_000, 16_000
"""More of each worklist waits than is counted, and more reports than are looked through at once."""
AT_ONCE = 100
"""Steps that are counted together."""
NOTICED = 50
"""Hundreds of steps below which a page is not judged: they are spent on what does not grow."""
TOLERATED = 1.5
COUNTING = 1.25
"""Over the growth of the archive: sorting takes a little more than in proportion."""
NUMBERS = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < :count)"
FILL = (
    f"{NUMBERS} INSERT INTO patient (id, key, split)"
    " SELECT i, 'p' || i, CASE WHEN i % 5 <> 0 THEN 'development' ELSE 'validation' END FROM n",
    f"{NUMBERS} INSERT INTO study (id, patient_id, key, report) SELECT i, i, 's' || i,"
    " 'A normal knee, number ' || i FROM n",
    f"{NUMBERS} INSERT INTO image (id, study_id, patient_id, key, source_digest, stored_digest,"
    " laterality, view, width, height, details, imported_at)"
    " SELECT i, (i + 1) / 2, (i + 1) / 2, 'i' || i, 'a' || i, 'b' || i, 'L', 'AP', 2000, 2500,"
    " '{}', '2026-01-01 00:00:00+00:00' FROM n",
    f"{NUMBERS} INSERT INTO worklist_item (worklist, image_id, turn, position, done, calibration)"
    " SELECT 'seed', i, 1, i, i <= :count / 10, FALSE FROM n WHERE i <= :count / 2",
    f"{NUMBERS} INSERT INTO annotation (image_id, reader_id, worklist, turn, class_id, unusable,"
    " milliseconds, idempotency_key, at) SELECT i, 1, 'seed', 1, 1, FALSE, 4000, 'k' || i,"
    " '2026-01-01 00:00:00+00:00' FROM n WHERE i <= :count / 10",
    f"{NUMBERS} INSERT INTO reference_label (image_id, class_id, basis, at)"
    " SELECT i, 1, 'single_read', '2026-01-01 00:00:00+00:00' FROM n WHERE i <= :count / 10",
    f"{NUMBERS} INSERT INTO notification (user_id, topic, data, created_at)"
    " SELECT 1, 'lot.failed', '{\"lot\": 1}', '2026-01-01 00:00:00+00:00' FROM n",
)
Count = Callable[[], int]
FEW = "?limit=20"
SEARCHES = (
    "/archive?label=1&sort=disagreement",
    "/archive?predicted=1&confidence=95-100",
    "/archive?q=i5+p9",
    "/find-films?words=abnormal",
    "/find-films?words=normal",
    "/agreement?worklist=seed",
)
COUNTED: dict[str, Callable[[Session], object]] = {
    "the round": overview.standing,
    "the archive": totals.totals,
    "the worklists": standings,
    "agreement": agreement.agreement,
    "people": work.of_everybody,
    "double reading": agreement.progress,
    "the seed list": lambda session: progress.parts(session, "seed"),
    "review": lambda session: progress.parts(session, "review"),
    "the monitor": lambda session: monitor(session, Store(Path("nowhere"))),
}
"""What is counted beside a page where the archive is large."""


def swept(database: Database) -> None:
    """Give every film that is on no worklist a pseudo-label that waits for review."""
    with database.begin() as session:
        kinds = "train_labeler", "sweep"
        runs = [Run(kind=kind, status="succeeded", finished_at=now()) for kind in kinds]
        session.add_all(runs)
        session.flush()
        labeler = ModelVersion(
            role="labeler", method="text", run_id=runs[0].id, folder="", digest="", recipe={},
            training_digest="",
        )  # fmt: skip
        session.add(labeler)
        session.flush()
        figures = dict.fromkeys(("level", "accepted", "needs_review", "calibration_reads",
                                 "calibration_wrong"), 0)  # fmt: skip
        sweep = Sweep(run_id=runs[1].id, labeler_id=labeler.id, tolerated_error=0.05,
                      selection=figures, selected=True)  # fmt: skip
        session.add(sweep)
        session.flush()
        about = {"sweep_id": sweep.id, "class_id": 1, "probabilities": [1.0, 0.0],
                 "confidence": 1.0, "conflict": False}  # fmt: skip
        on_list = select(WorklistItem.image_id)
        images = session.scalars(select(Image.id).where(Image.id.not_in(on_list))).all()
        rows = [about | {"image_id": image, "review_order": n} for n, image in enumerate(images, 1)]
        session.execute(insert(PseudoLabel), rows)
        session.execute(update(PseudoLabel).values(arrived=PseudoLabel.image_id % 2 == 0))
        first = now() - timedelta(days=365)
        read = {"run_id": runs[1].id, "classifier_id": labeler.id, "class_id": 1, "drawn": False,
                "probabilities": [1.0, 0.0], "differs": False, "unsure": False}  # fmt: skip
        arrived = select(PseudoLabel.id, PseudoLabel.image_id).where(PseudoLabel.arrived)
        session.execute(
            insert(ArrivalRead),
            [
                read | {"pseudo_label_id": one, "image_id": image, "drawn": number % 20 == 0,
                        "at": first + timedelta(days=365 * number / len(images))}
                for number, (one, image) in enumerate(session.execute(arrived).all())
            ],
        )  # fmt: skip


@contextmanager
def archive(migrated: Path, folder: Path, images: int) -> Iterator[tuple[Web, Count]]:
    """Yield an application on an archive of so many films, and what counts the work done since."""
    folder.mkdir()
    url = f"sqlite:///{shutil.copy(migrated, folder / 'condyle.sqlite3')}"
    database = open_database(url)
    done = 0

    def step() -> int:
        nonlocal done
        done += 1
        return 0

    def count() -> int:
        nonlocal done
        counted, done = done, 0
        return counted

    event.listen(
        database.kw["bind"], "connect", lambda driver, _: driver.set_progress_handler(step, AT_ONCE)
    )
    web = Web(database, Settings(home=folder, database_url=url))
    fill(web, images)
    yield web, count
    database.kw["bind"].dispose()


def fill(web: Web, images: int) -> None:
    """Give a new workspace so many films, a half of them listed, a tenth read, the rest swept."""
    web.person("Other", "reader")
    with web.database.begin() as session:
        session.add_all([LabelClass(name=name, position=n) for n, name in enumerate(("no", "yes"))])
        session.flush()
        for statement in FILL:
            session.execute(text(statement), {"count": images})
    swept(web.database)


def costs(web: Web, count: Count) -> dict[str, int]:
    """What each page costs an admin and a reader, of what is not exported."""
    known = {"worklist": ["seed", "review"], "what": ["labels", "reads", "pseudo-labels", "audit"],
             "image_id": ["1"], "pseudo_label_id": ["1"], "class_id": ["1"], "run_id": ["2"],
             "import_id": ["3"],
             "evaluation_id": ["1"], "digest": ["a1"], "film_id": ["1"], "part": ["0"],
             "token": ["none"], "document": ["help"], "picture": ["loop.svg"]}  # fmt: skip
    found = {}
    for role in ("admin", "reader"):
        client = web.browser(role.capitalize(), role)
        asked = [each for path in paths(web) for each in addresses(path, known)]
        # A hundred of so few images are found by going through all of them, as is right.
        asked = [each + FEW if each == "/api/v1/images" else each for each in asked]
        for address in (*(each for each in asked if "/export/" not in each), *SEARCHES):
            # What is counted beside the page is its own work, see `counting`.
            while is_counted(client.get(address)):
                pass
            count()
            client.get(address)
            found[f"{role}: {address}"] = count()
    found["a decision and the next film"] = deciding(web, count)
    return found


def is_counted(answer: Response) -> bool:
    """Whether what was asked for is being counted, and will be there if asked for again."""
    return "Refresh" in answer.headers or any(
        being in answer.text for being in ('"total":null', '"figures":null', '"read":null')
    )


def deciding(web: Web, count: Count) -> int:
    """What the second decision of a reader costs, with the film that follows."""
    reader = web.person("Decider", "reader").id
    work = 0
    for key in ("the first", "the second"):
        with web.database.begin() as session:
            moment = now()
            image = lease_next(session, reader, "seed", 60, moment)
            assert image is not None
            count()
            annotate(session, Hold(reader, image, "seed"), Decision(1, key, moment, 900))
            lease_next(session, reader, "seed", 60, moment)
            work = count()
    return work


def counting(web: Web, count: Count) -> dict[str, int]:
    """What is counted beside pages costs, and a seed set drawn with a review renumbered."""
    found = {}
    with web.database.begin() as session:
        for name, counted in COUNTED.items():
            count()
            counted(session)
            found[name] = count()
        count()
        seeds.draw_seed_set(session, 20, 0)
        found["a drawn seed set"] = count()
    return found


@pytest.fixture(scope="module")
def grown(
    migrated_sqlite: Path, tmp_path_factory: pytest.TempPathFactory
) -> dict[str, list[dict[str, int]]]:
    """What pages and counts cost in a small and in a large archive."""
    found: dict[str, list[dict[str, int]]] = {"pages": [], "counts": []}
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(figures, "COUNTED_AT_ONCE", 1)
        patched.setattr(figures, "FRESH", timedelta(hours=1))
        for images in (SMALL, LARGE):
            home = tmp_path_factory.mktemp("archive") / "home"
            with archive(migrated_sqlite, home, images) as (web, count):
                found["pages"].append(costs(web, count))
                found["counts"].append(counting(web, count))
    return found


def too_much(
    before: dict[str, int], after: dict[str, int], grown: float, noticed: int = NOTICED
) -> dict[str, object]:
    """What costs more than so many times as much."""
    return {
        name: (before[name], work)
        for name, work in after.items()
        if work > noticed and work > grown * max(before[name], 1)
    }


def test_no_page_costs_more_in_a_larger_archive(grown: dict[str, list[dict[str, int]]]) -> None:
    before, after = grown["pages"]
    assert too_much(before, after, TOLERATED) == {}
    assert max(after.values()) > NOTICED  # the work is counted at all


def test_no_count_costs_more_than_the_archive_grows(
    grown: dict[str, list[dict[str, int]]],
) -> None:
    before, after = grown["counts"]
    assert too_much(before, after, LARGE / SMALL * COUNTING) == {}
    assert min(after.values()) > NOTICED
