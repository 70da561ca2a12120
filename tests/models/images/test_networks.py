"""Networks start from scratch or from weights that fit, and say clearly when they do not."""

from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import load_file, save_file

from models.errors import TrainingError
from models.images.networks import NETWORKS, build_network, network_of_file, weights_origin
from models.vision import torchvision

WEIGHTS = Path(__file__).parents[3] / "../shared/data/weights"
MOBILENET = WEIGHTS / "mobilenet_v2_w035_features.safetensors"
SQUEEZENET = WEIGHTS / "squeezenet1_0_deepcompression.safetensors"
LABELER = (Path(__file__).parents[3] / "docs/labeler.md").read_text("utf-8")
needs_weights = pytest.mark.skipif(not WEIGHTS.exists(), reason="the shared weights are not here")


@pytest.mark.parametrize("name", NETWORKS)
def test_every_network_reads_one_grey_channel(name: str) -> None:
    with torch.device("meta"):
        logits = build_network(name, 4).eval()(torch.zeros(2, 1, 96, 96))
    assert logits.shape == (2, 4)


@pytest.mark.parametrize("name", NETWORKS)
def test_every_network_has_its_row_in_the_documentation_with_its_size(name: str) -> None:
    with torch.device("meta"):
        size = sum(weights.numel() for weights in build_network(name, 3).parameters())
    assert f"| `{name}` | {size / 1e6:.1f} |" in LABELER


@needs_weights
@pytest.mark.parametrize(
    ("name", "file"), [("mobilenet_v2_035", MOBILENET), ("squeezenet1_0", SQUEEZENET)]
)
def test_a_file_with_or_without_the_head_gives_the_backbone(name: str, file: Path) -> None:
    network, saved = build_network(name, 3, str(file)), load_file(file)
    kept = network.state_dict()
    same = [key for key in saved if key in kept and torch.equal(kept[key], saved[key])]
    assert len(same) >= len([key for key in saved if "features" in key and "num_b" not in key]) - 1
    assert network_of_file(file) == name


@needs_weights
def test_one_grey_channel_computes_what_three_equal_ones_do() -> None:
    grey = build_network("squeezenet1_0", 3, str(SQUEEZENET)).eval()
    colour = torchvision.models.squeezenet1_0(num_classes=3).eval()
    whole = {k: v for k, v in load_file(SQUEEZENET).items() if k.startswith("features")}
    colour.load_state_dict(whole, strict=False)
    film = torch.randn(1, 1, 64, 64)
    with torch.inference_mode():
        one, three = grey.features(film), colour.features(film.expand(1, 3, 64, 64))
    np.testing.assert_allclose(one.numpy(), three.numpy(), atol=1e-3)


@needs_weights
def test_weights_of_another_architecture_are_refused() -> None:
    with pytest.raises(TrainingError, match="not those of `resnet18`"):
        build_network("resnet18", 3, str(MOBILENET))


def test_a_pickle_is_refused_unopened(tmp_path: Path) -> None:
    torch.save(build_network("squeezenet1_1", 3).state_dict(), tmp_path / "weights.pth")
    with pytest.raises(TrainingError, match="safetensors"):
        build_network("squeezenet1_1", 3, str(tmp_path / "weights.pth"))


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(TrainingError) as refused:
        build_network("resnet18", 3, str(tmp_path / "gone.safetensors"))
    assert refused.value.where == "gone.safetensors"


def test_weights_without_one_layer_are_refused(tmp_path: Path) -> None:
    state = torchvision.models.squeezenet1_1().state_dict()
    del state["features.3.squeeze.weight"]
    save_file(state, tmp_path / "part.safetensors")
    with pytest.raises(TrainingError) as refused:
        build_network("squeezenet1_1", 3, str(tmp_path / "part.safetensors"))
    assert "features.3.squeeze.weight" in refused.value.where


def test_without_internet_the_download_says_what_to_do(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("https_proxy", "http://127.0.0.1:9")
    monkeypatch.setenv("TORCH_HOME", str(tmp_path))
    with pytest.raises(TrainingError, match="could not be downloaded") as refused:
        build_network("squeezenet1_1", 3, "download")
    assert "internet" in refused.value.do


def test_a_network_nobody_publishes_cannot_be_downloaded() -> None:
    with pytest.raises(TrainingError, match="publishes no"):
        build_network("resnet18_half", 3, "download")


def test_an_unknown_network_is_refused() -> None:
    with pytest.raises(TrainingError, match="`resnet19`"):
        build_network("resnet19", 3)


def test_the_origin_names_the_file_and_not_its_folder(tmp_path: Path) -> None:
    save_file({"a": torch.zeros(1)}, tmp_path / "w.safetensors")
    assert weights_origin(str(tmp_path / "w.safetensors")) == "ImageNet (file w.safetensors)"
    assert weights_origin("/secret/place/w.safetensors") == "a file that is gone (w.safetensors)"
    assert weights_origin("") == "none"
