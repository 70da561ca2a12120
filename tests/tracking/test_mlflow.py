"""Runs are told to MLflow's own server: each once, nothing of patients, and no run waits for it."""

import json
import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.request import Request, urlopen

import pytest
from sqlalchemy import select, update
from support.databases import ON_BOTH
from support.mlflow_server import MlflowServer, mlflow_server
from support.servers import free_port
from support.webhook_receivers import Answer, receiving

from app import errors
from app.db import clock
from app.db.engine import Database, read_only
from app.db.learning import Evaluation, ModelVersion, Run
from app.db.tables import now
from app.db.tracking import TrackedRun
from app.settings import Settings
from app.tracking import rules, sending
from app.tracking.examining import examine
from app.tracking.facts import told_of
from app.tracking.server import NotTold, TrackingServer, server_of

PLANTED = ("Müller^Jane", "PSEUDONYM-77", "film-0815", "Effusion in the knee")
ONE_DATABASE = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


@pytest.fixture(scope="module")
def mlflow(tmp_path_factory: pytest.TempPathFactory) -> Iterator[MlflowServer]:
    with mlflow_server(tmp_path_factory.mktemp("mlflow")) as server:
        yield server


def made(_: ModelVersion) -> str:
    return "0.1.0+abc"


def to(url: str, experiment: str = "knees") -> TrackingServer:
    return server_of(Settings(mlflow_url=url, mlflow_experiment=experiment))


def tell(database: Database, server: TrackingServer) -> bool:
    rules.fill(database)
    return sending.tell_all(database, server, made, threading.Event())


def due_again(database: Database) -> None:
    with database.begin() as session:
        session.execute(update(TrackedRun).values(due_at=clock.after(-1)))


def rows(database: Database) -> list[tuple[int, str, int, str]]:
    query = select(TrackedRun.run_id, TrackedRun.status, TrackedRun.attempts, TrackedRun.fault)
    with read_only(database) as session:
        return [tuple(row) for row in session.execute(query.order_by(TrackedRun.run_id))]


def asked(mlflow: MlflowServer, experiment: str) -> list[dict[str, Any]]:
    """Return the runs of an experiment, as MLflow tells them."""

    def post(call: str, body: dict[str, Any]) -> dict[str, Any]:
        said = Request(f"{mlflow.url}/api/2.0/mlflow/{call}", json.dumps(body).encode())
        said.add_header("Content-Type", "application/json")
        with urlopen(said, timeout=60) as answer:
            found: dict[str, Any] = json.load(answer)
        return found

    named = {"max_results": 9, "filter": f"name = '{experiment}'"}
    numbers = [e["experiment_id"] for e in post("experiments/search", named).get("experiments", [])]
    return list(post("runs/search", {"experiment_ids": numbers, "max_results": 99}).get("runs", []))


def pairs(of: list[dict[str, Any]]) -> dict[str, Any]:
    return {each["key"]: each["value"] for each in of}


def a_training_and_its_evaluation(database: Database) -> None:
    """Add two runs with whatever somebody could wrongly have put into their rows, and others."""
    begun = now() - timedelta(hours=1)
    ended = {"status": "succeeded", "started_at": begun, "finished_at": now()}
    free = {"note": PLANTED[0], PLANTED[2]: PLANTED[1], "paths": [PLANTED[2]]}
    training = Run(
        kind="train_classifier",
        parameters={"rng": 7, **free},
        result={"sweep": 3, "seen": list(PLANTED)},
        **ended,
    )
    judging = Run(kind="evaluate", result={"evaluation": 1, "wauc_difference": 0.03}, **ended)
    others = [Run(kind="import", parameters=free, **ended), Run(kind="sweep", status="failed")]
    with database.begin() as session:
        session.add_all([training, judging, *others])
        session.flush()
        versions = [
            ModelVersion(
                role=role,
                method="image",
                run_id=training.id,
                folder=f"checkpoints/{PLANTED[1]}",
                digest=digest * 64,
                recipe={"network": "resnet18", "size": 128, "weights": f"/films/{PLANTED[0]}"},
                metrics={
                    "films": 90,
                    "auc": {"Arthrose Grad 2": 0.9, "x": None, "Lot?": 0.7, "Lot!": 0.6},
                    "n": [1],
                    **free,
                },
                training_digest="e" * 64,
                doubtful=PLANTED[3],
            )
            for role, digest in (("baseline", "a"), ("final", "b"))
        ]
        session.add_all(versions)
        session.flush()
        report = {"final": {"wauc": {"value": 0.91, "ci": [0.8, 0.95]}}, "notes": [PLANTED[3]]}
        report |= {"recipe": {"size": 128}, "n_validation": 40, "generated": False, **free}
        session.add(
            Evaluation(
                run_id=judging.id,
                baseline_id=versions[0].id,
                final_id=versions[1].id,
                report=report,
                predictions_digest="f" * 64,
            )
        )


