"""Key press to the next film drawn, in a real browser on 2,000 x 2,500 films of 16 bits.

*Prefetched* films were decoded while the reader looked at the one before; for the others the reader
labels faster than films can be decoded, so that the preview comes first and the film itself later.
"""

import os
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

import cv2
import numpy as np
from playwright.sync_api import Page, sync_playwright
from sqlalchemy.orm import Session

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))
from support.reading_room import drawn
from support.servers import free_port
from support.worklist_rows import add_classes, list_images

from app import log_ins
from app.db.archive import Image, Patient, Rendition, Study
from app.db.engine import migrate, open_database
from app.db.people import User
from app.imaging import rendering
from app.imaging.storage import Store
from app.settings import Settings

PREFETCHED, AT_ONCE = 24, 12
DIFFERENT = 8
"""Different pixels; a browser still fetches and decodes each of the films by itself."""
ROWS, COLUMNS = 2500, 2000
SCREENS = ((1280, 800), (1920, 1080))

WATCH = """() => {
  window.pressed = 0;
  addEventListener('keydown', () => { pressed = performance.now(); }, { capture: true });
  performance.setResourceTimingBufferSize(10000);
  window.decoded = () => performance.getEntriesByName('film decoded')
    .filter(({ detail }) => detail.includes('/pixels')).length;
  // When the first of the marks came after the key, the frame after it, and the server's own share.
  window.drawn = (position, names) => new Promise(done => {
    const look = () => {
      const marks = names.flatMap(name => performance.getEntriesByName(name));
      const at = Math.min(...marks.map(mark => mark.startTime).filter(time => time > pressed));
      const there = document.querySelector('#position').textContent === `Image ${position}`;
      if (!there || at === Infinity) return setTimeout(look, 2);
      const answer = performance.getEntriesByType('resource')
        .findLast(({ name }) => name.endsWith('/annotations'));
      requestAnimationFrame(() => setTimeout(() => done(
        [at - pressed, performance.now() - pressed, answer.responseEnd - pressed])));
    };
    look();
  });
}"""


class Process:
    """The application in a process of its own: this one has the browser to drive."""

    def __init__(self, settings: Settings) -> None:
        self.settings, self.port = settings, free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        command = [sys.executable, "-m", "uvicorn", "--factory", "app.main:create_app"]
        self._process = subprocess.Popen(
            [*command, "--port", str(self.port), "--log-level", "error", "--lifespan", "off"],
            env=os.environ | {"CONDYLE_HOME": str(settings.home)},
        )
        while socket.socket().connect_ex(("127.0.0.1", self.port)):
            time.sleep(0.1)

    def stop(self) -> None:
        """End it."""
        self._process.terminate()
        self._process.wait(30)


def main() -> None:
    """Print what a reader waits for, at two sizes of window."""
    with tempfile.TemporaryDirectory() as folder:
        settings = Settings(home=Path(folder))
        token, server = _furnish(settings), Process(settings)
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(
                executable_path="/usr/bin/chromium-headless-shell",
                args=["--no-sandbox", "--disable-gpu", "--disable-background-networking"],
            )
            print("milliseconds from the key press to the next film on the canvas, without a GPU")
            print(f"{'':44}{'n':>4}{'p50':>8}{'p95':>8}    load {os.getloadavg()[0]:.1f}")
            first = 1
            for width, height in SCREENS:
                context = browser.new_context(viewport={"width": width, "height": height})
                with closing(context):
                    page = context.new_page()
                    context.add_cookies([{"name": "condyle", "value": token, "url": server.url}])
                    page.goto(f"{server.url}/reading/seed")
                    drawn(page, first)
                    page.evaluate(WATCH)
                    _play(page, f"{width} x {height}", first)
                first += PREFETCHED + AT_ONCE
            browser.close()
        server.stop()


