"""torchvision loads beside any build of torch, and only through its one door."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]


def run(code: str) -> str:
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, timeout=120
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def test_a_fresh_process_gets_torchvision_through_the_door() -> None:
    code = (
        "from models.vision import torchvision, OPERATORS, extension_loads\n"
        "assert (OPERATORS is None) == extension_loads()\n"
        "print(torchvision.models.resnet18(num_classes=2).fc.out_features)"
    )
    assert run(code) == "2"


def test_without_its_extension_torchvision_needs_the_declared_operators() -> None:
    code = (
        "import torch\n"
        "def refuse(path): raise OSError\n"
        "torch.ops.load_library = refuse\n"
        "from models.vision import torchvision, OPERATORS\n"
        "print(OPERATORS is not None, callable(torch.ops.torchvision.nms))"
    )
    assert run(code) == "True True"


def test_no_other_module_imports_torchvision() -> None:
    importing = [
        path.name
        for folder in ("models", "worker")
        for path in (ROOT / folder).rglob("*.py")
        if "import torchvision" in path.read_text("utf-8").replace("vision import torchvision", "")
    ]
    assert importing == ["vision.py"]
