"""A `try_pacs` run: what the PACS that films are fetched from can do, step by step."""

from app.pulling import wording
from app.pulling.line import Line
from app.pulling.peer import peer_of
from app.pulling.trial import STEPS, Trial
from app.runs.parameters import TryPacsParameters
from app.runs.results import TrialStep, TryPacsResult
from worker.progress import Running


def execute(running: Running[TryPacsParameters]) -> TryPacsResult:
    """Make each step of the trial; a kill begins it anew."""
    settings = running.settings
    line = Line(peer_of(settings), settings.dicom_seconds, running.check)
    found: list[TrialStep] = []
    for each in Trial(line, settings.dicom_film_mb * 2**20).steps():
        found.append(TrialStep(step=each.step, verdict=each.verdict, values=each.values))
        said = wording.said_of(each.step, each.verdict, each.values)
        running.log(f"{said.title}: {said.words}")
        running.report(len(found), len(STEPS), said.title)
    return TryPacsResult(steps=found)
