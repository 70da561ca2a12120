"""The audit log: who did what to which thing, a row in the same transaction as what was done.

Every feature records by what stands here. Beside it lie the chain of the rows, where they come
from, the commands, and the heads that are kept elsewhere; `app.activity` is the page.
"""

from app.audit.recording import Event, record, record_all, write_events

__all__ = ["Event", "record", "record_all", "write_events"]
