"""What the page of imports says of what was dropped, before and after it is sent, in a browser."""

import dataclasses
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import select
from support.import_runs import carry_out, picture
from support.reading_room import Room

from app.db.archive import Image, Patient
from app.db.people import User
from worker import decode_kinds


@pytest.fixture
def imports(room: Room, page: Page) -> Page:
    """The page of imports in front of an admin."""
    with room.database.begin() as session:
        admin = User(name="Admin", role="admin")
        session.add(admin)
    dataclasses.replace(room, reader=admin.id).log_in(page)
    page.goto(f"{room.server.url}/imports")
    return page


def drop(page: Page, *paths: Path) -> None:
    """Drop files and folders as a person does, with what the browser makes of them."""
    box = page.locator("#drop").bounding_box()
    assert box is not None
    data = {"items": [], "files": [str(path) for path in paths], "dragOperationsMask": 1}
    place = {"x": box["x"] + 20, "y": box["y"] + 20, "data": data}
    session = page.context.new_cdp_session(page)
    for what in ("dragEnter", "dragOver", "drop"):
        session.send("Input.dispatchDragEvent", {"type": what, **place})


def stops(page: Page) -> list[str]:
    expect(page.locator("#summary")).to_have_attribute("aria-busy", "false")
    return page.locator("#problems .stop").all_inner_texts()


def test_a_dropped_folder_with_a_foreign_table_is_mapped_and_imported(
    room: Room, imports: Page, tmp_path: Path
) -> None:
    folder = tmp_path / "Knie"
    for number in range(3):
        picture(folder / f"bilder/{number}.png", number)
    (folder / "Liste.csv").write_text(
        "sep=;\r\n;;;;\r\nMotiv;Kennung;Seite;Notiz;\r\n"
        "bilder/0.png;007;links;gut;\r\nbilder/1.png;007;rechts;;\r\nbilder/2.png;12;links;;\r\n",
        "utf-16",
    )
    (folder / "brief.pdf").write_text("a letter")
    sent: list[str] = []
    imports.on("request", lambda request: sent.append(request.url))
    drop(imports, folder)
    imports.locator(".kind").select_option("manifest")
    assert len(stops(imports)) == 2
    expect(imports.locator("#start")).to_be_disabled()
    imports.get_by_label("Read “Motiv” as").select_option("file")
    imports.get_by_label("Read “Kennung” as").select_option("file")
    assert "both read as file" in stops(imports)[0]
    imports.get_by_label("Read “Kennung” as").select_option("patient_id")
    imports.get_by_label("Read “Notiz” as").select_option("keep")
    assert stops(imports) == []
    expect(imports.locator(".lines")).to_have_text("3 lines, 2 patients")
    expect(imports.locator("#problems")).to_contain_text("1 file of another kind (.pdf)")
    assert not [url for url in sent if "uploads" in url]
    imports.locator("#start").click()
    imports.wait_for_url("**/runs/*")
    assert not [url for url in sent if "brief.pdf" in url]
    run = carry_out(
        room.database, room.server.settings, int(imports.url.rpartition("/")[2]), decode_kinds.KINDS
    )
    assert (run.status, run.result["imported"]) == ("succeeded", 3)
    with room.database() as session:
        mine = select(Patient.key, Image.laterality, Image.details).join(Image)
        found = session.execute(mine.where(Image.run_id == run.id).order_by(Image.id)).all()
    assert [tuple(each) for each in found] == [
        ("007", "L", {"Notiz": "gut"}),
        ("007", "R", {}),
        ("12", "L", {}),
    ]
    imports.goto(f"{room.server.url}/imports/{run.id}")
    expect(imports.locator("tbody tr")).to_have_count(3)
    # The next table with these headers needs no word.
    imports.goto(f"{room.server.url}/imports")
    drop(imports, folder)
    expect(imports.locator(".lines")).to_have_text("3 lines, 2 patients")
    expect(imports.locator(".remembered")).to_be_visible()


def test_ten_thousand_files_and_a_table_of_fifty_megabytes_leave_the_page_alive(
    imports: Page, tmp_path: Path
) -> None:
    folder = tmp_path / "archive"
    folder.mkdir()
    for number in range(10_000):
        (folder / f"{number}.png").touch()
    with (folder / "manifest.csv").open("w") as table:
        table.write("file,patient_id,remark\n")
        remark = "r" * 5_200
        table.writelines(f"{number}.png,p{number // 2},{remark}\n" for number in range(10_001))
    # What a person could see while the folder is listed: a page that is held up draws nothing.
    imports.evaluate(
        """() => {
          window.seen = new Set();
          const look = () => {
            window.seen.add(document.getElementById("chosen").textContent);
            requestAnimationFrame(look);
          };
          look();
        }"""
    )
    drop(imports, folder)
    expect(imports.locator(".lines")).to_have_text("10,001 lines, 5,001 patients", timeout=60_000)
    assert stops(imports) == []
    expect(imports.locator("#problems")).to_contain_text("1 file that it lists is not here")
    assert imports.evaluate("window.seen.size") > 3


def test_what_cannot_be_imported_is_said_before_it_is_sent(imports: Page, tmp_path: Path) -> None:
    picture(tmp_path / "in/1.png", 1)
    texts = {
        "manifest.csv": "file,patient_id,site,site\n1.png,7,a,b\n",
        "list.csv": "Patient_Name;file;patient_id\nDoe;1.png;7\n",
        "first.csv": "study_id,report\ns,Worn.\n",
        "second.csv": "study_id,report\nt,Kept.\n",
    }
    for name, text in texts.items():
        (tmp_path / "in" / name).write_text(text)
    (tmp_path / "in/latin.csv").write_bytes(b"file;patient_id\n1.png;caf\xe9\n")
    (tmp_path / "in/Liste.xlsx").write_bytes(b"PK\x03\x04")
    drop(imports, tmp_path / "in")
    said = "\n".join(stops(imports))
    for words in (
        "Two columns are called “site”",
        "“Patient_Name” seems to hold names of people",
        "latin.csv: It is not in UTF-8",
        "Two tables list the images of one folder",
        "two tables of reports",
    ):
        assert words in said
    expect(imports.locator("#problems")).to_contain_text("Liste.xlsx is a workbook")
    imports.locator("#over").click()
    expect(imports.locator("#summary")).to_be_hidden()
