"""Any two model versions beside each other."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Select, and_, func, select
from sqlalchemy.orm import Session, aliased

from app import errors
from app.blindness import is_read_blind
from app.db.archive import Image, LabelClass, Rendition
from app.db.learning import ModelVersion, PseudoLabel, Sweep
from app.evaluation import films
from app.evaluation.figures import judge
from app.evaluation.films import PAGE, JudgedFilm, Wanted
from app.evaluation.read_predictions import Key, Predictions, predictions_of
from app.evaluation.report import MODELS, Judgement
from app.imaging.storage import Store
from app.registry import rules, standings
from app.registry.standings import Judged
from app.texts import _

_ONE, _OTHER = aliased(PseudoLabel), aliased(PseudoLabel)
RNG = 0
"""Seed of the bootstrap."""
KEPT = 64
"""Comparisons that a process remembers: the bootstrap of a thousand images takes a second."""


@dataclass(frozen=True)
class Pair:
    """Two versions of one group, the second compared with the first."""

    group: str
    first: ModelVersion
    second: ModelVersion


@dataclass(frozen=True)
class OfClassifiers:
    """Two classifiers judged on the images that both have predicted.

    Attributes:
        judgement: the first stands where a report has its baseline, the second where the final is.
        left_out: images that only one of them has predicted.
        relabelled: images whose reference label was another when the older of them was judged; the
            newer one counts.
        differ: films on which they differ, the most confident first.
        differing: how many there are.
    """

    judgement: Judgement
    left_out: int
    relabelled: int
    differ: list[JudgedFilm]
    differing: int


@dataclass(frozen=True)
class SweptFilm:
    """A film of which two labelers say different things."""

    image_id: int
    thumbnail: str
    laterality: str
    view: str
    said: tuple[tuple[str, float], tuple[str, float]]


@dataclass(frozen=True)
class OfLabelers:
    """What two labelers say of the films that both have swept.

    Attributes:
        classes: names in order.
        table: films by what the first says (rows) and the second (columns).
        differ: films on which they differ, the most confident first.
    """

    classes: list[str]
    table: list[list[int]]
    differ: list[SweptFilm]

    @property
    def films(self) -> int:
        """How many both have swept."""
        return sum(map(sum, self.table))

    @property
    def agree(self) -> int:
        """Of how many they say the same."""
        return sum(row[place] for place, row in enumerate(self.table))


def pair(session: Session, first: int, second: int) -> Pair:
    """Return two versions of one group.

    Raises:
        errors.NotFound: there is no such version.
        errors.Refused: it is twice the same, or one is a labeler and the other a classifier.
    """
    one, other = rules.find(session, first), rules.find(session, second)
    group = rules.group_of(one)
    if one.id == other.id or rules.group_of(other) != group:
        raise errors.Refused(
            _("Only two different versions can be compared, both labelers or both classifiers."),
            _("models {first} and {second}", first=first, second=second),
            _("Choose two others on the page Models."),
        )
    return Pair(group, one, other)


def usual(session: Session) -> Pair | None:
    """Return what to compare where nobody says: the version in use with the newest other one.

    Classifiers first; None where no group has two versions.
    """
    for group in ("classifier", "labeler"):
        used = rules.in_use(session, group)
        others = [each for each in rules.versions(session, group) if used and each.id != used.id]
        if used and others:
            return Pair(group, used, others[0])
    return None


def of_classifiers(session: Session, store: Store, two: Pair) -> OfClassifiers | None:
    """Compare two classifiers on the validation images; None where one was not judged yet.

    Raises:
        errors.NotFound: the predictions of one are not in the store.
    """
    judged = standings.judgements(session)
    one, other = judged.get(two.first.id), judged.get(two.second.id)
    if one is None or other is None:
        return None
    first, second = (predictions_of(store, each.digest) for each in (one, other))
    common, left_out, relabelled = aligned(
        (first, one.role), (second, other.role), one.evaluation_id > other.evaluation_id
    )
    if not common.keys:
        return None
    places = films.chosen(common, Wanted(show="differ"))
    return OfClassifiers(
        _judged(store, one, other),
        left_out,
        relabelled,
        films.films(session, common, places[:PAGE].tolist()),
        len(places),
    )


def of_labelers(session: Session, first: int, second: int) -> OfLabelers | None:
    """Compare two labelers, by number, on the films both have swept; None where there are none."""
    sweeps = [_newest_sweep(session, version_id) for version_id in (first, second)]
    known = list(session.scalars(select(LabelClass).order_by(LabelClass.position)))
    index = {each.id: place for place, each in enumerate(known)}
    table = np.zeros((len(known), len(known)), dtype=np.int64)
    swept = _swept_by_both(*sweeps)
    counted = swept.with_only_columns(_ONE.class_id, _OTHER.class_id, func.count())
    for one, other, number in session.execute(counted.group_by(_ONE.class_id, _OTHER.class_id)):
        table[index[one], index[other]] = number
    if not table.any():
        return None
    names = {each.id: each.name for each in known}
    return OfLabelers(list(names.values()), table.tolist(), _differing(session, swept, names))


def _judged(store: Store, one: Judged, other: Judged) -> Judgement:
    newer = one.evaluation_id > other.evaluation_id
    return _kept(store, one.digest, one.role, other.digest, other.role, newer)


@lru_cache(KEPT)
def _kept(
    store: Store, digest: str, role: str, other_digest: str, other_role: str, first_is_newer: bool
) -> Judgement:
    one = predictions_of(store, digest), role
    other = predictions_of(store, other_digest), other_role
    common, _left_out, _relabelled = aligned(one, other, first_is_newer)
    said = dict(zip(MODELS, common.probabilities.values(), strict=True))
    return judge(common.classes, common.labels, common.patients, said, RNG)


def aligned(
    one: tuple[Predictions, str], other: tuple[Predictions, str], first_is_newer: bool
) -> tuple[Predictions, int, int]:
    """Put what two models said of the same images beside each other.

    Args:
        one: predictions, and the model's name in them.
        other: likewise, perhaps of another evaluation.
        first_is_newer: whose reference labels count.

    Returns:
        The images both have predicted, how many only one has, and of how many the two evaluations
        had different labels. Classes that only one evaluation knew have the probability 0 in the
        other.
    """
    newer, older = (one[0], other[0]) if first_is_newer else (other[0], one[0])
    classes = [*newer.classes, *(name for name in older.classes if name not in newer.classes)]
    listed = set(older.keys)
    keys = [key for key in newer.keys if key in listed]
    labels = [newer.classes[newer.labels[place]] for place in _places(newer, keys)]
    before = [older.classes[older.labels[place]] for place in _places(older, keys)]
    common = Predictions(
        keys,
        classes,
        np.array([classes.index(name) for name in labels], dtype=np.int64),
        {"first": _spread(*one, keys, classes), "second": _spread(*other, keys, classes)},
    )
    left_out = len(newer.keys) + len(older.keys) - 2 * len(keys)
    return common, left_out, sum(now != then for now, then in zip(labels, before, strict=True))


def _places(known: Predictions, keys: Sequence[Key]) -> list[int]:
    places = {key: place for place, key in enumerate(known.keys)}
    return [places[key] for key in keys]


def _spread(
    known: Predictions, model: str, keys: Sequence[Key], classes: Sequence[str]
) -> NDArray[np.float64]:
    """Return a model's probabilities of some images, a column for each of these classes."""
    spread = np.zeros((len(keys), len(classes)))
    columns = [classes.index(name) for name in known.classes]
    spread[:, columns] = known.probabilities[model][_places(known, keys)]
    return spread


