"""Archives a part of which the seed does not hold: what is held back, accepted, and wrong.

A part of the films has reports of a style that no patient of the seed has. 300 seed patients are
drawn among the others, and all that is left is swept.

    python -m bench mixed [--set ours] [--draws 5] [--share 0.12] [--seed-patients 300]
    python -m bench mixed --set independent [--draws 5] [--error 0.05] [--hedging 0.1]

Ours are the reports of `bench/knee_reports.py`; absent is one of the headings it writes, or a
change that other houses make to the reports of a share of the patients. In the independent set one
style after the other is absent. What an earlier build does with the same, holding nothing back:

    git archive COMMIT models app | tar -x -C ../before
    PYTHONPATH=../before:. python bench/mixed.py [--set independent]
"""

import argparse
import dataclasses
import importlib.util
import re
import tempfile
import textwrap
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from app.statistics.acceptance import acceptance_score, select, selection_level
from app.statistics.splits import draw_calibration, draw_seed
from bench._knees import CLASSES, Row, are_here, films, labels, locked, of_patients, read
from bench.house_styles.reports import write as write_house_styles
from bench.knee_reports import ERROR, HEDGING, write
from models.errors import TrainingError
from models.labeler_training import train_labeler
from models.machine import use_threads
from models.recipe import CPU

TOLERATED = 0.05
FIRST_DRAW = 13
HOLDS_BACK = importlib.util.find_spec("models.unlike") is not None
ABROAD = {
    "joint": "Gelenk", "space": "Spalt", "narrowing": "Verschmälerung", "no": "kein",
    "normal": "regelrecht", "knee": "Knie", "osteoarthritis": "Gonarthrose", "mild": "gering",
    "moderate": "mäßig", "severe": "hochgradig", "loss": "Verlust", "early": "beginnend",
}  # fmt: skip
REWORDED = {
    "osteophyte": "spur formation", "narrowing": "loss of height", "mild": "slight",
    "osteoarthritis": "degenerative arthrosis", "sclerosis": "increased density",
    "compartment": "side", "Normal": "Nil of note", "degenerative": "wear-and-tear",
    "prosthesis": "joint replacement", "arthroplasty": "joint replacement",
}  # fmt: skip
TERSE = {"osteoarthritis": "oa", "joint space": "js", "compartment": "cpt", "normal": "nl"}
RENAMED = {
    "FINDINGS": "OBSERVATIONS", "Findings": "Observations", "IMPRESSION": "SUMMARY",
    "Conclusion": "Summary", "Opinion": "Summary",
}  # fmt: skip
FIRST_HEADINGS = ("HISTORY", "Clinical information", "Indication")
Change = Callable[[str], str]


def replaced(report: str, words: dict[str, str]) -> str:
    """Replace words wherever they stand."""
    for word, by in words.items():
        report = report.replace(word, by)
    return report


def in_another_language(report: str) -> str:
    """Half of it at least: what the labeler would have to know is in German."""
    return re.sub(r"[A-Za-z]+", lambda found: ABROAD.get(found[0].lower(), found[0]), report)


def terse(report: str) -> str:
    """Small letters, abbreviations, no articles."""
    short = re.sub(r"\b(?:the|is|are|of|an?|there)\b ?", "", report, flags=re.IGNORECASE)
    return replaced(short.lower(), TERSE)


CHANGES: dict[str, Change] = {
    "another language": in_another_language,
    "terse": terse,
    "reworded": lambda report: replaced(report, REWORDED),
    "other headings": lambda report: replaced(report, RENAMED),
    "hard line ends": lambda report: "\n".join(textwrap.wrap(report, 60)),
}


@dataclass(frozen=True)
class Archive:
    """Films with reports, and which of them have a style that the seed must not hold."""

    name: str
    rows: Sequence[Row]
    absent: NDArray[np.bool_]


