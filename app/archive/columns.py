"""The facets of images as numbers: what is searched in memory, and what a page is checked by."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from app.archive.facets import BANDS, BLIND, NAMES, NONE, TOLD, UNUSABLE
from app.blindness import NEVER_IN_REVIEW, keeps_blind
from app.db.archive import Image, Patient
from app.db.conditions import stands
from app.db.exclusion import ExcludedImage
from app.db.learning import PseudoLabel
from app.db.reading import Annotation, ReferenceLabel, WorklistItem
from app.sweeps import latest_sweep_id
from app.workspace import is_blind_first

Among = Callable[[Any], ColumnElement[bool]]
"""Returns the condition that a column of image ids is one of those wanted."""
Numbers = NDArray[np.uint16]
LIMITS = np.array([float(band.partition("-")[2]) / 100 for band in BANDS[:-1]], np.float32)
MONTH = 7
"""Letters of `2026-03`."""


class Codes:
    """The values of each facet, numbered as they are met."""

    def __init__(self) -> None:
        self.values: dict[str, list[str]] = {name: [] for name in NAMES}
        self._numbers: dict[str, dict[str, int]] = {name: {} for name in NAMES}
        for name in TOLD:
            self.number(name, BLIND)

    def number(self, name: str, value: str) -> int:
        """Return the number of a facet's value, a new one where it is met for the first time."""
        known = self._numbers[name]
        if value not in known:
            known[value] = len(known)
            self.values[name].append(value)
        return known[value]

    def numbers(self, name: str, values: Iterable[str]) -> Numbers:
        """Return the numbers of many values."""
        values = list(values)
        table = {value: self.number(name, value) for value in set(values)}
        return np.array([table[value] for value in values], np.uint16)


@dataclass(frozen=True)
class Columns:
    """The facets of some images.

    Attributes:
        ids: of the images, ascending.
        facets: by name, the number of each image's value.
        confidence: of the predicted class, 0 to 1; 0 where there is none or it is not to be known.
    """

    ids: NDArray[np.int64]
    facets: dict[str, Numbers]
    confidence: NDArray[np.float32]


def read(session: Session, among: Among, codes: Codes) -> Columns:
    """Read the facets of some images from the database.

    Args:
        session: a unit of work that only reads.
        among: which images.
        codes: numbers the values; new ones are added.
    """
    films = _films(session, among)
    ids = np.array([row[0] for row in films], np.int64)
    columns = list(zip(*films, strict=True))[1:] or [()] * 6
    names = ("site", "view", "side", "split", "imported", "vendor")
    facets = {
        name: codes.numbers(name, (value or "" for value in column))
        for name, column in zip(names, columns, strict=True)
    }
    at = _Places(ids)
    waits, blind = _lists(session, among, at)
    facets["waits"] = codes.numbers("waits", waits)
    facets["excluded"] = codes.numbers("excluded", _excluded(session, among, at))
    label, basis = _labels(session, among, at)
    swept = _pseudo_labels(session, among, at)
    blind |= swept.blind
    told = {
        "label": label,
        "basis": basis,
        "predicted": swept.predicted,
        "status": swept.status,
        "conflict": swept.conflict,
        "against": list(map(_against, label, swept.predicted)),
        "confidence": _bands(swept.confidence, swept.predicted),
    }
    for name, values in told.items():
        facets[name] = codes.numbers(name, values)
        facets[name][blind] = codes.number(name, BLIND)
    return Columns(ids, facets, np.where(blind, np.float32(0), swept.confidence))


class _Places:
    """Where images are among some."""

    def __init__(self, ids: NDArray[np.int64]) -> None:
        self._at = {image: place for place, image in enumerate(ids.tolist())}
        self.count = len(ids)

    def of(self, rows: Iterable[Sequence[Any]]) -> Iterable[tuple[int, Sequence[Any]]]:
        """Yield the place of each row's image, its first column, and the row."""
        for row in rows:
            place = self._at.get(row[0])
            if place is not None:  # imported since
                yield place, row


@dataclass(frozen=True)
class _Swept:
    """What the latest sweep says of some images, and which of them are reviewed blind first."""

    predicted: list[str]
    status: list[str]
    conflict: list[str]
    confidence: NDArray[np.float32]
    blind: NDArray[np.bool_]


