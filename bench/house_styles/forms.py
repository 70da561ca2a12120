"""The form in which a house's system hands its reports out."""

import re
import textwrap
from collections.abc import Callable

COLUMNS = 72
SEGMENT = 3
"""How many of a report's lines stand in one OBX segment."""


def plain(text: str) -> str:
    """As it was written."""
    return text


def wrapped(text: str) -> str:
    """Broken at 72 columns, as a mainframe prints it."""
    return "\n".join(textwrap.fill(line, COLUMNS) for line in text.split("\n"))


def hl7(text: str) -> str:
    """OBX segments of text, a `~` for each line end, reserved characters escaped.

    Source: HL7 2.5.1, chapters 2.7 (escape sequences) and 7.4.2 (OBX).
    """
    lines = [re.sub(r"[\\|~^&]", _escaped, line) for line in text.split("\n")]
    parts = [lines[start : start + SEGMENT] for start in range(0, len(lines), SEGMENT)]
    return "\n".join(
        f"OBX|{number}|TX|36643-5^XR Knee^LN||{'~'.join(part)}||||||F"
        for number, part in enumerate(parts, 1)
    )


def _escaped(found: re.Match[str]) -> str:
    codes = {"\\": "E", "|": "F", "~": "R", "^": "S", "&": "T"}
    return f"\\{codes[found[0]]}\\"


def rtf(text: str) -> str:
    """Rich Text Format 1.9: a header, `\\par` for each line end, other characters escaped."""
    written = re.sub(r"[\\{}]", r"\\\g<0>", text)
    written = "".join(_in_rtf(letter) for letter in written).replace("\n", "\\par\n")
    return (
        r"{\rtf1\ansi\ansicpg1252\deff0{\fonttbl{\f0\fswiss\fcharset0 Arial;}}"
        r"{\colortbl ;\red0\green0\blue0;}\viewkind4\uc1\pard\lang2057\f0\fs22 "
        + written
        + "\\par\n}"
    )


def _in_rtf(letter: str) -> str:
    if ord(letter) < 128:
        return letter
    try:
        return f"\\'{letter.encode('cp1252')[0]:02x}"
    except UnicodeEncodeError:
        return f"\\u{ord(letter)}?"


FORMS: dict[str, Callable[[str], str]] = {
    "prose": plain,
    "sections": plain,
    "telegram": plain,
    "form": plain,
    "template": plain,
    "note": plain,
    "wrapped": wrapped,
    "hl7": hl7,
    "rtf": rtf,
}
