"""From the file to the screen: what the standard asks for, and the preview that comes first."""

import numpy as np
from playwright.sync_api import Page, Route, expect
from pydicom.dataset import Dataset
from pydicom.pixels import apply_modality_lut, apply_voi_lut
from sqlalchemy import select
from support.reading_room import Room, drawn, ramp
from support.viewing_room import centred, hang, shown

from app.db.archive import Rendition
from app.imaging import rendering
from app.imaging.description import describe
from app.imaging.rendering import Picture

ROWS, COLUMNS = 300, 200


def film(**attributes: object) -> tuple[Dataset, np.ndarray]:
    """A 12-bit film that holds every value, and its stored values."""
    stored = (np.arange(ROWS * COLUMNS) % 4096).reshape(ROWS, COLUMNS).astype(np.uint16)
    dataset = Dataset()
    dataset.BitsAllocated, dataset.BitsStored, dataset.HighBit = 16, 12, 11
    dataset.PixelRepresentation, dataset.SamplesPerPixel = 0, 1
    dataset.PhotometricInterpretation = "MONOCHROME2"
    for keyword, value in attributes.items():
        setattr(dataset, keyword, value)
    return dataset, stored


def voi_lut() -> Dataset:
    """A bent curve of 10 bits over 2,048 values from 700 on."""
    table = Dataset()
    table.LUTDescriptor = [2048, 700, 10]
    table.LUTData = [round(1023 * (n / 2047) ** 2) for n in range(2048)]
    return table


FILMS = {
    "VOI LUT": {"VOILUTSequence": [voi_lut()]},
    "VOI LUT, MONOCHROME1": {
        "VOILUTSequence": [voi_lut()],
        "PhotometricInterpretation": "MONOCHROME1",
    },
    "window, MONOCHROME1": {
        "WindowCenter": 1200,
        "WindowWidth": 900,
        "PhotometricInterpretation": "MONOCHROME1",
    },
    "window over rescaled values": {
        "WindowCenter": 300,
        "WindowWidth": 1000,
        "RescaleSlope": 0.5,
        "RescaleIntercept": -200,
    },
}


def asked_for(dataset: Dataset, stored: np.ndarray) -> np.ndarray:
    """Grey levels 0 to 255 as pydicom's own LUT and window functions have them."""
    values = apply_voi_lut(apply_modality_lut(stored, dataset), dataset).astype(float)
    top = 1023 if "VOILUTSequence" in dataset else values.max()
    low = 0 if "VOILUTSequence" in dataset else values.min()
    grey = (values - low) / (top - low) * 255
    return 255 - grey if dataset.PhotometricInterpretation == "MONOCHROME1" else grey


def test_a_film_is_on_the_screen_as_its_file_asks(room: Room, page: Page):
    films = {name: film(**attributes) for name, attributes in FILMS.items()}
    for number, (dataset, stored) in enumerate(films.values()):
        hang(room, number, rendering.viewer(describe(dataset, stored)))
    room.open(page, "/reading/seed")
    for position, (name, (dataset, stored)) in enumerate(films.items(), 1):
        drawn(page, position)
        page.keyboard.press("o")
        expected = asked_for(dataset, stored)
        on_screen = centred(shown(page), ROWS, COLUMNS)
        assert np.abs(on_screen - expected)[2:-2, 2:-2].max() <= 1, name
        page.keyboard.press("i")
        inverted = centred(shown(page), ROWS, COLUMNS)
        assert np.abs(inverted - (255 - expected))[2:-2, 2:-2].max() <= 1, name
        page.keyboard.press("r")
        page.keyboard.press("1")


