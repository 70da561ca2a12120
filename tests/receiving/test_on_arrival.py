"""When films are read on arrival: once, where an admin says so, by models that are promoted."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from sqlalchemy import select, update
from support.web import Web
from support.worklist_rows import add_classes, add_images, add_readers, add_sweep

from app.acceptance import joining
from app.blindness import in_review
from app.db.archive import Image
from app.db.arrivals import ArrivalRead, ArrivedFilm
from app.db.engine import Database
from app.db.learning import ModelVersion, PseudoLabel, Run, Sweep
from app.db.reading import WorklistItem
from app.db.tables import now
from app.labels.decisions import Decision, Hold
from app.reading import rules as reading
from app.receiving import on_arrival
from app.receiving.on_arrival import Chosen
from app.registry import rules as registry
from app.runs.kinds import READ_ARRIVALS
from app.settings import Settings
from app.worklists.items import lease_next


@pytest.fixture
def ready(database: Database) -> Database:
    """Five images, two of them swept and others that arrive later; both models are promoted."""
    with database.begin() as session:
        person = add_readers(session, 1)[0]
        add_classes(session)
        images = add_images(session, 5)
        add_sweep(session, images[:2])
        sweep = session.scalars(select(Sweep)).one()
        sweep.selection = {"threshold": 0.8}
        trained = Run(kind="train_classifier", status="succeeded")
        session.add(trained)
        session.flush()
        final = {"role": "final", "method": "image", "run_id": trained.id, "folder": "f"}
        rest = {"digest": "0" * 64, "recipe": {}, "training_digest": "0" * 64}
        session.add(ModelVersion(**final, **rest))
        session.flush()
        for version in session.scalars(select(ModelVersion.id)).all():
            registry.promote(session, version, None)
        on_arrival.choose(session, Chosen(True, 0.25), person)
    return database


def arrive(database: Database, *images: int) -> int:
    """Have images come by an import of films that had arrived."""
    with database.begin() as session:
        run = Run(kind="import", status="succeeded", finished_at=now() + timedelta(seconds=1))
        session.add(run)
        session.flush()
        for image in images:
            digest = session.get_one(Image, image).source_digest
            row = {"uid": digest, "digest": digest, "size": 1, "calling": "PACS1"}
            session.add(ArrivedFilm(**row, address="10.0.0.5", kept=False, run_id=run.id))
            session.execute(update(Image).where(Image.id == image).values(run_id=run.id))
        return run.id


def end(database: Database, run_id: int, status: str) -> None:
    ended = {"status": status, "finished_at": now()}
    with database.begin() as session:
        session.execute(update(Run).where(Run.id == run_id).values(**ended))


def test_of_many_that_look_at_once_one_starts_one_run(ready: Database, settings: Settings) -> None:
    settings.home.mkdir(exist_ok=True)
    assert on_arrival.go_on(ready, settings) is None
    imported = arrive(ready, 3, 4)

    def look(_: int) -> Run | None:
        return on_arrival.go_on(ready, settings)

    with ThreadPoolExecutor(6) as pool:
        started = [run for run in pool.map(look, range(12)) if run is not None]
    assert len(started) == 1
    asked = READ_ARRIVALS.parameters_of(started[0])
    assert (asked.first_import, asked.last_import) == (imported, imported)
    assert (asked.sweep_id, asked.audit_share) == (1, 0.25)
    end(ready, started[0].id, "failed")
    assert on_arrival.go_on(ready, settings) is None  # it would fail again
    arrive(ready)
    assert on_arrival.go_on(ready, settings) is None  # of these no film had arrived
    later = arrive(ready, 5)
    again = on_arrival.go_on(ready, settings)
    assert again is not None
    asked = READ_ARRIVALS.parameters_of(again)
    assert (asked.first_import, asked.last_import) == (imported, later)
    end(ready, again.id, "succeeded")
    assert on_arrival.go_on(ready, settings) is None


def test_nothing_is_read_where_no_admin_wants_it_or_a_model_is_missing(
    ready: Database, settings: Settings
) -> None:
    settings.home.mkdir(exist_ok=True)
    admin = Web(ready, settings).browser("Admin", "admin")
    arrive(ready, 3)

    def save(**form: str) -> str:
        assert admin.post("/arrivals/settings", data=form).status_code == 303
        return admin.get("/arrivals").text

    assert "Nothing is read yet" not in save(audit_percent="10")
    assert on_arrival.go_on(ready, settings) is None
    with ready.begin() as session:
        session.execute(update(ModelVersion).values(promoted_at=None))
    page = save(read="true", audit_percent="10")
    assert "No labeler is promoted" in page
    assert "No classifier is promoted" in page
    assert on_arrival.go_on(ready, settings) is None
    with ready.begin() as session:
        registry.promote(session, 2, None)
        made = session.get_one(ModelVersion, 1)
        other = ModelVersion(
            role="labeler", method="image", run_id=made.run_id + 1, folder="o", digest="0" * 64
        )
        other.recipe, other.training_digest = {}, "0" * 64
        session.add(other)
        session.flush()
        registry.promote(session, other.id, None)
    assert "made by another labeler" in admin.get("/arrivals").text
    assert on_arrival.go_on(ready, settings) is None
    with ready.begin() as session:
        registry.promote(session, 1, None)
    started = on_arrival.go_on(ready, settings)
    assert started is not None
    assert READ_ARRIVALS.parameters_of(started).audit_share == 0.1
    assert "Films are being read" in admin.get("/arrivals").text
    end(ready, started.id, "failed")
    assert "did not succeed" in admin.get("/arrivals").text
    assert admin.post("/arrivals/settings", data={"audit_percent": "101"}).status_code == 422


def join(database: Database, share: float) -> list[ArrivalRead]:
    """Join images 3 and 4: of the first the labeler is sure and the classifier differs."""
    with database.begin() as session:
        run = Run(kind="read_arrivals", status="succeeded")
        session.add(run)
        session.flush()
        labels = [
            PseudoLabel(
                sweep_id=1, image_id=image, class_id=1, probabilities=[sure], confidence=sure
            )
            for image, sure in ((3, 0.9), (4, 0.95))
        ]
        seconds = [(2, [0.1, 0.9, 0.0]), (1, [0.9, 0.1, 0.0])]
        said = joining.Reading(labels, seconds, {}, None)
        audit = joining.Audit(share, rng=7)
        return joining.join(session, session.get_one(Sweep, 1), run.id, 2, said, audit)


def states(database: Database) -> list[tuple[str, bool]]:
    """Status of each pseudo-label, and whether it is in review."""
    with database() as session:
        rows = session.execute(select(PseudoLabel.status, in_review()).order_by(PseudoLabel.id))
        return [(status, bool(shown)) for status, shown in rows]


def test_what_joins_a_sweep_is_reviewed_behind_what_waits_and_alone_where_that_is_asked(
    ready: Database, settings: Settings
) -> None:
    settings.home.mkdir(exist_ok=True)
    join(ready, 0.0)
    waiting = ("needs_review", True)
    assert states(ready) == [waiting, waiting, waiting, ("predicted", False)]
    reader = Web(ready, settings).browser("Reader")
    whole = reader.post("/api/v1/worklists/review/next").json()
    assert (whole["item"]["film"]["image_id"], whole["remaining"]) == (1, 3)
    alone = reader.post("/api/v1/worklists/review/next?why=arrived").json()
    assert (alone["item"]["film"]["image_id"], alone["remaining"]) == (3, 1)
    said = "It was read on arrival, and the classifier says abnormal: 90 %."
    assert alone["item"]["suggestion"]["reasons"] == [said]


def test_what_was_drawn_is_in_nobodys_review_and_decided_by_its_read(ready: Database) -> None:
    reads = join(ready, 1.0)
    assert [read.drawn for read in reads] == [True, True]
    hidden = ("predicted", False)
    assert states(ready)[2:] == [hidden, hidden]
    with ready.begin() as session:
        listed = select(WorklistItem.image_id).where(WorklistItem.worklist == "audit")
        assert set(session.scalars(listed)) == {3, 4}
        for image, class_id in ((3, 2), (4, 1)):
            assert lease_next(session, 1, "audit", 60, now()) == image
            said = Decision(class_id, f"key {image}", now())
            reading.annotate(session, Hold(1, image, "audit"), said)
    assert states(ready)[2:] == [("corrected", False), ("approved", False)]
    with ready.begin() as session:
        assert reading.undo(session, 1, "audit", 60, "undo", now()) == 4
    assert states(ready)[2:] == [("corrected", False), hidden]


def test_the_draw_is_the_seeds_and_of_about_the_share() -> None:
    drawn = [joining.Audit(0.2, rng=5).draws(image) for image in range(1, 1001)]
    assert drawn == [joining.Audit(0.2, rng=5).draws(image) for image in range(1, 1001)]
    assert 150 < sum(drawn) < 250
