"""What the engine of descriptors adds to the contract in tests/contracts/test_engines.py."""

from __future__ import annotations

import numpy as np
import pytest

from headway.backbones import handmade
from headway.backbones.handmade.engine import DescriptorEngine
from headway.errors import UnknownNameError, UserError
from tests.backbones.handmade.helpers import SIZE, checkerboard, flat, halves, noise

INFO = handmade.info("handmade", SIZE)
PICTURES = np.stack([flat(), noise(), halves(), checkerboard(), checkerboard(7), noise(3)])


def test_a_picture_has_the_same_bits_in_any_company_position_and_number_of_threads() -> None:
    engine = DescriptorEngine(INFO, INFO.depths, threads=3)
    together = engine.run(PICTURES)
    alone = np.concatenate([DescriptorEngine(INFO, INFO.depths, 1).run(picture[None]) for picture in PICTURES])
    backwards = engine.run(PICTURES[::-1])[::-1]
    for other in (alone, backwards):
        assert together.tobytes() == np.ascontiguousarray(other).tobytes()


def test_a_flat_picture_has_no_local_descriptor() -> None:
    bags = [name for name in INFO.depths if name in INFO.local]
    assert np.isnan(DescriptorEngine(INFO, bags).run(flat()[None])).all()


def test_what_it_says_of_itself() -> None:
    engine = DescriptorEngine(INFO, ["colour", "sift.local"], 2)
    assert repr(engine) == "DescriptorEngine(colour, sift.local; 2 threads)"


def test_wrong_input_is_refused() -> None:
    with pytest.raises(UnknownNameError, match="no output of handmade is called 'sift'"):
        DescriptorEngine(INFO, ["sift"])
    with pytest.raises(UserError, match="threads must be at least 1"):
        DescriptorEngine(INFO, ["colour"], 0)