@dataclass(frozen=True)
class Outcome:
    """Shares of the films with the absent style, and of the others; NaN where there is none."""

    held: tuple[float, float]
    accepted: tuple[float, float]
    wrong: tuple[float, float]
    """Of what is accepted."""
    labeler_wrong: tuple[float, float]


def heading_styles(rows: Sequence[Row]) -> list[str]:
    """Return the style of each row by the first heading that occurs, "none" without any."""
    return [
        next((first for first in FIRST_HEADINGS if f"{first}:" in row["report"]), "none")
        for row in rows
    ]


def archives(rows: Sequence[Row], share: float, draw: int) -> Iterator[Archive]:
    """Yield the archives of one draw, first the one in which no style is absent."""
    yield Archive("nothing absent", rows, np.zeros(len(rows), np.bool_))
    styles = np.array(heading_styles(rows))
    yield from left_out(rows, styles, "headings: ")
    patients = sorted({row["patient_id"] for row in rows})
    count = int(share * len(patients))
    others = set(np.random.default_rng(draw).choice(patients, count, replace=False).tolist())
    absent = np.array([row["patient_id"] in others for row in rows])
    for name, change in CHANGES.items():
        changed = [
            {**row, "report": change(row["report"])} if other else row
            for row, other in zip(rows, absent, strict=True)
        ]
        yield Archive(name, changed, absent)


def left_out(rows: Sequence[Row], styles: NDArray[np.str_], title: str) -> Iterator[Archive]:
    """Yield the archive once for each style, which is then the absent one."""
    for style in np.unique(styles):
        yield Archive(f"{title}{style}", rows, styles == style)


def swept(archive: Archive, seed_patients: int, draw: int, folder: Path) -> dict[str, Outcome]:
    """Train a text labeler on one seed and sweep the rest; return what each rule does."""
    place = {row["image_id"]: n for n, row in enumerate(archive.rows)}
    apart = {
        row["patient_id"]
        for row, absent in zip(archive.rows, archive.absent, strict=True)
        if absent
    }
    home = of_patients(archive.rows, apart, inside=False)
    seed = set(draw_seed([row["patient_id"] for row in home], seed_patients, draw))
    known = of_patients(archive.rows, seed)
    by_patient = {
        patient: [n for n, row in enumerate(known) if row["patient_id"] == patient]
        for patient in seed
    }
    kept_out = draw_calibration(by_patient, draw)
    reads = [known[n] for n in kept_out.values()]
    training = of_patients(known, set(kept_out), inside=False)
    rest = of_patients(archive.rows, seed, inside=False)
    labeler = train_labeler("text", films(training), labels(training), CLASSES, CPU, folder)
    calibration, new = labeler.predict(films(reads)), labeler.predict(films(rest))
    missed = calibration.probabilities.argmax(axis=1) != labels(reads)
    wrong = new.probabilities.argmax(axis=1) != labels(rest)
    own = acceptance_score(calibration.probabilities.max(axis=1), barred(calibration))
    scores = acceptance_score(new.probabilities.max(axis=1), barred(new))
    level = selection_level(TOLERATED, len(own))
    absent = archive.absent[[place[row["image_id"]] for row in rest]]
    held = {"selection alone": np.zeros(len(rest), np.bool_)}
    if HOLDS_BACK:
        held["unlike held back"] = unlike_films(training, reads, rest, draw)
    outcomes = {}
    for rule, barred_films in held.items():
        accepted = np.zeros(len(rest), np.bool_)
        accepted[~barred_films] = select(own, missed, scores[~barred_films], level).accepted
        outcomes[rule] = outcome(absent, barred_films, accepted, wrong)
    return outcomes


def barred(prediction: Any) -> NDArray[np.bool_]:
    """Return which answers are never accepted; earlier builds knew conflicts alone."""
    guessed: NDArray[np.bool_] = getattr(prediction, "guessed", np.zeros_like(prediction.conflict))
    return prediction.conflict | guessed


