"""The kinds of run that decode films. They load no torch: most of a worker only decodes."""

from app.runs import kinds
from worker import crop, import_files, remove
from worker.progress import Execute
from worker.table import does

KINDS: dict[str, Execute] = dict(
    (
        does(kinds.IMPORT, import_files.IN_PARTS),
        does(kinds.CROP, crop.execute),
        does(kinds.REMOVE, remove.execute),
    )
)
