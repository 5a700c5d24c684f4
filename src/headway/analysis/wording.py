"""What a feature is, in words."""

from __future__ import annotations

import re

from headway.backbones.handmade import catalogue, colour

_STATISTICS = {"mean": "mean", "std": "spread"}


def describe(output: str, place: int) -> str:
    """Say what a feature is, from the name of its output and its place there from 0; empty for an unknown output.

    Examples
    --------
    >>> describe("head.mean", 435)
    'mean of a channel of the last layer'
    >>> describe("colour", 85), describe("sift.local", 3)
    ('value, bin 6 of 16', 'SIFT on a grid: one of its visual words')
    """
    if found := re.fullmatch(r"(head|block(\d+))\.(mean|std)", output):
        layer = f"block {found[2]}" if found[2] else "the last layer"
        return f"{_STATISTICS[found[3]]} of a channel of {layer}"
    if output == "flat":
        return "an element of the last layer's map"
    if output == "colour":
        return f"{colour.CHANNELS[place // colour.BINS]}, bin {place % colour.BINS + 1} of {colour.BINS}"
    name = output.removesuffix(".local")
    if name == catalogue.ALL or name not in catalogue.NAMES:
        return ""
    title = catalogue.descriptor(name).title
    return title if output == name else f"{title.split(',')[0]}: one of its visual words"
