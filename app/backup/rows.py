"""The database as lines of JSON, table by table, and back, on SQLite and PostgreSQL alike.

Tables are taken as the database has them, not as this program knows them, so that a backup of an
earlier release can be read by a later one and migrated from there.
"""

import json
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from typing import Any

from sqlalchemy import JSON, Inspector, MetaData, Table, event, func, insert, select
from sqlalchemy.exc import DataError, IntegrityError
from sqlalchemy.orm import Session

from app.backup.cells import WrongRow, columns_of, row_of
from app.backup.damage import damaged
from app.db.engine import migrations
from app.runs.leavings import without_names

BATCH = 2000
LEFT_BLANK = {("quarantined_file", "path"): "", ("user", "mail_address"): None}
"""What a backup has instead. Names of files that were put aside may be a patient's, and a backup is
kept for long; a copy of this installation sends no mails to its people."""
PARAMETERS = ("run", "parameters")
"""What was asked of a run: an import that is under way names files there, which stay out too."""
LEFT_OUT = (
    "alembic_version",
    "log_in",
    "api_token",
    "failed_log_ins",
    "begun_log_in",
    "used_state",
    "one_time_link",
    "part",
    "decoded_batch",
    "import_tally",
    "worker",
    "decode_count",
    "arrived_film",
    "sender_tally",
    "webhook",
    "delivery",
    "notification",
    "mail",
)
"""A revision is stated on its own; what lets somebody in must not do so again after a restore; no
work goes on by itself after one, and ranges of parts may name files; what this machine's
workers have counted is no figure of another's; films on their way in are not
in a backup; what people were told of is over by then; a copy
tells no other machine of anything, and secrets of webhooks stay here."""


def tables_of(session: Session) -> list[Table]:
    """Return the database's tables, every table after those it refers to, without `LEFT_OUT`."""
    found = MetaData()
    event.listen(found, "column_reflect", _null_is_null)
    found.reflect(session.connection())
    return [table for table in found.sorted_tables if table.name not in LEFT_OUT]


def revision_of(session: Session) -> str | None:
    """Return the database's schema revision; None where it has no tables yet."""
    from alembic.migration import MigrationContext  # a tenth of the start of every command

    return MigrationContext.configure(session.connection()).get_current_revision()


def is_known(revision: str) -> bool:
    """Whether this program can migrate from a schema revision."""
    from alembic.script import ScriptDirectory  # see above

    known = ScriptDirectory.from_config(migrations())
    return revision in {script.revision for script in known.walk_revisions()}


def dump(session: Session, table: Table, path: Path) -> int:
    """Write a table's rows in the order of their keys, a JSON object a line; return how many."""
    query = select(table).order_by(*table.primary_key).execution_options(yield_per=BATCH)
    count = 0
    with path.open("w", encoding="utf-8") as file:
        for row in session.execute(query).mappings():
            values = {name: _kept((table.name, name), value) for name, value in row.items()}
            file.write(json.dumps(values) + "\n")
            count += 1
    return count


def load(session: Session, table: Table, path: Path) -> None:
    """Insert the rows that `dump` wrote into an empty table.

    Raises:
        errors.Refused: a row is not one of this table, or breaks one of its constraints.
    """
    columns = columns_of(table)
    done = 0
    with path.open("rb") as file:
        while lines := list(islice(file, BATCH)):
            place = f"of rows {done + 1:,} to {done + len(lines):,} of the table {table.name}"
            try:
                session.execute(insert(table), [row_of(line, columns) for line in lines])
            except WrongRow as error:
                raise damaged(f"one {place} {error}") from error
            except (IntegrityError, DataError, OverflowError) as error:
                raise damaged(f"one {place} breaks a constraint of the database") from error
            done += len(lines)
    _count_on(session, table)


def _count_on(session: Session, table: Table) -> None:
    """PostgreSQL numbers new rows from a counter that inserted keys do not move."""
    key = table.primary_key.columns.values()[0]
    if session.get_bind().dialect.name != "postgresql" or key.name != "id":
        return
    largest = session.scalar(select(func.max(key)))
    if largest is not None:
        name = session.get_bind().dialect.identifier_preparer.quote(table.name)
        counter = func.pg_get_serial_sequence(name, key.name)
        session.execute(select(func.setval(counter, largest)))


def _null_is_null(_inspector: Inspector, _table: Table, column: dict[str, Any]) -> None:
    """Keep an absent value absent: by default it would become JSON's null."""
    if isinstance(column["type"], JSON):
        column["type"] = JSON(none_as_null=True)


def _kept(column: tuple[str, str], value: Any) -> Any:
    """Return what a backup has of a value: names of files stay out."""
    if column in LEFT_BLANK:
        return LEFT_BLANK[column]
    return without_names(value) if column == PARAMETERS else _plain(value)


def _plain(value: Any) -> Any:
    if not isinstance(value, datetime):
        return value
    return (value if value.tzinfo else value.replace(tzinfo=UTC)).isoformat()
