"""Starting, following and cancelling runs over HTTP."""

import json
from typing import Any

import pytest
from sqlalchemy import func, select, update
from support.web import Web

from app.db.learning import Run
from app.db.tables import now
from app.runs import routes, rules


@pytest.fixture
def admin(web: Web) -> Any:
    """A browser an admin is logged in with."""
    return web.browser("Admin", "admin")


def events_of(text: str) -> list[dict[str, Any]]:
    """Return the data of each event of a stream."""
    return [json.loads(line[5:]) for line in text.splitlines() if line.startswith("data:")]


def change(web: Web, **values: Any) -> None:
    """Change the only run."""
    with web.database.begin() as session:
        session.execute(update(Run).values(**values))


def test_a_button_starts_a_run_and_leads_to_its_page(web: Web, admin: Any) -> None:
    started = admin.post("/runs", data={"kind": "sweep", "tolerated_error_percent": "2.5"})
    with web.database.begin() as session:
        run = session.scalars(select(Run)).one()
    assert started.headers["location"] == f"/runs/{run.id}"
    assert (run.kind, run.status) == ("sweep", "queued")
    assert run.parameters == {"tolerated_error": 0.025, "labeler_id": None}
    assert "Waiting for a worker" in admin.get(f"/runs/{run.id}").text


def test_a_second_run_of_a_kind_is_refused_and_says_what_to_do(web: Web, admin: Any) -> None:
    first = admin.post("/api/v1/runs", json={"kind": "evaluate"})
    assert first.status_code == 201
    second = admin.post("/api/v1/runs", json={"kind": "evaluate"})
    assert second.status_code == 409
    assert "cancel it" in second.json()["do"]
    assert "already active" in admin.post("/runs", data={"kind": "evaluate"}).text
    with web.database.begin() as session:
        assert session.scalar(select(func.count()).select_from(Run)) == 1


@pytest.mark.parametrize(
    ("kind", "parameters"),
    [
        ("sweep", {"tolerated_error": 0}),
        ("sweep", {"tolerated_error": 0.6}),
        ("train_labeler", {"method": "guess"}),
        ("evaluate", {"surprise": 1}),
        ("import", {"paths": ["/etc"]}),
        ("nothing", {}),
    ],
)
def test_a_run_with_wrong_parameters_never_exists(
    web: Web, admin: Any, kind: str, parameters: dict[str, Any]
) -> None:
    answer = admin.post("/api/v1/runs", json={"kind": kind, "parameters": parameters})
    assert answer.status_code == 422
    assert answer.json()["what"]
    with web.database.begin() as session:
        assert session.scalar(select(func.count()).select_from(Run)) == 0


def test_a_language_model_is_offered_where_one_is_set_and_refused_elsewhere(
    web: Web, admin: Any
) -> None:
    asked = {"kind": "train_labeler", "parameters": {"method": "language_model"}}
    assert "language_model" not in admin.get("/runs").text
    refused = admin.post("/api/v1/runs", json=asked)
    assert refused.status_code == 422
    assert "CONDYLE_LLM_URL" in refused.json()["do"]
    form = admin.post("/runs", data={"kind": "train_labeler", "method": "language_model"})
    assert "No language model is set" in form.text

    web.settings.llm_url, web.settings.llm_model = "http://127.0.0.1:1", "small-model"
    page = admin.get("/runs").text
    assert 'value="language_model"' in page
    assert "small-model" in page
    assert admin.post("/api/v1/runs", json=asked).status_code == 201


def test_cancelling_a_waiting_run_ends_it_and_a_running_one_is_asked(web: Web, admin: Any) -> None:
    run_id = admin.post("/api/v1/runs", json={"kind": "evaluate"}).json()["id"]
    assert admin.post(f"/api/v1/runs/{run_id}/cancel").json()["status"] == "cancelled"
    assert admin.post(f"/api/v1/runs/{run_id}/cancel").status_code == 409
    again = admin.post("/api/v1/runs", json={"kind": "evaluate"}).json()["id"]
    with web.database.begin() as session:
        session.execute(update(Run).where(Run.id == again).values(status="running", owner="w"))
    asked = admin.post(f"/api/v1/runs/{again}/cancel").json()
    assert (asked["status"], asked["cancel_requested"]) == ("running", True)
    assert "Stopping at the next batch" in admin.get(f"/runs/{again}").text


