"""Reports for the real knees, written from their Kellgren-Lawrence grades.

There are no open reports for these films. So a report is written for each study: in varied prose,
with histories that name what was suspected, normal templates, negations and signatures, one report
for both knees in half of the patients. A stated share of the films is reported as the other side
of the line between grades 1 and 2, and a stated share is hedged without a decision, grades 1 and 2
most; a prosthesis is never overlooked. So figures made with these reports say how a method fares
with texts that err and hedge by that much, not what real reports would give.

    python -m bench knee_reports [--out FOLDER] [--rng 0] [--error 0.05] [--hedging 0.1]

prints how often the reports' meaning is not the label, and how well a labeler trained on the
reports of 300 seed patients labels the other development films: by TF-IDF, or with
`--encoder NAME-OR-FOLDER [--epochs 4]` by a text encoder.
"""

import argparse
import csv
import dataclasses
import tempfile
import time
import tomllib
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from app.statistics.splits import draw_validation
from bench._knees import (
    CLASSES,
    KNEES,
    VALIDATION_PATIENTS,
    Row,
    films,
    labels,
    of_patients,
    read,
)
from models.labeler_training import train_labeler
from models.recipe import Recipe

PHRASES = tomllib.loads(Path(__file__).with_name("knee_phrases.toml").read_text("utf-8"))
SEED_PATIENTS = 300

REPLACED, UNDECIDED = "arthroplasty", "hedged"
MISREAD_AS = {"0": "2", "1": "2", "2": "1", "3": "1", "4": "1"}
ERROR, HEDGING = 0.05, 0.1
"""Shares of the films whose report says another class, and none."""
DOUBT = {"0": 0.5, "1": 2.0, "2": 2.0, "3": 0.5, "4": 0.1, REPLACED: 0.0}
"""How much likelier than on average a film of this grade is misread or hedged."""

HEADINGS = (
    ("HISTORY", "TECHNIQUE", "FINDINGS", "IMPRESSION"),
    ("Clinical information", "Examination", "Findings", "Conclusion"),
    ("Indication", "Technique", "Findings", "Opinion"),
    ("", "", "", ""),
)
SIDES = {"L": "left", "R": "right"}
Generator = np.random.Generator


def write(
    folder: Path,
    rng: int,
    error: float,
    hedging: float,
    validation_patients: set[str],
    dictated: Callable[[Sequence[Row], Generator], str] | None = None,
) -> Path:
    """Write a folder that can be imported: the knees, their labels, splits and written reports.

    Args:
        folder: made if absent; the films are linked into it.
        rng: the seed of every word.
        error: share of the films whose report says another class.
        hedging: share of the films whose report decides for none.
        validation_patients: their patients' films are of the split `validation`.
        dictated: writes one report for a study's films; `dictate` if absent. What it adds to
            their rows becomes a column.

    Returns:
        The manifest. Beside what an import reads it has `kl_grade`, and `said`: the grade the
        report was written from, `arthroplasty` or `hedged`.

    Raises:
        ValueError: if the shares are so large that grades 1 and 2 would be misread or hedged
            more often than always.
    """
    rows = read()
    generator = np.random.default_rng(rng)
    say(rows, error, hedging, generator)
    for study in studies(rows, generator):
        report = (dictated or dictate)(study, generator)
        for row in study:
            row["report"] = report
    for row in rows:
        chosen = row["patient_id"] in validation_patients
        row["split"] = "validation" if chosen else "development"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "images").symlink_to((KNEES / "images").resolve(), target_is_directory=True)
    manifest = folder / "manifest.csv"
    with manifest.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    return manifest


