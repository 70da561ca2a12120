"""A film of both knees, from its file to the pseudo-label of each knee: it is two images."""

from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import func, select
from support.both_knees import brightness, dicom, images, listed, png
from support.databases import ON_BOTH
from support.import_runs import run_import
from support.worklist_rows import add_readers

from app.db.archive import Image, Patient, QuarantinedFile, Rendition, Study
from app.db.engine import Database
from app.db.learning import PseudoLabel, Run
from app.db.people import User
from app.db.reading import ReferenceLabel, WorklistItem
from app.demo import reader
from app.demo.play import simulated_reader
from app.imaging.knees import Region
from app.imaging.storage import Store
from app.knees import corrections, views
from app.settings import Settings
from app.training import rules as training
from app.worklists.seeds import draw_seed_set
from models.reports import clean
from worker.films import films

Perform = Callable[..., Run]
REPORT = "FINDINGS: Right knee: total arthroplasty. Left knee: joint spaces preserved."


def test_a_dicom_film_of_both_knees_becomes_an_image_of_each(
    database: Database, settings: Settings, tmp_path: Path
) -> None:
    path = dicom(tmp_path / "in" / "film.dcm", Laterality="B", ViewPosition="AP")
    done = run_import(database, settings, paths=[path])
    assert done.status == "succeeded", done.failure
    assert {name: done.result[name] for name in ("imported", "already_there", "quarantined")} == {
        "imported": 1,
        "already_there": 0,
        "quarantined": 0,
    }
    left, right = images(database)
    assert (left.laterality, left.region) == ("L", Region(24, 0, 48, 64))
    assert (right.laterality, right.region) == ("R", Region(0, 0, 24, 64))
    assert left.key.removesuffix("-L") == right.key.removesuffix("-R")
    same = ("study_id", "patient_id", "source_digest", "stored_digest", "view", "width", "height")
    for name in same:
        assert getattr(left, name) == getattr(right, name), name
    with database() as session:
        viewers = session.scalars(select(Rendition.digest).where(Rendition.kind == "viewer")).all()
        assert len(viewers) == 2
        assert len(set(viewers)) == 1
        assert session.scalar(select(func.count(Study.id))) == 1
    # The patient's right knee hangs on the viewer's left, and is the darker one here.
    shown = brightness(database, settings)
    assert shown["R"] < 80 < 170 < shown["L"]


def test_rows_that_run_to_the_patients_right_begin_with_the_left_knee(
    database: Database, settings: Settings, tmp_path: Path
) -> None:
    path = dicom(tmp_path / "f.dcm", ImageLaterality="B", PatientOrientation=["R", "F"])
    run_import(database, settings, paths=[path])
    shown = brightness(database, settings)
    assert shown["L"] < 80 < 170 < shown["R"]


def test_importing_it_again_changes_nothing_and_every_file_is_counted(
    database: Database, settings: Settings, tmp_path: Path
) -> None:
    folder = dicom(tmp_path / "in" / "film.dcm", Laterality="B").parent
    dicom(folder / "one.dcm", Laterality="L", SOPInstanceUID="1.2.9")
    (folder / "notes.dcm").write_bytes(b"no film")
    first = run_import(database, settings, paths=[folder]).result
    assert [first[name] for name in ("imported", "already_there", "quarantined")] == [2, 0, 1]
    before = [(image.key, image.region) for image in images(database)]
    again = run_import(database, settings, paths=[folder]).result
    assert [again[name] for name in ("imported", "already_there", "quarantined")] == [0, 2, 1]
    assert [(image.key, image.region) for image in images(database)] == before


@pytest.mark.parametrize(
    ("named", "of", "film", "rows"),
    [
        (("AP", ""), {"ViewPosition": "AP"}, "", ["L", "R"]),
        (("ap", ""), {"ViewPosition": "AP"}, "", ["L", "R"]),
        (("AP", ""), {"ViewPosition": "LL"}, "", [""]),
        (("AP", ""), {"ViewPosition": "AP", "Laterality": "L"}, "", ["L"]),
        (("AP", "Rome"), {"ViewPosition": "AP"}, "Rome", ["L", "R"]),
        (("AP", "Rome"), {"ViewPosition": "AP"}, "Oslo", [""]),
        (("", ""), {}, "", [""]),
    ],
)
def test_an_admins_view_shows_both_knees_where_nothing_says_a_side(
    sqlite_database: Database,
    settings: Settings,
    tmp_path: Path,
    named: tuple[str, str],
    of: dict[str, str],
    film: str,
    rows: list[str],
) -> None:
    database = sqlite_database
    with database.begin() as session:
        admin = session.get_one(User, add_readers(session, 1, "admin")[0])
        if named[0]:
            views.add(session, *named, admin)
    folder = dicom(tmp_path / "in" / "film.dcm", **of).parent
    (folder / "manifest.csv").write_text(f"file,patient_id,site\nfilm.dcm,p,{film}")
    run_import(database, settings, paths=[folder])
    assert [image.laterality for image in images(database)] == rows