@ONE_DATABASE
def test_each_run_is_told_once_with_figures_and_digests_and_nothing_of_patients(
    database: Database, mlflow: MlflowServer
) -> None:
    a_training_and_its_evaluation(database)
    assert tell(database, to(mlflow.url))
    assert rows(database) == [(1, "sent", 1, ""), (2, "sent", 1, "")]
    assert tell(database, to(mlflow.url)), "and nothing is left to tell"
    evaluate, train = sorted(asked(mlflow, "knees"), key=lambda run: str(run["info"]["run_name"]))
    assert [run["info"]["status"] for run in (train, evaluate)] == ["FINISHED", "FINISHED"]
    took = int(train["info"]["end_time"]) - int(train["info"]["start_time"])
    assert took == pytest.approx(3_600_000, rel=0.01)
    assert pairs(train["data"]["params"]) == {
        "rng": "7",
        **{f"recipe.{role}.network": "resnet18" for role in ("baseline", "final")},
        **{f"recipe.{role}.size": "128" for role in ("baseline", "final")},
    }
    assert pairs(train["data"]["metrics"]) == {
        "sweep": 3,
        **{f"{role}.films": 90 for role in ("baseline", "final")},
        **{f"{role}.auc/Arthrose Grad 2": 0.9 for role in ("baseline", "final")},
        **{f"{role}.auc/Lot_": 0.7 for role in ("baseline", "final")},
        **{f"{role}.auc/Lot_ 2": 0.6 for role in ("baseline", "final")},
    }
    tags = pairs(train["data"]["tags"])
    assert (tags["condyle.final.digest"], tags["condyle.final.version"]) == ("b" * 64, "2")
    assert tags["condyle.baseline.training_digest"] == "e" * 64
    assert tags["condyle.final.code_version"] == "0.1.0+abc"
    figures, of = pairs(evaluate["data"]["metrics"]), pairs(evaluate["data"]["tags"])
    assert figures["final/wauc/value"] == 0.91
    assert (figures["n_validation"], figures["wauc_difference"]) == (40, 0.03)
    assert of["condyle.predictions_digest"] == "f" * 64
    kept = mlflow.file.read_bytes() + b"".join(
        path.read_bytes() for path in mlflow.file.parent.glob("mlflow.sqlite-*")
    )
    assert [text for text in PLANTED if text.encode() in kept] == []
    assert b"Arthrose Grad 2" in kept, "this is where it would be"


@ON_BOTH
def test_a_run_that_was_told_by_halves_is_told_to_its_end_and_not_twice(
    database: Database, mlflow: MlflowServer
) -> None:
    server = to(mlflow.url, f"killed {database.kw['bind'].dialect.name}")
    a_training_and_its_evaluation(database)
    rules.fill(database)
    for half in (True, False):  # killed in the middle, and between the answer and the commit
        with database.begin() as session:
            killed = rules.claim(session, "killed")
            assert killed is not None
        facts = told_of(database, killed.run_id, made)
        if half:
            server._log(server._begun(killed.key, facts), facts)
        else:
            server.tell(killed.key, facts)
    assert tell(database, server), "others may still be at it"
    assert {status for _run, status, _attempts, _fault in rows(database)} == {"waiting"}
    due_again(database)
    several = [threading.Thread(target=tell, args=(database, server)) for _ in range(3)]
    for thread in several:
        thread.start()
    for thread in several:
        thread.join()
    assert rows(database) == [(1, "sent", 2, ""), (2, "sent", 2, "")]
    with database.begin() as session:
        assert not rules.report(session, killed, "too late"), "no word of it counts later"
    told = asked(mlflow, server.experiment)
    assert sorted(run["info"]["run_name"] for run in told) == ["evaluate 2", "train_classifier 1"]
    assert {run["info"]["status"] for run in told} == {"FINISHED"}


