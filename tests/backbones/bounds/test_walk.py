"""Constants of a graph."""

from __future__ import annotations

import numpy as np
import pytest
from onnx import numpy_helper

from headway.backbones.bounds.walk import _constant
from headway.errors import ModelError


def test_every_half_that_is_not_finite_is_refused_and_no_other() -> None:
    halves = np.arange(1 << 16, dtype=np.uint16).view(np.float16)
    finite = np.isfinite(halves)
    assert _constant(numpy_helper.from_array(halves[finite], "w"), may_be_empty=False).shape == (63_488,)
    for half in halves[~finite]:
        with pytest.raises(ModelError, match="not finite"):
            _constant(numpy_helper.from_array(np.array([1, half], np.float16), "w"), may_be_empty=False)


def test_a_constant_of_nothing_is_finite() -> None:
    empty = numpy_helper.from_array(np.empty((0, 3), np.float16), "w")
    assert _constant(empty, may_be_empty=True).shape == (0, 3)
