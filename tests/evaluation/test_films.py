"""The films behind the figures: which are shown, and what reading them again may do."""

from typing import Any

import numpy as np
import pytest
from evaluation.samples import CLASSES
from sqlalchemy import select, update
from sqlalchemy.orm import Session
from support.judged_films import judge, read_validation, say
from support.web import Web
from support.worklist_rows import add_readers

from app import errors
from app.agreement import rules as agreement
from app.blindness import is_known_to
from app.db.archive import Image, LabelClass, Patient
from app.db.clock import moment
from app.db.engine import Database
from app.db.learning import Evaluation
from app.db.people import User
from app.db.reading import ReferenceLabel, WorklistItem
from app.evaluation import pictures
from app.evaluation.films import Wanted, chosen, films
from app.evaluation.read_predictions import Predictions, predictions_of
from app.imaging.storage import Store
from app.training.rules import for_evaluation
from app.worklists import double_reading, rereads
from app.worklists.items import lease_next

LABELS = [0, 0, 1, 1, 2, 0]
SAID = {
    "baseline": [0, 1, 1, 0, 2, 0],
    "final": [0, 1, 0, 1, 1, 0],
}
SURE = {"baseline": [0.9, 0.5, 0.6, 0.7, 0.8, 0.9], "final": [0.9, 0.6, 0.8, 0.7, 0.95, 0.9]}


def probabilities(model: str) -> np.ndarray:
    """Give each image its class with the confidence, the rest shared."""
    rows = np.array([[(1 - sure) / 2] * 3 for sure in SURE[model]])
    rows[range(len(rows)), SAID[model]] = SURE[model]
    return rows


BOTH = {model: probabilities(model) for model in SAID}


@pytest.fixture
def store(tmp_path: Any) -> Store:
    """An empty store."""
    return Store(tmp_path / "store")


def known(session: Session, store: Store) -> Predictions:
    """What the only evaluation has stored."""
    return predictions_of(store, session.scalars(select(Evaluation)).one().predictions_digest)


def furnish(session: Session, store: Store, readers: int = 3) -> list[int]:
    """Add readers, the first of whom has read the images, and an evaluation; return the images."""
    people = add_readers(session, readers)
    images = read_validation(session, LABELS, people[0])
    judge(session, store, images, LABELS, BOTH)
    return images


def test_the_most_confident_errors_come_first_and_each_choice_has_its_films() -> None:
    all_of = Predictions([], CLASSES, np.array(LABELS), BOTH)
    assert chosen(all_of, Wanted(show="wrong")).tolist() == [4, 2, 1]
    assert chosen(all_of, Wanted(show="lost")).tolist() == [4, 2]
    assert chosen(all_of, Wanted(show="gained")).tolist() == [3]
    assert chosen(all_of, Wanted(show="differ")).tolist() == [4, 2, 3]
    assert chosen(all_of, Wanted(show="all", label="normal", second="abnormal")).tolist() == [1]
    assert chosen(all_of, Wanted(show="all", label="no such class")).tolist() == []


def test_a_key_that_names_two_images_by_now_shows_neither(database: Database, store: Store) -> None:
    with database.begin() as session:
        images = furnish(session, store)
        first, second = session.scalars(select(Image).where(Image.id.in_(images[:2]))).all()
        second.scope, second.key = "elsewhere", first.key
        session.flush()
        found = films(session, known(session, store), list(range(len(LABELS))))
    assert [film.image_id for film in found] == [None, None, *images[2:]]


def test_a_second_read_is_blind_and_leaves_the_label_and_the_evaluation_alone(
    database: Database, store: Store
) -> None:
    with database.begin() as session:
        images = furnish(session, store)
        first, second, _third = session.scalars(select(User.id).order_by(User.id)).all()
        evaluation = session.scalars(select(Evaluation)).one()
        before, digest = evaluation.report, evaluation.predictions_digest
        asked = images[4], images[2]
        admin = session.get_one(User, first)
        listed = pictures.read_again(session, known(session, store), 1, asked, True, admin)
        assert listed == 4
        reads = select(WorklistItem.image_id, WorklistItem.reread).where(WorklistItem.turn == 2)
        why = dict(session.execute(reads).all())
        assert {image for image, each in why.items() if each == "chosen"} == set(asked)
        others = {images.index(image) for image, each in why.items() if each == "control"}
        assert others < {0, 3, 5}
        assert len(others) == 2
        # The label stands, and the film is judged on, until the second read is made.
        assert len(for_evaluation(session)) == len(LABELS)
        now = moment(session)
        assert lease_next(session, first, "validation", 60, now) is None
        assert lease_next(session, second, "validation", 60, now) in why
        with pytest.raises(errors.Refused, match="None of these films"):
            pictures.read_again(session, known(session, store), 1, asked, False, admin)
        assert (evaluation.report, evaluation.predictions_digest) == (before, digest)


