"""The first tour of each role: what to try, where, and what of it the workspace shows as done.

A reader's steps are told from that reader's own reads alone, so a tour says nothing of an image
that its reader does not know.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, and_, exists, or_, select, update
from sqlalchemy.orm import Session, aliased

from app.db.archive import Image, LabelClass
from app.db.clock import NOW
from app.db.learning import Evaluation, Lot, ModelVersion, PseudoLabel
from app.db.people import User
from app.db.practice import PracticeAttempt, PracticeFilm
from app.db.reading import Annotation, AnnotationFinding, Skip, WorklistItem
from app.db.registry import Promotion
from app.runs.kinds import OF_STEP
from app.sweeps import LATEST_SWEEP
from app.texts import _, noop

LATEST_READS = 300
"""Of a reader's own reads, as many are looked at: a tour is taken within them."""


@dataclass(frozen=True)
class Step:
    """One step of a tour.

    Attributes:
        title: what to do.
        text: how, in one or two sentences.
        path: of the page where it is done.
        done: whether the workspace shows it.
    """

    title: str
    text: str
    path: str
    done: bool


@dataclass(frozen=True)
class Tour:
    """The steps of one person's role, in order."""

    steps: Sequence[Step]

    @property
    def done(self) -> int:
        """How many steps are done."""
        return sum(step.done for step in self.steps)

    @property
    def next(self) -> Step | None:
        """The first step that is not done; None where all are."""
        return next((step for step in self.steps if not step.done), None)


Words = tuple[str, str, str]
OF_READERS: dict[str, Words] = {
    "practise": (
        noop("Practise"),
        noop("Read films whose label is known. You are told the label after each answer."),
        "/practice",
    ),
    "read": (
        noop("Read a film"),
        noop("Look at the film and press the key of its class. The next film follows at once."),
        "/reading",
    ),
    "undo": (
        noop("Take a read back"),
        noop("Press U: the last film comes back with your answer outlined. Answer it again."),
        "/reading",
    ),
    "skip": (
        noop("Skip a film"),
        noop("Press S. The film comes back to you after the others."),
        "/reading",
    ),
    "tools": (
        noop("Use a tool, a finding or a note"),
        noop(
            "Measure a length (L), tag a finding by its key, or write a note (N) before you give"
            " the label: all of it is kept with your read. Press ? for every key."
        ),
        "/reading",
    ),
    "review": (
        noop("Review a pseudo-label"),
        noop("After a sweep, decide what the labeler is unsure of: agree, or say what it is."),
        "/review",
    ),
    "report": (
        noop("Read the report beside the film"),
        noop("In review a study's report is shown, with the words that counted marked in it."),
        "/review",
    ),
}
OF_ADMINS: dict[str, Words] = {
    "classes": (
        noop("Set up the classes"),
        noop("What films are labelled with. Without it, the first import sets up the usual ones."),
        "/classes",
    ),
    "import": (
        noop("Import films"),
        noop("DICOM files, folders or zips, with reports if there are any."),
        "/imports",
    ),
    "seed": (
        noop("Draw the seed set"),
        noop("Choose how many patients your readers label first."),
        "/",
    ),
    "read": (
        noop("Have the seed set read"),
        noop("Invite readers under People, or read the films yourself."),
        "/people",
    ),
    "labeler": (
        noop("Train the labeler"),
        noop("It learns from the labels of the seed set."),
        OF_STEP["labeler"].starts_on[0],
    ),
    "sweep": (
        noop("Sweep the archive"),
        noop("The labeler labels every image that nobody has read."),
        OF_STEP["sweep"].starts_on[0],
    ),
    "review": (
        noop("Have the unsure ones reviewed"),
        noop("Readers decide on what the labeler is unsure of, the most telling films first."),
        "/review",
    ),
    "audit": (
        noop("Have the audits read"),
        noop("A random sample of each accepted lot is read blind."),
        "/acceptance",
    ),
    "release": (
        noop("See a lot released"),
        noop("A lot that passes its audit is released at once; one that fails is reviewed."),
        "/acceptance",
    ),
    "classifier": (
        noop("Train the classifiers"),
        noop("One on manual labels alone, one with the accepted and reviewed labels added."),
        OF_STEP["classifier"].starts_on[0],
    ),
    "evaluation": (
        noop("Evaluate them"),
        noop("Both are compared on the validation split, which neither has seen."),
        OF_STEP["evaluation"].starts_on[0],
    ),
    "promote": (
        noop("Promote the better one"),
        noop("Say which classifier is used, and why."),
        "/models",
    ),
}


