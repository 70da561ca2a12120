"""The simulated reader says what the manifest says, through the rules that people go through."""

from collections import Counter

import pytest
from sqlalchemy import delete, func, select, update
from support.worklist_rows import add_classes, add_images, add_readers, add_sweep, list_images

from app.db.archive import Image
from app.db.engine import Database
from app.db.learning import PseudoLabel
from app.db.reading import Annotation, Lease, WorklistItem
from app.demo import reader
from app.settings import Settings


@pytest.fixture
def person(database: Database) -> int:
    """The account of the simulated reader."""
    with database.begin() as session:
        return add_readers(session, 1)[0]


@pytest.fixture
def images(database: Database) -> list[int]:
    """Twelve images whose given classes take turns; every fifth has none."""
    with database.begin() as session:
        classes = add_classes(session)
        ids = add_images(session, 12)
        for number, image_id in enumerate(ids):
            given = None if number % 5 == 0 else classes[number % 3]
            session.execute(update(Image).filter_by(id=image_id).values(given_class_id=given))
        list_images(session, "seed", ids)
        return ids


def given_classes(database: Database) -> dict[int, int]:
    with database.begin() as session:
        rows = session.execute(select(Image.id, Image.given_class_id))
        return {image: given for image, given in rows if given is not None}


def annotations(database: Database) -> dict[int, int | None]:
    with database.begin() as session:
        rows = session.execute(select(Annotation.image_id, Annotation.class_id)).all()
        assert len(rows) == len({image for image, _ in rows})
        return dict(map(tuple, rows))


def test_it_labels_each_image_as_given_and_skips_what_has_no_class(
    database: Database, settings: Settings, person: int, images: list[int]
) -> None:
    assert reader.read_worklist(database, settings, person, "seed") == 9
    assert annotations(database) == given_classes(database)


def test_it_stops_at_the_limit_and_goes_on_from_there(
    database: Database, settings: Settings, person: int, images: list[int]
) -> None:
    assert reader.read_worklist(database, settings, person, "seed", limit=4) == 4
    assert len(annotations(database)) == 4
    assert reader.read_worklist(database, settings, person, "seed") == 5
    assert reader.read_worklist(database, settings, person, "seed") == 0


def test_it_holds_no_film_back_when_it_has_finished(
    database: Database, settings: Settings, person: int, images: list[int]
) -> None:
    reader.read_worklist(database, settings, person, "seed")
    with database.begin() as session:
        assert session.scalar(select(func.count()).select_from(Lease)) == 0


def test_it_approves_what_is_right_and_corrects_what_is_wrong(
    database: Database, settings: Settings, person: int, images: list[int]
) -> None:
    with database.begin() as session:
        session.execute(delete(WorklistItem))
        add_sweep(session, images)
    truth = given_classes(database)
    assert reader.review(database, settings, person, 100) == len(truth)
    with database.begin() as session:
        rows = session.execute(
            select(PseudoLabel.image_id, PseudoLabel.class_id, PseudoLabel.status)
        ).all()
    for image, predicted, status in rows:
        given = truth.get(image)
        right = "approved" if given == predicted else "corrected"
        assert status == ("needs_review" if given is None else right)
    assert Counter(status for *_, status in rows) == {
        "approved": 3,
        "corrected": 6,
        "needs_review": 3,
    }
    assert annotations(database) == truth


def test_it_reviews_no_more_than_asked_for_in_the_worklists_order(
    database: Database, settings: Settings, person: int, images: list[int]
) -> None:
    with database.begin() as session:
        session.execute(delete(WorklistItem))
        add_sweep(session, images)
    assert reader.review(database, settings, person, 3) == 3
    known = [image for image in images if image in given_classes(database)]
    assert set(annotations(database)) == set(known[:3])
