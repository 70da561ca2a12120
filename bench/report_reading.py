"""How well ways of reading reports read them: ours, plain TF-IDF, and rules, on two sets of texts.

    python -m bench report_reading [--sets ours independent] [--patients 200 300 600] [--draws 5]
        [--ways labeler words characters rules] [--encoder FOLDER ...]
        [--out FILE.json] [--compare OLD.json]

Each way learns from the films of the same seed patients and their labels, and reads the reports of
all the other development patients. An error is an answer that is not what the report says, of the
reports that decide; by style and by trait too. The locked validation patients have no part in it.
`--encoder` adds a way for each text encoder named, frozen under a logistic regression.
A set of texts may be read by who learned from another one (`--sets independent:german`). To compare
two builds, run this file in a checkout of each, and give the JSON of the first to the second.
"""

import argparse
import json
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score
from sklearn.pipeline import make_pipeline, make_union

from app.statistics.splits import draw_validation
from bench import _reading_rules as rules
from bench._knees import CLASSES, Row, are_here, films, labels, locked, of_patients, read
from bench.house_styles.reports import write as write_house_styles
from bench.knee_reports import ERROR, HEDGING, meaning
from bench.knee_reports import write as write_ours
from models.labeler_training import train_labeler
from models.machine import use_threads
from models.recipe import Recipe

WRITERS: dict[str, Callable[..., Path]] = {
    "ours": write_ours,
    "independent": write_house_styles,
    "german": partial(write_house_styles, styles=["german"]),
    "chinese": partial(write_house_styles, styles=["chinese"]),
}
FIRST_DRAW = 13
C = 10.0
RARE = CLASSES.index("arthroplasty")


@dataclass(frozen=True)
class Answers:
    """What a way of reading answered.

    Attributes:
        probabilities: (n, k).
        unread: bool (n,), whether the way says that it could not read the report, or answers with
            nothing but the shares of the classes.
        seconds: of CPU for one report.
    """

    probabilities: NDArray[np.float64]
    unread: NDArray[np.bool_]
    seconds: float


@dataclass(frozen=True)
class Figures:
    """What one way did with one set after one draw; shares between 0 and 1.

    `by` holds, for each style and trait, how many were read wrong and how many there were. Reports
    that were not read count as wrong in `error`, and are left out of `error_of_read`.
    """

    set: str
    way: str
    patients: int
    draw: int
    error: float
    error_of_read: float
    unread: float
    auc: float
    found: float
    milliseconds: float
    by: dict[str, tuple[int, int]]


def labeler(seed: Sequence[Row], others: Sequence[Row], encoder: str = "") -> Answers:
    """Read by the product's text labeler, with a text encoder where one is named."""
    with tempfile.TemporaryDirectory() as work:
        seen = films(seed), labels(seed)
        recipe = Recipe(text_encoder=encoder)
        trained = train_labeler("text", *seen, CLASSES, recipe, Path(work))
    began = time.process_time()
    prediction = trained.predict(films(others))
    seconds = (time.process_time() - began) / len(others)
    found = prediction.probabilities
    shares_alone = np.isclose(found, np.array(trained.shares), atol=1e-6).all(axis=1)
    unread = getattr(prediction, "unread", shares_alone)
    return Answers(found, np.asarray(unread, bool), seconds)


def tf_idf(characters: bool, seed: Sequence[Row], others: Sequence[Row]) -> Answers:
    """Read by TF-IDF of the raw report: words and pairs, or words and groups of characters."""
    words = TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True, min_df=2)
    groups = TfidfVectorizer(analyzer="char_wb", ngram_range=(3, 5), sublinear_tf=True, min_df=2)
    seen = make_union(words, groups) if characters else words
    model = make_pipeline(seen, LogisticRegression(C=C, max_iter=2000))
    model.fit([row["report"] for row in seed], labels(seed))
    began = time.process_time()
    found = model.predict_proba([row["report"] for row in others])
    seconds = (time.process_time() - began) / len(others)
    return Answers(found, np.zeros(len(others), bool), seconds)


def by_rules(seed: Sequence[Row], others: Sequence[Row]) -> Answers:
    """Read by rules, which learn nothing from the seed."""
    began = time.process_time()
    said = [rules.read(row["report"], row["laterality"]) for row in others]
    seconds = (time.process_time() - began) / len(others)
    found = np.eye(len(CLASSES))[[CLASSES.index(name) for name in said]]
    return Answers(found, np.zeros(len(others), bool), seconds)


WAYS: dict[str, Callable[[Sequence[Row], Sequence[Row]], Answers]] = {
    "labeler": labeler,
    "words": partial(tf_idf, False),
    "characters": partial(tf_idf, True),
    "rules": by_rules,
}


def judged(
    answers: Answers, others: Sequence[Row], of: tuple[str, str], patients: int, draw: int
) -> Figures:
    """Hold a way's answers against what the reports say.

    Args:
        answers: about the others.
        others: the films that were read.
        of: names of the set and the way.
        patients: of the seed.
        draw: which drew it.
    """
    said = [meaning(row) for row in others]
    decided = np.array([bool(name) for name in said])
    truth = np.array([CLASSES.index(name) if name else -1 for name in said])
    wrong = (answers.probabilities.argmax(axis=1) != truth) | answers.unread
    rare = labels(others) == RARE
    readable = decided & ~answers.unread
    return Figures(
        *of,
        patients,
        draw,
        error=float(wrong[decided].mean()),
        error_of_read=float(wrong[readable].mean()) if readable.any() else float("nan"),
        unread=float(answers.unread[decided].mean()),
        auc=float(roc_auc_score(rare, answers.probabilities[:, RARE])),
        found=float((~wrong)[rare].mean()),
        milliseconds=1000 * answers.seconds,
        by=by_category(others, wrong, decided),
    )


