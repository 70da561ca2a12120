"""Which split each new patient of an import goes to, decided before a film is registered."""

import json
from pathlib import Path

from app.db.archive import name_of
from app.imports.manifest import Row
from app.imports.persons import Claim
from app.runs.parameters import ImportParameters
from app.statistics.splits import default_split, draw_validation
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

        The draw is kept in the run's folder: when a killed run goes on, some of its patients are no
        longer new. Patients whose split the manifest states are not drawn from.

        Args:
            running: its parameters `validation_patients` and `rng` are used.
            people: whose the files are.

        Raises:
            errors.Refused: there are too few new patients for that number.
        """
        number, rng = running.parameters.validation_patients, running.parameters.rng
        if number is None:
            return cls(rng, None)
        kept = running.folder / "validation.json"
        if not kept.exists():
            _write(kept, sorted(_names_drawn(people, number, rng)))
        return cls(rng, set(json.loads(kept.read_text())))

    @classmethod
    def of_draw(cls, people: People, number: int | None, rng: int) -> "Splits":
        """Return the splits that a draw gives, without keeping them; see `drawn`."""
        return cls(rng, None if number is None else _names_drawn(people, number, rng))


def _names_drawn(people: People, number: int, rng: int) -> set[str]:
    new = {min(names): names for names in people.new}
    drawn = draw_validation(sorted(new), number, rng) if new else set()
    return {name for first in drawn for name in new[first]}


def _write(path: Path, patients: list[str]) -> None:
    temporary = path.with_suffix(".partial")
    temporary.write_text(json.dumps(patients))
    temporary.rename(path)
