"""Stored evaluation reports: find one, list them."""

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.db.learning import Evaluation
from app.errors import NotFound
from app.evaluation.report import EvaluationReport
from app.texts import _


def find(session: Session, evaluation_id: int) -> Evaluation:
    """Return an evaluation, or raise `NotFound`."""
    evaluation = session.get(Evaluation, evaluation_id)
    if evaluation is None:
        raise NotFound(
            _("There is no evaluation {number}.", number=evaluation_id),
            "",
            _("Look for it on the page Evaluations."),
        )
    return evaluation


def recent(session: Session, limit: int = 50) -> Sequence[Evaluation]:
    """Return the newest evaluations, newest first."""
    return session.scalars(select(Evaluation).order_by(Evaluation.id.desc()).limit(limit)).all()


def report_of(evaluation: Evaluation) -> EvaluationReport:
    """Return a stored report, of this release or an earlier one."""
    return EvaluationReport.model_validate(evaluation.report)
