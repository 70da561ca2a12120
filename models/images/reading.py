"""Films to arrays of pixels, at one size: decoded ahead of whoever uses them, or mapped."""

from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from models.errors import TrainingError
from models.film import Film
from models.images.data import blank, fitted, read_pixels
from models.images.film_array import FilmArray
from models.images.kept_films import DIGEST, KeptFilms
from models.progress import OnProgress, ShouldStop, check, never, silent

Films = Sequence[Film] | FilmArray
"""Films by their files, or mapped."""
DECODED_AT_ONCE = 64
KEPT_AT_ONCE = 256
READING = "Reading films"
"""What a training says while it reads."""
AHEAD = 2
"""Batches that are decoded while one is in use: all that is held, however long the list."""


def read_in_batches(
    films: Films, size: int, batch: int = DECODED_AT_ONCE
) -> Iterator[NDArray[np.uint8]]:
    """Read films, decoding on threads of their own, ahead of whoever uses them.

    Memory does not grow with the films: no more than `AHEAD` batches and one wait to be used. What
    has a place is decoded once and kept there; a disk that does not take it only costs the next
    reader time.

    Args:
        films: the films.
        size: side of the square, in pixels.
        batch: films at once.

    Yields:
        uint8 (at most batch, size, size), in order.

    Raises:
        TrainingError: naming the position of a film that cannot be read.
    """
    if isinstance(films, FilmArray):
        yield from films.in_batches(batch)
        return
    with ThreadPoolExecutor(1, "keeping") as writer:
        keeping = Keeping(writer)
        pool = ThreadPoolExecutor(torch.get_num_threads(), "reading")
        coming: deque[Coming] = deque()
        try:
            for start in range(0, len(films), batch):
                coming.append(Coming(films[start : start + batch], start, size, pool, keeping))
                if len(coming) > AHEAD:
                    yield coming.popleft().pixels()
            while coming:
                yield coming.popleft().pixels()
        finally:
            pool.shutdown(cancel_futures=True)
            keeping.flush()


class Keeping:
    """Films that were decoded, written down some at a time beside whoever reads.

    Args:
        writer: what writes.
    """

    def __init__(self, writer: ThreadPoolExecutor) -> None:
        self._writer = writer
        self._new: list[tuple[NDArray[np.int64], NDArray[np.uint8], NDArray[np.uint8]]] = []
        self._kept: KeptFilms | None = None

    def add(
        self,
        kept: KeptFilms,
        rows: NDArray[np.int64],
        digests: NDArray[np.uint8],
        pixels: NDArray[np.uint8],
    ) -> None:
        """Keep films, all in one place; arguments as for `KeptFilms.add`."""
        self._kept = kept
        self._new.append((rows, digests, pixels))
        if sum(len(rows) for rows, _, _ in self._new) >= KEPT_AT_ONCE:
            self.flush()

    def flush(self) -> None:
        """Write what has not been written. A disk that does not take it is no fault here."""
        if self._kept and self._new:
            whole = [np.concatenate(parts) for parts in zip(*self._new, strict=True)]
            self._new = []
            self._writer.submit(self._kept.add, *whole)


class Coming:
    """A batch on its way: what is kept is there at once, the rest is being decoded.

    Args:
        films: of the batch.
        first: the place of its first film in the caller's list, for messages.
        size: side of the square, in pixels.
        pool: decodes.
        keeping: writes down what was decoded.
    """

    def __init__(
        self,
        films: Sequence[Film],
        first: int,
        size: int,
        pool: ThreadPoolExecutor,
        keeping: Keeping,
    ) -> None:
        self._left = np.array([film.laterality == "L" for film in films])
        self._keeping = keeping
        self._kept = kept_films(films, size)
        if self._kept:
            self._rows, self._digests = places_of(films)
            self._found, self._pixels = self._kept.read(self._rows, self._digests)
        else:
            self._found = np.zeros(len(films), bool)
            self._pixels = np.empty((len(films), size, size), np.uint8)
        self._decoding = {
            place: pool.submit(_decode, films[place], first + place, size)
            for place in np.flatnonzero(~self._found).tolist()
        }

    def pixels(self) -> NDArray[np.uint8]:
        """Wait for the rest; uint8 (n, size, size), left knees mirrored."""
        for place, decoding in self._decoding.items():
            self._pixels[place] = decoding.result()
        if self._kept and self._decoding:
            new = ~self._found
            self._keeping.add(self._kept, self._rows[new], self._digests[new], self._pixels[new])
        self._pixels[self._left] = self._pixels[self._left, :, ::-1]
        return self._pixels


