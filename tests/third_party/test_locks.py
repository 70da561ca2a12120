"""The images are built from files that are known by their hash: all that is needed, and no more."""

import re
import tomllib
from importlib.metadata import requires
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
EXTRAS = PROJECT["optional-dependencies"]
EVERYWHERE = ("postgresql", "redis", "s3", "sbom", "stamps", "telemetry")
BUILDS = [
    ("web", (), ()),
    ("cpu", ("worker", "text", "torch-cpu"), ("worker", "text")),
    ("gpu", ("worker", "text", "encoder", "torch"), ("worker", "text", "encoder")),
]
"""(image, locks beside `web`, extras beside `EVERYWHERE`)."""
CONSTRAINTS = dict(
    line.split("==") for line in (ROOT / "constraints.txt").read_text("utf-8").split()
)
PIN = re.compile(r"([\w.-]+)==([\w.+]+)((?: \\\n    --hash=sha256:[0-9a-f]{64})+)\n")


def locked(name: str) -> dict[str, str]:
    """Return {package: version} of a lock; each line of it is a pin with a hash, or part of one."""
    text = (ROOT / f"locks/{name}.txt").read_text("utf-8")
    assert PIN.sub("", text) == ""
    # The build for processors is the same version.
    return {canonicalize_name(each[1]): each[2].partition("+")[0] for each in PIN.finditer(text)}


def needed_by(requirements: list[str], extras: frozenset[str]) -> list[Requirement]:
    """Return those of some requirements that hold on the images with these extras."""
    found = [Requirement(each) for each in requirements]
    here = {
        "python_version": "3.11",
        "python_full_version": "3.11.9",
        "platform_machine": "x86_64",
        "sys_platform": "linux",
    }
    return [
        each
        for each in found
        if each.marker is None
        or any(each.marker.evaluate(here | {"extra": extra}) for extra in {"", *extras})
    ]


@pytest.mark.parametrize(("image", "locks", "extras"), BUILDS)
def test_a_lock_holds_all_that_is_needed_in_the_versions_that_tests_run_with(
    image: str, locks: tuple[str, ...], extras: tuple[str, ...]
) -> None:
    pins = {name: version for lock in ("web", *locks) for name, version in locked(lock).items()}
    known = {canonicalize_name(name): version for name, version in CONSTRAINTS.items()}
    others = {
        name: version for name, version in pins.items() if known.get(name, version) != version
    }
    assert others == {}, "run `make lock`"
    asked = [*PROJECT["dependencies"], "setuptools>=80"]
    asked += [each for extra in (*EVERYWHERE, *extras) for each in EXTRAS[extra]]
    waiting = needed_by(asked, frozenset())
    seen: set[tuple[str, frozenset[str]]] = set()
    while waiting:
        needed = waiting.pop()
        name = canonicalize_name(needed.name)
        assert name in pins, f"{image}: {needed} is not locked: run `make lock`"
        assert needed.specifier.contains(pins[name], prereleases=True), f"{image}: {needed}"
        more = (name, frozenset(needed.extras))
        if more not in seen:
            seen.add(more)
            # What NVIDIA has is not installed where torch is the build for processors.
            waiting += needed_by(requires(name) or [], more[1]) if name in known else []
    if image == "web":
        assert {name for name, _extras in seen} == set(pins), "nothing but what is needed"


def test_the_images_install_what_is_locked_and_nothing_else() -> None:
    lines = (ROOT / "Dockerfile").read_text("utf-8").replace("\\\n", " ").splitlines()
    installs = [part for line in lines for part in line.split("&&") if "pip install" in part]
    own = [each for each in installs if "--editable" in each]
    assert [each.split("install")[1].split() for each in own] == [
        ["--no-deps", "--no-build-isolation", "--editable", "."]
    ]
    others = [each for each in installs if each not in own]
    assert len(others) == 3
    assert all("--require-hashes --no-deps" in each for each in others)
    assert "locks/torch${CPU_INDEX:+-cpu}.txt" in others[1]
    assert "locks/torch.txt" in others[2]
