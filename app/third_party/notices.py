"""The notices that go with a copy of Condyle: each component, its licence, and the texts."""

from collections import defaultdict
from collections.abc import Iterator, Sequence

from app.third_party.components import Component

RULE = "=" * 80


def notices(components: Sequence[Component]) -> Iterator[str]:
    """Yield the lines: a list of the components, then each text once, with whose it is.

    Args:
        components: what others wrote.
    """
    yield "Condyle is licensed under the Apache License, Version 2.0 (file LICENSE)."
    yield "It needs these components, which other people wrote and licensed:"
    yield ""
    for each in components:
        told = "" if each.texts else "; its package brings no text"
        yield f"{each.name} {each.version}: {each.licence or 'no licence named'}{told}"
    for text, owners in _texts(components).items():
        yield ""
        yield RULE
        yield from owners
        yield RULE
        yield ""
        yield text


def _texts(components: Sequence[Component]) -> dict[str, list[str]]:
    """Return each text and the components that bring it: many bring the same."""
    found = defaultdict[str, list[str]](list)
    for each in components:
        for file, text in each.texts:
            found[text].append(f"{each.name} {each.version}: {file}")
    return found
