"""What a film, and whose it is, are called in the PACS: read only where an admin wants it kept."""

import re

from pydicom.dataset import Dataset

from app.imaging import attributes

UIDS = ("StudyInstanceUID", "SeriesInstanceUID", "SOPInstanceUID", "SOPClassUID")
"""Without these nothing can refer to a film."""
PATIENT = ("PatientID", "IssuerOfPatientID", "PatientName", "PatientBirthDate", "PatientSex")
STUDY = ("StudyDate", "StudyTime", "StudyID", "AccessionNumber")
"""A PACS files an object by these: one of a known study with another patient, or with none, it
refuses or takes for another patient's (PS3.3 C.7.1.1, C.7.2.1)."""
LONGEST = 324
"""Characters of a value: those of a name in its three forms (PS3.5 6.2)."""
_UID = re.compile("(0|[1-9][0-9]*)([.](0|[1-9][0-9]*))+")


def read(dataset: Dataset) -> dict[str, str]:
    """Return the names by keyword, empty ones left out; nothing where a UID is missing or none."""
    uids = {keyword: attributes.text(dataset, keyword) for keyword in UIDS}
    if not all(len(uid) <= 64 and _UID.fullmatch(uid) for uid in uids.values()):
        return {}
    others = {keyword: attributes.text(dataset, keyword) for keyword in (*PATIENT, *STUDY)}
    return uids | {key: value for key, value in others.items() if 0 < len(value) <= LONGEST}
