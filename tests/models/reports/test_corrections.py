"""A correction takes the place of what it corrects, wherever it stands; an addition adds."""

import pytest

from models.reports.sections import said


def read(report: str) -> str:
    return " ".join(" ".join(section.text.text for section in said(report)).split())


ORIGINAL = "FINDINGS: described.\nIMPRESSION: Healthy joint."
FIX = "The impression should state: advanced wear."


@pytest.mark.parametrize(
    "report",
    [
        f"{ORIGINAL}\n\nADDENDUM: {FIX}",
        f"ADDENDUM: {FIX}\n\n{ORIGINAL}",
        f"ADDENDUM BY DR PATEL 3/4/2019 10:22 AM: {FIX}\n\n{ORIGINAL}",
        f"{ORIGINAL}\nSUPPLEMENTARY REPORT ISSUED AFTER THE MEETING: {FIX}",
        f"{ORIGINAL}\nAddendum (Dr. Lee, 3/4/2019 14:05): Impression corrected to advanced wear.",
        f"***ADDENDUM BEGINS***\n{FIX}\n***ADDENDUM ENDS***\n{ORIGINAL}",
        f"{ORIGINAL}\nADDENDUM BEGINS\n{FIX}\nADDENDUM ENDS\nSigned by Dr X",
        f"ADDENDUM\n{FIX}\n\nORIGINAL REPORT\n{ORIGINAL}",
        f"{ORIGINAL}\nCORRECTED IMPRESSION: advanced wear",
        f"CORRECTED REPORT\nIMPRESSION: advanced wear\n\nORIGINAL REPORT\n{ORIGINAL}",
        f"{ORIGINAL}\n\nAMENDED REPORT\nFINDINGS: see below\nIMPRESSION: advanced wear",
        f"{ORIGINAL}\nADDENDUM: The impression was dictated in error. There is advanced wear.",
        f"{ORIGINAL}\nADDENDUM: should read advanced wear instead of healthy joint.",
        f"{ORIGINAL}\nADDENDUM: should read: mild change.\nADDENDUM: should read: advanced wear.",
        f"ADDENDUM: should read: advanced wear.\nADDENDUM: should read: mild change.\n{ORIGINAL}",
        "Healthy joint.\n\nCorrection: advanced wear; sorry for the error.",
        f"ADDENDUM: {FIX}\nSigned by Dr X\n\nHealthy joint.",
    ],
)
def test_a_correction_takes_the_place_of_the_impression(report: str) -> None:
    assert "advanced wear" in read(report)
    assert "Healthy" not in read(report)
    assert "mild" not in read(report)


@pytest.mark.parametrize(
    "fix",
    [
        "ADDENDUM: The above report was issued for the wrong patient. A prosthesis is present.",
        "ADDENDUM: Please disregard the above report. A prosthesis is present.",
        "CORRECTED REPORT (supersedes the report of [date])\nFINDINGS: A prosthesis is present.",
    ],
)
def test_a_report_that_is_wrong_as_a_whole_goes_as_a_whole(fix: str) -> None:
    assert read(f"FINDINGS: Smooth.\nIMPRESSION: Healthy.\n\n{fix}") == "A prosthesis is present."


@pytest.mark.parametrize(
    "addition",
    [
        "ADDENDUM: The lateral film was also seen; small effusion.",
        "SUPPLEMENTARY REPORT\nSmall effusion as well.",
        "Late entry: small effusion.",
        "ADDENDUM: Small effusion. These findings should be correlated with MRI.",
    ],
)
def test_an_addition_leaves_the_report_as_it_is(addition: str) -> None:
    both = read(f"{ORIGINAL}\n\n{addition}")
    assert "Healthy joint" in both
    assert "mall effusion" in both


def test_only_the_sentence_that_is_quoted_as_wrong_is_replaced() -> None:
    report = (
        "FINDINGS: Mild wear. No fracture.\nIMPRESSION: Mild wear.\n"
        "ADDENDUM: 'No fracture' should read 'fracture of the patella'."
    )
    assert read(report) == "Mild wear. Mild wear. fracture of the patella"


def test_a_corrected_report_without_another_one_is_read_whole() -> None:
    assert read("*** CORRECTED REPORT ***\nFINDINGS: spurs.\nIMPRESSION: wear.") == "spurs. wear."


@pytest.mark.parametrize(
    "fix",
    [
        "The report should read LEFT knee throughout.",
        "Wrong side dictated. This is the left knee, not the right.",
        "Laterality error; all mentions of right should be left.",
        "Please read left knee instead of right knee.",
        "Correct laterality is left.",
        "The study was incorrectly labelled as right.",
    ],
)
def test_a_corrected_side_is_the_side_of_all_that_stands(fix: str) -> None:
    report = f"EXAM: RIGHT KNEE\nFINDINGS: The right knee is worn.\nADDENDUM: {fix}"
    assert [(each.side, each.text.text.strip()) for each in said(report)] == [
        ("L", "The left knee is worn.")
    ]


def test_sides_that_were_exchanged_are_exchanged_back() -> None:
    report = "FINDINGS: Right knee: worn.\nLeft knee: fine.\nADDENDUM: Sides were transposed."
    assert read(report) == "left knee: worn. right knee: fine."


def test_a_correction_that_names_a_side_and_a_finding_is_about_the_finding() -> None:
    report = "IMPRESSION: Healthy left knee.\nADDENDUM: should read: left knee prosthesis."
    assert read(report) == "left knee prosthesis"


def test_of_two_examinations_only_the_one_it_is_about_is_corrected() -> None:
    report = (
        "EXAM: RIGHT KNEE\nIMPRESSION: Healthy.\n\nEXAM: LEFT KNEE\nIMPRESSION: Smooth.\n"
        "ADDENDUM: The impression of the left knee should read: worn."
    )
    assert read(report) == "Healthy. worn"


@pytest.mark.parametrize(
    ("report", "right", "wrong"),
    [
        (
            "Befund: ok.\nBeurteilung: Gesund.\nNachtrag: Muss lauten: Arthrose.",
            "Arthrose",
            "Gesund",
        ),
        ("CONCLUSION : sain.\nRECTIFICATIF : lire arthrose.", "arthrose", "sain"),
        ("IMPRESIÓN: Sana.\nADENDA: debe decir: artrosis.", "artrosis", "Sana"),
        ("CONCLUSIONI: Sano.\nERRATA CORRIGE: si legga artrosi.", "artrosi", "Sano"),
        ("CONCLUSÃO: Sadio.\nADENDO: leia-se artrose.", "artrose", "Sadio"),
        ("CONCLUSIE: Gaaf.\nAANVULLING: moet zijn: artrose.", "artrose", "Gaaf"),
        ("诊断：正常。\n更正报告：诊断应为：骨关节炎。", "骨关节炎", "正常"),
    ],
)
def test_corrections_are_known_in_eight_languages(report: str, right: str, wrong: str) -> None:
    assert right in read(report)
    assert wrong not in read(report)
