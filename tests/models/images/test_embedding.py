"""Embeddings: the pooled features of any network."""

from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import save_file
from support.models_films import TINY, draw_films

from models.errors import Stopped, TrainingError
from models.film import Film
from models.images.embedding import Embedder, embed, frozen_network, without_head
from models.images.networks import NETWORKS, build_network
from models.machine import placed


@pytest.fixture
def films(tmp_path: Path) -> list[Film]:
    return draw_films(tmp_path / "films", 24)[0]


def tiny() -> Embedder:
    network = placed(build_network(TINY.network, 3)).eval()
    return Embedder(without_head(network), TINY.size, bf16=False)


@pytest.mark.parametrize("name", NETWORKS)
def test_any_network_ends_with_its_pooled_features(name: str) -> None:
    network = build_network(name, 3).eval()
    headless = without_head(network)
    films = torch.randn(2, 1, 64, 64)
    with torch.inference_mode():
        features = headless(films)
        assert network(films).shape == (2, 3), "the network given keeps its head"
    assert features.shape[0] == 2
    assert features.ndim == 2
    assert features.shape[1] >= 100
    assert torch.isfinite(features).all()


def test_the_features_are_what_the_head_was_given() -> None:
    network = build_network("resnet18_quarter", 3).eval()
    films = torch.randn(2, 1, 64, 64)
    with torch.inference_mode():
        assert torch.allclose(network.fc(without_head(network)(films)), network(films))


def test_a_film_and_its_mirror_image_lie_at_the_same_place() -> None:
    pixels = np.random.default_rng(0).integers(0, 256, (3, 64, 64), dtype=np.uint8)
    network = placed(build_network("resnet18_quarter", 3)).eval()
    embedder = Embedder(without_head(network), 64, bf16=False)
    one, other = embedder.vectors(pixels), embedder.vectors(pixels[:, :, ::-1].copy())
    np.testing.assert_allclose(one, other, rtol=1e-3, atol=1e-5)


def test_a_weights_file_decides_the_frozen_network(tmp_path: Path, films: list[Film]) -> None:
    state = NETWORKS["resnet18_quarter"](3).state_dict()
    save_file(state, tmp_path / "known.safetensors")
    vectors = embed(frozen_network(str(tmp_path / "known.safetensors")), films[:4])
    assert vectors.shape == (4, 128)
    assert np.isfinite(vectors).all()


def test_a_weights_file_of_no_known_network_is_refused(tmp_path: Path) -> None:
    save_file({"a": torch.zeros(3)}, tmp_path / "other.safetensors")
    with pytest.raises(TrainingError, match="fits none"):
        frozen_network(str(tmp_path / "other.safetensors"))


def test_embedding_reports_its_progress_and_can_be_stopped(films: list[Film]) -> None:
    embedder = tiny()
    told: list[tuple[int, int]] = []
    embed(embedder, films, lambda done, total, message: told.append((done, total)))
    assert told[-1] == (24, 24)
    with pytest.raises(Stopped):
        embed(embedder, films, should_stop=lambda: True)


def test_a_film_that_cannot_be_read_is_named_by_its_place(films: list[Film]) -> None:
    films[5] = Film(Path("gone.png"), None, "p", "")
    with pytest.raises(TrainingError) as error:
        embed(tiny(), films)
    assert "film 6" in error.value.where
