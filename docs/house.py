"""Draws the picture of the house: which folder imports which, as the code does it now.

`make house` writes it; a test fails where the picture is no longer what the imports are.
"""

import ast
from collections.abc import Iterator, Mapping
from html import escape
from pathlib import Path

ROOT = Path(__file__).parents[1]
PICTURE = ROOT / "docs/pictures/house.svg"
CELL, WIDTH, HEIGHT, RISE, MARGIN = 112, 100, 28, 62, 16
"""In pixels: from box to box, of a box, from floor to floor, around the picture."""

Imports = Mapping[str, set[str]]
"""{who: whom}."""
Places = dict[str, tuple[float, float]]
"""{box: the middle of its upper edge}."""


def main() -> None:
    """Write `house.svg`."""
    PICTURE.write_text(drawn(), "utf-8")


def drawn() -> str:
    """Return the picture as SVG: `worker` above, `app` on the left, `models` on the right."""
    app, models = reduced(features()), reduced(floors_of_models())
    left = _placed(app, MARGIN)
    right = _placed(models, max(x for x, _ in left.values()) + CELL)
    places = left | right
    arrows = [
        (upper, lower) for graph in (app, models) for upper in graph for lower in graph[upper]
    ]
    across = max(x for x, _ in places.values()) + WIDTH / 2 + MARGIN
    down = max(y for _, y in places.values()) + HEIGHT + MARGIN
    return _svg(across, down, places, arrows, sorted(right))


def features() -> dict[str, set[str]]:
    """Return which folder of `app` imports which; what lies beside the folders is left out."""
    folders = {path.name for path in (ROOT / "app").iterdir() if path.is_dir()}
    found = {
        folder: {name for name in _imported(ROOT / "app" / folder, "app") if name in folders}
        for folder in sorted(folders - {"__pycache__"})
    }
    return {folder: names - {folder} for folder, names in found.items()}


def floors_of_models() -> dict[str, set[str]]:
    """Return which part of `models` imports which: `labelers` stand on reports and images."""
    parts = ("models/reports", "models/images")
    found: dict[str, set[str]] = {"shared": set()}
    for part in parts:
        names = _imported(ROOT / part, "models") - {part.removeprefix("models/")}
        found[part] = {f"models/{name}" for name in names if f"models/{name}" in parts}
        found[part] |= {"shared"} if len(names) > len(found[part]) else set()
    found["labelers"] = {
        f"models/{name}"
        for path in (ROOT / "models").glob("*.py")
        for name in _imported(path, "models")
        if f"models/{name}" in parts
    }
    return found


def reduced(graph: Imports) -> dict[str, set[str]]:
    """Leave out each arrow that a longer way says as well."""
    return {
        upper: {
            lower
            for lower in below
            if not any(lower in _reached(graph, other) for other in below - {lower})
        }
        for upper, below in graph.items()
    }


def _imported(where: Path, package: str) -> set[str]:
    """Return the names right below a package that the modules of a folder, or one, import."""
    paths = sorted(where.rglob("*.py")) if where.is_dir() else [where]
    found = set()
    for path in paths:
        for module in _modules(ast.parse(path.read_text("utf-8"))):
            top, _, rest = module.partition(".")
            if top == package:
                found.add(rest.partition(".")[0])
    return found


def _modules(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module:
            yield from (f"{node.module}.{each.name}" for each in node.names)
        elif isinstance(node, ast.Import):
            yield from (each.name for each in node.names)


def _reached(graph: Imports, start: str) -> set[str]:
    return set(graph[start]).union(*(_reached(graph, below) for below in graph[start]))


def _floor(graph: Imports, name: str) -> int:
    return 1 + max((_floor(graph, below) for below in graph[name]), default=-1)


def _placed(graph: Imports, left: float) -> Places:
    """Put each box on the floor above all it imports, near to what it imports."""
    rows: dict[int, list[str]] = {}
    for name in sorted(graph):
        rows.setdefault(_floor(graph, name), []).append(name)
    across = left + CELL * max(len(row) for row in rows.values())
    places: Places = {}
    for floor in sorted(rows):
        row = sorted(rows[floor], key=lambda name: (_middle(graph, places, name), name))
        start = (left + across - CELL * (len(row) - 1)) / 2
        y = MARGIN + RISE * (max(rows) - floor)
        places |= {name: (start + CELL * place, y) for place, name in enumerate(row)}
    return places


def _middle(graph: Imports, places: Places, name: str) -> float:
    below = [places[other][0] for other in graph[name]]
    return sum(below) / len(below) if below else 0.0


def _svg(
    across: float, down: float, places: Places, arrows: list[tuple[str, str]], of_models: list[str]
) -> str:
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {across:.0f} {down:.0f}" '
        f'font-family="sans-serif" font-size="12" text-anchor="middle" role="img">',
        "<title>Which folder imports which; every arrow points down</title>",
        f'<rect width="{across:.0f}" height="{down:.0f}" fill="#fff"/>',
    ]
    lines += [_arrow(places[upper], places[lower]) for upper, lower in sorted(arrows)]
    for name in sorted(places):
        lines.append(_box(name, places[name], "#fdf3e1" if name in of_models else "#e8f0f7"))
    return "\n".join([*lines, "</svg>"]) + "\n"


def _arrow(upper: tuple[float, float], lower: tuple[float, float]) -> str:
    (x, y), (x2, y2) = (upper[0], upper[1] + HEIGHT), lower
    bend = (y2 - y) / 2
    way = f"M{x:.0f} {y:.0f}C{x:.0f} {y + bend:.0f} {x2:.0f} {y2 - bend:.0f} {x2:.0f} {y2:.0f}"
    return f'<path d="{way}" fill="none" stroke="#8a99a8"/>'


def _box(name: str, place: tuple[float, float], colour: str) -> str:
    x, y = place
    return (
        f'<rect x="{x - WIDTH / 2:.0f}" y="{y:.0f}" width="{WIDTH}" height="{HEIGHT}" rx="5" '
        f'fill="{colour}" stroke="#5b6b7a"/>'
        f'<text x="{x:.0f}" y="{y + 18:.0f}" fill="#1f2a33">{escape(name)}</text>'
    )


if __name__ == "__main__":
    main()
