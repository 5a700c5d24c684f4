"""Decoding as Keras does, against what Keras' own function is made of, and, slowly, against that itself."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from headway.errors import PictureError
from headway.images import POLICIES, load, load_with_facts, nearest
from headway.types import Reading

AS_KERAS = Reading(decoding="keras")


def noise(*shape: int, most: int = 256, dtype: Any = np.uint8) -> Any:
    return np.random.default_rng(0).integers(0, most, shape).astype(dtype)


def encoded(image: Image.Image, kind: str, **options: Any) -> bytes:
    file = io.BytesIO()
    image.save(file, kind, **options)
    return file.getvalue()


def turned() -> bytes:
    exif = Image.Exif()
    exif[0x0112] = 6
    return encoded(Image.fromarray(noise(37, 61, 3)), "JPEG", exif=exif, quality=90)


def with_profile() -> bytes:
    from PIL import ImageCms

    lab = ImageCms.ImageCmsProfile(ImageCms.createProfile("XYZ")).tobytes()
    return encoded(Image.fromarray(noise(37, 61, 3)), "PNG", icc_profile=lab)


def palette() -> bytes:
    return encoded(Image.fromarray(noise(37, 61, 3)).quantize(16), "PNG", transparency=3)


def animation() -> bytes:
    frames = [Image.fromarray(noise(37, 61, 3)).quantize(8) for _ in range(2)]
    return encoded(frames[0], "GIF", save_all=True, append_images=frames[1:])


PICTURES: dict[str, Callable[[], bytes]] = {
    "a large photo, which is otherwise decoded at a fraction": lambda: encoded(
        Image.fromarray(noise(900, 700, 3)), "JPEG"
    ),
    "turned": turned,
    "profile": with_profile,
    "alpha": lambda: encoded(Image.fromarray(noise(37, 61, 4)), "PNG"),
    "grey and alpha": lambda: encoded(Image.fromarray(noise(37, 61, 2)), "PNG"),
    "transparent grey": lambda: encoded(Image.fromarray(noise(37, 61)), "PNG", transparency=7),
    "palette": palette,
    "grey": lambda: encoded(Image.fromarray(noise(37, 61)), "BMP"),
    "two levels": lambda: encoded(Image.fromarray(noise(37, 61, most=2, dtype=np.bool_)), "PNG"),
    "inks": lambda: encoded(Image.fromarray(noise(37, 61, 4), "CMYK"), "JPEG"),
    "16 bits": lambda: encoded(Image.fromarray(noise(37, 61, most=65536, dtype=np.uint16)), "PNG"),
    "animation": animation,
    "WebP": lambda: encoded(Image.fromarray(noise(37, 61, 4)), "WEBP", lossless=True),
    "TIFF": lambda: encoded(Image.fromarray(noise(37, 61, 3)), "TIFF"),
    "smaller than the square": lambda: encoded(Image.fromarray(noise(5, 4, 3)), "PNG"),
}


def of_pillow(content: bytes, size: int) -> Any:
    """Do what `keras.utils.load_img` does, in its words."""
    image = Image.open(io.BytesIO(content))
    if image.mode != "RGB":
        image = image.convert("RGB")
    if image.size != (size, size):
        image = image.resize((size, size), Image.Resampling.NEAREST)
    return np.asarray(image)


@pytest.mark.filterwarnings("ignore:Palette images with Transparency")
@pytest.mark.parametrize("name", PICTURES)
@pytest.mark.parametrize("size", [16, 61])
def test_every_pixel_is_that_of_keras(name: str, size: int, tmp_path: Path) -> None:
    content = PICTURES[name]()
    (tmp_path / "picture").write_bytes(content)
    for picture in (content, tmp_path / "picture"):
        np.testing.assert_array_equal(load(picture, size, "squash", AS_KERAS), of_pillow(content, size))


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("name", PICTURES)
def test_keras_itself_agrees(name: str, tmp_path: Path) -> None:
    from headway.backbones.convert.keras import import_keras

    (tmp_path / "picture").write_bytes(content := PICTURES[name]())
    wanted = np.asarray(import_keras().utils.load_img(tmp_path / "picture", target_size=(24, 24)))
    np.testing.assert_array_equal(load(content, 24, "squash", AS_KERAS), wanted)


def test_a_turned_photo_is_another_picture_by_the_usual_policy() -> None:
    assert not np.array_equal(load(turned(), 16, "squash", AS_KERAS), load(turned(), 16, "squash"))
    assert len(set(POLICIES.values())) == 2


def test_facts_are_measured_on_what_is_shown() -> None:
    pixels, facts = load_with_facts(turned(), 16, "squash", AS_KERAS)
    assert (facts.width, facts.height, facts.mode, facts.format) == (61, 37, "RGB", "JPEG")
    assert facts.brightness == pytest.approx(pixels.mean(), abs=8)


def pictures_in_memory() -> Iterator[Any]:
    pixels = noise(37, 61, 3)
    yield pixels
    yield Image.fromarray(pixels)
    yield io.BytesIO(encoded(Image.fromarray(pixels), "PNG"))


def test_pictures_in_memory() -> None:
    wanted = of_pillow(encoded(Image.fromarray(noise(37, 61, 3)), "PNG"), 16)
    for picture in pictures_in_memory():
        np.testing.assert_array_equal(load(picture, 16, "squash", AS_KERAS), wanted)


def test_what_is_no_picture_is_refused_in_a_line(monkeypatch: pytest.MonkeyPatch) -> None:
    for picture, why in (
        (b"text", "starts like text"),
        (turned()[:200], "truncated|broken"),
        (7, "a picture must be"),
        (np.zeros((3, 3), object), "uint8"),
    ):
        with pytest.raises(PictureError, match=why):
            load(picture, 16, "squash", AS_KERAS)  # type: ignore[arg-type]
    monkeypatch.setattr(nearest, "MOST_MEGAPIXELS", 0)
    with pytest.raises(PictureError, match="1 megapixels; decoded as Keras does, at most 0 are read"):
        load(turned(), 16, "squash", AS_KERAS)
