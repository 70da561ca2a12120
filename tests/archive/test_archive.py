"""The archive's page: what is found is what fits, and nothing is told that is read blind."""

import shutil
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session
from support.archive_rows import SITES, VIEWS, furnish, read
from support.worklist_rows import add_images, add_readers, add_sweep, list_images

from app.archive import index as archive_index
from app.archive import rules
from app.archive.facets import NAMES, Wanted
from app.archive.index import Index
from app.db.archive import Image, Patient, Rendition, Study, Workspace
from app.db.engine import Database, open_database, read_only
from app.db.exclusion import ExcludedImage
from app.db.learning import PseudoLabel
from app.db.reading import Annotation, ReferenceLabel, WorklistItem
from app.db.tables import now
from app.errors import Refused

PAGE = 7


@pytest.fixture(scope="module")
def furnished(
    migrated_sqlite: Path, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Database, list[dict[str, Any]]]:
    """The workspace, and what is true of each of its images."""
    path = tmp_path_factory.mktemp("archive") / "condyle.sqlite3"
    shutil.copy(migrated_sqlite, path)
    database = open_database(f"sqlite:///{path}")
    with database.begin() as session:
        furnish(session)
        return database, facts(session)


def facts(session: Session) -> list[dict[str, Any]]:
    """What is true of each image, asked one by one and worked out here."""
    sweep = 1
    found = []
    for image in session.scalars(select(Image).order_by(Image.id.desc())).all():
        split = session.scalar(select(Patient.split).where(Patient.id == image.patient_id))
        label = session.get(ReferenceLabel, image.id)
        unusable = session.scalar(
            select(Annotation.id).where(Annotation.image_id == image.id, Annotation.unusable)
        )
        swept = session.scalar(
            select(PseudoLabel).where(
                PseudoLabel.sweep_id == sweep, PseudoLabel.image_id == image.id
            )
        )
        waits = session.scalar(
            select(WorklistItem.worklist).where(
                WorklistItem.image_id == image.id, WorklistItem.done.is_(False)
            )
        )
        excluded = session.get(ExcludedImage, image.id)
        said = str(label.class_id) if label else "unusable" if unusable else "none"
        predicted = str(swept.class_id) if swept else "none"
        both = "none" not in (said, predicted)
        fact = {
            "label": said,
            "basis": label.basis if label else "none",
            "predicted": predicted,
            "status": swept.status if swept else "none",
            "against": ("agree" if said == predicted else "differ") if both else "none",
            "conflict": ("yes" if swept.conflict else "no") if swept else "none",
            "confidence": band(swept.confidence) if swept else "none",
        }
        if waits:
            fact = dict.fromkeys(fact, "blind")
        fact |= {
            "id": image.id,
            "sure": swept.confidence if swept and not waits else None,
            "waits": waits or "none",
            "excluded": excluded.reason if excluded else "none",
            "split": split,
            "site": image.site,
            "view": image.view,
            "side": image.laterality,
            "vendor": image.details.get("Manufacturer", ""),
            "imported": image.imported_at.strftime("%Y-%m"),
        }
        found.append(fact)
    return found


def band(confidence: float) -> str:
    edges = (0, 50, 60, 70, 80, 90, 95, 100)
    return next(
        f"{low}-{high}" for low, high in pairwise(edges) if 100 * confidence < high or high == 100
    )


def fits(fact: dict[str, Any], wanted: Wanted, but: str = "") -> bool:
    return all(
        fact[name] in values or (name == "imported" and fact[name][:4] in values)
        for name, values in wanted.chosen.items()
        if name != but
    )


def in_order(found: list[dict[str, Any]], sort: str) -> list[int]:
    """The images as they are to be shown: by what is asked for, then the newest first."""

    def score(fact: dict[str, Any]) -> float:
        sure = fact["sure"]
        if sort == "unsure":
            return 2.0 if sure is None else sure
        if sort == "sure":
            return 1.0 if sure is None else -sure
        if sort == "disagreement":
            return -(2 * (fact["against"] == "differ") + (fact["conflict"] == "yes") + (sure or 0))
        return 0.0

    ordered = sorted(found, key=lambda fact: (score(fact), -fact["id"]))
    return [fact["id"] for fact in (ordered[::-1] if sort == "oldest" else ordered)]


def whole(database: Database, index: Index, wanted: Wanted) -> tuple[list[int], rules.Counts]:
    """All pages, one after the other, and the counts beside the first."""
    shown, place, counts = [], None, None
    with read_only(database) as session:
        while counts is None or place is not None:
            found = rules.find(session, index, wanted, place, PAGE)
            assert len(found.images) <= PAGE
            counts = counts or found.counts.value
            shown += [image.image_id for image in found.images]
            place = found.following
    return shown, counts


