"""What a DICOM header says of people, before it is left behind: names as hashes, and suspicions.

Only the decoding process uses this module.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from pydicom.datadict import dictionary_VR
from pydicom.dataelem import DataElement
from pydicom.dataset import Dataset
from pydicom.multival import MultiValue

from app.imaging import attributes, known_names

PLACES = {"InstitutionName"}
NUMBERS = {"PatientID", "OtherPatientIDs", "AccessionNumber", "AdmissionID", "StudyID"}
SECONDARY_CAPTURE = "1.2.840.10008.5.1.4.1.1.7"
"""The root of the SOP classes of secondary captures (PS3.4 B.5): `.7` and `.7.1` to `.7.4`."""
DEEPEST = 16


@dataclass(frozen=True)
class People:
    """What is known of the people of a film.

    Attributes:
        names: hashes of their names and numbers, see `app.imaging.known_names`.
        suspicions: why a person must look at the film before readers do: `burned_in` where the
            header says that names are drawn into it, `secondary_capture` where it is a picture of
            a screen or of paper.
    """

    names: list[str]
    suspicions: list[str]


def look(header: Dataset, key: bytes) -> People:
    """Look through a DICOM header for what it says of people.

    Args:
        header: as it came.
        key: the installation's key.

    Returns:
        Hashes and suspicions; no name.
    """
    people, places, numbers = set[str](), set[str](), set[str]()
    for element in _elements(header):
        if _is_name(element):
            people |= set(_texts(element))
        elif element.keyword in PLACES:
            places |= set(_texts(element))
        elif element.keyword in NUMBERS:
            numbers |= set(_texts(element))
    found = known_names.of_people(people, key) | known_names.of_places(places, key)
    return People(sorted(found | known_names.of_numbers(numbers, key)), _suspicions(header))


def _suspicions(header: Dataset) -> list[str]:
    found = []
    if attributes.code(header, "BurnedInAnnotation") == "YES":
        found.append("burned_in")
    sop_class = attributes.text(header, "SOPClassUID")
    if sop_class == SECONDARY_CAPTURE or sop_class.startswith(f"{SECONDARY_CAPTURE}."):
        found.append("secondary_capture")
    return found


def _elements(dataset: Dataset, depth: int = 0) -> Iterator[DataElement]:
    """Yield every element that can be read, those of sequences too."""
    for tag in list(dataset.keys()):
        try:
            element = dataset[tag]
        except Exception:  # a converter's own complaint about this one value
            continue
        if element.VR == "SQ" and depth < DEEPEST:
            for item in element.value or ():
                yield from _elements(item, depth + 1)
        else:
            yield element


def _is_name(element: DataElement) -> bool:
    """Whether it is a person's name (VR PN, PS3.5 6.2), by the dictionary too."""
    try:
        return element.VR == "PN" or dictionary_VR(element.tag) == "PN"
    except KeyError:
        return False


def _texts(element: DataElement) -> Iterator[str]:
    value = element.value
    for one in value if isinstance(value, (list, tuple, MultiValue)) else [value]:
        if one is not None:
            yield one.decode("latin-1") if isinstance(one, bytes) else str(one)
