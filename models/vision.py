"""The only place that imports torchvision, made to load beside a CPU build of torch.

torchvision's wheel is built against CUDA. Beside a CPU torch its C extension does not load, and
its Python code then fails on operators the extension would have declared. Declaring the two it
asks for is enough: networks and their weights need neither.
"""

from importlib.util import find_spec
from pathlib import Path

import torch


def extension_loads() -> bool:
    """Tell whether torchvision's own C extension can be loaded here, and load it if so."""
    spec = find_spec("torchvision")
    folders = spec.submodule_search_locations if spec else None
    try:
        torch.ops.load_library(str(next(Path((folders or [""])[0]).glob("_C*.so"))))
    except (OSError, StopIteration):
        return False
    return True


def declare_missing_operators() -> torch.library.Library:
    """Declare the operators that importing torchvision asks for.

    Returns:
        The library that holds them; they live as long as it does.
    """
    library = torch.library.Library("torchvision", "DEF")
    for name in ("nms", "qnms"):
        library.define(f"{name}(Tensor dets, Tensor scores, float iou_threshold) -> Tensor")
    return library


OPERATORS = None if extension_loads() else declare_missing_operators()

import torchvision  # noqa: E402  (the operators must be there first)

__all__ = ["torchvision"]
