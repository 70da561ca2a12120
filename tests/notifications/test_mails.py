"""Mails by a real server: what they hold, when they are sent, and what servers do wrong."""

from pathlib import Path

import pytest
from sqlalchemy import select, update
from support.certificates import make_authority, sign
from support.databases import ON_BOTH
from support.mail_servers import NAME, PASSWORD, UNKNOWN, Mailbox, mail_server, silent
from support.mails import ADA, ROSA, by, fill, make_due, people, rows, send
from support.web import Web
from support.worklist_rows import add_images, list_images

from app.announcing import LOT_FAILED, announce
from app.db import clock
from app.db.engine import Database, read_only
from app.db.notifications import Mail
from app.db.people import AuditEvent, User
from app.notifications import choices, examining, mails
from app.outgoing import smtp
from app.settings import Settings
from app.worklists import named_lists


@ON_BOTH
def test_a_mail_is_a_sentence_and_a_link_in_its_persons_own_language(
    database: Database, settings: Settings, mailbox: Mailbox, port: int
) -> None:
    known = people(database, Ada=ADA, Rosa=ROSA)
    with database.begin() as session:
        session.execute(update(User).where(User.name == "Rosa").values(language="zh_Hans"))
        images, ada = add_images(session, 1), session.get_one(User, known["Ada"])
        list_images(session, "seed", images)
        named_lists.make(session, images, "Knees of Mrs Jones", [known["Rosa"]], "", ada)
        announce(session, LOT_FAILED, lot=3, sweep=1)
    assert send(database, by(settings, port)) == 2
    assert send(database, by(settings, port)) == 0
    told = dict(zip(mailbox.recipients, mailbox.mails, strict=True))
    assert told[ADA]["Subject"] == "Condyle: Lot 3 failed its audit"
    assert told[ADA].get_content().replace("\r\n", "\n") == (
        "Lot 3 failed its audit\n\nhttps://condyle.example/acceptance\n\n"
        "What you are told, and how: https://condyle.example/notifications/choices\n"
    )
    assert told[ROSA]["Subject"] == "Condyle: 有影像列表分配给您"
    assert "/reading/seed?named_list=1" in told[ROSA].get_content()
    assert "Jones" not in str(told[ROSA])
    assert [each.status for each in rows(database)] == ["sent", "sent"]


def test_the_same_is_mailed_once_a_day_and_to_nobody_without_an_address_or_against_their_will(
    sqlite_database: Database, settings: Settings, mailbox: Mailbox, port: int
) -> None:
    known = people(sqlite_database, Ada="", Rosa=ROSA, Ruth="ruth@hospital.example")
    with sqlite_database.begin() as session:
        session.execute(update(User).where(User.name == "Ada").values(mail_address=None))
        ruth = session.get_one(User, known["Ruth"])
        choices.choose(session, ruth, ["list.filled"], [])
        announce(session, LOT_FAILED, lot=3, sweep=1)
    fill(sqlite_database)
    fill(sqlite_database)
    assert send(sqlite_database, by(settings, port)) == 1
    fill(sqlite_database)
    assert send(sqlite_database, by(settings, port)) == 0
    assert mailbox.recipients == [ROSA]


def test_one_recipient_who_is_refused_holds_up_nobody_and_one_who_is_put_off_is_tried_again(
    sqlite_database: Database, settings: Settings, mailbox: Mailbox, port: int
) -> None:
    people(sqlite_database, Gone=UNKNOWN, Rosa=ROSA)
    fill(sqlite_database)
    send(sqlite_database, by(settings, port))
    gone, rosa = rows(sqlite_database)
    assert (gone.status, gone.fault, gone.answer_status) == ("failed", "refused_recipient", 550)
    assert rosa.status == "sent"
    fill(sqlite_database)
    assert send(sqlite_database, by(settings, port)) == 1, "what failed is told again, no more"
    mailbox.busy = True
    fill(sqlite_database, "seed")
    send(sqlite_database, by(settings, port))
    waits = rows(sqlite_database)[-1]
    assert (waits.status, waits.attempts, waits.answer_status) == ("waiting", 1, 451)
    assert send(sqlite_database, by(settings, port)) == 0, "not at once"
    mailbox.busy = False
    make_due(sqlite_database)
    send(sqlite_database, by(settings, port))
    assert rows(sqlite_database)[-1].status == "sent"


