"""A film of both knees at import: one film from the decoder, an image row for each knee."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from app.imaging.decoding import Decoder, Undecodable
from app.imaging.film import Decoded, KneeFile
from app.imports.arrival import Arrival, NewRendition
from app.imports.manifest import Row


@dataclass(frozen=True)
class Knee:
    """One knee of a film of both.

    Attributes:
        file: its side, region and model rendition.
        row: the manifest's line of this knee; None where the film has one line, or none.
    """

    file: KneeFile
    row: Row | None


def find_knees(
    decoder: Decoder, path: Path, film: Decoded, row: Row, second: Row | None
) -> Sequence[Knee]:
    """Find the knees of a film and the manifest's line of each.

    Args:
        decoder: makes the model renditions.
        path: the film's file.
        film: just decoded.
        row: the film's line, or that of one knee.
        second: the line of the other knee.

    Raises:
        Undecodable: one line gives a label, which could be of either knee; or there are no knees
            to be found.
    """
    if row.label and second is None:
        raise Undecodable(
            "The film shows both knees, and its one label does not say of which.",
            "",
            "List the film twice, with laterality L and R and the label of each knee.",
        )
    lines = {line.laterality: line for line in (row, second) if line and second}
    files = decoder.knees(path, film.orientation)
    if not files:
        raise Undecodable(
            "The film is too narrow to show both knees.", "", "Give it one side, L or R."
        )
    return [Knee(file, lines.get(file.side)) for file in files]


def arrival_of_knee(
    film: Arrival, attributes: Mapping[str, str], knee: Knee, model: NewRendition
) -> Arrival:
    """Describe one knee of a film.

    Args:
        film: the whole film, with its viewer rendition.
        attributes: what the file says of the film.
        knee: which knee.
        model: the knee's own rendition.
    """
    line = knee.row
    found = replace(
        film,
        image_key=f"{film.image_key}-{knee.file.side}",
        laterality=knee.file.side,
        region=knee.file.region,
        renditions=[model, *film.renditions],
    )
    if line is None:
        return found
    return replace(
        found,
        image_key=line.image_id or found.image_key,
        image_scope=line.site if line.image_id else found.image_scope,
        label=line.label,
        details={**attributes, **line.details},
    )
