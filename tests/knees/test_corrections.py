"""Where each knee is can be put right by a reader; labels stay where they were given."""

import shutil
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from conftest import _open
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from sqlalchemy import delete, select
from sqlalchemy.orm import Session
from support.audit_log import events_of
from support.both_knees import both_knees
from support.web import Web
from support.worklist_rows import add_classes, add_images, add_readers, add_sweep, list_images

from app.db.archive import Image, Rendition
from app.db.engine import Database
from app.db.learning import PseudoLabel, Run
from app.db.people import User
from app.db.reading import Annotation, Lease, ReferenceLabel
from app.db.tables import now
from app.errors import NotFound, Refused
from app.export import tables
from app.imaging.knees import Region
from app.imports.arrival import NewRendition
from app.knees import corrections
from app.labels.decisions import Decision, Hold
from app.reading.rules import annotate
from app.review.grid import page_of_grid
from app.worklists.items import lease_next

LARGEST = 64 - 6
"""A tenth of the film is left to each knee."""


def person(session: Session) -> User:
    return session.get_one(User, add_readers(session, 1)[0])


def cropped(session: Session, image_ids: tuple[int, int]) -> list[int]:
    """The images among some that have a model rendition."""
    wanted = select(Rendition.image_id).where(Rendition.kind == "model")
    found = session.scalars(wanted.where(Rendition.image_id.in_(image_ids)))
    return sorted(found)


def test_moving_the_line_moves_both_knees_and_takes_what_was_made_of_them(session: Session):
    right, left = both_knees(session)
    reader = person(session)
    corrections.correct(session, reader, left, None, 24)
    assert session.get_one(Image, right).region == Region(0, 0, 24, 80)
    assert session.get_one(Image, left).region == Region(24, 0, 64, 80)
    assert cropped(session, (right, left)) == []
    (event,) = events_of(session)
    assert (event.user_id, event.action) == (reader.id, "move line between knees")
    assert event.details == {"line": 24, "was": 32}


def test_a_knee_above_the_other_is_divided_by_a_row(session: Session):
    right, left = both_knees(session)
    session.get_one(Image, right).region = Region(0, 0, 64, 40)
    session.get_one(Image, left).region = Region(0, 40, 64, 80)
    corrections.correct(session, person(session), right, None, 60)
    assert session.get_one(Image, right).region == Region(0, 0, 64, 60)
    assert session.get_one(Image, left).region == Region(0, 60, 64, 80)


def test_saying_again_what_is_so_changes_and_records_nothing(session: Session):
    right, left = both_knees(session)
    corrections.correct(session, person(session), right, "R", 32)
    assert cropped(session, (right, left)) == [right, left]
    assert events_of(session) == []


def test_another_side_exchanges_what_goes_by_side_and_leaves_the_rest(session: Session):
    right, left = both_knees(session)
    normal, abnormal, _ = add_classes(session)
    for image_id, said, details in ((right, normal, {"kl": "0"}), (left, abnormal, {"kl": "3"})):
        image = session.get_one(Image, image_id)
        image.given_class_id, image.details = said, details
    reader = person(session)
    list_images(session, "seed", [right, left])
    assert lease_next(session, reader.id, "seed", 300, now()) == right
    annotate(session, Hold(reader.id, right, "seed"), Decision(abnormal, "key", now(), 9))
    corrections.correct(session, reader, right, "L", None)
    one, other = session.get_one(Image, right), session.get_one(Image, left)
    assert (one.key, one.laterality, one.given_class_id) == ("K-L", "L", abnormal)
    assert (other.key, other.laterality, other.given_class_id) == ("K-R", "R", normal)
    assert (one.details, other.details) == ({"kl": "3"}, {"kl": "0"})
    # What was read was read of these pixels, and the pixels are the same.
    assert (one.region, other.region) == (Region(0, 0, 32, 80), Region(32, 0, 64, 80))
    assert session.scalars(select(ReferenceLabel.image_id)).all() == [right]
    assert session.scalars(select(Annotation.class_id)).all() == [abnormal]
    assert cropped(session, (right, left)) == [right, left]
    (row,) = tables.EXPORTS["labels"][1](session)
    assert (row["image_id"], row["laterality"], row["region"]) == ("K-L", "L", [0, 0, 32, 80])


