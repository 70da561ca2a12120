"""Awkward reports come down to what they say about the knee on the film."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.reports import clean, read


@pytest.mark.parametrize(
    ("report", "kept", "gone"),
    [
        (
            "HISTORY: osteoarthritis, M17.1\nFINDINGS: Joint space kept.\nIMPRESSION: Normal knee.",
            "joint space kept",
            "osteoarthritis",
        ),
        ("Clinical history: TKA. Findings: no effusion.", "no effusion", "tka"),
        ("INDICATION: pain\nTECHNIQUE: two views\n\nMild narrowing.", "mild narrowing", "views"),
        ("Mild narrowing of the medial compartment.", "mild narrowing", "history"),
        (
            "IMPRESSION:\nSevere osteoarthritis.\n\nElectronically signed by: A. Smith, 3/4/2019",
            "severe osteoarthritis",
            "smith",
        ),
        (
            "FINDINGS: Normal.\nSigned by: Dr. Jones\nADDENDUM: A loose body is seen.",
            "a loose body is seen",
            "jones",
        ),
        ("Findings - Kellgren-Lawrence grade 3, 2 mm.", "kellgren-lawrence grade", "3"),
        ("Anamnese: Sturz\nBefund: Kein Nachweis einer Fraktur.", "kein nachweis", "sturz"),
        ("Indication: douleur\nRésultat: arthrose fémoro-tibiale.", "arthrose", "douleur"),
        ("**FINDINGS:** status post TKA", "status post tka", "findings"),
        (
            "FINDINGS AND IMPRESSION: S/P TKA.\nDictated and signed: reader B",
            "tka",
            "reader",
        ),
        ("REPORT: Mild narrowing.\nOPINION: Early OA.", "mild narrowing . early oa", "opinion"),
        ("1) HISTORY: OA?\n2) FINDINGS: No spur.\n3) IMPRESSION: Normal.", "no spur", "oa"),
        ("IMPRESSION: Normal. Electronically signed by: A. Smith, MD", "normal", "smith"),
        ("IMPRESSION: Normal.\nElectronically signed, Radiologist 04", "normal", "radiologist"),
        ("INDICATION: pain, TKA?\nNormal knee radiograph.", "normal knee", "tka"),
        ("FINDINGS, LEFT KNEE: Effusion.\nVIEWS: two", "effusion", "views"),
        ("HISTORY: s/p TKA\nIMPRESSION: The native joint is normal.", "native joint", "tka"),
        ("Résultat : arthrose\nTechnique : deux incidences", "arthrose", "deux"),
        ("Re\u0301sultats: gonarthrose\nIndication: chute", "gonarthrose", "chute"),
        ("INDICACIÓN: dolor\nHALLAZGOS: sin fractura", "sin fractura", "dolor"),
        ("所见：膝关节正常。", "膝 关 节 正 常", "："),
        ("Протез коленного сустава.", "протез коленного сустава", "П"),
        ("تبدیل مفصل الركبة", "مفصل الركبة", "."),
        ("&lt;p&gt;HISTORY: OA?<br/>FINDINGS:&nbsp;No effusion &amp; no spur.", "no spur", "oa"),
        ("FINDINGS: Space <3 mm, spur >2 mm.<p class='x'>Old tears.</p>", "spur mm . old", "class"),
        ("HISTORY: OA?\\.br\\FINDINGS: Normal.\\.br\\Signed by: Jones", "normal", "oa"),
        ("\ufeffHISTORY: OA?\r\nFINDINGS: Normal.\x0cReported by: Jones", "normal", "jones"),
    ],
)
def test_findings_stay_and_history_signature_and_digits_go(
    report: str, kept: str, gone: str
) -> None:
    assert kept in clean(report)
    assert gone not in clean(report)


@pytest.mark.parametrize(
    "report",
    ["HISTORY: rule out osteoarthritis.", "", " \n\t ", "...", "12/03/2014", "<br>", "FINDINGS:"],
)
def test_a_report_of_history_or_nothing_says_nothing(report: str) -> None:
    assert clean(report) == ""


GRADES = {
    "three": "KL3|KLG 3|KL=3|K&L 3|K&amp;L grade 3|KL #3|KL: 3|KL (3)|KL-3|KL 3 of 4|KL3/4|K/L 3"
    "|grade 3 (Kellgren-Lawrence)|Grade III Kellgren and Lawrence|OA grade 3 (KL)|KL grade three"
    "|Grad 3 n. Kellgren & Lawrence|Gonarthrose Kellgren III|stade 3 de Kellgren et Lawrence"
    "|Grade 3 osteoarthritis by Kellgren-Lawrence criteria|KL grade 3 out of 4|Kellgren−Lawrence 3",
    "two": "KL 2/4|KL grade: 2|KL gr. 2|grado 2 de Kellgren-Lawrence|KL 2+|K.L. 2|KL grade is 2",
    "two three": "Kellgren and Lawrence II-III|KL 2–3|KL 2 – 3|KL 2/3|Kellgren Lawrence 2 to 3",
    "zero one": "KL 0-1|KL grade 0 or 1",
    "four": "K/L: grade IV|Kellgren/Lawrence 4|KL 4/4",
}


@pytest.mark.parametrize(
    ("report", "grade"),
    [(report, grade) for grade, reports in GRADES.items() for report in reports.split("|")],
)
def test_a_kellgren_lawrence_grade_is_kept_in_words(report: str, grade: str) -> None:
    cleaned = clean(f"FINDINGS: {report}") + " "
    assert f"kellgren-lawrence grade {grade} " in cleaned
    assert cleaned.count("kellgren") == 1
    values = tuple(["zero", "one", "two", "three", "four"].index(word) for word in grade.split())
    assert read(f"FINDINGS: {report}").statements[0].grade == values


@pytest.mark.parametrize(
    "report",
    [
        "KL 12",
        "KL 2.5 mm",
        "KL 3 mm",
        "Grade 3 chondromalacia",
        "L3/4 narrowing",
        "KL 2018",
        "skl 3",
        "grade 2 effusion",
        "grade 3 sprain. Kellgren",
    ],
)
def test_digits_of_something_else_are_no_grade(report: str) -> None:
    assert "kellgren-lawrence" not in clean(f"FINDINGS: {report}")
    assert read(f"FINDINGS: {report}").statements[0].grade == ()


CORRECTED = (
    "FINDINGS: Narrowing.\nIMPRESSION: Normal knee.\nSigned by: Jones\n"
    "ADDENDUM 03/04/2019 10:22: The impression should read: moderate osteoarthritis."
)


def test_an_addendum_that_corrects_takes_the_impressions_place() -> None:
    assert "normal" not in clean(CORRECTED)
    assert "narrowing" in clean(CORRECTED)
    assert "moderate osteoarthritis" in clean(CORRECTED)


def test_an_addendum_that_adds_leaves_the_impression() -> None:
    cleaned = clean(CORRECTED.replace("The impression should read:", "Also"))
    assert "normal knee" in cleaned
    assert "moderate osteoarthritis" in cleaned


def test_normal_templates_and_negations_stay_word_by_word() -> None:
    report = "FINDINGS: No fracture, no effusion. Joint spaces are NOT narrowed; no spurs."
    assert clean(report) == (
        "no fracture , no effusion . joint spaces are not narrowed ; no spurs ."
    )


TWO_KNEES = (
    "FINDINGS:\nRight knee: Severe narrowing. Large osteophytes.\n"
    "Left knee: Normal alignment. No effusion.\nBoth knees: soft tissues unremarkable."
)


def test_two_knees_in_one_report_are_kept_apart() -> None:
    right, left = clean(TWO_KNEES, "R"), clean(TWO_KNEES, "L")
    assert "narrowing" in right
    assert "osteophytes" in right
    assert "alignment" not in right
    assert "no effusion" in left
    assert "osteophytes" not in left
    assert "unremarkable" in right
    assert "unremarkable" in left
    assert "narrowing" in clean(TWO_KNEES)
    assert "alignment" in clean(TWO_KNEES)


def test_a_sentence_about_both_knees_stays_for_each() -> None:
    report = "FINDINGS: The left knee shows more narrowing than the right. Left TKA."
    assert "narrowing" in clean(report, "R")
    assert "tka" not in clean(report, "R")


@pytest.mark.parametrize(
    "report",
    [
        "FINDINGS, RIGHT KNEE: Severe narrowing.\nFINDINGS (LEFT KNEE): No effusion.",
        "FINDINGS:\nR knee: severe narrowing. L knee: no effusion.",
        "FINDINGS:\n1. Right: Severe narrowing.\n2. Left: No effusion.",
        "IMPRESSION: Severe narrowing on the right. Left knee has no effusion.",
        "<b>FINDINGS:</b><br>RT KNEE: severe narrowing<br>LT KNEE: no effusion",
    ],
)
def test_both_knees_are_kept_apart_however_they_are_named(report: str) -> None:
    assert "narrowing" in clean(report, "R")
    assert "effusion" not in clean(report, "R")
    assert "effusion" in clean(report, "L")
    assert "narrowing" not in clean(report, "L")


def test_a_report_about_the_other_knee_alone_says_nothing_of_this_one() -> None:
    assert clean("FINDINGS: Right knee narrowing.", "L") == ""
    assert read("FINDINGS: Right knee narrowing.", "L").not_read == "other knee"
    assert read("HISTORY: pain", "L").not_read == "nothing"
    assert "narrowing" in clean("FINDINGS: Right knee narrowing.", "R")


@given(st.text(max_size=300), st.sampled_from(["", "L", "R"]))
def test_no_text_breaks_it(report: str, laterality: str) -> None:
    assert_plain_words(clean(report, laterality))


def assert_plain_words(cleaned: str) -> None:
    assert cleaned == cleaned.lower()
    assert cleaned == " ".join(cleaned.split())
    assert not any(character.isdigit() for character in cleaned if character.isascii())


PIECES = [
    "FINDINGS",
    "IMPRESSION",
    "HISTORY",
    "ADDENDUM",
    "Signed by",
    "right knee",
    "left",
    "<br>",
]
PIECES += [
    "<br>",
    ":",
    ".",
    "\n",
    "\n\n",
    " ",
    "no",
    "spur",
    "KL 3",
    "&nbsp;",
    "12",
    "-",
    "(",
    "*",
    "Ä",
]


@given(st.lists(st.sampled_from(PIECES)).map("".join), st.sampled_from(["", "L", "R"]))
def test_no_order_of_headings_breaks_it(report: str, laterality: str) -> None:
    assert_plain_words(clean(report, laterality))


SAID = [
    "no effusion",
    "severe narrowing",
    "right knee : normal",
    "left knee",
    "kl grade two",
    "tka",
]


@given(st.lists(st.sampled_from(SAID)), st.sampled_from([".", ";", "\n"]), st.sampled_from("LR"))
def test_what_is_clean_stays_as_it_is(sentences: list[str], end: str, laterality: str) -> None:
    once = clean(f"FINDINGS: {(end + ' ').join(sentences)}")
    assert clean(once) == once
    sided = clean(once, laterality)
    assert clean(sided, laterality) == sided


QUARTER_MIB = 2**18


REPEATED = ["a", " ", "\n", ". ", "-", "<p ", "&", "e\u0301", "\u0301", "FINDINGS: no.\n", "KL 1-"]
REPEATED += ["ADDENDUM 1 ", "ADDENDUM" + " " * 50, "Signed ", "right: left. ", "I, ", "1) ", "*"]
REPEATED += ["findings and ", "kellgren - ", "HISTORY:\n\n", "\\.br"]


@pytest.mark.parametrize("piece", REPEATED)
def test_a_report_of_a_quarter_mebibyte_is_read_in_one_pass(piece: str) -> None:
    """Were any pattern's time to grow with the square of the length, this would never end."""
    clean(piece * (QUARTER_MIB // len(piece)), "R")