def _films(session: Session, among: Among) -> Sequence[Any]:
    if session.get_bind().dialect.name == "postgresql":
        month = func.to_char(func.timezone("UTC", Image.imported_at), "YYYY-MM")
    else:
        month = func.substr(Image.imported_at, 1, MONTH)
    vendor = Image.details["Manufacturer"].as_string()
    films = select(
        Image.id, Image.site, Image.view, Image.laterality, Patient.split, month, vendor
    ).join(Patient, Patient.id == Image.patient_id)
    return session.execute(films.where(among(Image.id)).order_by(Image.id)).all()


def _lists(session: Session, among: Among, at: _Places) -> tuple[list[str], NDArray[np.bool_]]:
    """Return on which worklist images wait, and which of them must not be told of."""
    waits, blind = [NONE] * at.count, np.zeros(at.count, np.bool_)
    items = select(
        WorklistItem.image_id, WorklistItem.worklist, WorklistItem.done, keeps_blind(WorklistItem)
    )
    for place, (_image, worklist, done, hidden) in at.of(
        session.execute(items.where(among(WorklistItem.image_id)).order_by(WorklistItem.id.desc()))
    ):
        blind[place] |= bool(hidden)
        if not done:
            waits[place] = worklist
    return waits, blind


def _excluded(session: Session, among: Among, at: _Places) -> list[str]:
    """Return why images are excluded."""
    why = [NONE] * at.count
    rows = select(ExcludedImage.image_id, ExcludedImage.reason)
    for place, row in at.of(session.execute(rows.where(among(ExcludedImage.image_id)))):
        why[place] = row[1]
    return why


def _labels(session: Session, among: Among, at: _Places) -> tuple[list[str], list[str]]:
    """Return what images are labelled with, and on what that rests."""
    label, basis = [NONE] * at.count, [NONE] * at.count
    none = select(Annotation.image_id).where(Annotation.unusable, stands(Annotation))
    for place, _row in at.of(session.execute(none.where(among(Annotation.image_id)))):
        label[place] = UNUSABLE
    known = select(ReferenceLabel.image_id, ReferenceLabel.class_id, ReferenceLabel.basis)
    for place, row in at.of(session.execute(known.where(among(ReferenceLabel.image_id)))):
        label[place], basis[place] = str(row[1]), row[2]
    return label, basis


def _pseudo_labels(session: Session, among: Among, at: _Places) -> _Swept:
    predicted, status, conflict = ([NONE] * at.count for _ in range(3))
    confidence = np.zeros(at.count, np.float32)
    blind, blind_first = np.zeros(at.count, np.bool_), is_blind_first(session)
    rows = select(
        PseudoLabel.image_id,
        PseudoLabel.class_id,
        PseudoLabel.status,
        PseudoLabel.confidence,
        PseudoLabel.conflict,
    ).where(of_sweep(latest_sweep_id(session)), among(PseudoLabel.image_id))
    for place, row in at.of(session.execute(rows)):
        predicted[place], status[place] = str(row[1]), row[2]
        conflict[place] = "yes" if row[4] else "no"
        confidence[place] = row[3]
        blind[place] = blind_first and row[2] not in NEVER_IN_REVIEW
    return _Swept(predicted, status, conflict, confidence, blind)


def of_sweep(sweep_id: int | None) -> ColumnElement[bool]:
    """Return the condition that a pseudo-label is of a sweep, where its image is known as well.

    + 0: without statistics SQLite would go through all of the sweep in the index of review.
    """
    return PseudoLabel.sweep_id + 0 == sweep_id


def _against(label: str, predicted: str) -> str:
    """Whether a label says what the labeler does."""
    if NONE in (label, predicted):
        return NONE
    return "agree" if label == predicted else "differ"


def _bands(confidence: NDArray[np.float32], predicted: Sequence[str]) -> list[str]:
    bands = np.searchsorted(LIMITS, confidence, "right")
    return [
        NONE if said == NONE else BANDS[band]
        for said, band in zip(predicted, bands.tolist(), strict=True)
    ]
