"""What others wrote and Condyle needs, as it is installed on this machine."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from importlib.metadata import Distribution, PackageNotFoundError, distribution
from pathlib import Path, PurePath

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

CONDYLE = "condyle"
NOT_SHIPPED = "dev"
"""The extra of what only tests and checks need."""
ROOT = Path(__file__).parents[2]
LEGAL = re.compile(r"licen[cs]e|copying|notice|copyright", re.IGNORECASE)
NO_TEXT = {".py", ".pyc", ".pyi", ".so", ".json"}


@dataclass(frozen=True)
class Component:
    """Something that others wrote.

    Attributes:
        name: as its authors write it.
        version: as they number it.
        licence: its licence, an SPDX expression where the authors gave one; empty where they
            named none.
        texts: its licence and notices: file name and text.
        needs: names of the components that it needs, as `canonicalize_name` writes them.
        packaged: whether it is a package of Python; else it is a file among ours.
    """

    name: str
    version: str
    licence: str
    texts: tuple[tuple[str, str], ...] = ()
    needs: tuple[str, ...] = ()
    packaged: bool = True


def components() -> list[Component]:
    """Return every component that Condyle needs and that is installed here, by name.

    What an extra asks for counts where it is installed; what only tests need does not.

    Raises:
        PackageNotFoundError: Condyle is not installed, or something it cannot do without.
    """
    found: dict[str, Component] = {}
    todo = list(roots())
    visited: set[tuple[str, frozenset[str]]] = set()
    while todo:
        wanted = todo.pop()
        name = canonicalize_name(wanted.name)
        if (name, frozenset(wanted.extras)) in visited:
            continue
        visited.add((name, frozenset(wanted.extras)))
        installed = distribution(name)
        below = list(_requirements(installed, wanted.extras))
        needs: set[str] = {canonicalize_name(each.name) for each in below}
        if name in found:
            needs |= set(found[name].needs)
        found[name] = _component(installed, needs)
        todo += below
    return sorted([*found.values(), *among_ours()], key=lambda each: each.name.lower())


def roots() -> Iterator[Requirement]:
    """Yield what Condyle itself asks for, of each extra what is installed."""
    itself = distribution(CONDYLE)
    yield from _requirements(itself)
    for extra in itself.metadata.get_all("Provides-Extra") or []:
        if extra != NOT_SHIPPED:
            only = _requirements(itself, [extra], without_extra=False)
            yield from (each for each in only if _is_installed(each.name))


def among_ours() -> list[Component]:
    """Return what others wrote that lies among our own files."""
    face = (ROOT / "static/fonts/LICENSE.txt").read_text("utf-8")
    passwords = (ROOT / "app/accounts/common_passwords.txt").read_text("utf-8")
    lines = [line for line in passwords.splitlines() if line.startswith("#")]
    said = "\n".join(line.removeprefix("#").removeprefix(" ") for line in lines)
    return [
        Component("Inter", "4.1", "OFL-1.1", (("LICENSE.txt", face),), packaged=False),
        Component("zxcvbn passwords", "4.5.0", "MIT", (("LICENSE", said),), packaged=False),
    ]


def licence_of(said: Mapping[str, list[str]]) -> str:
    """Return a package's licence by its metadata; empty where that names none.

    An SPDX expression counts first. `License` holds whole texts in some packages, and says no more
    than "dual" in others, which the classifiers then tell.

    Args:
        said: the values of `License-Expression`, `License` and `Classifier`.
    """
    classifiers = [
        line.split(" :: ")[-1]
        for line in said["Classifier"]
        if line.startswith("License :: ") and not line.endswith("OSI Approved")
    ]
    short = [line.strip() for line in said["License"] if len(line.strip().splitlines()) == 1]
    named = [*said["License-Expression"], *(short if len(classifiers) < 2 else [])]
    return named[0] if named else ", ".join(classifiers)


def _requirements(
    of: Distribution, extras: Iterable[str] = (), without_extra: bool = True
) -> Iterator[Requirement]:
    """Yield what a package asks for on this machine, by itself and for some of its extras."""
    asked = [{"extra": extra} for extra in extras]
    for line in of.requires or []:
        wanted = Requirement(line)
        always = wanted.marker is None or wanted.marker.evaluate({"extra": ""})
        if always:
            if without_extra:
                yield wanted
        elif wanted.marker and any(wanted.marker.evaluate(each) for each in asked):
            yield wanted


def _is_installed(name: str) -> bool:
    try:
        distribution(name)
    except PackageNotFoundError:
        return False
    return True


def _component(installed: Distribution, needs: Iterable[str]) -> Component:
    metadata = installed.metadata
    fields = ("License-Expression", "License", "Classifier")
    said = {field: metadata.get_all(field) or [] for field in fields}
    return Component(
        metadata["Name"],
        installed.version,
        licence_of(said),
        tuple(_texts(installed)),
        tuple(sorted(needs)),
    )


def _texts(installed: Distribution) -> Iterator[tuple[str, str]]:
    """Yield the licences and notices that a package brings, beside its metadata or its code."""
    for file in installed.files or []:
        beside_metadata = any(part.endswith(".dist-info") for part in file.parts)
        if (beside_metadata or len(file.parts) == 2) and _is_legal(file):
            text = Path(file.locate()).read_bytes().decode("utf-8", "replace")
            yield file.name, "\n".join(text.strip().splitlines())


def _is_legal(file: PurePath) -> bool:
    named = LEGAL.search(file.name) or "licenses" in file.parts
    return bool(named) and file.suffix not in NO_TEXT
