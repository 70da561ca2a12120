"""What the receiver takes: kinds of objects, how they may be encoded, and the file made of one."""

from pydicom.dataset import FileMetaDataset
from pydicom.filebase import DicomBytesIO
from pydicom.filewriter import write_file_meta_info
from pydicom.uid import (
    HTJ2K,
    JPEG2000,
    UID,
    DeflatedExplicitVRLittleEndian,
    ExplicitVRBigEndian,
    ExplicitVRLittleEndian,
    HTJ2KLossless,
    HTJ2KLosslessRPCL,
    ImplicitVRLittleEndian,
    JPEG2000Lossless,
    JPEGBaseline8Bit,
    JPEGExtended12Bit,
    JPEGLossless,
    JPEGLosslessSV1,
    JPEGLSLossless,
    JPEGLSNearLossless,
    RLELossless,
)
from pynetdicom.ae import ApplicationEntity

from app.pacs.film_classes import FILMS
from app.settings import Settings

SYNTAXES: tuple[str, ...] = (
    ExplicitVRLittleEndian,
    ImplicitVRLittleEndian,
    JPEGLosslessSV1,
    JPEGLossless,
    JPEGLSLossless,
    JPEG2000Lossless,
    HTJ2KLossless,
    HTJ2KLosslessRPCL,
    RLELossless,
    JPEGBaseline8Bit,
    JPEGExtended12Bit,
    JPEGLSNearLossless,
    JPEG2000,
    HTJ2K,
    DeflatedExplicitVRLittleEndian,
    ExplicitVRBigEndian,
)
"""In the order in which one is chosen of those a sender offers in one context: explicit before
implicit, in which private elements lose their types; plain before compressed, and lossless before
lossy. A sender that offers a compressed one in a context of its own gets it."""
VERIFICATION = "1.2.840.10008.1.1"
IMPLEMENTATION = "2.25.231270843107563520411968373206163072241"
"""Of the file's meta information: always the same, so that the same film is the same file."""


def entity_of(settings: Settings) -> ApplicationEntity:
    """Return what pynetdicom calls us, with what we take and the limits it keeps itself."""
    entity = ApplicationEntity("CONDYLE")
    for uid in FILMS:
        entity.add_supported_context(uid, list(SYNTAXES))
    entity.add_supported_context(VERIFICATION)
    entity.maximum_associations = settings.dicom_associations
    entity.maximum_pdu_size = settings.dicom_pdu_kb * 1024
    entity.network_timeout = settings.dicom_seconds
    entity.acse_timeout = settings.dicom_seconds
    return entity


def beginning_of(sop_class_uid: str, instance_uid: str, syntax: str) -> bytes:
    """Return what stands in front of a dataset in its file: preamble and meta information.

    It says nothing of when or by whom it was sent.
    """
    meta = FileMetaDataset()
    meta.FileMetaInformationVersion = b"\x00\x01"
    meta.MediaStorageSOPClassUID = UID(sop_class_uid)
    meta.MediaStorageSOPInstanceUID = UID(instance_uid)
    meta.TransferSyntaxUID = UID(syntax)
    meta.ImplementationClassUID = UID(IMPLEMENTATION)
    meta.ImplementationVersionName = "CONDYLE"
    buffer = DicomBytesIO()
    buffer.write(b"\x00" * 128 + b"DICM")
    write_file_meta_info(buffer, meta, enforce_standard=True)
    return bytes(buffer.getvalue())
