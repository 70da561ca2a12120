"""Tables of people: accounts, log-ins, second factors, links, and what was done by whom."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, CheckConstraint, ForeignKey, false
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.db.clock import stamp
from app.db.tables import Table, one_of

ROLES = ("reader", "admin")
"""What a person may be."""


class User(Table):
    """A reader or an admin. Nobody has a password until they set it by a one-time link."""

    __tablename__ = "user"
    __table_args__ = (CheckConstraint(one_of("role", *ROLES), "role"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(unique=True)
    role: Mapped[str]
    password_hash: Mapped[str | None]
    active: Mapped[bool] = mapped_column(default=True)
    created_at: Mapped[datetime] = mapped_column(default=stamp)
    seen_at: Mapped[datetime | None]
    """When they logged in or out last: of log-ins that have ended nothing else is kept."""
    language: Mapped[str | None]
    """Of the pages they see, as its folder is called; None: the installation's."""
    mail_address: Mapped[str | None]
    """Where they are told of what happens, in their own words; None: nowhere."""
    theme: Mapped[str] = mapped_column(default="dark", server_default="dark")
    """`dark`, `light`, or `auto`: as their computer is set."""
    tour_ended_at: Mapped[datetime | None]
    """When they put the first tour away; None while their first page shows it."""


class LogIn(Table):
    """One session of a person. The browser holds the token, the database only its SHA-256."""

    __tablename__ = "log_in"

    token_digest: Mapped[str] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("user.id"), index=True)
    csrf_token: Mapped[str]
    created_at: Mapped[datetime] = mapped_column(default=stamp)
    seen_at: Mapped[datetime] = mapped_column(default=stamp)
    """When it was last used, to the minute."""
    expires_at: Mapped[datetime]
    address: Mapped[str] = mapped_column(default="", server_default="")
    """The network address it began from; empty in rows of earlier releases."""
    agent: Mapped[str] = mapped_column(default="", server_default="")
    """What the browser or program called itself then: `User-Agent`, its first letters."""
    by_provider: Mapped[bool] = mapped_column(default=False, server_default=false())
    """Whether it began at the hospital's provider."""
    user: Mapped[User] = relationship(lazy="raise")


class ApiToken(Table):
    """A token by which a program acts for a person; only its SHA-256 is kept.

    Its row stays when it has ended: the audit log names it.
    """

    __tablename__ = "api_token"

    token_digest: Mapped[str] = mapped_column(primary_key=True)
    reference: Mapped[str] = mapped_column(unique=True)
    """What pages and the audit log call it, see `app.audit.origins.reference`."""
    user_id: Mapped[int] = mapped_column(ForeignKey("user.id"), index=True)
    name: Mapped[str]
    """What it is for, in the person's words."""
    scopes: Mapped[list[str]] = mapped_column(JSON)
    created_at: Mapped[datetime] = mapped_column(default=stamp)
    expires_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]
    seen_at: Mapped[datetime | None]
    """When it was last used, to the minute."""
    seen_from: Mapped[str] = mapped_column(default="")
    """The network address it was last used from."""
    user: Mapped[User] = relationship(lazy="raise")


class FailedLogIns(Table):
    """Failures in a row to log in as a person, from one address or one known browser."""

    __tablename__ = "failed_log_ins"

    user_id: Mapped[int] = mapped_column(ForeignKey("user.id"), primary_key=True)
    source: Mapped[str] = mapped_column(primary_key=True)
    failures: Mapped[int]
    at: Mapped[datetime]
    locked_until: Mapped[datetime]


class SecondFactor(Table):
    """What a person shows besides the password: codes of an app that knows this secret (TOTP)."""

    __tablename__ = "second_factor"

    user_id: Mapped[int] = mapped_column(ForeignKey("user.id"), primary_key=True)
    sealed: Mapped[str]
    """The secret, see `app.accounts.factor_seals`."""
    seal: Mapped[str]
    """What the seal is called."""
    last_step: Mapped[int]
    """Of the last code that was accepted: half minutes since 1970. None before it is any more."""
    created_at: Mapped[datetime] = mapped_column(default=stamp)


