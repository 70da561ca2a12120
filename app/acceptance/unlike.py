"""What looks unlike the calibration reads is held back: the promise rests on these alone."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from sqlalchemy import Update, func, select, update
from sqlalchemy.orm import Session

from app import formats
from app.db.archive import Image
from app.db.learning import PseudoLabel
from app.statistics.novelty import unseen
from app.texts import _, ngettext

KINDS = ("words", "layout", "film", "site", "language_model")
"""What a film can be unlike in; the first three as `models.traits` names them. By the last it was
read without the language model, which did not answer; the calibration reads were read with it."""
IDS_AT_ONCE = 1000


def hold_back(
    session: Session, sweep_id: int, looks: Mapping[int, str], calibration_sites: Sequence[str]
) -> None:
    """Mark the pseudo-labels that are never to be accepted because of what their films are like.

    Call it before the selection is planned. Beside the films given, all of a site are marked from
    which there is no calibration read, where new sites are rare (`app.statistics.novelty.unseen`),
    and all that the language model did not answer about.

    Args:
        session: an open unit of work.
        sweep_id: a sweep whose images are all predicted and not yet selected.
        looks: image id to the kind it is unlike in.
        calibration_sites: of each calibration read, empty where unknown.
    """
    mine = PseudoLabel.sweep_id == sweep_id
    for kind in KINDS:
        images = sorted(image for image, found in looks.items() if found == kind)
        for start in range(0, len(images), IDS_AT_ONCE):
            some = PseudoLabel.image_id.in_(images[start : start + IDS_AT_ONCE])
            _mark(session, update(PseudoLabel).where(mine, some), kind)
    seen, counts = np.unique(calibration_sites, return_counts=True)
    if unseen(counts):
        elsewhere = select(Image.id).where(Image.site.not_in(seen.tolist()))
        new = PseudoLabel.image_id.in_(elsewhere)
        _mark(session, update(PseudoLabel).where(mine, new), "site")
    unanswered = PseudoLabel.asked == "unreached"
    _mark(session, update(PseudoLabel).where(mine, unanswered), "language_model")


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
        "words": _("Its report has words that the calibration reads do not have."),
        "layout": _("Its report is laid out as no calibration read's is."),
        "film": _("The film is unlike the calibration reads in its machine, view, size or greys."),
        "site": _("No calibration read is from its site."),
        "language_model": _("It was read without the language model, which did not answer."),
    }[kind]


def _mark(session: Session, films: Update, kind: str) -> None:
    session.execute(films.values(unlike=kind).execution_options(synchronize_session=False))


def _counted(kind: str, number: int) -> str:
    each = f"{number:,}"
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
