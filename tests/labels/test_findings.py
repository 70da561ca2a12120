"""What readers say besides a class, decisions for a whole study, and an image's history."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select
from support.audit_log import events_of
from support.web import Web
from support.worklist_rows import add_classes, add_images, add_readers, list_images

from app.db.reading import Annotation, AnnotationFinding, Lease, ReferenceLabel, WorklistItem
from app.db.tables import now
from app.errors import Conflict, NotFound, Refused
from app.labels.decisions import Decision, Hold
from app.labels.findings import Remarks, add_finding, offer_finding, offered
from app.labels.history import history
from app.reading.rules import annotate, undo
from app.worklists.double_reading import plan
from app.worklists.items import lease_next

START = now()
LEASE = 300


@pytest.fixture
def reading(session):
    """Two readers, three classes and two studies of three images on the seed worklist."""
    readers, classes = add_readers(session, 2), add_classes(session)
    images = add_images(session, 6, per_patient=3)
    list_images(session, "seed", images)
    return readers, classes, images


def label(session, reader, class_id, remarks=Remarks(), key="", at=START, **more):  # noqa: B008
    image = lease_next(session, reader, "seed", LEASE, at)
    key = key or f"{reader} {image} {class_id} {at}"
    return annotate(
        session, Hold(reader, image, "seed"), Decision(class_id, key, at, 900, remarks), **more
    )


def take_back(session, reader, key, at=START):
    return undo(session, reader, "seed", LEASE, key, at)


def labelled(session):
    rows = select(ReferenceLabel.image_id, ReferenceLabel.class_id).order_by(
        ReferenceLabel.image_id
    )
    return [tuple(row) for row in session.execute(rows)]


def test_a_reason_a_note_and_findings_are_kept_with_the_read(session, reading):
    (ann, _), (normal, *_), _ = reading
    read = label(session, ann, None, Remarks("poor_quality", "Blurred.", [5, 1, 5]))
    assert (read.unusable, read.reason, read.note) == (True, "poor_quality", "Blurred.")
    assert session.scalars(select(AnnotationFinding.finding_id)).all() == [1, 5]
    assert label(session, ann, normal).note is None


def test_a_letter_no_database_can_hold_costs_no_label(session, reading):
    (ann, _), (normal, *_), _ = reading
    assert label(session, ann, normal, Remarks(note="Seen\0 \ud800.")).class_id == normal
    session.expire_all()
    assert session.scalars(select(Annotation.note)).all() == ["Seen? ?."]


def test_a_note_is_in_no_audit_event(session, reading):
    (ann, _), (normal, *_), _ = reading
    label(session, ann, normal, Remarks(note="Mrs Example"))
    assert "Example" not in str([event.details for event in events_of(session)])


def test_a_label_without_a_reason_is_still_one(session, reading):
    (ann, _), _, _ = reading
    assert label(session, ann, None).reason is None


def test_a_reason_beside_a_class_and_an_unknown_finding_are_refused(session, reading):
    (ann, _), (normal, *_), _ = reading
    with pytest.raises(Refused, match="not both"):
        label(session, ann, normal, Remarks("unsure"))
    with pytest.raises(NotFound, match="no such finding"):
        label(session, ann, normal, Remarks(findings=[1, 99]))


def test_a_repeated_decision_is_tagged_once_and_another_reason_is_another_decision(
    session, reading
):
    (ann, _), _, images = reading
    first = label(session, ann, None, Remarks("unsure", findings=[2]), key="the key")
    hold = Hold(ann, images[0], "seed")
    again = Decision(None, "the key", START, 900, Remarks("unsure", findings=[2]))
    assert annotate(session, hold, again).id == first.id
    assert len(session.scalars(select(AnnotationFinding.finding_id)).all()) == 1
    with pytest.raises(Conflict):
        annotate(session, hold, replace(again, remarks=Remarks("not_a_knee")))


def test_one_decision_labels_the_open_images_of_the_study_and_no_others(session, reading):
    (ann, _), (_, abnormal, _), images = reading
    label(session, ann, abnormal, Remarks(note="n", findings=[1]), whole_study=True)
    assert labelled(session) == [(image, abnormal) for image in images[:3]]
    notes = session.scalars(select(Annotation.note).order_by(Annotation.image_id)).all()
    assert notes == ["n", None, None]
    times = session.scalars(select(Annotation.milliseconds).order_by(Annotation.image_id)).all()
    assert times == [900, None, None]
    assert session.scalars(select(Lease.image_id)).all() == []


def test_what_others_hold_or_have_decided_is_left_to_them(session, reading):
    (ann, ben), (normal, abnormal, _), images = reading
    label(session, ben, abnormal)
    assert lease_next(session, ben, "seed", LEASE, START) == images[1]
    label(session, ann, normal, whole_study=True)
    assert labelled(session) == [(images[0], abnormal), (images[2], normal)]
    annotate(session, Hold(ben, images[1], "seed"), Decision(abnormal, "ben's key", START, 1))
    assert len(labelled(session)) == 3


def test_a_study_decision_sent_twice_counts_once_and_is_undone_image_by_image(session, reading):
    (ann, _), (normal, *_), images = reading
    label(session, ann, normal, key="study key", whole_study=True)
    again = Decision(normal, "study key", START, 900)
    annotate(session, Hold(ann, images[0], "seed"), again, whole_study=True)
    assert len(session.scalars(select(Annotation.id)).all()) == 3
    assert take_back(session, ann, "undo 1") == images[0]
    later = START + timedelta(seconds=1)
    assert {take_back(session, ann, "undo 2", later), take_back(session, ann, "undo 3", later)} == {
        images[1],
        images[2],
    }
    assert labelled(session) == []
    assert session.scalars(select(WorklistItem.id).where(WorklistItem.done)).all() == []


def test_two_readers_decide_one_study_independently(session, reading):
    (ann, ben), (normal, abnormal, _), images = reading
    plan(session, "seed", 2, 1, 0)
    label(session, ann, normal, whole_study=True)
    label(session, ben, abnormal, whole_study=True)
    listed = select(WorklistItem.image_id).where(WorklistItem.worklist == "adjudication")
    assert sorted(session.scalars(listed)) == images[:3]
    assert labelled(session) == []


def test_history_shows_every_read_and_names_to_admins_only(session, reading):
    (ann, _), (normal, abnormal, _), images = reading
    label(session, ann, normal, Remarks(note="First."))
    take_back(session, ann, "undo key")
    label(session, ann, abnormal, Remarks(findings=[3]), at=START + timedelta(seconds=1))
    found = history(session, images[0], with_names=False)
    assert (found.class_id, found.basis) == (abnormal, "single_read")
    assert [(read.class_id, read.undone, read.reader) for read in found.reads] == [
        (abnormal, False, None),
        (normal, True, None),
    ]
    assert found.reads[0].findings == ["fracture"]
    assert history(session, images[0], with_names=True).reads[1].reader == "reader 0"


def test_who_may_still_have_to_read_an_image_blind_sees_no_history(session, reading):
    (ann, _), (normal, *_), images = reading
    plan(session, "seed", 2, 1, 0)
    label(session, ann, normal)
    with pytest.raises(Conflict, match="without knowing"):
        history(session, images[0], with_names=False)
    assert len(history(session, images[0], with_names=True).reads) == 1
    with pytest.raises(NotFound):
        history(session, 999, with_names=True)


def test_findings_are_added_with_a_free_key_and_retired_without_loss(session):
    admin = add_readers(session, 1, "admin")[0]
    added = add_finding(session, "  Loose  body ", "D", admin)
    assert (added.name, added.key) == ("Loose body", "d")
    for name, key in (("other", "d"), ("other", "g"), ("other", "ab"), ("other", "1"), ("", "d")):
        with pytest.raises(Refused):
            add_finding(session, name, key, admin)
    with pytest.raises(Conflict):
        add_finding(session, "loose BODY", "d", admin)
    offer_finding(session, added.id, False, admin)
    assert "Loose body" not in [each.name for each in offered(session)]
    offer_finding(session, added.id, True, admin)
    assert offered(session)[-1].name == "Loose body"
    assert add_finding(session, "Rare", "", admin).key is None
    assert add_finding(session, "Rarer", "", admin).key is None


def test_the_pages_of_findings_and_history_say_what_is_there(web: Web):
    with web.database.begin() as session:
        (reader,), _ = add_readers(session, 1), add_classes(session)
        list_images(session, "seed", add_images(session, 1))
        label(session, reader, None, Remarks("not_a_knee", "A hip."))
    admin, rosa = web.browser("Admin", "admin"), web.browser("rosa")
    assert "A hip." in rosa.get("/images/1/history").text
    assert "reader 0" not in rosa.get("/images/1/history").text
    assert "reader 0" in admin.get("/images/1/history").text
    assert rosa.get("/api/v1/images/1/history").json()["reads"][0]["reader"] is None
    assert admin.post("/findings", data={"name": "loose body", "key": "d"}).status_code == 303
    assert "loose body" in admin.get("/findings").text
    answer = admin.post("/findings", data={"name": "cyst", "key": "d"})
    assert answer.status_code == 422
    assert "one letter that nothing else uses" in answer.text
    assert admin.post("/findings/1/retire").status_code == 303
    assert "osteophytes" not in rosa.get("/reading/seed").text
    assert "loose body" in rosa.get("/reading/seed").text
