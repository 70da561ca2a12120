"""The archive in a real browser: from ten thousand films to the few that are wanted, and on."""

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import func, insert, select
from sqlalchemy.orm import Session
from support.reading_room import Room
from support.worklist_rows import add_readers

from app.db.archive import Image, Patient, Study
from app.db.exclusion import ExcludedImage
from app.db.people import User
from app.db.reading import Annotation, ReferenceLabel, WorklistItem
from app.db.tables import now
from app.labels.decisions import Decision, Hold
from app.reading.rules import annotate
from app.worklists.items import lease_next

MANY = 10_000


@pytest.fixture
def admin(room: Room, page: Page) -> Page:
    """An admin's tab."""
    with room.database.begin() as session:
        session.get_one(User, room.reader).role = "admin"
    room.log_in(page)
    return page


def add_many(session: Session) -> None:
    """Add films of which seven are of one site, one view and one vendor."""
    first = {table: 1 + (session.scalar(select(func.max(table.id))) or 0) for table in TABLES}
    rows: dict[type, list[dict[str, object]]] = {table: [] for table in TABLES}
    for n in range(MANY):
        patient, study = first[Patient] + n, first[Study] + n
        rows[Patient].append({"id": patient, "key": f"m{n}", "split": "development"})
        rows[Study].append({"id": study, "patient_id": patient, "key": f"m{n}"})
        rows[Image].append(
            {
                "study_id": study,
                "patient_id": patient,
                "key": f"m{n}",
                "source_digest": f"m{n}",
                "stored_digest": f"m{n}",
                "width": 64,
                "height": 80,
                "site": "island" if n < 70 else "city",
                "view": "AP" if n % 2 else "LATERAL",
                "details": {"Manufacturer": "Old" if n % 5 == 0 else "New"},
            }
        )
    for table, added in rows.items():
        session.execute(insert(table), added)


TABLES = (Patient, Study, Image)


def test_three_clicks_lead_to_seven_of_ten_thousand_films_and_these_to_a_list(
    room: Room, admin: Page
) -> None:
    with room.database.begin() as session:
        add_many(session)
    admin.goto(f"{room.server.url}/archive")
    for facet, value in (("Site", "island"), ("View", "LATERAL"), ("Vendor", "Old")):
        admin.get_by_role("region", name=facet, exact=True).get_by_role("link", name=value).click()
    expect(admin.locator(".found")).to_have_text("7 images of 10,010")
    boxes = admin.get_by_role("checkbox")
    expect(boxes).to_have_count(7)
    boxes.nth(2).focus()
    admin.keyboard.press("Space")
    chosen = admin.get_by_role("region", name="Chosen films")
    expect(chosen).to_contain_text("1 film chosen")
    admin.reload()
    expect(boxes.nth(2)).to_be_checked()
    chosen.get_by_role("button", name="Choose all 7 films that fit").click()
    expect(chosen).to_contain_text("7 films chosen")
    chosen.get_by_role("button", name="Put on a worklist").click()
    expect(admin.get_by_text("7 films go to the seed list.")).to_be_visible()
    admin.get_by_text("Make them a list of their own").click()
    admin.get_by_label("Name").fill("From the island")
    admin.get_by_role("button", name="Put 7 films on their lists").click()
    expect(admin.get_by_text("7 films were put on their lists.")).to_be_visible()
    with room.database() as session:
        seed = select(Image.key).join(WorklistItem).where(WorklistItem.worklist == "seed")
        new = set(session.scalars(seed.where(Image.key.startswith("m"))))
    assert new == {f"m{n}" for n in range(0, 70, 10)}
    expect(admin.locator(".said").get_by_text("being read")).to_have_count(7)
    # They are a list of their own, which is read without the others.
    admin.goto(room.server.url)
    card = admin.locator(".card", has=admin.get_by_role("heading", name="From the island"))
    card.get_by_role("link", name="Start").click()
    expect(admin.locator("#left")).to_have_text("7 left of these")
    expect(admin.get_by_text("only the list “From the island”")).to_be_visible()


