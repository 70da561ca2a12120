"""Excluded images: on no list, in nothing that learns or measures, and whole when taken back."""

import pytest
from sqlalchemy import select
from support.archive_rows import furnish
from support.web import Web
from support.worklist_rows import (
    add_classes,
    add_images,
    add_readers,
    add_sweep,
    list_images,
)

from app.archive import exclusions
from app.archive.exclusions import Why
from app.db.engine import read_only
from app.db.learning import Lot, PseudoLabel, Sweep
from app.db.people import AuditEvent, User
from app.db.reading import Annotation, ReferenceLabel, WorklistItem
from app.db.tables import now
from app.errors import LeaseLost, Refused
from app.labels.decisions import Decision, Hold
from app.reading.rules import annotate, undo
from app.removal import doing
from app.review.rules import decide
from app.training import rules as training
from app.training import validation
from app.training.shares import count_for_sweep
from app.worklists import double_reading, seeds
from app.worklists.items import lease_next, remaining

EXCLUDE, BACK = "/api/v1/images/exclude", "/api/v1/images/take-back"
QUALITY = Why("quality")


def read_next(web: Web, reader: int, worklist: str, class_id: int) -> int:
    with web.database.begin() as session:
        image = lease_next(session, reader, worklist, 300, now())
        assert image is not None
        said = Decision(class_id, f"{worklist} {image} {reader}", now(), 9)
        annotate(session, Hold(reader, image, worklist), said)
    return image


def exclude(web: Web, *images: int, why: Why = QUALITY) -> int:
    with web.database.begin() as session:
        return exclusions.exclude(session, images, why, someone(web))


def take_back(web: Web, *images: int) -> int:
    with web.database.begin() as session:
        return exclusions.take_back(session, images, someone(web))


def someone(web: Web) -> User:
    with read_only(web.database) as session:
        return session.scalars(select(User).order_by(User.id)).first()


def labelled(web: Web) -> set[int]:
    with read_only(web.database) as session:
        return set(session.scalars(select(ReferenceLabel.image_id)))


@pytest.fixture
def archive(web: Web) -> tuple[list[int], list[int], list[int]]:
    """Four development films and two of validation that are listed, and three readers."""
    with web.database.begin() as session:
        add_classes(session)
        readers = add_readers(session, 3)
        films = add_images(session, 4)
        locked = add_images(session, 2, split="validation", name="v")
        list_images(session, "seed", films)
        list_images(session, "validation", locked)
    return films, locked, readers


def test_what_was_read_counts_no_more_and_does_again(
    web: Web, archive: tuple[list[int], list[int], list[int]]
) -> None:
    films, locked, readers = archive
    for worklist, listed in (("seed", films), ("validation", locked)):
        for _each in listed:
            read_next(web, readers[0], worklist, 1)

    def counted() -> tuple[set[int], set[int], int]:
        with read_only(web.database) as session:
            teach = {film.image_id for film in training.for_baseline(session)}
            measure = {film.image_id for film in training.for_evaluation(session)}
            return teach, measure, validation.count_unread(session)

    assert counted() == (set(films), set(locked), 0)
    assert exclude(web, films[0], locked[0]) == 2
    assert exclude(web, films[0]) == 0
    assert counted() == (set(films[1:]), set(locked[1:]), 0)
    assert labelled(web) == {*films[1:], *locked[1:]}
    with read_only(web.database) as session:
        assert len(session.scalars(select(Annotation.id)).all()) == 6
        assert count_for_sweep(session) == 0
    assert take_back(web, films[0], locked[0]) == 2
    assert counted() == (set(films), set(locked), 0)
    with read_only(web.database) as session:
        events = select(AuditEvent.action, AuditEvent.details).order_by(AuditEvent.id)
        told = [(each, about.get("images")) for each, about in session.execute(events)][-2:]
    assert told == [("exclude images", 2), ("take back images", 2)]


