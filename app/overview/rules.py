"""Where the round stands, and what its next step is."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app import formats, unseen_classes
from app.acceptance import whole_set
from app.blindness import in_review
from app.db.clock import moment
from app.db.learning import Evaluation, Lot, ModelVersion, PseudoLabel, Run, Sweep
from app.db.reading import WorklistItem
from app.evaluation import rules as evaluations
from app.imports.totals import totals
from app.overview import behind, reads
from app.sweeps import latest_sweep_id
from app.texts import _, ngettext
from app.training.missing import missing_classes
from app.worklists import items, seeds
from app.worklists.assignments import NOBODY, Assigned, assigned, own_first
from app.worklists.queues import WorklistName

READERS: tuple[WorklistName, ...] = ("audit", "adjudication", "seed", "validation", "review")
"""The worklists in the order a reader should take them: an audit holds up a whole lot."""


@dataclass(frozen=True)
class Waiting:
    """A worklist, how many of its images wait for readers, and whose it is."""

    worklist: WorklistName
    images: int
    assigned: Assigned = NOBODY


@dataclass(frozen=True)
class Step:
    """One step of the round.

    Attributes:
        name: of the step.
        done: whether it was done at all.
        text: how it stands, in a sentence.
        behind: what has come since that it does not know, and what to do; empty where it is up to
            date.
        at: when it was done last, None for what people do all the time.
    """

    name: str
    done: bool
    text: str
    behind: str = ""
    at: datetime | None = None


@dataclass(frozen=True)
class Round:
    """The steps in order, and what the seed set can be drawn from.

    Attributes:
        steps: from archive to evaluation.
        seed_drawn: whether any seed patient was drawn.
        drawable: development patients that are on no worklist of seeds yet.
        evaluation: the newest evaluation's id, None where there is none.
        missing: what to say of classes no film was read of, once the seed set is read; else empty.
        unseen: likewise of what the newest labeler cannot know.
    """

    steps: list[Step]
    seed_drawn: bool
    drawable: int
    evaluation: int | None
    missing: str
    unseen: str

    @property
    def next(self) -> str:
        """The first step that is not done, else one that is behind, or an empty string.

        Of several that are behind, the first after what was done last: who has just trained a
        labeler again goes on with a sweep.
        """
        for step in self.steps:
            if not step.done:
                return step.name
        dated = [place for place, step in enumerate(self.steps) if step.at]
        last = max(dated, key=lambda place: self.steps[place].at or datetime.min, default=-1)
        onward = self.steps[last + 1 :] + self.steps[: last + 1]
        return next((step.name for step in onward if step.behind), "")

    @property
    def complete(self) -> bool:
        """Whether every step was done."""
        return all(step.done for step in self.steps)


def waiting(session: Session, reader_id: int) -> list[Waiting]:
    """Return how much of each worklist waits for a person: their own first, then by urgency."""
    known = assigned(session, moment(session))
    return [
        Waiting(name, items.remaining(session, name, reader_id), known.get(name, NOBODY))
        for name in own_first(known, reader_id, READERS)
    ]


def standing(session: Session) -> Round:
    """Return where the round stands."""
    drawn = select(WorklistItem.id).where(WorklistItem.worklist == "seed").limit(1)
    seed = _seed(session)
    missing = missing_classes(session) if seed.done else []
    return Round(
        steps=[
            _archive(session),
            seed,
            _labeler(session),
            _sweep(session),
            _review(session),
            _classifier(session),
            _evaluation(session),
        ],
        seed_drawn=session.scalar(drawn) is not None,
        drawable=seeds.count_not_in_seed(session),
        evaluation=session.scalar(select(func.max(Evaluation.id))),
        missing=unseen_classes.missing_in_words(missing),
        unseen=unseen_classes.in_words(_newest(session, "labeler")),
    )


def active_runs(session: Session) -> dict[str, int]:
    """Return the runs that have not ended: {kind: run id}."""
    active = select(Run.kind, Run.id).where(Run.status.in_(("queued", "running")))
    return dict(session.execute(active).all())


def _archive(session: Session) -> Step:
    counted = totals(session)
    images = sum(counted.images.values())
    patients = sum(counted.patients.values())
    text = (
        _(
            "{images} images of {patients} patients; {locked} images are locked for validation.",
            images=formats.count(images),
            patients=formats.count(patients),
            locked=formats.count(counted.images["validation"]),
        )
        if images
        else _("Import the films, with their reports if there are any.")
    )
    return Step("archive", images > 0, text)


def _seed(session: Session) -> Step:
    lists = reads.of_lists(session)
    seed, validation = lists["seed"], lists["validation"]
    if not seed.images:
        return Step("seed", False, _("Draw the patients whose films your readers label first."))
    text = _(
        "{read} of {drawn} seed images and {known} of {locked} validation images read.",
        read=formats.count(seed.begun),
        drawn=formats.count(seed.images),
        known=formats.count(validation.begun),
        locked=formats.count(validation.images),
    )
    if double := seed.several + validation.several:
        several = _(
            "Films with several readers: {several} of {double} have all their reads.",
            double=formats.count(double),
            several=formats.count(seed.all_of_several + validation.all_of_several),
        )
        text = f"{text} {several}"
    return Step("seed", seed.complete == seed.images, text)


def _labeler(session: Session) -> Step:
    labeler = _newest(session, "labeler")
    if labeler is None:
        return Step("labeler", False, _("Train a labeler on the reads."))
    made_of = {
        "text": _("Version {number}, reads the report.", number=labeler.id),
        "image": _("Version {number}, reads the image.", number=labeler.id),
        "language_model": _("Version {number}, asks a language model.", number=labeler.id),
        "fused": _("Version {number}, reads the report and the image.", number=labeler.id),
    }
    return Step(
        "labeler",
        True,
        made_of[labeler.method],
        behind.labeler(session, labeler),
        labeler.created_at,
    )


def _newest(session: Session, role: str) -> ModelVersion | None:
    versions = select(ModelVersion).where(ModelVersion.role == role)
    return session.scalar(versions.order_by(ModelVersion.id.desc()).limit(1))


def _sweep(session: Session) -> Step:
    sweep_id = latest_sweep_id(session)
    if sweep_id is None:
        return Step("sweep", False, _("Let the labeler label every unread image."))
    sweep = session.get_one(Sweep, sweep_id)
    failed = Lot.status == "failed"
    predicted, accepted, returned = session.execute(
        select(
            func.count(),
            func.count().filter(~failed),
            func.count().filter(failed),
        )
        .select_from(PseudoLabel)
        .outerjoin(Lot, Lot.id == PseudoLabel.lot_id)
        .where(PseudoLabel.sweep_id == sweep_id)
    ).one()
    text = _(
        "{accepted} of {predicted} labels accepted at {tolerated} % tolerated error.",
        accepted=formats.count(accepted),
        predicted=formats.count(predicted),
        tolerated=f"{100 * sweep.tolerated_error:g}",
    )
    if returned:
        others = ngettext(
            "{number} other is in a lot that failed its audit: people review it.",
            "{number} others are in lots that failed their audit: people review them.",
            returned,
            number=formats.count(returned),
        )
        text = f"{text} {others}"
    return Step("sweep", True, text, behind.sweep(session, sweep), sweep.created_at)


def _review(session: Session) -> Step:
    sweep_id = latest_sweep_id(session)
    if sweep_id is None:
        return Step("review", False, _("Readers decide what the labeler is unsure of."))
    waiting = session.scalar(
        select(func.count()).where(PseudoLabel.sweep_id == sweep_id, in_review())
    )
    auditing, released, failed = session.execute(
        select(
            func.count().filter(Lot.status == "auditing"),
            func.count().filter(Lot.status == "released"),
            func.count().filter(Lot.status == "failed"),
        ).where(Lot.sweep_id == sweep_id)
    ).one()
    text = ngettext(
        "{waiting} images wait for review; {released} lot released, {auditing} in audit,"
        " {failed} failed.",
        "{waiting} images wait for review; {released} lots released, {auditing} in audit,"
        " {failed} failed.",
        released,
        waiting=formats.count(waiting or 0),
        released=released,
        auditing=auditing,
        failed=failed,
    )
    whole = whole_set.standing(session, session.get_one(Sweep, sweep_id))
    if whole is not None:
        text = f"{text} {whole_set.in_words(whole)}"
    return Step("review", not waiting and not auditing, text)


def _classifier(session: Session) -> Step:
    final = _newest(session, "final")
    if final is None:
        return Step(
            "classifier", False, _("Train on manual labels alone, and with the rest added.")
        )
    text = _("Version {number}, with its baseline.", number=final.id)
    return Step("classifier", True, text, behind.classifier(session, final), final.created_at)


def _evaluation(session: Session) -> Step:
    newest = evaluations.recent(session, 1)
    if not newest:
        return Step("evaluation", False, _("Compare both on the locked validation split."))
    late, at = behind.evaluation(session, newest[0]), newest[0].created_at
    return Step("evaluation", True, _figures_in_words(newest[0]), late, at)


def _figures_in_words(newest: Evaluation) -> str:
    baseline, final = (
        figures.wauc.value for figures in evaluations.report_of(newest).models.values()
    )
    if baseline is None or final is None:
        return _("The two classifiers could not be compared.")
    return _(
        "WAUC {baseline} before, {final} after.",
        baseline=formats.decimal(baseline),
        final=formats.decimal(final),
    )
