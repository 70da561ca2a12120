"""Removing a patient, a study or an image: who is told what, and what stays as a number."""

from typing import Any

import pytest
from sqlalchemy import select, update
from support.archive_of_films import Films, orphans, pointing_to_nothing, still_named
from support.web import Web
from support.worklist_rows import add_classes, add_images, add_readers, add_sweep, list_images

from app import errors
from app.db.archive import Image, LabelClass, Report, Study
from app.db.engine import Database
from app.db.learning import Lot, ModelVersion, PseudoLabel, Run, Sweep
from app.db.people import AuditEvent
from app.db.reading import WorklistItem
from app.db.removal import DoomedFile, Removal
from app.db.review import GridBatch
from app.db.tables import now
from app.labels.decisions import Decision, Hold
from app.reading.rules import annotate
from app.removal import doing, files, rules, take_back
from app.runs import rules as runs
from app.settings import Settings
from app.training.seen_films import learned_from, pack
from app.worklists.items import lease_next

ON_SQLITE = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


@pytest.fixture
def films(database: Database, settings: Settings) -> Films:
    settings.home.mkdir(exist_ok=True)
    return Films(database, settings)


@ON_SQLITE
def test_a_reader_whose_film_was_removed_is_told_so_and_goes_on(films: Films) -> None:
    films.take_in({0, 2})
    first, second = films.image_of(0), films.image_of(2)
    assert first
    assert second
    with films.database.begin() as session:
        list_images(session, "seed", [first, second])
    reader = Web(films.database, films.settings).browser("Rosa")
    shown = reader.post("/api/v1/worklists/seed/next").json()
    assert shown["item"]["film"]["image_id"] == first
    doing.remove(films.database, films.settings, "image", [first], "consent", films.admin)
    decision = {"worklist": "seed", "class_id": 1, "idempotency_key": "while it was removed"}
    for again in (1, 2):
        answer = reader.post(f"/api/v1/images/{first}/annotations", json=decision)
        assert answer.status_code == 409
        assert "removed from the archive" in answer.json()["what"]
        with films.database() as session:
            assert session.scalars(select(Removal.refused)).one() == again
    shown = reader.post("/api/v1/worklists/seed/next").json()
    assert shown["item"]["film"]["image_id"] == second
    decision["idempotency_key"] = "the next film"
    assert reader.post(f"/api/v1/images/{second}/annotations", json=decision).status_code == 201


def test_of_two_admins_one_wins_and_what_a_kill_left_a_run_carries_out(films: Films) -> None:
    films.take_in({0, 1})
    image = films.image_of(0)
    assert image
    with films.database.begin() as session:
        patient = session.get_one(Image, image).patient_id
        rules.ask(session, "image", [image], "consent", films.admin)
    with pytest.raises(errors.Conflict), films.database.begin() as session:
        rules.ask(session, "patient", [patient], "consent", films.admin)
    films.carry_out()
    assert films.image_of(0) is None
    assert films.image_of(1)
    with films.database() as session:
        assert [one.status for one in session.scalars(select(Removal))] == ["removed"]
        event = session.scalars(select(AuditEvent).order_by(AuditEvent.id.desc())).first()
        assert event is not None
        assert event.user_id == films.admin
        words = str([tuple(row) for row in session.execute(select(AuditEvent.__table__))])
    assert "patient 0" not in words
    assert orphans(films.database, films.store) == (set(), set())


def test_a_film_of_both_knees_goes_whole(films: Films) -> None:
    films.take_in({0})
    left = films.image_of(0)
    with films.database.begin() as session:
        image = session.get_one(Image, left)
        values = {column.name: getattr(image, column.name) for column in Image.__table__.columns}
        image.laterality = "L"
        values |= {"laterality": "R", "key": "the other knee", "id": None}
        session.add(Image(**values))
    with films.database() as session:
        assert len(rules.extent(session, "image", [left or 0]).image_ids) == 2
    doing.remove(films.database, films.settings, "image", [left or 0], "mistake", None)
    films.carry_out()
    with films.database() as session:
        assert session.scalars(select(Image)).all() == []
        assert session.scalars(select(Study)).all() == []
    assert orphans(films.database, films.store) == (set(), set())