def by_category(
    rows: Sequence[Row], wrong: NDArray[np.bool_], decided: NDArray[np.bool_]
) -> dict[str, tuple[int, int]]:
    """Count wrong answers and all answers by style and trait."""
    counts: dict[str, list[int]] = defaultdict(lambda: [0, 0])
    for row, missed, counted in zip(rows, wrong, decided, strict=True):
        for name in [row.get("style", ""), *row.get("traits", "").split()]:
            if counted and name:
                counts[name][0] += int(missed)
                counts[name][1] += 1
    return {name: (count[0], count[1]) for name, count in sorted(counts.items())}


def seeds(rows: Sequence[Row], patients: int, draws: int) -> Iterable[tuple[int, set[str]]]:
    """Yield the first draws in whose seed every class has films to learn from."""
    draw = FIRST_DRAW
    while draws:
        seed = draw_validation([row["patient_id"] for row in rows], patients, 1000 + draw)
        counts = np.bincount(labels(of_patients(rows, seed)), minlength=len(CLASSES))
        if counts.min() >= 2:
            yield draw, seed
            draws -= 1
        draw += 1


def development(name: str, folder: Path) -> list[Row]:
    """Write a set of texts, and return the development patients' rows."""
    knees = read()
    rows = read(WRITERS[name](folder / name, 0, ERROR, HEDGING, locked(knees)))
    return [row for row in rows if row["split"] == "development"]


def measured(given: argparse.Namespace, folder: Path) -> Iterable[Figures]:
    """Yield the figures of every set, number of patients, draw and way."""
    texts = {
        name: development(name, folder) for name in {n for s in given.sets for n in s.split(":")}
    }
    for name in given.sets:
        learned, read_after = texts[name.split(":")[0]], texts[name.split(":")[-1]]
        for patients in given.patients:
            for draw, seed in seeds(learned, patients, given.draws):
                known = of_patients(learned, seed)
                others = of_patients(read_after, seed, inside=False)
                for way in given.ways:
                    answers = WAYS[way](known, others)
                    yield judged(answers, others, (name, way), patients, draw)


def table(found: Sequence[Figures], build: str) -> None:
    """Print the mean over the draws, and the worst draw's error."""
    print(f"\n{build}\n{'set':<22}{'patients':>9}  {'way':<11}{'error':>7}{'worst':>7}", end="")
    print(f"{'unread':>8}{'of read':>9}{'AUC':>7}{'found':>7}{'ms':>7}")
    for (name, patients, way), group in grouped(found).items():
        mean = {
            key: float(np.mean([getattr(one, key) for one in group]))
            for key in ("error", "unread", "error_of_read", "auc", "found", "milliseconds")
        }
        worst = max(one.error for one in group)
        print(
            f"{name:<22}{patients:>9}  {way:<11}{mean['error']:>7.3f}{worst:>7.3f}"
            f"{mean['unread']:>8.3f}{mean['error_of_read']:>9.3f}{mean['auc']:>7.3f}"
            f"{mean['found']:>7.3f}{mean['milliseconds']:>7.2f}"
        )


def grouped(found: Sequence[Figures]) -> dict[tuple[str, int, str], list[Figures]]:
    """Gather the draws of a set, a number of patients and a way."""
    groups: dict[tuple[str, int, str], list[Figures]] = defaultdict(list)
    for one in found:
        groups[one.set, one.patients, one.way].append(one)
    return groups


def categories(found: Sequence[Figures], patients: int) -> None:
    """Print the error by style and trait, one column a way."""
    groups = {key: group for key, group in grouped(found).items() if key[1] == patients}
    for name in dict.fromkeys(key[0] for key in groups):
        ways = {key[2]: group for key, group in groups.items() if key[0] == name}
        kinds = {kind: None for group in ways.values() for one in group for kind in one.by}
        if kinds:
            print(f"\n{name}, {patients} patients: error by style and trait")
            print(f"{'':<18}{'films':>7}" + "".join(f"{way:>12}" for way in ways))
        for kind in kinds:
            counts = [np.sum([one.by[kind] for one in group], axis=0) for group in ways.values()]
            films_a_draw = counts[0][1] / len(next(iter(ways.values())))
            shares = "".join(f"{wrong / total:>12.3f}" for wrong, total in counts)
            print(f"{kind:<18}{films_a_draw:>7.0f}{shares}")


def main() -> None:
    """Measure, print, and keep the figures."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--sets", nargs="+", default=["ours", "independent"])
    parser.add_argument("--patients", type=int, nargs="+", default=[200, 300, 600])
    parser.add_argument("--draws", type=int, default=5)
    parser.add_argument("--ways", nargs="+", choices=WAYS, default=list(WAYS))
    parser.add_argument("--encoder", nargs="+", default=[], metavar="FOLDER")
    parser.add_argument("--out", type=Path)
    parser.add_argument("--compare", type=Path)
    given = parser.parse_args()
    if not are_here():
        return
    use_threads(1)
    for folder in given.encoder:
        way = Path(folder).name
        WAYS[way] = partial(labeler, encoder=folder)
        given.ways.append(way)
    with tempfile.TemporaryDirectory() as scratch:
        found = list(measured(given, Path(scratch)))
    builds = [("this build", found)]
    if given.compare:
        old = [Figures(**one) for one in json.loads(given.compare.read_text("utf-8"))]
        builds.insert(0, (f"{given.compare.name}", old))
    for build, figures in builds:
        table(figures, build)
        for patients in given.patients:
            categories(figures, patients)
    if given.out:
        given.out.write_text(json.dumps([asdict(one) for one in found], indent=1), "utf-8")


if __name__ == "__main__":
    main()
