"""A decision as a DICOM object: a Comprehensive SR that follows TID 1500, one for each image.

Patient and study are those of the film in the PACS, so that it files the report beside the film. It
is UNVERIFIED: nobody has signed it. What it states is in `app.write_back.report_content`.
"""

import hashlib
import json
import warnings
from collections.abc import Mapping
from datetime import datetime
from importlib.metadata import version

from highdicom.sr import ComprehensiveSR
from pydicom import config
from pydicom.datadict import dictionary_VR, tag_for_keyword
from pydicom.dataelem import DataElement
from pydicom.dataset import Dataset
from pydicom.uid import ComprehensiveSRStorage

from app.imaging import pseudonyms
from app.imaging.pacs_names import PATIENT, STUDY, UIDS
from app.write_back import codes
from app.write_back.decided import Decided
from app.write_back.report_content import MAKER, content

EMPTY_WHERE_UNKNOWN = (
    "PatientID",
    "PatientName",
    "PatientBirthDate",
    "PatientSex",
    "StudyDate",
    "StudyTime",
    "StudyID",
    "AccessionNumber",
    "ReferringPhysicianName",
)
"""Of type 2: they are there whatever they hold (PS3.3 C.7.1.1, C.7.2.1)."""

FACTS = (
    "image_id",
    "image_key",
    "source_digest",
    "laterality",
    "label",
    "basis",
    "by",
    "readers",
    "findings",
)
FACTS_OF_AI = (
    "role",
    "label",
    "probabilities",
    "sweep_id",
    "model_id",
    "method",
    "digest",
    "training_digest",
)
"""What a report's UID follows from. A name here never changes: every report would be another, and
be written again."""


def uid_of(decided: Decided, key: bytes) -> str:
    """Return the SOP Instance UID of a decision's report: the same for the same decision.

    Args:
        decided: what was decided; another label, reader or sweep is another decision.
        key: the installation's.
    """
    facts = {name: getattr(decided, name) for name in FACTS} | {
        "sealed": None,
        "at": decided.at.isoformat(),
        "ai": [{name: getattr(said, name) for name in FACTS_OF_AI} for said in decided.ai],
    }
    digest = hashlib.sha256(json.dumps(facts, sort_keys=True).encode()).hexdigest()
    return pseudonyms.uid(f"structured report\0{digest}", key)


def structured_report(
    decided: Decided,
    reference: Mapping[str, str],
    key: bytes,
    number: int = 1,
    earlier: Dataset | None = None,
    uid: str | None = None,
) -> Dataset:
    """Return the report of a decision.

    Args:
        decided: what was decided of one image.
        reference: what its film is called in the PACS, opened.
        key: the installation's, from which new UIDs are made.
        number: of the report among those of the image, from 1.
        earlier: the report that this one replaces, or as much of it as `named` returns.
        uid: its SOP Instance UID, where it was told before; `uid_of` the decision otherwise.

    Returns:
        A dataset that can be written as a file; Explicit VR Little Endian.
    """
    film = film_of(reference)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # they quote the values they are about
        report = ComprehensiveSR(
            evidence=[film],
            content=content(decided, film, key),
            series_instance_uid=_series_of(decided, key),
            series_number=decided.image_id,
            sop_instance_uid=uid or uid_of(decided, key),
            instance_number=number,
            manufacturer=MAKER,
            manufacturer_model_name=MAKER,
            software_versions=version("condyle"),
            is_complete=True,
            is_final=True,
            previous_versions=[earlier] if earlier is not None else None,
        )
    as_in_the_pacs(report, reference)
    as_of(report, decided.at)
    report.SpecificCharacterSet = "ISO_IR 192"
    report.SeriesDescription = "Condyle: decisions"
    report.CodingSchemeIdentificationSequence = [_scheme(key)]
    return report


def named(decided: Decided, reference: Mapping[str, str], key: bytes, uid: str) -> Dataset:
    """Return how another report on the same image is referred to, given its SOP Instance UID."""
    report = Dataset()
    report.StudyInstanceUID = reference["StudyInstanceUID"]
    report.SeriesInstanceUID = _series_of(decided, key)
    report.SOPClassUID = ComprehensiveSRStorage
    report.SOPInstanceUID = uid
    return report


def _series_of(decided: Decided, key: bytes) -> str:
    return pseudonyms.uid(f"reports on\0{decided.image_key}", key)


def film_of(reference: Mapping[str, str]) -> Dataset:
    """Return what is referred to: highdicom takes from it where the report belongs."""
    film = Dataset()
    for keyword in EMPTY_WHERE_UNKNOWN:
        setattr(film, keyword, None)
    for keyword in UIDS:
        setattr(film, keyword, reference[keyword])
    return film


def as_in_the_pacs(report: Dataset, reference: Mapping[str, str]) -> None:
    """Name patient and study as the PACS does, letter by letter, also where DICOM forbids it."""
    for keyword in (*PATIENT, *STUDY):
        if keyword in reference:
            tag = tag_for_keyword(keyword)
            assert tag is not None
            name = dictionary_VR(tag), reference[keyword]
            report.add(DataElement(tag, *name, validation_mode=config.IGNORE))


def as_of(report: Dataset, at: datetime) -> None:
    """Date a report by its decision, in this machine's time zone: written again it is the same."""
    here = at.astimezone()
    day, time = here.strftime("%Y%m%d"), here.strftime("%H%M%S.%f")
    report.ContentDate = report.InstanceCreationDate = day
    report.ContentTime = report.InstanceCreationTime = time
    for program in report.get("ContributingEquipmentSequence", ()):
        program.ContributionDateTime = day + time


def _scheme(key: bytes) -> Dataset:
    scheme = Dataset()
    scheme.CodingSchemeDesignator = codes.SCHEME
    scheme.CodingSchemeUID = pseudonyms.uid("coding scheme", key)
    scheme.CodingSchemeName = "Classes and findings of this installation of Condyle"
    return scheme