def unlike_films(
    training: Sequence[Row], reads: Sequence[Row], rest: Sequence[Row], draw: int
) -> NDArray[np.bool_]:
    """Return which films a sweep would hold back."""
    from app.statistics.novelty import unlike
    from models.traits import report_traits
    from models.unlike import Table, compare

    table = Table()
    for row in (*training, *reads, *rest):
        table.add(report_traits(row["report"]))
    found = compare(table, len(training), len(reads), draw)
    return unlike(found.calibration, found.swept)


def outcome(
    absent: NDArray[np.bool_],
    held: NDArray[np.bool_],
    accepted: NDArray[np.bool_],
    wrong: NDArray[np.bool_],
) -> Outcome:
    """Count what became of the films with the absent style, and of the others."""
    sides = absent, ~absent

    def shares(
        of: NDArray[np.bool_], among: NDArray[np.bool_] | None = None
    ) -> tuple[float, float]:
        some = [of[side if among is None else side & among] for side in sides]
        first, second = (float(each.mean()) if len(each) else float("nan") for each in some)
        return first, second

    return Outcome(shares(held), shares(accepted), shares(wrong, accepted), shares(wrong))


def print_outcomes(name: str, rule: str, found: Sequence[Outcome]) -> None:
    """Print the mean over the draws, the absent style first; NaN draws are left out."""
    cells = [f"{name:<32}{rule:<18}"]
    for field in dataclasses.fields(Outcome):
        pairs = np.array([getattr(each, field.name) for each in found])
        for column in pairs.T:
            known = column[~np.isnan(column)]
            cells.append(f"{100 * known.mean():7.1f}" if len(known) else f"{'-':>7}")
        cells.append("  ")
    print("".join(cells), flush=True)


def main() -> None:
    """Print a row for each archive and rule."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--draws", type=int, default=5)
    parser.add_argument("--share", type=float, default=0.12)
    parser.add_argument("--seed-patients", type=int, default=300)
    parser.add_argument("--error", type=float, default=ERROR)
    parser.add_argument("--hedging", type=float, default=HEDGING)
    parser.add_argument("--set", choices=("ours", "independent"), default="ours")
    given = parser.parse_args()
    if not are_here():
        return
    use_threads(1)
    found: dict[tuple[str, str], list[Outcome]] = {}
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        patients = locked(read())
        writers: dict[str, Callable[..., Path]] = {"ours": write, "independent": write_house_styles}
        manifest = writers[given.set](folder / "knees", 0, given.error, given.hedging, patients)
        rows = of_patients(read(manifest), patients, inside=False)
        for draw in range(FIRST_DRAW, FIRST_DRAW + given.draws):
            those = archives(rows, given.share, draw)
            if given.set == "independent":
                those = left_out(rows, np.array([row["style"] for row in rows]), "")
            for archive in those:
                outcomes = measured(archive, given.seed_patients, draw, folder / "run")
                for rule, each in outcomes.items():
                    found.setdefault((archive.name, rule), []).append(each)
            print_table(found, f"draws {FIRST_DRAW} to {draw}, {given.seed_patients} seed patients")


def measured(archive: Archive, seed_patients: int, draw: int, folder: Path) -> dict[str, Outcome]:
    """Sweep an archive; a draw that a round refuses is left out, and said to be."""
    try:
        return swept(archive, seed_patients, draw, folder)
    except TrainingError as error:
        print(f"{archive.name}, draw {draw}: left out. {error.what} {error.where}")
        return {}


def print_table(found: Mapping[tuple[str, str], Sequence[Outcome]], title: str) -> None:
    """Print a row for each archive and rule: what was found so far."""
    print(f"{title}; means, %")
    print(f"{'absent from the seed':<50}{'held back':>14}  {'accepted':>14}  ", end="")
    print(f"{'of these wrong':>14}  {'labeler wrong':>14}")
    print(f"{'':<50}" + f"{'absent':>7}{'others':>7}  " * 4)
    for (name, rule), outcomes in found.items():
        print_outcomes(name, rule, outcomes)


if __name__ == "__main__":
    main()
