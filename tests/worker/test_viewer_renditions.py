"""The pixels that readers see are made when a reader will need them, from what is stored."""

from datetime import timedelta
from pathlib import Path

import cv2
import numpy as np
import pytest
from files import bad_films, packed
from sqlalchemy import select, update
from support.both_knees import dicom as film_of_both
from support.databases import ON_BOTH
from support.import_runs import assert_every_stored_file_is_whole, run_import
from support.worklist_rows import add_readers

from app import errors, renditions
from app.db.archive import BothKneesView, Image, Rendition
from app.db.clock import moment
from app.db.engine import Database
from app.db.people import User
from app.db.privacy import HeldFilm
from app.db.tables import now
from app.imaging import decoder, rendering
from app.imaging.decoding import Decoder
from app.imaging.storage import Store
from app.imaging.stores import open_store
from app.imports import held
from app.knees import corrections
from app.settings import Settings
from app.viewer.films import viewer_rendition
from app.worklists import items
from worker import render


def film(path: Path, how: str = "JPEG-LS", **attributes: object) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    made = packed.dataset(how, **attributes)
    path.write_bytes(bad_films.as_file(made))
    return path


def make_all(database: Database, settings: Settings) -> int:
    """Make what is wanted, as the worker's thread does; return how many films that were."""
    made = 0
    with Decoder(settings) as decoding:
        while render.make_next(database, settings, open_store(settings), decoding):
            made += 1
    return made


def viewers(database: Database) -> list[Rendition]:
    with database() as session:
        of_viewer = select(Rendition).where(Rendition.kind == "viewer")
        return list(session.scalars(of_viewer.order_by(Rendition.image_id)))


def want(database: Database, *image_ids: int) -> None:
    with database.begin() as session:
        renditions.want(session, image_ids, moment(session) - timedelta(seconds=1))


@pytest.mark.parametrize(
    "attributes",
    [
        {},
        {"PhotometricInterpretation": "MONOCHROME1", "PixelPaddingValue": 4095},
        {
            "ShutterShape": "RECTANGULAR",
            "ShutterLeftVerticalEdge": 9,
            "ShutterRightVerticalEdge": 40,
            "ShutterUpperHorizontalEdge": 5,
            "ShutterLowerHorizontalEdge": 60,
        },
        {"ImagerPixelSpacing": [0.2, 0.1], "WindowCenter": None, "WindowWidth": None},
    ],
    ids=["window", "padding", "shutter", "oblong and windowed by its values"],
)
def test_what_is_made_later_is_what_the_film_itself_shows(
    database: Database, settings: Settings, tmp_path: Path, attributes: dict[str, object]
) -> None:
    path = film(tmp_path / "in/film.dcm", **attributes)
    right = rendering.viewer(decoder.read(path, bytes(32)))
    run_import(database, settings, paths=[path.parent])
    path.unlink()
    before = viewers(database)[0]
    assert before.digest is None
    assert (before.height, before.width) == right.pixels.shape
    assert (before.bits, before.window_centre) == (right.bits, right.centre)
    assert len(list((settings.home / "store").glob("??/??/*"))) == 2
    assert make_all(database, settings) == 0
    want(database, 1)
    assert make_all(database, settings) == 1
    after = viewers(database)[0]
    assert after.wanted_at is None
    stored = str(Store(settings.home / "store").path(after.digest or ""))
    assert np.array_equal(cv2.imread(stored, cv2.IMREAD_UNCHANGED), right.pixels)
    assert (after.bits, after.window_centre, after.window_width) == (
        right.bits,
        right.centre,
        right.width,
    )
    want(database, 1)
    assert make_all(database, settings) == 0
    assert_every_stored_file_is_whole(settings)


@ON_BOTH
def test_a_film_of_both_knees_is_made_once_for_both_and_cropped_before(
    database: Database, settings: Settings, tmp_path: Path
) -> None:
    film_of_both(tmp_path / "in/film.dcm", ImageLaterality="B")
    run_import(database, settings, paths=[tmp_path / "in"])
    assert [one.digest for one in viewers(database)] == [None, None]
    with database.begin() as session:
        person = session.get_one(User, add_readers(session, 1)[0])
        corrections.correct(session, person, 1, None, 30)
        found = corrections.uncropped(session, 9)
        assert len(found) == 2
    want(database, 2)
    assert make_all(database, settings) == 1
    first, second = viewers(database)
    assert first.digest == second.digest is not None