def _newest_sweep(session: Session, version_id: int) -> int | None:
    finished = select(func.max(Sweep.id)).where(Sweep.labeler_id == version_id, Sweep.selected)
    return session.scalar(finished)


def _swept_by_both(one: int | None, other: int | None) -> Select[*tuple[Any, ...]]:
    """Select the pairs of pseudo-labels of images that two sweeps have labelled."""
    return (
        select(_ONE.id)
        .join(_OTHER, and_(_OTHER.image_id == _ONE.image_id, _OTHER.sweep_id == other))
        .where(_ONE.sweep_id == one)
    )


def _differing(
    session: Session, swept: Select[*tuple[Any, ...]], names: dict[int, str]
) -> list[SweptFilm]:
    """Return the films on which two labelers differ and that nobody has to read blind any more."""
    rows = (
        swept.with_only_columns(
            Image.id,
            Rendition.digest,
            Image.laterality,
            Image.view,
            _ONE.class_id,
            _ONE.confidence,
            _OTHER.class_id,
            _OTHER.confidence,
        )
        .join(Image, Image.id == _ONE.image_id)
        .outerjoin(Rendition, and_(Rendition.image_id == Image.id, Rendition.kind == "model"))
        .where(_ONE.class_id != _OTHER.class_id, ~is_read_blind(_ONE.image_id))
        .order_by((_ONE.confidence + _OTHER.confidence).desc(), _ONE.image_id)
        .limit(PAGE)
    )
    return [
        SweptFilm(
            image_id,
            f"/api/v1/thumbnails/{digest}" if digest else "",
            laterality,
            view,
            ((names[first], sure), (names[second], surer)),
        )
        for image_id, digest, laterality, view, first, sure, second, surer in session.execute(rows)
    ]
