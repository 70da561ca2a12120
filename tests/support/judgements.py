"""How routes are judged: what a reader can name, and how to ask with it."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from itertools import product

Ask = Callable[["Known"], Iterable[str]]


@dataclass(frozen=True)
class Known:
    """What a reader can name, by guessing: images, pseudo-labels, classes and thumbnails."""

    images: list[int]
    labels: list[int]
    classes: list[int]
    digests: list[str]

    def around(self, place: int) -> "Known":
        """Return a few of them, the image at a place among them."""
        few = slice(place, place + 2)
        return Known(self.images[few], self.labels[few], self.classes, self.digests[few])


@dataclass(frozen=True)
class Judgement:
    """What a route could tell, and why it does not.

    Attributes:
        why: in words.
        ask: the addresses that the test of two worlds asks, after `POST ` where it is one.
    """

    why: str
    ask: Ask | None = None


LISTS = ("seed", "validation", "audit", "adjudication", "review")
FILTERS = (
    "",
    "?site=&view=",
    "?class_id=1",
    "?class_id=2&why=unsure",
    "?least=0.5",
    "?most=0.7&why=conflict",
)


def only(*paths: str) -> Ask:
    return lambda _known: iter(paths)


def of_images(*paths: str) -> Ask:
    return lambda known: (p.format(n) for p, n in product(paths, known.images))


def of_labels(path: str) -> Ask:
    return lambda known: (path.format(n) for n in [*known.labels, 999])


def of_classes(path: str) -> Ask:
    return lambda known: (path.format(n) for n in [*known.classes, 999])
