"""Changes for training stay within their limits; prediction does not depend on exposure."""

import dataclasses

import torch

from models.images.transforms import change_exposure, change_geometry, for_prediction, for_training
from models.recipe import Recipe

STILL = Recipe(
    flip=0.0, rotation=0.0, scale=0.0, translation=0.0, contrast=0.0, gamma=0.0, inversion=0.0
)


def films(n: int = 4) -> torch.Tensor:
    return torch.randint(0, 256, (n, 24, 24), generator=seeded(1), dtype=torch.uint8)


def seeded(seed: int) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def test_no_change_leaves_the_film_as_prediction_sees_it() -> None:
    torch.testing.assert_close(for_training(films(), STILL, seeded(0)), for_prediction(films()))


def test_prediction_is_blind_to_brightness_and_contrast() -> None:
    film = films().float() / 4 + 30
    changed = film * 2 + 10
    as_bytes = [value.round().to(torch.uint8) for value in (film, changed)]
    one, other = (for_prediction(value) for value in as_bytes)
    torch.testing.assert_close(one, other, atol=0.05, rtol=0)


def test_a_blank_film_gives_finite_input() -> None:
    assert torch.isfinite(for_prediction(torch.full((1, 8, 8), 255, dtype=torch.uint8))).all()


def test_a_sure_flip_is_the_mirror_image() -> None:
    grey = films().unsqueeze(1).float() / 255
    mirrored = change_geometry(grey, dataclasses.replace(STILL, flip=1.0), seeded(0))
    torch.testing.assert_close(mirrored, grey.flip(-1))


def test_a_sure_inversion_exchanges_black_and_white() -> None:
    grey = films().unsqueeze(1).float() / 255
    inverted = change_exposure(grey, dataclasses.replace(STILL, inversion=1.0), seeded(0))
    torch.testing.assert_close(inverted, 1 - grey)


def test_a_small_turn_keeps_the_joint_in_the_middle() -> None:
    grey = torch.zeros(32, 1, 33, 33)
    grey[:, :, 16, 16] = 1.0
    turned = change_geometry(grey, dataclasses.replace(STILL, rotation=20.0, flip=0.5), seeded(0))
    assert (turned.flatten(1).argmax(dim=1) == 16 * 33 + 16).all()


def test_the_same_seed_makes_the_same_changes_and_each_film_its_own() -> None:
    twice = [for_training(films(2)[:1].repeat(2, 1, 1), Recipe(), seeded(3)) for _ in range(2)]
    assert torch.equal(*twice)
    assert not torch.equal(twice[0][0], twice[0][1])


def test_erasing_blanks_a_part_and_never_the_whole() -> None:
    erased = for_training(films(64), dataclasses.replace(STILL, erasing=1.0), seeded(0))
    gone = (erased == 0).float().mean(dim=(1, 2, 3))
    assert (gone < 0.3).all()
    assert gone.max() > 0.02
