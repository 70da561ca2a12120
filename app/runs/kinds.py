"""Every kind of run, each declared once: what it is for, what it takes and gives, who serves it.

Pages, API, command line and worker take from here what they know of a kind.
"""

from collections.abc import Mapping
from typing import Any

from app import errors
from app.runs import parameters, requirements, results
from app.runs.declaring import Kind, Step
from app.runs.pull_parameters import PullParameters
from app.texts import _, noop

ROUND, FIND_FILMS, IMPORTS, RUNS, MODELS = "/", "/find-films", "/imports", "/runs", "/models"
REMOVALS, ARRIVALS, PULL_PAGE = "/removals", "/arrivals", "/pull"
"""The pages where a person starts a run."""


GO_ON = Step(noop("Continue the round"), ROUND)


IMPORT = Kind(
    "import",
    noop("Import"),
    noop("Adds films to the archive, with their reports if there are any."),
    parameters.ImportParameters,
    results.ImportResult,
    "decode",
    (IMPORTS,),
    (GO_ON, Step(noop("See its films, and what was left out"), "/imports/{run}")),
)
CROP = Kind(
    "crop",
    noop("Crop"),
    noop("Crops films of both knees again, after somebody has corrected where the knees are."),
    parameters.CropParameters,
    results.CropResult,
    "decode",
    (),
    (GO_ON,),
)
REMOVE = Kind(
    "remove",
    noop("Remove"),
    noop("Removes what admins have asked to be removed, from the database and the store."),
    parameters.RemoveParameters,
    results.RemoveResult,
    "decode",
    (),
    (Step(noop("See the removals"), REMOVALS),),
)
TRY_PACS = Kind(
    "try_pacs",
    noop("Try the PACS"),
    noop("Tries step by step what the PACS can do that films are fetched from."),
    parameters.TryPacsParameters,
    results.TryPacsResult,
    "network",
    (PULL_PAGE,),
    (Step(noop("See what it can do"), PULL_PAGE),),
    requirements.peer,
)
PULL = Kind(
    "pull",
    noop("Fetch from the PACS"),
    noop("Fetches films from the PACS. They wait for their import, like films that were sent."),
    PullParameters,
    results.PullResult,
    "network",
    (PULL_PAGE,),
    (
        Step(noop("See what came, and what did not"), PULL_PAGE),
        Step(noop("See the arrived films"), ARRIVALS),
    ),
    requirements.peer,
    (Step(noop("Try the connection"), PULL_PAGE),),
)
PRETRAIN = Kind(
    "pretrain",
    noop("Pretrain"),
    noop(
        "Optional, once after an import. A network learns from the archive's films "
        "without labels; models that read images are then trained from it. This "
        "helps most where few films are labelled."
    ),
    parameters.PretrainParameters,
    results.PretrainResult,
    "gpu",
    (RUNS,),
    (GO_ON, Step(noop("See the runs"), RUNS)),
    requirements.no_weights,
)
ADAPT = Kind(
    "adapt",
    noop("Adapt the text encoder"),
    noop(
        "Optional, once after an import. The text encoder learns from the "
        "archive's reports without labels, by guessing words hidden from it; "
        "models that read reports are then trained from it. Meant for a GPU: on a "
        "CPU it takes long."
    ),
    parameters.AdaptParameters,
    results.AdaptResult,
    "gpu",
    (RUNS,),
    (GO_ON, Step(noop("See the runs"), RUNS)),
    requirements.text_encoder,
)
DRAW_SEED = Kind(
    "draw_seed",
    noop("Draw seed"),
    noop("Chooses patients for the seed set by how their films look."),
    parameters.DrawSeedParameters,
    results.DrawSeedResult,
    "gpu",
    (ROUND, FIND_FILMS),
    (Step(noop("Read the seed set"), "/reading/seed"), Step(noop("See the round"), ROUND)),
    requirements.weights,
)
TRAIN_LABELER = Kind(
    "train_labeler",
    noop("Train labeler"),
    noop("Learns from the readers' labels of the seed set."),
    parameters.TrainLabelerParameters,
    results.TrainedModel,
    "gpu",
    (RUNS,),
    (Step(noop("Sweep the archive with it"), RUNS), Step(noop("See the labeler"), MODELS)),
    requirements.language_model,
    (Step(noop("Find films"), FIND_FILMS),),
)
SWEEP = Kind(
    "sweep",
    noop("Sweep"),
    noop("Labels every unread image. Uncertain ones go to review."),
    parameters.SweepParameters,
    results.SweepResult,
    "gpu",
    (RUNS,),
    (
        Step(noop("Review what is unsure"), "/review"),
        Step(noop("See what was accepted"), "/acceptance"),
    ),
)
READ_ARRIVALS = Kind(
    "read_arrivals",
    noop("Read arrived films"),
    noop("Reads films that have arrived with the promoted models. What needs a person is listed."),
    parameters.ReadArrivalsParameters,
    results.ReadArrivalsResult,
    "gpu",
    (),
    (
        Step(noop("Review what needs a person"), "/review?why=arrived"),
        Step(noop("See the arrived films"), ARRIVALS),
    ),
)
TRAIN_CLASSIFIER = Kind(
    "train_classifier",
    noop("Train classifier"),
    noop("Trains twice with one recipe: on manual labels alone, and with the pseudo-labels added."),
    parameters.TrainClassifierParameters,
    results.TrainClassifierResult,
    "gpu",
    (RUNS,),
    (Step(noop("Evaluate both classifiers"), RUNS), Step(noop("See the classifiers"), MODELS)),
)
EVALUATE = Kind(
    "evaluate",
    noop("Evaluate"),
    noop("Compares the two classifiers on the locked validation split."),
    parameters.EvaluateParameters,
    results.EvaluateResult,
    "gpu",
    (RUNS,),
    (Step(noop("Read the evaluation report"), "/evaluations/{evaluation}"),),
)
EXPORT = Kind(
    "export",
    noop("Export"),
    noop("Writes a classifier as one file for other programs."),
    parameters.ExportParameters,
    results.ExportResult,
    "cpu",
    (MODELS,),
    (
        Step(noop("Download {name}"), "/api/v1/export/model/{run}"),
        Step(noop("See the classifiers"), MODELS),
    ),
)

AnyKind = Kind[Any, Any]
KINDS: Mapping[str, AnyKind] = {
    kind.name: kind
    for kind in (
        IMPORT,
        CROP,
        REMOVE,
        TRY_PACS,
        PULL,
        PRETRAIN,
        ADAPT,
        DRAW_SEED,
        TRAIN_LABELER,
        SWEEP,
        READ_ARRIVALS,
        TRAIN_CLASSIFIER,
        EVALUATE,
        EXPORT,
    )
}
"""By name, in the order of a round."""
OF_STEP: Mapping[str, AnyKind] = {
    "archive": IMPORT,
    "seed": DRAW_SEED,
    "labeler": TRAIN_LABELER,
    "sweep": SWEEP,
    "classifier": TRAIN_CLASSIFIER,
    "evaluation": EVALUATE,
}
"""What carries out each step of the round; review is done by people."""


def find(name: str) -> AnyKind:
    """Return a kind by its name.

    Raises:
        errors.Refused: there is none.
    """
    if name not in KINDS:
        raise errors.Refused(
            _("There is no such kind of run."),
            "kind",
            _("Choose one of {names}.", names=", ".join(KINDS)),
        )
    return KINDS[name]


def title_of(name: str) -> str:
    """Return what people call a kind; of one that this release does not know, its name."""
    return _(KINDS[name].title) if name in KINDS else name.replace("_", " ")
