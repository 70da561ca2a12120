"""Who a DICOM file is of: the patient, the study and the image, in pseudonyms."""

import hashlib
from pathlib import Path

from pydicom.dataset import Dataset

from app.imaging import attributes, pseudonyms
from app.imaging.film import Identity
from app.imaging.placeholders import is_placeholder


def read(dataset: Dataset, path: Path, key: bytes) -> Identity:
    """Read the identity from a header.

    A PatientID counts within its issuer (0010,0021), or the universal id of the issuer's
    qualifiers (0010,0024) where only these are there, or else within the institution (0008,0080).
    Without a PatientID that names a person each study is a patient of its own; without UIDs each
    file is a study. Source: DICOM PS3.3 C.7.1.1 and table 10-18.

    Args:
        dataset: the header.
        path: the file, read only where it has no SOPInstanceUID.
        key: the secret of the pseudonyms.
    """
    image = attributes.text(dataset, "SOPInstanceUID") or _digest(path)
    study = attributes.text(dataset, "StudyInstanceUID") or image
    written = attributes.text(dataset, "PatientID")
    number = "" if is_placeholder(written) else written
    issuer = pseudonyms.issuer(_issuer(dataset), key)
    site = pseudonyms.site(attributes.text(dataset, "InstitutionName"), key)
    alone = pseudonyms.patient(study, key)
    sex = attributes.code(dataset, "PatientSex")
    return Identity(
        patient_key=pseudonyms.patient(number, key, issuer or site) if number else alone,
        study_key=pseudonyms.uid(study, key),
        image_key=pseudonyms.uid(image, key),
        number=pseudonyms.patient(number, key) if number else "",
        issuer=issuer,
        site=site,
        born=pseudonyms.birth(attributes.text(dataset, "PatientBirthDate"), number, key),
        sex=sex if sex in ("F", "M", "O") else "",
        accession=pseudonyms.accession(attributes.text(dataset, "AccessionNumber"), key),
        study_alone=alone,
    )


def _issuer(dataset: Dataset) -> str:
    named = attributes.text(dataset, "IssuerOfPatientID")
    if named:
        return named
    items = attributes.value(dataset, "IssuerOfPatientIDQualifiersSequence") or []
    return attributes.text(items[0], "UniversalEntityID") if items else ""


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
