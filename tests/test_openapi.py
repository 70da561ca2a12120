"""The API keeps its word: whatever is sent, the answer is one that the OpenAPI names, and no 500.

Schemathesis makes requests from the OpenAPI, right ones and wrong ones, and looks at each answer
with all of its checks.
"""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given
from hypothesis import settings as bounded
from schemathesis import GenerationMode
from schemathesis.config import SchemathesisConfig
from schemathesis.specs.openapi.checks import ignored_auth
from sqlalchemy import select
from sqlalchemy.orm import Session
from support.web import Web
from support.worklist_rows import add_classes, add_images, list_images

from app import log_ins
from app.db.engine import Database
from app.db.people import User
from app.settings import Settings

REFUSALS = ["400", "401", "403", "404", "409", "413", "415", "422", "429"]
CONFIG = SchemathesisConfig.from_dict(
    {
        "checks": {
            # What has the right form may still be refused for what it says.
            "positive_data_acceptance": {"expected-statuses": ["2xx", *REFUSALS]},
            "negative_data_rejection": {"expected-statuses": REFUSALS},
        }
    }
)
DEAR = "POST /api/v1/login"
"""Each of its answers takes an argon2id hash."""


@schemathesis.serializer("multipart/related")
def as_it_is(_: Any, value: Any) -> bytes:
    """Send what was made up as the whole body, which Schemathesis cannot put into parts."""
    return value if isinstance(value, bytes) else str(value).encode(errors="replace")


@pytest.fixture
def site(database: Database, settings: Settings) -> Web:
    """A site with a few films on a worklist, and a door that is wide open."""
    with database.begin() as session:
        add_classes(session)
        list_images(session, "seed", add_images(session, 6))
    wide = {"log_ins_per_address": 10**6, "log_ins_per_minute": 10**6}
    wide |= {"api_requests_per_minute": 10**6}
    return Web(database, settings.model_copy(update=wide))


class Guest:
    """Somebody who logs in again where an answer has ended their log-in."""

    def __init__(self, site: Web, role: str, by: str) -> None:
        self.site, self.role, self.by = site, role, by
        self.token = self.csrf_token = ""

    def credentials(self) -> dict[str, Any]:
        """Return what a log-in that has not ended sends."""
        if self.role == "nobody":
            return {}
        with self.site.database.begin() as session:
            if log_ins.find(session, self.token, timedelta(hours=1)) is None:
                self._log_in(session)
        if self.by == "bearer":
            return {"headers": {"Authorization": f"Bearer {self.token}"}}
        return {"cookies": {"condyle": self.token}, "headers": {"X-CSRF-Token": self.csrf_token}}

    def _log_in(self, session: Session) -> None:
        name = self.role.title()
        user = session.scalar(select(User).where(User.name == name))
        user = user or User(name=name, role=self.role)
        session.add(user)
        session.flush()
        self.token, begun = log_ins.start(session, user, 1)
        self.csrf_token = begun.csrf_token


def ask_everything(
    site: Web, roles: Sequence[str], by: str, mode: GenerationMode, requests: int
) -> None:
    """Send so many requests to each operation; fail where an answer is not as documented.

    Each is sent by everybody: to think of one takes longer than to answer it.
    """
    schema = schemathesis.openapi.from_asgi("/api/v1/openapi.json", site.app, config=CONFIG)
    guests = [Guest(site, role, by) for role in roles]
    operations = [each.ok() for each in schema.get_all_operations()]
    assert len(operations) > 30
    for operation in operations:

        @given(case=operation.as_strategy(generation_mode=mode))
        @bounded(
            max_examples=1 if operation.label == DEAR else requests,
            database=None,
            derandomize=True,
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        )
        def ask(case: Any) -> None:
            for guest in guests:
                # With a right cookie it is no fault that a header beside it is not looked at.
                left_out = [ignored_auth] if by == "cookie" and guest.role != "nobody" else []
                case.call_and_validate(excluded_checks=left_out, **guest.credentials())

        ask()


@pytest.mark.parametrize(
    ("roles", "by", "mode", "requests"),
    [
        (["nobody", "reader", "admin"], "cookie", GenerationMode.POSITIVE, 4),
        (["reader", "admin"], "bearer", GenerationMode.NEGATIVE, 4),
    ],
)
@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_every_answer_is_as_documented(
    site: Web, roles: Sequence[str], by: str, mode: GenerationMode, requests: int
) -> None:
    ask_everything(site, roles, by, mode, requests)


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_every_answer_is_as_documented_on_postgresql(site: Web) -> None:
    ask_everything(site, ["admin"], "cookie", GenerationMode.POSITIVE, 2)
