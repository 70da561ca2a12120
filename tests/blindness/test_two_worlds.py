"""Nobody learns of what is read blind, by whatever they ask and in whatever order.

Two workspaces live through the same days. They differ in what the first reader says of one image,
and in what the labeler thinks of it. Another reader, who may still have to read that image, must
get the same answers in both, to the letter, from every route, count and refusal.
"""

import json
from collections.abc import Callable, Sequence
from random import Random

import pytest
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from hypothesis.stateful import initialize, invariant, precondition, rule
from sqlalchemy import select, text
from support.two_worlds import (
    ANN,
    BEN,
    CLEO,
    NO_LABEL,
    PLACES,
    Twins,
    World,
    attention_in,
    everything,
    furnish,
    is_final,
    let_labeler_differ,
    others_said,
    postgresql_copies,
    sqlite_copies,
    webs,
)

from app.agreement.rules import agreement
from app.db.engine import Database
from app.db.reading import WorklistItem
from app.settings import Settings
from app.worklists.items import add_items
from app.worklists.orders import reorder_review

SECRETS = ["seed", "seed", "review", "validation", "audit"]
LISTS = st.sampled_from(["", "", "", "", "seed", "validation", "audit", "adjudication", "review"])
"""Mostly the list of the secret image, which is the empty text."""
ACTORS = st.sampled_from([ANN, BEN, BEN, CLEO])


