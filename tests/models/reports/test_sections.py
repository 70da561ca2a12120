"""Only what was seen is read: told by headings, by the layout, and from forms of all kinds."""

import pytest

from models.reports.sections import said


def read(report: str) -> str:
    """Return all that is read, its spaces made one."""
    return " ".join(" ".join(section.text.text for section in said(report)).split())


def sides(report: str) -> list[str]:
    return [section.side for section in said(report)]


@pytest.mark.parametrize(
    ("report", "kept", "gone"),
    [
        (
            "Knee, left\nHx: gave way on stairs\n\nCartilage is thinned. Tiny spurs.\n\n"
            "IMPRESSION: Early wear.",
            ["Cartilage is thinned. Tiny spurs.", "Early wear"],
            ["gave way"],
        ),
        ("Cartilage is thinned.\nConclusion - wear", ["thinned", "wear"], ["Conclusion"]),
        ("Views: AP and lateral.\nThe stem is loose.", ["The stem is loose"], ["AP"]),
        ("Views: AP, lateral. The stem is loose. No halo.", ["loose. No halo"], ["AP"]),
        (
            "Exam: XR knee. Clinical details: stumbled. Comparison: 2011. Bone meets bone.",
            ["Bone meets bone"],
            ["stumbled", "2011", "XR"],
        ),
        ("CLINICAL DETAILS\nstumbled, gout\n\nJoint lines kept.", ["Joint lines"], ["gout"]),
        ("Indication\ngout\n\nReport\nJoint lines kept.", ["Joint lines"], ["gout"]),
        ("HISTORY:\nFall.\n\nGout.\n\nFINDINGS:\nSmooth.", ["Smooth"], ["Gout", "Fall"]),
        ("COMPARISON: 2011. Wear progressed.\nIMPRESSION: Bad.", ["Wear progressed"], ["2011"]),
        ("PROCEDURE: XR KNEE\nFINDINGS/IMPRESSION: worn", ["worn"], ["XR"]),
        ("OBSERVATIONS: thin.\nCLINICAL: gout\nOPINION: wear", ["thin", "wear"], ["gout"]),
        ("HISTORY: gout\nRADIOGRAPHIC FINDINGS - thin", ["thin"], ["gout"]),
        ("HISTORY: GOUT FINDINGS: THIN IMPRESSION: BAD", ["THIN", "BAD"], ["GOUT"]),
        ("HISTORY Gout. FINDINGS Thin bone. IMPRESSION Bad.", ["Thin", "Bad"], ["Gout"]),
        ("## History\ngout\n## Findings\nthin", ["thin"], ["gout"]),
        ("clinical history\ngout\n\nfindings\nthin", ["thin"], ["gout"]),
        ("IMPRESSION: wear.\nRECOMMENDATIONS:\n1. MRI.\n2. Nails.", ["wear"], ["MRI", "Nails"]),
        ("FINDINGS: wear.\nFollow-up: replacement", ["wear"], ["replacement"]),
        ("Conclusion: wear.\nPlan - replacement", ["wear"], ["replacement"]),
        (
            "FINDINGS\nBones: thin\nMedial compartment: narrow\nSoft tissues: full",
            ["Bones: thin", "Medial compartment: narrow", "Soft tissues: full"],
            [],
        ),
        ("FINDINGS: The impression of wear is real.", ["The impression of wear is real"], []),
        ("IMPRESSION: Bad.\n\nHISTORY: gout\n\nFINDINGS: wear", ["Bad", "wear"], ["gout"]),
        ("Patient: [name]\nDOB: [date]\nExam: XR knee\n\nWear.", ["Wear"], ["DOB", "Patient"]),
    ],
)
def test_what_was_seen_is_told_from_what_stands_beside_it(
    report: str, kept: list[str], gone: list[str]
) -> None:
    assert [each for each in kept if each not in read(report)] == []
    assert [each for each in gone if each in read(report)] == []


