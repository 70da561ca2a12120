"""The films of an evaluation as its pages show them, and putting some on the list again."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.db.archive import Image, LabelClass, Patient
from app.db.clock import moment
from app.db.learning import Evaluation
from app.db.people import User
from app.db.reading import ReferenceLabel
from app.errors import NotFound
from app.evaluation import films
from app.evaluation.films import PAGE, JudgedFilm, Show, Wanted
from app.evaluation.read_predictions import Key, Predictions, predictions_of
from app.imaging.storage import Store
from app.texts import _
from app.worklists import rereads
from app.worklists.sights import note_sights

FEW = 5
"""Films of each kind on the report itself."""
ENOUGH = 50
"""Films that are drawn for each one wanted beside the chosen: some were read twice already."""


@dataclass(frozen=True)
class Few:
    """Some of the films of a kind, the most confident first, and how many there are."""

    films: Sequence[JudgedFilm]
    of: int


@dataclass(frozen=True)
class Pictures:
    """What the report's page shows of its films.

    Attributes:
        wrong: those the final classifier got wrong.
        differ: those on which the two differ.
        changed: how many reference labels are others now, or gone.
    """

    wrong: Few
    differ: Few
    changed: int


@dataclass(frozen=True)
class Sheet:
    """A page of films.

    Attributes:
        films: on this page.
        of: how many there are on all pages.
        pages: how many pages.
        counts: films by kind, the other wishes being as they are.
        again: the images of this page that can be read again.
        waiting: those that wait for it.
    """

    films: Sequence[JudgedFilm]
    of: int
    pages: int
    counts: dict[Show, int]
    again: set[int]
    waiting: set[int]


@dataclass(frozen=True)
class Single:
    """A film of an evaluation, between its neighbours.

    Attributes:
        film: the film.
        probabilities: by model, one for each class.
        classes: their names.
        before: the image before it in the order asked for; None where there is none.
        after: the one after it.
        again: whether it can be read again.
        waiting: whether it waits for that.
    """

    film: JudgedFilm
    probabilities: dict[str, list[float]]
    classes: Sequence[str]
    before: int | None
    after: int | None
    again: bool
    waiting: bool


def stored(store: Store, evaluation: Evaluation) -> Predictions | None:
    """Return an evaluation's predictions; None where they are not in the store."""
    try:
        return predictions_of(store, evaluation.predictions_digest)
    except NotFound:
        return None


def of_report(session: Session, known: Predictions) -> Pictures:
    """Return what the report's page shows of an evaluation's predictions."""

    def few(show: Show) -> Few:
        places = films.chosen(known, Wanted(show=show))
        return Few(films.films(session, known, places[:FEW].tolist()), len(places))

    return Pictures(few("wrong"), few("differ"), changed_labels(session, known))


def sheet(session: Session, predictions: Predictions, wanted: Wanted) -> Sheet:
    """Return a page of the films of an evaluation."""
    places = films.chosen(predictions, wanted)
    first = (wanted.page - 1) * PAGE
    shown = films.films(session, predictions, places[first : first + PAGE].tolist())
    numbers = [film.image_id for film in shown if film.image_id is not None]
    return Sheet(
        films=shown,
        of=len(places),
        pages=max(1, -(-len(places) // PAGE)),
        counts=films.counts(predictions, wanted),
        again=rereads.may_be_read_again(session, numbers),
        waiting=rereads.open_reads(session, numbers),
    )


def single(session: Session, predictions: Predictions, wanted: Wanted, image_id: int) -> Single:
    """Return one film of an evaluation with its neighbours in the order asked for.

    Raises:
        NotFound: the evaluation did not judge this image.
    """
    place = _place_of(session, predictions, image_id)
    order = films.chosen(predictions, wanted).tolist()
    at = order.index(place) if place in order else None
    around = [] if at is None else [at - 1, at + 1]
    beside = [order[each] if 0 <= each < len(order) else None for each in around] or [None, None]
    described = films.films(session, predictions, [place, *(b for b in beside if b is not None)])
    numbers = dict(zip([place, *(b for b in beside if b is not None)], described, strict=True))
    before, after = (numbers[b].image_id if b is not None else None for b in beside)
    return Single(
        film=described[0],
        probabilities={
            model: values[place].tolist() for model, values in predictions.probabilities.items()
        },
        classes=predictions.classes,
        before=before,
        after=after,
        again=bool(rereads.may_be_read_again(session, [image_id])),
        waiting=bool(rereads.open_reads(session, [image_id])),
    )


def changed_labels(session: Session, predictions: Predictions) -> int:
    """Count the judged images whose reference label is another one now, or gone."""
    rows = session.execute(
        select(Image.key, Patient.key, Image.site, LabelClass.name)
        .join_from(ReferenceLabel, Image, Image.id == ReferenceLabel.image_id)
        .join(Patient, Patient.id == Image.patient_id)
        .join(LabelClass, LabelClass.id == ReferenceLabel.class_id)
        .where(Patient.split == "validation")
    )
    has_sites = any(key.site for key in predictions.keys)
    now = {Key(i, p, s if has_sites else ""): name for i, p, s, name in rows}
    then = zip(predictions.keys, predictions.labels, strict=True)
    return sum(now.get(key) != predictions.classes[label] for key, label in then)


def read_again(
    session: Session,
    predictions: Predictions,
    evaluation_id: int,
    image_ids: Collection[int],
    with_controls: bool,
    by: User,
) -> int:
    """List films of an evaluation for a second, independent read; return how many.

    Args:
        predictions: of the evaluation.
        evaluation_id: its number.
        image_ids: the films that were chosen.
        with_controls: whether as many that the final classifier got right are read beside them, so
            that whoever reads cannot tell which are its errors.
        by: the admin who asks.

    Raises:
        Refused: none of them can be read again, or nobody is left to read them.
    """
    why = dict.fromkeys(image_ids, rereads.CHOSEN)
    if with_controls:
        right = np.flatnonzero(
            predictions.probabilities["final"].argmax(axis=1) == predictions.labels
        )
        drawn = np.random.default_rng().permutation(right)[: ENOUGH * len(why)]
        others = _numbers(films.films(session, predictions, drawn.tolist()))
        may = rereads.may_be_read_again(session, [each for each in others if each not in why])
        fit = [each for each in others if each in may]
        why |= dict.fromkeys(fit[: len(image_ids)], rereads.CONTROL)
    return rereads.ask(session, why, by, f"evaluation {evaluation_id}")


def note_seen(session: Session, user: User, shown: Iterable[JudgedFilm]) -> None:
    """Remember whose labels somebody sees: they do not read these films blind after it."""
    if numbers := sorted(set(_numbers(shown))):
        note_sights(session, user.id, numbers, moment(session))


def _place_of(session: Session, predictions: Predictions, image_id: int) -> int:
    row = session.execute(
        select(Image.key, Patient.key, Image.site)
        .join(Patient, Patient.id == Image.patient_id)
        .where(Image.id == image_id)
    ).first()
    has_sites = any(key.site for key in predictions.keys)
    key = row and Key(row[0], row[1], row[2] if has_sites else "")
    if key is None or key not in predictions.keys:
        raise NotFound(
            _("The evaluation did not judge this image."),
            _("image {number}", number=image_id),
            _("Choose a film on the page of the evaluation."),
        )
    return predictions.keys.index(key)


def _numbers(shown: Iterable[JudgedFilm]) -> list[int]:
    return [film.image_id for film in shown if film.image_id is not None]
