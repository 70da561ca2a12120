"""The store: whole files or none, one per content, and a full disk that says so."""

import errno
import hashlib
import os
from pathlib import Path

import pytest

from app import errors
from app.imaging import pseudonyms
from app.imaging.storage import Store, refusing_a_full_disk


def test_a_file_is_found_by_its_sha_256(tmp_path: Path) -> None:
    store = Store(tmp_path / "store")
    digest = store.put(b"film")
    assert digest == hashlib.sha256(b"film").hexdigest()
    assert store.path(digest) == tmp_path / "store" / digest[:2] / digest[2:4] / digest
    assert store.exists(digest)
    assert store.read(digest) == b"film"


def test_the_same_bytes_are_stored_once(tmp_path: Path) -> None:
    store = Store(tmp_path)
    first = store.path(store.put(b"film")).stat()
    assert store.path(store.put(b"film")).stat().st_ino == first.st_ino
    assert [path.name for path in tmp_path.rglob("*") if path.is_file()] == [store.put(b"film")]


def test_what_a_killed_process_left_is_swept_away_once_it_is_old(tmp_path: Path) -> None:
    store = Store(tmp_path)
    digest = store.put(b"film")
    left = tmp_path / ".incoming" / "left"
    left.write_bytes(b"fi")
    store.sweep()
    assert left.exists()
    store.sweep(seconds=-1)
    assert not left.exists()
    assert store.exists(digest)


@pytest.mark.parametrize("name", ["", "..", "../../etc/passwd", "a" * 63, "A" * 64, "/" * 64])
def test_no_name_leads_out_of_the_store(tmp_path: Path, name: str) -> None:
    with pytest.raises(errors.NotFound):
        Store(tmp_path).path(name)


def test_a_missing_file_is_said_to_be_missing(tmp_path: Path) -> None:
    with pytest.raises(errors.NotFound, match="missing"):
        Store(tmp_path).read("0" * 64)


def test_a_full_disk_leaves_nothing_half_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_descriptor: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    store = Store(tmp_path)
    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(errors.Refused, match=r"disk is full.*needed.*free"):
        store.put(b"film")
    assert not [path for path in tmp_path.rglob("*") if path.is_file()]
    monkeypatch.undo()
    assert store.exists(store.put(b"film"))


def test_a_device_that_is_really_full_is_refused_with_what_to_do(tmp_path: Path) -> None:
    with (
        pytest.raises(errors.Refused) as refused,
        refusing_a_full_disk(tmp_path / "not" / "there", 2**20),
        Path("/dev/full").open("wb", buffering=0) as full,
    ):
        full.write(b"film")
    assert "1.0 MiB" in refused.value.what
    assert "Free some space" in refused.value.do


def test_other_errors_of_the_disk_stay_what_they_are(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError), refusing_a_full_disk(tmp_path, 1):
        (tmp_path / "none").read_bytes()


def test_the_pseudonym_key_is_made_once_and_is_its_owner_s_alone(tmp_path: Path) -> None:
    home = tmp_path / "home"
    key = pseudonyms.load_key(home)
    assert len(key) == 32
    assert pseudonyms.load_key(home) == key
    assert (home / "pseudonym.key").stat().st_mode & 0o777 == 0o600
    assert [path.name for path in home.iterdir()] == ["pseudonym.key"]


def test_pseudonyms_depend_on_the_key_and_tell_nothing() -> None:
    one, other = bytes(32), bytes([1] * 32)
    assert pseudonyms.patient("4711", one) == pseudonyms.patient("4711 ", one)
    assert pseudonyms.patient("4711", one) != pseudonyms.patient("4711", other)
    assert pseudonyms.patient("4711", one) != pseudonyms.patient("4712", one)
    assert pseudonyms.site("St. Luke", one) == pseudonyms.site(" ST.  LUKE ", one)
    assert pseudonyms.site("St. Luke", one) != pseudonyms.site("St. Luke", other)
    assert (len(pseudonyms.site("St. Luke", one)), pseudonyms.site(" ", one)) == (10, "")
    uid = pseudonyms.uid("1.2.3", one)
    assert len(uid) <= 64
    assert uid.startswith("2.25.")
    assert not uid.startswith("2.25.0")
