"""A round that would lack a class is refused by the command line before it imports."""

from pathlib import Path

import pytest
from PIL import Image as Picture

from app.demo.headless import run_round
from app.demo.play import Plan
from app.errors import Refused
from app.settings import Settings


def test_it_says_which_draw_has_every_class_and_leaves_the_folder_to_it(
    tmp_path: Path, settings: Settings
) -> None:
    films, out = tmp_path / "films", tmp_path / "out"
    films.mkdir()
    lines = ["file,patient_id,label"]
    for number in range(30):
        Picture.new("L", (16, 16), number + 1).save(films / f"{number}.png")
        label = ("arthroplasty", "normal", "abnormal")[min(number, 1 + number % 2)]
        lines.append(f"{number}.png,P{number},{label}")
    (films / "manifest.csv").write_text("\n".join(lines))
    plan = Plan(films, "image", 6, 6, 0, rng=0)
    said: list[str] = []
    with pytest.raises(Refused, match="no film of arthroplasty") as refused:
        run_round(settings, plan, out, said.append)
    assert "--rng" in refused.value.do
    assert list(out.iterdir()) == []
    assert "30 files found." in said
