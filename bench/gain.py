"""What pseudo-labels bring: baseline, final and full supervision on the real knees, draw by draw.

Each draw takes other seed patients; the validation patients are the locked ones throughout. The
steps are those of a round, by the same functions: labeler, selection, audit, review, and the same
recipe for every classifier. `--method text` reads reports written from the grades with a stated
error and hedging (`bench/knee_reports.py`).

    python -m bench gain --out DIR --method image --draws 1 2 3 4 5 [--arms baseline final full]

Arms: `baseline` learns from the seed; `final` from seed, audits, reviews and pseudo-labels;
`dose-0`, `dose-25`, ... like `final` with that percentage of the pseudo-labels; `full` from the
true label of every development film. Each arm's predictions are kept in DIR, so that an
interrupted bench goes on, and methods share what does not depend on them; what is there is summed
up at the end. A draw whose seed has not every class is left out: it would compare two classes with
three.

With `--pretrained` every network but the baseline's starts from what one learned from the
development films without labels, as a run `pretrain` does; the arm `seed` is then the baseline's
labels with that start.
"""

import argparse
import dataclasses
import json
import tempfile
import time
from pathlib import Path

import numpy as np

from app.statistics.bootstrap import bootstrap_wauc
from bench._knees import CLASSES, Row, are_here, films, labels, locked, of_patients, read
from bench._rounds import Round, Told, by_hand, play, seed_of
from bench.knee_reports import ERROR, HEDGING, write
from models.errors import TrainingError
from models.images.pretraining import pretrain
from models.images.recipes import default_recipe
from models.images.self_training import train_student
from models.machine import device, use_threads
from models.metrics import figures
from models.recipe import Recipe

REPLICATES = 2000
OF_EVERY_METHOD = ("seed", "full")
NOTHING = Told([], np.zeros((0, len(CLASSES))))


class Draw:
    """One draw of the seed: its round and its arms, kept in a folder."""

    def __init__(
        self, number: int, rows: list[Row], patients: set[str], given: argparse.Namespace
    ) -> None:
        self.number = number
        self.validation = of_patients(rows, patients)
        self.development = of_patients(rows, patients, inside=False)
        self.given = given
        name = f"{given.seed_patients}-draw-{number}"
        out = given.out / "pretrained" if given.pretrained else given.out
        self.folder, self.shared = out / f"{given.method}-{name}", out / name
        self.baseline = given.out / name / "baseline.npz"
        for folder in (self.folder, self.shared, self.baseline.parent):
            folder.mkdir(parents=True, exist_ok=True)
        self.recipe = recipe_of(given, number)
        self.played: Round | None = None

    def round(self) -> Round:
        """Play the round; the labeler's training goes on where it was interrupted."""
        with tempfile.TemporaryDirectory(dir=self.folder) as scratch:
            began = time.process_time()
            played = play(
                self.development,
                self.given.method,
                self.given.seed_patients,
                self.given.reviews,
                self.number,
                Path(scratch),
                self.recipe,
            )
            facts = played.facts | {"cpu_seconds": time.process_time() - began}
        (self.folder / "round.json").write_text(json.dumps(facts, indent=1), "utf-8")
        return played

    def told(self, arm: str) -> tuple[Told, Told, Told]:
        """Return what an arm learns from: labels by hand, accepted and waiting pseudo-labels."""
        if arm == "full":
            return by_hand(self.development), NOTHING, NOTHING
        if arm in ("baseline", "seed"):
            _, seed = seed_of(self.development, self.given.seed_patients, self.number)
            return by_hand(seed), NOTHING, NOTHING
        if self.played is None:
            self.played = self.round()
        dose = 1.0 if arm == "final" else int(arm.removeprefix("dose-")) / 100
        accepted = self.played.accepted.part(dose, self.number)
        waiting = self.played.waiting.part(dose, self.number)
        return by_hand(self.played.seed + self.played.read), accepted, waiting

    def train(self, arm: str) -> None:
        """Train an arm and keep its predictions, unless they are there."""
        kept = self.kept(arm)
        if kept.exists():
            return
        (labelled, accepted, waiting), began = self.told(arm), time.process_time()
        final = labelled + accepted
        start = self.given.weights if arm == "baseline" else self.recipe.weights
        with tempfile.TemporaryDirectory(dir=self.folder) as scratch:
            classifier = train_student(
                films(final.rows),
                final.targets.astype(np.float32),
                films(waiting.rows),
                None if self.given.method == "image" else waiting.targets,
                CLASSES,
                dataclasses.replace(self.recipe, weights=start),
                Path(scratch),
            )
        predicted = classifier.predict(films(self.validation))
        seconds = time.process_time() - began
        decisions = len(labelled.rows)
        np.savez(kept, probabilities=predicted, cpu_seconds=seconds, decisions=decisions)
        print(
            f"draw {self.number} {arm:<9} WAUC {self.wauc(arm):.4f}  {seconds:.0f} CPU s",
            flush=True,
        )

    def kept(self, arm: str) -> Path:
        """Return where an arm's predictions are kept."""
        if arm == "baseline":
            return self.baseline
        return (self.shared if arm in OF_EVERY_METHOD else self.folder) / f"{arm}.npz"

    def probabilities(self, arm: str) -> np.ndarray:
        """Return an arm's predictions on the validation films."""
        return np.load(self.kept(arm))["probabilities"]

    def wauc(self, arm: str) -> float:
        """Return an arm's WAUC."""
        return float(figures(self.probabilities(arm), labels(self.validation), CLASSES)["wauc"])

    def difference(self, arm: str) -> str:
        """Return an arm's WAUC less the baseline's, with its paired bootstrap interval."""
        both = np.stack([self.probabilities(name) for name in ("baseline", arm)])
        _, patients = np.unique([r["patient_id"] for r in self.validation], return_inverse=True)
        found = bootstrap_wauc(labels(self.validation), patients, both, REPLICATES, 0)
        low, high = found.difference_interval if found else (np.nan, np.nan)
        return f"{self.wauc(arm) - self.wauc('baseline'):+.4f} ({low:+.4f} to {high:+.4f})"


