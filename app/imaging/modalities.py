"""What a modality may be called in a refusal."""

OTHERS = {
    *("AR", "BI", "BMD", "CT", "DG", "DOC", "ECG", "EPS", "ES", "EEG", "EMG", "GM", "HD", "IVOCT"),
    *("IVUS", "KER", "KO", "LEN", "LS", "MG", "MR", "NM", "OAM", "OCT", "OP", "OPT", "OPV", "OSS"),
    *("PR", "PT", "RTDOSE", "RTIMAGE", "RTPLAN", "RTSTRUCT", "SEG", "SM", "SR", "TG", "US"),
}
"""Defined terms of Modality (DICOM PS3.3 C.7.3.1.1.1) that are no single projections."""


def named(modality: str) -> str:
    """Return a modality's term; a text that is none may be a name, and is not repeated."""
    return modality if modality in OTHERS else "none of DICOM's"
