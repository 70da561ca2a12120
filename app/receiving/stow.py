"""Films that a program stores by DICOMweb (STOW-RS, PS3.18 10.5): each with its verdict.

The verdicts are those of C-STORE, and "stored" means the same: on the disk and recorded. Nothing
looks into a film but for where it belongs, element by element; what is in it the import finds out.
"""

import mmap
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from app.pacs.film_classes import FILMS
from app.pacs.header import Header, NoFilm, header_of
from app.pacs.uids import is_uid
from app.receiving.encodings import SYNTAXES, beginning_of
from app.receiving.parts import OBJECT, Part
from app.receiving.taking import Taker
from app.receiving.tallies import TAKEN, Sender

SERVICE = "STOW-RS"
"""Stands in lists where C-STORE has the AE title that was called."""
REASONS = {
    "film_size": 0xA700,
    "room": 0xA700,
    "study": 0xA900,
    "classes": 0x0122,
    "encoding": 0xC122,
    "no_dicom": 0xC000,
    "unnamed": 0xC000,
    "cut": 0xC000,
    "trouble": 0x0110,
}
"""Failure reasons (PS3.18 table I.2-2, PS3.4 table B.2-1) of what is a key of `tallies.WORDS`."""
SOP_CLASS, INSTANCE, REASON = "00081150", "00081155", "00081197"
REFERENCED, FAILED, OTHER_FAILURES = "00081199", "00081198", "0008119A"
NO_ADDRESS = {"00081190": {"vr": "UR"}}
"""Retrieve URL has to be there (PS3.18 table I.1-1, type 2); films cannot be fetched here."""


@dataclass(frozen=True)
class Verdict:
    """What became of one object.

    Attributes:
        what: a key of `tallies.WORDS`.
        sop_class: as the object states it; empty where it could not be read.
        uid: its SOP Instance UID, likewise.
    """

    what: str
    sop_class: str = ""
    uid: str = ""

    @property
    def stored(self) -> bool:
        """Whether the sender need not send it again."""
        return self.what in TAKEN


class Intake:
    """Takes the objects of one request.

    Args:
        taker: of the workspace.
        sender: who asks for it.
        study: the study that the address names; None where it names none.
    """

    def __init__(self, taker: Taker, sender: Sender, study: str | None) -> None:
        self._taker, self._sender, self._study = taker, sender, study
        self.verdicts = list[Verdict]()

    def take(self, parts: Sequence[Part]) -> None:
        """Take objects, each in its file, which is removed; what became of them is kept."""
        try:
            for part in parts:
                self.verdicts.append(self._verdict(part))
        finally:
            for part in parts:
                part.path.unlink(missing_ok=True)

    def refuse(self, what: str) -> None:
        """Keep and count that an object was not taken, of which nothing is known."""
        self._taker.count(self._sender, what)
        self.verdicts.append(Verdict(what))

    def _verdict(self, part: Part) -> Verdict:
        what, header = part.fault, None
        if not what:
            what, header = self._looked_at(part)
        if header is None or what:
            self._taker.count(self._sender, what)
            return Verdict(what) if header is None else _of(what, header)
        return _of(self._stored(part.path, header), header)

    def _looked_at(self, part: Part) -> tuple[str, Header | None]:
        """Return why an object is not taken, empty where it is, and what it says it is."""
        if part.kind not in ("", OBJECT) or not part.size:
            return "no_dicom", None
        try:
            with part.path.open("rb") as file, _mapped(file) as data:
                header = header_of(data)
        except NoFilm:
            return "no_dicom", None
        if not is_uid(header.instance):
            return "unnamed", None
        if header.sop_class not in FILMS:
            return "classes", header
        if header.syntax not in SYNTAXES:
            return "encoding", header
        if self._study is not None and header.study != self._study:
            return "study", header
        return "", header

    def _stored(self, path: Path, header: Header) -> str:
        """Store a film. Its meta information is written anew, so that it is the same file however
        it came."""
        begins = beginning_of(header.sop_class, header.instance, header.syntax)
        with (
            path.open("rb") as file,
            _mapped(file) as data,
            memoryview(data) as whole,
            whole[header.begins :] as dataset,
        ):
            return self._taker.take(self._sender, header.instance, [begins, dataset])


def answer_of(verdicts: Sequence[Verdict]) -> tuple[int, dict[str, Any]]:
    """Return what a sender is told: a status of HTTP, and DICOM JSON (PS3.18 10.5.3).

    200 where everything is stored, 409 where nothing is, 202 between.
    """
    stored = [each for each in verdicts if each.stored]
    failed = [each for each in verdicts if not each.stored]
    told = {
        REFERENCED: [_item(each) | NO_ADDRESS for each in stored],
        FAILED: [_item(each) | _reason(each) for each in failed if each.uid],
        OTHER_FAILURES: [_reason(each) for each in failed if not each.uid],
    }
    status = 200 if not failed else 202 if stored else 409
    sequences = {tag: {"vr": "SQ", "Value": items} for tag, items in told.items() if items}
    return status, NO_ADDRESS | sequences


def _of(what: str, header: Header) -> Verdict:
    return Verdict(what, header.sop_class if is_uid(header.sop_class) else "", header.instance)


def _item(verdict: Verdict) -> dict[str, Any]:
    named = {SOP_CLASS: verdict.sop_class, INSTANCE: verdict.uid}
    return {tag: {"vr": "UI", "Value": [uid]} for tag, uid in named.items() if uid}


def _reason(verdict: Verdict) -> dict[str, Any]:
    return {REASON: {"vr": "US", "Value": [REASONS[verdict.what]]}}


def _mapped(file: Any) -> mmap.mmap:
    return mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
