"""Films of a class nobody has read are found by their reports and brought to the readers."""

import pytest
from sqlalchemy import select, update
from sqlalchemy.orm import Session
from support.web import Web, csrf_of
from support.worklist_rows import add_classes, add_images, add_readers, list_images

from app.db.archive import Image, LabelClass, Patient, Study
from app.db.engine import Database
from app.db.people import AuditEvent, User
from app.db.reading import Annotation, ReferenceLabel, WorklistItem
from app.search import rules
from app.search.words import looked_for
from app.training import rules as training
from app.training.missing import missing_classes
from app.worklists import items
from app.worklists.seeds import draw_seed_set

SAID = "Total knee ARTHROPLASTÝ in place."
ARTHROPLASTY = looked_for("arthroplasty")


@pytest.fixture
def archive(session: Session) -> list[int]:
    """20 patients with two films each; the reports of the first six name a prosthesis."""
    add_classes(session)
    images = add_images(session, 40, per_patient=2)
    named = select(Image.study_id).where(Image.id.in_(images[:12]))
    session.execute(update(Study).where(Study.id.in_(named)).values(report=SAID))
    return images


def found(session: Session) -> set[int]:
    return set(rules.find(session, ARTHROPLASTY).images)


def test_only_films_that_may_teach_and_that_nobody_has_labelled_are_found(
    session: Session, archive: list[int]
) -> None:
    (reader,) = add_readers(session, 1)
    assert found(session) == set(archive[:12])
    locked, listed, labelled, unusable, waiting = archive[0], archive[2], *archive[4:7]
    session.execute(update(Patient).where(Patient.key == "p0").values(split="validation"))
    list_images(session, "seed", [listed])
    list_images(session, "audit", [waiting])
    rare = session.scalars(select(LabelClass.id).where(LabelClass.name == "arthroplasty")).one()
    session.add(ReferenceLabel(image_id=labelled, class_id=rare, basis="single_read"))
    session.add(
        Annotation(
            image_id=unusable,
            reader_id=reader,
            worklist="review",
            unusable=True,
            idempotency_key="1",
        )
    )
    session.flush()
    assert locked not in found(session)
    assert found(session) == set(archive[7:12])


def test_what_is_found_teaches_and_never_calibrates(session: Session, archive: list[int]) -> None:
    admin = session.get_one(User, *add_readers(session, 1, "admin"))
    assert missing_classes(session) == ["normal", "abnormal", "arthroplasty"]
    added = rules.put_on_seed_list(session, ARTHROPLASTY, 4, admin)
    assert added == 4
    items = session.scalars(select(WorklistItem).where(WorklistItem.worklist == "seed")).all()
    assert not any(item.calibration for item in items)
    patients = set(
        session.scalars(
            select(Image.patient_id).where(Image.id.in_(item.image_id for item in items))
        )
    )
    assert len(patients) == 2
    draw_seed_set(session, 18, rng=0)
    calibrating = session.scalars(
        select(Image.patient_id).join(WorklistItem).where(WorklistItem.calibration)
    ).all()
    assert calibrating
    assert patients.isdisjoint(calibrating)
    assert not session.scalars(
        select(WorklistItem).where(WorklistItem.worklist == "validation")
    ).all()
    rare = session.scalars(select(LabelClass.id).where(LabelClass.name == "arthroplasty")).one()
    session.add(ReferenceLabel(image_id=items[0].image_id, class_id=rare, basis="single_read"))
    session.flush()
    assert missing_classes(session) == ["normal", "abnormal"]
    assert [film.image_id for film in training.for_labeler(session)] == [items[0].image_id]
    assert training.for_calibration(session) == []


def test_a_class_read_for_calibration_alone_is_still_missing(
    session: Session, archive: list[int]
) -> None:
    items.add_items(session, "seed", archive[:2], calibration=archive[:1])
    for place, image in enumerate(archive[:2]):
        known = training.classes(session)[place]
        session.add(ReferenceLabel(image_id=image, class_id=known.id, basis="single_read"))
    session.flush()
    assert missing_classes(session) == ["normal", "abnormal", "arthroplasty"]


def test_a_long_archive_is_looked_through_as_far_as_it_is_told(
    session: Session, archive: list[int]
) -> None:
    some = rules.find(session, ARTHROPLASTY, looked_through=3)
    assert (some.reports, some.patients, some.last is None) == (3, 3, False)
    rest = rules.find(session, ARTHROPLASTY, after=some.last or 0)
    assert (rest.reports, rest.patients, rest.last is None) == (17, 3, True)
    assert not set(rest.images) & set(some.images)
    whole = rules.find(session, ARTHROPLASTY)
    assert (whole.reports, whole.patients, whole.last is None) == (20, 6, True)
    assert len(whole.examples) == rules.SHOWN


def test_an_admin_finds_films_and_lists_them_in_the_browser(web: Web, database: Database) -> None:
    with database.begin() as session:
        add_classes(session)
        images = add_images(session, 8)
        named = select(Image.study_id).where(Image.id.in_(images[:3]))
        session.execute(
            update(Study).where(Study.id.in_(named)).values(report="<b>Prothèse</b> en place.")
        )
    admin = web.browser("Admin", "admin")
    assert 'value="normal, abnormal, arthroplasty"' in admin.get("/find-films").text
    page = admin.get("/find-films", params={"words": "prothese"}).text
    assert "3 films that nobody has labelled" in page
    assert "&lt;b&gt;Prothèse&lt;/b&gt; en place." in page
    sent = {"words": "prothese", "number": 2, "csrf_token": csrf_of(page)}
    answer = admin.post("/find-films", data=sent)
    assert answer.headers["location"] == "/find-films?listed=2"
    assert "2 films were put on the seed list" in admin.get("/find-films?listed=2").text
    assert "1 film that nobody has labelled" in (
        admin.get("/find-films", params={"words": "PROTHESE"}).text
    )
    with database.begin() as session:
        events = session.scalars(
            select(AuditEvent).where(AuditEvent.action.startswith("list films"))
        ).all()
        assert [event.details for event in events] == [{"images": 2}]
        assert len(session.scalars(select(WorklistItem)).all()) == 2


@pytest.mark.parametrize(
    ("path", "sent", "said"),
    [
        ("/find-films", {"words": "nowhere", "number": 1}, "No unlabelled film"),
        ("/find-films", {"words": " , ", "number": 1}, "nothing to search for"),
        ("/find-films", {"words": "x" * 300, "number": 1}, "longer than 200 characters"),
        ("/find-films/by-look", {"choice": "farthest", "patients": 1}, "ImageNet weights"),
    ],
)
def test_what_cannot_be_found_is_said_on_the_page(
    web: Web, path: str, sent: dict[str, object], said: str
) -> None:
    answer = web.browser("Admin", "admin").post(path, data=sent)
    assert answer.status_code == 422
    assert said in answer.text
