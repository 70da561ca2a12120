"""Rich Text Format: the text of it, every character with its place.

Source: Rich Text Format Specification 1.9.1 (Microsoft, 2008). What is no text of the body (fonts,
styles, pictures, headers, fields' instructions) is left out, and so is text that is hidden, struck
through or deleted under revision marks.
"""

import codecs
import re
from dataclasses import dataclass, field, replace

from models.reports.placed_text import PlacedText

BEGIN = "{\\rtf"
TOKEN = re.compile(
    r"\\'(?P<byte>[0-9a-fA-F]{2})|\\(?P<word>[a-zA-Z]{1,32})(?P<number>-?\d{1,10})? ?"
    r"|\\(?P<sign>[^a-zA-Z])|(?P<brace>[{}])|(?P<end>[\r\n]+)|(?P<text>[^\\{}\r\n]+)|\\",
    re.DOTALL,
)
DESTINATIONS = (
    "colortbl stylesheet info pict object objdata header headerl headerr headerf footer footerl"
    " footerr footerf ftnsep ftnsepc ftncn listtable listoverridetable revtbl rsidtbl generator"
    " themedata colorschememapping datastore latentstyles xmlnstbl fldinst bkmkstart bkmkend"
    " filetbl template operator author title subject keywords comment doccomm private tc xe"
    " nonesttables annotation atnid atnauthor pgptbl fontemb fontfile falt"
)
"""Those that hold no text of the body."""
SKIPPED = frozenset(DESTINATIONS.split())
SIGNS = dict.fromkeys(("par", "line", "sect", "page", "row", "column", "nestrow"), "\n")
SIGNS |= dict.fromkeys(("cell", "nestcell", "tab"), "\t")
SIGNS |= dict.fromkeys(("enspace", "emspace", "qmspace", "~"), " ")
SIGNS |= {"emdash": "—", "endash": "–", "lquote": "‘", "rquote": "’", "ldblquote": "“"}
SIGNS |= {"rdblquote": "”", "bullet": "•", "_": "-", "\\": "\\", "{": "{", "}": "}"}
SIGNS |= {"\n": "\n", "\r": "\n"}
CHARSETS = {0: "", 1: "", 77: "mac_roman", 128: "cp932", 129: "cp949", 130: "johab", 134: "gbk"}
CHARSETS |= {136: "big5", 161: "cp1253", 162: "cp1254", 163: "cp1258", 177: "cp1255"}
CHARSETS |= {178: "cp1256", 186: "cp1257", 204: "cp1251", 222: "cp874", 238: "cp1250", 2: "symbol"}
"""`\\fcharset` to codec; "" is the document's own."""
BOXES = {0x6F: "☐", 0x71: "☐", 0xA8: "☐", 0xA3: "☐", 0xFC: "✓", 0xFD: "☒", 0xFE: "☑", 0x52: "☑"}
BOXES |= {0x54: "☒", 0xB7: "•", 0xA7: "•", 0x9F: "•", 0xD8: "•", 0x76: "•", 0xFB: "☒"}
"""Wingdings and Symbol, as far as forms use them."""
MOST_GROUPS = 10_000
"""Open groups; no writer nests so deep."""


@dataclass(frozen=True)
class Group:
    """What holds inside a pair of braces."""

    skipped: bool = False
    hidden: bool = False
    fonts: bool = False
    font: int = -1
    fallback: int = 1


