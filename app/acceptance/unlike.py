"""What looks unlike the calibration reads is held back: the promise rests on these alone."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from sqlalchemy import Row, func, select, update
from sqlalchemy.orm import Session

from app import formats
from app.db.archive import Image
from app.db.learning import PseudoLabel
from app.statistics.novelty import unseen
from app.texts import _, ngettext

KINDS = ("words", "layout", "film", "site", "language_model")
"""What a film can be unlike in; the first three as `models.traits` names them. By the last it was
read without the language model, which did not answer; the calibration reads were read with it."""


def sites_read(calibration_sites: Sequence[str]) -> frozenset[str] | None:
    """Return the sites of which there are calibration reads; None where another is nothing new.

    Args:
        calibration_sites: of each calibration read, empty where unknown.
    """
    seen, counts = np.unique(calibration_sites, return_counts=True)
    return frozenset(seen.tolist()) if unseen(counts) else None


def to_hold_back(
    session: Session,
    sweep_id: int,
    looks: Mapping[int, str],
    sites: frozenset[str] | None,
    first: int,
    last: int,
) -> dict[str, list[int]]:
    """Return which pseudo-labels are never to be accepted because of what their films are like.

    Beside the films given, all of a site are held back from which there is no calibration read,
    where new sites are rare (`app.statistics.novelty.unseen`), and all that the language model did
    not answer about.

    Args:
        session: a unit of work that only reads.
        sweep_id: a sweep whose images are all predicted and not yet selected.
        looks: image id to the kind it is unlike in.
        sites: as `sites_read` returned them.
        first: of the pseudo-labels that are looked at.
        last: of them.

    Returns:
        Pseudo-labels by the kind they are to be marked with, those marked already left out.
    """
    label = PseudoLabel
    # + 0: without statistics SQLite would go through the whole sweep for each step.
    some = label.id.between(first, last), label.sweep_id + 0 == sweep_id
    rows = select(label.id, label.image_id, label.asked, label.unlike, Image.site)
    found = defaultdict(list)
    for row in session.execute(rows.join(Image, Image.id == label.image_id).where(*some)):
        kind = _kind(row, looks, sites)
        if kind != row.unlike:
            found[kind].append(row.id)
    return dict(found)


def hold_back(session: Session, found: Mapping[str, Sequence[int]]) -> None:
    """Mark what `to_hold_back` returned; call it before the selection is planned."""
    for kind, ids in found.items():
        session.execute(
            update(PseudoLabel)
            .where(PseudoLabel.id.in_(ids))
            .values(unlike=kind)
            .execution_options(synchronize_session=False)
        )


def held_back(session: Session, sweep_id: int) -> dict[str, int]:
    """Return how many of a sweep's films are held back, by the kind they are unlike in."""
    mine = PseudoLabel.sweep_id == sweep_id, PseudoLabel.unlike != ""
    count = select(PseudoLabel.unlike, func.count()).where(*mine).group_by(PseudoLabel.unlike)
    found = dict(session.execute(count).all())
    return {kind: found[kind] for kind in KINDS if kind in found}


def in_words(selection: Mapping[str, Any]) -> str:
    """Say how many films of a sweep are held back, and why; empty where none is."""
    found: Mapping[str, int] = selection.get("unlike", {})
    if not found:
        return ""
    return ngettext(
        "{number} film looks unlike the calibration reads, on which the promise rests: {why}.",
        "{number} films look unlike the calibration reads, on which the promise rests: {why}.",
        sum(found.values()),
        number=formats.count(sum(found.values())),
        why="; ".join(_counted(kind, number) for kind, number in found.items()),
    )


def reason(kind: str) -> str:
    """Say of one film why it was held back."""
    return {
        "words": _("Its report has words that no calibration read has."),
        "layout": _("The layout of its report is unlike that of any calibration read."),
        "film": _(
            "The film differs from the calibration reads in its device, view, size or grey values."
        ),
        "site": _("No calibration read is from its site."),
        "language_model": _("It was read without the language model, which did not answer."),
    }[kind]


def _kind(
    row: Row[int, int, str | None, str, str],
    looks: Mapping[int, str],
    sites: frozenset[str] | None,
) -> str:
    """Return what a pseudo-label is held back for, empty where it is not."""
    _id, image_id, asked, _before, site = row
    if asked == "unreached":
        return "language_model"
    if sites is not None and site not in sites:
        return "site"
    return looks.get(image_id, "")


def _counted(kind: str, number: int) -> str:
    each = formats.count(number)
    return {
        "words": _("{number} by the words of the report", number=each),
        "layout": _("{number} by the layout of the report", number=each),
        "film": _("{number} by the film itself", number=each),
        "site": _("{number} by the site, from which there is no calibration read", number=each),
        "language_model": _(
            "{number} by how they were read: without the language model, which did not answer",
            number=each,
        ),
    }[kind]