def of(session: Session, user: User) -> Tour:
    """Return the tour of a person's role, as far as it is done."""
    words = OF_ADMINS if user.role == "admin" else OF_READERS
    shows = _of_admins() if user.role == "admin" else _of_readers(user.id)
    found = session.execute(select(*shows.values())).one()
    done = dict(zip(shows, found, strict=True))
    return Tour(
        [
            Step(_(title), _(text), path, bool(done[name]))
            for name, (title, text, path) in words.items()
            if name != "practise" or done["practice"]
        ]
    )


def end(session: Session, user: User) -> None:
    """Show the tour no more on a person's first page."""
    session.execute(update(User).where(User.id == user.id).values(tour_ended_at=NOW))


def begin(session: Session, user: User) -> None:
    """Show the tour on a person's first page, as it was at first."""
    session.execute(update(User).where(User.id == user.id).values(tour_ended_at=None))


def _of_readers(reader: int) -> dict[str, ColumnElement[bool]]:
    """Return what shows that a reader has done a step, by the step."""
    latest = (
        select(Annotation)
        .where(Annotation.reader_id == reader)
        .order_by(Annotation.at.desc())
        .limit(LATEST_READS)
        .subquery()
    )
    mine = aliased(Annotation, latest)
    tagged = exists().where(AnnotationFinding.annotation_id == mine.id)
    remarks = or_(mine.note.is_not(None), mine.measurements.is_not(None), tagged)
    reviewed = mine.worklist == "review"
    practised = PracticeAttempt.reader_id == reader, PracticeAttempt.ended_at.is_not(None)
    return {
        "practice": exists().where(PracticeFilm.image_id > 0),
        "practise": exists().where(*practised),
        "read": exists().where(mine.id > 0),
        "undo": exists().where(mine.withdraws_id.is_not(None)),
        "skip": exists().where(Skip.reader_id == reader),
        "tools": exists().where(remarks),
        "review": exists().where(reviewed),
        "report": exists().where(reviewed, mine.report_version > 0),
    }


def _of_admins() -> dict[str, ColumnElement[bool]]:
    """Return what shows that a step was done by anybody, by the step."""
    sweep = LATEST_SWEEP.scalar_subquery()
    # One by one, each by the index: of several PostgreSQL goes through the whole sweep.
    decided = [
        exists().where(PseudoLabel.sweep_id == sweep, PseudoLabel.status == status)
        for status in ("approved", "corrected", "rejected")
    ]
    promoted = Promotion.model_group == "classifier", Promotion.undone_at.is_(None)
    return {
        "classes": exists().where(LabelClass.id > 0),
        "import": exists().where(Image.id > 0),
        "seed": or_(_listed("seed"), _listed("seed", done=True)),
        "read": and_(_listed("seed", done=True), ~_listed("seed")),
        "labeler": exists().where(ModelVersion.role == "labeler"),
        "sweep": sweep.is_not(None),
        "review": or_(*decided),
        "audit": and_(_listed("audit", done=True), ~_listed("audit")),
        "release": exists().where(Lot.status == "released"),
        "classifier": exists().where(ModelVersion.role == "final"),
        "evaluation": exists().where(Evaluation.id > 0),
        "promote": exists().where(*promoted),
    }


def _listed(worklist: str, done: bool = False) -> ColumnElement[bool]:
    """Return whether a worklist has an image that is read, or one that is not.

    The first of them by the index: without an order PostgreSQL goes through all lists until it
    meets one.
    """
    mine = WorklistItem.worklist == worklist, WorklistItem.done.is_(done)
    first = select(WorklistItem.id).where(*mine).order_by(WorklistItem.position).limit(1)
    return first.scalar_subquery().is_not(None)