def recipe_of(given: argparse.Namespace, seed: int) -> Recipe:
    """Return this machine's recipe, starting where the command line says."""
    recipe = default_recipe(device().type, given.weights)
    start = str(weights_of(given)) if given.pretrained else given.weights
    return dataclasses.replace(recipe, weights=start, seed=seed, checkpoint_steps=500)


def weights_of(given: argparse.Namespace) -> Path:
    """Return where the weights without labels are kept."""
    return given.out / "pretrained" / "weights.safetensors"


def pretrain_once(development: list[Row], given: argparse.Namespace) -> None:
    """Learn from the development films without labels, unless that was done."""
    if weights_of(given).exists():
        return
    began = time.process_time()
    recipe = default_recipe(device().type)
    n = pretrain(films(development), recipe, weights_of(given), given.out / "pretraining")
    print(f"pretrained on {n:,} films, {time.process_time() - began:.0f} CPU s", flush=True)


def print_table(draws: list[Draw], arms: list[str]) -> None:
    """Print each draw's figures, then each arm's mean, spread and paired gain."""
    for draw in draws:
        facts = draw.folder / "round.json"
        if facts.exists():
            found = json.loads(facts.read_text("utf-8")).items()
            print(f"draw {draw.number}: " + ", ".join(f"{name} {v:.4g}" for name, v in found))
        for arm in arms:
            compared = arm != "baseline" and "baseline" in arms
            gain = f"  less baseline {draw.difference(arm)}" if compared else ""
            print(f"  {arm:<9} {draw.wauc(arm):.4f}{gain}")
    for arm in arms:
        own = np.array([draw.wauc(arm) for draw in draws])
        spread = f" (SD {own.std(ddof=1):.4f})" if len(own) > 1 else ""
        print(f"{arm:<9} WAUC {own.mean():.4f}{spread}{gain_over_baseline(draws, arm, arms)}")


def gain_over_baseline(draws: list[Draw], arm: str, arms: list[str]) -> str:
    """Return the mean and range of an arm's paired gain, in words; nothing without a baseline."""
    if arm == "baseline" or "baseline" not in arms:
        return ""
    gain = np.array([draw.wauc(arm) - draw.wauc("baseline") for draw in draws])
    return f", gain {gain.mean():+.4f} ({gain.min():+.4f} to {gain.max():+.4f})"


def main() -> None:
    """Train what is missing, then print the table."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--out", type=Path, default=Path("bench-results"))
    parser.add_argument("--method", choices=("text", "image", "fused"), default="image")
    parser.add_argument("--draws", type=int, nargs="+", default=[1, 2, 3, 4, 5])
    parser.add_argument("--arms", nargs="+", default=["baseline", "final"])
    parser.add_argument("--seed-patients", type=int, default=300)
    parser.add_argument("--reviews", type=int, default=300)
    parser.add_argument("--error", type=float, default=ERROR)
    parser.add_argument("--hedging", type=float, default=HEDGING)
    begin = parser.add_mutually_exclusive_group()
    begin.add_argument("--weights", default="")
    begin.add_argument("--pretrained", action="store_true")
    parser.add_argument("--threads", type=int, default=0)
    given = parser.parse_args()
    if not are_here():
        return
    use_threads(given.threads)
    patients = locked(read())
    with tempfile.TemporaryDirectory() as scratch:
        rows = read(write(Path(scratch) / "knees", 0, given.error, given.hedging, patients))
    if given.pretrained:
        pretrain_once(of_patients(rows, patients, inside=False), given)
    draws = []
    for number in given.draws:
        draw = Draw(number, rows, patients, given)
        try:
            for arm in given.arms:
                draw.train(arm)
            draws.append(draw)
        except TrainingError as refused:
            print(f"Draw {number} is left out: {refused.what} {refused.where}", flush=True)
    print_table(draws, given.arms)


if __name__ == "__main__":
    main()
