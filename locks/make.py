"""`make lock`: writes which files of which packages the images are built from, by their SHA-256.

A file for what every image has (`web.txt`), for each extra what it adds to it and to `worker`, and
for the two builds of torch. They are installed without asking for dependencies: what is not in
them does not get in. Which index is asked is uv's business (`UV_DEFAULT_INDEX`); none is named.
"""

import re
import subprocess
from collections.abc import Iterable
from pathlib import Path

ROOT = Path(__file__).parents[1]
EVERYWHERE = ("postgresql", "redis", "s3", "sbom", "stamps", "telemetry")
LEARNING = "worker"
BESIDE = ("text", "encoder")
"""Extras that may come with `LEARNING`."""
TORCH = ("torch", "torchvision", "triton", "nvidia-", "cuda-")
CPU_TORCH = (ROOT / "locks/torch-cpu.in").read_text("utf-8")
"""Its wheel lies in an index of PyTorch's own, which nobody has to have set up to make locks."""
PLATFORM = ("--python-version", "3.11.9", "--python-platform", "x86_64-manylinux_2_28")
"""Of the images."""

Pins = dict[str, str]
"""{a package's name: its version and hashes, as pip reads them}."""


def main() -> None:
    """Write all files anew."""
    web = pinned(EVERYWHERE)
    worker = pinned((*EVERYWHERE, LEARNING))
    write("web", web, ())
    torch = {name: pin for name, pin in worker.items() if name.startswith(TORCH)}
    write("worker", worker, web | torch)
    write("torch", torch, ())
    (ROOT / "locks/torch-cpu.txt").write_text(CPU_TORCH + worker["torchvision"], "utf-8")
    for extra in BESIDE:
        write(extra, pinned((*EVERYWHERE, LEARNING, extra)), worker)


def pinned(extras: Iterable[str]) -> Pins:
    """Return everything that Condyle with some extras needs, and what builds it."""
    asked = [argument for extra in extras for argument in ("--extra", extra)]
    plain = ["--no-annotate", "--no-header", "--no-emit-index-url", "--generate-hashes", "--quiet"]
    sources = ["pyproject.toml", "locks/build.in", "--constraint", "constraints.txt"]
    command = ["uv", "pip", "compile", *PLATFORM, *plain, *asked, *sources]
    said = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout
    found = re.split(r"^(?=\w)", said, flags=re.MULTILINE)
    return {pin.split("==")[0]: pin for pin in found if pin.strip()}


def write(name: str, pins: Pins, without: Iterable[str]) -> None:
    """Write a file of some pins, without those of others."""
    others = set(without)
    text = "".join(pin for package, pin in pins.items() if package not in others)
    (ROOT / f"locks/{name}.txt").write_text(text, "utf-8")


if __name__ == "__main__":
    main()
