"""What `condyle doctor` looks at of the outbox: where it goes, and whether it gets there."""

from collections.abc import Iterator

from sqlalchemy.exc import SQLAlchemyError

from app import errors
from app.checks import Check, reading, refused
from app.outbox import due, rules
from app.settings import Settings


def examine(settings: Settings) -> Iterator[Check]:
    """Look at the outbox."""
    if not settings.write_back_to:
        yield Check(True, "Nothing goes to a PACS by itself: CONDYLE_WRITE_BACK_TO names none.")
        return
    from app.outbox import sending  # highdicom and pynetdicom take seconds to load

    try:
        to = sending.post_of(settings).to
        with reading(settings) as session:
            counted = [rules.counts(session, kind) for kind in due.KINDS]
            late = due.is_late(session)
    except errors.CondyleError as error:
        yield refused(error)
        return
    except SQLAlchemyError as error:
        yield Check(False, f"It is not known what is in the outbox ({type(error).__name__}).")
        return
    if late:
        do = "start a worker with CONDYLE_WRITE_BACK_TO and CONDYLE_WRITE_BACK_KEY, or such a "
        yield Check(False, f"The outbox waits and nobody sends it: {do}`condyle deliver`.")
    if lost := sum(counts["refused"] + counts["given_up"] for counts in counted):
        do = "Settings > Outbox says why, and sends them again"
        yield Check(False, f"{lost:,} objects did not get to {to}: {do}.")
    if not late and not lost:
        waiting = sum(counts["waiting"] for counts in counted)
        yield Check(True, f"The outbox goes to {to}: {waiting:,} objects wait.")
