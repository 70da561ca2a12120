"""The audit log becomes one chain of digests, which the database refuses to change

Rows of earlier releases are numbered without gaps, which transactions that were undone have left on
PostgreSQL, and chained in their order.

Revision ID: 0038
Revises: 0037
"""

import hashlib
import json
from datetime import UTC
from typing import Any

import sqlalchemy as sa
from alembic import op

from app.db.tables import UtcDateTime

revision = "0038"
down_revision = "0037"
branch_labels = None
depends_on = None

NOTHING = "0" * 64
STEP = 5_000
ADDED = ("via", "address", "log_in")
HASHED = ("id", "at", "user_id", "action", "subject", "details", *ADDED, "previous")
EVENTS = sa.table(
    "audit_event",
    sa.column("id", sa.Integer),
    sa.column("at", UtcDateTime(timezone=True)),
    sa.column("user_id", sa.Integer),
    sa.column("action", sa.String),
    sa.column("subject", sa.String),
    sa.column("details", sa.JSON),
    *(sa.column(name, sa.String) for name in (*ADDED, "previous", "digest")),
)
CHANGES = ("UPDATE", "DELETE")
REFUSAL = "The audit log can only be added to."


def upgrade() -> None:
    op.create_table(
        "audit_head",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("event_id", sa.Integer(), nullable=False),
        sa.Column("digest", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_head")),
    )
    for name in (*ADDED, "previous", "digest"):
        empty = sa.Column(name, sa.String(), nullable=False, server_default="")
        op.add_column("audit_event", empty)
    number, digest = _chain()
    with op.batch_alter_table("audit_event") as events:
        for name in (*ADDED, "previous", "digest"):
            events.alter_column(name, server_default=None)
        events.create_unique_constraint(op.f("uq_audit_event_previous"), ["previous"])
    op.create_index(op.f("ix_audit_event_user_id"), "audit_event", ["user_id"])
    head = sa.table("audit_head", sa.column("id"), sa.column("event_id"), sa.column("digest"))
    op.execute(head.insert().values(id=1, event_id=number, digest=digest))
    _refuse_changes()


def downgrade() -> None:
    postgresql = op.get_bind().dialect.name == "postgresql"
    for change in (*CHANGES, "TRUNCATE") if postgresql else CHANGES:
        on_table = " ON audit_event" if postgresql else ""
        op.execute(f"DROP TRIGGER audit_event_refuses_{change.lower()}{on_table}")
    if postgresql:
        op.execute("DROP FUNCTION refuse_change_of_audit_event")
    op.drop_index(op.f("ix_audit_event_user_id"), "audit_event")
    with op.batch_alter_table("audit_event") as events:
        events.drop_constraint(op.f("uq_audit_event_previous"), type_="unique")
        for name in (*ADDED, "previous", "digest"):
            events.drop_column(name)
    op.drop_table("audit_head")


def _chain() -> tuple[int, str]:
    """Number and chain the rows there are; return the number and the digest of the last one."""
    connection, columns = op.get_bind(), EVENTS.c
    seen, number, digest = 0, 0, NOTHING
    changed: dict[str, Any] = {
        name: sa.bindparam(f"new_{name}") for name in ("id", "previous", "digest")
    }
    change = EVENTS.update().where(columns.id == sa.bindparam("old_id")).values(changed)
    while True:
        query = sa.select(EVENTS).where(columns.id > seen).order_by(columns.id).limit(STEP)
        rows = [dict(row) for row in connection.execute(query).mappings()]
        if not rows:
            return number, digest
        changes = []
        for row in rows:
            seen, number = row["id"], number + 1
            row |= {"id": number, "previous": digest}
            digest = _digest(row)
            new = {"new_id": number, "new_previous": row["previous"], "new_digest": digest}
            changes.append(new | {"old_id": seen})
        connection.execute(change, changes)


def _digest(row: dict[str, Any]) -> str:
    at = row["at"].astimezone(UTC).isoformat(timespec="microseconds")
    said = {name: row[name] for name in HASHED} | {"at": at}
    text = json.dumps(said, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode("ascii")).hexdigest()


def _refuse_changes() -> None:
    if op.get_bind().dialect.name == "sqlite":
        for change in CHANGES:
            op.execute(
                f"CREATE TRIGGER audit_event_refuses_{change.lower()} BEFORE {change}"
                f" ON audit_event BEGIN SELECT RAISE(ABORT, '{REFUSAL}'); END"
            )
        return
    op.execute(
        "CREATE FUNCTION refuse_change_of_audit_event() RETURNS trigger LANGUAGE plpgsql AS"
        f" $$ BEGIN RAISE EXCEPTION '{REFUSAL}'; END $$"
    )
    for change in (*CHANGES, "TRUNCATE"):
        each = "STATEMENT" if change == "TRUNCATE" else "ROW"
        op.execute(
            f"CREATE TRIGGER audit_event_refuses_{change.lower()} BEFORE {change} ON audit_event"
            f" FOR EACH {each} EXECUTE FUNCTION refuse_change_of_audit_event()"
        )
