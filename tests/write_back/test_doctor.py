"""`condyle doctor` looks at the key of PACS references."""

from pathlib import Path

from app.checks import Check
from app.db.engine import Database
from app.db.write_back import PacsReference
from app.doctor import examine
from app.pacs.seal import Seal
from app.settings import Settings


def found(settings: Settings) -> Check:
    """Return what the doctor says of the references."""
    return next(each for each in examine(settings) if "PACS references" in each.words)


def test_a_key_is_read_and_must_open_what_was_kept(
    sqlite_database: Database, settings: Settings, tmp_path: Path
) -> None:
    settings.database_url = str(sqlite_database.kw["bind"].url)
    assert found(settings).good
    file = tmp_path / "elsewhere" / "write-back.key"
    settings.write_back_key = str(file)
    assert "cannot be read" in found(settings).words
    file.parent.mkdir()
    file.write_text("0123456789abcdef" * 2)
    assert found(settings).good
    for secret in (b"0123456789abcdef" * 2, b"another key that is long enough."):
        name = Seal(secret).name
        with sqlite_database.begin() as session:
            session.add(PacsReference(source_digest=name, key_name=name, sealed="sealed"))
    assert not found(settings).good
    assert found(settings).words.startswith("1 PACS references were sealed with another key")
