"""What a header says of showing the pixels, read as the standard means it."""

import pytest
from files import bad_films

from app.imaging import description, dicom


@pytest.mark.parametrize(
    ("spacings", "expected"),
    [
        ({"ImagerPixelSpacing": [0.15, 0.15], "PixelSpacing": [0.1, 0.1]}, 0.15),
        ({"PixelSpacing": [0.1, 0.1]}, 0.1),
        ({"NominalScannedPixelSpacing": [0.2, 0.2]}, 0.2),
        ({"PixelSpacing": [0.1, 0.2]}, None),
        ({"PixelSpacing": [0, 0]}, None),
        ({}, None),
    ],
)
def test_the_spacing_is_the_detector_s_where_it_is_known(
    spacings: dict[str, list[float]], expected: float | None
) -> None:
    dataset = bad_films.good(**spacings)
    assert description.describe(dataset, dicom.decode(dataset)).spacing_mm == expected
