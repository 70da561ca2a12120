"""The facets of images as numbers: what is searched in memory, and what a page is checked by."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import ColumnElement, func, select, true
from sqlalchemy.orm import Session

from app.archive.facets import BANDS, BLIND, NAMES, NONE, TOLD, UNUSABLE
from app.archive.said import Ids, Said, alike, each
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
Flags = NDArray[np.bool_]
LIMITS = np.array([float(band.partition("-")[2]) / 100 for band in BANDS[:-1]], np.float32)
OF_FILMS = ("site", "view", "side", "split", "imported", "vendor")
MONTH = 7
"""Letters of `2026-03`."""
VENDOR = func.coalesce(Image.details["Manufacturer"].as_string(), "")
ITEMS = select(
    WorklistItem.image_id, WorklistItem.worklist, WorklistItem.done, keeps_blind(WorklistItem)
).order_by(WorklistItem.id.desc())
"""What is listed: an image waits on the worklist of its last row here that is not done, and nothing
is told of one that any of its rows keeps unknown."""


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

    def numbers(self, name: str, values: Sequence[str]) -> Numbers:
        """Return the numbers of many values."""
        for value in set(values):
            self.number(name, value)
        return np.fromiter(map(self._numbers[name].__getitem__, values), np.uint16, len(values))


@dataclass(frozen=True)
class Columns:
    """The facets of some images.

    Attributes:
        ids: of the images, ascending.
        facets: by name, the number of each image's value.
        confidence: of the predicted class, 0 to 1; 0 where there is none or it is not to be known.
    """

    ids: Ids
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
    at = _Places(np.sort(films.images), codes)
    facets = {name: at.facet(name, films, films.columns[n]) for n, name in enumerate(OF_FILMS)}
    facets["waits"], blind = _lists(session, among, at)
    facets["excluded"] = _excluded(session, among, at)
    facets["label"], facets["basis"] = _labels(session, among, at)
    swept = _pseudo_labels(session, among, at)
    facets |= swept.facets
    facets["against"] = _against(facets["label"], facets["predicted"], codes)
    blind |= swept.blind
    for name in TOLD:
        facets[name][blind] = codes.number(name, BLIND)
    return Columns(at.ids, facets, np.where(blind, np.float32(0), swept.confidence))


class _Places:
    """Where images are among some, and the numbers of what is said of them."""

    def __init__(self, ids: Ids, codes: Codes) -> None:
        self.ids, self.codes = ids, codes

    def of(self, said: Said) -> tuple[Ids, Flags]:
        """Return the places of what is said, and what of it is of one of the images."""
        places = np.searchsorted(self.ids, said.images)
        known: Flags = np.append(self.ids, 0)[places] == said.images  # others were imported since
        return places[known], known

    def facet(self, name: str, said: Said, values: Sequence[str]) -> Numbers:
        """Return a facet's number for each image; those of which nothing is said have `none`.

        Args:
            name: of the facet.
            said: of which images something is said; of the same image the last counts.
            values: of each distinct row of that.
        """
        places, known = self.of(said)
        numbers = np.full(len(self.ids), self.codes.number(name, NONE), np.uint16)
        numbers[places] = self.codes.numbers(name, values)[said.which[known]]
        return numbers

    def flags(self, said: Said, values: Sequence[bool]) -> Flags:
        """Return which images something true is said of."""
        places, known = self.of(said)
        flags = np.zeros(len(self.ids), np.bool_)
        flags[places[np.array(values, np.bool_)[said.which[known]]]] = True
        return flags


@dataclass(frozen=True)
class _Swept:
    """What the latest sweep says of some images, and which of them are reviewed blind first."""

    facets: dict[str, Numbers]
    confidence: NDArray[np.float32]
    blind: Flags


def _films(session: Session, among: Among) -> Said:
    if session.get_bind().dialect.name == "postgresql":
        month = func.to_char(func.timezone("UTC", Image.imported_at), "YYYY-MM")
    else:
        month = func.substr(Image.imported_at, 1, MONTH)
    # Not joined: for some thousand images PostgreSQL would go through all patients.
    split = select(Patient.split).where(Patient.id == Image.patient_id).scalar_subquery()
    films = select(
        Image.id,
        Image.site,
        Image.view,
        Image.laterality,
        split.label("split"),
        month.label("month"),
        VENDOR.label("vendor"),
    )
    return alike(session, films.where(among(Image.id)))


def _lists(session: Session, among: Among, at: _Places) -> tuple[Numbers, Flags]:
    """Return on which worklist images wait, and which of them must not be told of."""
    said = each(session, ITEMS.where(among(WorklistItem.image_id)))
    worklists, done, hidden = said.columns
    waits = said.only([not each for each in done])
    return at.facet("waits", waits, worklists), at.flags(said, hidden)


def _excluded(session: Session, among: Among, at: _Places) -> Numbers:
    """Return why images are excluded."""
    rows = select(ExcludedImage.image_id, ExcludedImage.reason)
    why = each(session, rows.where(among(ExcludedImage.image_id)))
    return at.facet("excluded", why, why.columns[0])


def _labels(session: Session, among: Among, at: _Places) -> tuple[Numbers, Numbers]:
    """Return what images are labelled with, and on what that rests."""
    none = select(Annotation.image_id, true()).where(Annotation.unusable, stands(Annotation))
    unusable = each(session, none.where(among(Annotation.image_id)))
    known = select(ReferenceLabel.image_id, ReferenceLabel.class_id, ReferenceLabel.basis)
    labels = alike(session, known.where(among(ReferenceLabel.image_id)))
    classes, bases = labels.columns
    label = at.facet("label", labels, [str(each) for each in classes])
    without = label == at.codes.number("label", NONE)
    label[without & at.flags(unusable, unusable.columns[0])] = at.codes.number("label", UNUSABLE)
    return label, at.facet("basis", labels, bases)


def _pseudo_labels(session: Session, among: Among, at: _Places) -> _Swept:
    rows = select(
        PseudoLabel.image_id,
        PseudoLabel.confidence,
        PseudoLabel.class_id,
        PseudoLabel.status,
        PseudoLabel.conflict,
    ).where(of_sweep(latest_sweep_id(session)), among(PseudoLabel.image_id))
    swept = alike(session, rows, measured=True)
    classes, statuses, conflicts = swept.columns
    places, known = at.of(swept)
    confidence = np.zeros(len(at.ids), np.float32)
    confidence[places] = swept.measures[known]
    first = is_blind_first(session)
    return _Swept(
        {
            "predicted": at.facet("predicted", swept, [str(each) for each in classes]),
            "status": at.facet("status", swept, statuses),
            "conflict": at.facet(
                "conflict", swept, ["yes" if each else "no" for each in conflicts]
            ),
            "confidence": _bands(confidence, places, at.codes),
        },
        confidence,
        at.flags(swept, [first and status not in NEVER_IN_REVIEW for status in statuses]),
    )


def of_sweep(sweep_id: Any) -> ColumnElement[bool]:
    """Return the condition that a pseudo-label is of a sweep, where its image is known as well.

    + 0: without statistics SQLite would go through all of the sweep in the index of review.
    """
    return PseudoLabel.sweep_id + 0 == sweep_id


def _against(label: Numbers, predicted: Numbers, codes: Codes) -> Numbers:
    """Return whether each label says what the labeler does."""
    table = [
        [codes.number("against", agreement(said, thought)) for thought in codes.values["predicted"]]
        for said in codes.values["label"]
    ]
    numbers: Numbers = np.array(table, np.uint16)[label, predicted]
    return numbers


def agreement(label: str, predicted: str) -> str:
    """Return what there is between a label and a pseudo-label, each as its facet has it."""
    if NONE in (label, predicted):
        return NONE
    return "agree" if label == predicted else "differ"


def _bands(confidence: NDArray[np.float32], places: Ids, codes: Codes) -> Numbers:
    """Return the band of each confidence; of images that are not at the places there is none."""
    numbers = np.full(len(confidence), codes.number("confidence", NONE), np.uint16)
    bands = np.searchsorted(LIMITS, confidence[places], "right")
    numbers[places] = codes.numbers("confidence", BANDS)[bands]
    return numbers
