"""Networks by name, for one grey channel, from scratch or from ImageNet weights."""

from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from urllib.error import URLError

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import load_file
from torch import nn

from models.errors import TrainingError
from models.images.efficientnet_lite import SCALES, EfficientNetLite
from models.vision import torchvision

ORIGIN = "origin"
"""What a weights file that was made here says of itself, in its header."""
HEADS = ("classifier.", "fc.")
"""Where the layers that know the classes live, in every torchvision network offered."""


def resnet18_of_width(width: int, num_classes: int) -> nn.Module:
    """Build a ResNet-18 with fewer channels (He et al., CVPR 2016, arXiv 1512.03385).

    Args:
        width: channels of the first stage; 64 is the published network.
        num_classes: outputs.

    Returns:
        The network, with torchvision's layer names.
    """
    network = torchvision.models.resnet18(num_classes=num_classes)
    block = torchvision.models.resnet.BasicBlock
    network.inplanes = width
    network.conv1 = nn.Conv2d(3, width, 7, 2, 3, bias=False)
    network.bn1 = nn.BatchNorm2d(width)
    for stage in range(4):
        layer = network._make_layer(block, width << stage, 2, stride=1 if stage == 0 else 2)
        setattr(network, f"layer{stage + 1}", layer)
    network.fc = nn.Linear(width << 3, num_classes)
    for module in network.modules():
        if isinstance(module, nn.Conv2d):
            nn.init.kaiming_normal_(module.weight, mode="fan_out", nonlinearity="relu")
    return network


def _torchvision(name: str, **options: float) -> Callable[[int], nn.Module]:
    return lambda n_classes: torchvision.models.get_model(
        name, weights=None, num_classes=n_classes, **options
    )


NETWORKS: dict[str, Callable[[int], nn.Module]] = {
    "mobilenet_v3_small": _torchvision("mobilenet_v3_small"),
    "mobilenet_v3_large": _torchvision("mobilenet_v3_large"),
    "mobilenet_v2": _torchvision("mobilenet_v2"),
    "mobilenet_v2_035": _torchvision("mobilenet_v2", width_mult=0.35),
    "squeezenet1_0": _torchvision("squeezenet1_0"),
    "squeezenet1_1": _torchvision("squeezenet1_1"),
    "resnet18": _torchvision("resnet18"),
    "resnet18_half": lambda n_classes: resnet18_of_width(32, n_classes),
    "resnet18_quarter": lambda n_classes: resnet18_of_width(16, n_classes),
    "resnet50": _torchvision("resnet50"),
    "efficientnet_b0": _torchvision("efficientnet_b0"),
    "efficientnet_b4": _torchvision("efficientnet_b4"),
    **{name: partial(EfficientNetLite, name) for name in SCALES},
}
OTHERS = {"mobilenet_v2_035", "resnet18_half", "resnet18_quarter", *SCALES}
PUBLISHED = frozenset(NETWORKS) - OTHERS
"""The networks torchvision offers ImageNet weights for."""


def build_network(name: str, n_classes: int, weights: str = "") -> nn.Module:
    """Build a network for one grey channel.

    The first layer's three colour channels are summed into one, which on a grey picture computes
    the same as three equal channels at a third of the cost.

    Args:
        name: a key of `NETWORKS`.
        n_classes: number of outputs.
        weights: "" for a random start, "download" for torchvision's ImageNet weights, or the path
            of a .safetensors file with all of the network's keys or all but its head's.

    Returns:
        The network: float32 (n, 1, height, width) to float32 (n, n_classes) logits.

    Raises:
        TrainingError: for an unknown name, or weights that cannot be had, read or used.
    """
    if name not in NETWORKS:
        raise TrainingError(
            f"There is no network called `{name}`.", "recipe", f"Use: {', '.join(NETWORKS)}."
        )
    network = NETWORKS[name](n_classes)
    if weights:
        state = _downloaded(name) if weights == "download" else _read(Path(weights))
        _load_backbone(network, state, name, weights)
    _sum_colour_channels(network)
    return network


def as_published(network: nn.Module) -> dict[str, torch.Tensor]:
    """Return a network's weights the way ImageNet's are published, for `build_network` to read.

    Args:
        network: as `build_network` made it, with one grey channel.

    Returns:
        Its state, the first layer for three equal channels, without its head.
    """
    first = next(f"{n}.weight" for n, m in network.named_modules() if isinstance(m, nn.Conv2d))
    state = {key: value for key, value in network.state_dict().items() if _of_backbone(key)}
    return state | {first: state[first].repeat(1, 3, 1, 1) / 3}


