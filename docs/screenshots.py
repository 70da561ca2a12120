"""Draws the pictures of the pages: the demo is played, served, and photographed in Chromium.

`make pictures` runs it. The demo takes some minutes to play; `--home` names the home folder of one
that is played already (`make demo` leaves it in `demo-home`).
"""

import argparse
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

import uvicorn
from PIL import Image
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright
from sqlalchemy import func, select
from staging import stage_a_round, stage_reading

from app.audit.origins import asked_from
from app.db.archive import Image as Film
from app.db.archive import Rendition
from app.db.engine import Database, migrate, open_database
from app.db.learning import Evaluation, PseudoLabel, Run
from app.db.people import User
from app.db.reading import Annotation
from app.demo.headless import make_demo
from app.log_ins import start
from app.main import create_app
from app.settings import Settings
from worker import render

FOLDER = Path(__file__).parent / "pictures/pages"
SIZE = {"width": 1280, "height": 800}
GREYS_AND_ACCENT = 128
TALLEST = 2400
IN_A_HOSPITAL = {
    "write_back_to": "PACS1@10.0.0.5:104",
    "write_back_key": "write-back.key",
    "pull_from": "https://10.0.0.5/dicom-web",
    "mail_server": "smtp://mail.hospital.example",
}
"""Settings of the web process alone: it shows where reports and mails go, and sends none."""
FROM = ("192.0.2.17", "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0")


@dataclass(frozen=True)
class Picture:
    """A page as one role sees it.

    Attributes:
        name: of the file.
        path: of the page.
        role: whose log-in opens it; "" for nobody's.
        keys: pressed once the page is there.
        of_own_read: the image in its path is one that its reader has read.
        of_review: the image in its path is one that was reviewed: its history is open to readers.
    """

    name: str
    path: str
    role: str
    keys: tuple[str, ...] = ()
    of_own_read: bool = False
    of_review: bool = False


OF_A_ROUND = (
    Picture("login", "/login", ""),
    Picture("login-code", "/login/code", ""),
    Picture("welcome", "/welcome/{token}", ""),
    Picture("profile", "/profile", "reader"),
    Picture("help-room", "/help", "reader"),
    Picture("glossary", "/help/glossary", "reader"),
    Picture("document", "/help/documents/{document}", "admin"),
    Picture("notifications", "/notifications", "admin"),
    Picture("notification-choices", "/notifications/choices", "admin"),
    Picture("second-factor", "/second-factor", "reader"),
    Picture("access", "/access", "reader"),
    Picture("password", "/password", "reader"),
    Picture("overview-admin", "/", "admin"),
    Picture("archive", "/archive", "admin"),
    Picture("imports", "/imports", "admin"),
    Picture("import", "/imports/{import_id}", "admin"),
    Picture("arrivals", "/arrivals", "admin"),
    Picture("pull", "/pull", "admin"),
    Picture("removals", "/removals", "admin"),
    Picture("activity", "/activity", "admin"),
    Picture("both-knees", "/both-knees", "admin"),
    Picture("held", "/held", "admin"),
    Picture("settings", "/settings", "admin"),
    Picture("classes", "/classes", "admin"),
    Picture("worklists", "/worklists", "admin"),
    Picture("find-films", "/find-films", "admin", (*"arthroplasty", "Enter")),
    Picture("findings", "/findings", "admin"),
    Picture("guideline", "/guideline", "admin"),
    Picture("guideline-edit", "/guideline/edit", "admin"),
    Picture("practice-set", "/practice/set", "admin"),
    Picture("review-settings", "/review/settings", "admin"),
    Picture("agreement", "/agreement", "admin"),
    Picture("runs", "/runs", "admin"),
    Picture("run", "/runs/{run_id}", "admin"),
    Picture("acceptance", "/acceptance", "admin"),
    Picture("evaluations", "/evaluations", "admin"),
    Picture("evaluation", "/evaluations/{evaluation_id}", "admin"),
    Picture("evaluation-films", "/evaluations/{evaluation_id}/films", "admin"),
    Picture("evaluation-film", "/evaluations/{evaluation_id}/films/{image_id}", "admin"),
    Picture("monitor", "/monitor", "admin"),
    Picture("models", "/models", "admin"),
    Picture("compare", "/models/compare", "admin"),
    Picture("people", "/people", "admin"),
    Picture("everybodys-access", "/people/access", "admin"),
    Picture("webhooks", "/webhooks", "admin"),
    Picture("outbox", "/outbox", "admin"),
    Picture("outbox-selections", "/outbox?what=selections", "admin"),
)
OF_READING = (
    Picture("overview-reader", "/", "reader"),
    Picture("reading", "/reading/{worklist}", "reader"),
    Picture("reads", "/reads", "reader"),
    Picture("correct", "/reads/{worklist}/{image_id}", "reader", of_own_read=True),
    Picture("practice", "/practice", "reader"),
    Picture("practice-desk", "/practice/desk", "reader", ("1",)),
    Picture("help", "/reading/{worklist}", "reader", ("?",)),
    Picture("review", "/review", "reader"),
    Picture("grid", "/review/grid/{class_id}", "reader", ("Space", "ArrowRight", "ArrowRight")),
    Picture("history", "/images/{image_id}/history", "reader", of_review=True),
    Picture("view", "/images/{image_id}/view", "reader"),
)


