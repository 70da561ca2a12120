"""Where the audit log begins since its oldest events were retired to an archive

Revision ID: 0058
Revises: 0057
"""

import sqlalchemy as sa
from alembic import op

revision = "0058"
down_revision = "0057"
branch_labels = None
depends_on = None

REFUSAL = "The audit log can only be added to."
NEVER_CHANGED = "Where the audit log begins can only be moved on."
FIRST_KEPT = "(SELECT max(first_id) FROM audit_base)"
UNTRUE = f"""
    NEW.first_id <= {FIRST_KEPT}
    OR NEW.first_id > (SELECT event_id + 1 FROM audit_head)
    OR NEW.digest <> (SELECT digest FROM audit_event WHERE id = NEW.first_id - 1)
"""
"""It goes back, or names an event that is not there, or another digest than the event's own. Where
there are no events yet, as while a backup is restored, none of it can be said."""


def upgrade() -> None:
    op.create_table(
        "audit_base",
        sa.Column("first_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("digest", sa.String(), nullable=False),
        sa.Column("events", sa.Integer(), nullable=False),
        sa.Column("archive_digest", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("first_id", name=op.f("pk_audit_base")),
    )
    if op.get_bind().dialect.name == "sqlite":
        _guard_on_sqlite()
    else:
        _guard_on_postgresql()


def downgrade() -> None:
    if op.get_bind().dialect.name == "sqlite":
        op.execute("DROP TRIGGER audit_event_refuses_delete")
        op.execute(
            "CREATE TRIGGER audit_event_refuses_delete BEFORE DELETE ON audit_event"
            f" BEGIN SELECT RAISE(ABORT, '{REFUSAL}'); END"
        )
        op.drop_table("audit_base")
        return
    op.execute("DROP TRIGGER audit_event_refuses_delete ON audit_event")
    op.execute(
        "CREATE TRIGGER audit_event_refuses_delete BEFORE DELETE ON audit_event"
        " FOR EACH ROW EXECUTE FUNCTION refuse_change_of_audit_event()"
    )
    op.drop_table("audit_base")
    for name in ("removal_of_audit_event", "change_of_audit_base", "untrue_audit_base"):
        op.execute(f"DROP FUNCTION refuse_{name}")


def _guard_on_sqlite() -> None:
    op.execute("DROP TRIGGER audit_event_refuses_delete")
    op.execute(
        "CREATE TRIGGER audit_event_refuses_delete BEFORE DELETE ON audit_event"
        f" WHEN OLD.id >= coalesce({FIRST_KEPT}, 0)"
        f" BEGIN SELECT RAISE(ABORT, '{REFUSAL}'); END"
    )
    op.execute(
        "CREATE TRIGGER audit_base_refuses_insert BEFORE INSERT ON audit_base"
        f" WHEN {UNTRUE} BEGIN SELECT RAISE(ABORT, '{NEVER_CHANGED}'); END"
    )
    for change in ("UPDATE", "DELETE"):
        op.execute(
            f"CREATE TRIGGER audit_base_refuses_{change.lower()} BEFORE {change}"
            f" ON audit_base BEGIN SELECT RAISE(ABORT, '{NEVER_CHANGED}'); END"
        )


def _guard_on_postgresql() -> None:
    _function("removal_of_audit_event", f"OLD.id >= coalesce({FIRST_KEPT}, 0)", REFUSAL, "OLD")
    _function("untrue_audit_base", UNTRUE, NEVER_CHANGED, "NEW")
    _function("change_of_audit_base", "TRUE", NEVER_CHANGED, "NULL")
    op.execute("DROP TRIGGER audit_event_refuses_delete ON audit_event")
    op.execute(
        "CREATE TRIGGER audit_event_refuses_delete BEFORE DELETE ON audit_event"
        " FOR EACH ROW EXECUTE FUNCTION refuse_removal_of_audit_event()"
    )
    op.execute(
        "CREATE TRIGGER audit_base_refuses_insert BEFORE INSERT ON audit_base"
        " FOR EACH ROW EXECUTE FUNCTION refuse_untrue_audit_base()"
    )
    for change in ("UPDATE", "DELETE", "TRUNCATE"):
        each = "STATEMENT" if change == "TRUNCATE" else "ROW"
        op.execute(
            f"CREATE TRIGGER audit_base_refuses_{change.lower()} BEFORE {change} ON audit_base"
            f" FOR EACH {each} EXECUTE FUNCTION refuse_change_of_audit_base()"
        )


def _function(name: str, wrong: str, refusal: str, returned: str) -> None:
    op.execute(
        f"CREATE FUNCTION refuse_{name}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
        f" IF {wrong} THEN RAISE EXCEPTION '{refusal}'; END IF; RETURN {returned}; END $$"
    )