class RecoveryCode(Table):
    """A code that lets somebody in once who has lost the app; only its SHA-256 is kept."""

    __tablename__ = "recovery_code"

    code_digest: Mapped[str] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("user.id"), index=True)
    used_at: Mapped[datetime | None]


class RequiredFactor(Table):
    """A role nobody of which gets in without a second factor."""

    __tablename__ = "required_factor"
    __table_args__ = (CheckConstraint(one_of("role", *ROLES), "role"),)

    role: Mapped[str] = mapped_column(primary_key=True)


class BegunLogIn(Table):
    """Somebody whose password was right and whose code is still to come. It opens nothing."""

    __tablename__ = "begun_log_in"

    token_digest: Mapped[str] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("user.id"), index=True)
    expires_at: Mapped[datetime]
    user: Mapped[User] = relationship(lazy="raise")


class ProviderIdentity(Table):
    """Who somebody is at the hospital's provider: they have no password here."""

    __tablename__ = "provider_identity"

    issuer: Mapped[str] = mapped_column(primary_key=True)
    subject: Mapped[str] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("user.id"), unique=True)


class UsedState(Table):
    """With what somebody came back from the provider; nobody does so twice."""

    __tablename__ = "used_state"

    state_digest: Mapped[str] = mapped_column(primary_key=True)
    expires_at: Mapped[datetime]


class OwnKeys(Table):
    """The keys a person has given to commands of the reading pages, where they differ from ours."""

    __tablename__ = "own_keys"

    user_id: Mapped[int] = mapped_column(ForeignKey("user.id"), primary_key=True)
    keys: Mapped[dict[str, Any]] = mapped_column(JSON)
    """A command's keys by its name, each as the browser names it."""


class OneTimeLink(Table):
    """An invitation to set a password, good once and for a while."""

    __tablename__ = "one_time_link"

    token_digest: Mapped[str] = mapped_column(primary_key=True)
    user_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"), index=True)
    """None where it is for whoever becomes the first admin."""
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]
    user: Mapped[User | None] = relationship(lazy="raise")


class AuditEvent(Table):
    """Who did what to which thing. Append-only: the database refuses to change or delete a row.

    Each row holds the digest of the row before it, see `app.audit.chain`.
    """

    __tablename__ = "audit_event"

    id: Mapped[int] = mapped_column(primary_key=True)
    """Its number: they go from 1 up, without a gap, in the order in which events were written."""
    at: Mapped[datetime] = mapped_column(default=stamp, index=True)
    user_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"), index=True)
    """None where a command line or a worker did it."""
    action: Mapped[str]
    subject: Mapped[str]
    details: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    via: Mapped[str] = mapped_column(default="")
    """What asked for it, see `app.audit.origins`; empty in rows of earlier releases."""
    address: Mapped[str] = mapped_column(default="")
    """The network address it was asked from; empty for a command line or a worker."""
    log_in: Mapped[str] = mapped_column(default="")
    """Which log-in it belongs to; neither its token nor the digest by which that is kept."""
    previous: Mapped[str] = mapped_column(unique=True)
    """The digest of the row before; two rows cannot follow the same one."""
    digest: Mapped[str]


class AuditHead(Table):
    """The last row of the audit log: one row, locked by whoever appends."""

    __tablename__ = "audit_head"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    event_id: Mapped[int]
    """0 where the log is empty."""
    digest: Mapped[str]


class AuditBase(Table):
    """With which event the audit log begins since older ones were retired: a row each time.

    The database refuses to change or delete a row, and to add one that goes back. It lets events
    be deleted that are older than the newest row says.
    """

    __tablename__ = "audit_base"

    first_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    """The number of the first event that is kept."""
    digest: Mapped[str]
    """That of the event before it, the last one that was retired."""
    events: Mapped[int]
    """How many were retired."""
    archive_digest: Mapped[str]
    """SHA-256 of the file that they were written to."""
