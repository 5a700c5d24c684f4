"""Every pixel mode of Pillow brought to the few that are resized."""

from __future__ import annotations

import functools

import numpy as np
from PIL import Image, ImageCms

from headway.images.levels import PLAIN, Levels


def to_working_mode(image: Image.Image, levels: Levels = PLAIN) -> Image.Image:
    """Bring an image to a mode of 8 bits per channel in which averaging pixels is right.

    That is L, RGB or CMYK, or, where there is alpha, premultiplied: La or RGBa. ``levels`` are for more than 8 bits.
    """
    mode = image.mode
    if mode in ("L", "RGB", "1") and "transparency" in image.info:
        grey = mode != "RGB"
        return (
            (image.convert("L") if mode == "1" else image)
            .convert("LA" if grey else "RGBA")
            .convert("La" if grey else "RGBa")
        )
    if mode in ("L", "RGB", "CMYK", "La", "RGBa"):
        return image
    if mode == "P":
        return image.convert("RGBA").convert("RGBa") if image.has_transparency_data else image.convert("RGB")
    if mode == "LA":
        return image.convert("La")
    if mode in ("RGBA", "PA"):
        return image.convert("RGBA").convert("RGBa")
    if mode.startswith("I;16") or mode in ("I", "F"):
        return _deep(image, levels)
    if mode == "LAB":
        return ImageCms.applyTransform(image, _lab_to_srgb()) or image
    return image.convert("L" if mode == "1" else "RGB")


def _deep(image: Image.Image, levels: Levels) -> Image.Image:
    values = np.asarray(image)
    sixteen_bits = values.dtype.kind == "u" or (image.mode == "I" and values.min() >= 0 and values.max() <= 0xFFFF)
    grey = Image.fromarray(levels.of(values))
    key = image.info.get("transparency")
    if isinstance(key, int) and sixteen_bits:
        # All 16 bits of the level count, not only the 8 that are shown.
        grey.putalpha(Image.fromarray(np.where(values == key, 0, 255).astype(np.uint8)))
        return grey.convert("La")
    return grey


@functools.cache
def _lab_to_srgb() -> ImageCms.ImageCmsTransform:
    lab, srgb = ImageCms.createProfile("LAB"), ImageCms.createProfile("sRGB")
    return ImageCms.buildTransform(lab, srgb, "LAB", "RGB", flags=ImageCms.Flags.NOCACHE)
