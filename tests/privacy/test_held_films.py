"""Films that may show who they are of reach no reader before a person has looked at them."""

import socket
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from files import bad_films
from pydicom.uid import SecondaryCaptureImageStorage
from sqlalchemy import func, select
from sqlalchemy.orm import Session
from support.import_runs import run_import
from support.web import Web

from app import errors
from app.db.archive import Image, QuarantinedFile, Report, Study
from app.db.engine import Database
from app.db.people import User
from app.db.privacy import HeldFilm
from app.imaging import pseudonyms
from app.imports import held
from app.settings import Settings
from worker import find_text, import_files
from worker.fill_reports import fill_reports
from worker.find_text import may_identify

ONE_DATABASE = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


def films(folder: Path) -> Path:
    """Three films: one says that names are burned in, one is a screen's picture, one is a film."""
    folder.mkdir()
    for number, attributes in enumerate(
        ({"BurnedInAnnotation": "YES"}, {"SOPClassUID": SecondaryCaptureImageStorage}, {})
    ):
        film = bad_films.good(SOPInstanceUID=f"1.2.{number}", **attributes)
        (folder / f"{number}.dcm").write_bytes(bad_films.as_file(film))
    (folder.parent / "reports.csv").write_text(
        "study_id,report\n1.2.3.4,Jane Doe has no effusion\n"
    )
    return folder


def images(database: Database) -> int:
    with database() as session:
        return session.scalar(select(func.count(Image.id))) or 0


def test_what_may_show_a_name_is_held_and_becomes_an_image_when_it_is_released(
    database: Database, settings: Settings, tmp_path: Path
) -> None:
    folder = films(tmp_path / "in")
    run = run_import(database, settings, paths=[folder])
    assert (run.result["imported"], run.result["held"], run.result["quarantined"]) == (3, 2, 0)
    assert images(database) == 1
    with database() as session:
        (burned, screen), count = held.waiting(session)
    assert count == 2
    assert (burned.reasons, screen.reasons) == (["burned_in"], ["secondary_capture"])

    key = pseudonyms.load_key(settings.home)
    with database.begin() as session:
        held.release(session, burned.id, _admin(session), key)
        held.leave_out(session, screen.id, _admin(session))
    assert images(database) == 2
    with database() as session:
        assert session.scalar(select(func.count(Study.id))) == 1
    for decide in (held.leave_out, lambda *asked: held.release(*asked, key)):
        with pytest.raises(errors.Conflict), database.begin() as session:
            decide(session, burned.id, _admin(session))

    again = run_import(database, settings, paths=[folder])
    assert (again.result["imported"], again.result["already_there"]) == (0, 3)
    assert images(database) == 2


def test_a_film_of_both_knees_is_held_and_released_as_two_images(
    sqlite_database: Database, settings: Settings, tmp_path: Path
) -> None:
    film = bad_films.good(BurnedInAnnotation="YES", ImageLaterality="B")
    (tmp_path / "film.dcm").write_bytes(bad_films.as_file(film))
    run = run_import(sqlite_database, settings, paths=[tmp_path / "film.dcm"])
    assert (run.result["imported"], run.result["held"]) == (1, 1)
    with sqlite_database() as session:
        (film_id,) = session.scalars(select(HeldFilm.id))
        assert held.shown_file(session, film_id, 0) != held.shown_file(session, film_id, 1)
    with sqlite_database.begin() as session:
        held.release(session, film_id, _admin(session), pseudonyms.load_key(settings.home))
    with sqlite_database() as session:
        assert set(session.scalars(select(Image.laterality))) == {"L", "R"}


def test_a_report_is_masked_before_its_film_is_held(
    sqlite_database: Database, settings: Settings, tmp_path: Path
) -> None:
    folder = films(tmp_path / "in")
    (folder / "manifest.csv").write_text(
        "file,patient_id,report\n0.dcm,1,Jane Doe has no effusion. Dr. Who\n"
    )
    run_import(sqlite_database, settings, paths=[folder])
    with sqlite_database() as session:
        kept = session.scalars(select(HeldFilm.arrivals)).one()
    assert kept is not None
    assert kept[0]["report"] == "[name] [name] has no effusion. Dr. [name]"
    assert "Doe" not in str(kept)


