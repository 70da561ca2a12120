"""No event of the audit log takes the place of one that is there

SQLite's INSERT OR REPLACE removes rows without asking the trigger that refuses a DELETE.

Revision ID: 0063
Revises: 0062
"""

from alembic import op

revision = "0063"
down_revision = "0062"
branch_labels = None
depends_on = None

REFUSAL = "The audit log can only be added to."
BEHIND = """
    NEW.id <= (SELECT max(id) FROM audit_event)
    OR EXISTS (SELECT 1 FROM audit_event WHERE previous = NEW.previous)
"""
"""It has the number of one that is there or a lower one, or follows the same one as another does. A
gap is let through: a log that somebody cut is restored as it is, and checking it names the gap."""


def upgrade() -> None:
    if op.get_bind().dialect.name == "sqlite":
        op.execute(
            "CREATE TRIGGER audit_event_refuses_insert BEFORE INSERT ON audit_event"
            f" WHEN {BEHIND} BEGIN SELECT RAISE(ABORT, '{REFUSAL}'); END"
        )
        return
    op.execute(
        "CREATE FUNCTION refuse_late_audit_event() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
        f" IF {BEHIND} THEN RAISE EXCEPTION '{REFUSAL}'"
        " USING ERRCODE = 'integrity_constraint_violation'; END IF; RETURN NEW; END $$"
    )
    op.execute(
        "CREATE TRIGGER audit_event_refuses_insert BEFORE INSERT ON audit_event"
        " FOR EACH ROW EXECUTE FUNCTION refuse_late_audit_event()"
    )


def downgrade() -> None:
    if op.get_bind().dialect.name == "sqlite":
        op.execute("DROP TRIGGER audit_event_refuses_insert")
        return
    op.execute("DROP TRIGGER audit_event_refuses_insert ON audit_event")
    op.execute("DROP FUNCTION refuse_late_audit_event")
