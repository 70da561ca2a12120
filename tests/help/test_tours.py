"""A first tour tells from the workspace what is done: an admin's of all, a reader's of theirs."""

import pytest
from sqlalchemy import update
from support.web import Web, csrf_of
from support.worklist_rows import add_classes, add_images, add_readers, add_sweep, list_images

from app.db.engine import Database
from app.db.learning import Lot, PseudoLabel, Sweep
from app.db.people import User
from app.db.reading import Annotation, Skip, WorklistItem
from app.db.registry import Promotion
from app.help import tours
from app.settings import Settings


def done(database: Database, user: int) -> list[str]:
    """The pages of the steps that are done, in order."""
    with database() as session:
        tour = tours.of(session, session.get_one(User, user))
    return [step.title for step in tour.steps if step.done]


def said(reader: int, image: int, key: str, **more: object) -> Annotation:
    """A row of a reader's reads."""
    return Annotation(
        reader_id=reader, image_id=image, idempotency_key=key, **({"worklist": "seed"} | more)
    )


def test_an_admins_steps_follow_the_workspace(database: Database):
    with database.begin() as session:
        admin = User(name="Ada", role="admin")
        session.add(admin)
        session.flush()
        ada = admin.id
    assert done(database, ada) == []
    with database.begin() as session:
        classes = add_classes(session)
        images = add_images(session, 6)
        list_images(session, "seed", images[:2])
    assert done(database, ada) == ["Set up the classes", "Import films", "Draw the seed set"]
    with database.begin() as session:
        session.execute(update(WorklistItem).values(done=True))
        sweep = add_sweep(session, images[2:])
    assert done(database, ada)[3:] == [
        "Have the seed set read",
        "Train the labeler",
        "Sweep the archive",
    ]
    with database.begin() as session:
        sweep_id = session.get_one(PseudoLabel, sweep[0]).sweep_id
        session.execute(update(PseudoLabel).values(status="approved"))
        figures = {"size": 2, "sample_size": 1, "allowed_errors": 0}
        lot = {"sweep_id": sweep_id, "class_id": classes[0], "status": "released"}
        session.add(Lot(**lot, **figures))
        list_images(session, "audit", images[3:4])
    assert done(database, ada)[6:] == ["Have the unsure ones reviewed", "See a lot released"]
    with database.begin() as session:
        session.execute(update(WorklistItem).values(done=True))
        labeler = session.get_one(Sweep, sweep_id).labeler_id
        session.add(Promotion(model_group="classifier", version_id=labeler))
    assert done(database, ada)[7:] == [
        "Have the audits read",
        "See a lot released",
        "Promote the better one",
    ]


def test_a_readers_steps_follow_their_own_reads_alone(database: Database):
    with database.begin() as session:
        classes = add_classes(session)
        images = add_images(session, 3)
        rosa, ben = add_readers(session, 2)
        session.add(said(ben, images[0], "b", class_id=classes[0], note="Axis?"))
        session.add(Skip(reader_id=ben, worklist="seed", image_id=images[1]))
    assert done(database, rosa) == []
    assert done(database, ben) == [
        "Read a film",
        "Skip a film",
        "Use a tool, a finding or a note",
    ]
    with database.begin() as session:
        read = said(rosa, images[0], "1", class_id=classes[0])
        session.add(read)
        session.flush()
        session.add(said(rosa, images[0], "2", withdraws_id=read.id))
    assert done(database, rosa) == ["Read a film", "Take a read back"]
    with database.begin() as session:
        review = {"worklist": "review", "class_id": classes[1]}
        session.add(said(rosa, images[1], "3", **review, report_version=0))
    assert done(database, rosa)[2:] == ["Review a pseudo-label"]
    with database.begin() as session:
        session.add(said(rosa, images[2], "4", **review, report_version=1))
    assert done(database, rosa)[3:] == ["Read the report beside the film"]


@pytest.mark.parametrize("role", ["reader", "admin"])
def test_a_tour_is_shown_until_it_is_hidden_and_can_be_taken_again(
    sqlite_database: Database, settings: Settings, role: str
):
    web = Web(sqlite_database, settings)
    person, other = web.browser("Rosa", role), web.browser("Ben", role)
    first = person.get("/").text
    assert "First tour" in first
    assert person.post("/help/tour/end", data={"csrf_token": csrf_of(first)}).status_code == 303
    assert "First tour" not in person.get("/").text
    assert "First tour" not in web.browser("Rosa").get("/").text  # on any machine
    assert "First tour" in other.get("/").text
    assert "Show it on my first page" in person.get("/help").text
    person.post("/help/tour/begin")
    assert "First tour" in person.get("/").text
