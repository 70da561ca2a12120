"""EfficientNet-Lite computes what its published description says, whatever the film's size."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from support import models_lite as lite

from models.images.efficientnet_lite import SCALES, EfficientNetLite, SamePadding
from models.images.imagenet import named_as_here


@pytest.mark.parametrize("name", SCALES)
def test_it_computes_what_the_published_network_does(name: str) -> None:
    state = lite.random_state(name)
    network = EfficientNetLite(name, 1000).double().eval()
    network.load_state_dict(named_as_here(state, name))
    films = torch.randn(2, 3, 97, 70, generator=torch.Generator().manual_seed(0)).double()
    with torch.inference_mode():
        here, published = network(films), lite.logits(name, state, films)
    assert published.std() > 0.1
    torch.testing.assert_close(here, published, atol=1e-6, rtol=1e-6)


@given(height=st.integers(3, 40), width=st.integers(3, 40), kernel=st.sampled_from([3, 5]))
@settings(deadline=None)
def test_films_of_every_size_are_padded_as_tensorflow_pads(
    height: int, width: int, kernel: int
) -> None:
    films = torch.rand(1, 1, height, width)
    assert torch.equal(SamePadding(kernel)(films), lite.same_padded(films, kernel, 2))


def test_the_networks_are_as_large_as_published() -> None:
    with torch.device("meta"):
        sizes = [
            sum(p.numel() for p in EfficientNetLite(name, 1000).parameters()) / 1e6
            for name in SCALES
        ]
    assert [round(size, 1) for size in sizes] == [4.7, 5.4, 6.1]


def test_an_untrained_head_has_no_opinion_yet() -> None:
    torch.manual_seed(0)
    network = EfficientNetLite("efficientnet_lite0", 3).eval()
    with torch.inference_mode():
        told = network(torch.randn(4, 3, 64, 64)).softmax(dim=1)
    assert told.sub(1 / 3).abs().max() < 0.2