def weights_origin(weights: str) -> str:
    """Say in words where a network's first weights came from.

    Args:
        weights: as in `build_network`.

    Returns:
        "none", "ImageNet (download)", "ImageNet (file NAME)", what the file says of itself, or
        that it is gone.
    """
    if not weights:
        return "none"
    if weights == "download":
        return "ImageNet (download)"
    try:
        with safe_open(weights, "pt") as file:
            origin = (file.metadata() or {}).get(ORIGIN)
    except (OSError, SafetensorError):
        return f"a file that is gone ({Path(weights).name})"
    return origin or f"ImageNet (file {Path(weights).name})"


def network_of_file(weights: Path) -> str | None:
    """Tell which network a weights file belongs to, from the names and shapes in it.

    Args:
        weights: a .safetensors file.

    Returns:
        The network's name, or None if it fits none of them.

    Raises:
        TrainingError: if the file cannot be read.
    """
    state = _read(weights)
    for name, build in NETWORKS.items():
        with torch.device("meta"):
            if not _misfits(build(2), state):
                return name
    return None


def _read(weights: Path) -> dict[str, torch.Tensor]:
    try:
        return load_file(weights)
    except (OSError, SafetensorError) as error:
        raise TrainingError(
            "The weights file cannot be read as safetensors.",
            weights.name,
            "Point the setting at a .safetensors file, or leave it empty. Other formats are "
            "refused because opening them can run code.",
        ) from error


def _downloaded(name: str) -> Mapping[str, torch.Tensor]:
    if name not in PUBLISHED:
        raise TrainingError(
            f"torchvision publishes no ImageNet weights for `{name}`.",
            "weights",
            "Choose another network, a local .safetensors file, or no weights.",
        )
    published = torchvision.models.get_model_weights(name).DEFAULT
    try:
        return published.get_state_dict(progress=False, check_hash=True, weights_only=True)
    except (URLError, OSError, RuntimeError) as error:
        raise TrainingError(
            "The ImageNet weights could not be downloaded.",
            published.url,
            "Connect this machine to the internet, point the setting at a local .safetensors "
            "file, or leave it empty to train from scratch.",
        ) from error


def _misfits(network: nn.Module, state: Mapping[str, torch.Tensor]) -> list[str]:
    """Name the layers a file lacks, has in another shape, or has beyond the network."""
    expected = {key: value for key, value in network.state_dict().items() if _of_backbone(key)}
    offered = {key: value for key, value in state.items() if _of_backbone(key)}
    return sorted(
        key
        for key in expected.keys() | offered.keys()
        if key not in expected or key not in offered or expected[key].shape != offered[key].shape
    )


def _of_backbone(key: str) -> bool:
    """Batch counters take no part: nothing computes with them, and files shape them two ways."""
    return not key.startswith(HEADS) and not key.endswith("num_batches_tracked")


def _load_backbone(
    network: nn.Module, state: Mapping[str, torch.Tensor], name: str, weights: str
) -> None:
    misfits = _misfits(network, state)
    if misfits:
        raise TrainingError(
            f"The weights are not those of `{name}`: {len(misfits)} layers do not fit.",
            f"{Path(weights).name}, for example {misfits[0]}",
            "Choose the network the file belongs to, or another file.",
        )
    network.load_state_dict(
        {key: value for key, value in state.items() if _of_backbone(key)}, strict=False
    )


def _sum_colour_channels(network: nn.Module) -> None:
    for parent in network.modules():
        for name, layer in parent.named_children():
            if isinstance(layer, nn.Conv2d):
                setattr(parent, name, _for_one_channel(layer))
                return


def _for_one_channel(layer: nn.Conv2d) -> nn.Conv2d:
    grey = nn.Conv2d(
        1,
        layer.out_channels,
        layer.kernel_size,  # type: ignore[arg-type]
        layer.stride,  # type: ignore[arg-type]
        layer.padding,  # type: ignore[arg-type]
        bias=layer.bias is not None,
    )
    with torch.no_grad():
        grey.weight.copy_(layer.weight.sum(dim=1, keepdim=True))
        if layer.bias is not None and grey.bias is not None:
            grey.bias.copy_(layer.bias)
    return grey
