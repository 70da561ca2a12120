"""The documentation of this version: the Markdown pages beside the code, as pages of the app.

They are served as they are in what is installed, so they always speak of the version that runs.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from app import errors
from app.help.markdown import Rendered, rendered
from app.pages import ROOT
from app.texts import _, noop

FOLDER = ROOT / "docs"
PICTURES = {".png": "image/png", ".svg": "image/svg+xml"}
"""Endings of the files that are served as pictures, with their media types."""


@dataclass(frozen=True)
class Listed:
    """A page that speaks to users: its name in addresses, what it is called, what it is about."""

    name: str
    title: str
    about: str


GROUPS: tuple[tuple[str, tuple[Listed, ...]], ...] = (
    (
        noop("For readers"),
        (
            Listed("reading", noop("Reading"), noop("Worklists, keys, tools, blinding, practice")),
            Listed("review", noop("Review"), noop("Pseudo-labels, filters, the grid")),
            Listed("notifications", noop("Notifications"), noop("What you are told, and how")),
            Listed("help", noop("Help"), noop("Tours, glossary, this documentation")),
            Listed("pages", noop("The pages"), noop("A picture of every page")),
        ),
    ),
    (
        noop("For admins"),
        (
            Listed("round", noop("The round"), noop("The whole method, step by step")),
            Listed("importing", noop("Importing"), noop("What can be imported, and how")),
            Listed("archive", noop("Archive"), noop("Find, filter and choose images")),
            Listed("removal", noop("Removal"), noop("Take an import back; remove a patient")),
            Listed("runs", noop("Runs"), noop("Each kind of run and its parameters")),
            Listed("acceptance", noop("Acceptance"), noop("Lots, audits, what is promised")),
            Listed("monitor", noop("Monitor"), noop("Whether the models still do what they did")),
            Listed("models", noop("Models"), noop("Compare, promote, go back")),
            Listed("audit", noop("Audit log"), noop("What is recorded, and how to check it")),
        ),
    ),
    (
        noop("For those who defend the figures"),
        (
            Listed("evaluation", noop("Evaluation"), noop("Each figure, its formula and source")),
            Listed("results", noop("Results"), noop("What was measured on real knees")),
            Listed("labeler", noop("Labeler"), noop("What learns, how, and why this recipe")),
            Listed("pixels", noop("Pixels"), noop("What happens to a film")),
        ),
    ),
    (
        noop("For those who run the server"),
        (
            Listed("operating", noop("Operating"), noop("One machine or many, backups")),
            Listed("deploying", noop("Deploying"), noop("Containers on a hospital's machine")),
            Listed("hospital", noop("In the hospital"), noop("Receive films from a PACS")),
            Listed("settings", noop("Settings"), noop("Every setting and its meaning")),
            Listed("api", noop("The API"), noop("What programs can do, and with which scope")),
            Listed("client", noop("The Python client"), noop("Use the API from Python")),
            Listed("scale", noop("Scale"), noop("What pages cost as an archive grows")),
            Listed("demo", noop("Demo"), noop("The generated knees, and what they are not")),
        ),
    ),
)
"""The pages as the room of help lists them. What others link to is served besides."""


def groups() -> Sequence[tuple[str, Sequence[Listed]]]:
    """Return the listed pages that are there; none in an installation without documentation."""
    there = _pages()
    found = [(name, [each for each in listed if each.name in there]) for name, listed in GROUPS]
    return [(name, listed) for name, listed in found if listed]


def called(name: str) -> str | None:
    """Return what the list calls a page, to be looked up; None for one that is not listed."""
    listed = (each for _group, pages in GROUPS for each in pages)
    return next((each.title for each in listed if each.name == name), None)


def document(name: str) -> Rendered:
    """Return a page of the documentation.

    Raises:
        errors.NotFound: there is none of this name.
    """
    path = _pages().get(name)
    if path is None:
        raise errors.NotFound(
            _("There is no such page in the documentation."),
            name,
            _("Choose another one from the list."),
        )
    return _rendered(path, path.stat().st_mtime_ns)


def picture(name: str) -> tuple[Path, str]:
    """Return a picture's file and its media type.

    Raises:
        errors.NotFound: there is none of this name.
    """
    path = _pictures().get(name)
    if path is None:
        raise errors.NotFound(_("There is no such picture in the documentation."), name, "")
    return path, PICTURES[path.suffix]


def _pages() -> dict[str, Path]:
    """Return the pages by name: those of the folder by theirs, decisions by their number too."""
    decisions = FOLDER / "decisions"
    found = {path.stem: path for path in (*decisions.glob("[0-9]*.md"), *FOLDER.glob("*.md"))}
    index = decisions / "README.md"
    return found | ({"decisions": index} if index.exists() else {})


def _pictures() -> dict[str, Path]:
    """Return the pictures by name: `pictures/pages/run.png` is `pages-run.png`."""
    folder = FOLDER / "pictures"
    files = (path for path in folder.rglob("*.*") if path.suffix in PICTURES)
    return {"-".join(path.relative_to(folder).parts): path for path in files}


@lru_cache(maxsize=256)
def _rendered(path: Path, _changed_at: int) -> Rendered:
    """Render a page; one that is changed while the server runs is rendered anew."""
    return rendered(
        path.read_text("utf-8"),
        {_link(path, other): f"/help/documents/{name}" for name, other in _pages().items()},
        {_link(path, other): f"/help/pictures/{name}" for name, other in _pictures().items()},
    )


def _link(page: Path, other: Path) -> str:
    """Return how a page of the documentation links to another file of it."""
    up = len(page.relative_to(FOLDER).parts) - 1
    near = other.is_relative_to(page.parent)
    return (
        other.relative_to(page.parent).as_posix()
        if near
        else "../" * up + other.relative_to(FOLDER).as_posix()
    )