@st.composite
def searches(draw: Callable[..., Any]) -> Wanted:
    values = {
        "label": ["1", "2", "3", "none", "unusable", "blind"],
        "basis": ["single_read", "none", "blind"],
        "predicted": ["1", "2", "3", "none", "blind"],
        "status": ["needs_review", "accepted", "approved", "none"],
        "against": ["agree", "differ", "none"],
        "conflict": ["yes", "no", "none"],
        "confidence": ["50-60", "70-80", "90-95", "95-100", "none"],
        "waits": ["seed", "validation", "none"],
        "excluded": ["quality", "none"],
        "split": ["development", "validation"],
        "site": [*SITES, "nowhere"],
        "view": list(VIEWS),
        "side": ["L", "R"],
        "vendor": ["Agfa", ""],
        "imported": [f"{now():%Y}", f"{now():%Y-%m}", "1999"],
    }
    asked = draw(st.lists(st.sampled_from(NAMES), max_size=3, unique=True))
    chosen = {
        name: draw(st.lists(st.sampled_from(values[name]), min_size=1, max_size=3))
        for name in asked
    }
    sorts = ["newest", "oldest", "unsure", "sure", "disagreement"]
    return Wanted(sort=draw(st.sampled_from(sorts)), **chosen)


INDEX = Index()


@settings(max_examples=60)
@given(wanted=searches())
def test_pages_and_counts_are_those_of_every_image_looked_at(
    furnished: tuple[Database, list[dict[str, Any]]], wanted: Wanted
) -> None:
    database, every = furnished
    shown, counts = whole(database, INDEX, wanted)
    fitting = [fact for fact in every if fits(fact, wanted)]
    assert shown == in_order(fitting, wanted.sort)
    assert (counts.wanted, counts.archive) == (len(fitting), len(every))
    for name, of_value in counts.facets.items():
        others = [fact for fact in every if fits(fact, wanted, but=name)]
        assert sum(of_value.values()) == len(others)
        for value, number in of_value.items():
            assert number == sum(fact[name] == value for fact in others), (name, value)


def test_it_finds_the_same_on_both_databases(database: Database) -> None:
    with database.begin() as session:
        furnish(session)
    for asked in ({}, {"site": ["north"], "label": ["1", "none"]}, {"imported": [f"{now():%Y}"]}):
        wanted = Wanted(sort="disagreement", **asked)
        with read_only(database) as session:
            fitting = [fact for fact in facts(session) if fits(fact, wanted)]
        assert whole(database, Index(), wanted)[0] == in_order(fitting, "disagreement")


def test_it_follows_what_changes(database: Database) -> None:
    with database.begin() as session:
        images = furnish(session)
        reader = add_readers(session, 1, role="admin")[0]
    index = Index()
    unlabelled = Wanted(label=["none"])
    assert images[1] in whole(database, index, unlabelled)[0]
    with database.begin() as session:
        read(session, reader, images[1], 1, "later")
        added = add_images(session, 2, name="new")
        list_images(session, "audit", images[3:4])
    shown, counts = whole(database, index, unlabelled)
    assert images[1] not in shown
    assert images[3] not in shown  # it is read blind
    assert set(added) <= set(shown)
    assert counts.archive == 42
    with database.begin() as session:
        session.execute(update(Workspace).values(blind_first=True))
        session.add(Workspace(blind_first=True))
    blind = whole(database, index, Wanted(predicted=["blind"]))[1]
    with database.begin() as session:
        add_sweep(session, images[10:20])
    # What came to review of the latest sweep, and what waits on a list besides.
    assert blind.wanted == 20 + 3
    assert whole(database, index, Wanted(predicted=["blind"]))[1].wanted == 10 + 6


def test_what_is_committed_late_is_found(postgresql_database: Database) -> None:
    index = Index()
    with postgresql_database.begin() as session:
        furnish(session)
    assert len(whole(postgresql_database, index, Wanted())[0]) == 40
    with postgresql_database.begin() as slow:
        late = add_images(slow, 1, name="late")
        with postgresql_database.begin() as session:
            early = add_images(session, 1, name="early")
        assert late[0] < early[0]
        assert whole(postgresql_database, index, Wanted())[0][:2] == [early[0], 40]
    assert whole(postgresql_database, index, Wanted())[0][:2] == [early[0], late[0]]


def test_a_large_archive_is_read_beside_the_page(
    sqlite_database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(archive_index, "COUNTED_AT_ONCE", 0)
    monkeypatch.setattr(archive_index, "PATIENCE_SECONDS", 30)
    with sqlite_database.begin() as session:
        images = furnish(session)
    index = Index()
    assert whole(sqlite_database, index, Wanted())[0] == images[::-1]
    with sqlite_database.begin() as session:
        gone = images[-1]
        for table in (Rendition, WorklistItem, ReferenceLabel, Annotation):
            session.execute(delete(table).where(table.image_id == gone))
        session.execute(delete(Image).where(Image.id == gone))
    # Whoever is gone is not shown, though nothing new says so.
    assert whole(sqlite_database, index, Wanted())[0] == images[-2::-1]


def test_any_key_finds_its_images(database: Database) -> None:
    with database.begin() as session:
        images = furnish(session)
        study = session.get_one(Study, session.get_one(Image, images[4]).study_id)
        study.accession = "A-1"
        session.get_one(Image, images[9]).key = "both-L"

    def found(typed: str) -> list[int]:
        return sorted(whole(database, Index(), Wanted(q=typed))[0])

    assert found("p0") == images[:2]  # patient and study
    assert found("p0-1") == images[1:2]
    assert found(" A-1,\n") == images[4:6]
    assert found("both") == images[9:10]
    assert found(str(images[7])) == images[7:8]
    assert found("p0-1; v3-0 nobody") == [images[1], images[31]]
    assert found("nobody") == []
    assert found("99999999999999999999") == []
    with pytest.raises(Refused):
        found(" ".join(map(str, range(300))))
