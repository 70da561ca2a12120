"""A `remove` run: what admins have asked to be removed, step by step, then the files of it.

Every step is a transaction of its own that can be begun again, and names what is left to do by
itself: rows of `removal`, `doomed_file` and the tables of the archive. So a kill loses nothing.
"""

from typing import Any

from sqlalchemy import select

from app.db.removal import Removal
from app.imaging import pseudonyms
from app.removal import files, predictions, rows, rules, take_back
from app.runs.results import RemoveResult
from models.images.kept_films import forget
from worker.films import KEPT
from worker.progress import Running


def execute(running: Running[Any]) -> RemoveResult:
    """Remove all that waits, also what is asked for meanwhile."""
    images = erased = 0
    pseudonyms.require_one_key(running.store, running.settings.home)
    while (removal := _next(running)) is not None:
        running.check()
        images += _remove(running, removal)
    predictions.forget_removed(running.transaction, running.store)
    while some := _next_files(running):
        running.check()
        erased += _erase(running, some)
        running.report(erased, erased, "Removing files")
    with running.reading() as session:
        waiting = files.waits(session)
    if waiting:
        running.log(f"{waiting:,} files wait for other runs to end, which may still read them.")
    return RemoveResult(images=images, files=erased, files_waiting=waiting)


def _next(running: Running[Any]) -> Removal | None:
    with running.reading() as session:
        asked = select(Removal).where(Removal.status == "asked").order_by(Removal.id)
        return session.scalar(asked.limit(1))


def _remove(running: Running[Any], removal: Removal) -> int:
    """Carry out one removal; return how many images are gone."""
    if removal.what != "import":
        key = pseudonyms.load_key(running.settings.home)
        with running.transaction() as session:
            rules.carry_out(session, removal.id, key)
            return session.get_one(Removal, removal.id).images
    with running.reading() as session:
        total = take_back.count_films(session, removal.number)
    done = 0
    while some := _next_films(running, removal.number):
        running.check()
        with running.transaction() as session:
            rows.mark(session, removal.id, some)
            rows.take_off_worklists(session, some)
        with running.transaction() as session:
            free = take_back.still_free(session, some)
            gone = rows.remove(session, removal.id, free)
            session.get_one(Removal, removal.id).images += gone.images
            take_back.unmark(session, set(some) - set(free))
        done += gone.images
        running.report(done, max(total, done), "Taking the import back")
    while _forget_reports(running, removal.number):
        running.check()
    with running.transaction() as session:
        again = session.get_one(Removal, removal.id)
        take_back.forget_the_rest(session, again)
        again.status = "removed"
        kept = again.kept
    if kept:
        running.log(f"{kept:,} films stay: somebody has begun to work on them meanwhile.")
    return done


def _next_films(running: Running[Any], run_id: int) -> list[int]:
    with running.reading() as session:
        return take_back.next_films(session, run_id)


def _forget_reports(running: Running[Any], run_id: int) -> bool:
    with running.transaction() as session:
        return take_back.forget_reports(session, run_id)


def _next_files(running: Running[Any]) -> list[str]:
    with running.reading() as session:
        return list(files.next_files(session))


def _erase(running: Running[Any], digests: list[str]) -> int:
    """Remove files that nothing names, and then their names; return how many were removed."""
    with running.reading() as session:
        unnamed = files.unnamed(session, digests)
    forget(running.settings.home / KEPT, {bytes.fromhex(digest) for digest in unnamed})
    for digest in sorted(unnamed):
        running.store.remove(digest)
    with running.transaction() as session:
        files.forget(session, digests)
    return len(unnamed)