@ONE_DATABASE
def test_no_connection_is_held_while_a_checkpoint_is_fetched(database: Database) -> None:
    a_training_and_its_evaluation(database)
    held = []

    def fetched(version: ModelVersion) -> str:
        held.append(database.kw["bind"].pool.checkedout())
        return made(version)

    assert "condyle.final.code_version" in told_of(database, 1, fetched).tags
    assert held == [0, 0]


@ONE_DATABASE
def test_a_server_that_is_away_slow_or_wrong_is_named_by_the_doctor_and_asked_again(
    database: Database, settings: Settings
) -> None:
    def doctor(url: str) -> tuple[bool, str]:
        (check,) = examine(settings.model_copy(update={"mlflow_url": url}))
        return check.good, check.words

    assert list(examine(settings)) == [], "without the setting nothing is looked at"
    a_training_and_its_evaluation(database)
    port = free_port()
    assert not tell(database, to(f"http://127.0.0.1:{port}"))
    assert [row[1:3] for row in rows(database)] == [("waiting", 1)] * 2, "no other tries in vain"
    with read_only(database) as session:
        assert not rules.is_due(session)
    assert doctor(f"http://127.0.0.1:{port}")[0] is False
    with receiving() as server:
        there = to(f"http://127.0.0.1:{server.server_port}")
        server.behaviour = lambda: None
        due_again(database)
        assert not tell(database, replace(there, seconds=0.2))
        assert rows(database)[1][3] == "It did not answer in time."
        for answer, words in (
            (Answer(302, headers={"Location": "http://127.0.0.1:1/"}), "302: no JSON"),
            (Answer(200, b"<html>"), "200: no JSON"),
            (Answer(500, b'{"message": "no room"}'), "500: no room"),
            (Answer(200, b'{"experiments": [{}]}'), "otherwise than MLflow does"),
            (Answer(200, b'{"experiments": 7}'), "otherwise than MLflow does"),
        ):
            server.behaviour = lambda answer=answer: answer
            due_again(database)
            assert tell(database, there), "it answers: others are tried"
            assert {words in fault for _run, _status, _attempts, fault in rows(database)} == {True}
        good, said = doctor(f"http://127.0.0.1:{server.server_port}")
        assert (good, "otherwise than MLflow does" in said) == (False, True)
        server.behaviour = lambda: Answer(200, b"{}")
        good, said = doctor(f"http://127.0.0.1:{server.server_port}")
        assert (good, "2 runs did not get to" in said) == (False, True)
        assert b"filter" in server.last[0], "no experiment is made by looking"
    with read_only(database) as session:
        assert session.scalars(select(Run.status).order_by(Run.id)).all()[:2] == ["succeeded"] * 2


def test_an_address_that_may_not_be_used_is_refused_and_no_password_repeated(
    tmp_path: Path,
) -> None:
    with pytest.raises(errors.Refused) as refused:
        to("http://admin:hunter2@127.0.0.1")
    assert "hunter2" not in str(refused.value)
    with pytest.raises(NotTold, match="not https"):
        to("http://8.8.8.8").experiment_id()
    secret = tmp_path / "credentials"
    secret.write_text("knees:hunter2\n")
    server = server_of(
        Settings(mlflow_url="http://127.0.0.1/base/", mlflow_credentials=str(secret))
    )
    assert (str(server), "hunter2" in repr(server)) == ("http://127.0.0.1:80/base", False)
