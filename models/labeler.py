"""The labeler: reads the report, the image, or both, and answers in calibrated probabilities.

A report is read by what learned from the seed's reports, by a language model, or by both, whose
readings then count as one. Where something cannot be read, the rest decides.
"""

import dataclasses
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from models import calibration
from models.calibration import Pool
from models.checkpoint import read_checkpoint, write_checkpoint
from models.film import Film
from models.images.attention import attention_maps
from models.images.classifier import Classifier
from models.pooling import Prediction, combine, read_together
from models.progress import OnProgress, ShouldStop, never, silent
from models.recipe import Recipe
from models.reports.encoder import EncoderModel
from models.reports.known_words import KnownWords
from models.reports.language_model import LanguageModel, LanguageReader, Replies, quoted
from models.reports.regularisation import Choice
from models.reports.text import TextModel, reading_of, words_of
from models.reports.words import ReportMarks, marks_of

METHODS = ("text", "image", "language_model", "fused")
UNKNOWN_WORDS = "unknown words"
Array = NDArray[np.float64]


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
        method: one of `METHODS`.
        classes: names, in the order of the probabilities.
        recipe: how it was trained.
        shares: (k,), of the classes in the seed; the answer where there is nothing to read.
        reports: of the text and fused methods.
        images: of the image and fused methods.
        pool: of the fused method, report and image.
        metrics: out-of-fold figures; see `models.metrics`.
        training_digest: SHA-256 over what it learned from.
        language: of the method language_model, and of a fused one that was trained with one.
        readers: pool of `reports` and `language`, where there are both.
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
    language: LanguageReader | None = None
    readers: Pool | None = None

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
            TrainingError: naming the position of a film whose file cannot be read, or there is
                nobody to ask about reports.
            Stopped: if should_stop says so.
        """
        report, replies = self._text(films), None
        if self.language:
            answers, replies = self.language.read(films, on_progress, should_stop)
            report = read_together(report, answers, self.readers)
        image = self._image(films, on_progress, should_stop)
        answer = combine(report, image, np.array(self.shares), self.pool)
        return dataclasses.replace(answer, replies=replies)

    def readings(
        self, films: Sequence[Film], replies: Replies | None = None
    ) -> list[ReportMarks | None]:
        """Say what was read in each report, and what spoke most strongly.

        Args:
            films: with or without reports.
            replies: a language model's about these films; where only it could read a report, what
                it quotes is what spoke.

        Returns:
            For each film what to show; None where there is no report, or nobody read one.
        """
        by_words = [self._marks(film) for film in films]
        if replies is None:
            return by_words
        quotes = [
            quoted(film, verdict, self.classes) if verdict else None
            for film, verdict in zip(films, replies.verdicts, strict=True)
        ]
        return [
            quote if quote and (own is None or own.not_read) else own
            for own, quote in zip(by_words, quotes, strict=True)
        ]

    def _marks(self, film: Film) -> ReportMarks | None:
        if self.reports is None or not film.report:
            return None
        return marks_of(self.reports.model, film, self.reports.not_read(film))

    def attention(
        self, films: Sequence[Film], class_indices: Sequence[int]
    ) -> list[NDArray[np.uint8] | None]:
        """Say where in each film the networks saw a class; see `models.images.attention`.

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
            reads = self.reports or self.language
            rows = [row for row, film in enumerate(films) if film.path or not reads]
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
            "readers": dataclasses.asdict(self.readers) if self.readers else None,
            "language": self.language.to_json() if self.language else None,
            "reports": None,
        }
        if self.reports:
            parts["reports"], terms = self.reports.model.to_parts()
            whole["reports"] = terms | self.reports.facts()
        return write_checkpoint(folder, parts, whole)


def load_labeler(folder: Path, digest: str = "", model: LanguageModel | None = None) -> Labeler:
    """Read a labeler's checkpoint.

    Args:
        folder: as `Labeler.save` wrote it.
        digest: the checkpoint's, where known.
        model: the language model that can be asked, if any.

    Returns:
        The labeler, on this machine's device.

    Raises:
        TrainingError: if the checkpoint is incomplete or altered, or was calibrated for another
            language model.
    """
    parts, facts = read_checkpoint(folder, digest)
    reports, pool = facts["reports"], facts["pool"]
    readers, language = facts.get("readers"), facts.get("language")
    return Labeler(
        method=facts["method"],
        classes=tuple(facts["classes"]),
        recipe=Recipe.of_checkpoint(facts["recipe"]),
        shares=tuple(facts["shares"]),
        reports=ReportReader.of_checkpoint(parts["reports"], reports) if reports else None,
        images=Classifier.from_parts(parts, facts) if "temperature" in facts else None,
        pool=Pool.of_checkpoint(pool) if pool else None,
        metrics=facts["metrics"],
        training_digest=facts["training_digest"],
        language=language and LanguageReader.from_json(language, facts["classes"], model),
        readers=Pool.of_checkpoint(readers) if readers else None,
    )


def digest_of(parts: Sequence[str]) -> str:
    """Return one SHA-256 over several texts, in order."""
    whole = hashlib.sha256()
    for part in parts:
        whole.update(hashlib.sha256(part.encode()).digest())
    return whole.hexdigest()
