"""Which recipe a run trains by, where nobody has said so."""

from pathlib import Path

from app.db.archive import Workspace
from app.db.engine import Database
from app.db.learning import Run
from app.db.tables import now
from app.settings import Settings
from models.images.recipes import small_recipe
from worker.progress import Running
from worker.recipes import recipe_for


def begun(database: Database, settings: Settings) -> Running:
    """A run in a workspace whose knees are generated."""
    with database.begin() as session:
        run = Run(kind="train_labeler", status="running", started_at=now())
        session.add_all([run, Workspace(generated=True)])
    return Running(database, settings, run, "nobody")


def test_generated_knees_are_learned_by_a_small_recipe(
    database: Database, settings: Settings
) -> None:
    recipe = recipe_for(begun(database, settings), rng=3)
    assert (recipe.size, recipe.presentations) == (
        small_recipe().size,
        small_recipe().presentations,
    )
    assert recipe.seed == 3


def test_weights_that_are_set_decide_the_recipe_there_too(
    database: Database, settings: Settings, tmp_path: Path
) -> None:
    settings.weights = "download"
    recipe = recipe_for(begun(database, settings), rng=0)
    assert recipe.weights == "download"
    assert recipe.size > small_recipe().size