def say(rows: Sequence[Row], error: float, hedging: float, rng: Generator) -> None:
    """Decide from which grade each film's report is written, in the column `said`."""
    grades = [row["kl_grade"] or REPLACED for row in rows]
    doubt = np.array([DOUBT[grade] for grade in grades])
    doubt /= doubt.mean()
    if min(error, hedging) < 0 or (error + hedging) * doubt.max() > 1:
        raise ValueError("The shares of wrong and hedged reports are negative or too large.")
    drawn = rng.random(len(rows))
    for row, grade, share, chance in zip(rows, grades, doubt, drawn, strict=True):
        row["said"] = grade
        if chance < error * share:
            row["said"] = MISREAD_AS[grade]
        elif chance < (error + hedging) * share:
            row["said"] = UNDECIDED


def studies(rows: Sequence[Row], rng: Generator) -> list[list[Row]]:
    """Gather films that share a report: both knees of half of the patients who have two."""
    films: dict[str, list[Row]] = {}
    for row in rows:
        films.setdefault(row["patient_id"], []).append(row)
    found = []
    for own in films.values():
        together = {row["laterality"] for row in own} == {"L", "R"} and rng.random() < 0.5
        found += [own] if together and len(own) == 2 else [[row] for row in own]
    for study in found:
        for row in study:
            row["study_id"] = f"study-{study[0]['image_id']}"
    return found


def dictate(study: Sequence[Row], rng: Generator) -> str:
    """Write one report.

    Args:
        study: the films of one knee, or of both, each with what is to be said of it.
        rng: chooses the words.

    Returns:
        Date, history, technique, findings, impression and signature, some of them left out.
    """
    knees = [_Knee(row["said"], SIDES.get(row["laterality"], ""), rng) for row in study]
    decided = all(knee.said in ("0", "3", "4", REPLACED) for knee in knees)
    only = rng.random()
    findings = "" if only < 0.08 else _by_knee([knee.findings() for knee in knees], knees, rng)
    without_impression = decided and bool(findings) and only > 0.88
    impression = "" if without_impression else _impression(knees, rng)
    headings = HEADINGS[int(rng.choice(len(HEADINGS), p=[0.35, 0.25, 0.25, 0.15]))]
    history = "histories" if rng.random() < (0.8 if headings[0] else 0.25) else ""
    parts = [
        _one(PHRASES[history], rng) if history else "",
        _one(PHRASES["techniques"], rng) if rng.random() < 0.8 else "",
        findings,
        impression,
    ]
    lines = [_one(PHRASES["headers"], rng)] if headings[0] and rng.random() < 0.4 else []
    gap = "\n" if rng.random() < 0.5 else " "
    lines += [
        f"{heading}:{gap}{part}" if heading else part
        for heading, part in zip(headings, parts, strict=True)
        if part
    ]
    if rng.random() < 0.7:
        lines.append(_one(PHRASES["signatures"], rng))
    return "\n\n".join(lines).format(
        date=f"{rng.integers(1, 29):02}/{rng.integers(1, 13):02}/{rng.integers(2004, 2015)}",
        number=rng.integers(10_000, 99_999),
        age=rng.integers(45, 80),
    )


@dataclass(frozen=True)
class _Knee:
    """One knee as a report describes it: what is said of it, and on which side it is."""

    said: str
    side: str
    rng: Generator

    @property
    def phrases(self) -> Mapping[str, Any]:
        named: Mapping[str, Any] = PHRASES
        return named[self.said] if self.said in named else PHRASES["grade"][int(self.said)]

    def findings(self) -> str:
        found = [_one(choices, self.rng) for choices in self.phrases["findings"]]
        count = int(self.rng.integers(0, 4))
        found += self.rng.choice(PHRASES["benign"], count, replace=False).tolist()
        return self._filled(" ".join(self.rng.permutation(found)))

    def impression(self) -> str:
        return self._filled(_one(self.phrases["impressions"], self.rng))

    def _filled(self, text: str) -> str:
        place = "medial" if self.rng.random() < 0.75 else "lateral"
        text = text.replace("{place}", place).replace("{Place}", place.capitalize())
        return text.replace("{side} ", f"{self.side} " if self.side else "")


