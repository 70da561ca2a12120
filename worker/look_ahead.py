"""Whether a round that begins with an import will have films of every class to learn from.

Asked before a film is imported: the labels of the manifest, the split and the draw of the seed set
are known by then, and hours of reading are not yet spent. A file that turns out to be unreadable
may still change the answer.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from app import errors
from app.imports.files import Source
from app.imports.persons import Claim
from app.knees.views import BOTH
from app.runs.parameters import ImportParameters
from app.statistics.splits import training_patients
from models.film import Film
from worker.people import People
from worker.progress import Running
from worker.split_patients import Splits

OTHER_DRAWS = 100
"""Seeds that are tried to find one whose draw has every class."""


@dataclass(frozen=True)
class Ahead:
    """What the manifests tell of a round.

    Attributes:
        classes: the names of the project's classes.
        taught: by patient, the classes that a labeler can learn from the patient's films.
        first_films: as `People.first_films` tells them, of the patients in `taught`.
        number: of validation patients, None where each patient is drawn alone.
        people: whose the films are.
    """

    classes: Sequence[str]
    taught: dict[str, set[str]]
    first_films: Sequence[tuple[str, Claim, Source]]
    number: int | None
    people: People

    def missing(self, seed_patients: int, rng: int) -> list[str]:
        """Return the classes of which a draw has no film to learn from, in their order.

        Raises:
            errors.Refused: so many patients cannot be drawn.
        """
        splits = Splits.of_draw(self.people, self.number, rng)
        development = [
            who
            for who, claim, source in self.first_films
            if splits.of(claim, source.row) == "development"
        ]
        drawn = training_patients(development, seed_patients, rng)
        found = set[str]().union(*(self.taught[who] for who in drawn))
        return [name for name in self.classes if name not in found]

    def never(self) -> list[str]:
        """Return the classes that no patient who may be drawn has a film of, in their order."""
        fixed = {
            who
            for who, _, source in self.first_films
            if source.row is not None and source.row.split == "validation"
        }
        found = set[str]().union(*(own for who, own in self.taught.items() if who not in fixed))
        return [name for name in self.classes if name not in found]


def look_ahead(running: Running[ImportParameters], classes: Sequence[str], people: People) -> None:
    """Refuse an import whose round would read a seed set without a film of a class.

    A class that no draw could have is only told of: the round goes on without it.

    Args:
        running: the import; its parameter `labeler` is what the labeler of the round will read,
            None where no round follows, and `seed_patients` how many will be drawn at random, None
            where they are chosen otherwise.
        classes: the names of the project's classes.
        people: whose the files are.

    Raises:
        errors.Refused: a class would be missing, or all but one; it says which draw has them.
    """
    method, patients = running.parameters.labeler, running.parameters.seed_patients
    if method is None:
        return
    taught = _taught(people, method)
    firsts = [first for first in people.first_films() if first[0] in taught]
    number = running.parameters.validation_patients
    ahead = Ahead(classes, taught, firsts, number, people)
    never = ahead.never()
    if len(classes) - len(never) < 2:
        raise errors.Refused(
            "The manifest labels films of fewer than two classes, so there is nothing to learn.",
            "label",
            f"Label films of at least two of {', '.join(classes)}.",
        )
    if never:
        running.log(
            f"No film that a labeler could learn from is labelled {', '.join(never)}: it cannot be "
            "learned, and the round goes on without it."
        )
    if patients is not None:
        _refuse_missing(running, ahead, patients, never)


def _refuse_missing(
    running: Running[ImportParameters], ahead: Ahead, patients: int, never: Sequence[str]
) -> None:
    rng = running.parameters.rng
    missing = [name for name in ahead.missing(patients, rng) if name not in never]
    if not missing:
        return
    names = ", ".join(missing)
    others = range(rng + 1, rng + 1 + OTHER_DRAWS)
    found = next((r for r in others if ahead.missing(patients, r) == list(never)), None)
    more = "Draw more seed patients"
    raise errors.Refused(
        f"The seed set of this round would have no film of {names} to learn from. Nothing was "
        "imported.",
        f"{patients} seed patients, rng {rng}",
        f"{more}, or use --rng {found}: its draw has every class." if found else f"{more}.",
    )


def _taught(people: People, method: str) -> dict[str, set[str]]:
    """Return, for each patient with a film that is there, the classes of the films to learn from.

    The report of a study is that of all its films. A film of both knees with one label is put
    aside, for the label could be of either.
    """
    from models.reports.text import has_report  # with torch, which other imports can do without

    taught: dict[str, set[str]] = {}
    reports = _reports(people)
    for who, source in people.films():
        if not source.path.is_file():
            continue
        own = taught.setdefault(who, set())
        for row in (source.row, source.second):
            if row is None or not row.label or (row.laterality == BOTH and not source.second):
                continue
            report = row.report or reports.get((who, row.study_id), "")
            if method != "text" or has_report(Film(None, report, who, row.laterality)):
                own.add(row.label)
    return taught


def _reports(people: People) -> dict[tuple[str, str], str]:
    """Return the reports of the studies that the manifests name, by patient and study."""
    return {
        (who, row.study_id): row.report
        for who, source in people.films()
        for row in (source.row, source.second)
        if row is not None and row.study_id and row.report
    }
