"""Features are named in words that one need not know the network for."""

from __future__ import annotations

import pytest

from headway.analysis.wording import describe
from headway.backbones.handmade import colour


@pytest.mark.parametrize(
    ("output", "place", "words"),
    [
        ("head.mean", 435, "mean of a channel of the last layer"),
        ("block5.std", 3, "spread of a channel of block 5"),
        ("flat", 9, "an element of the last layer's map"),
        ("colour", 0, "red, bin 1 of 16"),
        ("colour", colour.WIDTH - 1, "value, bin 16 of 16"),
        ("lbp", 3, "local binary patterns"),
        ("surf.local", 63, "SURF: one of its visual words"),
        ("mine", 3, ""),
        ("handmade", 3, ""),
    ],
)
def test_each_output_has_words(output: str, place: int, words: str) -> None:
    assert describe(output, place) == words
