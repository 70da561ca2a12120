"""A small archive with a predicted sweep, and a reader who knows the truth."""

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from itertools import count

import numpy as np
from sqlalchemy import insert, select

from app.db.archive import Image, LabelClass, Patient, Study
from app.db.engine import read_only
from app.db.learning import Lot, ModelVersion, PseudoLabel, Run, Sweep, TrainedOn
from app.db.people import User
from app.labels.decisions import Decision, Hold
from app.reading import rules as reading
from app.worklists.items import lease_next
from worker.selection import select_in_steps

NAMES = ("normal", "abnormal", "arthroplasty")


@dataclass
class Steps:
    """Carries a selection out as a run does, but belongs to nobody."""

    database: object

    def reading(self):
        return read_only(self.database)

    def transaction(self):
        return self.database.begin()

    def check(self):
        pass


@dataclass
class Archive:
    """What the tests need to know of the rows they made."""

    database: object
    classes: list[int]
    reader: int
    truth: dict[int, int]
    """Image id to true class id."""
    clock: count = field(default_factory=count)

    def now(self):
        return datetime(2026, 1, 1, tzinfo=UTC) + timedelta(seconds=next(self.clock))

    def sweep(self, predicted, confidence, conflict=None, tolerated_error=0.05):
        """Add a sweep that has predicted these class indices for all images, in order."""
        conflict = np.zeros(len(predicted), bool) if conflict is None else conflict
        with self.database.begin() as session:
            run = Run(kind="sweep", status="succeeded")
            session.add(run)
            session.flush()
            labeler = ModelVersion(
                role="labeler",
                method="image",
                run_id=run.id,
                folder="x",
                digest="x",
                recipe={},
                training_digest="x",
            )
            session.add(labeler)
            session.flush()
            sweep = Sweep(run_id=run.id, labeler_id=labeler.id, tolerated_error=tolerated_error)
            session.add(sweep)
            session.flush()
            session.execute(
                insert(PseudoLabel),
                [
                    {
                        "sweep_id": sweep.id,
                        "image_id": image,
                        "class_id": self.classes[k],
                        "probabilities": [float(c)] * 3,
                        "confidence": float(c),
                        "conflict": bool(x),
                    }
                    for image, k, c, x in zip(
                        self.truth, predicted, confidence, conflict, strict=True
                    )
                ],
            )
            return sweep.id

    def calibration(self, reads=200, wrong=0):
        """Scores of the calibration reads, and which are wrong: the least sure."""
        return np.linspace(0.5, 1, reads), np.arange(reads) < wrong

    def select(self, sweep, calibration=200, wrong=0, rng=0, steps=None):
        """Let the acceptance rule speak."""
        known = self.calibration(calibration, wrong)
        return select_in_steps(steps or Steps(self.database), sweep, *known, rng)

    def train_on(self, lots):
        """Register a model version that learned from lots; return its id."""
        with self.database.begin() as session:
            run = Run(kind="train_classifier", status="succeeded")
            session.add(run)
            session.flush()
            model = ModelVersion(
                role="final",
                method="image",
                run_id=run.id,
                folder="y",
                digest="y",
                recipe={},
                training_digest="y",
            )
            session.add(model)
            session.flush()
            session.add_all(TrainedOn(model_id=model.id, lot_id=lot) for lot in lots)
            return model.id

    def read_next(self, misread=()):
        """Read the next audit image, wrongly if in `misread`; return it, None if none is left."""
        with self.database.begin() as session:
            return self.read_within(session, misread)

    def read_within(self, session, misread=()):
        """Read the next audit image in a unit of work that stays open."""
        image = lease_next(session, self.reader, "audit", 300, self.now())
        if image is None:
            return None
        said = self.truth[image]
        if image in misread:
            said = next(c for c in self.classes if c != said)
        key = f"key {self.now()}"
        reading.annotate(
            session, Hold(self.reader, image, "audit"), Decision(said, key, self.now(), 900)
        )
        return image

    def second_reader(self):
        """Return the same archive in another reader's hands."""
        with self.database.begin() as session:
            other = User(name="Other reader", role="reader")
            session.add(other)
            session.flush()
            return replace(self, reader=other.id)

    def read_all(self, misread=()):
        """Read what is left of the audit; return how many images that was."""
        read = 0
        while self.read_next(misread) is not None:
            read += 1
        return read

    def undo(self):
        """Take the last audit read back; return its image."""
        with self.database.begin() as session:
            return reading.undo(
                session, self.reader, "audit", 300, f"undo {self.now()}", self.now()
            )

    def lots(self):
        """Return the lots by the name of their class."""
        with self.database.begin() as session:
            rows = session.execute(
                select(LabelClass.name, Lot).join(Lot, Lot.class_id == LabelClass.id)
            )
            return dict(rows.all())

    def pseudo_labels(self, sweep):
        """Return the pseudo-labels of a sweep, by image id and in its order."""
        with self.database.begin() as session:
            of_sweep = select(PseudoLabel).where(PseudoLabel.sweep_id == sweep)
            # PostgreSQL hands out rows that were written anew after the others.
            rows = session.scalars(of_sweep.order_by(PseudoLabel.image_id))
            return {row.image_id: row for row in rows}


def make_archive(database, truth):
    """Make an archive of one image a patient with these true class indices."""
    with database.begin() as session:
        classes = [LabelClass(name=name, position=i) for i, name in enumerate(NAMES)]
        reader = User(name="Reader", role="reader")
        patients = [Patient(key=f"p{i}", split="development") for i in range(len(truth))]
        session.add_all([*classes, reader, *patients])
        session.flush()
        studies = [Study(patient_id=patient.id, key="s") for patient in patients]
        session.add_all(studies)
        session.flush()
        images = [
            Image(
                study_id=study.id,
                patient_id=study.patient_id,
                key=f"i{i}",
                source_digest=f"d{i}",
                stored_digest=f"d{i}",
                width=10,
                height=10,
            )
            for i, study in enumerate(studies)
        ]
        session.add_all(images)
        session.flush()
        ids = [c.id for c in classes]
        known = {image.id: ids[k] for image, k in zip(images, truth, strict=True)}
        return Archive(database, ids, reader.id, known)
