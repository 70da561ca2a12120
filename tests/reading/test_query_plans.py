"""No statement of the hot path walks through all reads, also where SQLite has no statistics."""

from sqlalchemy import text

from app.db.engine import Database, read_only
from app.reading import desk, queues, reference


def test_reads_are_found_by_their_image_or_their_reader(sqlite_database: Database) -> None:
    statements = [queues.first("seed"), queues.ahead("seed"), desk._READ_SINCE, reference._READS]
    with read_only(sqlite_database) as session:
        for statement in statements:
            compiled = statement.compile(session.get_bind())
            sql = str(compiled).replace("?", "1")
            plan = [row[3] for row in session.execute(text(f"EXPLAIN QUERY PLAN {sql}"))]
            assert not [
                step for step in plan if step.startswith("SEARCH annotation USING INDEX sq")
            ]
            assert not [step for step in plan if step.startswith("SCAN annotation")]
