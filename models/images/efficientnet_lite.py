"""EfficientNet-Lite: EfficientNets without squeeze-excitation, with ReLU6, for small machines.

Sources: Tan & Le, "EfficientNet: Rethinking model scaling for convolutional neural networks",
ICML 2019, arXiv 1905.11946; the Lite variants are in TensorFlow's TPU repository,
`models/official/efficientnet/lite`. Where the published weights were trained, a convolution that
halves a film is padded as TensorFlow does, which is not as PyTorch does; see `SamePadding`.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass

from torch import Tensor, nn
from torch.nn import functional


@dataclass(frozen=True)
class Scale:
    """What makes one Lite of the family larger than another.

    Attributes:
        width: multiplies the channels of the blocks.
        depth: multiplies the blocks of a stage, rounded up.
        size: side of the square that ImageNet was learned at, in pixels.
        dropout: before the last layer.
    """

    width: float
    depth: float
    size: int
    dropout: float


SCALES = {
    "efficientnet_lite0": Scale(1.0, 1.0, 224, 0.2),
    "efficientnet_lite1": Scale(1.0, 1.1, 240, 0.2),
    "efficientnet_lite2": Scale(1.1, 1.2, 260, 0.3),
}
STEM, HEAD = 32, 1280
"""Channels of the first and the last convolution, which a Lite does not scale."""
EPSILON = 1e-3
"""Of batch normalisation, TensorFlow's."""


@dataclass(frozen=True)
class Stage:
    """Blocks in a row that see a film at the same size.

    Attributes:
        expansion: of the channels inside a block.
        channels: that come out.
        blocks: how many; the first one changes size and channels.
        stride: of the first one.
        kernel: side of the depthwise convolution.
    """

    expansion: int
    channels: int
    blocks: int
    stride: int
    kernel: int


STAGES = (
    Stage(1, 16, 1, 1, 3),
    Stage(6, 24, 2, 2, 3),
    Stage(6, 40, 2, 2, 5),
    Stage(6, 80, 3, 2, 3),
    Stage(6, 112, 3, 1, 5),
    Stage(6, 192, 4, 2, 5),
    Stage(6, 320, 1, 1, 3),
)


class SamePadding(nn.Module):
    """Pad as TensorFlow's "SAME" for a convolution of stride 2: the odd pixel goes last.

    An even side gets one pixel less than PyTorch's padding, at its beginning, so every place the
    convolution looks at lies one pixel further on.
    """

    def __init__(self, kernel: int) -> None:
        super().__init__()
        self.kernel = kernel

    def forward(self, films: Tensor) -> Tensor:
        """Pad with zeros: (n, c, height, width) to at most kernel - 1 more of each side."""
        height, width = films.shape[2:]
        return functional.pad(films, [*self._around(width), *self._around(height)])

    def _around(self, side: int) -> tuple[int, int]:
        missing = self.kernel - 2 + side % 2
        return missing // 2, missing - missing // 2


class Block(nn.Module):
    """An inverted residual: widen, look around in each channel, narrow (arXiv 1801.04381)."""

    def __init__(self, stage: Stage, channels: int, out: int, stride: int) -> None:
        super().__init__()
        inner = channels * stage.expansion
        layers = _convolution(channels, inner) if stage.expansion > 1 else []
        layers += _convolution(inner, inner, stage.kernel, stride, groups=inner)
        self.layers = nn.Sequential(*layers, *_convolution(inner, out)[:-1])
        self.residual = stride == 1 and channels == out

    def forward(self, films: Tensor) -> Tensor:
        """Look at feature maps: (n, c, h, w) to (n, c', h / stride, w / stride)."""
        seen: Tensor = self.layers(films)
        return films + seen if self.residual else seen


class EfficientNetLite(nn.Module):
    """EfficientNet-Lite 0, 1 or 2.

    Args:
        name: a key of `SCALES`.
        n_classes: outputs.
    """

    def __init__(self, name: str, n_classes: int) -> None:
        super().__init__()
        scale = SCALES[name]
        blocks = list(_blocks(scale))
        last = _channels(STAGES[-1].channels, scale)
        self.features = nn.Sequential(
            nn.Sequential(*_convolution(3, STEM, 3, 2)),
            *blocks,
            nn.Sequential(*_convolution(last, HEAD)),
        )
        self.classifier = nn.Sequential(nn.Dropout(scale.dropout), nn.Linear(HEAD, n_classes))
        self.apply(_begin_at_random)

    def forward(self, films: Tensor) -> Tensor:
        """Compute logits: float32 (n, channels, height, width) to float32 (n, n_classes)."""
        logits: Tensor = self.classifier(self.features(films).mean(dim=(2, 3)))
        return logits


def _blocks(scale: Scale) -> Iterator[Block]:
    """Build the blocks; the first and the last stage are never deepened."""
    channels = STEM
    for stage in STAGES:
        out = _channels(stage.channels, scale)
        deepened = stage not in (STAGES[0], STAGES[-1])
        count = math.ceil(stage.blocks * scale.depth) if deepened else stage.blocks
        for number in range(count):
            yield Block(stage, channels, out, stage.stride if number == 0 else 1)
            channels = out


def _channels(channels: int, scale: Scale) -> int:
    """Widen, to a multiple of 8 that is at least nine tenths of it (arXiv 1905.11946's code)."""
    wide = channels * scale.width
    rounded = max(8, int(wide + 4) // 8 * 8)
    return rounded + 8 if rounded < 0.9 * wide else rounded


def _convolution(
    channels: int, out: int, kernel: int = 1, stride: int = 1, groups: int = 1
) -> list[nn.Module]:
    padding = kernel // 2 if stride == 1 else 0
    return [
        *([SamePadding(kernel)] if stride == 2 else []),
        nn.Conv2d(channels, out, kernel, stride, padding, groups=groups, bias=False),
        nn.BatchNorm2d(out, eps=EPSILON),
        nn.ReLU6(),
    ]


def _begin_at_random(layer: nn.Module) -> None:
    if isinstance(layer, nn.Conv2d):
        nn.init.kaiming_normal_(layer.weight, mode="fan_out")
    elif isinstance(layer, nn.Linear):
        nn.init.normal_(layer.weight, 0, 0.01)
        nn.init.zeros_(layer.bias)