def test_a_manifests_two_lines_give_each_knee_its_own_label_name_and_details(
    database: Database, settings: Settings, tmp_path: Path
) -> None:
    folder = listed(
        tmp_path / "in",
        "image_id,study_id,laterality,label,kl,note,report",
        f'film.png,p,right one,s,R,arthroplasty,,metal,"{REPORT}"',
        "film.png,p,left one,s,left,normal,1,,",
    )
    run_import(database, settings, paths=[folder], keep_columns=["kl", "note"])
    left, right = images(database)
    assert (left.key, right.key) == ("left one", "right one")
    assert (left.details, right.details) == ({"kl": "1"}, {"note": "metal"})
    assert left.given_class_id != right.given_class_id
    with database() as session:
        assert session.scalars(select(Study.report)).all() == [REPORT]
    again = run_import(database, settings, paths=[folder])
    assert [again.result[name] for name in ("imported", "already_there")] == [0, 1]


def test_a_line_without_a_label_names_both_knees_by_their_sides(
    sqlite_database: Database, settings: Settings, tmp_path: Path
) -> None:
    folder = listed(tmp_path / "in", "image_id,laterality,kl", "film.png,p,K17,both,2")
    run_import(sqlite_database, settings, paths=[folder], keep_columns=["kl"])
    assert [(image.key, image.details) for image in images(sqlite_database)] == [
        ("K17-L", {"kl": "2"}),
        ("K17-R", {"kl": "2"}),
    ]


@ON_BOTH
def test_one_label_for_both_knees_is_put_aside_with_what_to_do_and_arrives_as_two_lines(
    database: Database, settings: Settings, tmp_path: Path
) -> None:
    folder = listed(tmp_path / "in", "laterality,label", "film.png,p,B,abnormal")
    other = png(folder / "other.png", 10, 20)
    (folder / "manifest.csv").open("a").write(f"\n{other.name},q,L,normal")
    done = run_import(database, settings, paths=[folder]).result
    assert [done[name] for name in ("imported", "already_there", "quarantined")] == [1, 0, 1]
    with database() as session:
        file = session.scalars(select(QuarantinedFile)).one()
        assert "does not say of which" in file.what
        assert "laterality L and R" in file.do
    listed(folder, "laterality,label", "film.png,p,L,abnormal", "film.png,p,R,normal")
    assert run_import(database, settings, paths=[folder]).result["quarantined"] == 0
    assert len(images(database)) == 3


def test_a_film_that_is_one_image_already_stays_one(
    database: Database, settings: Settings, tmp_path: Path
) -> None:
    folder = listed(tmp_path / "in", "laterality,label", "film.png,p,L,abnormal")
    run_import(database, settings, paths=[folder])
    with database.begin() as session:
        session.scalars(select(Image)).one().laterality = "B"
    listed(folder, "laterality,label", "film.png,p,L,abnormal", "film.png,p,R,normal")
    done = run_import(database, settings, paths=[folder]).result
    assert [done[name] for name in ("imported", "already_there", "quarantined")] == [0, 0, 1]
    (image,) = images(database)
    assert (image.laterality, image.region) == ("B", None)
    listed(folder, "laterality", "film.png,p,B")
    done = run_import(database, settings, paths=[folder]).result
    assert [done[name] for name in ("imported", "already_there", "quarantined")] == [0, 1, 0]


def archive_of_both_knees(folder: Path, patients: int) -> Path:
    """Bright knees are replaced; of each patient one knee at most, and the report tells which."""
    lines = ["file,patient_id,image_id,laterality,label,report"]
    for number in range(patients):
        grey = {"R": 50 + number % 7, "L": 60 + number % 5}
        replaced = {0: "R", 1: "L"}.get(number % 3, "")
        said = []
        for side, name in (("R", "Right"), ("L", "Left")):
            is_replaced = side == replaced
            grey[side] += 140 * is_replaced
            label = "arthroplasty" if is_replaced else "abnormal" if number % 2 else "normal"
            words = {
                "arthroplasty": "Total knee replacement in good position.",
                "abnormal": "Marked joint space narrowing.",
                "normal": "Joint spaces preserved.",
            }[label]
            said.append(f"{name} knee: {words}")
            lines.append(f'{number}.png,P{number},{number}{side},{side},{label},"{{report}}"')
        lines[-2:] = [line.replace("{report}", " ".join(said)) for line in lines[-2:]]
        png(folder / f"{number}.png", grey["R"], grey["L"])
    (folder / "manifest.csv").write_text("\n".join(lines))
    return folder


