"""What configurations of real repositories mean, against the values of transformers' own processors."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from headway.backbones.hub.preparation import Preparation, read_preparation
from headway.errors import DataError
from tests.backbones.hub.configurations import (
    CLIP,
    COLOUR,
    CONVNEXT,
    CONVNEXT_384,
    DINOV2,
    GOLDEN,
    MOBILEVIT,
    PROCESSORS,
    SIGLIP2,
    TIMM,
    VIT,
)


def prepared(said: dict[str, Any], name: str = "preprocessor_config.json") -> Preparation:
    found = read_preparation({name: said})
    assert found is not None
    return found


@pytest.mark.parametrize("name", PROCESSORS)
def test_colours_and_size_are_those_of_the_processor(name: str) -> None:
    found, (size, values) = prepared(PROCESSORS[name][1]), GOLDEN[name]
    colour = np.array(COLOUR[::-1] if found.colours.is_blue_first else COLOUR)
    ours = (colour / found.colours.levels - found.colours.mean) / found.colours.std
    np.testing.assert_allclose(ours, values, atol=6e-6)
    assert found.size == size


@pytest.mark.parametrize(
    ("said", "geometry"),
    [
        (DINOV2, "shorter side to 256, middle of 224 cut out, bicubic"),
        (SIGLIP2, "both sides to 224, bilinear"),
        (CONVNEXT, "shorter side to 256, middle of 224 cut out, bicubic"),
        (CONVNEXT_384, "both sides to 384, bicubic"),
        (CLIP, "shorter side to 224, middle of 224 cut out, bicubic"),
        ({**VIT, "resample": None}, "both sides to 224"),
        ({**VIT, "do_resize": False}, ""),
    ],
)
def test_how_squares_are_made_is_said(said: dict[str, Any], geometry: str) -> None:
    assert prepared(said).geometry == geometry


def test_steps_that_are_switched_off() -> None:
    plain = prepared({**VIT, "do_rescale": False, "do_normalize": False}).colours
    assert (plain.levels, plain.mean, plain.std) == (1.0, (0.0,) * 3, (1.0,) * 3)
    assert prepared(MOBILEVIT).colours.is_blue_first
    assert prepared({**VIT, "image_mean": 0.5}).colours.mean == (0.5, 0.5, 0.5)


def test_it_may_be_within_that_of_a_processor_for_texts_as_well() -> None:
    assert prepared({"image_processor": SIGLIP2, "processor_class": "X"}, "processor_config.json").size == 224


def test_timm_writes_it_beside_the_architecture() -> None:
    for said in (TIMM, TIMM["pretrained_cfg"]):
        found = prepared(said, "config.json")
        assert (found.size, found.geometry) == (224, "shorter side to 236, middle of 224 cut out, bicubic")
        assert found.colours.mean == (0.485, 0.456, 0.406)


def test_a_repository_that_says_nothing() -> None:
    assert read_preparation({"config.json": {"model_type": "dinov2"}, "preprocessor_config.json": None}) is None


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (
            {"image_mean": None},
            "image_mean in preprocessor_config.json must be three numbers, it is 'None': download the",
        ),
        ({"image_mean": [1, 2]}, "image_mean in preprocessor_config.json must be three numbers"),
        ({"image_std": [0.2, 0, 0.2]}, "image_std in preprocessor_config.json must be three numbers above 0"),
        ({"image_std": [float("nan")] * 3}, "image_std .* must be three numbers above 0"),
        ({"size": {"height": 224, "width": 336}}, "size .* must be a square, or a shortest_edge"),
        ({"size": {"longest_edge": 224}}, "size .* must be a square, or a shortest_edge"),
        ({"size": 0}, "size .* must be a number of pixels from 1 to 2048"),
        ({"size": "224"}, "size .* must be a number of pixels"),
        ({"size": {"shortest_edge": True}}, "size .* must be a number of pixels"),
        ({"rescale_factor": "1/255"}, "rescale_factor .* must be a number from 0 to 1"),
        ({"rescale_factor": 0}, "rescale_factor .* must be a number from 0 to 1"),
        ({"do_align_long_axis": True}, "do_align_long_axis .* must be false, as Headway has no such step"),
        ({"rescale_offset": True}, "rescale_offset .* must be false, as Headway has no such step"),
        ({"include_top": True}, "include_top .* must be false"),
        ({"crop_pct": "all", "size": {"shortest_edge": 224}}, "crop_pct .* must be a number from 0 to 1"),
    ],
)
def test_what_cannot_be_done_is_named(change: dict[str, Any], message: str) -> None:
    with pytest.raises(DataError, match=message) as refused:
        prepared({**VIT, **change})
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize("sides", [[3, 224, 240], [224, 224], "224", [3, 0, 0]])
def test_timm_s_sizes_are_checked_too(sides: Any) -> None:
    with pytest.raises(DataError, match=r"input_size in config\.json must be"):
        prepared({**TIMM["pretrained_cfg"], "input_size": sides}, "config.json")
