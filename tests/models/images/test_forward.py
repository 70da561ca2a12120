"""What ONNX Runtime answers is what torch answers, on the folds a labeler was calibrated by too."""

import dataclasses
from pathlib import Path

import numpy as np
import pytest
import torch
from support.models_films import TINY, draw_films

from models.folds import patient_folds
from models.images import forward
from models.images.forward import AGREEMENT, Forwards, converted
from models.images.networks import build_network
from models.labeler_training import read_images
from models.machine import placed

SMALL = ("mobilenet_v2_035", "mobilenet_v3_small", "resnet18_quarter", "squeezenet1_1")


@pytest.mark.parametrize("name", [*SMALL, "efficientnet_b0", "efficientnet_lite0"])
def test_a_converted_network_answers_as_before(name: str) -> None:
    torch.manual_seed(0)
    network = placed(build_network(name, 3)).eval()
    films = torch.randn(3, 1, 64, 64).to(memory_format=torch.channels_last)
    with torch.inference_mode():
        expected = network(films).softmax(dim=1)
        said = converted(network, 64)(films).softmax(dim=1)
    torch.testing.assert_close(said, expected, atol=AGREEMENT, rtol=0)
    assert next(network.parameters()).is_contiguous(memory_format=torch.channels_last)


def test_a_few_films_are_not_worth_a_conversion() -> None:
    networks = [placed(build_network("resnet18_quarter", 3)).eval()]
    forwards = Forwards(networks, 32)
    assert forwards.to_predict(forward.WORTH_CONVERTING - 1) == networks
    assert forwards.to_predict(1) != networks


def test_the_folds_a_labeler_was_calibrated_by_answer_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    films, labels = draw_films(tmp_path / "films", 24)
    folds = patient_folds(labels, [film.group for film in films], TINY.folds, TINY.seed)
    images, held = read_images(
        films, labels, ("a", "b", "c"), folds, TINY, tmp_path, lambda *_: None, bool
    )
    monkeypatch.setattr(forward, "WORTH_CONVERTING", 1)
    again = np.empty_like(held)
    for fold, network in enumerate(images.networks):
        own = dataclasses.replace(images, networks=(network,))
        again[folds == fold] = own.predict(
            [film for film, at in zip(films, folds, strict=True) if at == fold]
        )
    assert len(images.networks) == TINY.folds
    np.testing.assert_allclose(again, held, atol=AGREEMENT)