def test_a_map_of_where_the_labeler_looked_goes_with_the_region_it_was_drawn_for(session: Session):
    add_classes(session)
    right, left = both_knees(session)
    add_sweep(session, [right, left])
    session.execute(PseudoLabel.__table__.update().values(attention_digest="d" * 64))
    corrections.correct(session, person(session), right, "L", None)
    assert set(session.scalars(select(PseudoLabel.attention_digest))) == {"d" * 64}
    corrections.correct(session, person_again(session), right, None, 20)
    assert set(session.scalars(select(PseudoLabel.attention_digest))) == {None}
    assert session.scalars(select(PseudoLabel.status)).all() == ["needs_review"] * 2


def person_again(session: Session) -> User:
    return session.scalars(select(User)).one()


@pytest.mark.parametrize("line", [0, 5, LARGEST + 1, 64, 2**31 - 1])
def test_a_line_that_leaves_no_knee_is_refused(session: Session, line: int):
    right, left = both_knees(session)
    with pytest.raises(Refused, match="too little"):
        corrections.correct(session, person(session), right, None, line)
    assert cropped(session, (right, left)) == [right, left]


def test_a_film_of_one_knee_has_no_line_and_keeps_its_side(session: Session):
    (single,) = add_images(session, 1)
    reader = person(session)
    for laterality, line in (("L", None), (None, 30)):
        with pytest.raises(Refused, match="one knee"):
            corrections.correct(session, reader, single, laterality, line)  # type: ignore[arg-type]
    with pytest.raises(NotFound):
        corrections.correct(session, reader, 77, "L", None)


def test_a_rendition_counts_only_for_the_region_it_was_made_of_and_once(session: Session):
    right, _ = both_knees(session)
    corrections.correct(session, person(session), right, None, 20)
    made = NewRendition("model", "a" * 64, 20, 80, 8, 127.5, 255.0)
    assert not corrections.add_crop(session, right, Region(0, 0, 32, 80), made)
    assert corrections.add_crop(session, right, Region(0, 0, 20, 80), made)
    assert not corrections.add_crop(session, right, Region(0, 0, 20, 80), made)


def test_the_grid_leaves_a_corrected_knee_out_until_its_thumbnail_is_made(session: Session):
    classes = add_classes(session)
    right, left = both_knees(session)
    single = add_images(session, 1)
    add_sweep(session, [right, left, *single])
    reader = person(session)

    def tiles() -> set[int]:
        page = page_of_grid(session, reader.id, classes[1], 300, now())
        return {tile.image_id for tile in page.tiles}

    corrections.correct(session, reader, right, None, 20)
    assert tiles() == set(single)
    made = NewRendition("model", "a" * 64, 20, 80, 8, 127.5, 255.0)
    assert corrections.add_crop(session, right, Region(0, 0, 20, 80), made)
    session.execute(delete(Lease))
    assert tiles() == {right, *single}


Step = st.tuples(st.integers(0, 1), st.sampled_from([None, "L", "R"]), st.integers(0, 70))


@given(st.lists(st.one_of(Step, st.just("crop")), max_size=8))
@hypothesis_settings(max_examples=25)
def test_whatever_is_corrected_two_knees_share_the_film_and_no_model_sees_an_old_part(
    migrated_sqlite: Path, steps: list[tuple[int, str | None, int] | str]
) -> None:
    with TemporaryDirectory() as folder, examples(migrated_sqlite, Path(folder)) as session:
        knees = both_knees(session)
        reader = person(session)
        for step in steps:
            if step == "crop":
                crop_all(session)
                continue
            number, side, line = step
            wanted = None if side and line > 35 else line
            try:
                corrections.correct(session, reader, knees[number], side, wanted)  # type: ignore[arg-type]
            except Refused:
                assert wanted is not None
                assert not 6 <= wanted <= LARGEST
            holds(session, knees, number, side)


