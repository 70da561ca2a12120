"""Which split each new patient of an import goes to, settled before a film is registered."""

import json
from collections.abc import Sequence
from pathlib import Path

from app.imaging.decoding import Decoder, Undecodable
from app.imports import rules
from app.imports.files import Source
from app.imports.manifest import Row
from app.statistics.splits import default_split, draw_validation
from worker.progress import Running


class Splits:
    """The splits of one import's patients.

    Args:
        rng: seed of the draw.
        validation: the patients drawn for validation; None where no number was asked for, and each
            patient is drawn alone.
    """

    def __init__(self, rng: int, validation: set[str] | None) -> None:
        self._rng = rng
        self._validation = validation

    def of(self, patient: str, row: Row) -> str:
        """Return the split of a new patient: the manifest's, or the draw's."""
        if row.split:
            return row.split
        if self._validation is None:
            return default_split(patient, self._rng)
        return "validation" if patient in self._validation else "development"

    @classmethod
    def drawn(cls, running: Running, sources: Sequence[Source], decoder: Decoder) -> "Splits":
        """Draw the asked number of validation patients among those who are new.

        The draw is kept in the run's folder: when a killed run goes on, some of its patients are no
        longer new. Patients whose split the manifest states are not drawn from.

        Args:
            running: its parameters `validation_patients` and `rng` are used.
            sources: the files of the import.
            decoder: asked for the patient of each DICOM file that has no line in a manifest.

        Raises:
            errors.Refused: there are too few new patients for that number.
        """
        number, rng = (
            running.parameters.get("validation_patients"),
            running.parameters.get("rng", 0),
        )
        if number is None:
            return cls(rng, None)
        kept = running.folder / "validation.json"
        if not kept.exists():
            new = _new_patients(running, sources, decoder)
            _write(kept, sorted(draw_validation(sorted(new), number, rng)) if new else [])
        return cls(rng, set(json.loads(kept.read_text())))


def _new_patients(running: Running, sources: Sequence[Source], decoder: Decoder) -> set[str]:
    patients = {row.patient_id for source in sources if (row := source.row) and not row.split}
    unlisted = [source for source in sources if source.row is None]
    for done, source in enumerate(unlisted):
        running.report(done, len(unlisted), "Reading who the patients are")
        running.check()
        try:
            patients.add(decoder.patient_key(source.path))
        except Undecodable:
            continue  # it is put aside, with the reason, when its turn comes
    with running.database() as session:
        return patients - rules.known_patients(session, patients) - {""}


def _write(path: Path, patients: list[str]) -> None:
    temporary = path.with_suffix(".partial")
    temporary.write_text(json.dumps(patients))
    temporary.rename(path)
