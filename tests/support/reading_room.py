"""A workspace of synthetic films behind a real server, and what its tests ask of it."""

import threading
import time
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import cv2
import numpy as np
import uvicorn
from numpy.typing import NDArray
from playwright.sync_api import Page
from sqlalchemy import select, update
from sqlalchemy.orm import Session
from support.servers import free_port
from support.worklist_rows import add_classes, add_images, add_readers, add_sweep, list_images

from app.accounts.passwords import hash_password
from app.db.archive import Image, Rendition
from app.db.engine import Database
from app.db.people import LogIn, User
from app.db.tables import now
from app.imaging.storage import Store
from app.labels.decisions import Decision, Hold
from app.labels.findings import Remarks
from app.log_ins import start
from app.main import create_app
from app.reading.rules import annotate
from app.settings import Settings
from app.worklists.double_reading import plan
from app.worklists.items import lease_next

NAME, PASSWORD = "rosa", "quiet grey patella"
ROWS, COLUMNS = 500, 400


class Server:
    """The application under uvicorn; it can be stopped and started again on the same port."""

    def __init__(self, settings: Settings) -> None:
        self.settings, self.port = settings, free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.run()

    def run(self) -> None:
        """Start to answer."""
        app = create_app(self.settings)
        self._database: Database = app.state.database
        config = uvicorn.Config(app, port=self.port, log_level="error", lifespan="off")
        self._server = uvicorn.Server(config)
        self._thread = threading.Thread(target=self._server.run, daemon=True)
        self._thread.start()
        while not self._server.started:
            assert self._thread.is_alive(), "the server did not start"
            time.sleep(0.01)

    def stop(self) -> None:
        """Go away with all connections, those to the database too."""
        self._server.should_exit = self._server.force_exit = True
        self._thread.join(10)
        self._database.kw["bind"].dispose()


@dataclass
class Room:
    """A workspace with a reader, seeded worklists and a server before it."""

    server: Server
    database: Database
    reader: int
    classes: list[int]
    images: list[int]
    """On the seed worklist."""
    reviewed: list[int]
    """In review: what is read blind is not."""

    def log_in(self, page: Page) -> None:
        """Give the browser a log-in, as the log-in page would."""
        with self.database.begin() as session:
            token, _ = start(session, session.get_one(User, self.reader), 1)
        page.context.add_cookies([{"name": "condyle", "value": token, "url": self.server.url}])

    def end_log_ins(self) -> None:
        """Let every log-in have ended."""
        with self.database.begin() as session:
            session.execute(update(LogIn).values(expires_at=LogIn.created_at))

    def open(self, page: Page, path: str) -> None:
        """Log in and open a page whose film is then drawn."""
        self.log_in(page)
        page.goto(self.server.url + path)
        drawn(page)

    def same_study(self, count: int) -> None:
        """Move the first films into one study."""
        with self.database.begin() as session:
            study, patient = session.execute(
                select(Image.study_id, Image.patient_id).where(Image.id == self.images[0])
            ).one()
            mine = update(Image).where(Image.id.in_(self.images[:count]))
            session.execute(mine.values(study_id=study, patient_id=patient))

    def differ(self, class_numbers: list[int], note: str) -> None:
        """Let as many readers read the first film independently, each with a class of their own."""
        with self.database.begin() as session:
            plan(session, "seed", len(class_numbers), 1, 0)
            for reader, number in zip(
                add_readers(session, len(class_numbers)), class_numbers, strict=True
            ):
                image = lease_next(session, reader, "seed", 300, now())
                said, key = self.classes[number - 1], f"key {number}"
                remarks = Remarks(note=note)
                annotate(
                    session, Hold(reader, image, "seed"), Decision(said, key, now(), 9, remarks)
                )

    def all(self, *columns: object) -> list[tuple[object, ...]]:
        """Return rows of the database."""
        with self.database() as session:
            return [tuple(row) for row in session.execute(select(*columns))]


def drawn(page: Page, position: int = 1) -> None:
    """Wait until the film at a position of the worklist is on the canvas."""
    page.wait_for_function(
        """position => document.querySelector('#position')?.textContent === `Image ${position}`
        && document.querySelector('#scale')?.textContent !== ''
        && !document.querySelector('#desk.sending')""",
        arg=position,
    )


def ramp(number: int) -> NDArray[np.uint16]:
    """A 12-bit film: a diagonal ramp that is different in each film."""
    rows, columns = np.mgrid[:ROWS, :COLUMNS]
    return ((rows * 7 + columns * 3 + 100 * number) % 4096).astype(np.uint16)


def furnish(settings: Settings, database: Database) -> Room:
    """Put five films on the seed worklist and five others into review, and start the server."""
    with database.begin() as session:
        reader = User(name=NAME, role="reader", password_hash=_hashed())
        session.add(reader)
        session.flush()
        classes, images = add_classes(session), add_images(session, 5)
        list_images(session, "seed", images)
        reviewed = add_images(session, 5, name="r")
        add_sweep(session, reviewed)
        _store_films(session, Shelf(settings.home / "store"))
    return Room(Server(settings), database, reader.id, classes, images, reviewed)


@cache
def _hashed() -> str:
    return hash_password(PASSWORD)


class Shelf(Store):
    """A store in which a test lays its films: none of them need outlive a power cut."""

    def _write(self, path: Path, data: bytes) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)


def _store_films(session: Session, store: Store) -> None:
    """Put a real PNG behind each rendition."""
    for kind in ("viewer", "model"):
        renditions = session.scalars(
            select(Rendition).join(Image).where(Rendition.kind == kind).order_by(Image.id)
        ).all()
        for number, rendition in enumerate(renditions):
            rendition.digest = store.put(_png(number, kind))
            rendition.width, rendition.height = COLUMNS, ROWS


@cache
def _png(number: int, kind: str) -> bytes:
    film = ramp(number) if kind == "viewer" else (ramp(number) >> 4).astype(np.uint8)
    return cv2.imencode(".png", film)[1].tobytes()
