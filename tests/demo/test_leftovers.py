"""The demo ends with something to read, and its bar says how far it is."""

import io
import os

from sqlalchemy import select, update
from support.worklist_rows import add_classes, add_images, add_readers, add_sweep, list_images

from app.db.archive import Image
from app.db.engine import Database, read_only
from app.db.learning import Lot, PseudoLabel, Sweep
from app.db.reading import ReferenceLabel, WorklistItem
from app.demo import leftovers, reader
from app.demo.progress import Bar
from app.settings import Settings
from app.worklists.items import remaining


def test_seed_films_an_audit_and_disagreements_are_left(
    database: Database, settings: Settings
) -> None:
    with database.begin() as session:
        classes = add_classes(session)
        person = add_readers(session, 1)[0]
        films = add_images(session, 10)
        audited = add_images(session, 12, name="a")
        add_images(session, 3, name="new")
        session.execute(update(Image).values(given_class_id=classes[0]))
        list_images(session, "seed", films)
        add_sweep(session, audited)
        sweep = session.scalars(select(Sweep.id)).one()
        lots = [
            Lot(sweep_id=sweep, class_id=each, size=size, sample_size=size, allowed_errors=0)
            for each, size in ((2, 10), (3, 2))
        ]
        session.add_all(lots)
        session.flush()
        for n, label in enumerate(session.scalars(select(PseudoLabel).order_by(PseudoLabel.id))):
            label.status, label.in_audit, label.lot_id = "accepted", True, lots[n >= 10].id
        list_images(session, "audit", audited)
    reader.read_worklist(database, settings, person, "seed")
    with read_only(database) as session:
        left = leftovers.audits_to_leave(session)
    assert left == set(audited[10 - leftovers.AUDITS : 10])
    assert reader.read_worklist(database, settings, person, "audit", leave=left) == 4
    said = leftovers.leave_work(database, settings, rng=0)
    assert said == "Left for you: 5 seed films, 8 films of an audit and 3 disagreements to decide."
    with read_only(database) as session:
        assert [remaining(session, name, person) for name in ("seed", "audit", "adjudication")] == [
            5,
            8,
            3,
        ]
        assert session.scalars(select(Lot.status).order_by(Lot.id)).all()[0] == "auditing"
        disputed = select(WorklistItem.image_id).where(WorklistItem.worklist == "adjudication")
        labelled = set(session.scalars(select(ReferenceLabel.image_id)))
        assert not labelled & set(session.scalars(disputed))


def test_nothing_to_leave_is_no_error(database: Database, settings: Settings) -> None:
    with read_only(database) as session:
        assert leftovers.audits_to_leave(session) == set()
    assert "0 seed films" in leftovers.leave_work(database, settings, rng=0)


def test_a_terminal_gets_a_bar_and_a_file_gets_shares() -> None:
    file = io.StringIO()
    bar = Bar(file)
    bar.report(0.5, "Sweep")
    bar.say("Swept.")
    bar.report(0.25, "Sweep")  # it never goes back
    bar.say("Done.")
    bar.end()
    assert file.getvalue() == "[ 50%] Swept.\n[ 50%] Done.\n"
    ours, theirs = os.openpty()
    with os.fdopen(theirs, "w") as terminal:
        bar = Bar(terminal)
        bar.report(0.5, "Sweep")
        bar.say("Swept.")
        bar.end()
        seen = b""
        while not (b"Swept." in seen and seen.endswith(b"\r\x1b[K")):
            seen += os.read(ours, 4096)
        shown = seen.decode()
    os.close(ours)
    assert "█" * 15 + "░" * 15 in shown