@contextmanager
def examples(migrated: Path, folder: Path) -> Iterator[Session]:
    """A database of its own for each example."""
    shutil.copy(migrated, folder / "condyle.sqlite3")
    for database in _open(f"sqlite:///{folder / 'condyle.sqlite3'}"):
        with database.begin() as session:
            yield session


def crop_all(session: Session) -> None:
    """What a `crop` run does: the rendition says how wide the region was."""
    for image in corrections.uncropped(session, 9):
        region = image.region
        assert region is not None
        width = region.right - region.left
        made = NewRendition("model", f"{region}", width, 80, 8, 127.5, 255.0)
        assert corrections.add_crop(session, image.id, region, made)


def holds(session: Session, knees: tuple[int, int], number: int, side: str | None) -> None:
    """What is true after every correction."""
    first, second = (session.get_one(Image, knee) for knee in knees)
    assert first.region is not None
    assert second.region is not None
    assert first.region.right == second.region.left
    assert (first.region.left, second.region.right) == (0, 64)
    assert {first.laterality, second.laterality} == {"L", "R"}
    assert side is None or (first, second)[number].laterality == side
    for image in (first, second):
        assert image.key == f"K-{image.laterality}"
        rendition = session.scalar(
            select(Rendition).where(Rendition.image_id == image.id, Rendition.kind == "model")
        )
        fresh = rendition is None or rendition.digest == f"{image.region}"
        assert fresh or image.region in (Region(0, 0, 32, 80), Region(32, 0, 64, 80))


def test_a_correction_by_the_api_is_answered_by_the_film_and_asks_a_worker(web: Web):
    with web.database.begin() as session:
        right, left = both_knees(session)
    reader = web.browser("rosa")
    path = f"/api/v1/images/{right}/knee"
    same = reader.post(path, json={})
    assert same.json()["region"] == {"left": 0, "top": 0, "right": 32, "bottom": 80}
    with web.database() as session:
        assert session.scalars(select(Run)).all() == []
    moved = reader.post(path, json={"line": 40, "laterality": "L"})
    assert moved.status_code == 200
    assert moved.json()["region"]["right"] == 40
    assert moved.json()["laterality"] == "L"
    assert moved.json()["image_id"] == right
    assert reader.post(path, json={"line": 41}).status_code == 200
    with web.database() as session:
        run = session.scalars(select(Run)).one()
        assert (run.kind, run.status) == ("crop", "queued")
        assert session.get_one(Image, left).region == Region(41, 0, 64, 80)
    for wrong in ({"line": -1}, {"line": 2**31}, {"line": "x"}, {"laterality": "B"}, []):
        assert reader.post(path, json=wrong).status_code == 422
    assert reader.post(path, json={"line": 1}).json()["what"]
    assert reader.post("/api/v1/images/77/knee", json={"line": 20}).status_code == 404


def test_corrections_of_two_readers_at_once_leave_two_knees(postgresql_database: Database):
    """Each says which knee is which, and where the line is, again and again."""
    database = postgresql_database
    with database.begin() as session:
        knees = both_knees(session)
        readers = add_readers(session, 2)
    failed: list[BaseException] = []

    def correct(number: int) -> None:
        try:
            for turn in range(15):
                with database.begin() as session:
                    reader = session.get_one(User, readers[number])
                    side = "LR"[turn % 2]
                    line = 20 + 3 * number + turn
                    corrections.correct(session, reader, knees[number], side, line)  # type: ignore[arg-type]
        except BaseException as error:
            failed.append(error)

    threads = [threading.Thread(target=correct, args=(number,)) for number in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failed == []
    with database() as session:
        first, second = (session.get_one(Image, knee) for knee in knees)
        assert {first.laterality, second.laterality} == {"L", "R"}
        assert first.region is not None
        assert second.region is not None
        assert first.region.right == second.region.left