@pytest.mark.parametrize(
    ("report", "gone"),
    [
        ("Reported by: Dr K Mahmood\n\nThin bone.", "Mahmood"),
        ("Dr. Anna Weiss, FRCR\nThin bone.", "Weiss"),
        ("Dictated by: Dr A\nTranscribed by: bb\n\nThin bone.", "Transcribed"),
        ("Thin bone.\n\nReported by Dr K Mahmood\nTel 01\nSt Elsewhere hospital", "hospital"),
        ("FINDINGS: Thin bone.\n\nKhalid Mahmood, MD\nBoard certified", "Board"),
        ("Thin bone.\nReport electronically verified by A. Smith\nPage 1", "Smith"),
        ("Thin bone. (Electronically signed by Dr X)", "signed"),
        ("Dear Dr Jones,\nThank you for referring her.\n\nThin bone.\n\nKind regards", "Dear"),
    ],
)
def test_a_signature_is_a_line_at_the_top_and_the_end_at_the_end(report: str, gone: str) -> None:
    assert "Thin bone" in read(report)
    assert gone not in read(report)


def test_the_kinds_are_those_of_the_headings() -> None:
    report = "Thin.\n\nIMPRESSION: Wear.\nADDENDUM: Spurs as well."
    assert [section.kind for section in said(report)] == ["body", "impression", "addendum"]


@pytest.mark.parametrize(
    ("report", "expected"),
    [
        ("EXAM: XR KNEE RIGHT\nFINDINGS: a.\nIMPRESSION: b.\n\nEXAM: LEFT KNEE\nc.", "RRL"),
        ("XR KNEE RIGHT 3 VIEWS\nFindings: a.\n\nXR KNEE LEFT 3 VIEWS\nFindings: b.", "RL"),
        ("EXAM: RIGHT KNEE\nThin.\n\nEXAM: LEFT KNEE\nFull.", "RL"),
        ("EXAM: RIGHT KNEE\nThin.\nImpression: a.\nEXAM: LEFT KNEE\nImpression: b.", "RRL"),
        ("EXAM: BILATERAL KNEES\nFINDINGS: a.", "B"),
        ("EXAM: KNEE\nSIDE: LEFT\nFINDINGS: a.", "L"),
        ("FINDINGS (RIGHT KNEE): a.\nFINDINGS - LEFT KNEE:\nb", "RL"),
        ("Röntgen Kniegelenk li. in 2 Ebenen\nBefund: a.", "L"),
        ("Radiographie du genou droit de face\nRésultat : a.", "R"),
        ("检查部位：左膝关节\n影像所见：正常。", "L"),
        ("FINDINGS: a.", [""]),
    ],
)
def test_a_section_has_the_side_of_its_heading_or_its_examination(
    report: str, expected: str
) -> None:
    assert sides(report) == list(expected)


def test_a_report_on_another_part_of_the_body_says_nothing_of_a_knee() -> None:
    ankle = "EXAM: XR LEFT ANKLE\nFINDINGS: wear of the talus."
    assert said(ankle) == []
    assert read(f"{ankle}\n\nEXAM: XR LEFT KNEE\nFINDINGS: smooth.") == "smooth."


@pytest.mark.parametrize("report", ["", " \n", "HISTORY: rule out wear", "EXAM: XR KNEE LEFT"])
def test_a_report_that_says_nothing_of_what_was_seen_gives_nothing(report: str) -> None:
    assert said(report) == []


@pytest.mark.parametrize(
    ("report", "kept", "gone"),
    [
        ("Befund: dünn.\nBeurteilung: Arthrose.\nEmpfehlung: MRT.", "dünn Arthrose", "MRT"),
        ("Fragestellung: Gicht?\n\nDünn.\n\nZusammenfassung: Arthrose.", "Dünn", "Gicht"),
        (
            "INDICATION : goutte.\nRESULTATS : pincement.\nAU TOTAL : arthrose",
            "pincement",
            "goutte",
        ),
        ("DATOS CLÍNICOS: gota\nHALLAZGOS: pinzamiento\nDr. Pérez", "pinzamiento", "gota"),
        ("QUESITO CLINICO: gotta\nReferto: assottigliato\nFirmato da X", "assottigliato", "gotta"),
        ("INDICAÇÃO: gota\nACHADOS: redução\nCONDUTA: RM", "redução", "gota"),
        ("Klinische gegevens: jicht\nVerslag: versmald\nAdvies: MRI", "versmald", "jicht"),
        ("临床诊断：痛风\n影像所见：间隙变窄。\n建议：复查\n报告医师：王", "间隙变窄", "痛风"),
    ],
)
def test_headings_are_known_in_eight_languages(report: str, kept: str, gone: str) -> None:
    assert all(word in read(report) for word in kept.split())
    assert gone not in read(report)
