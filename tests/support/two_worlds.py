"""Two workspaces that differ only in what somebody said of one image, and who lives in them."""

import json
import re
import shutil
from collections.abc import Callable, Iterator, Sequence
from itertools import count
from pathlib import Path
from typing import Any
from uuid import uuid4

from hypothesis.stateful import RuleBasedStateMachine
from sqlalchemy import select, update
from sqlalchemy.orm import Session
from starlette.testclient import TestClient
from support.judged_routes import JUDGED
from support.judgements import Known
from support.servers import administration, copy_database
from support.web import Web
from support.worklist_rows import add_classes, add_images, add_readers, add_sweep, list_images

from app.audit.origins import reference
from app.blindness import BLIND, someone_else_reads
from app.db.archive import Rendition, Workspace
from app.db.engine import Database, open_database
from app.db.learning import PseudoLabel
from app.db.reading import Annotation, WorklistItem
from app.imaging.storage import Store
from app.log_ins import digest
from app.settings import Settings
from app.worklists.double_reading import plan
from app.worklists.review_order import order_latest_review

PLACES = {"seed": 0, "validation": 2, "audit": 3, "review": 6}
"""Where among the images the first of each list is: the worlds differ on one of these."""
NO_LABEL = 3
"""Said of an image instead of one of three classes."""
ANN, BEN, CLEO = "reader 0", "reader 1", "reader 2"
TIMES = re.compile(r"20\d\d-\d\d-\d\d[T ]\d\d:\d\d(:\d\d(\.\d+)?)?(\+00:00|Z| UTC)?")

Answer = tuple[int, str, list[tuple[str, str]]]


def furnish(session: Session, secret: str, turns: int, blind_first: bool, attention: str) -> Known:
    """Put images on every list, and into a sweep whether they are read blind or not."""
    session.add(Workspace(blind_first=blind_first))
    add_readers(session, 3)
    classes = add_classes(session)
    seed = add_images(session, 2, name="s")
    validation = add_images(session, 1, split="validation", name="v")
    audited, reviewed = add_images(session, 2, name="a"), add_images(session, 3, name="r")
    for worklist, images in (("seed", seed), ("validation", validation), ("audit", audited)):
        list_images(session, worklist, images)
    plan(session, "seed", turns, 1, 0)
    images = [*seed, *validation, *audited, *reviewed]
    labels = add_sweep(session, images)
    session.execute(
        update(PseudoLabel)
        .where(PseudoLabel.image_id.in_(audited))
        .values(status="accepted", review_order=None)
    )
    session.execute(update(PseudoLabel).values(attention_digest=attention))
    order_latest_review(session)
    digests = session.scalars(select(Rendition.digest).where(Rendition.kind == "model"))
    return Known(images, labels, classes, list(digests))


def let_labeler_differ(session: Session, image_id: int, known: Known) -> None:
    """Let the labeler think something else of an image, and be sure of it, and have no map."""
    session.execute(
        update(PseudoLabel)
        .where(PseudoLabel.image_id == image_id)
        .values(
            class_id=known.classes[2],
            probabilities=[0.02, 0.03, 0.95],
            confidence=0.95,
            conflict=True,
            attention_digest=None,
        )
    )
    order_latest_review(session)


class World:
    """One of the two: the application on its own database, and its readers' browsers."""

    def __init__(self, web: Web, database: Database) -> None:
        self.web, self.database = web, database
        web.database = web.app.state.database = database
        self.browsers: dict[str, TestClient] = {}

    def ask(self, name: str, method: str, path: str, sent: Any = None) -> Answer:
        """Send a request as somebody; return the status, the body and the headers.

        Without what is of no moment: the token of the log-in and what it is called, and times.
        """
        if name not in self.browsers:
            self.browsers[name] = self.web.browser(name)
        browser = self.browsers[name]
        answer = browser.request(method, path, json=sent)
        assert answer.status_code < 500, path
        body = answer.text.replace(browser.headers["X-CSRF-Token"], "token")
        body = body.replace(reference(digest(browser.cookies["condyle"])), "a log-in")
        headers = sorted(each for each in answer.headers.items() if each[0] != "set-cookie")
        return answer.status_code, TIMES.sub("a time", body), headers

    def all(self, statement: Any) -> list[tuple[Any, ...]]:
        """Return rows of the database."""
        with self.database() as session:
            return [tuple(row) for row in session.execute(statement)]


