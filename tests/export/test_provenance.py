"""From a label that was exported back to the film, the reads, the labeler and the code."""

import json
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import select
from support.command_line import run_command
from support.worklist_rows import add_classes, add_images, add_readers, add_sweep, list_images

from app.db.archive import Image
from app.db.engine import Database, snapshot
from app.db.learning import Lot, ModelVersion, PseudoLabel, Sweep
from app.db.people import User
from app.db.tables import now
from app.export import provenance
from app.imaging.storage import Store
from app.labels.decisions import Decision, Hold
from app.reading.rules import annotate, undo
from app.settings import Settings
from app.worklists.items import lease_next


def exported(database: Database, home: Path) -> dict[str, Any]:
    """The rows by image; each image has one."""
    with snapshot(database) as session:
        made = provenance.made_by(Store(home / "store"), home)
        rows = list(provenance.rows(session, made))
    assert [list(row) for row in rows] == [provenance.COLUMNS] * len(rows)
    found = {row["image_id"]: row for row in rows}
    assert len(found) == len(rows)
    return found


def test_each_label_leads_back_to_what_it_rests_on(database: Database, tmp_path: Path) -> None:
    moment = now()
    with database.begin() as session:
        classes = add_classes(session)
        images, reader = add_images(session, 5), add_readers(session, 1)[0]
        list_images(session, "seed", images[:2])
        for number in range(2):
            image = lease_next(session, reader, "seed", 300, moment)
            assert image is not None
            said = Decision(classes[number], f"key {number}", moment, 900)
            annotate(session, Hold(reader, image, "seed"), said)
            if number == 0:
                undo(session, reader, "seed", 300, "taken back", moment)
                again = Decision(classes[1], "said again", moment, 900)
                annotate(session, Hold(reader, image, "seed"), again)
        add_sweep(session, images[2:])
        sweep = session.scalars(select(Sweep)).one()
        labeler = session.get_one(ModelVersion, sweep.labeler_id)
        labeler.folder, labeler.digest = "checkpoints/7", "c" * 64
        labeler.training_digest = "t" * 64
        about = {"sweep_id": sweep.id, "class_id": classes[0], "size": 2, "sample_size": 1,
                 "allowed_errors": 0}  # fmt: skip
        lots = [
            Lot(status=status, place=place, **about)
            for place, status in enumerate(["released", "auditing"])
        ]
        session.add_all(lots)
        session.flush()
        swept = session.scalars(select(PseudoLabel).order_by(PseudoLabel.id)).all()
        for label, lot in zip(swept, [*lots, None], strict=True):
            label.status, label.class_id = ("accepted" if lot else "needs_review"), classes[0]
            label.lot_id = lot.id if lot else None
        keys = {image.id: image.key for image in session.scalars(select(Image))}
        name = session.get_one(User, reader).name
    (tmp_path / "checkpoints/7").mkdir(parents=True)
    facts = {"code_version": "0.1.0", "files": {}}
    (tmp_path / "checkpoints/7/checkpoint.json").write_text(json.dumps(facts))

    rows = exported(database, tmp_path)
    assert set(rows) == {keys[images[0]], keys[images[1]], keys[images[2]]}
    read = rows[keys[images[0]]]
    assert [(each["reader"], each["worklist"]) for each in read["reads"]] == [(name, "seed")]
    assert read["reads"][0]["label"] == read["label"]
    assert datetime.fromisoformat(read["reads"][0]["at"])
    assert read["film_digest"]
    assert read["labeler"] is None
    accepted = rows[keys[images[2]]]
    assert accepted["basis"] == "accepted"
    assert accepted["labeler"] == labeler.id
    assert accepted["checkpoint_digest"] == "c" * 64
    assert accepted["training_digest"] == "t" * 64
    assert accepted["code_version"] == "0.1.0"
    assert (accepted["sweep"], accepted["lot"]) == (sweep.id, lots[0].id)
    assert accepted["reads"] is None


def test_the_command_writes_it_also_where_a_checkpoint_is_gone(
    sqlite_database: Database, settings: Settings
) -> None:
    with sqlite_database.begin() as session:
        add_classes(session)
        add_sweep(session, add_images(session, 1))
    done = run_command(settings, "export", "provenance")
    assert done.stdout.strip() == ",".join(provenance.COLUMNS)
