"""What a PACS answers in DICOM JSON (PS3.18 annex F): anything may come, and little is read."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from app.outgoing.connection import Reply
from app.pacs.uids import is_uid
from app.pulling.line import JSON, Trouble

STUDY, SERIES, INSTANCE = "0020000D", "0020000E", "00080018"
SOP_CLASS, MODALITY, MODALITIES = "00080016", "00080060", "00080061"
DATE, TIME, PATIENT, DESCRIPTION = "00080020", "00080030", "00100020", "00081030"
BODY_PART, ROWS, FRAMES = "00180015", "00280010", "00280008"
Item = dict[str, Any]


@dataclass(frozen=True)
class Entry:
    """A study that a PACS has listed.

    Attributes:
        uid: its Study Instance UID.
        patient: the patient ID it is listed under.
        date: YYYYMMDD; "" where none is told.
        time: HHMMSS with or without a fraction; "" likewise.
        modalities: that it is said to hold; none where that is not told.
    """

    uid: str
    patient: str
    date: str
    time: str
    modalities: tuple[str, ...]


def items(reply: Reply) -> list[Item]:
    """Return the datasets of an answer; none where it has no content.

    Raises:
        Trouble: it is no DICOM JSON.
    """
    if reply.status == 204:
        return []
    kind = reply.content_type.partition(";")[0].strip().lower()
    try:
        found = json.loads(reply.body)
    except (ValueError, RecursionError) as error:
        raise Trouble("content", lasting=True) from error
    listed = isinstance(found, list) and all(isinstance(each, dict) for each in found)
    if kind not in (JSON, "application/json") or not listed:
        raise Trouble("content", lasting=True)
    datasets: list[Item] = found
    return datasets


def texts(item: Item, tag: str) -> tuple[str, ...]:
    """Return the values of an attribute as texts."""
    return tuple(str(each).strip() for each in _values(item, tag) if isinstance(each, str | int))


def text(item: Item, tag: str) -> str:
    """Return the first value of an attribute as a text, "" where there is none."""
    return next(iter(texts(item, tag)), "")


def entries(found: list[Item]) -> Iterator[Entry]:
    """Return the studies of an answer to a search; what has no UID is passed over."""
    for item in found:
        uid = text(item, STUDY)
        if is_uid(uid):
            modalities = texts(item, MODALITIES) or texts(item, MODALITY)
            place = text(item, PATIENT), text(item, DATE), text(item, TIME)
            yield Entry(uid, *place, modalities)


def _values(item: Item, tag: str) -> list[Any]:
    element = item.get(tag)
    found = element.get("Value") if isinstance(element, dict) else None
    return found if isinstance(found, list) else []
