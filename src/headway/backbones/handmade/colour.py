"""Histograms of colours: no library but Pillow and NumPy."""

from __future__ import annotations

from typing import TYPE_CHECKING

from headway.backbones.handmade.view import histogram, joined

if TYPE_CHECKING:
    from headway.backbones.handmade.view import View
    from headway.types import FloatArray

BINS = 16
CHANNELS = ("red", "green", "blue", "hue", "saturation", "value")
WIDTH = len(CHANNELS) * BINS
PARAMETERS = {"bins": BINS}


def describe(view: View) -> FloatArray:
    """Count the pixels by red, green, blue, hue, saturation and value; their positions do not matter.

    Returns float32 (96,): square roots of the parts of the pixels in each bin, 16 to a channel.

    Swain and Ballard: Color indexing. International Journal of Computer Vision 7, 1991.
    """
    channels = [image[..., channel] for image in (view.rgb, view.hsv) for channel in range(3)]
    return joined([histogram(channel // (256 // BINS), BINS) for channel in channels])
