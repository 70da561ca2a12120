"""What must be set before a kind of run can start; said before it is queued, and by its worker."""

from typing import Any

from app import errors
from app.runs.parameters import TrainLabelerParameters
from app.settings import Settings
from app.texts import _


def nothing(_parameters: Any, _settings: Settings) -> None:
    """Let it start."""


def no_weights(_parameters: Any, settings: Settings) -> None:
    """Refuse to pretrain where trainings start from other weights anyway."""
    if settings.weights:
        raise errors.Refused(
            _("Training starts from the weights that are set, so these would not be used."),
            "CONDYLE_WEIGHTS",
            _("Clear this setting and restart, or train without this step."),
        )


def weights(_parameters: Any, settings: Settings) -> None:
    """Refuse to compare films where no network can."""
    if not settings.weights:
        raise errors.Refused(
            _("Comparing films needs a network with ImageNet weights, and none is installed."),
            "CONDYLE_WEIGHTS",
            _("Set this to a weights file and restart, or draw at random."),
        )


def peer(_parameters: Any, settings: Settings) -> None:
    """Refuse what needs a PACS to fetch from where none is set."""
    if not settings.pull_from:
        raise errors.Refused(
            _("No PACS is set that films could be fetched from."),
            "CONDYLE_PULL_FROM",
            _("Set this to the address of its DICOMweb service, and start web and worker again."),
        )


def text_encoder(_parameters: Any, settings: Settings) -> None:
    """Refuse to adapt an encoder where labelers read by word counts."""
    if not settings.text_encoder:
        raise errors.Refused(
            _("There is no text encoder to adapt: labelers read reports by word counts."),
            "CONDYLE_TEXT_ENCODER",
            _("Set this to an encoder and restart, or train without this step."),
        )


def language_model(parameters: TrainLabelerParameters, settings: Settings) -> None:
    """Refuse a labeler that is to ask a language model where none is set."""
    if parameters.method == "language_model" and not settings.asks_language_model:
        raise errors.Refused(
            _("No language model is set, so no labeler can ask one."),
            "method",
            _("Set CONDYLE_LLM_URL and CONDYLE_LLM_MODEL, and start web and worker again."),
        )