@ON_BOTH
def test_what_was_asked_for_last_is_made_first_and_by_one_worker(
    database: Database, settings: Settings, tmp_path: Path
) -> None:
    for number in range(3):
        film(tmp_path / f"in/{number}.dcm", SOPInstanceUID=f"1.{number}", PatientID=str(number),
             WindowWidth=3000 + number, StudyInstanceUID=f"9.{number}")  # fmt: skip
    run_import(database, settings, paths=[tmp_path / "in"])
    moment = now()
    with database.begin() as session:
        renditions.want(session, [1, 2, 3], moment - timedelta(seconds=3))
        renditions.want(session, [2], moment - timedelta(seconds=2))
        taken = [renditions.claim(session, moment) for _ in range(4)]
    assert [one and one.image_id for one in taken] == [2, 1, 3, None]
    with database.begin() as session:
        renditions.want(session, [2], moment)  # somebody is at it
        assert renditions.claim(session, moment) is None
        later = moment + renditions.AGAIN
        assert renditions.claim(session, later) is not None  # whoever was is gone


@ON_BOTH
def test_a_film_that_comes_onto_a_worklist_is_made_for_it(
    database: Database, settings: Settings, tmp_path: Path
) -> None:
    film(tmp_path / "in/film.dcm")
    run_import(database, settings, paths=[tmp_path / "in"])
    with database.begin() as session:
        items.add_items(session, "seed", [1])
    assert make_all(database, settings) == 1
    with database() as session:
        assert viewer_rendition(session, 1)[0] is not None


@ON_BOTH
def test_a_film_whose_stored_file_is_gone_is_left_and_holds_nobody_up(
    database: Database, settings: Settings, tmp_path: Path
) -> None:
    film(tmp_path / "in/film.dcm")
    run_import(database, settings, paths=[tmp_path / "in"])
    with database() as session:
        Store(settings.home / "store").path(session.get_one(Image, 1).stored_digest).unlink()
    want(database, 1)
    assert make_all(database, settings) == 1
    assert [(one.digest, one.wanted_at) for one in viewers(database)] == [(None, None)]


@ON_BOTH
def test_a_full_disk_leaves_the_wish_for_later(
    database: Database, settings: Settings, tmp_path: Path
) -> None:
    film(tmp_path / "in/film.dcm")
    run_import(database, settings, paths=[tmp_path / "in"])
    want(database, 1)
    full = settings.model_copy(update={"disk_reserve_mb": 10**9})
    with Decoder(full) as decoding, pytest.raises(errors.Refused, match="nearly full"):
        render.make_next(database, full, open_store(full), decoding)
    with database.begin() as session:
        session.execute(update(Rendition).values(wanted_at=now()))
    assert make_all(database, settings) == 1


@ON_BOTH
def test_a_held_film_is_made_after_its_release(
    database: Database, settings: Settings, tmp_path: Path
) -> None:
    film(tmp_path / "in/film.dcm", BurnedInAnnotation="YES")
    run_import(database, settings, paths=[tmp_path / "in"])
    with database.begin() as session:
        user = add_readers(session, 1)[0]
        held_film = session.scalars(select(HeldFilm)).one()
        held.release(session, held_film.id, user, bytes(32))
    want(database, 1)
    assert make_all(database, settings) == 1


@pytest.mark.parametrize("first", ["JPEG 2000", "plain"])
def test_the_same_picture_packed_in_another_way_is_there_already_and_another_is_put_aside(
    database: Database, settings: Settings, tmp_path: Path, first: str
) -> None:
    run_import(database, settings, paths=[film(tmp_path / "1/film.dcm", first)])
    again = film(tmp_path / "2/film.dcm", "RLE", KVP="70")
    told = run_import(database, settings, paths=[again]).result
    assert (told["imported"], told["already_there"], told["quarantined"]) == (0, 1, 0)
    other = film(tmp_path / "3/film.dcm", "plain", pixels=packed.TWELVE ^ np.uint16(1))
    told = run_import(database, settings, paths=[other]).result
    assert (told["imported"], told["already_there"], told["quarantined"]) == (0, 0, 1)


@ON_BOTH
def test_films_of_both_knees_by_their_view_are_found_from_the_film_itself(
    database: Database, settings: Settings, tmp_path: Path
) -> None:
    film_of_both(tmp_path / "in/film.dcm", ViewPosition="PA")
    with database.begin() as session:
        session.add(BothKneesView(view="PA", site=""))
    run_import(database, settings, paths=[tmp_path / "in"])
    with database() as session:
        assert list(session.scalars(select(Image.laterality).order_by(Image.id))) == ["R", "L"]