@ONE_DATABASE
def test_an_admin_sees_a_held_film_and_decides(
    web: Web, settings: Settings, tmp_path: Path
) -> None:
    run_import(web.database, settings, paths=[films(tmp_path / "in")])
    admin = web.browser("Admin", "admin")
    assert "2 films are held" in admin.get("/imports").text
    page = admin.get("/held").text
    assert "names are burned into the film" in page
    assert "secondary capture" in page
    picture = admin.get("/api/v1/held/1/films/0")
    assert picture.content.startswith(b"\x89PNG")
    assert picture.headers["cache-control"] == "no-store"
    assert admin.post("/held/1/release").status_code == 303
    assert admin.get("/api/v1/held/1/films/0").status_code == 409
    assert admin.post("/held/2/leave-out").status_code == 303
    assert "No film is held." in admin.get("/held").text


def test_text_is_found_with_what_the_package_brings_alone_and_never_by_the_network(
    sqlite_database: Database,
    settings: Settings,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def unreachable(*_: object) -> None:
        raise AssertionError("it went to the network")

    monkeypatch.setattr(socket.socket, "connect", unreachable)
    knee = np.tile(np.linspace(20, 200, 900).astype(np.uint8), (1100, 1))
    cv2.putText(knee, "R", (60, 160), cv2.FONT_HERSHEY_SIMPLEX, 3, 255, 6)
    cv2.imwrite(str(tmp_path / "marker.png"), knee)
    cv2.putText(knee, "MUELLER HANS", (200, 1000), cv2.FONT_HERSHEY_SIMPLEX, 1.5, 255, 3)
    cv2.imwrite(str(tmp_path / "name.png"), knee)
    (tmp_path / "manifest.csv").write_text("file,patient_id\nmarker.png,1\nname.png,2\n")
    run = run_import(sqlite_database, settings, paths=[tmp_path / "manifest.csv"], find_text=True)
    assert (run.result["imported"], run.result["held"]) == (2, 1)
    with sqlite_database() as session:
        film = session.scalars(select(HeldFilm)).one()
    assert film.reasons == ["text"]
    (left, top, width, height), *_ = film.places
    assert 0.1 < left < 0.4
    assert 0.8 < top < 0.95
    assert 0 < width < 0.7
    assert 0 < height < 0.1
    assert "MUELLER" not in str(vars(film)).upper()


def test_a_worker_that_cannot_look_for_text_imports_nothing_unseen(
    sqlite_database: Database,
    settings: Settings,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(find_text, "find_spec", lambda _name: None)
    import_files._finder.cache_clear()
    run = run_import(sqlite_database, settings, paths=[films(tmp_path / "in")], find_text=True)
    assert run.failure is not None
    assert "condyle[text]" in run.failure["do"]
    assert images(sqlite_database) == 0


@pytest.mark.parametrize(
    "text", ["R", "L", "LEFT", "AP STANDING", "WB", "10 cm", "5.0", "JS", "70 kV", "R AP", "45°"]
)
def test_markers_measures_and_initials_are_no_names(text: str) -> None:
    assert not may_identify(text)


@pytest.mark.parametrize(
    "text", ["MUELLER", "Smith, J", "12.03.1954", "ID 4711123", "Smith R LEFT"]
)
def test_other_words_and_long_numbers_may_be(text: str) -> None:
    assert may_identify(text)


def _admin(session: Session) -> int:
    user = session.scalar(select(User).where(User.name == "Ada"))
    if user is None:
        user = User(name="Ada", role="admin", password_hash="x")
        session.add(user)
        session.flush()
    return user.id


def listed(folder: Path, *lines: str) -> Path:
    (folder / "manifest.csv").write_text(
        "\n".join(["file,patient_id,study_id,site,report", *lines])
    )
    return folder


def released(database: Database, settings: Settings) -> Sequence[Study]:
    """The studies there are when every held film is released."""
    with database.begin() as session:
        key = pseudonyms.load_key(settings.home)
        for film_id in session.scalars(select(HeldFilm.id).where(HeldFilm.state == "held")).all():
            held.release(session, film_id, _admin(session), key)
    with database() as session:
        return session.scalars(select(Study).order_by(Study.id)).all()


def test_what_is_said_of_a_held_film_again_is_kept_until_it_is_released(
    database: Database, settings: Settings, tmp_path: Path
) -> None:
    folder = films(tmp_path / "in")
    for report in "One.", "Two: Jane Doe.", "One.":
        run = run_import(database, settings, paths=[listed(folder, f"0.dcm,1,s,,{report}")])
        assert (run.result["already_there"] + run.result["imported"]) == 1
    run_import(database, settings, paths=[listed(folder, "0.dcm,1,s,Oslo,")])
    (study,) = released(database, settings)
    assert (study.report, study.report_version) == ("Two: [name] [name].", 2)
    with database() as session:
        assert session.scalars(select(Report.text).order_by(Report.version)).all()[0] == "One."
        assert session.scalars(select(Image.site)).all() == ["Oslo"]


def test_a_held_film_that_a_manifest_gives_to_somebody_else_is_put_aside(
    sqlite_database: Database, settings: Settings, tmp_path: Path
) -> None:
    folder = films(tmp_path / "in")
    (folder / "copy.dcm").write_bytes((folder / "0.dcm").read_bytes())
    listed(folder, "0.dcm,1,s,,", "copy.dcm,2,t,,")
    done = run_import(sqlite_database, settings, paths=[folder]).result
    assert (done["imported"], done["already_there"], done["quarantined"]) == (1, 0, 1)
    listed(folder, "0.dcm,1,s,Oslo,", "copy.dcm,1,s,Rome,")
    done = run_import(sqlite_database, settings, paths=[folder]).result
    assert (done["imported"], done["already_there"], done["quarantined"]) == (0, 1, 1)
    with sqlite_database() as session:
        said = session.scalars(select(QuarantinedFile.what)).one()
    assert said == "Held film 1 is the same film and is another patient's."


def test_a_report_that_was_held_does_not_replace_a_later_one(
    database: Database, settings: Settings, tmp_path: Path
) -> None:
    folder = films(tmp_path / "in")
    run_import(database, settings, paths=[listed(folder, "0.dcm,1,s,Oslo,Early.")])
    run_import(database, settings, paths=[listed(folder, "2.dcm,1,s,Oslo,Corrected.")])
    (study,) = released(database, settings)
    assert (study.report, study.report_version) == ("Corrected.", 1)
    with database() as session:
        texts = session.scalars(select(Report.text).order_by(Report.version)).all()
    assert texts == ["Early.", "Corrected."]
    run_import(database, settings, paths=[listed(folder, "0.dcm,1,s,Oslo,Third.")])
    (study,) = released(database, settings)
    assert (study.report, study.report_version) == ("Third.", 2)


def test_a_film_that_is_released_while_its_import_runs_is_counted_once(
    sqlite_database: Database,
    settings: Settings,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def and_release(*asked: Any) -> dict[str, int]:
        released(sqlite_database, settings)
        return fill_reports(*asked)

    monkeypatch.setattr(import_files, "fill_reports", and_release)
    done = run_import(sqlite_database, settings, paths=[films(tmp_path / "in")]).result
    assert (done["imported"], done["already_there"], done["held"]) == (3, 0, 2)
    assert images(sqlite_database) == 3


def test_each_knee_of_a_held_film_has_the_frames_of_its_own_part(session: Session) -> None:
    viewer = {"kind": "viewer", "digest": "", "width": 100, "height": 50}
    viewer |= {"bits": 8, "window_centre": 127.5, "window_width": 255}
    region = {"left": 50, "top": 0, "right": 100, "bottom": 50}
    arrival = dict.fromkeys(
        ("study_key", "accession", "image_scope", "image_key", "split", "source_digest"), ""
    )
    arrival |= dict.fromkeys(("stored_digest", "laterality", "view", "site", "label", "report"), "")
    whole = {**arrival, "claim": {"key": "", "continues": []}, "region": None, "spacing_mm": None}
    whole |= {"details": {}, "renditions": [viewer]}
    film = HeldFilm(places=[[0.6, 0.2, 0.1, 0.4]], arrivals=[{**whole, "region": region}, whole])
    assert held.frames(film, 0) == [pytest.approx((0.2, 0.2, 0.2, 0.4))]
    assert held.frames(film, 1) == [pytest.approx((0.6, 0.2, 0.1, 0.4))]
