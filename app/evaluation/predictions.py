"""`predictions.csv`: what the figures of an evaluation are computed from."""

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from app.csv_tables import as_csv

Floats = NDArray[np.float64]


def predictions_csv(
    image_ids: Sequence[str],
    patient_ids: Sequence[str],
    labels: Sequence[str],
    classes: Sequence[str],
    probabilities: Mapping[str, Floats],
    sites: Sequence[str] = (),
) -> bytes:
    """Return `predictions.csv`: one row per image and model, for anyone to recompute the figures.

    Args:
        image_ids: n image keys.
        patient_ids: n patient keys.
        labels: n class names, the reference labels.
        classes: the k class names in order.
        probabilities: by model, (n, k).
        sites: n names of sites, within which the keys count.

    Returns:
        UTF-8 CSV with `image_id, patient_id, label, model, p_<class>...`; probabilities carry all
        their digits, and texts are as `app.csv_tables.quoted` writes them. Where a key is that of
        images or patients of several sites, `site` is the last column.
    """
    needed = sites if _are_shared(image_ids, sites) or _are_shared(patient_ids, sites) else ()
    names = ["image_id", "patient_id", "label", "model", *(f"p_{name}" for name in classes)]
    about = list(zip(image_ids, patient_ids, labels, strict=True))
    rows = (
        [image, patient, label, model, *map(float, row), *needed[place : place + 1]]
        for model, of_model in probabilities.items()
        for place, ((image, patient, label), row) in enumerate(zip(about, of_model, strict=True))
    )
    header = [*names, *["site"][: len(needed)]]
    return "".join(as_csv(header, rows, line_end="\n")).encode()


def _are_shared(keys: Sequence[str], sites: Sequence[str]) -> bool:
    return len(set(zip(keys, sites, strict=False))) > len(set(keys))
