"""The films behind a report's figures: those a classifier got wrong, those on which two differ."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, Field
from sqlalchemy import Select, and_, select
from sqlalchemy.orm import Session

from app.db.archive import Image, LabelClass, Patient, Rendition
from app.db.reading import ReferenceLabel
from app.evaluation.read_predictions import Key, Predictions

Show = Literal["wrong", "lost", "gained", "differ", "all"]
SHOWN: tuple[Show, ...] = ("wrong", "lost", "gained", "differ", "all")
PAGE = 24
KEYS_AT_ONCE = 500
LONGEST_NAME = 200
"""Of a class, in an address."""


class Wanted(BaseModel):
    """Which films of an evaluation are to be shown.

    `wrong`: the second model errs. `lost`: it errs where the first was right; `gained`: the other
    way round. `differ`: their most probable classes differ.
    """

    show: Show = "wrong"
    label: str = Field("", max_length=LONGEST_NAME)
    """The reference label; empty for any."""
    first: str = Field("", max_length=LONGEST_NAME)
    """What the first model calls them; empty for anything."""
    second: str = Field("", max_length=LONGEST_NAME)
    page: int = Field(1, ge=1, le=100_000)


@dataclass(frozen=True)
class Said:
    """What a model said of an image: its most probable class, and how sure it was of it."""

    name: str
    confidence: float
    right: bool
    of_label: float
    """Its probability of the reference label."""


@dataclass(frozen=True)
class JudgedFilm:
    """An image that was judged.

    Attributes:
        image_id: None where it is no longer in the archive, or its key names several images.
        thumbnail: address of its model rendition; empty where there is none.
        laterality: `L`, `R` or empty.
        view: as the file states it.
        label: its reference label when it was judged.
        now: its reference label now; None where it has none any more.
        said: what each model said, in the order of the models.
    """

    image_id: int | None
    thumbnail: str
    laterality: str
    view: str
    label: str
    now: str | None
    said: Sequence[Said]

    @property
    def changed(self) -> bool:
        """Whether its reference label is another one now, or gone."""
        return self.image_id is not None and self.now != self.label


def chosen(predictions: Predictions, wanted: Wanted) -> NDArray[np.int64]:
    """Return the places of the wanted images, the most confident errors or differences first.

    Args:
        predictions: of two models.
        wanted: which.
    """
    one, other = predictions.probabilities.values()
    labels, first, second = predictions.labels, one.argmax(axis=1), other.argmax(axis=1)
    kept = {
        "wrong": second != labels,
        "lost": (second != labels) & (first == labels),
        "gained": (second == labels) & (first != labels),
        "differ": first != second,
        "all": np.ones(len(labels), dtype=bool),
    }[wanted.show]
    asked = (wanted.label, labels), (wanted.first, first), (wanted.second, second)
    for name, called in asked:
        if name:
            place = predictions.classes.index(name) if name in predictions.classes else -1
            kept &= called == place
    sure = {
        "wrong": other.max(axis=1),
        "lost": other.max(axis=1),
        "gained": one.max(axis=1),
    }.get(wanted.show, one.max(axis=1) + other.max(axis=1))
    places = np.flatnonzero(kept)
    return places[np.argsort(-sure[places], kind="stable")]


def counts(predictions: Predictions, wanted: Wanted) -> dict[Show, int]:
    """Count the images of each choice, the other wishes being as they are."""
    return {
        show: len(chosen(predictions, wanted.model_copy(update={"show": show}))) for show in SHOWN
    }


def films(session: Session, predictions: Predictions, places: Sequence[int]) -> list[JudgedFilm]:
    """Describe judged images, in the order of their places."""
    rows = _rows(session, [predictions.keys[place] for place in places])
    return [_film(predictions, place, rows.get(predictions.keys[place])) for place in places]


@dataclass(frozen=True)
class _Row:
    image_id: int
    digest: str | None
    laterality: str
    view: str
    now: str | None


def _film(predictions: Predictions, place: int, row: _Row | None) -> JudgedFilm:
    label = int(predictions.labels[place])
    return JudgedFilm(
        image_id=row.image_id if row else None,
        thumbnail=f"/api/v1/thumbnails/{row.digest}" if row and row.digest else "",
        laterality=row.laterality if row else "",
        view=row.view if row else "",
        label=predictions.classes[label],
        now=row.now if row else None,
        said=[_said(predictions, p[place], label) for p in predictions.probabilities.values()],
    )


def _said(predictions: Predictions, said: NDArray[np.float64], label: int) -> Said:
    called = int(said.argmax())
    return Said(
        predictions.classes[called], float(said[called]), called == label, float(said[label])
    )


def _rows(session: Session, keys: Sequence[Key]) -> dict[Key, _Row]:
    """Find the images of some keys; a key that names several by now names none."""
    found: dict[Key, list[_Row]] = {}
    has_sites = any(key.site for key in keys)
    for some in _pages(keys):
        for image_key, patient_key, site, *rest in session.execute(_statement(some)):
            key = Key(image_key, patient_key, site if has_sites else "")
            found.setdefault(key, []).append(_Row(*rest))
    return {key: rows[0] for key, rows in found.items() if len(rows) == 1}


def _statement(keys: Sequence[Key]) -> Select[*tuple[Any, ...]]:
    return (
        select(
            Image.key,
            Patient.key,
            Image.site,
            Image.id,
            Rendition.digest,
            Image.laterality,
            Image.view,
            LabelClass.name,
        )
        .join(Patient, Patient.id == Image.patient_id)
        .outerjoin(Rendition, and_(Rendition.image_id == Image.id, Rendition.kind == "model"))
        .outerjoin(ReferenceLabel, ReferenceLabel.image_id == Image.id)
        .outerjoin(LabelClass, LabelClass.id == ReferenceLabel.class_id)
        .where(Image.key.in_([key.image for key in keys]), Patient.split == "validation")
    )


def _pages(keys: Sequence[Key]) -> Iterator[Sequence[Key]]:
    return (keys[at : at + KEYS_AT_ONCE] for at in range(0, len(keys), KEYS_AT_ONCE))
