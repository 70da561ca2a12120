"""Which split each new patient of an import goes to, decided before a film is registered."""

from app.db.unique_names import name_of
from app.imports.files import Source
from app.imports.manifest import Row
from app.imports.persons import Claim
from app.runs.parameters import ImportParameters
from app.statistics.splits import default_split, draw_validation
from worker.import_list import Listed
from worker.people import People
from worker.progress import Running


class Splits:
    """The splits of one import's patients.

    Args:
        rng: seed of the draw.
        validation: the unique names of those drawn for validation; None where no number was asked
            for, and each patient is drawn alone.
    """

    def __init__(self, rng: int, validation: set[str] | None) -> None:
        self._rng = rng
        self._validation = validation

    def of(self, claim: Claim, row: Row | None) -> str:
        """Return the split of a new patient: the manifest's, or the draw's."""
        if row is not None and row.split:
            return row.split
        name = name_of(claim.scope, claim.key)
        if self._validation is None:
            return default_split(name, self._rng)
        return "validation" if name in self._validation else "development"

    @classmethod
    def drawn(cls, running: Running[ImportParameters], people: People) -> "Splits":
        """Draw the asked number of validation patients among those who are new.

        Patients whose split the manifest states are not drawn from.

        Args:
            running: its parameters `validation_patients` and `rng` are used.
            people: whose the files are.

        Raises:
            errors.Refused: there are too few new patients for that number.
        """
        wanted = running.parameters
        return cls.of_draw(people, wanted.validation_patients, wanted.rng)

    @classmethod
    def of_draw(cls, people: People, number: int | None, rng: int) -> "Splits":
        """Return the splits that a draw gives; see `drawn`."""
        return cls(rng, None if number is None else _names_drawn(people, number, rng))


def _names_drawn(people: People, number: int, rng: int) -> set[str]:
    new = {min(names): names for names in people.new}
    drawn = draw_validation(sorted(new), number, rng) if new else set()
    return {name for first in drawn for name in new[first]}


def listed_as(source: Source, people: People, splits: Splits) -> Listed:
    """Return a file with what is settled of it before any is decoded."""
    claim = people.of(source)
    split = "" if claim is None else splits.of(claim, source.row)
    return Listed(source, people.identities.get(source.path), claim, split)
