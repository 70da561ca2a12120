"""What the picture of the monitor shows and a demo lacks: months in which films arrived."""

from collections.abc import Sequence
from datetime import datetime, timedelta

import numpy as np
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.db.archive import LabelClass
from app.db.arrivals import ArrivalRead, ArrivedFilm
from app.db.engine import Database
from app.db.learning import ModelVersion, PseudoLabel, Run, Sweep
from app.db.tables import now
from app.monitor import months
from app.registry import rules as registry
from app.sweeps import latest_sweep

MONTHS, AUDITED, WRONG, DIFFERING, UNSURE = 8, 0.4, 0.04, 0.08, 0.3


def stage_months(database: Database) -> None:
    """Let films of the demo's sweep have arrived over eight months, read by the promoted models."""
    with database.begin() as session:
        swept = latest_sweep(session)
        if swept is None or session.scalar(select(ArrivalRead.id).limit(1)):
            return
        classifier = _promoted(session, swept)
        of_sweep = select(PseudoLabel).where(PseudoLabel.sweep_id == swept.id)
        labels = list(session.scalars(of_sweep.order_by(PseudoLabel.id)))
        run = Run(kind="read_arrivals", status="succeeded", finished_at=now())
        session.add(run)
        session.flush()
        joined = Sweep(run_id=run.id, labeler_id=swept.labeler_id, tolerated_error=0.05)
        session.add(joined)
        session.flush()
        draw = np.random.default_rng(4)
        draw.shuffle(labels)  # type: ignore[arg-type]
        moments = _moments(len(labels), draw)
        _let_arrive(session, moments, run.id)
        classes = list(session.scalars(select(LabelClass.id).order_by(LabelClass.position)))
        for label, at in zip(labels, moments, strict=True):
            _read(session, label, joined.id, run.id, classifier, at, draw, classes)


def _promoted(session: Session, swept: Sweep) -> int:
    """Promote the labeler of the sweep and the newest classifier; return this one."""
    final = select(ModelVersion).where(ModelVersion.role == "final")
    newest = session.scalars(final.order_by(ModelVersion.id.desc()).limit(1)).one()
    for version in (session.get_one(ModelVersion, swept.labeler_id), newest):
        if version.promoted_at is None:
            registry.promote(session, version.id, None, "It is better than what there was.")
    return newest.id


def _moments(count: int, draw: np.random.Generator) -> list[datetime]:
    """Spread so many films over the months, on working days."""
    end = now()
    begin = months.latest(end)[-MONTHS].begin
    days = [begin + timedelta(days=each) for each in range((end - begin).days + 1)]
    working = [day for day in days if day.weekday() < 5]
    return [working[each] + timedelta(hours=1) for each in draw.integers(0, len(working), count)]


def _let_arrive(session: Session, moments: Sequence[datetime], run_id: int) -> None:
    session.add_all(
        ArrivedFilm(
            uid=f"month {number}",
            digest=f"month {number}",
            size=9_400_000,
            calling="PACS1",
            address="10.0.0.5",
            arrived_at=at,
            kept=False,
            run_id=run_id,
        )
        for number, at in enumerate(moments)
    )


def _read(
    session: Session,
    label: PseudoLabel,
    sweep_id: int,
    run_id: int,
    classifier_id: int,
    at: datetime,
    draw: np.random.Generator,
    classes: Sequence[int],
) -> None:
    """Have an image be read on arrival as the sweep had read it, and some of them be audited."""
    drawn, wrong, differs, unsure = draw.random(4) < [AUDITED, WRONG, DIFFERING, UNSURE]
    decided = "corrected" if wrong else "approved"
    joined = PseudoLabel(
        sweep_id=sweep_id,
        image_id=label.image_id,
        class_id=label.class_id,
        probabilities=label.probabilities,
        confidence=label.confidence,
        conflict=label.conflict,
        unlike=label.unlike,
        arrived=True,
        in_audit=bool(drawn),
        status=decided if drawn else "predicted",
    )
    session.add(joined)
    session.flush()
    said = np.roll(label.probabilities, 1) if differs else np.array(label.probabilities)
    session.add(
        ArrivalRead(
            at=at,
            pseudo_label_id=joined.id,
            image_id=label.image_id,
            run_id=run_id,
            classifier_id=classifier_id,
            class_id=classes[int(said.argmax())],
            probabilities=said.tolist(),
            differs=bool(differs),
            unsure=bool(unsure),
            drawn=bool(drawn),
        )
    )
