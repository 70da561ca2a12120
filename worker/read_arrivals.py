"""A `read_arrivals` run: films that have arrived, read by the promoted labeler and classifier.

The films join the latest sweep a shard at a time, each with what follows from it in one
transaction: so a run killed at any line goes on with those that have not joined.
"""

from typing import Any

import numpy as np
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app import errors
from app.acceptance import joining, unlike
from app.db.archive import LabelClass
from app.db.arrivals import ArrivalRead
from app.db.learning import ModelVersion, PseudoLabel, Sweep
from app.receiving import on_arrival
from app.registry.rules import promoted
from app.runs.parameters import ReadArrivalsParameters
from app.runs.results import ReadArrivalsResult
from app.sweeps import latest_sweep_id
from app.training import arrivals, shares
from app.training import rules as training
from app.training.arrivals import Wanted
from app.training.rules import TrainingFilm
from models.images.classifier import Classifier, load_classifier
from models.known_classes import spread
from models.labeler import Labeler
from worker.evidence import draw_attention
from worker.films import films, kept_in
from worker.progress import Running
from worker.sweep import SHARD, forget_labeler, labeler_for, predicted
from worker.unlike import find_unlike_among

BESIDE = 500
"""Films that arrived before, by which it is learned what is unlike the calibration reads."""


def execute(running: Running[ReadArrivalsParameters]) -> ReadArrivalsResult:
    """Read what has arrived, and list what needs a person."""
    with running.reading() as session:
        sweep, versions = _begun(session, running.parameters)
        classes = training.classes(session)
    try:
        return _read(running, sweep, versions, classes)
    finally:
        forget_labeler()


def _read(
    running: Running[ReadArrivalsParameters],
    sweep: Sweep,
    versions: dict[str, ModelVersion],
    classes: list[LabelClass],
) -> ReadArrivalsResult:
    labeler = labeler_for(running, versions["labeler"])
    checkpoint = running.store.fetch_folder(running.settings.home, versions["classifier"].folder)
    classifier = load_classifier(checkpoint, versions["classifier"].digest)
    mine = ArrivalRead.run_id == running.run_id
    wanted = _wanted(running.parameters, with_report=labeler.images is None)
    with running.reading() as session:
        total, read = arrivals.count(session, wanted), on_arrival.count(session, mine).read
        left_out = arrivals.count(session, _wanted(running.parameters)) - total
    total, after = total + read, 0
    while True:
        running.check()
        running.report(read, total, "Reading films that have arrived")
        with running.reading() as session:
            shard = arrivals.to_read(session, wanted, after, SHARD)
        if not shard:
            break
        found = _both(running, sweep.id, shard, labeler, classifier, classes)
        with running.transaction() as session:
            _require_latest(session, sweep.id)
            _join(session, running, sweep.id, versions["classifier"].id, found)
        after, read = shard[-1].image_id, read + len(shard)
    _draw(running, sweep.id, labeler, classes)
    with running.reading() as session:
        counts = on_arrival.count(session, mine)
    return ReadArrivalsResult(
        sweep=sweep.id,
        labeler=versions["labeler"].id,
        classifier=versions["classifier"].id,
        without_report=left_out,
        read=counts.read,
        needs_review=counts.reviews,
        differs=counts.differs,
        conflicting=counts.conflicting,
        unsure=counts.unsure,
        held_back=counts.held_back,
        drawn=counts.drawn,
    )


def _begun(
    session: Session, asked: ReadArrivalsParameters
) -> tuple[Sweep, dict[str, ModelVersion]]:
    """Return the sweep that is joined, and the models in the order in which they read.

    Raises:
        errors.Refused: a model was promoted, or another sweep has ended, since the run was asked.
    """
    sweep = session.get(Sweep, asked.sweep_id or 0)
    found = {group: promoted(session, group) for group in ("labeler", "classifier")}
    versions = {group: version for group, version in found.items() if version is not None}
    _require_latest(session, asked.sweep_id)
    if sweep is None or len(versions) < len(found) or versions["labeler"].id != sweep.labeler_id:
        raise errors.Refused(
            "The promoted labeler has not made the latest sweep, or no model is promoted.",
            "",
            "See on the page Arrived films what is missing.",
        )
    return sweep, versions


def _require_latest(session: Session, sweep_id: int | None) -> None:
    if latest_sweep_id(session) != sweep_id:
        raise errors.Refused(
            "Another sweep has ended meanwhile.", "", "Nothing: the films are read with that one."
        )


def _wanted(asked: ReadArrivalsParameters, with_report: bool = False) -> Wanted:
    return Wanted(asked.sweep_id or 0, asked.first_import or 0, asked.last_import or 0, with_report)


def _both(
    running: Running[Any],
    sweep_id: int,
    shard: list[TrainingFilm],
    labeler: Labeler,
    classifier: Classifier,
    classes: list[LabelClass],
) -> joining.Reading:
    """Return what both models say of some films, and which of them the labeler does not know."""
    rows = predicted(running, sweep_id, shard, labeler, classes)
    read = classifier.predict(
        films(shard, running.store, kept_in(running)), should_stop=running.should_stop
    )
    running.check()
    likely = spread(read, classifier.classes, [known.name for known in classes])
    seconds = [(classes[int(np.argmax(each))].id, [float(p) for p in each]) for each in likely]
    with running.reading() as session:
        beside = arrivals.read_lately(session, BESIDE, but=shard)
        sites = [film.site for film in training.for_calibration(session)]
    looks = find_unlike_among(running, labeler, [shard], running.run_id, beside)
    return joining.Reading(rows, seconds, looks, unlike.sites_read(sites))


def _join(
    session: Session,
    running: Running[ReadArrivalsParameters],
    sweep_id: int,
    classifier_id: int,
    found: joining.Reading,
) -> None:
    """Add what was read, but for images that somebody has removed meanwhile."""
    there = shares.still_there(session, [row.image_id for row in found.pseudo_labels])
    kept = [
        (row, second)
        for row, second in zip(found.pseudo_labels, found.seconds, strict=True)
        if row.image_id in there
    ]
    rows, seconds = [row for row, _ in kept], [second for _, second in kept]
    left = joining.Reading(rows, seconds, found.looks, found.sites)
    audit = joining.Audit(running.parameters.audit_share, running.parameters.rng)
    sweep = session.get_one(Sweep, sweep_id)
    joining.join(session, sweep, running.run_id, classifier_id, left, audit)


def _draw(
    running: Running[Any], sweep_id: int, labeler: Labeler, classes: list[LabelClass]
) -> None:
    """Draw where the labeler looked in the films that came to review."""
    mine = select(func.min(PseudoLabel.review_order)).join(
        ArrivalRead, ArrivalRead.pseudo_label_id == PseudoLabel.id
    )
    with running.reading() as session:
        first = session.scalar(mine.where(ArrivalRead.run_id == running.run_id))
    if first is not None:
        draw_attention(running, sweep_id, labeler, classes, after=first - 1)
