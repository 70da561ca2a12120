"""The archive: its images, and what they are labelled with."""

import codecs
import json
import time
from collections.abc import Iterable, Iterator
from dataclasses import asdict
from typing import Any, Unpack

from condyle_client import operations as ops
from condyle_client.answers import ArchiveImage, Label
from condyle_client.connection import Connection
from condyle_client.decoding import decoded
from condyle_client.errors import CondyleError, NotUnderstood
from condyle_client.sent import ImageSearch

PAGE = 100
LOOKS, LOOK_SECONDS = 60, 1.0
"""How often, and how far apart, a large archive that is read for the first time is asked again."""


class Archive:
    """Images and labels. Scopes `archive` and `export`.

    Labels that somebody has taken are known to that person: blind reading goes by person.
    """

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def images(self, **wanted: Unpack[ImageSearch]) -> Iterator[ArchiveImage]:
        """Go through the images that are wanted, page after page, in the order asked for.

        Args:
            wanted: facets as the page *Archive* has them, such as `split=["validation"]`.

        Raises:
            CondyleError: Condyle refused it, or is still reading a large archive.
        """
        query: dict[str, Any] = {**wanted, "limit": PAGE}
        for _look in range(LOOKS):
            page = self._connection.ask(ops.LIST_IMAGES, query=query)
            if page.found is not None or page.images:
                break
            time.sleep(LOOK_SECONDS)
        else:
            raise CondyleError("Condyle is still reading the archive. Ask again in some minutes.")
        yield from page.images
        while page.next is not None:
            query |= {"score": page.next.score, "after": page.next.after}
            page = self._connection.ask(ops.LIST_IMAGES, query=query)
            yield from page.images

    def labels(self) -> Iterator[Label]:
        """Go through the labels, one an image that has one, as they arrive."""
        for row in self._rows("labels"):
            yield decoded(Label, row)

    def labels_frame(self) -> Any:
        """Return the labels as a data frame of pandas, indexed by `image_id`.

        Raises:
            ImportError: pandas is not installed.
        """
        try:
            import pandas
        except ImportError:
            raise ImportError(
                "pandas is not installed: pip install pandas, or use labels() instead."
            ) from None
        names = list(Label.__dataclass_fields__)
        rows = (asdict(each) for each in self.labels())
        return pandas.DataFrame(rows, columns=names).set_index("image_id")

    def _rows(self, what: str) -> Iterator[Any]:
        asked = {"format": "json"}
        with self._connection.stream(ops.EXPORT, {"what": what}, query=asked) as pieces:
            yield from rows_of(pieces)


def rows_of(pieces: Iterable[bytes]) -> Iterator[Any]:
    """Read an array of JSON element by element; no more than one is in memory at a time.

    Args:
        pieces: of the array's UTF-8, cut anywhere.

    Raises:
        NotUnderstood: it is no array, or it ends before its end.
    """
    reader, decoder = codecs.getincrementaldecoder("utf-8")(), json.JSONDecoder()
    text, begun = "", False
    for piece in pieces:
        text += reader.decode(piece)
        if not begun and not text.lstrip():
            continue
        if not begun and not text.lstrip().startswith("["):
            break
        at = 0 if begun else text.index("[") + 1
        begun = True
        while True:
            at = _past(text, at)
            if text.startswith("]", at):
                return
            try:
                row, at = decoder.raw_decode(text, at)
            except ValueError:
                break  # the rest of it has not come yet
            yield row
        text = text[at:]
    raise NotUnderstood("The table broke off, or is none. Ask again.")


def _past(text: str, at: int) -> int:
    """Return where the next element begins, behind commas and spaces."""
    while at < len(text) and text[at] in ", \t\r\n":
        at += 1
    return at