def _by_knee(texts: Sequence[str], knees: Sequence[_Knee], rng: Generator) -> str:
    """Put each knee's text under its side; one knee alone needs no side."""
    if len(texts) == 1:
        return texts[0]
    heading = _one(["{} knee:", "{}:"], rng)
    return "\n".join(
        f"{heading.format(knee.side.capitalize())} {text}"
        for knee, text in zip(knees, texts, strict=True)
    )


def _impression(knees: Sequence[_Knee], rng: Generator) -> str:
    if len(knees) == 2 and knees[0].said == knees[1].said and rng.random() < 0.5:
        return f"Both knees: {knees[0].impression().replace(knees[0].side + ' knee', 'knees')}"
    return _by_knee([knee.impression() for knee in knees], knees, rng)


def _one(choices: Sequence[str], rng: Generator) -> str:
    return choices[int(rng.integers(len(choices)))]


def meaning(row: Row) -> str:
    """Return the class a row's report says, "" where it decides for none."""
    said = row["said"]
    if said == UNDECIDED:
        return ""
    return said if said == REPLACED else CLASSES[int(int(said) >= 2)]


def labelled_right(rows: Sequence[Row], rng: int, recipe: Recipe) -> tuple[float, float]:
    """Return the accuracy of a text labeler on reports of patients it has not seen.

    Args:
        rows: development films with reports.
        rng: draws the seed patients.
        recipe: its text choices are used.

    Returns:
        The share labelled right of all the other films, and of those whose report decides.
    """
    seed = draw_validation([row["patient_id"] for row in rows], SEED_PATIENTS, 1000 + rng)
    known, others = of_patients(rows, seed), of_patients(rows, seed, inside=False)
    with tempfile.TemporaryDirectory() as work:
        seen = films(known), labels(known)
        labeler = train_labeler("text", *seen, CLASSES, recipe, Path(work))
    right = labeler.predict(films(others)).probabilities.argmax(axis=1) == labels(others)
    decided = np.array([bool(meaning(row)) for row in others])
    return float(right.mean()), float(right[decided].mean())


def main() -> None:
    """Write the reports, and print what they say against the labels."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--out", type=Path)
    parser.add_argument("--rng", type=int, default=0)
    parser.add_argument("--error", type=float, default=ERROR)
    parser.add_argument("--hedging", type=float, default=HEDGING)
    parser.add_argument("--encoder", default="")
    parser.add_argument("--epochs", type=int, default=0)
    given = parser.parse_args()
    if not KNEES.exists():
        print("The real knees are not on this machine; no reports are written.")
        return
    patients = [row["patient_id"] for row in read()]
    locked = draw_validation(patients, VALIDATION_PATIENTS, given.rng)
    with tempfile.TemporaryDirectory() as scratch:
        folder = given.out or Path(scratch) / "knees"
        manifest = write(folder, given.rng, given.error, given.hedging, locked)
        rows = read(manifest)
    print(f"Reports written with error {given.error} and hedging {given.hedging}:")
    for name in (*CLASSES, "all"):
        said = Counter(
            "hedged" if not meaning(row) else "right" if meaning(row) == row["label"] else "wrong"
            for row in rows
            if name in (row["label"], "all")
        )
        shares = "  ".join(f"{key} {said[key] / said.total():6.3f}" for key in said)
        print(f"  {name:<14}{said.total():>6} films  {shares}")
    recipe = dataclasses.replace(Recipe(), text_encoder=given.encoder, text_epochs=given.epochs)
    began = time.process_time()
    development = [row for row in rows if row["split"] == "development"]
    accuracy, decided = labelled_right(development, given.rng, recipe)
    print(f"{SEED_PATIENTS} seed patients, labeler by {given.encoder or 'TF-IDF'}: {accuracy:.3f}")
    print(f"of the other development films right, {decided:.3f} of those whose report decides.")
    print(f"It took {time.process_time() - began:.0f} CPU seconds.")


if __name__ == "__main__":
    main()
