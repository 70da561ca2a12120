"""Seeing only a part of a worklist: what is handed out, shown ahead, counted, and refused."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import select, update
from sqlalchemy.orm import Session
from support.web import Web
from support.worklist_rows import (
    add_classes,
    add_images,
    add_readers,
    add_sweep,
    count_wanted,
    list_images,
    peek,
)

from app.db.archive import Image, Workspace
from app.db.engine import Database
from app.db.learning import PseudoLabel
from app.db.reading import Lease, WorklistItem
from app.db.tables import now
from app.errors import Conflict, Refused
from app.imports.rules import name_site
from app.labels.decisions import Decision
from app.reading.desk import next_on_desk
from app.reading.rules import undo
from app.review.rules import decide
from app.worklists.filters import EVERYTHING, Filter, choices
from app.worklists.items import lease_read
from app.worklists.leases import drop_all
from app.worklists.review_order import origins


def about(session: Session, image: int, **values: Any) -> None:
    """Say more about an image, or about its pseudo-label."""
    for table, key in ((Image, Image.id), (PseudoLabel, PseudoLabel.image_id)):
        mine = {name: value for name, value in values.items() if hasattr(table, name)}
        if mine:
            session.execute(update(table).where(key == image).values(mine))


@pytest.fixture
def review(session: Session) -> list[int]:
    """Six images in review with something different about each; the reader has id 1."""
    add_readers(session, 2)
    normal, abnormal, _ = add_classes(session)
    images = add_images(session, 6)
    add_sweep(session, images)
    about(session, images[0], site="Rome", view="AP", class_id=normal, confidence=0.5)
    about(session, images[1], site="Rome", view="LAT", confidence=0.6, conflict=True)
    about(session, images[2], site="Oslo", view="AP", class_id=normal, confidence=0.7)
    about(
        session,
        images[3],
        site="Oslo",
        view="LAT",
        confidence=0.8,
        near_copy=True,
        not_read="nothing",
    )
    about(session, images[4], view="AP", class_id=abnormal, confidence=0.9, unlike="words")
    session.flush()
    return images


def shown(session: Session, wanted: Filter, worklist: Any = "review") -> list[int]:
    """Everything a filter lets through, as it is handed out, shown ahead and counted."""
    drop_all(session, 1, worklist)
    read = lease_read(session, 1, worklist, 300, now(), wanted)
    ahead = peek(session, 1, worklist, now(), 6, wanted)
    found = [read[0], *ahead] if read else ahead
    assert count_wanted(session, worklist, wanted) == len(found)
    return found


@pytest.mark.parametrize(
    ("wanted", "places"),
    [
        (EVERYTHING, [0, 1, 2, 3, 4, 5]),
        (Filter(site="Rome"), [0, 1]),
        (Filter(site=""), [4, 5]),
        (Filter(view="AP"), [0, 2, 4]),
        (Filter(view="AP", site="Oslo"), [2]),
        (Filter(class_id=1), [0, 2]),
        (Filter(least=0.6), [1, 2, 3, 4, 5]),
        (Filter(least=0.65, most=0.8), [2, 3]),
        (Filter(why="conflict"), [1]),
        (Filter(why="near_copy"), [3]),
        (Filter(why="failed_audit"), []),
        (Filter(why="unlike"), [4]),
        (Filter(why="not_read"), [3]),
        (Filter(why="unsure"), [0, 2, 3, 5]),
        (Filter(why="unsure", class_id=2, most=0.8), [3, 5]),
        (Filter(site="nowhere"), []),
    ],
)
def test_review_shows_what_is_asked_for_in_its_order(
    session: Session, review: list[int], wanted: Filter, places: list[int]
) -> None:
    assert shown(session, wanted) == [review[place] for place in places]


@pytest.fixture
def hundred(session: Session) -> list[dict[str, Any]]:
    """A hundred images in review, about each of which something else is known; the latter."""
    add_readers(session, 1)
    classes, images = add_classes(session), add_images(session, 100)
    add_sweep(session, images)
    known = [
        {
            "site": ("", "Rome", "Oslo")[n % 3],
            "view": ("AP", "LAT")[n // 3 % 2],
            "class_id": classes[n // 2 % 3],
            "confidence": (n * 37 % 100) / 100,
            "conflict": n % 7 == 0,
        }
        for n in range(100)
    ]
    for image, values in zip(images, known, strict=True):
        about(session, image, **values)
    return known


def test_any_filter_shows_exactly_what_matches(
    session: Session, hundred: list[dict[str, Any]]
) -> None:
    images = session.scalars(select(Image.id).order_by(Image.id)).all()
    share = st.sampled_from([None, 0.0, 0.25, 0.5, 0.99])

    @given(st.sampled_from([None, "", "Rome"]), st.sampled_from([None, "AP"]), share, share)
    @settings(max_examples=40)
    def holds(site: str | None, view: str | None, least: float | None, most: float | None) -> None:
        wanted = Filter(
            site=site, view=view, least=least, most=most, why="conflict" if most else None
        )
        matching = [
            image
            for image, known in zip(images, hundred, strict=True)
            if (site is None or known["site"] == site)
            and (view is None or known["view"] == view)
            and (least is None or known["confidence"] >= least)
            and (most is None or known["confidence"] <= most)
            and (wanted.why is None or known["conflict"])
        ]
        drop_all(session, 1, "review")
        read = lease_read(session, 1, "review", 300, now(), wanted)
        assert (read and read[0]) == (matching[0] if matching else None)
        assert peek(session, 1, "review", now(), 3, wanted) == matching[1:4]
        assert count_wanted(session, "review", wanted) == len(matching)

    holds()


def test_another_filter_gives_back_what_it_does_not_let_through(
    session: Session, review: list[int]
) -> None:
    assert lease_read(session, 1, "review", 300, now(), EVERYTHING)[0] == review[0]
    assert lease_read(session, 1, "review", 300, now(), Filter(site="Oslo"))[0] == review[2]
    assert session.scalars(select(Lease.image_id)).all() == [review[2]]
    assert lease_read(session, 1, "review", 300, now(), Filter(view="AP"))[0] == review[2]
    assert lease_read(session, 2, "review", 300, now(), EVERYTHING)[0] == review[0]


def test_an_undo_shows_its_image_whatever_the_filter(session: Session, review: list[int]) -> None:
    desk = next_on_desk(session, 1, "review", 300, now())
    decide(session, 1, desk.item.suggestion.id, "approve", Decision(None, "key one", now(), 9))
    wanted = Filter(site="Oslo")
    assert next_on_desk(session, 1, "review", 300, now(), wanted).item.film.image_id == review[2]
    image = undo(session, 1, "review", 300, "key undo", now())
    desk = next_on_desk(session, 1, "review", 300, now(), wanted, keep=image)
    assert desk.item.film.image_id == image == review[0]
    decide(session, 1, desk.item.suggestion.id, "approve", Decision(None, "key two", now(), 9))
    assert next_on_desk(session, 1, "review", 300, now(), wanted).item.film.image_id == review[2]


def test_where_nothing_is_left_the_desk_says_what_there_is_without_the_filter(
    session: Session, review: list[int]
) -> None:
    desk = next_on_desk(session, 1, "review", 300, now(), Filter(site="nowhere"))
    assert (desk.item, desk.remaining, desk.filtered, desk.without_filter) == (None, 0, True, 6)
    desk = next_on_desk(session, 1, "review", 300, now(), Filter(site="Rome"))
    assert (desk.remaining, desk.filtered, desk.without_filter) == (2, True, None)
    assert [film.image_id for film in desk.upcoming] == [review[1]]
    desk = next_on_desk(session, 1, "review", 300, now())
    assert (desk.remaining, desk.filtered, desk.without_filter) == (6, False, None)


def test_the_seed_set_is_filtered_by_the_film_and_calibration_stays(session: Session) -> None:
    add_readers(session, 1)
    images = add_images(session, 6)
    list_images(session, "seed", images)
    for place, (site, view) in enumerate([("Rome", "AP"), ("Oslo", "AP"), ("Rome", "LAT")]):
        about(session, images[place], site=site, view=view)
    kept = update(WorklistItem).where(WorklistItem.image_id == images[4])
    session.execute(kept.values(calibration=True))
    assert shown(session, Filter(site="Rome"), "seed") == [images[0], images[2], images[4]]
    assert shown(session, Filter(site="Rome", view="LAT"), "seed") == [images[2], images[4]]


@pytest.mark.parametrize(
    ("worklist", "wanted"),
    [
        ("validation", Filter(site="Rome")),
        ("audit", Filter(view="AP")),
        ("adjudication", Filter(site="")),
        ("seed", Filter(class_id=1)),
        ("seed", Filter(site="Rome", why="conflict")),
    ],
)
def test_what_must_stay_a_fair_sample_or_blind_is_not_filtered(
    session: Session, worklist: Any, wanted: Filter
) -> None:
    add_readers(session, 1)
    with pytest.raises(Refused) as refused:
        next_on_desk(session, 1, worklist, 300, now(), wanted)
    assert refused.value.do.startswith("Clear the filter")


def test_blind_first_is_not_undone_by_a_filter(session: Session, review: list[int]) -> None:
    session.add(Workspace(blind_first=True))
    session.flush()
    for wanted in (Filter(class_id=1), Filter(least=0.7), Filter(why="conflict")):
        with pytest.raises(Conflict, match="blind first"):
            next_on_desk(session, 1, "review", 300, now(), wanted)
    desk = next_on_desk(session, 1, "review", 300, now(), Filter(site="Oslo", view="LAT"))
    assert desk.item.film.image_id == review[3]


def test_every_site_and_view_can_be_chosen(session: Session) -> None:
    assert choices(session) == {"site": [], "view": []}
    images = add_images(session, 5)
    for image, site in zip(images, ["Rome", "", "Oslo", "Rome", "Zürich"], strict=True):
        about(session, image, site=site, view="AP")
    assert choices(session) == {"site": ["", "Oslo", "Rome", "Zürich"], "view": ["AP"]}


def test_pseudo_labels_know_where_their_films_come_from(
    session: Session, review: list[int]
) -> None:
    session.execute(update(PseudoLabel).values(site="", view=""))
    session.execute(update(PseudoLabel).values(origins()))
    assert shown(session, Filter(site="Rome", view="LAT")) == [review[1]]
    name_site(session, session.get_one(Image, review[5]), "Rome")
    session.expire_all()
    assert sorted(shown(session, Filter(site="Rome"))) == [review[0], review[1], review[5]]


@pytest.fixture
def web(sqlite_database: Database, settings: Any) -> Web:
    """The application, with two images of Rome and one of Oslo in review; HTTP alone is tried."""
    settings.home.mkdir(exist_ok=True)
    with sqlite_database.begin() as session:
        add_classes(session)
        images = add_images(session, 3)
        add_sweep(session, images)
        for image, site in zip(images, ["Rome", "Oslo", "Rome"], strict=True):
            about(session, image, site=site)
    return Web(sqlite_database, settings)


def test_every_request_for_a_next_image_takes_the_filter(web: Web) -> None:
    rosa = web.browser("rosa")
    desk = rosa.post("/api/v1/worklists/review/next?site=Rome").json()
    assert (desk["item"]["film"]["image_id"], desk["remaining"]) == (1, 2)
    verdict = {"decision": "approve", "idempotency_key": "a key of its own"}
    label = desk["item"]["suggestion"]["id"]
    address = f"/api/v1/pseudo-labels/{label}/decision?site=Rome"
    assert rosa.post(address, json=verdict).json()["item"]["film"]["image_id"] == 3
    undo = {"idempotency_key": "another of its own"}
    undone = rosa.post("/api/v1/worklists/review/undo?site=Oslo", json=undo).json()
    assert (undone["item"]["film"]["image_id"], undone["remaining"]) == (1, 1)
    skipped = rosa.post("/api/v1/worklists/review/skip?site=Oslo", json={"image_id": 1}).json()
    assert skipped["item"]["film"]["image_id"] == 2
    refused = rosa.post("/api/v1/worklists/validation/next?site=Rome")
    assert refused.status_code == 422
    assert "fair sample" in refused.json()["what"]
    assert rosa.post("/api/v1/worklists/review/next?least=7").status_code == 422


def test_the_page_says_in_words_what_it_is_filtered_by(web: Web) -> None:
    rosa = web.browser("rosa")
    assert "only " not in rosa.get("/review").text
    page = rosa.get("/review?class_id=2&least=0.5&site=&why=conflict").text
    assert "only abnormal, 50 to 100 %, report and image differ, site unknown<" in page
    assert "only nothing there is<" in rosa.get("/review?class_id=99").text
    seed = rosa.get("/reading/seed?site=Rome").text
    assert "only Rome<" in seed
    assert "Predicted class" not in seed
    assert 'id="filter"' not in rosa.get("/reading/validation").text
    with web.database.begin() as session:
        session.add(Workspace(blind_first=True))
    assert "Predicted class" not in rosa.get("/review").text
