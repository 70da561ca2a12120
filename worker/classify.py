"""Answering films that programs have sent to be classified, beside whatever run a worker is at.

A thread of the process that holds networks does it, and loads them with the first film.
"""

import logging
import threading
from pathlib import Path
from typing import TYPE_CHECKING

from app import errors
from app.classification import rules
from app.classification.rules import Asked
from app.classification.sent_films import path_of
from app.db.engine import Database, open_database, read_only
from app.imaging.decoding import Decoder, Undecodable
from app.settings import Settings
from worker.beside import look_after

if TYPE_CHECKING:
    from worker.classified import Answerer

log = logging.getLogger(__name__)


def serve(settings: Settings, stop: threading.Event) -> None:
    """Answer films as they are sent, until told to stop.

    Args:
        settings: the process's settings.
        stop: tells so.
    """
    database = open_database(settings.resolved_database_url)
    desk = Desk(database, settings)
    look_after(settings, stop, desk.is_awaited, desk.answer_next, "films to be classified")


class Desk:
    """Takes on the films that wait, one at a time.

    Args:
        database: the sessionmaker.
        settings: the process's settings.
    """

    def __init__(self, database: Database, settings: Settings) -> None:
        self._database = database
        self._settings = settings
        self._known: Answerer | None = None

    def is_awaited(self) -> bool:
        """Whether a film waits that this machine can see."""
        return self._next() is not None

    def answer_next(self, decoder: Decoder) -> bool:
        """Answer the film that has waited longest; return whether one was there.

        Args:
            decoder: looks into it.
        """
        asked = self._next()
        if asked is None:
            return False
        with self._database.begin() as session:
            mine = rules.claim(session, asked)
        if mine:
            self._answer(asked, decoder)
        return True

    def _next(self) -> Asked | None:
        with read_only(self._database) as session:
            waiting = rules.waiting(session)
        return next((each for each in waiting if self._path(each).is_file()), None)

    def _path(self, asked: Asked) -> Path:
        return path_of(self._settings.home, asked.file)

    def _answer(self, asked: Asked, decoder: Decoder) -> None:
        try:
            said = self._answerer().classified(self._path(asked), asked.laterality, decoder)
        except Undecodable as reason:
            with self._database.begin() as session:
                rules.turn_down(session, asked, reason, "refused")
        except Exception as problem:
            # Its message may quote the film; what kind it is does not.
            log.warning("a film could not be classified (%s)", type(problem).__name__)
            with self._database.begin() as session:
                rules.turn_down(session, asked, _in_words(problem), "failed")
        else:
            with self._database.begin() as session:
                rules.answer(session, asked, said)

    def _answerer(self) -> "Answerer":
        from worker.classified import Answerer

        self._known = self._known or Answerer(self._database, self._settings)
        return self._known


def _in_words(problem: Exception) -> errors.CondyleError:
    from models.errors import TrainingError

    if isinstance(problem, errors.CondyleError | TrainingError):
        return errors.CondyleError(problem.what, problem.where, problem.do)
    return errors.CondyleError(
        f"Condyle made a mistake ({type(problem).__name__}).",
        "",
        "Send the film again. If it happens again, tell the person who runs Condyle.",
    )
