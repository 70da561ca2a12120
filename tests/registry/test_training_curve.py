"""The training curve of a version: what is kept of it, and what its drawer shows."""

import re

import pytest
from pydantic import ValidationError
from support.web import Web

from app.db.learning import ModelVersion, Run
from app.training.curves import HEIGHT, TrainingCurve, drawing

CURVES = [
    {"epochs": [1.0, 2.0, 4.0], "loss": [1.0, 0.5, 0.25]},
    {"epochs": [1.0, 2.0, 4.0], "loss": [0.8, 0.6, 0.35]},
]


def a_version(role: str, metrics: dict[str, object]) -> ModelVersion:
    return ModelVersion(
        role=role,
        method="image",
        folder="checkpoints/x",
        digest="a" * 64,
        recipe={"network": "resnet18"},
        metrics=metrics,
        training_digest="b" * 64,
    )


def test_every_network_is_a_line_within_the_frame() -> None:
    plot = drawing(a_version("final", {"curves": CURVES}))
    assert plot is not None
    assert len(plot.lines) == 2
    points = [tuple(map(float, point.split(","))) for point in plot.lines[0].split()]
    assert [x for x, _y in points] == [100.0, 200.0, 400.0]
    assert all(0 <= y <= HEIGHT for _x, y in points)
    assert [y for _x, y in points] == sorted(y for _x, y in points)  # down the page, as it falls
    assert (plot.first, plot.last) == (pytest.approx(0.9), pytest.approx(0.3))
    assert [text for _at, text in plot.across] == ["0", "2", "4"]


def test_a_version_that_kept_none_has_no_drawing() -> None:
    assert drawing(a_version("labeler", {"text": {"auc": 0.9}})) is None
    assert drawing(a_version("final", {"curves": [{"epochs": [], "loss": []}]})) is None


def test_a_curve_whose_parts_do_not_fit_is_refused() -> None:
    for epochs, loss in (([1.0], []), ([2.0, 1.0], [1.0, 1.0])):
        with pytest.raises(ValidationError):
            TrainingCurve(epochs=epochs, loss=loss)


def test_the_drawer_of_a_version_draws_it(web: Web) -> None:
    with web.database.begin() as session:
        run = Run(kind="train_classifier", status="succeeded")
        session.add(run)
        session.flush()
        for role, metrics in (("final", {"curves": CURVES}), ("baseline", {})):
            made = a_version(role, metrics)
            made.run_id = run.id
            session.add(made)
    admin = web.browser("Ada", "admin")
    page = admin.get("/models").text
    assert len(re.findall("<polyline", page)) == 2
    assert "Training loss: 0.900 at first, 0.300 at the end." in page
    kept = admin.get("/api/v1/models").json()
    assert [each["metrics"].get("curves") for each in kept if each["role"] == "final"] == [CURVES]
