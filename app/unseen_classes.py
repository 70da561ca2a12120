"""Classes that nobody has read a film of: what a model cannot know, and cannot promise.

It lies beside the features, not in one of them, so that every page may say it.
"""

from collections.abc import Iterable, Sequence
from typing import Any

from app.db.learning import ModelVersion
from app.texts import _

UNSEEN = "unseen"
"""Where a version's metrics hold the names of the classes it learned from no film of."""


def noted(missing: Sequence[str]) -> dict[str, Any]:
    """Return what a version's metrics say of the classes it learned from no film of."""
    return {UNSEEN: list(missing)} if missing else {}


def unseen_by(version: ModelVersion) -> list[str]:
    """Return the classes a version learned from no film of, in their order."""
    return list(version.metrics.get(UNSEEN, ()))


def for_the_log(model: str, missing: Sequence[str]) -> str:
    """Say in the log of a training what its model cannot know.

    Args:
        model: what was trained, in words.
        missing: names of classes, one at least.
    """
    names = _listed(missing)
    return (
        f"No film of {names} is among those the {model} learned from, so it recognises none: it "
        "gives every such film another class."
    )


def notes(versions: Iterable[ModelVersion]) -> list[str]:
    """Return what an evaluation report must say of the classes that its models do not know."""
    return [
        f"The {version.role} classifier learned from no film of {_listed(unseen_by(version))}: it "
        "gives that class no probability at all, and its AUC there is 0.5."
        for version in versions
        if unseen_by(version)
    ]


def in_words(version: ModelVersion | None) -> str:
    """Say on a page what a version cannot know, and what it cannot promise; else an empty text."""
    missing = unseen_by(version) if version else []
    if not missing:
        return ""
    if version and version.role != "labeler":
        return _(
            "It was trained on no film of {names} and cannot recognise any.", names=_listed(missing)
        )
    return _(
        "No film of {names} had been read when the labeler was trained, so it "
        "gives every such film another class. Some of these wrong labels may be "
        "accepted: only films that look unlike those that were read are held back "
        "for review. An audit read of such a film counts as wrong.",
        names=_listed(missing),
    )


def missing_in_words(names: Sequence[str]) -> str:
    """Say on a page that films of some classes are still to be read; else an empty text."""
    if not names:
        return ""
    return _(
        "No film of {names} has been read that a labeler can be trained on: it "
        "could not recognise any.",
        names=_listed(names),
    )


def _listed(names: Sequence[str]) -> str:
    return ", ".join(names)
