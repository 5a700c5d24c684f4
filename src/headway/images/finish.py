"""The last steps, on the small picture, where they cost next to nothing: colour profile and white ground."""

from __future__ import annotations

import functools
import io
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image, ImageCms

if TYPE_CHECKING:
    from headway.types import UInt8Array


# Those of printing presses, which are the largest, take 2 MiB; some of them are remembered with what they do.
_PROFILE_BYTES = 8 << 20
_OPAQUE = {"La": ("LA", "L"), "RGBa": ("RGBA", "RGB")}


def to_rgb(image: Image.Image, profile: bytes | None) -> UInt8Array:
    """Bring a small image of a working mode to sRGB (H, W, 3) on a white ground; ``profile`` is its ICC profile."""
    straight, opaque = _OPAQUE.get(image.mode, (image.mode, image.mode))
    transform = _transform(profile, opaque) if profile and len(profile) <= _PROFILE_BYTES else None
    if opaque == image.mode:
        return np.array(_apply(image, transform))
    if transform is not None:
        with_alpha = image.convert(straight)
        ground = Image.new("RGB", image.size, "white")
        ground.paste(_apply(with_alpha.convert(opaque), transform), mask=with_alpha.getchannel("A"))
        return np.array(ground)
    pixels = np.asarray(image)
    alpha = pixels[..., -1:]
    # Rounding can leave a premultiplied value one above its alpha, which would wrap.
    ground_on = np.minimum(pixels[..., :-1], alpha) + (255 - alpha)
    return np.repeat(ground_on, 3, axis=2) if opaque == "L" else ground_on


def _apply(image: Image.Image, transform: ImageCms.ImageCmsTransform | None) -> Image.Image:
    if transform is None:
        return image if image.mode == "RGB" else image.convert("RGB")
    return ImageCms.applyTransform(image, transform) or image


@functools.lru_cache(maxsize=16)
def _transform(profile: bytes, mode: str) -> ImageCms.ImageCmsTransform | None:
    """Return the transform from a profile to sRGB; None where it changes nothing or does not fit the mode."""
    srgb = ImageCms.createProfile("sRGB")
    try:
        source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        # Without lcms's one-pixel cache a transform may be used by several threads at once.
        transform = ImageCms.buildTransform(source, srgb, mode, "RGB", flags=ImageCms.Flags.NOCACHE)
    except (ImageCms.PyCMSError, OSError, TypeError, ValueError):
        return None
    probe = _probe(mode)
    changed = np.asarray(ImageCms.applyTransform(probe, transform)).astype(int) - np.asarray(probe.convert("RGB"))
    return transform if np.abs(changed).max() > 1 else None


def _probe(mode: str) -> Image.Image:
    """Return colours from all over a mode's range."""
    levels = np.linspace(0, 255, 6).astype(np.uint8)
    bands = Image.getmodebands(mode)
    grid = np.stack(np.meshgrid(*[levels] * bands, indexing="ij"), axis=-1).reshape(1, -1, bands)
    return Image.frombytes(mode, (grid.shape[1], 1), grid.tobytes())


def pad_to_square(pixels: UInt8Array, size: int) -> UInt8Array:
    """Centre pixels (H, W, 3) on a white square."""
    height, width = pixels.shape[:2]
    if (height, width) == (size, size):
        return pixels
    square = np.full((size, size, 3), 255, np.uint8)
    top, left = (size - height) // 2, (size - width) // 2
    square[top : top + height, left : left + width] = pixels
    return square
