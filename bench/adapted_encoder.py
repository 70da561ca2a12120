"""What an encoder learns from an archive's reports without labels, as a run `adapt` does.

    python -m bench adapted_encoder --encoder FOLDER --out FOLDER [--set ours]
        [--presentations 20000] [--threads 1]

adapts a text encoder to the development patients' reports of a set of texts, and writes it where
`python -m bench report_reading --encoder FOLDER` can be given it. The locked validation patients
have no part in it.
"""

import argparse
import dataclasses
import tempfile
import time
from pathlib import Path

from bench._knees import are_here, films
from bench.report_reading import WRITERS, development
from models.machine import use_threads
from models.recipe import Recipe
from models.reports.adapting import adapt


def main() -> None:
    """Adapt, write the encoder, and print how well it guesses hidden words."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--encoder", required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--set", choices=WRITERS, default="ours")
    parser.add_argument("--presentations", type=int, default=Recipe().text_presentations)
    parser.add_argument("--threads", type=int, default=1)
    given = parser.parse_args()
    if not are_here():
        return
    use_threads(given.threads)
    recipe = Recipe(text_encoder=given.encoder)
    recipe = dataclasses.replace(recipe, text_presentations=given.presentations)
    began = time.process_time()
    with tempfile.TemporaryDirectory() as scratch:
        reports = films(development(given.set, Path(scratch)))
        adapted = adapt(reports, recipe, Path(scratch) / "checkpoints")
    adapted.save(given.out)
    for name, value in adapted.figures.items():
        print(f"{name:<16}{value:>10,.3f}")
    print(f"{time.process_time() - began:.0f} CPU seconds")


if __name__ == "__main__":
    main()
