"""What the viewer asks for beside the film: other films of the patient, previews, own keys."""

import pytest
from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session
from support.both_knees import pair
from support.web import Web
from support.worklist_rows import add_images, list_images

from app.db.archive import Image, Rendition, Study
from app.db.engine import Database
from app.errors import NotFound
from app.settings import Settings
from app.viewer.comparison import films_beside


@pytest.fixture
def site(database: Database, settings: Settings) -> Web:
    """The application on each kind of database."""
    return Web(database, settings)


def another_study(session: Session, image_id: int, count: int) -> list[int]:
    """Give an image's patient a second study; return its images' ids."""
    patient = session.get_one(Image, image_id).patient_id
    study = Study(patient_id=patient, key="another")
    session.add(study)
    session.flush()
    ids = add_images(session, count, name="moved")
    for moved in ids:
        image = session.get_one(Image, moved)
        image.patient_id, image.study_id = patient, study.id
    session.flush()
    return ids


def test_the_same_study_comes_first_and_no_other_patient_comes_at_all(database: Database):
    with database.begin() as session:
        first, second, third, _, _, _ = add_images(session, 6, per_patient=3)
        fourth, fifth = another_study(session, second, 2)
        found = films_beside(session, second)
        assert [(each.film.image_id, each.relation) for each in found] == [
            (first, "study"),
            (third, "study"),
            (fourth, "patient"),
            (fifth, "patient"),
        ]
        assert [each.film.image_id for each in films_beside(session, fifth)] == [
            fourth,
            first,
            second,
            third,
        ]


def test_a_film_of_both_knees_is_offered_once_as_the_knee_of_the_same_side(database: Database):
    with database.begin() as session:
        single, right, left = add_images(session, 3, per_patient=3)
        pair(session, right, left)
        for side, wanted in (("L", left), ("R", right), ("", right)):
            session.get_one(Image, single).laterality = side
            session.flush()
            assert [each.film.image_id for each in films_beside(session, single)] == [wanted]
        for knee in (right, left):
            assert [each.film.image_id for each in films_beside(session, knee)] == [single]


def test_the_desk_shows_which_knee_is_asked_for_and_not_its_own_film_again(site: Web):
    with site.database.begin() as session:
        right, left, single = add_images(session, 3, per_patient=3)
        pair(session, right, left)
        list_images(session, "seed", [right, left, single])
    desk = site.browser("rosa").post("/api/v1/worklists/seed/next").json()
    assert desk["item"]["film"]["laterality"] == "R"
    assert desk["item"]["film"]["region"] == {"left": 0, "top": 0, "right": 32, "bottom": 80}
    assert [film["image_id"] for film in desk["item"]["others"]] == [single]
    assert [film["image_id"] for film in desk["upcoming"]] == [left, single]
    assert [film["region"] is None for film in desk["upcoming"]] == [False, True]


def test_an_image_that_is_not_there_is_refused(database: Database):
    with database.begin() as session, pytest.raises(NotFound):
        films_beside(session, 77)


def test_a_preview_is_the_model_rendition_kept_for_ever_under_the_films_digest(site: Web):
    with site.database.begin() as session:
        [image] = add_images(session, 1)
        viewer, model = session.scalars(select(Rendition).order_by(Rendition.kind.desc())).all()
        assert (viewer.kind, model.kind) == ("viewer", "model")
        model.digest = site.app.state.store.put(b"a small picture")
        digest = viewer.digest
    browser = site.browser("rosa")
    address = f"/api/v1/images/{image}/preview"
    answer = browser.get(address, params={"digest": digest})
    assert answer.content == b"a small picture"
    assert "immutable" in answer.headers["cache-control"]
    assert "no-cache" in browser.get(address).headers["cache-control"]


def test_a_preview_of_one_knee_of_two_is_asked_for_again_as_the_knee_may_be_put_right(site: Web):
    with site.database.begin() as session:
        right, left = add_images(session, 2, per_patient=2)
        pair(session, right, left)
        for model in session.scalars(select(Rendition).where(Rendition.kind == "model")):
            model.digest = site.app.state.store.put(b"a small picture")
        viewer = session.scalars(select(Rendition.digest).where(Rendition.kind == "viewer")).first()
    address = f"/api/v1/images/{right}/preview"
    answer = site.browser("rosa").get(address, params={"digest": viewer})
    assert answer.headers["cache-control"] == "private, no-cache"


def unmade(session: Session, *image_ids: int) -> None:
    """Have the films' pixels not be made yet."""
    of_viewer = Rendition.image_id.in_(image_ids), Rendition.kind == "viewer"
    session.execute(update(Rendition).where(*of_viewer).values(digest=None))


def wanted(site: Web) -> set[int]:
    with site.database() as session:
        asked = select(Rendition.image_id).where(Rendition.wanted_at.is_not(None))
        return set(session.scalars(asked))


def test_pixels_that_are_not_made_are_said_to_be_and_asked_for_by_a_post(site: Web):
    with site.database.begin() as session:
        [image] = add_images(session, 1)
        unmade(session, image)
    browser = site.browser("rosa")
    film = browser.get(f"/api/v1/images/{image}").json()
    assert film["ready"] is False
    answer = browser.get(film["pixels"])
    assert answer.status_code == 503
    assert "not ready yet" in answer.json()["what"]
    assert int(answer.headers["retry-after"]) <= 2
    assert wanted(site) == set()
    assert browser.post(film["pixels"]).status_code == 204
    assert wanted(site) == {image}
    assert browser.post("/api/v1/images/99999/pixels").status_code == 404
    with site.database.begin() as session:
        of_viewer = Rendition.image_id == image, Rendition.kind == "viewer"
        digest = site.app.state.store.put(b"the whole picture")
        session.execute(update(Rendition).where(*of_viewer).values(digest=digest))
    answer = browser.get(film["pixels"])
    assert answer.content == b"the whole picture"
    assert "immutable" in answer.headers["cache-control"]


def test_the_films_that_a_reader_is_given_next_are_asked_for(site: Web):
    with site.database.begin() as session:
        images = add_images(session, 8)
        list_images(session, "seed", images)
        unmade(session, *images)
    browser = site.browser("rosa")
    desk = browser.post("/api/v1/worklists/seed/next").json()
    assert wanted(site) == set(images[:4])
    assert desk["item"]["film"]["ready"] is False
    assert {film["image_id"] for film in desk["upcoming"]} == set(images[1:4])


def test_a_film_without_a_preview_says_so(site: Web):
    with site.database.begin() as session:
        [image] = add_images(session, 1)
        session.execute(delete(Rendition).where(Rendition.kind == "model"))
    answer = site.browser("rosa").get(f"/api/v1/images/{image}/preview")
    assert answer.status_code == 404
    assert answer.json()["what"] == "There is no preview of this image."


def test_own_keys_are_each_persons_own_and_the_last_ones_count(site: Web):
    rosa, ines = site.browser("rosa"), site.browser("ines")
    assert rosa.get("/api/v1/keys").json() == {}
    for keys in ({"invert": ["q"], "class-1": ["j"]}, {"invert": ["Shift+9"]}):
        assert rosa.put("/api/v1/keys", json=keys).status_code == 204
        assert rosa.get("/api/v1/keys").json() == keys
    assert ines.get("/api/v1/keys").json() == {}


@pytest.mark.parametrize("keys", [{"invert": []}, {"": ["q"]}, {"invert": ["q" * 21]}, ["q"]])
def test_keys_that_make_no_sense_are_refused(site: Web, keys: object):
    assert site.browser("rosa").put("/api/v1/keys", json=keys).status_code == 422