def test_where_both_reads_agree_the_label_stands_and_else_an_adjudicator_decides(
    database: Database, store: Store
) -> None:
    with database.begin() as session:
        images = furnish(session, store)
        first, second, _third = session.scalars(select(User.id).order_by(User.id)).all()
        classes = session.scalars(select(LabelClass.id).order_by(LabelClass.position)).all()
        admin = session.get_one(User, first)
        predictions = known(session, store)
        pictures.read_again(session, predictions, 1, [images[4], images[2]], False, admin)
        assert rereads.made(session) == (0, 0)
        say(session, images[4], second, classes[2], turn=2)
        say(session, images[2], second, classes[0], turn=2)
        label = session.get(ReferenceLabel, images[4])
        assert label is not None
        assert (label.class_id, label.basis) == (classes[2], "agreement")
        assert session.get(ReferenceLabel, images[2]) is None
        adjudicated = select(WorklistItem.image_id).where(WorklistItem.worklist == "adjudication")
        assert session.scalars(adjudicated).all() == [images[2]]
        assert pictures.changed_labels(session, predictions) == 1
        assert [film.changed for film in films(session, predictions, [2, 4])] == [True, False]
        assert rereads.made(session) == (2, 0)
        # Chosen films are no fair sample of how readers agree.
        assert agreement.agreement(session) is None
        assert agreement.progress(session)["validation"].chosen == 0


def test_a_plan_of_double_reading_keeps_reads_beyond_it(database: Database, store: Store) -> None:
    with database.begin() as session:
        images = furnish(session, store)
        admin = session.scalars(select(User)).first()
        assert admin is not None
        pictures.read_again(session, known(session, store), 1, [images[4]], False, admin)
        double_reading.plan(session, "validation", 2, 0.0, 0)
        assert rereads.open_reads(session, images) == {images[4]}


def test_nobody_left_to_read_is_said_before_anything_is_listed(
    database: Database, store: Store
) -> None:
    with database.begin() as session:
        images = furnish(session, store, readers=1)
        admin = session.scalars(select(User)).one()
        with pytest.raises(errors.Refused, match="There is no other reader"):
            pictures.read_again(session, known(session, store), 1, [images[4]], False, admin)
        assert rereads.open_reads(session, images) == set()


def test_a_development_film_is_never_read_again_by_this_road(
    database: Database, store: Store
) -> None:
    with database.begin() as session:
        images = furnish(session, store)
        session.execute(update(Patient).values(split="development"))
        assert rereads.may_be_read_again(session, images) == set()


def test_the_pages_show_the_films_note_who_saw_their_labels_and_lead_there_and_back(
    web: Web,
) -> None:
    store = Store(web.settings.home / "store")
    with web.database.begin() as session:
        images = furnish(session, store)
    admin = web.browser("Admin", "admin")
    report = admin.get("/evaluations/1").text
    assert f'href="/evaluations/1/films/{images[4]}?show=wrong"' in report
    assert "Show all 3 films" in report
    assert 'href="/evaluations/1/films?show=all&amp;second=abnormal&label=normal"' in report
    with web.database() as session:
        person = session.scalars(select(User).where(User.name == "Admin")).one()
        seen = [session.scalar(select(is_known_to(person.id, image))) for image in images]
    assert seen == [False, True, True, True, True, False]
    page = admin.get("/evaluations/1/films?show=wrong").text
    places = [page.index(f"/films/{images[place]}?") for place in (4, 2, 1)]
    assert places == sorted(places)
    one = admin.get(f"/evaluations/1/films/{images[2]}?show=wrong").text
    for beside in (images[4], images[1]):
        assert f'href="/evaluations/1/films/{beside}?show=wrong"' in one
    assert f"/images/{images[2]}/history" in one
    sent = {"image_id": [images[2], images[4]], "controls": "true"}
    assert admin.post("/evaluations/1/read-again", data=sent).status_code == 303
    assert admin.get("/evaluations/1/films?show=wrong").text.count("waits for a second read") == 2
    assert "None of these films" in admin.post("/evaluations/1/read-again", data=sent).text
    assert admin.get("/evaluations/1/films/77").status_code == 404
    with web.database.begin() as session:
        session.scalars(select(Evaluation)).one().predictions_digest = "0" * 64
    assert "Discrimination" in admin.get("/evaluations/1").text
    assert admin.get("/evaluations/1/films").status_code == 404
