"""What may be a DICOM UID, as another machine names it."""

import re

FORM = re.compile("[0-9.]{1,64}")


def is_uid(value: str) -> bool:
    """Whether a text is one, or comes so near that nothing of it can do harm (PS3.5 9.1)."""
    return FORM.fullmatch(value) is not None
