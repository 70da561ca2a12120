"""Second factors as tests use them: a known secret, its codes, and what pages show."""

import html
import re
from datetime import UTC, datetime, timedelta

import pyotp
from sqlalchemy import select
from starlette.testclient import TestClient
from support.audit_log import events_of
from support.web import PASSWORD, Web

from app.accounts import begun, recovery_codes
from app.db.people import (
    AuditEvent,
    SecondFactor,
    User,
)

CREDENTIALS = {"name": "Rosa", "password": PASSWORD}
STEP = timedelta(seconds=30)
SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"


def code(steps: int = 0, secret: str = SECRET) -> str:
    """Return the code of the present step, or of one so many steps later."""
    return pyotp.TOTP(secret).at(datetime.now(UTC) + steps * STEP)


def give(web: Web, user: User, secret: str = SECRET) -> list[str]:
    """Give somebody a second factor none of whose codes was used; return the recovery codes."""
    sealed = web.app.state.factor_seals.sealed(secret, user.id)
    with web.database.begin() as session:
        row = SecondFactor(user_id=user.id, sealed=sealed.text, seal=sealed.seal, last_step=0)
        session.add(row)
        return recovery_codes.renew(session, user.id)


def value_on(page: str, name: str) -> str:
    """Return what a field of a page's form holds."""
    found = re.search(rf'(?:name|id)="{name}"[^>]* value="([^"]+)"', page)
    assert found is not None
    return html.unescape(found[1])


def secret_on(page: str) -> str:
    return value_on(page, "secret").replace(" ", "")


def codes_on(page: str) -> list[str]:
    return re.findall(r"<code>([a-z2-9]{4}(?:-[a-z2-9]{4}){3})</code>", page)


def begin(web: Web, address: str = "testclient") -> TestClient:
    """Return a browser in which Rosa's password was entered: without the slow comparison."""
    client = TestClient(web.app, follow_redirects=False, client=(address, 50000))
    with web.database.begin() as session:
        rosa = session.scalars(select(User).where(User.name == "Rosa")).one()
        client.cookies.set(begun.COOKIE, begun.begin(session, rosa))
    return client


def enter(client: TestClient, typed: str) -> int:
    return client.post("/login/code", data={"code": typed, "next": "/reads"}).status_code


def is_in(client: TestClient) -> bool:
    return client.get("/profile").status_code == 200


def recorded(web: Web) -> list[AuditEvent]:
    with web.database() as session:
        return events_of(session)


def csrf(client: TestClient) -> str:
    return value_on(client.get("/profile").text, "csrf_token")
