"""Forms and pick lists: what was ticked stays with its label, what was not is left out.

`Osteophytes: [ ] none [x] small [ ] large` reads `Osteophytes: small`. A field that nobody filled
in (`____`, `***`, `[none/small]`) says nothing; the sentence or label it stands in says no more.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cache

from models.reports.languages import table
from models.reports.phrases import MASK, folded, pattern
from models.reports.placed_text import PlacedText
from models.reports.tables import in_rows

TICKED = (
    r"\[[ \t]?[xX✓✔√*•■][ \t]?\]|\([ \t]?[xX✓✔√*•■●][ \t]?\)|[☑☒✓✔■●◉🗹🗷]|_{1,9}[xX✓]_{1,9}"
    r"|<[xX]>|\{[xX]\}"
)
UNTICKED = r"\[[ \t_]{0,9}\]|\([ \t_]{0,9}\)|[☐□○◯❏❑▢]|<[ _]{1,9}>|\{[ _]{0,9}\}"
BOX = re.compile(rf"(?P<ticked>{TICKED})|(?:{UNTICKED})")
RULED_TICK = re.compile("_[xX✓]_")
RULED = re.compile(rf"{BOX.pattern}|_{{2,9}}")
"""Boxes drawn as lines, in a text where one of them is ticked."""
FIRST_BOX = re.compile(rf"[\s*•-]*(?:{TICKED}|{UNTICKED})")
FIELD = re.compile(
    r"_{2,}|\*{3,}|\.{5,}|…{2,}|\{[^{}\n]{0,200}\}|\[[^\[\]\n]{0,80}\]|<[^<>\n]{1,60}>"
)
EMPHASIS = re.compile(r"(\*{3,}|_{2,})[ \t]*(?=[^\s*_])")
GROUP = re.compile(r"(?:^|(?<=[.;,])|\s{2,})\s*[^\W\d_][^:.;,\n]{0,60}:\s*$")
LABEL = re.compile(r"^.{0,80}:\s*")
SENTENCE = re.compile(r"(?<=[.!?;])[ \t]+|(?<=[。；])")
LINE = re.compile("\n")
SIGNS = " \t:;,."


def filled(text: PlacedText) -> PlacedText:
    """Return what was filled in of a text.

    Args:
        text: a section, in lines.

    Returns:
        The text without boxes, unticked options and unfilled fields.
    """
    lines = in_rows(text.split(LINE))
    if not (FIELD.search(text.text) or BOX.search(text.text) or _prompts().search(text.text)):
        return PlacedText.lines(lines)
    return PlacedText.lines(
        kept for line in _with_options(lines) for kept in [_filled_line(line)] if kept.text.strip()
    )


def _with_options(lines: Sequence[PlacedText]) -> Iterator[PlacedText]:
    """Put options on lines of their own behind the label above them."""
    waiting: list[PlacedText] = []
    for line in lines:
        if FIRST_BOX.match(line.text) and waiting and len(BOX.findall(line.text)) == 1:
            waiting.append(line)
            continue
        yield from _together(waiting)
        waiting = [line] if line.text.strip() else []
        if not waiting:
            yield line
    yield from _together(waiting)


def _together(lines: Sequence[PlacedText]) -> Iterator[PlacedText]:
    label = lines[0].text.strip() if lines else ""
    is_label = not BOX.search(label) and (label.endswith(":") or len(label.split()) <= 5)
    if len(lines) > 2 and is_label and label[-1:] not in ".;":
        yield PlacedText.lines(lines).replaced(LINE, lambda _: " ")
    else:
        yield from lines


def _filled_line(line: PlacedText) -> PlacedText:
    boxes = list(
        (RULED if "_" in line.text and RULED_TICK.search(line.text) else BOX).finditer(line.text)
    )
    if boxes and (len(boxes) > 1 or _is_option(line.text, boxes[0])):
        return _ticked(line, boxes)
    kept = [sentence for sentence in line.split(SENTENCE) if _is_filled(sentence.text)]
    return PlacedText.joined(_spaced(map(_without_emphasis, kept)))


def _is_option(line: str, box: re.Match[str]) -> bool:
    """Tell whether one box stands where an option's box does: before or behind all of a line."""
    before, after = line[: box.start()].strip(), line[box.end() :].strip(SIGNS)
    return not before.strip("*•-") or not after or before.endswith(":")


