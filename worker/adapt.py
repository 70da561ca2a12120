"""An `adapt` run: the text encoder that is set learns from the archive's reports without labels."""

from app.runs.parameters import AdaptParameters
from app.runs.results import AdaptResult
from app.training import adaptations, versions
from models.film import Film
from models.reports.adapting import MOST_REPORTS, adapt
from worker.progress import Running
from worker.recipes import recipe_from_scratch


def execute(running: Running[AdaptParameters]) -> AdaptResult:
    """Learn from development reports, those of the locked validation patients never among them."""
    encoder = running.settings.text_encoder
    rng = running.parameters.rng
    with running.reading() as session:
        told = adaptations.reports(session, MOST_REPORTS, rng)
    running.log(f"Learning from {len(told):,} reports, without labels.")
    adapted = adapt(
        [Film(None, report, "", side) for report, side in told],
        recipe_from_scratch(running, rng),
        running.folder,
        running.report,
        running.should_stop,
    )
    running.check()
    folder = versions.new_folder(running.run_id, "encoder")
    digest = adapted.save(running.settings.home / folder)
    running.store.share_folder(running.settings.home, folder)
    return AdaptResult(**adapted.figures, encoder=encoder, folder=folder, digest=digest)
