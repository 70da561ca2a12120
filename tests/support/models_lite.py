"""EfficientNet-Lite by its published description, written apart from the network under test.

Sources: the block lists of TensorFlow's TPU repository (`efficientnet_builder.py` and
`lite/efficientnet_lite_builder.py`), tensor names as in the packages with the weights, and
TensorFlow's definition of "SAME" padding.
"""

import math

import torch
from torch import Tensor
from torch.nn import functional

Block = tuple[int, int, int, int, int]
"""Kernel, stride, expansion, channels in, channels out."""

ROUNDED = {
    "efficientnet_lite0": ((16, 24, 40, 80, 112, 192, 320), (1, 2, 2, 3, 3, 4, 1)),
    "efficientnet_lite1": ((16, 24, 40, 80, 112, 192, 320), (1, 3, 3, 4, 4, 5, 1)),
    "efficientnet_lite2": ((16, 24, 48, 88, 120, 208, 352), (1, 3, 3, 4, 4, 5, 1)),
}
"""Channels and blocks of each stage after scaling, as the published graphs have them."""
KERNELS, STRIDES = (3, 3, 5, 3, 5, 5, 3), (1, 2, 2, 2, 1, 2, 1)


def blocks(name: str) -> list[Block]:
    found, before = [], 32
    for stage, (out, count) in enumerate(zip(*ROUNDED[name], strict=True)):
        for number in range(count):
            stride = STRIDES[stage] if number == 0 else 1
            found.append((KERNELS[stage], stride, 1 if stage == 0 else 6, before, out))
            before = out
    return found


def random_state(name: str, n_classes: int = 1000) -> dict[str, Tensor]:
    """Weights of the right shapes under the packages' names, in the packages' order, float64."""
    generator = torch.Generator().manual_seed(7)
    state: dict[str, Tensor] = {}

    def convolution(key: str, out: int, inside: int, kernel: int) -> None:
        fan = inside * kernel * kernel
        state[f"{key}.weight"] = torch.randn(out, inside, kernel, kernel, generator=generator)
        state[f"{key}.weight"] *= (2 / fan) ** 0.5

    def normalisation(key: str, out: int) -> None:
        state[f"{key}.weight"] = torch.rand(out, generator=generator) + 0.5
        state[f"{key}.bias"] = torch.randn(out, generator=generator) / 4
        state[f"{key}.running_mean"] = torch.randn(out, generator=generator) / 4
        state[f"{key}.running_var"] = torch.rand(out, generator=generator) + 0.5
        state[f"{key}.num_batches_tracked"] = torch.tensor(0)

    convolution("_conv_stem", 32, 3, 3)
    normalisation("_bn0", 32)
    for number, (kernel, _, expansion, before, out) in enumerate(blocks(name)):
        key, inner = f"_blocks.{number}", before * expansion
        if expansion > 1:
            convolution(f"{key}._expand_conv", inner, before, 1)
            normalisation(f"{key}._bn0", inner)
        convolution(f"{key}._depthwise_conv", inner, 1, kernel)
        normalisation(f"{key}._bn1", inner)
        convolution(f"{key}._project_conv", out, inner, 1)
        normalisation(f"{key}._bn2", out)
    convolution("_conv_head", 1280, blocks(name)[-1][4], 1)
    normalisation("_bn1", 1280)
    state["_fc.weight"] = torch.randn(n_classes, 1280, generator=generator) / 36
    state["_fc.bias"] = torch.randn(n_classes, generator=generator)
    return {key: value.double() for key, value in state.items()}


def same_padded(films: Tensor, kernel: int, stride: int) -> Tensor:
    """TensorFlow: as many places come out as a film has strides, rounded up; the rest goes last."""
    around = []
    for side in (films.shape[3], films.shape[2]):
        total = max((math.ceil(side / stride) - 1) * stride + kernel - side, 0)
        around += [total // 2, total - total // 2]
    return functional.pad(films, around)


def logits(name: str, state: dict[str, Tensor], films: Tensor) -> Tensor:
    """What the published network says of films of three colours."""

    def convolved(key: str, x: Tensor, stride: int = 1, groups: int = 1) -> Tensor:
        weight = state[f"{key}.weight"]
        padded = same_padded(x, weight.shape[-1], stride)
        return functional.conv2d(padded, weight, stride=stride, groups=groups)

    def normalised(key: str, x: Tensor) -> Tensor:
        mean, variance = state[f"{key}.running_mean"], state[f"{key}.running_var"]
        scale = state[f"{key}.weight"] / (variance + 0.001).sqrt()
        shift = state[f"{key}.bias"] - mean * scale
        return x * scale[:, None, None] + shift[:, None, None]

    x = normalised("_bn0", convolved("_conv_stem", films, 2)).clamp(0, 6)
    for number, (_, stride, expansion, before, out) in enumerate(blocks(name)):
        key, seen = f"_blocks.{number}", x
        if expansion > 1:
            seen = normalised(f"{key}._bn0", convolved(f"{key}._expand_conv", seen)).clamp(0, 6)
        seen = convolved(f"{key}._depthwise_conv", seen, stride, groups=before * expansion)
        seen = normalised(f"{key}._bn1", seen).clamp(0, 6)
        seen = normalised(f"{key}._bn2", convolved(f"{key}._project_conv", seen))
        x = x + seen if stride == 1 and before == out else seen
    x = normalised("_bn1", convolved("_conv_head", x)).clamp(0, 6).mean(dim=(2, 3))
    return x @ state["_fc.weight"].T + state["_fc.bias"]
