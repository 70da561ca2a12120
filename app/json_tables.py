"""Tables as JSON: one array, an object a line."""

import json
from collections.abc import Iterable, Iterator
from typing import Any


def as_json(lines: Iterable[dict[str, Any]]) -> Iterator[str]:
    """Return one JSON array as text, an object a line."""
    before = "[\n"
    for line in lines:
        yield before + json.dumps(line, ensure_ascii=False)
        before = ",\n"
    yield "[]\n" if before == "[\n" else "\n]\n"
