"""The reading room's viewer against WebGL2 and Cornerstone3D on one 2,000 x 2,500 film of 16 bits.

All get the same decoded samples. Cornerstone3D comes from npm into a folder that is removed again.
"""

import functools
import gzip
import http.server
import json
import shutil
import statistics
import subprocess
import tempfile
import threading
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, sync_playwright

ROOT = Path(__file__).parents[1]
PACKAGES = ("@cornerstonejs/core@5.14.0", "@cornerstonejs/tools@5.14.0", "esbuild", "events", "url")
PAINTING = ("viewer", "painter", "window", "placement", "orientation", "pyramid")
ROOMS = {"laptop": (960, 1000), "4K portrait": (2160, 3600)}
POLICY = "default-src 'self'; img-src 'self' blob: data:; style-src 'self' 'unsafe-inline'"
ENGINES = {
    "own, 2D canvas": "engine=canvas",
    "own, WebGL2": "engine=webgl",
    "Cornerstone3D": "engine=cornerstone",
    "Cornerstone3D, CPU": "engine=cornerstone&cpu",
}


class Handler(http.server.SimpleHTTPRequestHandler):
    """Serves a folder under the application's own content policy."""

    def end_headers(self) -> None:
        """Add the policy."""
        self.send_header("Content-Security-Policy", POLICY)
        super().end_headers()

    def log_message(self, *words: object) -> None:
        """Stay quiet."""


def main() -> None:
    """Print sizes and times of each engine in each room."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        bundled = _prepare(folder)
        server = http.server.ThreadingHTTPServer(
            ("127.0.0.1", 0), functools.partial(Handler, directory=folder)
        )
        threading.Thread(target=server.serve_forever, daemon=True).start()
        own = [
            ROOT / f"static/viewer/{name}.js"
            for name in ("viewer", "window", "placement", "pyramid")
        ]
        _say_size("own, 2D canvas", own)
        _say_size("own, WebGL2 (painting alone)", [folder / "webgl.js"])
        if bundled:
            _say_size("Cornerstone3D, bundled and minified", [bundled])
        _measure(f"http://127.0.0.1:{server.server_port}/page.html", bundled is not None)
        server.shutdown()


def _prepare(folder: Path) -> Path | None:
    """Lay the pages out, and bundle Cornerstone3D where npm is there."""
    shutil.copytree(ROOT / "bench/engines", folder, dirs_exist_ok=True)
    shutil.copytree(ROOT / "static", folder / "static")
    if not shutil.which("npm"):
        print("npm is not installed: Cornerstone3D is left out.")
        return None
    install = ["npm", "install", "--no-audit", "--no-fund", "--silent", *PACKAGES]
    subprocess.run(install, cwd=folder, check=True, stdout=subprocess.DEVNULL)
    bundle = folder / "cornerstone.js"
    options = ["--bundle", "--minify", "--format=esm", f"--outfile={bundle}", "--log-level=error"]
    subprocess.run(["npx", "esbuild", "cornerstone.entry.js", *options], cwd=folder, check=True)
    return bundle


def _say_size(name: str, files: list[Path]) -> None:
    data = b"".join(file.read_bytes() for file in files)
    print(
        f"{name}: {len(data) / 1000:,.0f} kB, {len(gzip.compress(data)) / 1000:,.0f} kB gzip,"
        f" {data.count(10):,} lines"
    )


def _measure(address: str, with_cornerstone: bool) -> None:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path="/usr/bin/chromium-headless-shell",
            args=["--no-sandbox", "--disable-gpu", "--disable-background-networking"],
        )
        print("milliseconds; the browser has no GPU: WebGL runs on SwiftShader")
        print(f"{'':32}{'start':>8}{'first':>8}{'next':>8}{'window p50':>12}{'p95':>8}")
        for room, size in ROOMS.items():
            for engine, query in ENGINES.items():
                if with_cornerstone or "Cornerstone" not in engine:
                    result = _result(browser, f"{address}?{query}", size)
                    _say(f"{engine}, {room}", result)
        browser.close()


def _result(browser: Browser, address: str, size: tuple[int, int]) -> dict[str, Any]:
    page = browser.new_page(viewport={"width": size[0], "height": size[1]})
    page.goto(f"{address}&width={size[0]}&height={size[1]}")
    result: dict[str, Any] = json.loads(
        page.evaluate("window.result.then(JSON.stringify, e => JSON.stringify({error: e.stack}))")
    )
    page.close()
    return result


def _say(name: str, result: dict[str, Any]) -> None:
    if "error" in result:
        print(f"{name:32} failed: {result['error']}")
        return
    if result["spread"] < 3:
        print(f"{name:32} drew nothing")
        return
    redraws = statistics.quantiles(result["redraws"], n=20)
    figures = [result["start"], result["first"], result["again"]]
    print(f"{name:32}" + "".join(f"{each:8.0f}" for each in figures), end="")
    print(f"{statistics.median(result['redraws']):12.1f}{redraws[-1]:8.1f}", flush=True)


if __name__ == "__main__":
    main()
