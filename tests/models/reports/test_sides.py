"""One report on both knees gives each its own sentences, however the side is named."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.reports import clean, read

RIGHT, LEFT = "Total knee arthroplasty. Components aligned.", "Joint spaces preserved. No effusion."
WAYS = [
    "RIGHT KNEE\n{right}\nLEFT KNEE\n{left}",
    "LEFT\n{left}\nRIGHT\n{right}",
    "Right knee. {right} Left knee. {left}",
    "RIGHT KNEE - {right}\nLEFT KNEE - {left}",
    "Right – {right}\nLeft – {left}",
    "R: {right}\nL: {left}",
    "R - {right}\nL - {left}",
    "R) {right}\nL) {left}",
    "R = {right}\nL = {left}",
    "Knee (R): {right}\nKnee (L): {left}",
    "(R) knee: {right} (L) knee: {left}",
    "Rt knee: {right} Lt knee: {left}",
    "Rt. knee: {right} Lt. knee: {left}",
    "Rt. {right}\nLt. {left}",
    "Knee, right: {right}\nKnee, left: {left}",
    "1. Right: {right}\n2. Left: {left}",
    "- Right knee: {right}\n- Left knee: {left}",
    "* RIGHT *\n{right}\n* LEFT *\n{left}",
    "RIGHT KNEE // {right} // LEFT KNEE // {left}",
    "Bilateral standing views. Right: {right} Left: {left}",
    "B/L knees: soft tissues normal. Right knee: {right} Left knee: {left}",
    "Knie re.: {right}\nKnie li.: {left}",
    "Re. Knie: {right}\nLi. Knie: {left}",
    "re.: {right}\nli.: {left}",
    "Rechtes Knie\n{right}\nLinkes Knie\n{left}",
    "Rechte Seite: {right} Linke Seite: {left}",
    "Genou droit : {right}\nGenou gauche : {left}",
    "Genou D : {right}\nGenou G : {left}",
    "Rodilla derecha. {right} Rodilla izquierda. {left}",
    "Ginocchio dx: {right}\nGinocchio sx: {left}",
    "Joelho direito: {right}\nJoelho esquerdo: {left}",
    "Rechterknie: {right}\nLinkerknie: {left}",
    "右膝：{right} 左膝：{left}",
    "右侧：{right}左侧：{left}",
]
SENTENCES = [
    "Arthroplasty with aligned components on the right, joint spaces preserved on the left.",
    "Arthroplasty with aligned components on the right and preserved joint spaces on the left.",
    "The right knee shows an arthroplasty with components while the left has preserved spaces.",
    "Arthroplasty of the right knee with components, left knee with preserved joint spaces.",
    "On the right, arthroplasty, aligned components; on the left, joint spaces preserved.",
    "On the right arthroplasty, aligned components, on the left joint spaces preserved.",
    "Arthroplasty, aligned components and cement on the right, spaces preserved on the left.",
    "Arthroplasty components are seen on the right, whereas spaces are preserved on the left.",
    "Right knee arthroplasty components left knee joint spaces preserved.",
    "The right knee has an arthroplasty. The components are aligned. The left is preserved.",
    "Arthroplasty components (right). Joint spaces preserved (left).",
    "Arthroplasty, components ok R knee; joint spaces preserved L knee.",
    "Right-sided arthroplasty components. Left-sided joint spaces preserved.",
    "Right arthroplasty with components. The contralateral knee is preserved.",
    "Left: joint spaces preserved. Right: arthroplasty, components aligned.",
]


@pytest.mark.parametrize(
    "report", [*(way.format(right=RIGHT, left=LEFT) for way in WAYS), *SENTENCES]
)
def test_each_knee_gets_what_is_said_of_it(report: str) -> None:
    right, left = clean(f"FINDINGS:\n{report}", "R"), clean(f"FINDINGS:\n{report}", "L")
    assert "arthroplasty" in right
    assert "components" in right
    assert "preserved" not in right
    assert "preserved" in left
    assert "arthroplasty" not in left
    assert "components" not in left


@pytest.mark.parametrize(
    "report",
    [
        "Little joint space left medially. Effusion.",
        "There is no medial joint space left.",
        "No cartilage is left in the medial compartment.",
        "Very little height left over.",
        "Minimal lateral space is left.",
        "The patella was left unresurfaced.",
    ],
)
def test_what_is_left_of_a_joint_is_no_left_knee(report: str) -> None:
    assert clean(f"FINDINGS: {report}", "R") == clean(f"FINDINGS: {report}")


@pytest.mark.parametrize(
    "report",
    [
        "Osteoarthritis of both knees.",
        "Bilateral osteoarthritis.",
        "B/L osteoarthritis.",
        "Bilat. osteoarthritis",
        "Osteoarthritis of the right and left knee.",
        "Right and left knees show osteoarthritis.",
        "Osteoarthritis, right greater than left.",
        "Osteoarthritis, R > L.",
        "Osteoarthritis of both knees, severe on the right.",
        "Knie bds.: osteoarthritis",
    ],
)
def test_what_is_said_of_both_knees_is_said_of_each(report: str) -> None:
    for side in "LR":
        assert "osteoarthritis" in clean(f"FINDINGS: {report}", side)


def test_a_side_holds_until_another_is_named_and_a_hip_names_none() -> None:
    report = "FINDINGS: Effusion. Right knee: narrowing. Spurs. Left hip prosthesis. Cysts."
    assert [(each.side, each.tokens[0].text) for each in read(report).statements] == [
        ("", "effusion"),
        ("R", "right"),
        ("R", "spurs"),
        ("L", "left"),
        ("R", "cysts"),
    ]


@pytest.mark.parametrize(
    "report",
    ["Both compartments are narrowed.", "Both menisci are narrowed.", "Right angle view. narrowed"],
)
def test_parts_of_one_knee_are_not_two_knees(report: str) -> None:
    assert "narrowed" not in clean(f"FINDINGS: Left knee: normal. {report}", "R")


SIDED = st.tuples(
    st.sampled_from(["Right knee", "Left knee", "Both knees", "R", "L"]), st.integers(0, 9)
)


@given(st.lists(SIDED, min_size=1, max_size=6), st.sampled_from([": ", " - ", "\n"]))
def test_every_sentence_goes_to_its_knee_in_any_order(
    said: list[tuple[str, int]], between: str
) -> None:
    names = ["alpha", "beta", "gamma", "delta", "epsilon", "zeta", "eta", "theta", "iota", "kappa"]
    if between == "\n":
        said = [(side, word) for side, word in said if len(side) > 1]
    report = "FINDINGS:\n" + "\n".join(f"{side}{between}{names[word]}." for side, word in said)
    for knee, letter in (("Right knee", "R"), ("Left knee", "L")):
        own = [names[word] for side, word in said if side in (knee, letter, "Both knees")]
        assert [word for word in clean(report, letter).split() if word in names] == own
