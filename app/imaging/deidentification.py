"""De-identification: a new file is made of the decoded pixels and of what is named here.

Nothing is copied. Pixels and tables are written anew, so no byte beside them gets through; codes
come from closed lists, numbers are numbers, and keys are pseudonyms.
"""

from collections.abc import Collection
from io import BytesIO

from pydicom import dcmwrite
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.uid import UID, SecondaryCaptureImageStorage, UID_dictionary

from app.imaging import attributes, pseudonyms, stored_picture, terms
from app.imaging.background import shutter_shapes
from app.imaging.film import StoredFilm
from app.imaging.pixels import Pixels

DECIMALS = (
    "WindowCenter",
    "WindowWidth",
    "RescaleSlope",
    "RescaleIntercept",
    "PixelSpacing",
    "ImagerPixelSpacing",
    "NominalScannedPixelSpacing",
    "EstimatedRadiographicMagnificationFactor",
)
INTEGERS = (
    "PixelAspectRatio",
    "ShutterLeftVerticalEdge",
    "ShutterRightVerticalEdge",
    "ShutterUpperHorizontalEdge",
    "ShutterLowerHorizontalEdge",
    "CenterOfCircularShutter",
    "RadiusOfCircularShutter",
    "VerticesOfThePolygonalShutter",
)
CODES = {
    "PatientSex": terms.SEXES,
    "PresentationLUTShape": terms.PRESENTATION_SHAPES,
    "PixelIntensityRelationship": terms.INTENSITY_RELATIONSHIPS,
    "VOILUTFunction": terms.VOI_FUNCTIONS,
    "RescaleType": terms.RESCALE_TYPES,
    "PixelSpacingCalibrationType": terms.CALIBRATIONS,
    "BurnedInAnnotation": terms.ANSWERS,
    "LossyImageCompression": terms.LOSSY,
}
DEVICE = ("Manufacturer", "ManufacturerModelName")
DETAILS = ("Modality", "BodyPartExamined", "PatientSex", "KVP", *DEVICE, "BurnedInAnnotation")
"""Kept with the image in the database too, to compare machines and views."""
_KVP = (10, 500)
"""Kilovolts of a radiograph, at least and at most; other numbers are none."""


def deidentified(
    dataset: Dataset, film: StoredFilm, pixels: Pixels, key: bytes, devices: Collection[str]
) -> Dataset:
    """Return a new dataset with the picture, what shows it right, and pseudonyms.

    Names, dates, times, free text, private attributes, overlays and everything else not listed in
    this module stay behind. What is drawn into the pixels stays.

    Args:
        dataset: as read.
        film: what was read from it, with its pseudonyms.
        pixels: its decoded frame.
        key: the secret of the pseudonyms.
        devices: names of devices that may be kept; others become pseudonyms.

    Source: DICOM PS3.15 annex E (basic profile, with Clean Pixel Data not applied).
    """
    kept = Dataset()
    kept.SpecificCharacterSet = "ISO_IR 192"
    _describe(dataset, film, kept)
    syntax = stored_picture.write(dataset, film, pixels, kept)
    for keyword in DEVICE:
        if found := attributes.text(dataset, keyword):
            setattr(kept, keyword, device(found, key, devices))
    _identify(dataset, film, kept, key)
    kept.file_meta = _meta(kept, syntax)
    return kept


def device(name: str, key: bytes, approved: Collection[str]) -> str:
    """Return a device's name where it is approved, else its pseudonym.

    Args:
        name: as the file has it.
        key: the secret of the pseudonyms.
        approved: names, compared without capitals and spaces; the approved spelling is returned.
    """
    spellings = {_folded(one): one for one in approved}
    return spellings.get(_folded(name)) or pseudonyms.device(name, key)


def as_bytes(dataset: Dataset) -> bytes:
    """Return a dataset made by `deidentified` as a DICOM file."""
    file = BytesIO()
    dcmwrite(file, dataset, enforce_file_format=True)
    return file.getvalue()


def kept_details(dataset: Dataset) -> dict[str, str]:
    """Return what the database keeps of a dataset made by `deidentified`, by keyword."""
    found = {keyword: attributes.text(dataset, keyword) for keyword in DETAILS}
    return {keyword: text for keyword, text in found.items() if text}


def _describe(dataset: Dataset, film: StoredFilm, kept: Dataset) -> None:
    """Write the attributes that are codes of closed lists, or numbers."""
    coded = {
        "Modality": terms.modality(attributes.code(dataset, "Modality")),
        "BodyPartExamined": terms.body_part(attributes.text(dataset, "BodyPartExamined")),
        "ViewPosition": terms.view(attributes.text(dataset, "ViewPosition")),
        "ImageLaterality": film.laterality,
        **{
            keyword: terms.among(closed, attributes.code(dataset, keyword))
            for keyword, closed in CODES.items()
        },
    }
    for keyword, found in coded.items():
        if found:
            setattr(kept, keyword, found)
    for keyword in DECIMALS:
        if numbers := attributes.numbers(dataset, keyword):
            setattr(kept, keyword, ["" if n is None else f"{n:.10g}" for n in numbers])
    for keyword in INTEGERS:
        if whole := attributes.all_numbers(dataset, keyword):
            setattr(kept, keyword, [int(number) for number in whole])
    if shapes := shutter_shapes(dataset):
        kept.ShutterShape = shapes
    if any(film.orientation):
        kept.PatientOrientation = list(film.orientation)
    kilovolts = attributes.number(dataset, "KVP")
    if kilovolts is not None and _KVP[0] <= kilovolts <= _KVP[1]:
        kept.KVP = f"{kilovolts:.1f}".removesuffix(".0")


def _identify(dataset: Dataset, film: StoredFilm, kept: Dataset, key: bytes) -> None:
    who = film.identity
    assert who is not None  # `app.imaging.dicom` has read it
    kept.PatientID = who.patient_key
    kept.PatientName = who.patient_key
    kept.PatientIdentityRemoved = "YES"
    kept.DeidentificationMethod = "Picture written anew, allow-list of attributes, keyed pseudonyms"
    kept.StudyInstanceUID = who.study_key
    kept.SeriesInstanceUID = pseudonyms.uid(attributes.text(dataset, "SeriesInstanceUID"), key)
    kept.SOPInstanceUID = who.image_key
    sop_class = attributes.text(dataset, "SOPClassUID")
    known = UID_dictionary.get(sop_class, ("", ""))[1] == "SOP Class"
    kept.SOPClassUID = UID(sop_class if known else SecondaryCaptureImageStorage)


def _meta(kept: Dataset, syntax: UID) -> FileMetaDataset:
    meta = FileMetaDataset()
    meta.MediaStorageSOPClassUID = kept.SOPClassUID
    meta.MediaStorageSOPInstanceUID = UID(kept.SOPInstanceUID)
    meta.TransferSyntaxUID = syntax
    return meta


def _folded(name: str) -> str:
    return " ".join(name.casefold().split())
