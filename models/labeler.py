"""The labeler: reads the report, the image, or both, and answers in calibrated probabilities."""

import dataclasses
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from models import calibration
from models.attention import attention_maps
from models.calibration import Pool
from models.checkpoint import read_checkpoint, write_checkpoint
from models.classifier import Classifier
from models.data import Film
from models.encoder import EncoderModel
from models.known_words import KnownWords
from models.progress import OnProgress, ShouldStop, never, silent
from models.recipe import Recipe
from models.regularisation import Choice
from models.text import TextModel, reading_of, words_of
from models.words import ReportMarks, marks_of

METHODS = ("text", "image", "fused")
UNKNOWN_WORDS = "unknown words"
Array = NDArray[np.float64]


@dataclass(frozen=True)
class Prediction:
    """What a labeler says about films.

    Attributes:
        probabilities: float64 (n, k), calibrated.
        conflict: bool (n,), whether report and image point to different classes.
        guessed: bool (n,), whether nothing could be read: the answer is the classes' shares.
    """

    probabilities: Array
    conflict: NDArray[np.bool_]
    guessed: NDArray[np.bool_]


@dataclass(frozen=True)
class ReportReader:
    """The report's part of a labeler.

    Attributes:
        model: what reads.
        temperature: that its logits are divided by.
        known: the words it has met; None in a checkpoint of an earlier release, which reads all.
        choice: how the regression is held back; None if it was never chosen.
    """

    model: TextModel | EncoderModel
    temperature: float
    known: KnownWords | None = None
    choice: Choice | None = None

    def not_read(self, film: Film) -> str:
        """Say why a film's report cannot be read.

        Args:
            film: with or without a report.

        Returns:
            "nothing" if there is none or it says nothing of a knee, "other knee" if it is about
            the other one alone, "unknown words" if it is of another language or kind than the
            seed's; "" if it can be read.
        """
        reading = reading_of(film)
        if reading.not_read or self.known is None:
            return reading.not_read
        return "" if self.known.knows(words_of(film)) else UNKNOWN_WORDS

    def facts(self) -> dict[str, Any]:
        """Return what a checkpoint keeps beside the model."""
        return {
            "temperature": self.temperature,
            "known": self.known.to_facts() if self.known else None,
            "choice": dataclasses.asdict(self.choice) if self.choice else None,
        }

    @classmethod
    def of_checkpoint(cls, tensors: dict[str, Any], facts: dict[str, Any]) -> "ReportReader":
        """Rebuild it from a checkpoint's tensors and facts."""
        model = (EncoderModel if "encoder" in facts else TextModel).from_parts(tensors, facts)
        known, choice = facts.get("known"), facts.get("choice")
        return cls(
            model,
            facts["temperature"],
            KnownWords.from_facts(known) if known else None,
            Choice(**choice) if choice else None,
        )

    def probabilities(self, films: Sequence[Film]) -> Array:
        """Read reports: films with a report, to calibrated float64 (n, k)."""
        return calibration.probabilities(self.model.logits(films), self.temperature)


