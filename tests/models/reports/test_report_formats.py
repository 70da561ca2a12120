"""RTF, HL7, HTML and lines of a fixed width are plain text before they are read."""

import textwrap

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.reports.plain import plain

RTF = (
    r"{\rtf1\ansi\ansicpg1252\deff0{\fonttbl{\f0\fcharset0 Arial;}{\f1\fcharset134 SimSun;}"
    r"{\f2\fcharset2 Wingdings;}{\f3\fcharset204 Arial;}}{\*\generator Riched20;}"
    r"{\info{\author Jones}}\viewkind4\uc1\pard\f0\fs20 "
)


@pytest.mark.parametrize(
    ("body", "text"),
    [
        (r"\b HISTORY:\b0  gout\par FINDINGS: wear", "HISTORY: gout\nFINDINGS: wear"),
        (r"gr\'f6\'dfer \u8211? links", "größer – links"),
        (r"\f1\'cf\'a5\'b9\'d8\'bd\'da\f0  ok", "膝关节 ok"),
        (r"\f3\'ce\'ef\'e8\'f1\'e0\'ed\'e8\'e5", "Описание"),
        (r"\f2\'fe\f0  none \f2\'a8\f0  small", "☑ none ☐ small"),
        (r"{\u-3842 ?} none", "☑ none"),
        (r"\uc2\u22312\'bd\'da ok", "地 ok".replace("地", chr(22312))),
        (r"wear {\strike none} {\v secret}{\deleted old}seen", "wear  seen"),
        (r"a\{b\}c\\d\~e\_f\-g", r"a{b}c\d e-fg"),
        (r"Spurs\cell none\cell\row Gap\tab kept", "Spurs\tnone\t\nGap\tkept"),
        ("wea\r\nr{\\pict\\pngblip 89504e47}{\\header page}", "wear"),
        (r"{\field{\*\fldinst HYPERLINK x}{\fldrslt seen}}", "seen"),
        (r"wear\bin3 }}}seen", "wearseen"),
    ],
)
def test_rtf_reads_as_its_text(body: str, text: str) -> None:
    assert plain(f"{RTF}{body}}}").text.strip() == text


def test_rtf_may_begin_and_end_within_a_text_or_break_off() -> None:
    assert plain(r"before {\rtf1 seen\par} after").text == "before seen\n after"
    assert plain(r"{\rtf1 seen {\b bold").text == "seen bold"


@pytest.mark.parametrize(
    ("message", "text"),
    [
        (
            "MSH|^~\\&|RIS\rPID|1||7||DOE^J\rOBR|1|||7^XR KNEE LEFT\rOBX|1|TX|7&GDT||Wear of the"
            "\rOBX|2|TX|7&GDT||joint.\rOBX|3|TX|7&IMP||Bad.||||||F\r",
            "Exam:\nXR KNEE LEFT\nFindings:\nWear of the joint.\nImpression:\nBad.",
        ),
        ("OBX|1|FT|||a\\.br\\b \\T\\ c \\F\\ d||||||F", "a\nb & c | d"),
        ("OBX|1|TX|||a~b\nOBX|2|TX|||", "a\nb"),
        ("OBX|1|TX|text\nOBX|2|ED|||QUJD", "text"),
        ("NTE|1||seen", "seen"),
        ("OBX|1|TX|||{\\E\\rtf1 seen\\E\\par }", "seen"),
        ("HISTORY: gout~FINDINGS: ~3 mm", "HISTORY: gout\nFINDINGS: ~3 mm"),
    ],
)
def test_hl7_segments_read_as_their_values(message: str, text: str) -> None:
    assert plain(message).text.strip() == text


@pytest.mark.parametrize(
    ("markup", "text"),
    [
        ("<p>a</p><p>b</p>", "a\nb"),
        ("a<br>\nb<br><br>c", "a\nb\n\nc"),
        ("<html><head><title>t</title></head><body>a\n b</body></html>", "a b"),
        ("<style>p {}</style>wear <s>none</s> <del>old</del>", "wear"),
        ("osteo<b>phytes</b>", "osteophytes"),
        ("<?xml version='1.0'?><text><paragraph>a</paragraph><![CDATA[b]]></text>", "a\nb"),
        ("gap <3 mm, spur >2 mm", "gap <3 mm, spur >2 mm"),
        ("&amp;lt;p&amp;gt;a &eacute;", "a é"),
    ],
)
def test_markup_reads_as_its_text(markup: str, text: str) -> None:
    assert plain(markup).text.strip() == text


def test_bytes_that_are_no_text_say_nothing() -> None:
    octets = bytes((7919 * n + 13 * n * n) % 256 for n in range(400))
    assert plain(octets.decode("latin-1")).text == ""
    assert plain(octets.decode("utf-8", "replace")).text == ""
    assert plain("seen " + "QUJDREVGR0hJ" * 9).text.strip() == "seen"


def test_text_of_two_octets_a_letter_is_read() -> None:
    assert (
        plain("wear of the joint".encode("utf-16-le").decode("latin-1")).text == "wear of the joint"
    )


WORDS = ["moderate", "narrowing", "of", "the", "medial", "compartment", "with", "spurs", "in", "it"]
SENTENCES = st.lists(st.sampled_from(WORDS), min_size=12, max_size=40).map(
    lambda words: " ".join(words).capitalize() + "."
)


@given(SENTENCES, st.integers(50, 80))
def test_a_sentence_broken_at_a_fixed_width_is_one_line(sentence: str, width: int) -> None:
    assert plain(textwrap.fill(sentence, width)).text == sentence


@pytest.mark.parametrize(
    "text",
    [
        "Mild wear\nSmall effusion\nno fracture",
        "No acute fracture or dislocation is identified anywhere\n"
        "Moderate wear of three compartments with bulky spurs\nSmall effusion",
        "FINDINGS: wear of the medial compartment and of the patella\nIMPRESSION: wear",
        "1. Severe wear of the medial and the lateral compartment\n2. Effusion",
        "Effusion (X) no\nSpurs (X) no",
        "wear of the medial compartment, which is narrowed to a gap\n\nand spurs",
    ],
)
def test_items_headings_and_paragraphs_stay_lines(text: str) -> None:
    assert plain(text).text == text


def test_ideographs_are_joined_without_a_space() -> None:
    assert plain("左膝关节间隙变窄关节面骨质硬化可见骨赘形成周\n围软组织肿胀。").text == (
        "左膝关节间隙变窄关节面骨质硬化可见骨赘形成周围软组织肿胀。"
    )


def test_a_hyphen_at_the_end_of_a_line_stays() -> None:
    report = "There is complete loss of the medial joint space with bone-on-\nbone contact."
    assert plain(report).text.endswith("bone-on-bone contact.")
