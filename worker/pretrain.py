"""A `pretrain` run: a network learns from the archive's films without labels."""

from app.runs.parameters import PretrainParameters
from app.runs.results import PretrainResult
from app.training import pretrainings
from app.training import rules as training
from models.images.pretraining import MOST_FILMS, pretrain
from worker.films import films, size_of
from worker.progress import Running
from worker.recipes import recipe_from_scratch


def execute(running: Running[PretrainParameters]) -> PretrainResult:
    """Learn from development films, those of the locked validation patients never among them."""
    rng = running.parameters.rng
    with running.reading() as session:
        chosen = pretrainings.patients(session, MOST_FILMS, rng)
        rows = training.of_patients(session, chosen)
    running.log(f"Learning from {size_of(rows)}, without labels.")
    recipe = recipe_from_scratch(running, rng)
    weights = running.folder / "weights.safetensors"
    learned_from = pretrain(
        films(rows, running.store),
        recipe,
        weights,
        running.folder,
        running.report,
        running.should_stop,
    )
    running.check()
    digest = running.store.put(weights.read_bytes())
    weights.unlink()
    return PretrainResult(films=learned_from, network=recipe.network, weights=digest)