def test_a_choice_goes_over_pages_and_its_table_holds_nothing_else(room: Room, admin: Page) -> None:
    first, last = min(room.images), max(room.reviewed)
    admin.goto(f"{room.server.url}/archive?q={first}")
    admin.get_by_role("checkbox").check()
    admin.goto(f"{room.server.url}/archive?q={last}&show=table")
    chosen = admin.get_by_role("region", name="Chosen films")
    expect(chosen).to_contain_text("1 film chosen, 1 not on this page")
    admin.get_by_role("checkbox").check()
    expect(chosen).to_contain_text("2 films chosen, 1 not on this page")
    with admin.expect_download() as saved:
        chosen.get_by_role("button", name="Export as CSV").click()
    lines = saved.value.path().read_text().splitlines()
    assert [line.split(",")[0] for line in lines] == ["number", str(first), str(last)]


def test_a_film_is_found_by_its_key_and_its_label_is_put_right(room: Room, admin: Page) -> None:
    image, normal = room.images[0], room.classes[0]
    with room.database.begin() as session:
        reader = add_readers(session, 1)[0]
        assert lease_next(session, reader, "seed", 300, now()) == image
        said = Decision(normal, "slip", now(), 9)
        annotate(session, Hold(reader, image, "seed"), said)
        key = session.get_one(Image, image).key
    admin.goto(f"{room.server.url}/archive")
    admin.get_by_label("Image, study, accession or patient").fill(key)
    admin.keyboard.press("Enter")
    admin.get_by_role("link", name=f"Image {image}").click()
    expect(admin.get_by_text("Its reference label is normal, by single read.")).to_be_visible()
    admin.get_by_text("Overrule the label").click()
    admin.get_by_label("The label is").select_option("arthroplasty")
    admin.get_by_label("Reason").first.fill("a prosthesis")
    admin.get_by_role("button", name="Overrule", exact=True).click()
    label = "Its reference label is arthroplasty, by an admin's word."
    expect(admin.get_by_text(label)).to_be_visible()
    expect(admin.get_by_role("cell", name="a prosthesis")).to_be_visible()
    assert room.all(ReferenceLabel.class_id, ReferenceLabel.basis) == [
        (room.classes[2], "overruled")
    ]
    assert room.all(Annotation.class_id) == [(normal,)]


def test_films_are_excluded_taken_back_and_marked_as_one_and_one_opens_in_the_viewer(
    room: Room, admin: Page
) -> None:
    first, second = room.images[:2]
    admin.goto(f"{room.server.url}/archive?q={first}+{second}")
    chosen = admin.get_by_role("region", name="Chosen films")

    def choose_both(button: str) -> None:
        for box in admin.locator("[data-pick]").all():
            box.check()
        chosen.get_by_role("button", name=button, exact=True).click()

    choose_both("Exclude")
    expect(admin.get_by_text("2 films wait on a list and leave it.")).to_be_visible()
    admin.get_by_role("button", name="Exclude 2 films").click()
    expect(admin.get_by_text("2 films are excluded.")).to_be_visible()
    expect(admin.locator(".films .excluded")).to_have_count(2)
    choose_both("Exclude")
    admin.get_by_role("button", name="Take 2 films back").click()
    expect(admin.get_by_text("2 films were taken back.")).to_be_visible()
    expect(admin.locator(".films .excluded")).to_have_count(0)
    choose_both("Mark as duplicates")
    admin.get_by_role("radio", name=f"Image {second}").check()
    admin.get_by_role("button", name="Exclude the other 1").click()
    expect(admin.get_by_text("1 duplicate is excluded.")).to_be_visible()
    assert room.all(ExcludedImage.image_id, ExcludedImage.duplicate_of) == [(first, second)]
    admin.goto(f"{room.server.url}/images/{second}/history")
    admin.get_by_role("link", name="Open in the viewer").last.click()
    expect(admin.locator("#window")).not_to_be_empty()
    expect(admin.get_by_role("button", name="Other films of the patient beside")).to_have_attribute(
        "aria-pressed", "true"
    )