def test_a_film_that_waits_leaves_its_list_and_comes_back_to_its_place(
    web: Web, archive: tuple[list[int], list[int], list[int]]
) -> None:
    films, _locked, readers = archive
    exclude(web, films[0])
    with web.database.begin() as session:
        assert remaining(session, "seed", readers[0]) == 3
        assert lease_next(session, readers[0], "seed", 300, now()) == films[1]
        double_reading.plan(session, "seed", readers=2, share=1.0, rng=0)
        items = select(WorklistItem.id).where(WorklistItem.image_id == films[0])
        assert session.scalars(items).all() == []
        assert seeds.count_not_in_seed(session) == 0 == len(seeds.not_in_seed(session))
    take_back(web, films[0])
    with web.database.begin() as session:
        mine = select(WorklistItem.turn, WorklistItem.position)
        mine = mine.where(WorklistItem.image_id == films[0]).order_by(WorklistItem.turn)
        assert list(map(tuple, session.execute(mine))) == [(1, 1), (2, 1)]
        assert lease_next(session, readers[1], "seed", 300, now()) == films[0]


def test_a_film_open_on_a_desk_is_answered_in_words(
    web: Web, archive: tuple[list[int], list[int], list[int]]
) -> None:
    films, _locked, readers = archive
    done = read_next(web, readers[0], "seed", 1)
    with web.database.begin() as session:
        open_film = lease_next(session, readers[0], "seed", 300, now())
    assert (done, open_film) == (films[0], films[1])
    exclude(web, done, open_film)
    hold = Hold(readers[0], open_film, "seed")
    with web.database.begin() as session, pytest.raises(LeaseLost, match="excluded"):
        annotate(session, hold, Decision(1, "late", now(), 9))
    with web.database.begin() as session, pytest.raises(LeaseLost, match="excluded"):
        undo(session, readers[0], "seed", 300, "undo", now())
    with web.database.begin() as session:
        assert lease_next(session, readers[0], "seed", 300, now()) == films[2]
        assert len(session.scalars(select(Annotation.id)).all()) == 1


def test_differing_readers_wait_for_nobody_and_do_again(
    web: Web, archive: tuple[list[int], list[int], list[int]]
) -> None:
    _films, _locked, readers = archive
    with web.database.begin() as session:
        double_reading.plan(session, "validation", readers=2, share=1.0, rng=0)
    image = read_next(web, readers[0], "validation", 1)
    exclude(web, image)  # between the first read and the second
    take_back(web, image)
    assert read_next(web, readers[1], "validation", 2) == image
    with web.database.begin() as session:
        assert remaining(session, "adjudication", readers[0]) == 1
    exclude(web, image)
    with web.database.begin() as session:
        assert remaining(session, "adjudication", readers[0]) == 0
    assert labelled(web) == set()
    take_back(web, image)
    with web.database.begin() as session:
        assert remaining(session, "adjudication", readers[0]) == 1


def test_pseudo_labels_go_aside_and_come_back_to_review(web: Web) -> None:
    with web.database.begin() as session:
        add_classes(session)
        reader = add_readers(session, 1)[0]
        images = add_images(session, 8)
        labels = add_sweep(session, images)
        sweep = session.scalars(select(Sweep)).one()
        lot = Lot(sweep_id=sweep.id, class_id=2, size=4, sample_size=2, allowed_errors=0)
        session.add(lot)
        session.flush()
        for n, label in enumerate(session.scalars(select(PseudoLabel).order_by(PseudoLabel.id))):
            if n < 4:
                label.status, label.lot_id, label.in_audit = "accepted", lot.id, n < 2
        list_images(session, "audit", images[:2])
        first = lease_next(session, reader, "review", 300, now())
    assert first == images[4]
    exclude(web, images[0], images[4])

    def standing() -> dict[int, tuple[str, bool]]:
        with read_only(web.database) as session:
            rows = session.scalars(select(PseudoLabel).order_by(PseudoLabel.id))
            return {row.image_id: (row.status, row.in_audit) for row in rows}

    assert standing()[images[0]] == standing()[images[4]] == ("excluded", False)
    with read_only(web.database) as session:
        lot = session.scalars(select(Lot)).one()
        assert (lot.size, lot.sample_size, lot.status) == (3, 2, "auditing")
        sampled = {image for image, (_status, audit) in standing().items() if audit}
        audits = select(WorklistItem.image_id).where(WorklistItem.worklist == "audit")
        assert set(session.scalars(audits)) == sampled
        assert len(sampled) == 2
        sweep = session.scalars(select(Sweep)).one()
        used = [*training.accepted(session, sweep), *training.waiting(session, sweep)]
        assert {film.image_id for film, _likely in used} == {*images[1:4], *images[5:]}
    with web.database.begin() as session, pytest.raises(LeaseLost, match="excluded"):
        decide(session, reader, labels[4], "approve", Decision(None, "late", now(), 9))
    take_back(web, images[0], images[4])
    assert standing()[images[0]] == standing()[images[4]] == ("needs_review", False)
    with web.database.begin() as session:
        assert remaining(session, "review", reader) == 5
        assert session.scalars(select(Lot)).one().size == 3


