"""An `adapt` run: the text encoder that is set learns from the archive's reports without labels.

Parameters: `rng`, the seed of the draw and of the training.
"""

from typing import Any

from app.training import adaptations, versions
from models.film import Film
from models.reports.adapting import MOST_REPORTS, adapt
from worker.progress import Running
from worker.recipes import recipe_from_scratch


def execute(running: Running) -> dict[str, Any]:
    """Learn from development reports, those of the locked validation patients never among them."""
    encoder = running.settings.text_encoder
    adaptations.refuse_without_encoder(encoder)
    rng = running.parameters.get("rng", 0)
    with running.reading() as session:
        told = adaptations.reports(session, MOST_REPORTS, rng)
    running.log(f"Learning from {len(told):,} reports, without labels.")
    adapted = adapt(
        [Film(None, report, "", side) for report, side in told],
        recipe_from_scratch(running),
        running.folder,
        running.report,
        running.should_stop,
    )
    running.check()
    folder = versions.new_folder(running.run_id, "encoder")
    digest = adapted.save(running.settings.home / folder)
    return {**adapted.figures, "encoder": encoder, "folder": folder, "digest": digest}
