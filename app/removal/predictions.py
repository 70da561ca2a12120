"""The predictions that evaluations keep for download: without images that were removed.

The figures of an evaluation stay as they were: they are numbers of many images together.
"""

import csv
import io
from collections.abc import Callable
from contextlib import AbstractContextManager

from sqlalchemy import select
from sqlalchemy.orm import Session

from app import errors
from app.csv_tables import as_csv, unquoted
from app.db.archive import Image
from app.db.learning import Evaluation
from app.imaging.storage import Store
from app.removal import rows

AT_ONCE = 1_000
Transaction = Callable[[], AbstractContextManager[Session]]


def forget_removed(transaction: Transaction, store: Store) -> None:
    """Write the predictions of each evaluation anew where they name an image that is gone.

    Args:
        transaction: opens a unit of work.
        store: where they are.
    """
    with transaction() as session:
        kept = session.execute(select(Evaluation.id, Evaluation.predictions_digest)).all()
    for evaluation_id, digest in kept:
        try:
            table = list(csv.reader(io.StringIO(store.read(digest).decode(), newline="")))
        except errors.NotFound:
            continue  # restored without its file
        with transaction() as session:
            there = _there(session, {unquoted(row[0]) for row in table[1:]})
            left = [row for row in table[1:] if unquoted(row[0]) in there]
            if len(left) == len(table) - 1:
                continue
            names, *shown = ([unquoted(cell) for cell in row] for row in [table[0], *left])
            text = "".join(as_csv(names, shown, "\n"))
            evaluation = session.get_one(Evaluation, evaluation_id)
            evaluation.predictions_digest = store.put(text.encode())
            rows.doom(session, None, [digest])


def _there(session: Session, keys: set[str]) -> set[str]:
    ordered = sorted(keys)
    pages = (ordered[at : at + AT_ONCE] for at in range(0, len(ordered), AT_ONCE))
    found = (session.scalars(select(Image.key).where(Image.key.in_(page))) for page in pages)
    return {key for some in found for key in some}
