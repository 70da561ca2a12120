"""Films that a manifest lists more than once: as two files, or again in a later import."""

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import replace

from sqlalchemy import select
from sqlalchemy.orm import Session

from app import errors
from app.db.archive import Image, LabelClass
from app.imports.files import Source, digest_of, with_common_report
from app.imports.manifest import Row, are_both_knees


def join_copies(sources: Sequence[Source], check: Callable[[], None]) -> list[Source]:
    """Give each of two copies of one film, listed as the left and the right knee, both lines.

    A film of both knees is listed twice; some write two files for that, with the same bytes.

    Args:
        sources: the files of an import.
        check: called now and then; what it raises ends the look.

    Returns:
        The same files in the same order.
    """
    joined = list(sources)
    for pair in _pairs(sources, check):
        for place, other in (pair, pair[::-1]):
            rows = sources[place].row, sources[other].row
            assert rows[0] is not None
            assert rows[1] is not None
            own, second = with_common_report(rows[0], rows[1])
            joined[place] = replace(sources[place], row=own, second=second)
    return joined


def require_agreement(session: Session, source_digest: str, source: Source) -> None:
    """Refuse a manifest that gives a registered film another side or label than it has.

    A label that was missing is filled in.

    Args:
        session: an open unit of work, which is to be rolled back where this raises.
        source_digest: the film's file.
        source: the same with its lines, if it is listed.

    Raises:
        errors.Refused: what a line says would be lost.
    """
    of_file = select(Image).where(Image.source_digest == source_digest).order_by(Image.id)
    images = session.scalars(of_file).all()
    if len(images) == 1 and source.second is not None:
        raise errors.Refused(
            f"Image {images[0].id} is the same film and was taken for one knee; the manifest has a "
            "line for each of two.",
            f"image {images[0].id}",
            "To have both knees labelled, import the film into a new workspace.",
        )
    for row in filter(None, (source.row, source.second)):
        _require_side(images, row)
        if row.label:
            _require_label(session, _labelled(images, row), row)


def _require_side(images: Sequence[Image], row: Row) -> None:
    sides = {image.laterality for image in images}
    if sides < {"L", "R"} and row.laterality in {"L", "R"} - sides:
        raise errors.Refused(
            f"Image {images[0].id} is the same film, of the other knee.",
            f"image {images[0].id}",
            "Correct the laterality. If the film shows both knees, list its file twice, with "
            "laterality L and R, and import it into a new workspace.",
        )


def _labelled(images: Sequence[Image], row: Row) -> Image:
    """Return the knee that a line gives a label for."""
    if len(images) == 1:
        return images[0]
    own = [image for image in images if image.laterality == row.laterality]
    if not own:
        raise errors.Refused(
            f"Image {images[0].id} is one knee of the same film, and its one label does not say of "
            "which.",
            f"image {images[0].id}",
            "List the film twice, with laterality L and R and the label of each knee.",
        )
    return own[0]


def _require_label(session: Session, image: Image, row: Row) -> None:
    given = session.scalar(select(LabelClass.id).where(LabelClass.name == row.label))
    if image.given_class_id not in {None, given}:
        raise errors.Refused(
            f"Image {image.id} is the same film and has another label.",
            f"image {image.id}",
            "Labels of a manifest stay as they first came. If this one is right, import the film "
            "into a new workspace.",
        )
    image.given_class_id = given


def _pairs(sources: Sequence[Source], check: Callable[[], None]) -> list[tuple[int, int]]:
    """Return the places of files with the same bytes whose lines are one for each knee."""
    alike: dict[object, list[int]] = defaultdict(list)
    for place, source in enumerate(sources):
        row = source.row
        if row is not None and row.laterality in {"L", "R"} and source.second is None:
            film = (source.manifest, row.site, row.patient_id, row.study_id, row.view)
            alike[film, _size(source)].append(place)
    found = []
    for places in alike.values():
        for copies in _by_content([sources[place] for place in places], places, check):
            rows = [sources[place].row for place in copies]
            if are_both_knees([row for row in rows if row is not None]):
                found.append((copies[0], copies[1]))
    return found


def _size(source: Source) -> int:
    try:
        return source.path.stat().st_size
    except OSError:
        return 0


def _by_content(
    sources: Sequence[Source], places: Sequence[int], check: Callable[[], None]
) -> list[list[int]]:
    """Group files of one size by their bytes; a single one need not be read."""
    groups: dict[str, list[int]] = defaultdict(list)
    if {source.row.laterality for source in sources if source.row} != {"L", "R"}:
        return []
    for source, place in zip(sources, places, strict=True):
        check()
        try:
            groups[digest_of(source.path)].append(place)
        except OSError:
            continue  # it is put aside, with the reason, when its turn comes
    return list(groups.values())
