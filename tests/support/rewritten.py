"""Tests that pytest rewrites once, and not in each of the processes that run them side by side.

pytest rewrites the asserts of a file before it imports it, and keeps the outcome beside the file.
All processes go through all files in the same order: after a change of pytest, or on a fresh clone,
each would rewrite the file that the others are rewriting.
"""

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from _pytest.assertion import rewrite


def rewrite_a_share(config: pytest.Config) -> None:
    """Rewrite the share that this process has of the files of tests, while others do theirs."""
    given = getattr(config, "workerinput", None)
    if given is None or sys.dont_write_bytecode:
        return
    number = int(given["workerid"].removeprefix("gw"))
    largest_first = sorted(set(_asked(config)), key=lambda file: (-file.stat().st_size, file))
    for file in largest_first[number :: given["workercount"]]:
        _rewrite(file, config)


def _asked(config: pytest.Config) -> Iterator[Path]:
    for name in config.args:
        asked = config.invocation_params.dir / name.split("::")[0]
        if asked.is_dir():
            yield from asked.rglob("test_*.py")
        elif asked.is_file():
            yield asked


def _rewrite(file: Path, config: pytest.Config) -> None:
    kept = rewrite.get_cache_dir(file) / (file.stem + rewrite.PYC_TAIL)
    if rewrite._read_pyc(file, kept) is None and rewrite.try_makedirs(kept.parent):
        digest, code = rewrite._rewrite_test(file, config)
        rewrite._write_pyc(config.stash[rewrite.assertstate_key], code, digest, kept)
