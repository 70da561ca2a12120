"""One training by several processes, each with a share of every batch: on a GPU each, as a rule.

Random numbers are drawn for the whole batch, the loss is the batch's mean, and batch normalisation
takes the statistics of the whole batch. So each step is that of one process, but for the order in
which numbers are added, whatever the number of processes; not so for a network with dropout, where
each process drops for itself. `docs/decisions/177-several-gpus-share-a-training.md` says how equal
that makes the weights.
"""

from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor, distributed, nn
from torch.nn.parallel import DistributedDataParallel

from models.machine import device


@dataclass(frozen=True)
class Share:
    """A process's part of every batch.

    Attributes:
        number: of this process, from 0; the first one writes the checkpoints.
        of: how many there are.
    """

    number: int = 0
    of: int = 1

    def part(self, n: int) -> slice:
        """Return this process's of n films."""
        return slice(n * self.number // self.of, n * (self.number + 1) // self.of)

    def weight(self, n: int) -> float:
        """Return what the mean loss of a part weighs, so that the mean over processes is right."""
        own = self.part(n)
        return (own.stop - own.start) * self.of / n


WHOLE = Share()


def join(share: Share, meeting: Path) -> None:
    """Meet the other processes.

    Args:
        share: this process's.
        meeting: a file that does not exist yet, the same for all.
    """
    if device().type == "cuda":
        torch.cuda.set_device(share.number)
    distributed.init_process_group(
        "nccl" if device().type == "cuda" else "gloo",
        init_method=f"file://{meeting}",
        rank=share.number,
        world_size=share.of,
    )


def leave() -> None:
    """Part from the other processes."""
    distributed.destroy_process_group()


def shared(network: nn.Module) -> nn.Module:
    """Let what a network learns be learned by all processes; it stays the network it is."""
    return DistributedDataParallel(network, forward_sync_buffers=False)


def with_shared_statistics(network: nn.Module) -> nn.Module:
    """Let batch normalisation see the whole batch: torch's own on GPUs, ours on CPUs."""
    if device().type == "cuda":
        whole: nn.Module = nn.SyncBatchNorm.convert_sync_batchnorm(network)
        return whole
    for parent in list(network.modules()):
        for name, layer in parent.named_children():
            if isinstance(layer, nn.BatchNorm2d):
                setattr(parent, name, _BatchNorm.of(layer))
    return network


class _Sum(torch.autograd.Function):
    """The sum over all processes, of numbers forward and of their gradients backward."""

    @staticmethod
    def forward(_: object, own: Tensor) -> Tensor:
        whole = own.clone()
        distributed.all_reduce(whole)
        return whole

    @staticmethod
    def backward(_: object, gradient: Tensor) -> Tensor:
        whole = gradient.clone()
        distributed.all_reduce(whole)
        return whole


class _BatchNorm(nn.BatchNorm2d):
    """Batch normalisation by the statistics of all processes (Ioffe & Szegedy, arXiv 1502.03167).

    The same as torch's SyncBatchNorm, which computes on GPUs alone.
    """

    @classmethod
    def of(cls, layer: nn.BatchNorm2d) -> "_BatchNorm":
        own = cls(layer.num_features, layer.eps, layer.momentum)
        own.load_state_dict(layer.state_dict())
        return own

    def forward(self, films: Tensor) -> Tensor:
        if not self.training:
            return super().forward(films)
        wide = films.float()
        n = torch.tensor([films.numel() / self.num_features])
        total = _Sum.apply(torch.cat([wide.sum(dim=(0, 2, 3)), n]))
        mean, n = total[:-1] / total[-1], total[-1].detach()
        away = wide - mean.view(1, -1, 1, 1)
        variance = _Sum.apply(away.square().sum(dim=(0, 2, 3))) / n
        self._remember(mean.detach(), variance.detach() * n / (n - 1))
        scale = self.weight * (variance + self.eps).rsqrt()
        whole = away * scale.view(1, -1, 1, 1) + self.bias.view(1, -1, 1, 1)
        return whole.to(films.dtype)

    def _remember(self, mean: Tensor, variance: Tensor) -> None:
        assert self.running_mean is not None
        assert self.running_var is not None
        assert self.num_batches_tracked is not None
        assert self.momentum is not None
        self.running_mean.lerp_(mean, self.momentum)
        self.running_var.lerp_(variance, self.momentum)
        self.num_batches_tracked += 1