def test_the_stream_sends_changes_only_and_ends_with_the_run(
    web: Web, admin: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    run_id = admin.post("/api/v1/runs", json={"kind": "evaluate"}).json()["id"]
    moments = iter(
        [
            {"status": "running", "owner": "w", "done": 1, "total": 4, "message": "Half way"},
            {},
            {"status": "succeeded", "finished_at": now(), "result": {"evaluation": 3}},
        ]
    )

    async def sleep(_seconds: float) -> None:
        if values := next(moments):
            change(web, **values)
            with web.database.begin() as session:
                rules.write_log(session, run_id, f"now {values['status']}")

    monkeypatch.setattr(routes.asyncio, "sleep", sleep)
    answer = admin.get(f"/api/v1/runs/{run_id}/events")
    assert answer.headers["content-type"].startswith("text/event-stream")
    events = events_of(answer.text)
    assert [event["status"] for event in events] == ["queued", "running", "succeeded"]
    assert [[line["text"] for line in event["lines"]] for event in events] == [
        [],
        ["now running"],
        ["now succeeded"],
    ]
    assert (events[1]["done"], events[1]["total"], events[1]["message"]) == (1, 4, "Half way")
    last = admin.get(f"/api/v1/runs/{run_id}/events", headers={"Last-Event-ID": "1"})
    assert [line["text"] for line in events_of(last.text)[0]["lines"]] == ["now succeeded"]


def test_the_stream_ends_after_a_while_so_that_the_browser_opens_another(
    admin: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    run_id = admin.post("/api/v1/runs", json={"kind": "evaluate"}).json()["id"]
    monkeypatch.setattr(routes, "STREAM_SECONDS", 0.3)
    monkeypatch.setattr(routes, "POLL_SECONDS", 0.05)
    assert len(events_of(admin.get(f"/api/v1/runs/{run_id}/events").text)) == 1


def test_a_failure_is_shown_with_what_where_and_do(web: Web, admin: Any) -> None:
    run_id = admin.post("/api/v1/runs", json={"kind": "evaluate"}).json()["id"]
    failure = {"what": "A class is missing.", "where": "validation", "do": "Label <more> images."}
    change(web, status="failed", finished_at=now(), failure=failure)
    page = admin.get(f"/runs/{run_id}").text
    assert "A class is missing." in page
    assert "Label &lt;more&gt; images." in page
    assert "A class is missing." in admin.get("/runs").text


def test_a_result_leads_to_what_comes_next(web: Web, admin: Any) -> None:
    run_id = admin.post("/api/v1/runs", json={"kind": "evaluate"}).json()["id"]
    result = {"evaluation": 3, "final": {"wauc": 0.9031}}
    change(web, status="succeeded", started_at=now(), finished_at=now(), result=result)
    page = admin.get(f"/runs/{run_id}").text
    assert 'href="/evaluations/3"' in page
    assert "0.903" in page


def test_the_page_of_an_import_has_all_that_it_tells(web: Web, admin: Any) -> None:
    with web.database.begin() as session:
        run_id = rules.request(session, "import", {}).id
    told = ("imported", "already_there", "quarantined", "patients", "studies", "held")
    told += ("nameless_studies", "not_listed", "reports", "reports_new", "reports_unmatched")
    change(
        web, status="succeeded", started_at=now(), finished_at=now(), result=dict.fromkeys(told, 7)
    )
    assert admin.get(f"/runs/{run_id}").text.count(">7<") == len(told)


def test_a_training_names_whose_films_it_counts(web: Web, admin: Any) -> None:
    admin.post("/runs", data={"kind": "train_classifier"})
    models = {
        role: {"model_version": number, "role": role, "metrics": {"films": films, "waiting": 0}}
        for number, (role, films) in enumerate({"baseline": 30, "final": 412}.items(), 1)
    }
    change(web, status="succeeded", result={"sweep": 1} | models, finished_at=now())
    page = admin.get("/runs/1").text
    for name, value in (("Baseline films", "30"), ("Final films", "412"), ("Final waiting", "0")):
        assert f"<dt>{name}</dt><dd>{value}</dd>" in page


def test_pretraining_is_offered_where_trainings_start_from_no_weights(web: Web, admin: Any) -> None:
    card = 'name="kind" value="pretrain"'
    assert card in admin.get("/runs").text
    assert admin.post("/runs", data={"kind": "pretrain"}).headers["location"] == "/runs/1"
    web.settings.weights = "download"
    assert card not in admin.get("/runs").text


def test_adapting_is_offered_where_a_text_encoder_is_set(web: Web, admin: Any) -> None:
    assert "Adapt" not in admin.get("/runs").text
    web.settings.text_encoder = "dmis-lab/biobert-v1.1"
    assert "Adapt" in admin.get("/runs").text
    assert admin.post("/runs", data={"kind": "adapt"}).headers["location"] == "/runs/1"
    assert "Adapt" in admin.get("/runs/1").text


def test_an_import_that_brought_nothing_is_no_success(web: Web, admin: Any) -> None:
    figures = {"imported": 0, "already_there": 0, "quarantined": 3, "patients": 0, "studies": 0}
    with web.database.begin() as session:
        run = Run(kind="import", status="succeeded", result=figures, finished_at=now())
        session.add(run)
        session.flush()
        number = run.id
    for path in ("/runs", f"/runs/{number}", "/imports", f"/imports/{number}"):
        page = admin.get(path).text
        assert "nothing imported" in page, path
        assert 'class="tag succeeded"' not in page, path
    assert f'<a href="/imports/{number}">3 left out</a>' in admin.get("/runs").text


def test_a_run_that_ended_is_run_again_by_its_parameters_or_says_why_not(
    web: Web, admin: Any
) -> None:
    asked = {"rng": 7, "method": "text"}
    with web.database.begin() as session:
        ended = Run(kind="train_labeler", status="failed", parameters=asked, finished_at=now())
        imported = Run(kind="import", status="failed", finished_at=now())
        session.add_all([ended, imported])
        session.flush()
        number, other = ended.id, imported.id
    answer = admin.post(f"/runs/{number}/again")
    assert answer.status_code == 303
    with web.database() as session:
        made = session.get_one(Run, int(answer.headers["location"].rsplit("/", 1)[1]))
        assert (made.kind, made.status, made.parameters) == ("train_labeler", "queued", asked)
    page = admin.get(f"/runs/{number}").text
    assert f"Run {made.id} of this kind is active" in page
    assert admin.post(f"/runs/{number}/again").status_code == 409
    assert admin.post(f"/runs/{made.id}/again").status_code == 409
    assert "choose them again on the page Imports" in admin.get(f"/runs/{other}").text
    assert admin.post(f"/runs/{other}/again").status_code == 409
