"""Model versions, and the evaluations that compare them."""

from pathlib import Path
from typing import Literal

from condyle_client import operations as ops
from condyle_client.answers import Classified, ModelVersion
from condyle_client.connection import Connection
from condyle_client.errors import NotUnderstood
from condyle_client.report import EvaluationReport
from condyle_client.runs import Progress, Runs, silent


class Models:
    """Model versions. Scope `models`; to evaluate, also `runs`."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._runs = Runs(connection)

    def versions(self) -> list[ModelVersion]:
        """Return every version, labelers first, the newest first."""
        return self._connection.ask(ops.LIST_MODELS)

    def promote(self, version_id: int, reason: str) -> ModelVersion:
        """Make a version the one that does the work.

        Args:
            version_id: of `versions`.
            reason: why, for the list of promotions.
        """
        return self._connection.ask(
            ops.PROMOTE, {"version_id": version_id}, body={"reason": reason}
        )

    def classify(
        self, film: str | Path, laterality: Literal["L", "R", "B"] | None = None
    ) -> Classified:
        """Have the promoted classifier say what it makes of one film, which is not kept.

        Scope `classify`.

        Args:
            film: a DICOM, PNG or JPEG file.
            laterality: which knee it is, where the file does not say; "B" for both.
        """
        said = {"laterality": laterality}
        return self._connection.send(ops.CLASSIFY, {}, Path(film), query=said)

    def report(self, evaluation_id: int) -> EvaluationReport:
        """Return the report of an evaluation."""
        return self._connection.ask(ops.GET_EVALUATION, {"evaluation_id": evaluation_id})

    def evaluate(
        self,
        *,
        baseline_id: int | None = None,
        final_id: int | None = None,
        limit_seconds: float | None = None,
        progress: Progress = silent,
    ) -> EvaluationReport:
        """Compare two classifiers on the locked validation split, and return the report.

        Args:
            baseline_id: None takes the baseline that was trained with the final.
            final_id: None takes the newest.
            limit_seconds: see `Runs.wait`.
            progress: see `Runs.wait`.

        Raises:
            RunEnded: the evaluation failed or was cancelled.
            StillRunning: the time is over.
        """
        chosen = {"baseline_id": baseline_id, "final_id": final_id}
        run = self._runs.start("evaluate", **{k: v for k, v in chosen.items() if v is not None})
        done = self._runs.wait(run, limit_seconds, progress)
        number = (done.result or {}).get("evaluation")
        if not isinstance(number, int):
            raise NotUnderstood(f"Run {done.id} names no evaluation.")
        return self.report(number)
