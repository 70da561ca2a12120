"""An admin sees what became of each report, and sends again; a program may do the same."""

import pytest
from sqlalchemy import delete, select, update
from support.web import Web
from write_back.conftest import Practice

from app.db.engine import Database, read_only
from app.db.people import AuditEvent
from app.db.reading import ReferenceLabel
from app.db.tables import now
from app.db.write_back import OutgoingReport
from app.doctor import examine
from app.outbox.filling import fill
from app.pacs.seal import seal_of
from app.settings import Settings

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


@pytest.fixture
def web(database: Database, database_url: str, keyed: Settings, practice: Practice) -> Web:
    """Four reports: sent, refused, given up, and one that waits for its second try."""
    keyed.home.mkdir(exist_ok=True)
    own = {"write_back_to": "PACS1@10.0.0.5:104", "database_url": database_url}
    settings = keyed.model_copy(update=own)
    seal = seal_of(settings)
    assert seal is not None
    assert fill(database, seal.name) == 4
    with database.begin() as session:
        for report, became in zip(
            session.scalars(select(OutgoingReport).order_by(OutgoingReport.id)),
            (
                {"status": "sent", "answer_status": 0, "may_be_there": True},
                {"status": "refused", "answer_status": 0xA901},
                {"status": "given_up", "fault": "calling"},
                {"attempts": 1, "answer_status": 0xA700},
            ),
            strict=True,
        ):
            for name, value in ({"attempts": 8, "tried_at": now()} | became).items():
                setattr(report, name, value)
    return Web(database, settings)


def test_the_page_shows_what_became_of_each_report_and_sends_again(
    web: Web, practice: Practice
) -> None:
    admin = web.browser("Grace", "admin")
    shown = admin.get("/outbox").text
    for words in (
        "PACS1@10.0.0.5:104",
        "A901",
        "does not understand it",
        "CONDYLE_DICOM_TITLES",
        "8 of 8 tries",
        "The PACS has no room",
        f'href="/images/{practice.seed}/history"',
    ):
        assert words in shown
    assert "abnormal" not in shown, "it says nothing of what was decided"
    refused = admin.get("/outbox?state=refused").text
    assert "A901" in refused
    assert "CONDYLE_DICOM_TITLES" not in refused
    assert "None is in this state" in admin.get("/outbox?state=outdated").text
    assert admin.post("/outbox/2/again").status_code == 303
    assert admin.post("/outbox/again", data={"state": "given_up"}).status_code == 303
    with read_only(web.database) as session:
        again = session.scalars(select(OutgoingReport).order_by(OutgoingReport.id)).all()
        actions = session.scalars(select(AuditEvent.action).order_by(AuditEvent.id.desc()).limit(2))
        assert list(actions) == ["send reports again", "send report again"]
    assert [(each.status, each.attempts) for each in again] == [
        ("sent", 8),
        ("waiting", 0),
        ("waiting", 0),
        ("waiting", 1),
    ]
    assert admin.post("/outbox/4/again").status_code == 409
    assert admin.post("/outbox/99/again").status_code == 404
    web.settings.write_back_to = ""
    assert "CONDYLE_WRITE_BACK_TO" in admin.get("/outbox").text


def test_a_program_with_the_scope_does_all_that_the_page_does(web: Web) -> None:
    program = web.program("Grace", "outbox", role="admin")
    assert web.program("Eve", "export", role="admin").get("/api/v1/outbox").status_code == 403
    said = program.get("/api/v1/outbox?most=3").json()
    assert said["destination"] == "PACS1@10.0.0.5:104"
    assert said["counts"] == {
        "waiting": 1,
        "sent": 1,
        "refused": 1,
        "given_up": 1,
        "outdated": 0,
        "taken_back": 0,
    }
    assert [report["id"] for report in said["reports"]] == [4, 3, 2]
    (last,) = program.get(f"/api/v1/outbox?before={said['next']}").json()["reports"]
    assert (last["status"], last["answer"], last["next_try_at"]) == ("sent", "", None)
    again = program.post("/api/v1/outbox/1/again")
    assert (again.status_code, again.json()["status"]) == (202, "waiting")
    many = program.post("/api/v1/outbox/again", json={"state": "refused"})
    assert (many.status_code, many.json()) == (202, {"reports": 1})
    assert program.post("/api/v1/outbox/again", json={"state": "sent"}).status_code == 422


def test_what_is_in_the_pacs_and_not_valid_any_more_is_listed(web: Web) -> None:
    with web.database.begin() as session:
        image = session.get_one(OutgoingReport, 1).image_id
        session.execute(delete(ReferenceLabel).where(ReferenceLabel.image_id == image))
    admin = web.browser("Grace", "admin")
    listed = admin.get("/outbox?state=taken_back").text
    assert f'href="/images/{image}/history"' in listed
    assert "Have them removed there" in listed
    assert "/outbox/1/again" not in listed


def test_the_doctor_says_where_the_outbox_goes_and_what_did_not_get_there(web: Web) -> None:
    def found() -> list[tuple[bool, str]]:
        names = "outbox", "Outbox", "CONDYLE_WRITE_BACK_TO", "CONDYLE_WRITE_BACK_CREDENTIALS"
        seen = [(each.good, each.words) for each in examine(web.settings)]
        return [each for each in seen if any(name in each[1] for name in names)]

    ((good, words),) = found()
    assert (good, words[:41]) == (False, "2 objects did not get to PACS1@10.0.0.5:1")
    with web.database.begin() as session:
        session.execute(update(OutgoingReport).values(status="sent"))
    assert found() == [(True, "The outbox goes to PACS1@10.0.0.5:104: 0 objects wait.")]
    web.settings.write_back_to = "PACS1"
    ((good, words),) = found()
    assert (good, "names no PACS" in words) == (False, True)
    web.settings.write_back_to = "https://10.0.0.5/dicom-web"
    assert found() == [(True, "The outbox goes to https://10.0.0.5:443/dicom-web: 0 objects wait.")]
    web.settings.write_back_credentials = "missing"
    ((good, words),) = found()
    assert (good, "credentials cannot be read" in words) == (False, True)
    web.settings.write_back_to = ""
    assert found() == [
        (True, "Nothing goes to a PACS by itself: CONDYLE_WRITE_BACK_TO names none.")
    ]
