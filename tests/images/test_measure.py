"""Facts of images, against slow and plain ways to compute them."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageFilter

from headway import demo
from headway.images import load, load_with_facts
from headway.images.measure import Header, measure
from headway.types import ResizePolicy


def facts_of(pixels: np.ndarray):
    return measure(pixels, Header(pixels.shape[1], pixels.shape[0], "RGB", None))


@pytest.fixture(scope="module")
def photo() -> Path:
    return sorted(demo.pictures().rglob("*.webp"))[0]


def test_figures_are_those_of_their_definitions(photo: Path) -> None:
    pixels = load(photo, 224, "squash")
    facts = facts_of(pixels)
    pixels = np.ascontiguousarray(pixels[::2, ::2])
    grey = (pixels.astype(int) @ [77, 150, 29] // 256).astype(np.float64)
    assert np.abs(grey - np.asarray(Image.fromarray(pixels).convert("L"))).max() <= 1
    assert facts.brightness == pytest.approx(grey.mean(), rel=1e-5)
    assert facts.contrast == pytest.approx(grey.std(), rel=1e-5)
    inner = grey[1:-1, 1:-1]
    laplacian = grey[:-2, 1:-1] + grey[2:, 1:-1] + grey[1:-1, :-2] + grey[1:-1, 2:] - 4 * inner
    assert facts.sharpness == pytest.approx(laplacian.var(), rel=1e-5)
    assert facts.n_colours == len({tuple(pixel) for pixel in (pixels[::2, ::2].reshape(-1, 3) >> 3).tolist()})
    small = np.asarray(Image.fromarray(grey.astype(np.uint8)).resize((9, 8), Image.Resampling.BOX)).tolist()
    bits = "".join(str(int(row[x + 1] > row[x])) for row in small for x in range(8))
    assert facts.perceptual_hash == int(bits, 2)


@pytest.mark.parametrize("size", [(1, 1), (1, 9), (5, 4), (6, 7), (57, 224), (224, 224), (301, 640)])
def test_figures_in_a_store_stay_the_same_to_the_last_bit(size: tuple[int, int]) -> None:
    pixels = np.random.default_rng(0).normal(120, 60, (*size, 3)).clip(0, 255).astype(np.uint8)
    facts = facts_of(pixels)
    grey = (pixels[::2, ::2].astype(int) @ [77, 150, 29] // 256).astype(np.float32)
    laplacian = grey[:-2, 1:-1] + grey[2:, 1:-1] + grey[1:-1, :-2] + grey[1:-1, 2:] - 4 * grey[1:-1, 1:-1]

    def deviation(values: np.ndarray) -> float:
        return float(((values - values.mean()) ** 2).mean()) ** 0.5 if values.size else 0.0

    assert facts.brightness == float(grey.mean())
    assert facts.contrast == deviation(grey)
    assert facts.sharpness == deviation(np.ascontiguousarray(laplacian)) ** 2


def test_a_blurred_image_is_less_sharp_and_has_nearly_the_same_hash(photo: Path) -> None:
    image = Image.fromarray(load(photo, 224, "squash"))
    sharp, blurred = facts_of(np.asarray(image)), facts_of(np.asarray(image.filter(ImageFilter.GaussianBlur(2))))
    assert blurred.sharpness < sharp.sharpness / 4
    assert (blurred.perceptual_hash ^ sharp.perceptual_hash).bit_count() <= 6
    mirrored = facts_of(np.asarray(image)[:, ::-1])
    assert (mirrored.perceptual_hash ^ sharp.perceptual_hash).bit_count() > 16


@pytest.mark.parametrize("fit", ["crop", "squash", "letterbox"])
def test_pixels_are_those_of_load(photo: Path, fit: ResizePolicy) -> None:
    pixels, facts = load_with_facts(photo, 64, fit)
    assert np.array_equal(pixels, load(photo, 64, fit))
    assert facts.format == "WebP"


def test_size_is_upright_and_padding_does_not_count() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    stream = io.BytesIO()
    Image.new("L", (60, 20)).save(stream, "JPEG", exif=exif)
    _, facts = load_with_facts(stream.getvalue(), 32, "letterbox")
    assert (facts.width, facts.height, facts.mode, facts.format) == (20, 60, "L", "JPEG")
    assert (facts.brightness, facts.contrast, facts.n_colours) == (0.0, 0.0, 1)


def test_from_memory_and_extremely_narrow() -> None:
    _, facts = load_with_facts(np.full((1, 500), 0.5), 32, "letterbox")
    assert (facts.width, facts.height, facts.mode, facts.format, facts.sharpness) == (500, 1, "L", None, 0.0)


def test_one_colour() -> None:
    flat = np.full((64, 64, 3), (9, 100, 200), np.uint8)
    seen = flat.copy()
    seen[20:40, 20:40] += 20
    assert [facts_of(pixels).is_of_one_colour for pixels in (flat, seen)] == [True, False]
    for kind in ("PNG", "JPEG", "WEBP", "AVIF", "GIF"):
        stream = io.BytesIO()
        Image.fromarray(flat).save(stream, kind)
        assert load_with_facts(stream.getvalue(), 48, "letterbox")[1].is_of_one_colour, kind
    noise = np.random.default_rng(0).integers(0, 4, flat.shape).astype(np.uint8)
    assert not facts_of(flat + noise).is_of_one_colour
