"""What an import says of itself at its end."""

from typing import Any

from app.imports import held, totals
from app.runs import rules as runs
from app.runs.results import ImportResult
from worker.progress import Running


def result(
    running: Running[Any], there: int, put_aside: int, not_listed: int, reports: dict[str, int]
) -> ImportResult:
    """Count what became of the files of an import, and say in its log what the admin must know.

    Args:
        running: the import.
        there: how many files are registered or held, now or before.
        put_aside: how many are in the quarantine.
        not_listed: how many lie beside a manifest that does not list them.
        reports: what became of a table of reports.
    """
    with running.reading() as session:
        started = runs.find(session, running.run_id).started_at
        assert started is not None
        waiting = held.of_run(session, running.run_id)
        imported = waiting + totals.imported_since(session, started)
        nameless = totals.nameless_since(session, started)
        size = totals.archive_size(session)
    if nameless:
        running.log(
            f"{nameless:,} studies have no patient id, or one that names nobody (a placeholder, or "
            "the same on dozens of studies). Each is taken for a patient of its own."
        )
    if not_listed:
        running.log(f"{not_listed:,} files beside a manifest are not listed in it and stay out.")
    return ImportResult(
        imported=imported,
        already_there=there - imported,
        quarantined=put_aside,
        held=waiting,
        nameless_studies=nameless,
        not_listed=not_listed,
        **size,
        **reports,
    )
