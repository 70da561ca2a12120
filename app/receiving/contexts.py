"""What the receiver takes over an association: kinds of objects, and how they may be encoded."""

from pynetdicom.ae import ApplicationEntity

from app.pacs.film_classes import FILMS
from app.receiving.encodings import SYNTAXES
from app.settings import Settings

VERIFICATION = "1.2.840.10008.1.1"


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
