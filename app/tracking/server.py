"""An MLflow server, by its REST API: each request on a connection to what was checked, or none.

What is used of it (https://mlflow.org/docs/latest/rest-api.html) has been there since MLflow 1.0.
"""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from app import errors
from app.outgoing import address
from app.outgoing.address import Server, may_hear, resolve
from app.outgoing.connection import Reply, post
from app.outgoing.credentials import authorization
from app.outgoing.failures import NO_ANSWER, failure_of
from app.settings import Settings
from app.tracking.facts import Facts

SETTING = "CONDYLE_MLFLOW_URL"
SECONDS = 10.0
"""That one request may take."""
AT_ONCE = 500
"""Metrics in one request; MLflow takes a thousand entries."""
LONGEST = 1_000_000
"""Bytes of an answer that are read."""
SHOWN = 200
"""Letters of an error that are kept."""
KEY = "condyle.key"
"""Tag by which a run is found again that was told before."""
FAULTS = {
    "time_out": "It did not answer in time.",
    "certificate": "Its certificate cannot be trusted.",
}
"""What a failure is called that has a name of its own."""


class NotTold(errors.CondyleError):
    """The server did not take what it was told.

    Args:
        what: why, as a person finds it.
        reached: whether the server answered.
    """

    def __init__(self, what: str, reached: bool) -> None:
        super().__init__(what, SETTING, "Look whether the server runs, and at its log.")
        self.reached = reached


@dataclass(frozen=True)
class TrackingServer:
    """An MLflow server.

    Attributes:
        server: where it is; its path is what lies before `/api`.
        authorization: the header of that name; "" for none.
        experiment: the name under which runs are told.
        seconds: that one request may take.
    """

    server: Server
    authorization: str = field(repr=False)
    experiment: str
    seconds: float = SECONDS

    def __str__(self) -> str:
        return f"{self.server}{self.server.path}"

    def tell(self, key: str, facts: Facts) -> None:
        """Tell a run, once, however often this is begun.

        The server keeps a run by the key. What was told before is found by it and told to its end;
        a value that is told twice is one there.

        Args:
            key: that no other run has.
            facts: of the run.

        Raises:
            NotTold: the server is away, or did not take it.
        """
        found = self._found(key)
        if found.get("status") == "FINISHED" or found.get("lifecycle_stage") == "deleted":
            return
        run = found.get("run_id") or self._begun(key, facts)
        self._log(run, facts)
        end = {"run_id": run, "status": "FINISHED", "end_time": _milliseconds(facts.ended)}
        self._ask("runs/update", end)

    def experiment_id(self) -> str:
        """Return the number of the experiment, which is made where it is not there yet.

        Raises:
            NotTold: the server is away, or does not do it.
        """
        there = self.experiment_there()
        if there is not None:
            return there
        made = self._ask("experiments/create", {"name": self.experiment})
        with _as_mlflow("experiments/create"):
            return str(made["experiment_id"])

    def experiment_there(self) -> str | None:
        """Return the number of the experiment; None where it is not there yet. Nothing is made.

        Raises:
            NotTold: the server is away, or does not say.
        """
        quoted = self.experiment.replace("'", "''")
        asked = {"filter": f"name = '{quoted}'", "max_results": 1, "view_type": "ACTIVE_ONLY"}
        said = self._ask("experiments/search", asked)
        with _as_mlflow("experiments/search"):
            found = said.get("experiments", [])
            return str(found[0]["experiment_id"]) if found else None

    def _found(self, key: str) -> dict[str, Any]:
        """Return what the server says of a run that was told before; empty where there is none."""
        asked = {
            "experiment_ids": [self.experiment_id()],
            "filter": f"tags.`{KEY}` = '{key}'",
            "run_view_type": "ALL",
            "max_results": 1,
        }
        said = self._ask("runs/search", asked)
        with _as_mlflow("runs/search"):
            runs = said.get("runs", [])
            return dict(runs[0]["info"]) if runs else {}

    def _begun(self, key: str, facts: Facts) -> str:
        asked = {
            "experiment_id": self.experiment_id(),
            "run_name": facts.name,
            "start_time": _milliseconds(facts.began),
            "tags": [{"key": KEY, "value": key}],
        }
        made = self._ask("runs/create", asked)
        with _as_mlflow("runs/create"):
            return str(made["run"]["info"]["run_id"])

    def _log(self, run: str, facts: Facts) -> None:
        said = {"params": _pairs(facts.parameters), "tags": _pairs(facts.tags)}
        self._ask("runs/log-batch", {"run_id": run, **said})
        at = {"timestamp": _milliseconds(facts.ended), "step": 0}
        metrics = [{"key": name, "value": each, **at} for name, each in facts.metrics.items()]
        for first in range(0, len(metrics), AT_ONCE):
            some = metrics[first : first + AT_ONCE]
            self._ask("runs/log-batch", {"run_id": run, "metrics": some})

    def _ask(self, call: str, body: Mapping[str, Any]) -> dict[str, Any]:
        reply = self._sent(call, json.dumps(body).encode())
        try:
            said = json.loads(reply.body)
        except ValueError:
            said = None
        if reply.status != 200 or not isinstance(said, dict):
            words = str(said.get("message", "")) if isinstance(said, dict) else "no JSON"
            shown = "".join(letter if letter.isprintable() else " " for letter in words[:SHOWN])
            raise NotTold(f"It answered {call} with {reply.status}: {shown}", reached=True)
        return said

    def _sent(self, call: str, body: bytes) -> Reply:
        path = f"{self.server.path}/api/2.0/mlflow/{call}"
        headers = {"Content-Type": "application/json", "Connection": "close"}
        if self.authorization:
            headers["Authorization"] = self.authorization
        try:
            numbers = resolve(self.server)
            if not may_hear(self.server, numbers):
                raise NotTold("Its address is public, and it is not https.", reached=False)
            to = replace(self.server, path=path)
            return post(to, numbers, body, headers, self.seconds, LONGEST)
        except NO_ANSWER as error:
            other = f"It cannot be reached ({type(error).__name__})."
            raise NotTold(FAULTS.get(failure_of(error), other), reached=False) from error


def server_of(settings: Settings) -> TrackingServer:
    """Return the server that is set; nothing is looked up.

    Raises:
        errors.Refused: its address or its credentials cannot be used.
    """
    try:
        server = address.parse(settings.mlflow_url)
    except address.Unusable as error:
        raise errors.Refused(
            f"The address of the MLflow server cannot be used: {error}.",
            SETTING,
            "Write it like https://mlflow.example; a name and a password belong into the file that "
            "CONDYLE_MLFLOW_CREDENTIALS names.",
        ) from error
    header = authorization(settings.mlflow_credentials, "CONDYLE_MLFLOW_CREDENTIALS")
    server = replace(server, path=server.path.rstrip("/"))
    return TrackingServer(server, header, settings.mlflow_experiment)


@contextmanager
def _as_mlflow(call: str) -> Iterator[None]:
    """Say of an answer that has not what MLflow's have that it is none of MLflow's.

    Raises:
        NotTold: it has not.
    """
    try:
        yield
    except (KeyError, IndexError, TypeError, ValueError) as error:
        raise NotTold(f"It answered {call} otherwise than MLflow does.", reached=True) from error


def _pairs(said: Mapping[str, str]) -> list[dict[str, str]]:
    return [{"key": name, "value": value} for name, value in said.items()]


def _milliseconds(at: datetime) -> int:
    return int(at.timestamp() * 1000)
