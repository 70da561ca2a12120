"""What a tracking server is told of a run: numbers, digests, words of our own, names of classes.

Nothing is told of a film, a report, a patient or a person. Text goes out only where it is one of
the words that this program chooses from; numbers go out under the names that their figures have.
Among those are the names of classes, which are an admin's words: nothing checks what they say.
"""

import math
import re
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.db.engine import Database, read_only
from app.db.learning import Evaluation, ModelVersion, Run
from app.export.provenance import Made
from app.runs import kinds

TOLD = tuple(
    kind.name
    for kind in (
        kinds.PRETRAIN,
        kinds.ADAPT,
        kinds.TRAIN_LABELER,
        kinds.SWEEP,
        kinds.TRAIN_CLASSIFIER,
        kinds.EVALUATE,
    )
)
"""The kinds of run that are told: those that learn, label or judge."""
OUR_WORDS = ("method", "network")
"""Parameters whose text is one of our own words. Other texts may be paths, or be typed."""
NOT_FIGURES = ("recipe", "bootstrap")
"""Parts of an evaluation report that say how it was made."""
NOT_IN_A_NAME = re.compile(r"[^\w./ -]")
LONGEST_NAME = 250
"""Characters of a metric's name, as MLflow has it."""


class Facts(NamedTuple):
    """What is told of one run.

    Attributes:
        name: as a list shows it.
        began: when a worker began with it.
        ended: when it ended.
        parameters: what was asked, and how it was trained.
        metrics: figures that there are.
        tags: versions and digests.
    """

    name: str
    began: datetime
    ended: datetime
    parameters: Mapping[str, str]
    metrics: Mapping[str, float]
    tags: Mapping[str, str]


def told_of(database: Database, run_id: int, made: Made) -> Facts:
    """Return what is told of a run that has succeeded.

    Checkpoints are read between two looks at the database: to fetch one may take minutes.

    Args:
        database: the sessionmaker.
        run_id: which.
        made: as `app.export.provenance.made_by` returns it.
    """
    with read_only(database) as session:
        versions = _versions(session, session.get_one(Run, run_id))
    code = {version.id: made(version) for version in versions}
    with read_only(database) as session:
        return _facts(session, session.get_one(Run, run_id), code)


def _facts(session: Session, run: Run, code: Mapping[int, str]) -> Facts:
    assert run.finished_at is not None
    versions = [each for each in _versions(session, run) if each.id in code]
    parameters = dict(_parameters(run.parameters))
    metrics = dict(_metrics(run.result))
    tags = {"condyle.kind": run.kind, "condyle.run": str(run.id)}
    for version in versions:
        recipe = f"recipe.{version.role}"
        parameters |= {f"{recipe}.{name}": said for name, said in _parameters(version.recipe)}
        metrics |= {f"{version.role}.{name}": each for name, each in _metrics(version.metrics)}
        tags |= _tags(version, code[version.id])
    for report, predictions in _reports(session, run):
        metrics |= dict(_metrics(report))
        tags["condyle.predictions_digest"] = predictions
    began = run.started_at or run.created_at
    return Facts(f"{run.kind} {run.id}", began, run.finished_at, parameters, metrics, tags)


def _versions(session: Session, run: Run) -> list[ModelVersion]:
    """Return the model versions that a run has made, used to label or judged."""
    numbers = [run.result.get("labeler")] if run.kind == kinds.SWEEP.name else []
    judged = select(Evaluation.baseline_id, Evaluation.final_id).where(Evaluation.run_id == run.id)
    numbers += [number for row in session.execute(judged) for number in row]
    its = (ModelVersion.run_id == run.id) | ModelVersion.id.in_(numbers)
    return list(session.scalars(select(ModelVersion).where(its).order_by(ModelVersion.id)))


def _reports(session: Session, run: Run) -> Iterator[tuple[dict[str, Any], str]]:
    query = select(Evaluation.report, Evaluation.predictions_digest)
    for report, predictions in session.execute(query.where(Evaluation.run_id == run.id)):
        yield {name: part for name, part in report.items() if name not in NOT_FIGURES}, predictions


def _tags(version: ModelVersion, code: str) -> dict[str, str]:
    return {
        f"condyle.{version.role}.version": str(version.id),
        f"condyle.{version.role}.digest": version.digest,
        f"condyle.{version.role}.training_digest": version.training_digest,
        f"condyle.{version.role}.code_version": code,
    }


def _parameters(said: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for name, value in said.items():
        if isinstance(value, (int, float)) or name in OUR_WORDS:
            yield name, str(value)


def _metrics(said: Mapping[str, Any], above: str = "") -> Iterator[tuple[str, float]]:
    """Yield the numbers in nested figures; what is in lists is a curve or an interval."""
    for name, value in zip(_names(said), said.values(), strict=True):
        whole = f"{above}{name}"
        if isinstance(value, Mapping):
            yield from _metrics(value, f"{whole}/")
        elif isinstance(value, (int, float)) and math.isfinite(value):
            yield whole[:LONGEST_NAME], float(value)


def _names(said: Mapping[str, Any]) -> list[str]:
    """Return the names as MLflow takes them; of those made equal the second has a 2, and so on."""
    names: list[str] = []
    for name in said:
        taken = plain = NOT_IN_A_NAME.sub("_", name)
        number = 1
        while taken in names:
            number += 1
            taken = f"{plain} {number}"
        names.append(taken)
    return names
