"""A worker's decoder is kept from one part to the next, and for no other workspace."""

from pathlib import Path

import pytest

from app.settings import Settings
from worker import warm
from worker.warm import warm_decoder


def scratch(settings: Settings) -> list[Path]:
    return list(settings.home.glob(".decoding-*"))


def test_a_decoder_waits_for_the_next_part_and_ends_for_another_workspace_or_a_failure(
    settings: Settings, tmp_path: Path
) -> None:
    other = Settings(home=tmp_path / "other")
    for each in (settings, other):
        each.home.mkdir()
    with warm_decoder(settings) as first:
        pass
    with warm_decoder(settings) as second:
        assert second is first
    assert scratch(settings)
    with warm_decoder(other):
        assert not scratch(settings)
    assert scratch(other)
    with pytest.raises(ZeroDivisionError), warm_decoder(other):
        raise ZeroDivisionError
    assert not scratch(other)
    with warm_decoder(settings):
        pass
    warm.end()
    assert not scratch(settings)
