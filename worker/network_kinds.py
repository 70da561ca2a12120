"""The kinds of run that reach other machines. They load no torch, and decode nothing."""

from app.runs import kinds
from worker import pull, try_pacs
from worker.progress import Execute
from worker.table import does

KINDS: dict[str, Execute] = dict(
    (
        does(kinds.TRY_PACS, try_pacs.execute),
        does(kinds.PULL, pull.execute),
    )
)