def everything(known: Known) -> Iterator[str]:
    """Every address a reader can ask without sending anything."""
    for judgement in JUDGED.values():
        if judgement.ask:
            yield from judgement.ask(known)


def is_final(world: World, image_id: int) -> bool:
    """Whether all independent reads of an image were made."""
    final = select(WorklistItem.id).where(WorklistItem.image_id == image_id, WorklistItem.final)
    return bool(world.all(final))


def others_said(world: World, image_id: int, name: str) -> bool:
    """Whether anybody but one reader ever said anything of an image."""
    reads = select(Annotation.id).where(
        Annotation.image_id == image_id,
        Annotation.withdraws_id.is_(None),
        Annotation.reader_id != int(name.split()[1]) + 1,
    )
    return bool(world.all(reads))


def webs(settings: Settings, database: Database) -> tuple[Web, Web]:
    """Return two applications with one store, which holds an attention map."""
    return Web(database, settings), Web(database, settings)


def attention_in(settings: Settings) -> str:
    """Put a picture into the store and return its digest."""
    return Store(settings.home / "store").put(b"where the networks saw it")


def sqlite_copies(migrated: Path, folder: Callable[[], Path]) -> Callable[[], Sequence[Database]]:
    """Return a function that makes two fresh databases."""

    def make() -> Sequence[Database]:
        made = []
        for _ in range(2):
            path = folder() / "condyle.sqlite3"
            shutil.copy(migrated, path)
            made.append(open_database(f"sqlite:///{path}"))
        return made

    return make


def postgresql_copies(address: str) -> Sequence[Database]:
    """Return two fresh databases of a server with a migrated template; they end with the server."""
    names = [f"world_{uuid4().hex}" for _ in range(2)]
    with administration(address) as server:
        for name in names:
            copy_database(server, "migrated", name)
    return [open_database(f"{address}/{name}") for name in names]


class Twins(RuleBasedStateMachine):
    """Asks in both worlds at once, compares what Ben is answered, and keeps what lies on desks."""

    def __init__(
        self, settings: Settings, applications: Sequence, make: Callable[[], Sequence[Database]]
    ) -> None:
        super().__init__()
        self.settings, self.databases = settings, make()
        self.worlds = [
            World(web, database) for web, database in zip(applications, self.databases, strict=True)
        ]
        self.keys = count()
        self.shown: dict[tuple[str, str], dict] = {}
        self.decided: set[tuple[str, int]] = set()
        self.knows = self.over = False

    def teardown(self) -> None:
        if not self.over:
            self.ask(self.addresses)
        for database in self.databases:
            database.kw["bind"].dispose()

    def both(self, who: str, method: str, path: str, *bodies: object) -> Answer:
        """Ask in both worlds; what Ben is answered is the same."""
        bodies = bodies * 2 if len(bodies) < 2 else bodies
        answers = [
            world.ask(who, method, path, body)
            for world, body in zip(self.worlds, bodies or (None, None), strict=True)
        ]
        assert answers[0][0] == answers[1][0], path
        if who == BEN:
            assert answers[0] == answers[1], path
        self.over = self.over or is_final(self.worlds[0], self.secret)
        return answers[0]

    def desk(self, who: str, worklist: str, answer: Answer) -> None:
        """Remember what lies on somebody's desk."""
        status, body, _ = answer
        if status >= 400:
            return
        item = json.loads(body)["item"]
        if item is None:
            self.shown.pop((who, worklist), None)
            return
        self.shown[who, worklist] = item
        if who == BEN and self.knows and item["film"]["image_id"] == self.secret:
            assert worklist not in BLIND or not self.others_could_read_it()

    def others_could_read_it(self) -> bool:
        with self.worlds[0].database() as session:
            return bool(session.scalar(select(someone_else_reads(2, self.secret))))

    def said(self, who: str, image: int, said: int) -> list[int | None]:
        """What is said in each world: by others than Ben of the secret image not the same."""
        other = (said + 1) % 4 if image == self.secret and who != BEN else said
        return [None if each == NO_LABEL else self.known.classes[each] for each in (said, other)]

    def key(self) -> str:
        return f"key number {next(self.keys)}"
