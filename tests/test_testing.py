"""The stand-in backbone for tests: small, always the same, and good enough to learn colours from."""

from __future__ import annotations

import hashlib

import numpy as np

from headway.backbones import Engine, find, locate
from headway.testing import TINY, tiny_backbone_onnx


def test_it_is_always_the_same_and_the_one_that_is_carried() -> None:
    assert tiny_backbone_onnx() == tiny_backbone_onnx() == locate(TINY).read_bytes()
    assert hashlib.sha256(tiny_backbone_onnx()).hexdigest() == TINY.sha256
    assert find("tiny") is TINY


def test_it_is_tiny() -> None:
    assert len(tiny_backbone_onnx()) < 30_000


def squares(colour: tuple[int, int, int], count: int, seed: int) -> np.ndarray:
    random = np.random.default_rng(seed)
    images = random.integers(100, 156, (count, 32, 32, 3), np.uint8)
    for image in images:
        x, y = random.integers(0, 16, 2)
        image[y : y + 16, x : x + 16] = colour
    return images


def test_coloured_squares_and_brightness_can_be_learnt_from_it() -> None:
    colours = [(220, 30, 30), (30, 220, 30), (30, 30, 220), (240, 240, 240), (10, 10, 10)]
    engine = Engine(tiny_backbone_onnx(), ["head.mean"])
    centres = np.stack([engine.run(squares(colour, 10, seed=0)).mean(0) for colour in colours])
    for number, colour in enumerate(colours):
        rows = engine.run(squares(colour, 10, seed=1))
        nearest = np.linalg.norm(rows[:, None] - centres, axis=2).argmin(1)
        assert (nearest == number).mean() >= 0.9
