"""What the review page shows of a pseudo-label, and holds back while the reader is blind."""

from pydantic import BaseModel
from sqlalchemy import select
from sqlalchemy.orm import Session

from app import formats, not_read
from app.acceptance import unlike
from app.db.archive import Image, LabelClass, Study
from app.db.arrivals import ArrivalRead
from app.db.learning import PseudoLabel
from app.db.review import BlindRead
from app.labels import report_versions
from app.labels.classes import of_all
from app.reading.pieces import Piece, pieces
from app.sweeps import latest_sweep_id
from app.texts import _
from app.workspace import is_blind_first


class OwnRead(BaseModel):
    """What this reader said before seeing the pseudo-label; `class_id` null: no label possible."""

    class_id: int | None


class Suggestion(BaseModel):
    """A pseudo-label that came to review."""

    id: int
    blind: bool
    """True where the reader is to decide first; all below is empty until then."""
    class_id: int | None
    probabilities: dict[int, float]
    """Calibrated, by class id."""
    reasons: list[str]
    """Why it came to review, in words."""
    report: list[Piece]
    """Empty where there is none."""
    report_class_id: int | None
    """The class the report alone points to, where the labeler read it."""
    attention: str | None
    """Address of a map of where the networks saw the class: a greyscale PNG, good for ever."""
    own: OwnRead | None


def suggestion(session: Session, image_id: int, reader_id: int) -> Suggestion:
    """Describe an image's pseudo-label in the latest sweep for a reader.

    Args:
        image_id: an image in review.
        reader_id: who looks; blind until they have decided, where review is blind first.
    """
    label, report, version = session.execute(
        select(PseudoLabel, Study.report, Study.report_version)
        .join(Image, Image.id == PseudoLabel.image_id)
        .join(Study, Study.id == Image.study_id)
        .where(PseudoLabel.image_id == image_id, PseudoLabel.sweep_id == latest_sweep_id(session))
    ).one()
    own = session.scalar(
        select(BlindRead).where(
            BlindRead.pseudo_label_id == label.id, BlindRead.reader_id == reader_id
        )
    )
    if own is None and is_blind_first(session):
        return _blind(label.id)
    names = dict(
        session.execute(select(LabelClass.id, LabelClass.name).order_by(LabelClass.position)).all()
    )
    shares = dict(zip(names, of_all(label.probabilities, len(names)), strict=True))
    # Marks are places in the text the pseudo-label was made on.
    corrected = report_versions.is_earlier(label.report_version, version)
    words = {} if corrected else label.words or {}
    return Suggestion(
        id=label.id,
        blind=False,
        class_id=label.class_id,
        probabilities=shares,
        reasons=[
            *_reasons(label, names, shares, _arrival(session, label)),
            *_corrected(label, version),
        ],
        report=pieces(report or "", words),
        report_class_id=words.get("class_id"),
        attention=_attention(label),
        own=OwnRead(class_id=own.class_id) if own else None,
    )


def _blind(pseudo_label_id: int) -> Suggestion:
    return Suggestion(
        id=pseudo_label_id,
        blind=True,
        class_id=None,
        probabilities={},
        reasons=[],
        report=[],
        report_class_id=None,
        attention=None,
        own=None,
    )


def _corrected(label: PseudoLabel, newest: int) -> list[str]:
    if not report_versions.is_earlier(label.report_version, newest):
        return []
    return [
        _(
            "The pseudo-label was made on an earlier report (version {made_on}); version {newest} "
            "is shown.",
            made_on=label.report_version,
            newest=newest,
        )
    ]


def _attention(label: PseudoLabel) -> str | None:
    if label.attention_digest is None:
        return None
    return f"/api/v1/pseudo-labels/{label.id}/attention?digest={label.attention_digest}"


def _arrival(session: Session, label: PseudoLabel) -> ArrivalRead | None:
    """Return what the classifier said of an image that was read on arrival."""
    if not label.arrived:
        return None
    mine = select(ArrivalRead).where(ArrivalRead.pseudo_label_id == label.id)
    return session.scalar(mine)


def _reasons(
    label: PseudoLabel,
    names: dict[int, str],
    shares: dict[int, float],
    arrival: ArrivalRead | None,
) -> list[str]:
    """Say in words why a pseudo-label came to review; the strongest reason first."""
    reasons = []
    if label.conflict:
        reasons.append(_("The report and the image point to different classes."))
    if arrival and arrival.differs:
        reasons.append(
            _(
                "It was read on arrival, and the classifier says {name}: {share} %.",
                name=names[arrival.class_id],
                share=formats.decimal(100 * max(arrival.probabilities), 0),
            )
        )
    if label.unlike:
        reasons.append(unlike.reason(label.unlike))
    if label.not_read:
        reasons.append(not_read.reason(label.not_read))
    if label.lot_id is not None:
        reasons.append(_("Its label was accepted, but the lot failed its audit."))
    elif label.guessed:
        reasons.append(
            _(
                "The labeler read neither a report nor the image: the probabilities are the shares"
                " of the classes in the seed set."
            )
        )
    elif not label.unlike and (arrival is None or arrival.unsure):
        others = {key: share for key, share in shares.items() if key != label.class_id}
        second = max(others, key=lambda key: others[key])
        reasons.append(
            _(
                "The labeler is not sure enough: {first} % {name}, {second} % {other}.",
                first=formats.decimal(100 * label.confidence, 0),
                name=names[label.class_id],
                second=formats.decimal(100 * others[second], 0),
                other=names[second],
            )
        )
    if label.near_copy:
        reasons.append(_("It is nearly identical to another film in review."))
    return reasons
