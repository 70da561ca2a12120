"""An archive of small pictures that a tiny network and a report can tell apart, mostly."""

import csv
from pathlib import Path

import numpy as np
from PIL import Image as Picture

from models.recipe import Recipe

TINY = Recipe(
    network="resnet18_quarter",
    size=32,
    folds=2,
    presentations=256,
    least_epochs=4,
    batch_size=16,
    bf16=False,
    text_presentations=128,
)
"""It learns them in seconds."""
SENTENCES = {
    "normal": "Joint spaces preserved. No osteophytes.",
    "abnormal": "Marked joint space narrowing with osteophytes.",
    "arthroplasty": "Total knee replacement in good position.",
}


def draw_striped(folder: Path) -> Path:
    """Write 54 patients with two films each, and their manifest: bright stripes tell the class."""
    folder.mkdir(parents=True, exist_ok=True)
    draw = np.random.default_rng(1)
    names = list(SENTENCES)
    with (folder / "manifest.csv").open("w", newline="") as file:
        manifest = csv.writer(file)
        manifest.writerow(["file", "patient_id", "image_id", "label", "report"])
        for number in range(108):
            label = names[(number // 2) % 3]
            pixels = draw.normal(110, 30, (48, 48))
            pixels[:, 8 + 14 * names.index(label) :][:, :6] += draw.normal(60, 15)
            Picture.fromarray(pixels.clip(0, 255).astype(np.uint8)).save(folder / f"{number}.png")
            said = SENTENCES[names[draw.integers(3)] if draw.random() < 0.05 else label]
            manifest.writerow([f"{number}.png", f"P{number // 2}", f"I{number}", label, said])
    return folder
