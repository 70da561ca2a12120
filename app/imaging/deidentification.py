"""De-identification by an allow-list: what is not named here does not get through."""

from io import BytesIO

from pydicom import dcmwrite
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.uid import UID, SecondaryCaptureImageStorage

from app.imaging import attributes, lookup_tables, pseudonyms
from app.imaging.background import shutter_shapes

PIXEL_NUMBERS = (
    "SamplesPerPixel",
    "PlanarConfiguration",
    "Rows",
    "Columns",
    "BitsAllocated",
    "BitsStored",
    "HighBit",
    "PixelRepresentation",
)
PADDING = ("PixelPaddingValue", "PixelPaddingRangeLimit")
DECIMALS = (
    "WindowCenter",
    "WindowWidth",
    "RescaleSlope",
    "RescaleIntercept",
    "PixelSpacing",
    "ImagerPixelSpacing",
    "NominalScannedPixelSpacing",
    "EstimatedRadiographicMagnificationFactor",
    "KVP",
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
CODES = (
    "Modality",
    "BodyPartExamined",
    "ViewPosition",
    "Laterality",
    "ImageLaterality",
    "PatientSex",
    "PhotometricInterpretation",
    "PresentationLUTShape",
    "PixelIntensityRelationship",
    "VOILUTFunction",
    "PixelSpacingCalibrationType",
    "RescaleType",
    "BurnedInAnnotation",
    "LossyImageCompression",
)
DEVICE = ("Manufacturer", "ManufacturerModelName")
TABLES = ("ModalityLUTSequence", "VOILUTSequence")
PALETTE = tuple(
    f"{colour}PaletteColorLookupTable{part}"
    for colour in ("Red", "Green", "Blue")
    for part in ("Descriptor", "Data")
)
DETAILS = ("Modality", "BodyPartExamined", "PatientSex", "KVP", *DEVICE, "BurnedInAnnotation")
"""Kept with the image in the database too, to compare machines and views."""


def deidentified(dataset: Dataset, key: bytes, patient: str, study: str, image: str) -> Dataset:
    """Return a new dataset with the allowed attributes, pseudonyms, and the pixel data as it came.

    Names, dates, times, free text, private attributes, overlays and everything else not listed in
    this module stay behind. What is drawn into the pixels stays.

    Args:
        dataset: as read.
        key: the secret of the pseudonyms.
        patient: the patient's pseudonym.
        study: the study's pseudonym.
        image: the image's pseudonym.

    Source: DICOM PS3.15 annex E (basic profile, with Clean Pixel Data not applied).
    """
    kept = Dataset()
    kept.SpecificCharacterSet = "ISO_IR 192"
    _copy_pixels(dataset, kept)
    for keyword in CODES:
        if found := attributes.code(dataset, keyword):
            setattr(kept, keyword, found)
    for keyword in DECIMALS:
        if numbers := attributes.numbers(dataset, keyword):
            setattr(kept, keyword, ["" if n is None else f"{n:.10g}" for n in numbers])
    for keyword in INTEGERS:
        if whole := attributes.all_numbers(dataset, keyword):
            setattr(kept, keyword, [int(number) for number in whole])
    if shapes := shutter_shapes(dataset):
        kept.ShutterShape = shapes
    for keyword in DEVICE:
        if found := attributes.text(dataset, keyword):
            setattr(kept, keyword, found[:64])
    _identify(dataset, kept, key, patient, study, image)
    return kept


def as_bytes(dataset: Dataset) -> bytes:
    """Return a dataset made by `deidentified` as a DICOM file."""
    file = BytesIO()
    dcmwrite(file, dataset, enforce_file_format=True)
    return file.getvalue()


def kept_details(dataset: Dataset) -> dict[str, str]:
    """Return what the database keeps of a dataset made by `deidentified`, by keyword."""
    found = {keyword: attributes.text(dataset, keyword) for keyword in DETAILS}
    return {keyword: text for keyword, text in found.items() if text}


def _copy_pixels(dataset: Dataset, kept: Dataset) -> None:
    for keyword in PIXEL_NUMBERS:
        if (found := attributes.number(dataset, keyword)) is not None:
            setattr(kept, keyword, int(found))
    signed = kept.get("PixelRepresentation") == 1
    for keyword in PADDING:
        for found in attributes.words(dataset, keyword)[:1]:
            kept.add_new(keyword, "SS" if signed else "US", attributes.word(found, signed))
    for keyword in TABLES:
        if items := lookup_tables.as_items(dataset, keyword):
            setattr(kept, keyword, items)
    for element in _only(dataset, (*PALETTE, "PixelData")):
        kept.add(element)


def _only(dataset: Dataset, keywords: tuple[str, ...]) -> Dataset:
    part = Dataset()
    for keyword in keywords:
        if keyword in dataset:
            part.add(dataset[keyword])
    return part


def _identify(
    dataset: Dataset, kept: Dataset, key: bytes, patient: str, study: str, image: str
) -> None:
    kept.PatientID = patient
    kept.PatientName = patient
    kept.PatientIdentityRemoved = "YES"
    kept.DeidentificationMethod = "Allow-list of attributes, keyed pseudonyms"
    kept.StudyInstanceUID = study
    kept.SeriesInstanceUID = pseudonyms.uid(attributes.text(dataset, "SeriesInstanceUID"), key)
    kept.SOPInstanceUID = image
    sop_class = attributes.text(dataset, "SOPClassUID")
    standard = sop_class.startswith("1.2.840.10008.") and sop_class.replace(".", "").isdigit()
    kept.SOPClassUID = UID(sop_class if standard else SecondaryCaptureImageStorage)
    meta = FileMetaDataset()
    meta.MediaStorageSOPClassUID = kept.SOPClassUID
    meta.MediaStorageSOPInstanceUID = UID(image)
    meta.TransferSyntaxUID = dataset.file_meta.TransferSyntaxUID
    kept.file_meta = meta
