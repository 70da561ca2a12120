"""Searching for studies (QIDO-RS, PS3.18 10.6), in the ways that real servers understand.

Some do not decode what stands percent-encoded in a query: they answer 200 and nothing. So only
signs that need no encoding are sent, and `*` for all others; what is found is looked at again here.
"""

import re
from collections.abc import Mapping

from app.pulling.answers import Entry, entries, items
from app.pulling.line import JSON, Line

STUDY_UID, MODALITY, BODY_PART = "StudyInstanceUID", "ModalitiesInStudy", "BodyPartExamined"
DATE, TIME, DESCRIPTION = "StudyDate", "StudyTime", "StudyDescription"
PAGE = 1000
"""Studies that are asked for at a time."""


def like(text: str) -> str:
    """Return what finds every text that holds another, as far as it can be sent raw.

    Args:
        text: at least one letter or digit of ASCII.
    """
    return re.sub(r"[^A-Za-z0-9.-]+", "*", f"*{text}*")


def query(filters: Mapping[str, str], limit: int = PAGE) -> str:
    """Return the path of a search.

    Args:
        filters: values that need no encoding, by keyword.
        limit: studies that are asked for at most.
    """
    named = "".join(f"{keyword}={value}&" for keyword, value in filters.items())
    return f"/studies?{named}limit={limit}"


def search(line: Line, filters: Mapping[str, str], limit: int = PAGE) -> list[Entry]:
    """Return what a PACS lists for a search, as it stands.

    Raises:
        NotReached, Trouble: as `Line.get`; it answers no DICOM JSON.
    """
    return list(entries(items(line.get(query(filters, limit), JSON))))
