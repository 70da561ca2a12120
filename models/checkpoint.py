"""Networks on disk: safetensors and JSON, written whole or not at all, checked when read.

Nothing here can run code from a file: no pickle is written or read.
"""

import hashlib
import json
import os
import shutil
from collections.abc import Mapping
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import load_file, save_file

from models.errors import TrainingError

FACTS = "checkpoint.json"
Tensors = Mapping[str, torch.Tensor]


def write_checkpoint(folder: Path, parts: Mapping[str, Tensors], facts: dict[str, Any]) -> str:
    """Write a checkpoint folder; one already there is replaced when the new one is complete.

    Args:
        folder: where; its parent is made if absent.
        parts: tensors by part name; each part becomes NAME.safetensors.
        facts: what JSON can hold: classes, recipe, metrics and so on.

    Returns:
        The checkpoint's digest: SHA-256 over its JSON, which holds the digest of each other file.

    Raises:
        TrainingError: if the disk does not take it; nothing half-written stays.
    """
    draft = folder.with_name(f".{folder.name}.{os.getpid()}.draft")
    try:
        draft.mkdir(parents=True)
        for name, tensors in parts.items():
            save_file(_plain(tensors), draft / f"{name}.safetensors")
        files = {f"{name}.safetensors": _digest(draft / f"{name}.safetensors") for name in parts}
        whole = {**facts, "code_version": code_version(), "files": files}
        (draft / FACTS).write_text(json.dumps(whole, indent=1, sort_keys=True), "utf-8")
        digest = _digest(draft / FACTS)
        for path in draft.iterdir():
            _sync(path)
        _replace(folder, draft)
    except (OSError, SafetensorError) as error:
        raise TrainingError(
            "The checkpoint could not be written.",
            str(error.__class__.__name__),
            "Free some space on the disk, then start the run again.",
        ) from error
    finally:
        shutil.rmtree(draft, ignore_errors=True)
    return digest


def read_checkpoint(
    folder: Path, digest: str = ""
) -> tuple[dict[str, dict[str, torch.Tensor]], dict[str, Any]]:
    """Read a checkpoint folder and check every file against its digest.

    Args:
        folder: as written by `write_checkpoint`.
        digest: the checkpoint's own, where the caller knows it.

    Returns:
        The tensors by part name, and the facts.

    Raises:
        TrainingError: if a file is missing or is not the one that was written.
    """
    try:
        if digest and _digest(folder / FACTS) != digest:
            raise _altered(FACTS)
        facts = json.loads((folder / FACTS).read_text("utf-8"))
        parts = {}
        for name, expected in facts["files"].items():
            if _digest(folder / name) != expected:
                raise _altered(name)
            parts[name.removesuffix(".safetensors")] = load_file(folder / name)
    except (OSError, ValueError, KeyError, SafetensorError) as error:
        raise TrainingError(
            "The checkpoint is incomplete or unreadable.",
            folder.name,
            "Restore it from a backup, or train again.",
        ) from error
    return parts, facts


def write_state(path: Path, tensors: Tensors, facts: dict[str, str]) -> None:
    """Write the state of a training under way, replacing the one before it at once.

    Args:
        path: a .safetensors file.
        tensors: the state.
        facts: kept in the file's header.

    Raises:
        TrainingError: if the disk does not take it; the state before it stays.
    """
    draft = path.with_suffix(f".{os.getpid()}.draft")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        save_file(_plain(tensors), draft, facts)
        _sync(draft)
        draft.replace(path)
    except (OSError, SafetensorError) as error:
        raise TrainingError(
            "The state of the training could not be written.",
            str(error.__class__.__name__),
            "Free some space on the disk, then start the run again.",
        ) from error
    finally:
        draft.unlink(missing_ok=True)


def read_state(path: Path) -> tuple[dict[str, torch.Tensor], dict[str, str]] | None:
    """Read the state of a training.

    Args:
        path: as in `write_state`.

    Returns:
        The tensors and facts, or None if there is no readable state.
    """
    try:
        with safe_open(path, "pt") as file:
            return {key: file.get_tensor(key) for key in file.keys()}, dict(file.metadata() or {})  # noqa: SIM118
    except (OSError, SafetensorError):
        return None


def code_version() -> str:
    """Return the version of the installed program that writes a checkpoint."""
    try:
        return version("condyle")
    except PackageNotFoundError:
        return "unknown"


def _plain(tensors: Tensors) -> dict[str, torch.Tensor]:
    """Lay tensors out as the format has them: no two may share memory, as tied weights do."""
    plain: dict[str, torch.Tensor] = {}
    places: set[int] = set()
    for name, tensor in tensors.items():
        own = tensor.detach().cpu().contiguous()
        plain[name] = own.clone() if own.data_ptr() in places else own
        places.add(own.data_ptr())
    return plain


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _sync(path: Path) -> None:
    with path.open("rb") as file:
        os.fsync(file.fileno())


def _replace(folder: Path, draft: Path) -> None:
    """A folder cannot be renamed over a full one, so the old one steps aside first."""
    aside = folder.with_name(f".{folder.name}.{os.getpid()}.aside")
    if folder.exists():
        folder.replace(aside)
    draft.replace(folder)
    shutil.rmtree(aside, ignore_errors=True)


def _altered(name: str) -> TrainingError:
    return TrainingError(
        "A file of the checkpoint is not the one that was written.",
        name,
        "Restore the checkpoint from a backup, or train again.",
    )
