"""The terms on the pages, explained once: the glossary, and the "?" beside a term, read from here.

It lies beside the features: every page may use a term. `docs/words.md` says which word the code
uses for which thing.
"""

from dataclasses import dataclass

from app.texts import noop


@dataclass(frozen=True)
class Term:
    """A term of the pages.

    Attributes:
        name: as the pages write it.
        meaning: in one to three sentences.
        more: the page of the documentation, with its anchor, that says the most about it.
    """

    name: str
    meaning: str
    more: str


TERMS: dict[str, Term] = {
    # The archive.
    "image": Term(
        noop("Image"),
        noop(
            "One knee on one radiograph: what is labelled, learned from and counted. A film of both"
            " knees is two images."
        ),
        "importing#films-of-both-knees",
    ),
    "manifest": Term(
        noop("Manifest"),
        noop("A table that comes with the films and says whose they are, and what they show."),
        "importing#the-manifest",
    ),
    "pseudonym": Term(
        noop("Pseudonym"),
        noop(
            "What stands for a patient's or study's id in the archive. Nobody can tell the id"
            " from it without this installation's key."
        ),
        "importing#what-must-not-get-out",
    ),
    "held": Term(
        noop("Held film"),
        noop("A film that may show a name. No reader sees it until an admin has looked at it."),
        "importing#held-films",
    ),
    "split": Term(
        noop("Split"),
        noop(
            "Which part of the archive a patient belongs to, for ever: development, which models"
            " learn from, or validation."
        ),
        "pixels#the-split",
    ),
    "validation": Term(
        noop("Validation"),
        noop(
            "The locked part of the archive. No model ever learns from its images; its labels are"
            " used to judge the classifiers."
        ),
        "pixels#the-split",
    ),
    "class": Term(
        noop("Class"),
        noop("What an image is labelled with, such as normal or abnormal. Admins set classes up."),
        "reading#classes",
    ),
    # Reading.
    "worklist": Term(
        noop("Worklist"),
        noop("Images in the order in which readers get them."),
        "reading#for-a-reader",
    ),
    "seed": Term(
        noop("Seed set"),
        noop(
            "The films of the first patients, which people label by hand. The labeler learns from"
            " these labels."
        ),
        "reading#for-a-reader",
    ),
    "random": Term(
        noop("Random seed"),
        noop(
            "The number from which a random choice is drawn. The same number draws the same again,"
            " so that anybody can repeat it."
        ),
        "runs#kinds-of-run",
    ),
    "blind": Term(
        noop("Blind reading"),
        noop(
            "A film is read without its report, and without knowing what other readers or the"
            " labeler say of it."
        ),
        "reading#blindness",
    ),
    "double": Term(
        noop("Double reading"),
        noop("Several readers read the same image, each without knowing what the others say."),
        "reading#independent-reads",
    ),
    "adjudication": Term(
        noop("Adjudication"),
        noop("Where independent readers differ, one more reader decides; that label counts."),
        "reading#independent-reads",
    ),
    "reference": Term(
        noop("Reference label"),
        noop(
            "What all reads of an image amount to: one read, an agreement, an adjudication, or an"
            " admin's word."
        ),
        "reading#what-the-labels-amount-to",
    ),
    "kappa": Term(
        noop("Kappa"),
        noop(
            "How far readers agree beyond chance: 1 is perfect agreement, 0 is what chance alone"
            " would give. Fleiss' kappa is of many readers, Cohen's of two."
        ),
        "evaluation#agreement-of-readers",
    ),
    "drift": Term(
        noop("Drift"),
        noop("How far a reader agrees, over time, with what the same reader said before."),
        "reading#practice",
    ),
    "guideline": Term(
        noop("Guideline"),
        noop("The practice's written rules of reading. Each read names the version it followed."),
        "reading#the-guideline",
    ),
    "practice": Term(
        noop("Practice set"),
        noop("Films whose label is known, to practise on. Practice answers count as no reads."),
        "reading#practice",
    ),
    # Labels that a model gives.
    "labeler": Term(
        noop("Labeler"),
        noop(
            "The model that learns from the seed set and then labels the rest of the archive, from"
            " reports, images or both."
        ),
        "labeler",
    ),
    "sweep": Term(
        noop("Sweep"),
        noop("One pass of a labeler over every image that has no label yet."),
        "round",
    ),
    "pseudo-label": Term(
        noop("Pseudo-label"),
        noop(
            "The class that a labeler gives an image in a sweep. It is not a read, and counts only"
            " once it is accepted or a reader has decided."
        ),
        "review#a-pseudo-labels-states",
    ),
    "calibration": Term(
        noop("Calibration"),
        noop(
            "Whether probabilities can be believed: of the images that a calibrated model is 90 %"
            " sure of, 90 % are right."
        ),
        "labeler#calibration",
    ),
    "calibration-read": Term(
        noop("Calibration read"),
        noop(
            "A read of a seed patient who is kept out of the labeler's training. These reads show"
            " how often the labeler is wrong."
        ),
        "acceptance#for-whoever-runs-the-practices-archive",
    ),
    "tolerated": Term(
        noop("Tolerated error"),
        noop("The share of wrong labels that an admin puts up with among the accepted ones."),
        "acceptance#for-whoever-runs-the-practices-archive",
    ),
    "accepted": Term(
        noop("Accepted"),
        noop(
            "A pseudo-label that the labeler is sure enough of to count without a reader, once the"
            " audit of its lot has passed."
        ),
        "acceptance",
    ),
    "lot": Term(
        noop("Lot"),
        noop(
            "Accepted pseudo-labels of one class, or of one large site of it. They are released, or"
            " fail, together."
        ),
        "acceptance#for-whoever-runs-the-practices-archive",
    ),
    "audit": Term(
        noop("Audit"),
        noop(
            "Readers read a random sample of a lot blind. If few enough of its labels are wrong,"
            " the whole lot is released; otherwise it goes back to review."
        ),
        "acceptance#for-whoever-runs-the-practices-archive",
    ),
    "bound": Term(
        noop("Upper bound"),
        noop(
            "With 95 % confidence, no more than this share is wrong. It is more than the share seen"
            " in the sample, because a sample can be lucky."
        ),
        "acceptance#for-whoever-runs-the-practices-archive",
    ),
    "review": Term(
        noop("Review"),
        noop(
            "A reader decides on the pseudo-labels that the labeler is unsure of, with the report"
            " beside the film."
        ),
        "review",
    ),
    "blind-first": Term(
        noop("Blind first"),
        noop("In review, the reader decides before the pseudo-label is shown."),
        "review#blind-first",
    ),
    # Models and their figures.
    "classifier": Term(
        noop("Classifier"),
        noop(
            "The model that a practice wants in the end: it looks at a film and gives a probability"
            " for each class."
        ),
        "labeler#what-the-final-classifier-learns-from",
    ),
    "baseline": Term(
        noop("Baseline and final"),
        noop(
            "Two classifiers by one recipe. The baseline learns from manual labels alone, the final"
            " one from pseudo-labels too. Their difference is the gain."
        ),
        "labeler#what-the-final-classifier-learns-from",
    ),
    "promote": Term(
        noop("Promote"),
        noop("To put one version of a model to use. A roll-back returns to the one before."),
        "models#promote-and-roll-back",
    ),
    "auc": Term(
        noop("AUC"),
        noop(
            "How well a class is told from the others: the chance that an image of the class gets a"
            " higher probability of it than one of another class. 0.5 is guessing, 1 is perfect."
        ),
        "evaluation#how-to-read-it",
    ),
    "wauc": Term(
        noop("WAUC"),
        noop("The AUCs of all classes as one figure, each weighted by how common its class is."),
        "evaluation#how-to-read-it",
    ),
    "interval": Term(
        noop("95 % interval"),
        noop(
            "What the figure might be in the whole population: of a hundred such intervals, 95 hold"
            " the true value."
        ),
        "evaluation#how-to-read-it",
    ),
    "run": Term(
        noop("Run"),
        noop("One job in the background, such as an import, a training or a sweep."),
        "runs",
    ),
    "audit-log": Term(
        noop("Audit log"),
        noop(
            "Who did what, and when. Each event holds a digest of the one before, so that a later"
            " change would show. It is not the audit of a lot."
        ),
        "audit",
    ),
}
"""The terms by the anchor that leads to each of them."""
