"""A film of both knees at import: one film from the decoder, an image row for each knee."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from app.imaging.decoding import Decoder, Undecodable
from app.imaging.film import Decoded, KneeFile
from app.imports.arrival import Arrival
from app.imports.decoded import DecodedKnee
from app.imports.files import Source


def find_knees(decoder: Decoder, path: Path, film: Decoded, source: Source) -> Sequence[KneeFile]:
    """Find the knees of a film and make the model rendition of each.

    Args:
        decoder: makes the model renditions.
        path: the film's file.
        film: just decoded.
        source: the same with its lines of a manifest.

    Raises:
        Undecodable: one line gives a label, which could be of either knee; or there are no knees
            to be found.
    """
    if source.row is not None and source.row.label and source.second is None:
        raise Undecodable(
            "The film shows both knees, and its one label does not say of which.",
            "",
            "List the film twice, with laterality L and R and the label of each knee.",
        )
    return knees_of(decoder, path, film)


def knees_of(decoder: Decoder, path: Path, film: Decoded) -> Sequence[KneeFile]:
    """Find the knees of a film of both, of which nothing else is known.

    Args:
        decoder: makes the model rendition of each.
        path: the film's file.
        film: just decoded.

    Raises:
        Undecodable: there are no knees to be found.
    """
    files = decoder.knees(path, film.orientation)
    if not files:
        raise Undecodable(
            "The film is too narrow to show both knees.", "", "Give it one side, L or R."
        )
    return files


def arrival_of_knee(
    film: Arrival, attributes: Mapping[str, str], knee: DecodedKnee, source: Source
) -> Arrival:
    """Describe one knee of a film.

    Args:
        film: the whole film, with its viewer rendition.
        attributes: what the file says of the film.
        knee: which knee.
        source: the file; each knee has a line of its own, or the film has one line, or none.
    """
    found = replace(
        film,
        image_key=f"{film.image_key}-{knee.side}",
        laterality=knee.side,
        region=knee.region,
        renditions=[knee.model, *film.renditions],
    )
    both = (source.row, source.second) if source.second else ()
    line = {row.laterality: row for row in both if row}.get(knee.side)
    if line is None:
        return found
    return replace(
        found,
        image_key=line.image_id or found.image_key,
        image_scope=line.site if line.image_id else found.image_scope,
        label=line.label,
        details={**attributes, **line.details},
    )
