"""Which films a model version learned from, packed; and kept films that are forgotten."""

from typing import Any

import numpy as np

from app.training.seen_films import count_within, pack
from models.images.kept_films import KeptFilms, forget


def test_numbers_are_packed_and_counted() -> None:
    assert count_within(pack([1, 70, 4_000_000]), [2, 70, 4_000_000, 5_000_000]) == 2
    assert count_within(pack([]), [1]) == 0


def test_kept_films_are_forgotten_by_their_digest_and_the_others_stay(tmp_path: Any) -> None:
    kept = KeptFilms(tmp_path, 4)
    rows = np.array([3, 5, 2000])
    digests = np.arange(3 * 32, dtype=np.uint8).reshape(3, 32)
    pixels = np.full((3, 4, 4), 7, np.uint8)
    kept.add(rows, digests, pixels)
    (tmp_path / "4-0").mkdir()
    forget(tmp_path, {digests[0].tobytes(), digests[2].tobytes()})
    assert kept.has(rows, digests).tolist() == [False, True, False]
    assert not any(digests[0].tobytes() in path.read_bytes() for path in tmp_path.glob("*/0*"))
    assert kept.read(rows[1:2], digests[1:2])[1].tolist() == pixels[:1].tolist()
    assert not (tmp_path / "4-0").exists()