def test_files_wait_for_runs_that_may_read_or_name_them(films: Films) -> None:
    films.take_in({0})
    with films.database.begin() as session:
        training = Run(kind="train_classifier", status="running", started_at=now())
        session.add(training)
        session.flush()
        number = training.id
    doing.remove(films.database, films.settings, "image", [films.image_of(0) or 0], "consent", None)
    assert films.carry_out().result["files_waiting"] == 3
    with films.database.begin() as session:
        assert not files.is_due(session)
        session.execute(update(Run).where(Run.id == number).values(finished_at=now()))
    with films.database() as session:
        assert files.is_due(session)
    films.carry_out()
    assert orphans(films.database, films.store) == (set(), set())
    with films.database() as session:
        assert session.scalars(select(DoomedFile)).all() == []


@ON_SQLITE
def test_a_removal_that_failed_is_not_begun_again_at_once(films: Films) -> None:
    films.take_in({0})
    doing.remove(films.database, films.settings, "image", [films.image_of(0) or 0], "consent", None)
    last = update(Run).where(Run.kind == "remove")
    with films.database.begin() as session:
        assert not files.is_due(session)  # a run waits for its worker
        session.execute(last.values(status="failed", finished_at=now()))
        assert not files.is_due(session)
        session.execute(last.values(finished_at=now() - 2 * files.PATIENCE))
        assert files.is_due(session)


def test_an_import_that_was_built_on_stays_and_says_why(films: Films) -> None:
    run, _ = films.take_in({0, 1})
    films.read(1)
    with films.database() as session:
        found = take_back.hindrances(session, runs.find(session, run))
    assert found == ["1 of its images has been read."]
    with pytest.raises(errors.Conflict, match="has been read"):
        doing.take_back(films.database, films.settings, run, films.admin)
    assert films.image_of(0)


def test_what_is_begun_while_an_import_is_taken_back_stays(films: Films) -> None:
    run, _ = films.take_in({0, 2})
    doing.take_back(films.database, films.settings, run, films.admin)
    films.read(2)
    films.carry_out()
    assert films.image_of(0) is None
    assert films.image_of(2)
    with films.database() as session:
        removal = session.scalars(select(Removal)).one()
        assert (removal.images, removal.kept, removal.status) == (1, 1, "removed")
    assert orphans(films.database, films.store) == (set(), set())


def test_a_report_that_an_import_brought_goes_with_it(films: Films) -> None:
    films.take_in({0})
    run, _ = films.take_in({1})
    with films.database.begin() as session:
        study = session.scalars(select(Study)).one()
        study.report, study.report_version = "A newer one.", 2
        session.add(
            Report(study_id=study.id, version=2, text="A newer one.", digest="n", run_id=run)
        )
    doing.take_back(films.database, films.settings, run, films.admin)
    films.carry_out()
    with films.database() as session:
        study = session.scalars(select(Study)).one()
        assert (study.report, study.report_version) == ("Report of 0.", 1)


@pytest.fixture
def audited(database: Database, settings: Settings) -> tuple[Database, Settings, Any]:
    """A lot of five accepted labels, three of them in its audit sample."""
    settings.home.mkdir(exist_ok=True)
    with database.begin() as session:
        session.add_all([LabelClass(name=n, position=p) for p, n in enumerate(("no", "yes"), 1)])
        images = add_images(session, 5)
        labels = add_sweep(session, images)
        sweep = session.scalars(select(Sweep)).one()
        class_id = session.scalars(select(PseudoLabel.class_id)).first()
        lot = Lot(sweep_id=sweep.id, class_id=class_id, size=5, sample_size=3, allowed_errors=0)
        session.add(lot)
        session.flush()
        accepted = {"status": "accepted", "lot_id": lot.id, "review_order": None}
        session.execute(update(PseudoLabel).values(**accepted))
        sampled = update(PseudoLabel).where(PseudoLabel.id.in_(labels[:3]))
        session.execute(sampled.values(in_audit=True))
        list_images(session, "audit", images[:3])
        reader = add_readers(session, 1)[0]
    return database, settings, (reader, images, class_id)


def _read_next(database: Database, reader: int, class_id: int) -> int:
    with database.begin() as session:
        image = lease_next(session, reader, "audit", 600, now())
        assert image
        decision = Decision(class_id, f"read of {image}", now())
        annotate(session, Hold(reader, image, "audit"), decision)
        return image


