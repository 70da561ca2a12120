"""Films unlike the calibration reads: never accepted, counted with their reasons, read first."""

import numpy as np
import pytest
from acceptance.archive import Archive, Steps, make_archive
from sqlalchemy import update
from support.databases import ON_BOTH
from support.web import Web

from app.acceptance.unlike import KINDS, in_words
from app.db.archive import Image
from app.db.engine import Database
from worker.selection import hold_back_in_steps

SURE = 0.99


def swept(archive: Archive, looks: dict[int, str], sites: list[str] | None = None) -> int:
    """Sweep an archive of which the labeler is sure, and hold films back by their place."""
    count = len(archive.truth)
    sweep = archive.sweep([0] * count, np.linspace(SURE, 1, count))
    images = list(archive.truth)
    kinds = {images[place]: kind for place, kind in looks.items()}
    sites = ["Oslo"] * 120 if sites is None else sites
    hold_back_in_steps(Steps(archive.database), sweep, kinds, sites)
    return sweep


def from_sites(archive: Archive, sites: list[str]) -> None:
    with archive.database.begin() as session:
        for image, site in zip(archive.truth, sites, strict=True):
            session.execute(update(Image).where(Image.id == image).values(site=site))


def unlike(archive: Archive, sweep: int) -> list[str]:
    return [label.unlike for label in archive.pseudo_labels(sweep).values()]


def test_what_is_held_back_is_never_accepted_and_in_no_lot(database: Database) -> None:
    archive = make_archive(database, [0] * 40)
    from_sites(archive, ["Oslo"] * 40)
    sweep = swept(archive, {3: "words", 5: "words", 7: "layout", 9: "film"})
    found = archive.select(sweep)
    labels = list(archive.pseudo_labels(sweep).values())
    held = [place for place, label in enumerate(labels) if label.status == "needs_review"]
    assert held == [3, 5, 7, 9]
    assert all(labels[place].lot_id is None for place in held)
    assert archive.lots()["normal"].size == found["accepted"] == 36
    assert found["unlike"] == {"words": 2, "layout": 1, "film": 1}
    assert found["needs_review"] == 4


def test_what_is_held_back_does_not_keep_the_rest_from_being_accepted(database: Database) -> None:
    archive = make_archive(database, [0] * 300)
    from_sites(archive, ["Oslo"] * 300)
    sweep = swept(archive, dict.fromkeys(range(20, 300), "words"))
    found = archive.select(sweep, calibration=60)
    assert (found["accepted"], found["needs_review"]) == (20, 280)


def test_review_begins_with_conflicts_then_what_is_unlike_then_the_least_sure(
    database: Database,
) -> None:
    archive = make_archive(database, [0] * 6)
    confidence, conflict = [0.5, 0.9, 0.4, 0.6, 0.8, 0.7], np.arange(6) == 4
    sweep = archive.sweep([0] * 6, confidence, conflict)
    images = list(archive.truth)
    looks = {images[1]: "words", images[5]: "film"}
    hold_back_in_steps(Steps(database), sweep, looks, [""] * 120)
    archive.select(sweep, wrong=200)
    labels = sorted(archive.pseudo_labels(sweep).values(), key=lambda p: p.review_order)
    assert [label.confidence for label in labels] == [0.8, 0.7, 0.9, 0.4, 0.5, 0.6]


def test_a_site_without_a_calibration_read_is_held_back(database: Database) -> None:
    archive = make_archive(database, [0] * 30)
    from_sites(archive, ["Oslo"] * 10 + ["Rome"] * 10 + [""] * 10)
    sweep = swept(archive, {0: "words", 12: "words"}, ["Oslo"] * 80 + [""] * 40)
    assert unlike(archive, sweep) == ["words"] + [""] * 9 + ["site"] * 10 + [""] * 10
    assert archive.select(sweep)["unlike"] == {"words": 1, "site": 10}


def test_where_every_read_is_from_a_site_of_its_own_a_new_site_is_nothing_new(
    database: Database,
) -> None:
    archive = make_archive(database, [0] * 30)
    from_sites(archive, [f"new {n}" for n in range(30)])
    sweep = swept(archive, {}, [f"site {n}" for n in range(120)])
    assert set(unlike(archive, sweep)) == {""}


@pytest.mark.parametrize("reads", [0, 10])
def test_too_few_calibration_reads_say_nothing_about_sites(database: Database, reads: int) -> None:
    archive = make_archive(database, [0] * 30)
    from_sites(archive, ["Rome"] * 30)
    assert set(unlike(archive, swept(archive, {}, ["Oslo"] * reads))) == {""}


def test_thousands_are_held_back_at_once(database: Database) -> None:
    archive = make_archive(database, [0] * 2500)
    sweep = swept(archive, dict.fromkeys(range(2400), "film"), [""] * 120)
    assert unlike(archive, sweep).count("film") == 2400


@ON_BOTH
def test_another_sweep_is_left_alone(database: Database) -> None:
    archive = make_archive(database, [0] * 5)
    first, second = (archive.sweep([0] * 5, [SURE] * 5) for _ in range(2))
    looks = dict.fromkeys(archive.truth, "words")
    hold_back_in_steps(Steps(database), second, looks, ["Oslo"] * 120)
    assert set(unlike(archive, first)) == {""}
    assert set(unlike(archive, second)) == {"site"}


def test_the_page_says_how_many_are_held_back_and_why(web: Web) -> None:
    archive = make_archive(web.database, [0] * 60)
    from_sites(archive, ["Oslo"] * 40 + ["Rome"] * 20)
    sweep = swept(archive, {2: "words", 3: "layout"})
    archive.select(sweep)
    page = web.browser("Admin", "admin").get("/acceptance").text
    assert "22 films look unlike the calibration reads" in page
    assert "1 by the words of the report; 1 by the layout of the report; 20 by the site" in page
    assert 'href="/review?why=unlike"' in page


def test_a_sweep_that_holds_nothing_back_says_nothing_of_it(web: Web) -> None:
    archive = make_archive(web.database, [0] * 60)
    archive.select(archive.sweep([0] * 60, [SURE] * 60))
    assert "unlike" not in web.browser("Admin", "admin").get("/acceptance").text
    assert in_words({"accepted": 3}) == "", "a sweep of before"


def test_every_kind_has_its_words() -> None:
    whole = in_words({"unlike": dict.fromkeys(KINDS, 1000)})
    assert whole.count("1,000 by") == len(KINDS)


def test_a_failed_lot_leaves_what_is_unlike_before_it(database: Database) -> None:
    archive = make_archive(database, [0] * 20)
    sweep = swept(archive, {19: "layout"}, [""] * 120)
    archive.select(sweep)
    archive.read_all(misread=archive.truth)
    waiting = [p for p in archive.pseudo_labels(sweep).values() if p.status == "needs_review"]
    assert [label.unlike for label in waiting] == ["layout"]
    assert waiting[0].review_order == 1
