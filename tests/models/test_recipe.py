"""A recipe goes to and from JSON, and refuses what it does not know."""

import json
from pathlib import Path

import pytest

from models.errors import TrainingError
from models.images.recipes import default_recipe
from models.recipe import Recipe

WEIGHTS = Path(__file__).parents[2] / "../shared/data/weights"


def test_a_recipe_survives_json() -> None:
    recipe = Recipe(network="efficientnet_b0", flip=0.25, seed=7)
    assert Recipe.from_json(json.loads(json.dumps(recipe.to_json()))) == recipe


def test_a_whole_number_may_stand_for_a_fraction() -> None:
    assert Recipe.from_json({"rotation": 5}) == Recipe(rotation=5.0)


@pytest.mark.parametrize(
    "values", [{"epohs": 3}, {"size": "128"}, {"size": 1.5}, {"bf16": 1}, {"flip": True}]
)
def test_an_unknown_choice_or_type_is_refused_by_name(values: dict[str, object]) -> None:
    with pytest.raises(TrainingError) as refused:
        Recipe.from_json(values)
    assert f"`{next(iter(values))}`" in refused.value.what


def test_a_gpu_gets_the_larger_network_and_larger_films() -> None:
    gpu, cpu = default_recipe("cuda"), default_recipe("cpu")
    assert (gpu.network, cpu.network) == ("resnet18", "resnet18_quarter")
    assert gpu.size > cpu.size


def test_efficientnet_is_trained_from_published_weights_only() -> None:
    published = default_recipe("cuda", "download")
    assert (published.network, published.size) == ("efficientnet_b0", 320)
    assert default_recipe("cuda").network != published.network


def test_how_films_are_batched_from_scratch_changes_neither_fine_tuning_nor_reports() -> None:
    gpu, published, plain = default_recipe("cuda"), default_recipe("cuda", "download"), Recipe()
    assert gpu.batch_size > plain.batch_size
    assert published.batch_size == plain.batch_size
    assert gpu.text_batch_size == plain.text_batch_size


@pytest.mark.skipif(not WEIGHTS.exists(), reason="the shared weights are not here")
@pytest.mark.parametrize(
    ("file", "network"),
    [
        ("mobilenet_v2_w035_features.safetensors", "mobilenet_v2_035"),
        ("squeezenet1_0_deepcompression.safetensors", "squeezenet1_0"),
    ],
)
def test_a_weights_file_decides_the_network(file: str, network: str) -> None:
    recipe = default_recipe("cpu", str(WEIGHTS / file))
    assert (recipe.network, recipe.weights) == (network, str(WEIGHTS / file))


def test_from_imagenet_weights_films_are_larger_and_shown_less_often() -> None:
    scratch, published = default_recipe("cpu"), default_recipe("cpu", "download")
    assert published.size > scratch.size
    assert published.presentations < scratch.presentations


def test_a_size_that_shrinks_to_nothing_is_refused() -> None:
    with pytest.raises(TrainingError, match="too small"):
        Recipe.from_json({"size": 16})