def test_an_audit_goes_on_with_another_image_and_keeps_what_was_read(audited: Any) -> None:
    database, settings, (reader, images, class_id) = audited
    read = _read_next(database, reader, class_id)
    unread = next(image for image in images[:3] if image != read)
    for image in (read, unread):
        doing.remove(database, settings, "image", [image], "consent", None)
    with database() as session:
        lot = session.scalars(select(Lot)).one()
        assert (lot.size, lot.sample_size, lot.removed_read, lot.removed_wrong) == (4, 3, 1, 0)
        sample = select(PseudoLabel.image_id).where(PseudoLabel.in_audit)
        sampled = set(session.scalars(sample))
        listed = select(WorklistItem.image_id).where(WorklistItem.worklist == "audit")
        assert sampled == set(session.scalars(listed))
    assert len(sampled) == 2
    for _ in range(2):
        _read_next(database, reader, class_id)
    with database() as session:
        lot = session.scalars(select(Lot)).one()
        assert (lot.status, lot.errors) == ("released", 0)
    assert not list(pointing_to_nothing(database))
    assert not list(still_named(database))


def test_a_lot_that_is_read_whole_is_decided_without_what_was_removed(audited: Any) -> None:
    database, settings, (reader, images, class_id) = audited
    with database.begin() as session:
        session.execute(update(PseudoLabel).values(in_audit=True))
        session.execute(update(Lot).values(sample_size=5))
        list_images(session, "audit", images[3:])
    for _ in range(4):
        _read_next(database, reader, class_id)
    with database() as session:
        last = session.scalars(select(PseudoLabel.image_id).where(PseudoLabel.status == "accepted"))
        left = last.one()
    doing.remove(database, settings, "image", [left], "consent", None)
    with database() as session:
        lot = session.scalars(select(Lot)).one()
        assert (lot.size, lot.sample_size, lot.status) == (4, 4, "released")


@ON_SQLITE
def test_a_page_of_the_grid_outlives_an_image_of_it(database: Database, settings: Settings) -> None:
    settings.home.mkdir(exist_ok=True)
    with database.begin() as session:
        classes = add_classes(session)
        images = add_images(session, 2)
        gone, stays = add_sweep(session, images)
    reader = Web(database, settings).browser("Rosa")
    assert reader.post(f"/api/v1/grid/{classes[1]}/page").status_code == 200
    doing.remove(database, settings, "image", images[:1], "consent", None)
    sent = [{"pseudo_label_id": each, "decision": "approve"} for each in (gone, stays)]
    body = {"decisions": sent, "idempotency_key": "a page of two", "milliseconds": 5}
    answer = reader.post(f"/api/v1/grid/{classes[1]}/decisions", json=body)
    assert answer.status_code in (200, 201), answer.text
    with database() as session:
        assert session.scalars(select(GridBatch.lost)).one() == [gone]
        assert session.scalars(select(PseudoLabel.status)).one() == "approved"
    undone = reader.post("/api/v1/grid/undo", json={"idempotency_key": "back again"})
    assert undone.status_code in (200, 201), undone.text
    with database() as session:
        assert session.scalars(select(PseudoLabel.status)).one() == "needs_review"
    answer = reader.post(f"/api/v1/pseudo-labels/{gone}/decision", json={
        "decision": "approve", "idempotency_key": "one that is gone"})  # fmt: skip
    assert answer.status_code == 404
    assert "removed" in answer.json()["what"]


@ON_SQLITE
def test_model_versions_that_learned_from_a_film_are_named(audited: Any) -> None:
    database, settings, (_reader, images, _class_id) = audited
    with database.begin() as session:
        version = session.scalars(select(ModelVersion)).one()
        assert learned_from(session, images[:1]) == {version.id: None}
        version.films = pack(images[:2])
        session.flush()
        assert learned_from(session, images[1:]) == {version.id: 1}
        assert learned_from(session, images[2:]) == {}
        number = version.id
    removal = doing.remove(database, settings, "image", images[:3], "consent", None)
    with database() as session:
        versions = session.get_one(Removal, removal).versions
    assert versions == [{"version": number, "films": 2}]