class TwoWorlds(Twins):
    """Ann and Cleo say of the secret image something else in each world; Ben finds out nothing."""

    @initialize(secret=st.sampled_from(SECRETS), turns=st.sampled_from([2, 3]), blind=st.booleans())
    def furnish(self, secret: str, turns: int, blind: bool) -> None:
        self.list, self.blind_first = secret, blind or secret == "review"
        attention = attention_in(self.settings)
        for world in self.worlds:
            with world.database.begin() as session:
                self.known = furnish(session, secret, turns, self.blind_first, attention)
        place = PLACES[secret]
        self.secret, self.secret_label = self.known.images[place], self.known.labels[place]
        self.addresses = list(everything(self.known.around(place)))
        with self.worlds[1].database.begin() as session:
            let_labeler_differ(session, self.secret, self.known)

    @precondition(lambda self: not self.over)
    @rule(who=ACTORS, worklist=LISTS)
    def take(self, who: str, worklist: str) -> None:
        worklist = worklist or self.list
        path = f"/api/v1/worklists/{worklist}/next"
        self.desk(who, worklist, self.both(who, "POST", path))

    @precondition(lambda self: not self.over)
    @rule(who=ACTORS, worklist=LISTS, said=st.integers(0, NO_LABEL))
    def read(self, who: str, worklist: str, said: int) -> None:
        worklist = worklist or self.list
        self.take(who, worklist)
        if item := self.shown.get((who, worklist)):
            (self.review if worklist == "review" else self.label)(who, worklist, item, said)

    def label(self, who: str, worklist: str, item: dict, said: int) -> None:
        image, key = item["film"]["image_id"], self.key()
        bodies = [
            {"worklist": worklist, "class_id": each, "milliseconds": 900, "idempotency_key": key}
            for each in self.said(who, image, said)
        ]
        path = f"/api/v1/images/{image}/annotations"
        self.desk(who, worklist, self.both(who, "POST", path, *bodies))

    def review(self, who: str, worklist: str, item: dict, said: int) -> None:
        image, label = item["film"]["image_id"], item["suggestion"]["id"]
        if self.blind_first and who == BEN and image == self.secret:
            # From then on Ben would know what the labeler thinks: Ben looks at it, and no more.
            return
        chosen, path = self.said(who, image, said), f"/api/v1/pseudo-labels/{label}"
        if self.blind_first and (who, label) not in self.decided:
            key = self.key()
            blind = [{"class_id": each, "idempotency_key": key} for each in chosen]
            self.both(who, "POST", f"{path}/blind-read", *blind)
            self.decided.add((who, label))
        key = self.key()
        bodies = [
            {
                "decision": "reject" if each is None else "correct",
                "class_id": each,
                "idempotency_key": key,
            }
            for each in chosen
        ]
        self.desk(who, worklist, self.both(who, "POST", f"{path}/decision", *bodies))

    @precondition(lambda self: not self.over)
    @rule(who=ACTORS, worklist=LISTS)
    def undo(self, who: str, worklist: str) -> None:
        worklist, body = worklist or self.list, {"idempotency_key": self.key()}
        path = f"/api/v1/worklists/{worklist}/undo"
        self.desk(who, worklist, self.both(who, "POST", path, body))

    @precondition(lambda self: not self.over)
    @rule(who=ACTORS, worklist=LISTS)
    def skip(self, who: str, worklist: str) -> None:
        worklist = worklist or self.list
        if item := self.shown.get((who, worklist)):
            path = f"/api/v1/worklists/{worklist}/skip"
            body = {"image_id": item["film"]["image_id"]}
            self.desk(who, worklist, self.both(who, "POST", path, body))

    @precondition(lambda self: not self.over)
    @rule(
        what=st.sampled_from(["grid", "undo_grid", "guess", "reorder", "draw", "ask_some"]),
        who=ACTORS,
        number=st.integers(0, 7),
    )
    def something_else(self, what: str, who: str, number: int) -> None:
        getattr(self, what)(who, number)

    def grid(self, who: str, number: int) -> None:
        """Approve a page of the grid, where there is one."""
        class_id = self.known.classes[number % 3]
        status, body, _ = self.both(who, "POST", f"/api/v1/grid/{class_id}/page")
        tiles = json.loads(body)["tiles"] if status == 200 else []
        assert self.secret not in [tile["image_id"] for tile in tiles]
        if tiles:
            wanted = [
                {"pseudo_label_id": tile["pseudo_label_id"], "decision": "approve"}
                for tile in tiles
            ]
            batch = {"decisions": wanted, "idempotency_key": self.key()}
            self.both(who, "POST", f"/api/v1/grid/{class_id}/decisions", batch)

    def undo_grid(self, who: str, _number: int) -> None:
        """Take a page of the grid back."""
        self.both(who, "POST", "/api/v1/grid/undo", {"idempotency_key": self.key()})

    def guess(self, _who: str, number: int) -> None:
        """Decide as Ben on what Ben does not hold, to learn from the refusal."""
        label = self.known.labels[number]
        held = self.shown.get((BEN, "review"))
        if held and held["suggestion"]["id"] == label:
            return
        path, body = f"/api/v1/pseudo-labels/{label}", {"class_id": None}
        for decision in ("approve", "reject"):
            keyed = {"decision": decision, "idempotency_key": self.key()}
            self.both(BEN, "POST", f"{path}/decision", body | keyed)
        self.both(BEN, "POST", f"{path}/blind-read", body | {"idempotency_key": self.key()})

    def reorder(self, _who: str, number: int) -> None:
        """Put review in order again, as an admin."""
        for world in self.worlds:
            with world.database.begin() as session:
                reorder_review(session, "informative", number)

    def draw(self, _who: str, _number: int) -> None:
        """Draw the last image in review for the seed set, as an admin."""
        image = self.known.images[-1]
        listed = "SELECT 1 FROM worklist_item WHERE worklist = 'seed' AND image_id = :image"
        for world in self.worlds:
            with world.database.begin() as session:
                if session.scalar(text(listed), {"image": image}) is None:
                    add_items(session, "seed", [image])

    def ask_some(self, _who: str, number: int) -> None:
        """Ask some of all addresses there are, as Ben."""
        self.ask(Random(number).sample(self.addresses, 10))

    def ask(self, addresses: Sequence[str]) -> None:
        for path in addresses:
            if "/history" in path:
                self.ask_history(path)
            else:
                method, _, address = path.rpartition(" ")
                self.both(BEN, method or "GET", address)

    def ask_history(self, path: str) -> None:
        """Ask for a history; it may differ where nobody can be asked to read the image any more."""
        answers = [world.ask(BEN, "GET", path) for world in self.worlds]
        if f"/{self.secret}/" not in path or not self.may_look() or answers[0][0] != 200:
            assert answers[0] == answers[1], path
        else:
            assert answers[1][0] == 200
            self.knows = self.knows or others_said(self.worlds[0], self.secret, BEN)

    def may_look(self) -> bool:
        """Whether nobody can be asked to read the secret image, or to review it, as it stands."""
        if self.list == "seed" or (self.list == "review" and self.blind_first):
            return False
        open_items = select(WorklistItem.id).where(
            WorklistItem.image_id == self.secret, WorklistItem.done.is_(False)
        )
        return not self.worlds[0].all(open_items)

    @invariant()
    def nothing_can_be_told_apart(self) -> None:
        if not self.over:
            self.both(BEN, "GET", "/")
            self.both(BEN, "GET", f"/api/v1/pseudo-labels/{self.secret_label}/attention")

    @precondition(lambda self: not self.over)
    @rule()
    def look_at_history(self) -> None:
        self.ask_history(f"/api/v1/images/{self.secret}/history")

    @precondition(lambda self: self.over and is_final(self.worlds[0], self.secret))
    @rule(who=st.sampled_from([ANN, BEN, CLEO]), said=st.integers(0, NO_LABEL))
    def slip(self, who: str, said: int) -> None:
        """All reads of the image were made: to change one now changes no comparison."""
        before = [self.compared(world) for world in self.worlds]
        key = self.key()
        for world in self.worlds:
            status, body, _ = world.ask(
                who, "POST", "/api/v1/worklists/seed/undo", {"idempotency_key": key}
            )
            if status != 200 or json.loads(body)["item"]["film"]["image_id"] != self.secret:
                continue
            chosen = self.said(BEN, self.secret, said)[0]
            body = {"worklist": "seed", "class_id": chosen, "idempotency_key": f"{key} again"}
            path = f"/api/v1/images/{self.secret}/annotations"
            assert world.ask(who, "POST", path, body)[0] == 201
        after = [self.compared(world) for world in self.worlds]
        assert before == after
        path = f"/images/{self.secret}/history"
        histories = [world.ask(BEN, "GET", path) for world in self.worlds]
        assert histories[0] == histories[1]
        assert histories[0][0] == 409

    def compared(self, world: World) -> object:
        """What the page of agreement says, but of images whose last read comes meanwhile."""
        with world.database() as session:
            return agreement(session, ["seed"])


@pytest.fixture
def applications(settings: Settings, sqlite_database: Database) -> Sequence:
    settings.home.mkdir(exist_ok=True)
    return webs(settings, sqlite_database)


def run(settings: Settings, applications: Sequence, make: Callable, examples: int) -> None:
    class Case(TwoWorlds):
        def __init__(self) -> None:
            super().__init__(settings, applications, make)

    case = Case.TestCase
    case.settings = hypothesis_settings(max_examples=examples, stateful_step_count=20)
    case().runTest()


def test_another_reader_cannot_tell_two_worlds_apart(
    settings, applications, migrated_sqlite, tmp_path_factory
):
    make = sqlite_copies(migrated_sqlite, lambda: tmp_path_factory.mktemp("world"))
    run(settings, applications, make, examples=4)


def test_nor_on_postgresql(settings, applications, postgresql):
    run(settings, applications, lambda: postgresql_copies(postgresql), examples=1)
