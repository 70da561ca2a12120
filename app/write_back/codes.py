"""The coded terms of structured reports: of DICOM and SNOMED CT where there are such, else our own.

Classes and findings are an installation's data, so its own terms mean something there alone: each
report names the coding scheme by a UID of the installation (PS3.3 C.12.1.1).
"""

from highdicom.sr.coding import CodedConcept
from pydicom.sr.codedict import codes

from app.write_back.decided import Named

SCHEME = "99CONDYLE"
LONGEST_MEANING = 64
"""Characters of a code's meaning (PS3.5 6.2, LO)."""

PROJECTION_X_RAY = codes.DCM.ProjectionXRay
IMAGING_MEASUREMENT_REPORT = codes.DCM.ImagingMeasurementReport
FINDING = codes.DCM.Finding
KNEE = codes.SCT.Knee
SIDES = {"L": codes.SCT.Left, "R": codes.SCT.Right}
NO_UNITS = codes.UCUM.NoUnits


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
ASSESSMENT = ours("assessment", "Assessment of the AI result")
BASES = {
    "single_read": ours("single_read", "Read by one reader"),
    "agreement": ours("agreement", "Independent readers agree"),
    "adjudication": ours("adjudication", "An adjudicator decided between readers"),
    "overruled": ours("overruled", "An administrator overruled the readers"),
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