def main() -> None:
    """Write one PNG for each picture."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--home", type=Path)
    given = parser.parse_args()
    FOLDER.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as scratch, sync_playwright() as playwright:
        settings = Settings(home=given.home or Path(scratch) / "demo-home", broker_url="")
        if given.home is None:
            make_demo(settings, None, print)
        migrate(settings.resolved_database_url)
        database = open_database(settings.resolved_database_url)
        pages = serving(settings.model_copy(update=IN_A_HOSPITAL))
        with rendering(database, settings), pages as address:
            browser = playwright.chromium.launch(
                executable_path="/usr/bin/chromium-headless-shell",
                args=["--no-sandbox", "--disable-gpu", "--disable-background-networking"],
            )
            stage_a_round(database)
            for picture in OF_A_ROUND:
                photograph(browser, address, database, picture)
            stage_reading(database)
            for picture in OF_READING:
                photograph(browser, address, database, picture)
            browser.close()


@contextmanager
def serving(settings: Settings) -> Iterator[str]:
    """Serve a home folder's pages; yield their address."""
    server = uvicorn.Server(
        uvicorn.Config(create_app(settings), port=0, log_level="error", lifespan="off")
    )
    listener = server.config.bind_socket()
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        server.should_exit = server.force_exit = True
        thread.join(10)


@contextmanager
def rendering(database: Database, settings: Settings) -> Iterator[None]:
    """Make the films that pages ask for, as a worker does beside its runs."""
    stop = threading.Event()
    thread = threading.Thread(target=render.serve, args=(database, settings, stop), daemon=True)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join(10)


def photograph(browser: Browser, address: str, database: Database, picture: Picture) -> None:
    """Open a page as its role, and keep what is seen."""
    with browser.new_context(viewport=SIZE) as context:
        if picture.role:
            log_in(context, address, database, picture.role)
        page = context.new_page()
        shown = places(database)
        if picture.of_own_read:
            shown["image_id"] = own_read(database)
        if picture.of_review:
            shown["image_id"] = reviewed(database)
        page.goto(address + picture.path.format(**shown))
        settle(page)
        for key in picture.keys:
            page.keyboard.press(key)
        settle(page)
        taken = page.screenshot(full_page=page.evaluate("document.body.scrollHeight") <= TALLEST)
    shown = Image.open(BytesIO(taken)).convert("RGB")
    fewer = shown.quantize(GREYS_AND_ACCENT, dither=Image.Dither.NONE)
    fewer.save(FOLDER / f"{picture.name}.png", optimize=True)
    print(picture.name, flush=True)


def log_in(context: BrowserContext, address: str, database: Database, role: str) -> None:
    """Give the browser the log-in of the demo's person of a role."""
    with asked_from(*FROM), database.begin() as session:
        person = session.scalars(select(User).where(User.name == role)).one()
        token, _ = start(session, person, 1)
    context.add_cookies([{"name": "condyle", "value": token, "url": address}])


def places(database: Database) -> dict[str, object]:
    """Return what stands in the paths: rows of the demo that show the most."""
    with database() as session:
        newest_training = (
            select(Run.id).where(Run.kind == "train_classifier").order_by(Run.id.desc()).limit(1)
        )
        longest_in_review = (
            select(PseudoLabel.class_id)
            .where(PseudoLabel.status == "needs_review")
            .group_by(PseudoLabel.class_id)
            .order_by(func.count().desc())
            .limit(1)
        )
        return {
            "worklist": "seed",
            "token": "no-such-link",
            "document": "acceptance",
            "class_id": session.scalar(longest_in_review),
            "image_id": session.scalar(
                select(Annotation.image_id).where(Annotation.worklist == "validation").limit(1)
            ),
            "import_id": session.scalar(select(Film.run_id).limit(1)),
            "run_id": session.scalar(newest_training),
            "evaluation_id": session.scalar(
                select(Evaluation.id).order_by(Evaluation.id.desc()).limit(1)
            ),
        }


def own_read(database: Database) -> int:
    """Return an image of the seed set that the demo's reader has read: one that can be shown."""
    with database() as session:
        reader = select(User.id).where(User.name == "reader").scalar_subquery()
        newest = (
            select(Annotation.image_id)
            .where(Annotation.reader_id == reader, Annotation.worklist == "seed")
            .join(Rendition, Rendition.image_id == Annotation.image_id)
            .where(Rendition.kind == "viewer")
            .order_by(Rendition.digest.is_(None), Annotation.id.desc())
            .limit(1)
        )
        return session.scalars(newest).one()


def reviewed(database: Database) -> int:
    """Return an image that a reader has decided on in review."""
    with database() as session:
        read = select(Annotation.image_id).where(Annotation.worklist == "review")
        return session.scalars(read.order_by(Annotation.id).limit(1)).one()


def settle(page: Page) -> None:
    """Wait until films are drawn and nothing moves any more."""
    page.wait_for_load_state("load")
    page.wait_for_function(
        """() => document.querySelector("#scale")?.textContent !== ""
        && document.getAnimations().length === 0"""
    )
    page.wait_for_timeout(1500)  # neither a canvas nor a picture says when it is painted


if __name__ == "__main__":
    main()