def test_the_preview_is_on_the_screen_until_the_film_is_there(room: Room, page: Page):
    hang(room, 0, Picture(ramp(0), 12, 2048, 4096))
    waiting: list[Route] = []
    page.route("**/images/1/pixels?*", lambda route: waiting.append(route))
    room.log_in(page)
    page.goto(f"{room.server.url}/reading/seed")
    page.wait_for_function("() => performance.getEntriesByName('preview drawn').length === 1")
    first = shown(page).astype(int)
    page.keyboard.press("1")
    page.keyboard.press("Shift+ArrowDown")
    expect(page.locator("#window")).to_have_text(f"L {round(2048 + 15 * 4096 / 500)}  W 4096")
    later = shown(page).astype(int)
    waiting[0].continue_()
    page.wait_for_function("() => performance.getEntriesByName('film drawn').length === 1")
    # What the reader changed meanwhile stays; a film seen only in small was not labelled.
    expect(page.locator("#position")).to_have_text("Image 1")
    expect(page.locator("#window")).to_have_text(f"L {round(2048 + 15 * 4096 / 500)}  W 4096")
    whole = shown(page).astype(int)
    assert np.median(np.abs(whole - later)) <= 3
    page.keyboard.press("r")
    assert np.median(np.abs(shown(page).astype(int) - first)) <= 3
    page.keyboard.press("1")
    drawn(page, 2)


OVERLAPS = """() => {
  const boxes = ['.top', '.stage', '.panel', '.choices', '.steps-back', '.tools']
    .map(name => document.querySelector(name));
  const over = [];
  for (const a of boxes) for (const b of boxes) {
    if (a.contains(b) || b.contains(a)) continue;
    const [p, q] = [a.getBoundingClientRect(), b.getBoundingClientRect()];
    const across = Math.min(p.right, q.right) - Math.max(p.left, q.left);
    const down = Math.min(p.bottom, q.bottom) - Math.max(p.top, q.top);
    if (across > 1 && down > 1) over.push([a.className, b.className]);
  }
  const scrolled = [document.scrollingElement]
    .concat([...document.querySelectorAll('.desk, .panel, .stage, .pane, .tools')])
    .filter(box => box.scrollWidth > box.clientWidth + 1
      || box.scrollHeight > box.clientHeight + 1)
    .map(box => box.className || box.tagName);
  const outside = [...document.querySelectorAll('[data-act]')]
    .filter(each => each.checkVisibility({ contentVisibilityAuto: true }))
    .map(each => [each.dataset.act, each.getBoundingClientRect()])
    .filter(([, at]) => at.right > innerWidth || at.bottom > innerHeight || at.width < 24)
    .map(([act]) => act);
  return { over, scrolled, outside };
}"""


def test_nothing_overlaps_or_scrolls_on_small_wide_and_tall_screens(room: Room, page: Page):
    for path in ("/reading/seed", "/review"):
        for width, height in ((1024, 700), (1280, 800), (2560, 1440), (2160, 3840)):
            page.set_viewport_size({"width": width, "height": height})
            room.open(page, path)
            page.keyboard.press("c")
            expect(page.locator("#stage-note")).not_to_be_empty()
            found = page.evaluate(OVERLAPS)
            assert found == {"over": [], "scrolled": [], "outside": []}, (path, width, height)


def test_a_film_whose_pixels_are_not_made_is_shown_small_with_words_and_then_whole(
    room: Room, page: Page
) -> None:
    """The worker's part is done here, once the page has asked for it."""
    hang(room, 0, Picture(ramp(0), 12, 2048, 4096))
    with room.database.begin() as session:
        of_film = Rendition.image_id == room.images[0], Rendition.kind == "viewer"
        viewer = session.scalars(select(Rendition).where(*of_film)).one()
        digest, viewer.digest = viewer.digest, None
    room.log_in(page)
    page.goto(f"{room.server.url}/reading/seed")
    expect(page.get_by_text("is being prepared")).to_be_visible()
    page.wait_for_function("() => performance.getEntriesByName('preview drawn').length === 1")
    with room.database.begin() as session:
        viewer = session.scalars(select(Rendition).where(*of_film)).one()
        assert viewer.wanted_at is not None
        viewer.digest, viewer.wanted_at = digest, None
    page.wait_for_function("() => performance.getEntriesByName('film drawn').length === 1")
    expect(page.get_by_text("is being prepared")).to_be_hidden()