def test_a_choice_is_excluded_and_found_by_it(web: Web) -> None:
    with web.database.begin() as session:
        furnish(session)
    admin = web.browser("Ada", "admin")
    north = {"wanted": {"site": ["north"]}}
    before = admin.get("/api/v1/images?site=north&limit=200").json()
    planned = admin.post(f"{EXCLUDE}/preview", json=north).json()
    assert (planned["images"], planned["excluded"]) == (before["found"], 0)
    assert planned["validation"] == before["counts"]["split"]["validation"]
    asked = {"choice": north, "reason": "content", "note": "shoulders of Mr Meier"}
    assert admin.post(EXCLUDE, json=asked).json() == {"images": before["found"]}
    assert admin.post(EXCLUDE, json=asked).json() == {"images": 0}
    found = admin.get("/api/v1/images?excluded=content&limit=200").json()
    assert found["found"] == before["found"]
    assert {image["excluded"] for image in found["images"]} == {"content"}
    assert {image["waits"] for image in found["images"]} == {None}
    assert admin.post("/api/v1/images/lists/preview", json=north).json()["excluded"] > 0
    image = found["images"][0]["image_id"]
    page = admin.get(f"/images/{image}/history").text
    assert "shoulders of Mr Meier" in page
    assert (
        admin.post(f"/api/v1/images/{image}/put-back", json={"reason": "doubt"}).status_code == 409
    )
    assert admin.post(BACK, json=north).json() == {"images": before["found"]}
    after = admin.get("/api/v1/images?site=north&limit=200").json()
    assert after["counts"]["excluded"] == {"none": after["found"]}
    with read_only(web.database) as session:
        assert "Meier" not in str(session.scalars(select(AuditEvent.details)).all())


def test_an_image_is_excluded_on_its_own_page_with_a_reason(web: Web) -> None:
    with web.database.begin() as session:
        add_classes(session)
        image, other = add_images(session, 2)
    admin = web.browser("Ada", "admin")
    path = f"/images/{image}"
    refused = admin.post(f"{path}/exclude", data={"reason": "other", "note": " "})
    assert refused.status_code == 422
    assert "There is no reason." in refused.text
    assert admin.post(f"{path}/exclude", data={"reason": "quality"}).status_code == 303
    assert "Poor image quality" in admin.get(f"{path}/history").text
    assert admin.post(f"{path}/take-back").status_code == 303
    said = exclusions_of(web, image)
    assert [one.reason for one in said] == [None, "quality"]
    exclude(web, other)
    doing.remove(web.database, web.settings, "image", [other], "consent", None)
    assert exclusions_of(web, other) == []
    refused = admin.post(EXCLUDE, json={"choice": {"ids": [other]}, "reason": "quality"})
    assert refused.status_code == 422


def exclusions_of(web: Web, image: int) -> list[exclusions.Said]:
    with read_only(web.database) as session:
        return exclusions.said(session, image)


def test_more_than_go_at_once_are_refused() -> None:
    with pytest.raises(Refused, match="at a time"):
        exclusions.require_few(range(exclusions.AT_MOST + 1))
