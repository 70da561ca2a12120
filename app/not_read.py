"""Reports that the labeler did not read: how many of a sweep, and why one was not."""

from collections.abc import Mapping
from typing import Any

from app import formats
from app.texts import _, ngettext


def in_words(selection: Mapping[str, Any]) -> str:
    """Say how many reports of a sweep were not read; empty where all were.

    Args:
        selection: a sweep's; those of earlier versions do not count them.
    """
    number = selection.get("not_read", 0)
    if not number:
        return ""
    return ngettext(
        "The report of {number} film was not read: it says nothing about the knee "
        "in question, or says it in words that the labeler does not know. Such a "
        "film is labelled by its image alone; where no image is read either, its "
        "label is never accepted.",
        "The reports of {number} films were not read: they say nothing about the "
        "knee in question, or say it in words that the labeler does not know. Such "
        "films are labelled by their images alone; where no image is read either, "
        "their labels are never accepted.",
        number,
        number=formats.count(number),
    )


def reason(why: str) -> str:
    """Say of one film why its report was not read.

    Args:
        why: `PseudoLabel.not_read`, not empty.
    """
    return {
        "nothing": _("Its report was not read: it does not mention a knee."),
        "other knee": _("Its report was not read: it describes only the other knee."),
        "unknown words": _(
            "Its report was not read: the labeler does not know enough of its words."
        ),
    }[why]