def test_a_server_that_is_down_or_silent_is_waited_for_and_each_mail_arrives_once(
    sqlite_database: Database,
    settings: Settings,
    mailbox: Mailbox,
    later: int,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    people(sqlite_database, Rosa=ROSA)
    fill(sqlite_database)
    send(sqlite_database, by(settings, later))
    assert rows(sqlite_database)[0].fault == "no_connection"
    with monkeypatch.context() as hasty, silent() as deaf:
        hasty.setattr(smtp, "SECONDS", 0.5)
        make_due(sqlite_database)
        send(sqlite_database, by(settings, deaf))
        assert rows(sqlite_database)[0].fault == "time_out"
    make_due(sqlite_database)
    with sqlite_database.begin() as session:
        claimed = mails.claim(session, "a worker that is killed")
    assert claimed is not None
    assert send(sqlite_database, by(settings, later)) == 0, "it is in somebody's hands"
    with mail_server(mailbox, port=later):
        mailbox.lost = True
        make_due(sqlite_database)
        send(sqlite_database, by(settings, later))
        assert rows(sqlite_database)[0].status == "waiting", "its answer was lost"
        mailbox.lost = False
        make_due(sqlite_database)
        send(sqlite_database, by(settings, later))
    assert len({each["Message-ID"] for each in mailbox.mails}) == 1
    assert (rows(sqlite_database)[0].status, len(mailbox.mails)) == ("sent", 2)
    with sqlite_database.begin() as session:
        assert not mails.report(session, claimed, mails.Outcome("time_out")), "it came too late"


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Of a server on this machine, with the authority beside it."""
    folder = tmp_path_factory.mktemp("certificates")
    make_authority(folder)
    return sign(folder, "mail", also="IP:127.0.0.1")


@pytest.mark.parametrize("scheme", ["smtp", "smtps"])
def test_a_server_with_tls_and_a_log_in_is_used_by_whoever_trusts_and_knows_it(
    sqlite_database: Database, settings: Settings, mailbox: Mailbox, certificate: Path, scheme: str
) -> None:
    credentials = settings.home.parent / "credentials"
    people(sqlite_database, Rosa=ROSA)
    fill(sqlite_database)
    with mail_server(mailbox, certificate, from_the_start=scheme == "smtps") as port:
        own = by(settings, port, mail_server=f"{scheme}://127.0.0.1:{port}")
        own = own.model_copy(update={"mail_credentials": str(credentials)})
        trusting = own.model_copy(update={"mail_authorities": str(certificate.parent / "ca.pem")})
        found = []
        for written, tried in ((PASSWORD, own), ("another", trusting), (PASSWORD, trusting)):
            credentials.write_text(f"{NAME}:{written}\n")
            make_due(sqlite_database)
            send(sqlite_database, tried)
            found.append(rows(sqlite_database)[0].fault)
        assert found == ["certificate", "credentials", ""]
        [check] = [each for each in examining.examine(trusting) if "go by" in each.words]
        assert check.good
    assert (mailbox.encrypted, mailbox.logged_in) == ([True], [True])


def test_a_password_is_sent_to_no_server_without_tls_and_nothing_to_a_link_local_address(
    settings: Settings, mailbox: Mailbox, port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    post = smtp.Post(smtp.parse(f"smtp://127.0.0.1:{port}"), ADA, NAME, PASSWORD)
    with pytest.raises(smtp.NotSent, match="no_tls"):
        smtp.try_out(post)
    assert PASSWORD not in repr(post)
    monkeypatch.setattr(smtp, "resolve", lambda _server: ["169.254.169.254"])
    with pytest.raises(smtp.NotSent, match="not_allowed"):
        smtp.try_out(smtp.Post(post.server, ADA))


def test_the_doctor_says_what_is_wrong(
    sqlite_database: Database, sqlite_url: str, settings: Settings, port: int, later: int
) -> None:
    own = by(settings, port).model_copy(update={"database_url": sqlite_url})

    def said(**changed: str) -> str:
        checks = examining.examine(own.model_copy(update=changed))
        return " ".join(each.words for each in checks)

    assert "Mails go by smtp://127.0.0.1" in said()
    assert said(mail_server="") == ""
    assert "CONDYLE_MAIL_SERVER" in said(mail_server="mail.example")
    assert "holds a name or a password" in said(mail_server="smtp://a:secret@mail.example")
    assert "secret" not in said(mail_server="smtp://a:secret@mail.example")
    assert "CONDYLE_MAIL_FROM" in said(mail_from="nobody")
    assert "CONDYLE_MAIL_CREDENTIALS" in said(mail_credentials="/nowhere")
    assert "no connection" in said(mail_server=f"smtp://127.0.0.1:{later}")
    assert "CONDYLE_PUBLIC_URL" in said(public_url="")
    people(sqlite_database, Gone=UNKNOWN)
    fill(sqlite_database)
    send(sqlite_database, own)
    assert "1 mails were given up in 30 days: The mail server refused the recipient" in said()


def test_each_sets_an_address_of_their_own_and_sees_how_mails_fare(
    sqlite_database: Database, settings: Settings, mailbox: Mailbox, port: int
) -> None:
    settings.home.mkdir(exist_ok=True)
    own = by(settings, port, public_url="")
    web = Web(sqlite_database, own)
    rosa, address = web.browser("Rosa"), "/notifications/choices"
    assert rosa.post("/notifications/mail/try").status_code == 409
    for wrong in (
        "rosa",
        "rosa@",
        "a b@c",
        "rosa@hospital.example\r\nBcc: x@y",
        "r" * 300,
        "=?utf-8?q?rosa?=@hospital.example",
    ):
        assert rosa.post(address, data={"address": wrong}).status_code == 422, wrong
    form = {"address": ROSA, "in_app": ["list.filled"], "by_mail": ["list.filled"]}
    assert rosa.post(address, data=form).status_code == 303
    assert rosa.get(address).text.count(" checked") == 2
    assert rosa.post("/notifications/mail/try").status_code == 303
    assert "A mail is on its way." in rosa.get(address).text
    assert send(sqlite_database, own) == 1
    assert "The last mail was sent at" in rosa.get(address).text
    assert rosa.post(address, data=form | {"address": UNKNOWN}).status_code == 303
    too_soon = rosa.post("/notifications/mail/try")
    assert (too_soon.status_code, "less than 10 minutes ago" in too_soon.text) == (409, True)
    with sqlite_database.begin() as session:
        session.execute(update(Mail).values(created_at=clock.after(-601)))
    assert rosa.post("/notifications/mail/try").status_code == 303
    send(sqlite_database, own)
    page = rosa.get(address).text
    assert "refused the recipient&#39;s address." in page
    assert "No such user here" in page
    assert "Mails to everybody" not in page
    assert "Mails to everybody" in web.browser("Ada", "admin").get(address).text
    with read_only(sqlite_database) as session:
        events = session.execute(select(AuditEvent.action, AuditEvent.details)).all()
    assert [each for each in events if "mail" in each.action] == [
        ("change mail address", {}),
        ("try mail", {}),
        ("change mail address", {}),
        ("try mail", {}),
    ]
    without = Web(sqlite_database, settings).browser("Rosa")
    assert "mail" not in without.get(address).text.partition("<main")[2]
    nowhere = without.post("/notifications/mail/try")
    assert (nowhere.status_code, "No mail server is set." in nowhere.text) == (409, True)