@pytest.mark.parametrize(
    ("database_url", "method"),
    [("sqlite", "fused"), ("postgresql", "text")],
    indirect=["database_url"],
)
def test_seed_training_sweep_and_reports_go_by_knee(
    database: Database, settings: Settings, perform: Perform, tmp_path: Path, method: str
) -> None:
    folder = archive_of_both_knees(tmp_path / "in", 36)
    imported = perform("import", paths=[str(folder)], validation_patients=6, rng=0)
    assert imported.status == "succeeded", imported.failure
    assert imported.result["imported"] == 36
    with database.begin() as session:
        person = simulated_reader(session)
        draw_seed_set(session, 18, rng=0)
    reader.read_worklist(database, settings, person, "seed")
    with database() as session:
        on_list = session.execute(
            select(Image.patient_id, func.count())
            .join(WorklistItem, WorklistItem.image_id == Image.id)
            .group_by(Image.patient_id)
        ).all()
        assert {count for _, count in on_list} == {2}
        assert session.scalar(select(func.count(ReferenceLabel.image_id))) == 2 * len(on_list)
        read = films(training.by_hand(session), Store(settings.home / "store"))
    assert {film.laterality for film in read} == {"L", "R"}
    for film in read:
        other = "right" if film.laterality == "L" else "left"
        assert other not in clean(film.report or "", film.laterality)
    later = dicom(tmp_path / "later" / "film.dcm", Laterality="B").parent
    (later / "manifest.csv").write_text("file,patient_id,image_id,split\nfilm.dcm,D,D,development")
    assert perform("import", paths=[str(later)]).result["imported"] == 1
    trained = perform("train_labeler", method=method)
    assert trained.status == "succeeded", trained.failure
    swept = perform("sweep", tolerated_error=0.3)
    assert swept.status == "succeeded", swept.failure
    with database() as session:
        predicted = session.scalar(select(func.count(PseudoLabel.id)))
        development = select(func.count(Image.id)).join(Patient)
        unread = development.where(
            Patient.split == "development",
            Image.id.not_in(select(ReferenceLabel.image_id)),
        )
        assert predicted == session.scalar(unread) > 2
        of_dicom = select(Image.key).join(PseudoLabel, PseudoLabel.image_id == Image.id)
        found = session.scalars(of_dicom.where(Image.key.startswith("D-")).order_by(Image.key))
        assert found.all() == ["D-L", "D-R"]


def test_a_film_sent_again_with_another_header_is_already_there_after_a_correction_too(
    database: Database, settings: Settings, tmp_path: Path
) -> None:
    path = dicom(tmp_path / "film.dcm", Laterality="B")
    run_import(database, settings, paths=[path])
    with database.begin() as session:
        reader_id = add_readers(session, 1)[0]
        image = session.scalars(select(Image.id)).first()
        corrections.correct(session, session.get_one(User, reader_id), image or 0, None, 30)
    dicom(path, Laterality="B", StationName="another")
    again = run_import(database, settings, paths=[path]).result
    assert [again[name] for name in ("imported", "already_there", "quarantined")] == [0, 1, 0]
    assert [image.region for image in images(database)] == [
        Region(30, 0, 48, 64),
        Region(0, 0, 30, 64),
    ]


@ON_BOTH
def test_a_film_one_knee_of_which_cannot_be_registered_is_put_aside_whole(
    database: Database, settings: Settings, tmp_path: Path
) -> None:
    """The name of its left knee is another film's."""
    folder = tmp_path / "in"
    png(folder / "other.png", 10, 20)
    (folder / "manifest.csv").write_text("file,patient_id,image_id\nother.png,q,taken")
    run_import(database, settings, paths=[folder])
    listed(folder, "image_id,laterality", "film.png,p,free,R", "film.png,p,taken,L")
    done = run_import(database, settings, paths=[folder]).result
    assert [done[name] for name in ("imported", "already_there", "quarantined")] == [0, 0, 1]
    assert [image.key for image in images(database)] == ["taken"]