def _play(page: Page, screen: str, position: int) -> None:
    """Label when what comes next is decoded, then as fast as anything is shown."""
    prefetched = []
    for decoded in range(PREFETCHED):
        page.wait_for_function("wanted => decoded() >= wanted", arg=decoded + 4, timeout=60_000)
        page.wait_for_timeout(100)
        position += 1
        prefetched.append(_label(page, position, "film drawn"))
    for name, times in zip(
        (
            f"prefetched, {screen}",
            "  and the browser's next frame",
            "  of which the server's answer",
        ),
        zip(*prefetched, strict=True),
        strict=True,
    ):
        _say(name, times)
    shown, whole = [], []
    for _ in range(AT_ONCE):
        position += 1
        shown.append(_label(page, position, "preview drawn", "film drawn")[0])
        asked = "([at, marks]) => drawn(at, marks)"
        whole.append(page.evaluate(asked, [position, ["film drawn"]])[0])
    _say("labelled at once: first picture", shown)
    _say("  the film's own pixels", whole)


def _label(page: Page, position: int, *marks: str) -> list[float]:
    """Press a class's key; return when the first of the marks came, and what `drawn` says more."""
    page.keyboard.press("1")
    times: list[float] = page.evaluate("([at, marks]) => drawn(at, marks)", [position, list(marks)])
    return times


def _say(name: str, times: Sequence[float]) -> None:
    p95 = statistics.quantiles(times, n=20)[-1]
    print(f"{name:44}{len(times):4}{statistics.median(times):8.0f}{p95:8.0f}", flush=True)


def _furnish(settings: Settings) -> str:
    """Fill a workspace with large films on the seed worklist; return a reader's log-in token."""
    migrate(settings.resolved_database_url)
    store = Store(settings.home / "store")
    films = len(SCREENS) * (PREFETCHED + AT_ONCE) + 6
    with open_database(settings.resolved_database_url).begin() as session:
        reader = User(name="reader", role="reader")
        session.add(reader)
        session.flush()
        add_classes(session)
        pictures = [_picture(number) for number in range(DIFFERENT)]
        files = [(store.put(rendering.png(each)), _preview(each, store)) for each in pictures]
        images = [
            _add(session, n, pictures[n % DIFFERENT], *files[n % DIFFERENT]) for n in range(films)
        ]
        list_images(session, "seed", images)
        token, _ = log_ins.start(session, reader, 1)
    return token


def _picture(seed: int) -> rendering.Picture:
    """A smooth field with a detector's noise: it compresses as a radiograph does."""
    generator = np.random.default_rng(seed)
    coarse = generator.normal(0, 1, (12, 10)).astype(np.float32)
    field = cv2.resize(coarse, (COLUMNS, ROWS), interpolation=cv2.INTER_CUBIC)
    noise = generator.normal(0, 120, (ROWS, COLUMNS))
    pixels = np.clip(32768 + 9000 * field + noise, 0, 65535).astype(np.uint16)
    return rendering.Picture(pixels, 16, 32768.0, 40000.0)


def _preview(picture: rendering.Picture, store: Store) -> str:
    return store.put(rendering.png(rendering.model(picture)))


def _add(
    session: Session, number: int, picture: rendering.Picture, viewer: str, preview: str
) -> int:
    patient = Patient(key=f"p{number}", split="development")
    session.add(patient)
    session.flush()
    study = Study(patient_id=patient.id, key=f"s{number}")
    session.add(study)
    session.flush()
    image = Image(
        study_id=study.id,
        patient_id=patient.id,
        key=f"i{number}",
        source_digest=f"source {number}",
        stored_digest=f"stored {number}",
        width=COLUMNS,
        height=ROWS,
    )
    session.add(image)
    session.flush()
    for kind, digest, bits, centre, width in (
        ("viewer", viewer, picture.bits, picture.centre, picture.width),
        ("model", preview, 8, 127.5, 255.0),
    ):
        session.add(
            Rendition(
                image_id=image.id,
                kind=kind,
                digest=digest,
                width=COLUMNS if kind == "viewer" else 410,
                height=ROWS if kind == "viewer" else 512,
                bits=bits,
                window_centre=centre,
                window_width=width,
            )
        )
    session.flush()
    return image.id


if __name__ == "__main__":
    main()