@dataclass
class Reader:
    """Reads one document, from its first brace to the one that closes it."""

    source: PlacedText
    codec: str = "cp1252"
    group: Group = field(default_factory=Group)
    groups: list[Group] = field(default_factory=list)
    fonts: dict[int, str] = field(default_factory=dict)
    pieces: list[PlacedText] = field(default_factory=list)
    to_skip: int = 0
    starred: bool = False
    open_bytes: tuple[int, bytes] = (0, b"")

    def read(self, start: int) -> int:
        """Read the document that begins there and return where it ends."""
        place, text = start, self.source.text
        while place < len(text) and (found := TOKEN.match(text, place)):
            place = found.end()
            if found["byte"] is None and (found["text"] is None or not self.open_bytes[1]):
                self.open_bytes = (0, b"")
            kind = found.lastgroup
            if kind == "brace":
                self._brace(found[0])
                if not self.groups:
                    break
            elif kind in ("word", "number"):
                place = self._word(found)
            elif kind is not None and kind != "end":
                getattr(self, f"_{kind}")(found)
        return place

    def _brace(self, brace: str) -> None:
        self.to_skip, self.starred = 0, False
        if brace == "{":
            if len(self.groups) < MOST_GROUPS:
                self.groups.append(self.group)
        elif self.groups:
            self.group = self.groups.pop()

    def _set(self, **changes: object) -> None:
        self.group = replace(self.group, **changes)  # type: ignore[arg-type]

    def _word(self, found: re.Match[str]) -> int:
        word, number = found["word"], int(found["number"] or 1)
        if self.to_skip and word not in ("u", "uc"):
            self.to_skip -= 1
        elif word == "bin":
            return min(found.end() + max(number, 0), len(self.source.text))
        elif self.starred or word in SKIPPED:
            self._set(skipped=True)
        elif word in SIGNS:
            self._put(found.start(), found.end(), SIGNS[word])
        elif word == "u":
            self.to_skip = self.group.fallback
            self._put(found.start(), found.end(), _character(number % 65536))
        else:
            self._property(word, number, found["number"])
        self.starred = False
        return found.end()

    def _property(self, word: str, number: int, given: str | None) -> None:
        if word == "uc":
            self._set(fallback=max(number, 0))
        elif word in ("v", "deleted", "strike", "striked"):
            self._set(hidden=given != "0")
        elif word == "plain":
            self._set(hidden=False, font=-1)
        elif word == "fonttbl":
            self._set(fonts=True)
        elif word == "f":
            self._set(font=number)
        elif word == "fcharset" and self.group.fonts:
            self.fonts[self.group.font] = CHARSETS.get(number, "")
        elif word == "ansicpg":
            self.codec = _codec(number) or self.codec
        elif word in ("mac", "pc", "pca"):
            self.codec = {"mac": "mac_roman", "pc": "cp437", "pca": "cp850"}[word]

    def _sign(self, found: re.Match[str]) -> None:
        self.starred = found["sign"] == "*"
        if found["sign"] in SIGNS and not self._skips():
            self._put(*found.span(), SIGNS[found["sign"]])

    def _skips(self) -> bool:
        self.to_skip, skips = max(self.to_skip - 1, 0), self.to_skip > 0
        return skips

    def _byte(self, found: re.Match[str]) -> None:
        if self._skips():
            return
        codec = self.fonts.get(self.group.font) or self.codec
        if codec == "symbol":
            self._put(*found.span(), BOXES.get(int(found["byte"], 16), " "))
            return
        self._decode(found.start(), found.end(), bytes.fromhex(found["byte"]), codec)

    def _decode(self, start: int, end: int, octet: bytes, codec: str) -> None:
        """Decode an octet, together with the one before it where a character takes two."""
        first, waiting = self.open_bytes if self.open_bytes[1] else (start, b"")
        decoder = codecs.getincrementaldecoder(codec)("replace")
        text = decoder.decode(waiting + octet)
        self.open_bytes = (0, b"") if text or waiting else (first, octet)
        if text:
            self._put(first, end, text)

    def _text(self, found: re.Match[str]) -> None:
        start, end = found.span()
        if self.open_bytes[1] and self.source.text[start].isascii():  # its second octet as it is
            codec = self.fonts.get(self.group.font) or self.codec
            self._decode(start, start + 1, self.source.text[start].encode(), codec)
            start += 1
        start, self.to_skip = min(start + self.to_skip, end), max(self.to_skip - (end - start), 0)
        if not (self.group.skipped or self.group.fonts or self.group.hidden):
            self.pieces.append(self.source.part(start, end))

    def _put(self, start: int, end: int, text: str) -> None:
        if not (self.group.skipped or self.group.fonts or self.group.hidden):
            self.pieces.append(self.source.part(start, end).rewritten(text))


def _codec(page: int) -> str | None:
    for name in (f"cp{page}", {65001: "utf-8", 936: "gbk", 10000: "mac_roman"}.get(page, "")):
        try:
            return codecs.lookup(name).name
        except LookupError:
            continue
    return None


def _character(code: int) -> str:
    if 0xF000 <= code <= 0xF0FF:  # a font of symbols
        return BOXES.get(code - 0xF000, " ")
    return chr(code)


def text_of_rtf(text: PlacedText) -> PlacedText:
    """Return a text in which each RTF document is replaced by its text.

    Args:
        text: holds RTF anywhere, or not at all.
    """
    pieces, done = [], 0
    while (start := text.text.find(BEGIN, done)) >= 0:
        reader = Reader(text)
        end = reader.read(start)
        pieces += [text.part(done, start), _with_pairs(PlacedText.joined(reader.pieces))]
        done = end
    return PlacedText.joined([*pieces, text.part(done, len(text.text))]) if pieces else text


PAIR = re.compile("[\ud800-\udbff][\udc00-\udfff]")


def _with_pairs(text: PlacedText) -> PlacedText:
    """Make one character of two halves that UTF-16 wrote apart."""
    return text.replaced(
        PAIR, lambda found: found[0].encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    )
