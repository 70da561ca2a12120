"""One import with some hundred names in every place, and none of them anywhere afterwards."""

from pathlib import Path

import pytest
from privacy import planted
from sqlalchemy import func, select
from support.import_runs import carry_out
from support.web import Web

from app.backup.commands import write_backup
from app.db.archive import Image, QuarantinedFile, Study
from app.db.engine import Database
from app.export import rules as export
from app.settings import Settings
from worker import decode_kinds

DOCUMENTED = {planted.mark(place) for place in ("bad file", "folder", "reports file")}
"""Names of a file that was put aside, and of a table of reports with a line that was: the admin has
to find them, see docs/importing.md."""


def upload(web: Web, folder: Path) -> int:
    """Upload a folder as the page does and import it; return the run."""
    admin = web.browser("Admin", "admin")
    name = admin.post("/api/v1/uploads").json()["upload"]
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            sent = admin.put(
                f"/api/v1/uploads/{name}/files",
                params={"name": f"{planted.mark('folder')}/{path.relative_to(folder)}"},
                content=path.read_bytes(),
            )
            assert sent.status_code == 201
    reports = f"{planted.mark('folder')}/{planted.mark('reports file')}.csv"
    wanted = {"upload": name, "reports": reports, "pseudonyms": True}
    started = admin.post("/api/v1/imports", json=wanted)
    assert started.status_code == 201
    run_id: int = started.json()["run_id"]
    return run_id


def exports(database: Database) -> bytes:
    """Every table that can be exported."""
    with database() as session:
        tables = ("labels", "reads", "pseudo-labels", "audit")
        return "".join("".join(export.table(session, name, "csv")) for name in tables).encode()


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_no_name_is_left_of_an_import(
    web: Web,
    settings: Settings,
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
    capfd: pytest.CaptureFixture[str],
) -> None:
    marks = planted.planted(tmp_path)
    assert len(marks) > 60
    sent = planted.write(tmp_path / "sent")
    assert marks - planted.found(marks, planted.contents(sent)) <= LATER_READ
    caplog.clear()  # pydicom complained of some while they were written
    run_id = upload(web, sent)
    carry_out(web.database, settings, run_id, decode_kinds.KINDS)
    with web.database() as session:
        assert session.scalar(select(func.count(Image.id))) == 6
        assert len(session.scalars(select(QuarantinedFile)).all()) == 2
        said = " ".join(filter(None, session.scalars(select(Study.report))))
    assert "Normal knee." in said
    assert "[name]" in said
    write_backup(settings, tmp_path / "backup", lambda _: None)

    left = planted.found(marks, planted.contents(settings.home))
    assert left - DOCUMENTED == set()
    elsewhere = [(tmp_path / "backup").read_bytes(), exports(web.database), caplog.text.encode()]
    assert planted.found(marks, iter([*elsewhere, "".join(capfd.readouterr()).encode()])) == set()

    web.browser("Admin", "admin").post("/imports/quarantine/dismiss")
    assert planted.found(marks, planted.contents(settings.home)) == set()


LATER_READ = {planted.mark("spare bits"), planted.mark("zip comment")}
"""Marks that do not stand as a plain word in the files that are sent."""


def test_a_search_finds_what_is_there(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes("xZQNAMEx".encode("utf-16-be"))
    assert planted.found({"Zqname", "Zqother"}, planted.contents(tmp_path)) == {"Zqname"}
