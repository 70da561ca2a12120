"""A report put together from sections, in any order, layout and format, reads as those of them
that say what was seen; each character read stands where it was written."""

import textwrap
from dataclasses import dataclass

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.reports.languages import table
from models.reports.sections import said

HEADINGS = {
    "findings": ["Findings", "Radiographic findings", "Observations", "Befund", "Hallazgos"],
    "impression": ["Impression", "Conclusion", "Beurteilung", "Conclusioni", "Impressão"],
    "history": ["History", "Clinical information", "Indication", "Fragestellung"],
    "technique": ["Technique", "Views", "Aufnahmen"],
    "comparison": ["Comparison", "Prior studies", "Vergleich"],
    "recommendation": ["Recommendation", "Plan", "Follow-up", "Empfehlung"],
}
SAID = ("findings", "impression")
SYLLABLES = ["ba", "du", "ki", "lor", "men", "pas", "tiv", "zul"]
WORD = st.lists(st.sampled_from(SYLLABLES), min_size=2, max_size=4).map("".join)
SENTENCE = st.lists(WORD, min_size=2, max_size=30).map(lambda words: " ".join(words) + ".")


@dataclass(frozen=True)
class Written:
    """A section as somebody wrote it."""

    kind: str
    heading: str
    text: str

    def laid_out(self, layout: str, capitals: bool) -> str:
        heading = self.heading.upper() if capitals else self.heading
        return f"{heading}{layout}{self.text[:1].upper()}{self.text[1:]}"


SECTION = st.sampled_from(sorted(HEADINGS)).flatmap(
    lambda kind: st.builds(Written, st.just(kind), st.sampled_from(HEADINGS[kind]), SENTENCE)
)
SECTIONS = st.lists(SECTION, min_size=1, max_size=6, unique_by=lambda each: each.kind)
LAYOUT = st.sampled_from([": ", ":\n", "\n", " - ", " – "])


def as_rtf(text: str) -> str:
    codes = [f"\\u{ord(letter)}?" if ord(letter) > 127 else letter for letter in text]
    return "{\\rtf1\\ansi " + "".join(codes).replace("\n", "\\par\n") + "}"


def as_segments(text: str) -> str:
    lines = enumerate(text.split("\n"), start=1)
    return "\r".join(f"OBX|{n}|TX|REPORT||{line}||||||F" for n, line in lines)


def as_page(text: str) -> str:
    return "<html><body>" + text.replace("\n", "<br>") + "</body></html>"


FORMATS = [str, as_rtf, as_segments, as_page, lambda text: text.replace("\n", "\r\n")]


def wrapped(text: str, width: int) -> str:
    lines = text.split("\n")
    return "\n".join(textwrap.fill(line, width) for line in lines) if width else text


@settings(max_examples=150, deadline=None)
@given(
    sections=SECTIONS,
    layout=LAYOUT,
    capitals=st.booleans(),
    width=st.sampled_from([0, 60, 72, 80]),
    written=st.sampled_from(FORMATS),
)
def test_exactly_what_was_seen_is_read(
    sections: list[Written], layout: str, capitals: bool, width: int, written: object
) -> None:
    assert callable(written)
    plain = "\n\n".join(each.laid_out(layout, capitals) for each in sections)
    report = written(wrapped(plain, width))
    expected = [each for each in sections if each.kind in SAID]
    if not expected:
        return
    found = said(report)
    assert [each.kind for each in found] == [each.kind for each in expected]
    for section, each in zip(found, expected, strict=True):
        assert section.text.text.lower().split() == each.text.split()


@settings(max_examples=80, deadline=None)
@given(
    before=SENTENCE, history=SENTENCE, impression=SENTENCE, layout=st.sampled_from([": ", ":\n"])
)
def test_what_stands_before_a_lone_impression_is_read(
    before: str, history: str, impression: str, layout: str
) -> None:
    report = f"History{layout}{history}\n\n{before}\n\nImpression{layout}{impression}"
    assert [section.text.text.split() for section in said(report)] == [
        before.split(),
        impression.split(),
    ]


@settings(max_examples=150, deadline=None)
@given(
    sections=SECTIONS,
    layout=LAYOUT,
    width=st.sampled_from([0, 60]),
    written=st.sampled_from(FORMATS),
)
def test_each_letter_stands_where_it_was_written(
    sections: list[Written], layout: str, width: int, written: object
) -> None:
    assert callable(written)
    plain = "\n\n".join(each.laid_out(layout, False) for each in sections)
    report = written(wrapped(plain, width))
    for section in said(report):
        text = section.text
        assert len(text.text) == len(text.starts) == len(text.ends)
        for letter, start, end in zip(text.text, text.starts, text.ends, strict=True):
            if letter.isalpha():
                assert letter == report[start:end] or str(ord(letter)) in report[start:end]


WORDS = [word for words in table("sections").values() for word in words]
PIECES = [
    *"[]()_*|\t~\\{}<>&;:.-\n\n",
    "[x]",
    "[ ]",
    "{\\rtf1 ",
    "\\par ",
    "OBX|1|TX|||",
    "<p>",
    "</p>",
]
PIECES += [
    "right",
    "left knee",
    "no spur",
    "KL 3",
    "\r\n",
    "ADDENDUM:",
    "should read",
    "所见：",
    "İ",
]


@settings(max_examples=300, deadline=None)
@given(st.lists(st.sampled_from([*PIECES, " "]) | st.sampled_from(WORDS), max_size=40).map("".join))
def test_no_order_of_signs_and_words_breaks_it(report: str) -> None:
    for section in said(report):
        text = section.text
        assert section.kind in {"findings", "impression", "addendum", "body"}
        assert section.side in {"", "L", "R", "B"}
        assert len(text.text) == len(text.starts) == len(text.ends)
        assert all(0 <= a <= b <= len(report) for a, b in zip(text.starts, text.ends, strict=True))


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=200))
def test_no_text_breaks_it(report: str) -> None:
    assert all(section.text.text.strip() for section in said(report))


REPEATED = [
    "{\\rtf1 ",
    "OBX|1|TX|a||b\n",
    "EXAM: LEFT KNEE\nx\n",
    "ADDENDUM: in error.\n",
    "a\t",
    "a|",
]
REPEATED += [
    "[x] a ",
    "<s>",
    "所见：",
    "___",
    "left should read right. ADDENDUM: ",
    "'a b' should read ",
]


@pytest.mark.parametrize("piece", REPEATED)
def test_a_long_report_is_read_in_one_pass(piece: str) -> None:
    """Were any step's time to grow with the square of the length, this would never end."""
    said(piece * (2**17 // len(piece)))
