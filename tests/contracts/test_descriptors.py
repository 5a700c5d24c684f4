"""Every hand-made descriptor keeps the same contract, on any image."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from headway import demo
from headway.backbones import find, handmade
from headway.backbones.convert.check import read_image
from headway.backbones.handmade.catalogue import Descriptor, descriptor, of_output
from headway.backbones.handmade.engine import DescriptorEngine
from headway.backbones.handmade.view import View
from tests.backbones.handmade.helpers import SIZE, checkerboard, flat, halves, noise

NAMES = [name for name in handmade.NAMES if name != "handmade"]
IMAGES = {
    "black": flat((0, 0, 0)),
    "white": flat((255, 255, 255)),
    "halves": halves(),
    "checkerboard": checkerboard(),
    "noise": noise(),
    "odd size": noise(size=101),
    "usual size": noise(size=224),
}


@pytest.fixture(params=NAMES)
def described(request: pytest.FixtureRequest) -> Descriptor:
    return descriptor(request.param)


def check(vector: np.ndarray, described: Descriptor) -> None:
    """A local descriptor is there or it is NaN altogether; every other number is finite, and none is large."""
    assert (vector.shape, vector.dtype) == ((described.width,), np.float32)
    if described.local:
        points = vector.reshape(-1, described.local)
        missing = np.isnan(points).any(axis=1)
        assert np.isnan(points[missing]).all()
        vector = points[~missing]
    assert np.isfinite(vector).all()
    assert np.abs(vector).max(initial=0) < 10_000


@pytest.mark.parametrize("name", IMAGES)
def test_vectors_are_finite_and_repeatable(described: Descriptor, name: str) -> None:
    image = IMAGES[name]
    before = image.copy()
    vector = described.describe(View(image))
    check(vector, described)
    assert vector.tobytes() == described.describe(View(image.copy())).tobytes()
    np.testing.assert_array_equal(image, before)


def test_the_layout_in_memory_does_not_matter(described: Descriptor) -> None:
    image = noise()
    for same in (np.asfortranarray(image), np.pad(image, ((1, 1), (1, 1), (0, 0)))[1:-1, 1:-1]):
        assert described.describe(View(same)).tobytes() == described.describe(View(image)).tobytes()


def test_an_image_that_cannot_be_written_to_will_do(described: Descriptor) -> None:
    image = noise()
    expected = described.describe(View(image))
    image.setflags(write=False)
    assert described.describe(View(image)).tobytes() == expected.tobytes()


def test_a_view_that_others_have_read_is_the_same(described: Descriptor) -> None:
    view = View(noise())
    for name in NAMES:
        descriptor(name).describe(view)
    assert described.describe(view).tobytes() == described.describe(View(noise())).tobytes()


def test_images_are_told_apart(described: Descriptor) -> None:
    paths = sorted(demo.pictures().rglob("*.webp"))[::60]
    vectors = [np.nan_to_num(described.describe(View(read_image(path, 224)))) for path in paths]
    assert len({vector.tobytes() for vector in vectors}) == len(paths) > 3


@settings(max_examples=10, deadline=None)
@given(seed=st.integers(0, 2**32 - 1), grain=st.integers(1, 12), contrast=st.integers(0, 255), dark=st.integers(0, 255))
def test_any_image_will_do(seed: int, grain: int, contrast: int, dark: int) -> None:
    coarse = np.random.default_rng(seed).integers(0, contrast + 1, (grain, grain, 3))
    image = np.asarray(Image.fromarray(np.clip(coarse + dark, 0, 255).astype(np.uint8)).resize((SIZE, SIZE)))
    for name in NAMES:
        check(descriptor(name).describe(View(image)), descriptor(name))


def test_it_is_a_backbone_of_one_output(described: Descriptor) -> None:
    info = find(described.name)
    assert info == handmade.info(described.name)
    assert info.kind == "descriptor"
    assert info.dims == {described.output: described.width}
    assert info.local == ({described.output: described.local} if described.local else {})
    assert info.feature_sets["last"] == info.depths == (described.output,)
    assert handmade.is_available(described.name)
    assert of_output(described.output) is described


def test_local_descriptors_are_whole_and_few(described: Descriptor) -> None:
    assert described.output.endswith(".local") == bool(described.local)
    if described.local:
        assert described.width % described.local == 0
        assert described.width // described.local <= 128


@pytest.mark.parametrize("size", [SIZE, 101, 224])
def test_the_engine_gives_the_same_beside_others(described: Descriptor, size: int) -> None:
    info = handmade.info("handmade", size)
    image = noise(size=size)
    engine = DescriptorEngine(info, info.depths)
    parts = np.split(engine.run(image[None])[0], np.cumsum([*engine.widths.values()])[:-1])
    own = parts[engine.outputs.index(described.output)]
    assert own.tobytes() == described.describe(View(image)).tobytes()
