"""What this machine offers: CPU threads, a GPU, bfloat16."""

import os
from contextlib import AbstractContextManager

import cv2
import torch
from torch import Tensor, nn


def use_threads(count: int) -> int:
    """Set the threads of torch for this process; films are decoded by as many, one film each.

    Args:
        count: threads; 0 means every core this process may run on.

    Returns:
        The number set.
    """
    threads = count or len(os.sched_getaffinity(0))
    torch.set_num_threads(threads)
    cv2.setNumThreads(1)
    return threads


def device() -> torch.device:
    """Return the device to learn on: the first GPU, else the CPU."""
    return torch.device("cuda" if torch.cuda.is_available() else "cpu")


def placed(network: nn.Module) -> nn.Module:
    """Move a network to the device, channels last, which both CPUs and GPUs convolve faster."""
    return network.to(device()).to(memory_format=torch.channels_last)  # type: ignore[call-overload]


def channels_last(tensor: Tensor) -> Tensor:
    """Lay out what belongs to a network's weight as `placed` lays out the weight.

    The optimiser reads both in the order of their memory.
    """
    return tensor.contiguous(memory_format=torch.channels_last) if tensor.ndim == 4 else tensor


def at_once() -> int:
    """Return how many films to predict together: what a CPU's caches hold, or keeps a GPU busy."""
    return 256 if device().type == "cuda" else 32


def repeatable() -> AbstractContextManager[None]:
    """Let a GPU convolve by algorithms that add in the same order every time, as a CPU does."""
    return torch.backends.cudnn.flags(enabled=True, benchmark=False, deterministic=True)


def computes_in_bf16(wanted: bool) -> bool:
    """Tell whether to compute in bfloat16: only where the hardware multiplies it natively.

    Args:
        wanted: the recipe's choice.

    Returns:
        True on a GPU that has it, or a CPU with AMX; elsewhere it is emulated and slower.
    """
    if not wanted:
        return False
    if device().type == "cuda":
        return torch.cuda.is_bf16_supported(including_emulation=False)
    return bool(torch.cpu.get_capabilities().get("amx_bf16", False))


def predicts_in_bf16(wanted: bool) -> bool:
    """Tell whether to predict in bfloat16: on a GPU that has it.

    Every CPU predicts in float32, so that a labeler answers the same on whatever CPU it sweeps.

    Args:
        wanted: the recipe's choice.
    """
    return device().type == "cuda" and computes_in_bf16(wanted)