def _spaced(pieces: Iterator[PlacedText]) -> Iterator[PlacedText]:
    for n, piece in enumerate(pieces):
        if n and piece.text:
            yield piece.part(0, 1).rewritten(" ")
        yield piece


def _is_filled(sentence: str) -> bool:
    """Tell whether a sentence holds no field that nobody filled in."""
    fields = FIELD.findall(_stripped(sentence))
    if _prompts().fullmatch(sentence.rpartition(":")[2].strip(SIGNS)):
        return False
    return not any(_is_blank(field) for field in fields)


@cache
def _prompts() -> re.Pattern[str]:
    """Return what finds the prompts of several words that stand in unfilled fields."""
    prompts = [prompt for prompt in table("sections")["unfilled"] if " " in prompt]
    return re.compile("|".join(map(re.escape, prompts)), re.IGNORECASE)


def _stripped(sentence: str) -> str:
    """Take off stars or lines around a whole sentence: they stress it."""
    text = sentence.strip()
    sign = EMPHASIS.match(text)
    return text.strip("*_ \t") if sign and text.rstrip(".").endswith(sign[1][:2]) else text


def _without_emphasis(sentence: PlacedText) -> PlacedText:
    stripped = _stripped(sentence.text)
    start = sentence.text.find(stripped)
    return sentence.part(start, start + len(stripped))


def _is_blank(field: str) -> bool:
    if field[0] not in "[<":
        return True
    if MASK.fullmatch(field):
        return False
    inner = folded(field[1:-1]).strip(" *:_.")
    listed = field[0] == "[" and len(re.split(r"[/|]", inner)) > 1
    return not inner or listed or bool(pattern("unfilled").fullmatch(inner))


@dataclass
class Group:
    """A label and the options ticked behind it, each with its box."""

    label: PlacedText
    ticked: list[tuple[PlacedText, PlacedText]] = field(default_factory=list)

    def pieces(self) -> Iterator[PlacedText]:
        """Give the label and the options, with signs between."""
        named = _bare(self.label)
        if named.text:
            yield named
        for n, (box, option) in enumerate(self.ticked):
            if option.text:
                place = min(box, option, key=lambda each: each.starts)
                yield place.part(0, 1).rewritten(", " if n else ": " if named.text else "")
                yield option


def _ticked(line: PlacedText, boxes: Sequence[re.Match[str]]) -> PlacedText:
    """Return a line's labels with the options that are ticked."""
    pieces: list[PlacedText] = []
    for group in _groups(line, boxes):
        if group.ticked and pieces:
            box, _ = group.ticked[0]
            pieces.append(box.part(0, 1).rewritten(". "))
        pieces += group.pieces() if group.ticked else ()
    return PlacedText.joined(pieces)


def _groups(line: PlacedText, boxes: Sequence[re.Match[str]]) -> Iterator[Group]:
    """Give each label of a line and the options that are ticked behind it."""
    edges = [0, *(place for box in boxes for place in box.span()), len(line.text)]
    texts = [line.part(*edges[n : n + 2]) for n in range(0, len(edges), 2)]
    behind = not texts[-1].text.strip(SIGNS) and bool(_option_before(texts[0].text))
    group = Group(line.part(0, 0))
    for n, box in enumerate(boxes):
        label, option = _cut(texts[n], behind, n == 0)
        if label.text.strip(SIGNS) or n == 0:
            yield group
            group = Group(label)
        if box["ticked"]:
            option = option if behind else _cut(texts[n + 1], behind, False)[1]
            group.ticked.append((line.part(*box.span()), _bare(option)))
    yield group


def _cut(text: PlacedText, behind: bool, first: bool) -> tuple[PlacedText, PlacedText]:
    """Cut what stands before a box into the label it begins and an option's text.

    Args:
        text: between two boxes, or before the first.
        behind: a box stands behind its option; else before it.
        first: before the first box of a line.
    """
    size = len(text.text)
    if behind:
        found = LABEL.match(text.text)
        edge = found.end() if found else 0
        return text.part(0, edge), text.part(edge, size)
    found = GROUP.search(text.text)
    edge = 0 if first else found.start() if found else size
    return text.part(edge, size), text.part(0, edge)


def _option_before(text: str) -> str:
    return text[text.rfind(":") + 1 :].strip(SIGNS)


def _bare(text: PlacedText) -> PlacedText:
    """Return a text without the signs around it."""
    bare = text.text.strip(SIGNS)
    start = text.text.find(bare)
    return text.part(start, start + len(bare))
