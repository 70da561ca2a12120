"""An installation in use, and its backup rewritten with digests that are right again."""

import hashlib
import io
import json
import tarfile
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from support.worklist_rows import add_classes, add_images, add_readers, add_sweep, list_images

from app.db.engine import open_database
from app.db.people import User
from app.imaging.pseudonyms import load_key
from app.imaging.storage import Store
from app.labels.decisions import Decision, Hold
from app.labels.findings import Remarks
from app.log_ins import start
from app.reading.rules import annotate
from app.settings import Settings
from app.worklists.items import lease_next

AT = datetime(2026, 3, 1, 12, 30, 15, 123456, UTC)
ADDRESS = "reader@hospital.example"
FILM = b"the bytes of a film"
NOTE = "„Vielleicht“ 膝\nin a second line"
Files = dict[str, bytes]


def silent(_words: str) -> None:
    """Say nothing."""


def installation(database_url: str, settings: Settings) -> Settings:
    """Make an installation in use: a read, pseudo-labels, a log-in, a film, a model, a key."""
    database = open_database(database_url)
    with database.begin() as session:
        classes = add_classes(session)
        images = add_images(session, 6)
        reader = add_readers(session, 1)[0]
        list_images(session, "seed", images[:2])
        add_sweep(session, images[2:])
        image = lease_next(session, reader, "seed", 300, AT)
        assert image is not None
        said = Decision(classes[1], "key", AT, 900, Remarks(note=NOTE))
        annotate(session, Hold(reader, image, "seed"), said)
        person = session.get_one(User, reader)
        person.mail_address = ADDRESS
        start(session, person, 12)
    database.kw["bind"].dispose()
    home = settings.home
    home.mkdir(exist_ok=True)
    Store(home / "store").put(FILM)
    load_key(home)
    for folder in ("checkpoints/7", "checkpoints/.8.draft", "runs/9", "store/.incoming"):
        (home / folder).mkdir(parents=True, exist_ok=True)
        (home / folder / "file").write_text(folder)
    return settings.model_copy(update={"database_url": database_url})


def rewritten(backup: Path, change: Callable[[Files], Any]) -> Path:
    """Return a backup with other files, whose digests are right again, as who wrote it can do."""
    with tarfile.open(backup) as tar:
        files = {member.name: tar.extractfile(member).read() for member in tar}  # type: ignore[union-attr]
    change(files)
    facts = json.loads(files["backup.json"])
    tables = {name: data for name, data in files.items() if name.startswith("tables/")}
    facts["tables"] = {name[7:]: hashlib.sha256(data).hexdigest() for name, data in tables.items()}
    files["backup.json"] = json.dumps(facts).encode()
    target = backup.with_name("rewritten.tar")
    with tarfile.open(target, "w") as tar:
        for name, data in files.items():
            head = tarfile.TarInfo(name)
            head.size = len(data)
            tar.addfile(head, io.BytesIO(data))
    return target
