"""What `condyle doctor` looks at of the PACS that films are fetched from: it tries it."""

from collections.abc import Iterator

from app import errors
from app.checks import Check, refused
from app.pulling.peer import peer_of
from app.settings import Settings

SECONDS = 10.0
"""That one answer may take: somebody waits."""


def examine(settings: Settings) -> Iterator[Check]:
    """Try the PACS step by step."""
    if not settings.pull_from:
        yield Check(True, "Films are fetched from no PACS: CONDYLE_PULL_FROM names none.")
        return
    from app.pulling.line import Line  # only this reaches out
    from app.pulling.trial import Trial
    from app.pulling.wording import said_of

    try:
        line = Line(peer_of(settings), min(SECONDS, settings.dicom_seconds))
        for found in Trial(line, settings.dicom_film_mb * 2**20).steps():
            said = said_of(found.step, found.verdict, found.values)
            yield Check(said.good or said.lame, f"{line.peer}, {said.title}: {said.words}")
    except errors.CondyleError as error:
        yield refused(error)