def kept_films(films: Sequence[Film], size: int) -> KeptFilms | None:
    """Return where films are kept; None where one of them is nowhere."""
    folders = {film.place.folder if film.place else None for film in films}
    folder = folders.pop() if len(folders) == 1 else None
    return KeptFilms(folder, size) if folder else None


def read_and_report(
    films: Films,
    size: int,
    message: str,
    on_progress: OnProgress,
    should_stop: ShouldStop,
    before: int = 0,
    total: int | None = None,
) -> Iterator[tuple[int, NDArray[np.uint8]]]:
    """Read films as `read_in_batches` does, say how far it is, and stop where it is asked to.

    Args:
        films: the films.
        size: side of the square, in pixels.
        message: what is being done with them.
        on_progress: told (done, total, message) after each batch was used.
        should_stop: asked at every batch.
        before: films of the caller's that were read before these.
        total: of the caller's films; None where these are all.

    Yields:
        How many were read before the batch, and uint8 (n, size, size).

    Raises:
        TrainingError: naming the position of a film that cannot be read.
        Stopped: if should_stop says so.
    """
    total = len(films) if total is None else total
    for pixels in read_in_batches(films, size):
        check(should_stop)
        yield before, pixels
        before += len(pixels)
        on_progress(before, total, message)


def places_of(films: Sequence[Film]) -> tuple[NDArray[np.int64], NDArray[np.uint8]]:
    """Return rows, (n,), and digests, uint8 (n, 32), of films that have a place."""
    places = [film.place for film in films if film.place]
    digests = np.frombuffer(bytes.fromhex("".join(place.digest for place in places)), np.uint8)
    return np.array([place.row for place in places], np.int64), digests.reshape(-1, DIGEST)


def _decode(film: Film, position: int, size: int) -> NDArray[np.uint8]:
    return fitted(read_pixels(film, position), size)


def refuse_blank(pixels: NDArray[np.uint8], before: int) -> None:
    """Refuse a blank film to learn from.

    Args:
        pixels: uint8 (n, size, size).
        before: films before these in the caller's list.

    Raises:
        TrainingError: naming the position of the first.
    """
    if blank(pixels).any():
        raise TrainingError(
            "The film is blank: every pixel has the same value.",
            f"film {before + int(blank(pixels).argmax()) + 1} of the list",
            "Mark the image as unusable, or take it out of the list.",
        )


def load_films(
    films: Sequence[Film],
    size: int,
    on_progress: OnProgress = silent,
    should_stop: ShouldStop = never,
) -> NDArray[np.uint8]:
    """Load training films into memory: 7,000 at 128 pixels take 115 MB.

    Args:
        films: the films.
        size: side of the square, in pixels.
        on_progress: told (done, total, message).
        should_stop: asked at every batch.

    Returns:
        uint8 (n, size, size).

    Raises:
        TrainingError: naming the position of a film that cannot be read or is blank.
        Stopped: if should_stop says so.
    """
    loaded = np.empty((len(films), size, size), np.uint8)
    for before, pixels in read_and_report(films, size, READING, on_progress, should_stop):
        refuse_blank(pixels, before)
        loaded[before : before + len(pixels)] = pixels
    return loaded


def map_films(
    pages: Iterable[Sequence[Film]],
    total: int,
    size: int,
    folder: Path,
    on_progress: OnProgress = silent,
    should_stop: ShouldStop = never,
) -> FilmArray:
    """See that training films are kept, and map them: memory does not grow with them.

    Args:
        pages: the films, in order, some thousands at a time; each has a place in one folder.
        total: how many there are.
        size: side of the square, in pixels.
        folder: of this training, on the same disk.
        on_progress: told (done, total, message).
        should_stop: asked at every batch.

    Returns:
        The films, in order.

    Raises:
        TrainingError: naming the position of a film that cannot be read or is blank; or the disk
            does not take them.
        Stopped: if should_stop says so.
    """
    rows, left = np.empty(total, np.int64), np.empty(total, bool)
    kept, done = None, 0
    for page in pages:
        batches = read_and_report(page, size, READING, on_progress, should_stop, done, total)
        for before, pixels in batches:
            refuse_blank(pixels, before)
        kept = kept_films(page, size)
        place = slice(done, done + len(page))
        done += len(page)
        rows[place], digests = places_of(page)
        left[place] = [film.laterality == "L" for film in page]
        if kept is None or not kept.has(rows[place], digests).all():
            raise TrainingError(
                "The films to learn from could not be kept.",
                f"{total:,} films of {size} x {size} bytes",
                "Free some space on the disk, then start the run again.",
            )
    if kept is not None:
        kept.link(rows, folder)
    return FilmArray(folder, size, rows, left)
