"""A film that was removed for good does not come back by a later import."""

from pathlib import Path

from sqlalchemy import select
from support.import_runs import archive, run_import

from app.db.archive import Image, Patient, QuarantinedFile
from app.db.engine import Database
from app.db.learning import Run
from app.imaging.storage import Store
from app.removal import doing, rules
from app.settings import Settings
from worker import progress, remove


def test_a_withdrawn_film_is_left_out_of_a_later_import_until_an_admin_allows_it(
    sqlite_database: Database, settings: Settings, tmp_path: Path
) -> None:
    settings.home.mkdir(exist_ok=True)
    films = archive(tmp_path / "films", 2, ",site", ",here")
    run_import(sqlite_database, settings, paths=[films])
    with sqlite_database() as session:
        patient, other = session.scalars(select(Patient.id).order_by(Patient.id))
        image = session.scalars(select(Image.id).where(Image.patient_id == other)).first()
        assert image is not None
    removals = [
        doing.remove(sqlite_database, settings, "patient", [patient], "consent", None),
        doing.remove(sqlite_database, settings, "image", [image], "consent", None),
    ]
    _carry_out(sqlite_database, settings)
    store = Store(settings.home / "store")
    before = set(store.digests())
    # The patient's films come again by other names, too.
    lines = (films / "manifest.csv").read_text().splitlines()
    lines = [f"{lines[0]},image_id", *(f"{line},film {n}" for n, line in enumerate(lines[1:]))]
    (films / "manifest.csv").write_text("\n".join(lines))
    again = run_import(sqlite_database, settings, paths=[films])
    assert (again.result["imported"], again.result["quarantined"]) == (0, 3)
    assert set(store.digests()) == before
    with sqlite_database() as session:
        reasons = set(session.scalars(select(QuarantinedFile.what)))
        assert len(session.scalars(select(Image)).all()) == 1
    assert reasons == {"This film, or its patient, was removed from the archive and is left out."}
    with sqlite_database.begin() as session:
        for removal in removals:
            rules.lift(session, removal, None)
    lifted = run_import(sqlite_database, settings, paths=[films])
    assert (lifted.result["imported"], lifted.result["already_there"]) == (3, 1)
    with sqlite_database() as session:
        assert session.scalars(select(QuarantinedFile)).all() == []


def _carry_out(database: Database, settings: Settings) -> None:
    with database() as session:
        run_id = session.scalars(select(Run.id).where(Run.kind == "remove")).one()
    progress.execute(database, settings, run_id, {"remove": remove.execute})
