"""Lots within sites: every large site has its own audit, and reads stay bounded."""

import pytest
from acceptance.archive import Archive, make_archive
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select, update
from support.databases import ON_BOTH
from support.web import Web

from app.acceptance.lots import sites_in_words, standings
from app.acceptance.sites import MOST_ALONE, lots_within
from app.db.archive import Image
from app.db.engine import Database
from app.db.learning import Lot
from app.statistics.acceptance import plan_for_lot

TOLERATED = 0.3
"""An audit then reads 9 images, and a site of 90 has a lot of its own."""


@given(
    st.dictionaries(st.text(max_size=3), st.integers(1, 5000), min_size=1, max_size=12),
    st.sampled_from([0.02, 0.05, 0.1, 0.3]),
)
def test_each_site_is_in_one_lot_and_audits_read_little_more(
    sizes: dict[str, int], tolerated: float
) -> None:
    divided = lots_within(sizes, tolerated)
    assert sorted(site for lot in divided for site in lot) == sorted(sizes)
    assert len(divided) <= MOST_ALONE + 1
    samples = [plan_for_lot(tolerated, sum(sizes[site] for site in lot))[0] for lot in divided]
    most = max(plan_for_lot(tolerated, size)[0] for size in (*sizes.values(), 10**6))
    assert sum(samples) <= (MOST_ALONE + 1) * most
    for lot, sample in zip(divided[:-1], samples, strict=False):
        assert sample <= sum(sizes[site] for site in lot) / 10


def test_large_sites_stand_alone_and_small_ones_together() -> None:
    sizes = {"": 30, "Bern": 700, "Oslo": 2000, "Pisa": 100, "Rome": 590}
    assert lots_within(sizes, 0.05) == [["Oslo"], ["Bern"], ["Rome"], ["", "Pisa"]]
    assert lots_within({"Oslo": 5000}, 0.05) == [["Oslo"]]
    assert lots_within({"Oslo": 100, "Rome": 90}, 0.05) == [["Oslo", "Rome"]]
    many = {f"site {n:02}": 1000 + n for n in range(20)}
    assert [len(lot) for lot in lots_within(many, 0.05)] == [1, 1, 1, 1, 16]


def archive_of_sites(database: Database, sites: list[str]) -> tuple[Archive, int]:
    """An archive whose films are from these sites, with a sweep that accepts all of them."""
    archive = make_archive(database, [0] * len(sites))
    with database.begin() as session:
        for image, site in zip(archive.truth, sites, strict=True):
            session.execute(update(Image).where(Image.id == image).values(site=site))
    sweep = archive.sweep([0] * len(sites), [0.99] * len(sites), tolerated_error=TOLERATED)
    archive.select(sweep)
    return archive, sweep


SITES = ["Oslo"] * 120 + ["Rome"] * 100 + ["Pisa"] * 8 + [""] * 4


@ON_BOTH
def test_lots_are_made_and_audited_within_sites(database: Database) -> None:
    archive, sweep = archive_of_sites(database, SITES)
    with database.begin() as session:
        lots = standings(session, sweep)
        ids = {lot.lot: lot.sites for lot in lots}
    assert [(lot.sites, lot.size, lot.sample_size) for lot in lots] == [
        (["Oslo"], 120, plan_for_lot(TOLERATED, 120)[0]),
        (["Rome"], 100, plan_for_lot(TOLERATED, 100)[0]),
        (["", "Pisa"], 12, plan_for_lot(TOLERATED, 12)[0]),
    ]
    for label in archive.pseudo_labels(sweep).values():
        assert label.site in ids[label.lot_id]


def test_a_site_that_fails_takes_no_other_with_it(database: Database) -> None:
    archive, sweep = archive_of_sites(database, SITES)
    bad = [image for image, site in zip(archive.truth, SITES, strict=True) if site == "Rome"]
    archive.read_all(misread=bad)
    with database.begin() as session:
        lots = standings(session, sweep)
    assert [lot.status for lot in lots] == ["released", "failed", "released"]
    labels = archive.pseudo_labels(sweep)
    assert {labels[image].status for image in bad} <= {"needs_review", "corrected"}


@ON_BOTH
@pytest.mark.parametrize("sites", [["Oslo"] * 120, [""] * 120, ["Oslo"] * 60 + ["Rome"] * 60])
def test_without_several_large_sites_a_class_is_one_lot(
    database: Database, sites: list[str]
) -> None:
    archive_of_sites(database, sites)
    with database.begin() as session:
        assert session.execute(select(Lot.place, Lot.sites)).all() == [(0, None)]


def test_the_page_names_the_site_of_each_lot(web: Web) -> None:
    archive_of_sites(web.database, SITES)
    page = web.browser("Admin", "admin").get("/acceptance").text
    assert 'normal <span class="note">Oslo</span>' in page
    assert 'normal <span class="note">site unknown, Pisa</span>' in page
    assert 'aria-label="Audit of normal, Rome"' in page


def test_many_sites_are_counted_after_the_third() -> None:
    assert sites_in_words(None) == ""
    assert sites_in_words(["A", "B", "C"]) == "A, B, C"
    assert sites_in_words(["A", "B", "C", "D"]) == "A, B, C, 1 more site"
    assert sites_in_words(["A", "B", "C", "D", "E"]) == "A, B, C, 2 more sites"
