"""The coded terms of structured reports: of DICOM and SNOMED CT where there are such, else our own.

Classes and findings are an installation's data, so its own terms mean something there alone: each
report names the coding scheme by a UID of the installation (PS3.3 C.12.1.1). What becomes of an AI
result is coded by ours as well: IHE's AI Result Assessment is no final text, and its codes are not
to be guessed.
"""

from highdicom.sr.coding import CodedConcept
from pydicom.sr.codedict import codes

from app.write_back.ai_results import Role
from app.write_back.ranges import Named

SCHEME = "99CONDYLE"
LONGEST_MEANING = 64
"""Characters of a code's meaning (PS3.5 6.2, LO)."""

X_RAY = codes.cid100.XRUnspecifiedBodyRegion
"""Of those that TID 1500 lists as procedures (CID 100); the finding site says that it is a knee."""
IMAGING_MEASUREMENT_REPORT = codes.DCM.ImagingMeasurementReport
FINDING = codes.DCM.Finding
KNEE = codes.SCT.Knee
SIDES = {"L": codes.SCT.Left, "R": codes.SCT.Right}
NO_UNITS = codes.UCUM.NoUnits
ARTIFICIAL_INTELLIGENCE = codes.cid7162.ArtificialIntelligence


def ours(value: str, meaning: str) -> CodedConcept:
    """Return a term of our own.

    Args:
        value: up to 16 characters; it always means the same in an installation.
        meaning: for people; what is longer than DICOM allows is cut.
    """
    words = meaning.replace("\\", "/").strip()
    return CodedConcept(value, SCHEME, words[:LONGEST_MEANING] or value)


LABEL = ours("label", "Label of the knee")
BASIS = ours("basis", "How the label came about")
READERS = ours("readers", "Readers who gave this label")
BASES = {
    "single_read": ours("single_read", "Read by one reader"),
    "agreement": ours("agreement", "Independent readers agree"),
    "adjudication": ours("adjudication", "An adjudicator decided between readers"),
    "overruled": ours("overruled", "An administrator overruled the readers"),
}
ASSESSMENT_OF: dict[Role, CodedConcept] = {
    "labeler": ours("assess-labeler", "Assessment of the labeler's result"),
    "classifier": ours("assess-classif", "Assessment of the classifier's result"),
}
ASSESSMENTS = {
    "accepted": ours("accepted", "AI result accepted"),
    "rejected": ours("rejected", "AI result rejected"),
    "supplemented": ours("supplemented", "AI result accepted and supplemented"),
}


def of_class(label: Named) -> CodedConcept:
    """Return the term of a class."""
    return ours(f"class-{label[0]}", label[1])


def of_finding(finding: Named) -> CodedConcept:
    """Return the term of a finding."""
    return ours(f"finding-{finding[0]}", finding[1])


def probability_of(label: Named) -> CodedConcept:
    """Return the term of a class's probability."""
    return ours(f"p-class-{label[0]}", f"Probability of {label[1]}")