@dataclass(frozen=True)
class Labeler:
    """A model that labels for people.

    Attributes:
        method: "text", "image" or "fused".
        classes: names, in the order of the probabilities.
        recipe: how it was trained.
        shares: (k,), of the classes in the seed; the answer where there is nothing to read.
        reports: of the text and fused methods.
        images: of the image and fused methods.
        pool: of the fused method.
        metrics: out-of-fold figures; see `models.metrics`.
        training_digest: SHA-256 over what it learned from.
    """

    method: str
    classes: tuple[str, ...]
    recipe: Recipe
    shares: tuple[float, ...]
    reports: ReportReader | None
    images: Classifier | None
    pool: Pool | None
    metrics: dict[str, Any]
    training_digest: str

    def predict(
        self,
        films: Sequence[Film],
        on_progress: OnProgress = silent,
        should_stop: ShouldStop = never,
    ) -> Prediction:
        """Label films.

        A film without a report that can be read is labelled from the image where the method reads
        images, and the other way round; where nothing can be read the answer is the classes'
        shares.

        Args:
            films: any number; images are read and predicted in batches.
            on_progress: told (done, total, message) at every batch.
            should_stop: asked at every batch.

        Returns:
            The prediction.

        Raises:
            TrainingError: naming the position of a film whose file cannot be read.
            Stopped: if should_stop says so.
        """
        text = self._text(films)
        image = self._image(films, on_progress, should_stop)
        return combine(text, image, np.array(self.shares), self.pool)

    def readings(self, films: Sequence[Film]) -> list[ReportMarks | None]:
        """Say what was read in each report, and what spoke most strongly.

        Args:
            films: with or without reports.

        Returns:
            For each film what to show; None where there is no report, or the method reads none.
        """
        reader = self.reports
        if reader is None:
            return [None] * len(films)
        return [
            marks_of(reader.model, film, reader.not_read(film)) if film.report else None
            for film in films
        ]

    def attention(
        self, films: Sequence[Film], class_indices: Sequence[int]
    ) -> list[NDArray[np.uint8] | None]:
        """Say where in each film the networks saw a class; see `models.attention`.

        Args:
            films: each with an image.
            class_indices: the class of each.

        Returns:
            uint8 maps; None where there is none, as for every film of a labeler of reports alone.
        """
        if self.images is None:
            return [None] * len(films)
        return attention_maps(self.images.networks, films, class_indices, self.images.recipe)

    def _text(self, films: Sequence[Film]) -> Array:
        found = np.full((len(films), len(self.classes)), np.nan)
        if self.reports:
            rows = [row for row, film in enumerate(films) if not self.reports.not_read(film)]
            found[rows] = self.reports.probabilities([films[row] for row in rows])
        return found

    def _image(self, films: Sequence[Film], on_progress: OnProgress, stop: ShouldStop) -> Array:
        found = np.full((len(films), len(self.classes)), np.nan)
        if self.images:
            rows = [row for row, film in enumerate(films) if film.path or not self.reports]
            found[rows] = self.images.predict([films[row] for row in rows], on_progress, stop)
        return found

    def save(self, folder: Path) -> str:
        """Write a checkpoint.

        Args:
            folder: replaced if there is one.

        Returns:
            The checkpoint's digest.

        Raises:
            TrainingError: if the disk does not take it.
        """
        parts, facts = self.images.to_parts() if self.images else ({}, {"weights": "none"})
        whole: dict[str, Any] = {
            **facts,
            "method": self.method,
            "classes": list(self.classes),
            "recipe": self.recipe.to_json(),
            "shares": list(self.shares),
            "metrics": self.metrics,
            "training_digest": self.training_digest,
            "pool": dataclasses.asdict(self.pool) if self.pool else None,
            "reports": None,
        }
        if self.reports:
            parts["reports"], terms = self.reports.model.to_parts()
            whole["reports"] = terms | self.reports.facts()
        return write_checkpoint(folder, parts, whole)


def load_labeler(folder: Path, digest: str = "") -> Labeler:
    """Read a labeler's checkpoint.

    Args:
        folder: as `Labeler.save` wrote it.
        digest: the checkpoint's, where known.

    Returns:
        The labeler, on this machine's device.

    Raises:
        TrainingError: if the checkpoint is incomplete or altered.
    """
    parts, facts = read_checkpoint(folder, digest)
    reports, pool = facts["reports"], facts["pool"]
    return Labeler(
        method=facts["method"],
        classes=tuple(facts["classes"]),
        recipe=Recipe.of_checkpoint(facts["recipe"]),
        shares=tuple(facts["shares"]),
        reports=ReportReader.of_checkpoint(parts["reports"], reports) if reports else None,
        images=Classifier.from_parts(parts, facts) if "temperature" in facts else None,
        pool=Pool(pool["text"], pool["image"], tuple(pool["bias"])) if pool else None,
        metrics=facts["metrics"],
        training_digest=facts["training_digest"],
    )


def combine(text: Array, image: Array, shares: Array, pool: Pool | None) -> Prediction:
    """Make one answer of the report's and the image's.

    Args:
        text: (n, k) calibrated probabilities, rows of NaN where there is no report.
        image: (n, k) calibrated probabilities, rows of NaN where there is no image.
        shares: (k,), the answer where there is neither.
        pool: for films with both.

    Returns:
        The prediction. A conflict needs both, and an image that says anything at all.
    """
    said, seen = ~np.isnan(text[:, 0]), ~np.isnan(image[:, 0])
    answer = np.where(said[:, None], text, np.where(seen[:, None], image, shares))
    both = said & seen
    if pool and both.any():
        pooled = pool.logits(text[both], image[both])
        answer[both] = calibration.probabilities(pooled, 1.0)
    differ = np.argmax(text, axis=1) != np.argmax(image, axis=1)
    telling = image.max(axis=1) - image.min(axis=1) > calibration.SMALLEST
    return Prediction(answer, both & differ & telling, ~said & ~seen)


def digest_of(parts: Sequence[str]) -> str:
    """Return one SHA-256 over several texts, in order."""
    whole = hashlib.sha256()
    for part in parts:
        whole.update(hashlib.sha256(part.encode()).digest())
    return whole.hexdigest()
