"""An admin sets webhooks up, tries them, sees how they fare and sends again; a program may."""

import re

import pytest
from sqlalchemy import select, update
from support.web import Web

from app.announcing import LABEL_CORRECTED, RUN_ENDED, announce
from app.db.engine import Database, read_only
from app.db.people import AuditEvent
from app.db.webhooks import Delivery, Webhook
from app.settings import Settings
from app.webhooks import rules

ADDRESS = "https://server.example/path-that-is-a-secret"


@pytest.fixture
def web(sqlite_database: Database, settings: Settings) -> Web:
    settings.home.mkdir(exist_ok=True)
    return Web(sqlite_database, settings)


def test_a_webhook_is_set_up_with_a_secret_that_is_shown_once(web: Web) -> None:
    admin = web.browser("Ada", "admin")
    form = {"address": ADDRESS, "topics": [RUN_ENDED, LABEL_CORRECTED]}
    made = admin.post("/webhooks", data=form)
    assert made.status_code == 200
    (secret,) = re.findall(r"whsec_[A-Za-z0-9+/=]{44}", made.text)
    with read_only(web.database) as session:
        row = session.scalars(select(Webhook)).one()
    assert (row.secret, row.topics) == (secret, [RUN_ENDED, LABEL_CORRECTED])
    shown = admin.get("/webhooks").text
    assert ADDRESS in shown
    assert "whsec_" not in shown
    renewed = admin.post("/webhooks/1/secret").text
    assert secret not in renewed
    assert re.search(r"whsec_", renewed)
    with read_only(web.database) as session:
        events = session.execute(select(AuditEvent.action, AuditEvent.details)).all()
    assert [action for action, _ in events] == ["add webhook", "renew secret of webhook"]
    assert "secret" not in str([details for _, details in events])


@pytest.mark.parametrize(
    ("form", "words"),
    [
        ({"address": "http://127.0.0.1:8000/", "topics": RUN_ENDED}, "Nothing may be sent"),
        ({"address": "server", "topics": RUN_ENDED}, "cannot be used"),
        ({"address": ADDRESS}, "needs something to be told of"),
        ({"address": ADDRESS, "topics": "everything"}, "needs something to be told of"),
    ],
)
def test_what_cannot_be_told_is_refused_and_what_was_typed_stays(
    web: Web, form: dict[str, str], words: str
) -> None:
    refused = web.browser("Ada", "admin").post("/webhooks", data=form)
    assert refused.status_code == 422
    assert words in refused.text
    assert f'value="{form["address"]}"' in refused.text
    with read_only(web.database) as session:
        assert session.scalars(select(Webhook)).all() == []


def test_there_are_so_many_at_most(web: Web) -> None:
    program = web.program("Ada", "webhooks", role="admin")
    wanted = {"address": ADDRESS, "topics": [RUN_ENDED]}
    answers = [program.post("/api/v1/webhooks", json=wanted) for _ in range(rules.MOST + 1)]
    assert [each.status_code for each in answers] == [201] * rules.MOST + [409]


def test_the_page_shows_how_each_delivery_fares_and_sends_again(web: Web) -> None:
    admin = web.browser("Ada", "admin")
    admin.post("/webhooks", data={"address": ADDRESS, "topics": RUN_ENDED})
    assert admin.post("/webhooks/1/try").status_code == 303
    with web.database.begin() as session:
        announce(session, RUN_ENDED, run=17, kind="sweep", status="failed")
        last = {"attempts": 8, "answer_status": 500, "answer": "<b>Out of memory</b>"}
        ended = {"status": "failed", "ended_at": Delivery.created_at}
        session.execute(update(Delivery).where(Delivery.topic == RUN_ENDED).values(**last, **ended))
        session.execute(
            update(Delivery).where(Delivery.id == 1).values(status="delivered", answer_status=204)
        )
    shown = admin.get("/webhooks").text
    for words in ("A try", "run 17, kind sweep, status failed", "8 of 8 tries", "delivered"):
        assert words in shown
    assert "&lt;b&gt;Out of memory" in shown
    assert "path-that-is-a-secret" not in shown.partition("What they were told")[2]
    failed = admin.get("/webhooks?failed=true").text
    assert "run 17" in failed
    assert "A try" not in failed
    assert admin.post("/webhooks/deliveries/2/again").status_code == 303
    with read_only(web.database) as session:
        again = session.get_one(Delivery, 2)
    assert (again.status, again.attempts, again.ended_at) == ("waiting", 0, None)
    with web.database.begin() as session:
        session.execute(update(Delivery).values(owner="worker"))
    assert admin.post("/webhooks/deliveries/2/again").status_code == 409
    assert admin.post("/webhooks/deliveries/99/again").status_code == 404


def test_a_program_with_the_scope_does_all_that_the_page_does(web: Web) -> None:
    program = web.program("Ada", "webhooks", role="admin")
    assert web.program("Eve", "runs", role="admin").get("/api/v1/webhooks").status_code == 403
    wanted = {"address": ADDRESS, "topics": [RUN_ENDED]}
    made = program.post("/api/v1/webhooks", json=wanted).json()
    assert made["secret"].startswith("whsec_")
    (listed,) = program.get("/api/v1/webhooks").json()
    assert listed == {name: made[name] for name in made if name != "secret"}
    assert program.post("/api/v1/webhooks/1/secret").json()["secret"] != made["secret"]
    assert program.post("/api/v1/webhooks/1/pause").json()["state"] == "paused"
    assert program.post("/api/v1/webhooks/1/try").status_code == 409
    assert program.post("/api/v1/webhooks/1/resume").json()["state"] == "active"
    tried = program.post("/api/v1/webhooks/1/try")
    assert (tried.status_code, tried.json()["topic"]) == (202, "webhook.trial")
    again = program.post(f"/api/v1/webhooks/deliveries/{tried.json()['id']}/again")
    assert (again.status_code, again.json()["status"]) == (202, "waiting")
    assert [each["id"] for each in program.get("/api/v1/webhooks/deliveries").json()] == [1]
    assert program.get("/api/v1/webhooks/deliveries?before=1").json() == []
    assert program.delete("/api/v1/webhooks/1").status_code == 204
    assert program.get("/api/v1/webhooks").json() == []
    assert program.post("/api/v1/webhooks/1/pause").status_code == 404
    (given_up,) = program.get("/api/v1/webhooks/deliveries?failed=true").json()
    assert (given_up["fault"], given_up["next_try_at"]) == ("removed", None)
    assert program.post("/api/v1/webhooks/deliveries/1/again").status_code == 409
