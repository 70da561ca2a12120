"""What the promoted classifier says of one film: its probabilities, and how far to believe them.

The classifier stays loaded, with what the films it knows look like; another that is promoted takes
its place at the next film.
"""

import base64
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from app import errors
from app.classification.answers import Box, Classified, ClassifiedKnee
from app.db.engine import Database, read_only
from app.db.learning import ModelVersion
from app.imaging.decoding import Decoder
from app.imaging.film import RenditionFile
from app.imaging.knees import Region
from app.imaging.stores import open_store
from app.knees import views
from app.knees.views import BothKneesViews
from app.registry.rules import promoted
from app.settings import Settings
from app.training import rules as training
from app.training.rules import TrainingFilm
from models.film import Film
from models.images.attention import attention_maps
from models.images.classifier import Classifier, load_classifier
from models.images.data import blank, fitted, read_pixels
from models.images.familiarity import UNLIKE, Familiarity, familiarity_of
from models.known_classes import spread
from models.machine import use_threads
from worker.evidence import png_of
from worker.films import films
from worker.knees import knees_of

KNOWN, APART = 500, 300
"""Films that the classifier learned from, and films kept apart: all that are looked at."""


@dataclass(frozen=True)
class Loaded:
    """A classifier that is ready to answer.

    Attributes:
        version: its row, in no session.
        classifier: its networks.
        familiarity: tells what it does not know; None where too few films were kept apart.
    """

    version: ModelVersion
    classifier: Classifier
    familiarity: Familiarity | None


@dataclass(frozen=True)
class Knee:
    """One knee that the decoder has made a model rendition of; it lies there until the next."""

    laterality: str
    region: Region | None
    path: Path


class Answerer:
    """Answers films by the promoted classifier, which it loads when it is first asked.

    Args:
        database: the sessionmaker.
        settings: the process's settings.
    """

    def __init__(self, database: Database, settings: Settings) -> None:
        self._database = database
        self._settings = settings
        self._loaded: Loaded | None = None
        use_threads(settings.threads)

    def classified(self, path: Path, laterality: str, decoder: Decoder) -> Classified:
        """Say what the classifier makes of a film.

        Args:
            path: the film's file.
            laterality: what was said beside it: `L`, `R`, `B` or empty.
            decoder: looks into it.

        Raises:
            Undecodable: the file cannot be read; says why.
            errors.Refused: no classifier is promoted any more, or the disk is full.
            TrainingError: the checkpoint is incomplete or altered.
        """
        loaded = self._ready()
        with read_only(self._database) as session:
            both = BothKneesViews((each.view, each.site) for each in views.every(session))
            names = [each.name for each in training.classes(session)]
        knees = _knees(path, laterality, decoder, both)
        return Classified(
            model=loaded.version.id,
            digest=loaded.version.digest,
            knees=[_read(knee, loaded, names) for knee in knees],
        )

    def _ready(self) -> Loaded:
        """Return the promoted classifier, loaded where it is not.

        Raises:
            errors.Refused: none is promoted any more.
        """
        with read_only(self._database) as session:
            version = promoted(session, "classifier")
        if version is None:
            raise errors.Refused("No classifier is promoted any more.", "", "Promote one.")
        if self._loaded is None or self._loaded.version.id != version.id:
            self._loaded = None
            self._loaded = self._load(version)
        return self._loaded

    def _load(self, version: ModelVersion) -> Loaded:
        store = open_store(self._settings)
        checkpoint = store.fetch_folder(self._settings.home, version.folder)
        classifier = load_classifier(checkpoint, version.digest)
        with read_only(self._database) as session:
            known, apart = training.by_hand(session), training.for_evaluation(session)
        draws = ((known, KNOWN), (apart, APART))
        some = [films(_some(rows, count, version.id), store) for rows, count in draws]
        return Loaded(version, classifier, familiarity_of(classifier, *some))


def _some(rows: list[TrainingFilm], count: int, rng: int) -> list[TrainingFilm]:
    """Return so many films, drawn by a model's number: each time the same."""
    drawn = np.random.default_rng(rng).permutation(len(rows))[:count]
    return [rows[place] for place in sorted(drawn)]


def _knees(path: Path, said: str, decoder: Decoder, both: BothKneesViews) -> list[Knee]:
    film = decoder.decode(path)
    site = film.identity.site if film.identity else ""
    laterality = said or film.laterality
    if both.show_both(laterality, film.view, site):
        found = knees_of(decoder, path, film)
        return [Knee(knee.side, knee.region, _made(knee.model)) for knee in found]
    return [Knee(laterality, None, _made(film.model))]


def _made(model: RenditionFile) -> Path:
    assert model.path is not None
    return model.path


def _read(knee: Knee, loaded: Loaded, names: list[str]) -> ClassifiedKnee:
    classifier = loaded.classifier
    seen = [Film(knee.path, None, "", knee.laterality)]
    found = classifier.predict(seen)
    likely = spread(found, classifier.classes, names)[0]
    place = int(np.argmax(found[0]))
    (drawn,) = attention_maps(classifier.networks, seen, [place], classifier.recipe)
    empty = bool(blank(fitted(read_pixels(seen[0], 0), classifier.recipe.size)[None])[0])
    p_value = float(loaded.familiarity.p_values(seen)[0]) if loaded.familiarity else None
    return ClassifiedKnee(
        laterality=knee.laterality,
        region=Box(**vars(knee.region)) if knee.region else None,
        predicted=classifier.classes[place],
        probabilities=dict(zip(names, map(float, likely), strict=True)),
        blank=empty,
        unlike=None if p_value is None else p_value <= UNLIKE,
        p_value=p_value,
        heat_map=None if drawn is None else base64.b64encode(png_of(drawn)).decode(),
    )
