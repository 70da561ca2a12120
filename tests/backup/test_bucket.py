"""An installation whose films lie in a bucket is backed up and restored like any other."""

from collections.abc import Callable
from pathlib import Path

import pytest
from support.installations import FILM, silent

from app.backup.commands import restore_backup, write_backup
from app.imaging.stores import open_store
from app.settings import Settings


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_films_and_models_go_into_a_bucket_and_back_into_a_folder(
    backup: Path, bucket: str, tmp_path: Path, with_tables: Callable[[str], Settings]
) -> None:
    in_bucket = with_tables("in bucket").model_copy(update={"store_url": bucket})
    restore_backup(in_bucket, backup, silent)
    store = open_store(in_bucket)
    (digest,) = store.digests()
    assert store.shared_folders() == ["checkpoints/7"]
    assert not (in_bucket.home / "store").exists()

    # A machine that has never seen the model backs it up too.
    elsewhere = in_bucket.model_copy(update={"home": tmp_path / "another machine"})
    elsewhere.home.mkdir()
    write_backup(elsewhere, tmp_path / "second.tar", silent)

    in_folder = with_tables("in folder")
    restore_backup(in_folder, tmp_path / "second.tar", silent)
    assert open_store(in_folder).read(digest) == FILM
    assert (in_folder.home / "checkpoints/7/file").read_text() == "checkpoints/7"
