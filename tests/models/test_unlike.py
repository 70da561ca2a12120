"""An archive is told from its seed by whatever a part of it differs in, and by nothing else."""

from collections.abc import Callable

import numpy as np
import pytest

from app.statistics.novelty import unlike
from models.traits import KINDS, film_traits, report_traits
from models.unlike import Comparison, Table, compare

KNOWN, CALIBRATION, SWEPT, OTHERS = 150, 100, 800, 120
SAID = ("joint", "space", "preserved", "narrowed", "medial", "lateral", "osteophyte", "small")
SAID += ("large", "sclerosis", "effusion", "none", "mild", "moderate", "severe", "normal")
SAID += ("alignment", "patella", "tibia", "femur", "cartilage", "loss", "seen")


def written(draw: np.random.Generator) -> str:
    """A report of this house: two headings, sentences of words drawn from one list."""
    first, second = (" ".join(draw.choice(SAID, 12)) for _ in range(2))
    return f"FINDINGS: {first}.\nIMPRESSION: {second}."


def abroad(report: str) -> str:
    """The same in words nobody here uses."""
    return " ".join(word[::-1] if word.islower() else word for word in report.split(" "))


def elsewhere(report: str) -> str:
    """The same words, laid out as nobody here does."""
    return report.replace("FINDINGS: ", "- ").replace("IMPRESSION: ", "- ").replace(" ", "\n", 3)


def compared(change: Callable[[str], str], others: int = OTHERS, rng: int = 0) -> Comparison:
    """Compare an archive whose last films have changed reports with its seed."""
    draw, table = np.random.default_rng(rng), Table()
    for place in range(KNOWN + CALIBRATION + SWEPT):
        report = written(draw)
        changed = place >= KNOWN + CALIBRATION + SWEPT - others
        table.add(report_traits(change(report) if changed else report))
    return compare(table, KNOWN, CALIBRATION, rng)


@pytest.mark.parametrize(("change", "kind"), [(abroad, "words"), (elsewhere, "layout")])
def test_what_the_seed_does_not_hold_is_found_and_named(
    change: Callable[[str], str], kind: str
) -> None:
    found = compared(change)
    called = unlike(found.calibration, found.swept)
    assert called[-OTHERS:].mean() > 0.95
    assert called[:-OTHERS].mean() < 0.05
    named = [KINDS[each] for each in found.kinds[-OTHERS:]]
    assert named.count(kind) > 0.9 * OTHERS


def test_it_is_found_where_it_is_most_of_the_archive() -> None:
    found = compared(abroad, others=700)
    assert unlike(found.calibration, found.swept)[-700:].mean() > 0.7


def test_an_archive_like_its_seed_has_nothing_to_show() -> None:
    shares = [
        unlike(found.calibration, found.swept).mean()
        for found in (compared(abroad, others=0, rng=rng) for rng in range(6))
    ]
    assert np.mean(shares) < 0.02
    assert np.mean([share > 0 for share in shares]) <= 0.5


def test_a_score_does_not_depend_on_which_film_is_a_calibration_read() -> None:
    """What makes the p-values valid."""
    draw = np.random.default_rng(5)
    reports = [written(draw) for _ in range(KNOWN + 60)]
    scores = []
    for order in (np.arange(60), np.random.default_rng(1).permutation(60)):
        table = Table()
        for report in [*reports[:KNOWN], *(reports[KNOWN + place] for place in order)]:
            table.add(report_traits(report))
        found = compare(table, KNOWN, 20, rng=0)
        own = np.empty(60)
        own[order] = np.concatenate([found.calibration, found.swept])
        scores.append(own)
    assert np.corrcoef(scores[0], scores[1])[0, 1] > 0.999


def test_films_of_another_machine_are_found_by_their_greys_alone() -> None:
    draw, table = np.random.default_rng(2), Table()
    for place in range(KNOWN + CALIBRATION + SWEPT):
        grey = draw.normal(120, 12)
        film = draw.normal(grey, 40, (32, 24))
        if place >= KNOWN + CALIBRATION + SWEPT - OTHERS:
            film = film * 0.5 + 110
        table.add(film_traits(film.clip(0, 255).astype(np.uint8), {"view": "AP"}))
    found = compare(table, KNOWN, CALIBRATION, 0)
    called = unlike(found.calibration, found.swept)
    assert called[-OTHERS:].mean() > 0.9
    assert called[:-OTHERS].mean() < 0.05
    assert {KINDS[each] for each in found.kinds[called]} == {"film"}
