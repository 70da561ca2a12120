"""Settings of the receiver of films, `condyle receive`; the rest is in `app.settings`."""

from pydantic import Field
from pydantic_settings import BaseSettings


class DicomSettings(BaseSettings):
    """What DICOM peers may do; `app.settings.Settings` adds everything else to it."""

    dicom_titles: str = Field(
        "CONDYLE", description="AE titles that films may be sent to, separated by commas."
    )
    dicom_senders: str = Field(
        "",
        description="Who may send films: AE titles, separated by commas, with an address where it "
        "must come from there, as PACS1@10.0.0.5; empty: nobody.",
    )
    dicom_host: str = Field("127.0.0.1", description="Address the receiver of films listens on.")
    dicom_port: int = Field(
        11112, ge=1, le=65535, description="Port the receiver of films listens on."
    )
    dicom_associations: int = Field(
        20, ge=1, le=500, description="Associations that may send films at the same time."
    )
    dicom_pdu_kb: int = Field(
        256, ge=4, le=4096, description="Size, in KiB, of the largest piece (PDU) that is sent."
    )
    dicom_film_mb: int = Field(
        128, ge=1, le=2047, description="Size, in MiB, of the largest film that may be sent."
    )
    dicom_waiting_mb: int = Field(
        51_200, ge=1, description="Size, in MiB, of all films together that wait for their import."
    )
    dicom_seconds: float = Field(
        60, gt=0, description="Seconds after which a sender that says nothing is cut off."
    )
    dicom_certificate: str = Field(
        "", description="PEM file with the receiver's certificate; empty: films come unencrypted."
    )
    dicom_certificate_key: str = Field("", description="PEM file with the certificate's key.")
    dicom_authorities: str = Field(
        "",
        description="PEM file with the authorities whose certificate a sender must show; empty: "
        "a sender shows none.",
    )
