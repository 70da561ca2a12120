"""How long decoding took in this process, and what came of it, until somebody writes it down."""

from bisect import bisect_left
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from threading import Lock
from time import perf_counter

BOUNDS = (0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)
"""In seconds: the upper bounds of the histogram's buckets, but for the last, which has none."""
NO_BOUND = "inf"
DECODED, SECONDS, REFUSED = "decoded", "seconds", "refused"

Counts = Mapping[tuple[str, str], float]
"""What is counted: (`DECODED`, upper bound of the bucket), whatever came of the file, (`SECONDS`,
"") and (`REFUSED`, kind)."""


class DecodeTimes:
    """What was counted since it was last taken; any thread may count."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._counts = Counter[tuple[str, str]]()

    @contextmanager
    def timed(self) -> Iterator[None]:
        """Count the decoding of one file; one that is refused says what kind of refusal it is.

        Any other error is none of the file, such as a full disk, and is not counted.
        """
        began = perf_counter()
        try:
            yield
        except Exception as error:
            if kind := getattr(error, "kind", ""):
                self.add(self._of(perf_counter() - began) + Counter({(REFUSED, kind): 1}))
            raise
        self.add(self._of(perf_counter() - began))

    def add(self, counts: Counts) -> None:
        """Count what was counted elsewhere, or could not be written down."""
        with self._lock:
            self._counts.update(counts)

    def take(self) -> Counts:
        """Return what was counted, and begin anew."""
        with self._lock:
            counts, self._counts = self._counts, Counter()
        return counts

    @staticmethod
    def _of(seconds: float) -> Counter[tuple[str, str]]:
        bound = [*map(str, BOUNDS), NO_BOUND][bisect_left(BOUNDS, seconds)]
        return Counter({(DECODED, bound): 1, (SECONDS, ""): seconds})


TIMES = DecodeTimes()
"""Of this process."""
