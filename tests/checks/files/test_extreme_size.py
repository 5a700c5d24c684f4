"""102 extreme-size."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from headway.checks import Context
from tests.checks.files.planting import FACTS, USUAL, with_files
from tests.checks.helpers import run


def sizes(*pairs: tuple[int, int]) -> Context:
    facts = [replace(FACTS, width=width, height=height) for width, height in pairs]
    return with_files([0, 1] * (len(pairs) // 2), [USUAL] * len(pairs), facts)


@pytest.mark.parametrize("planted", [1, 10, 40])
@pytest.mark.parametrize(
    ("size", "problem"), [((16, 20), "small"), ((2000, 100), "long"), ((90, 1200), "long"), ((9000, 9000), "huge")]
)
def test_extremes_are_found_and_no_others(size: tuple[int, int], problem: str, planted: int) -> None:
    rng = np.random.default_rng(0)
    usual = [(int(width), int(height)) for width, height in rng.integers(200, 500, (200 - planted, 2))]
    [found] = run("extreme-size", sizes(*[size] * planted, *usual))
    assert (found.severity, found.evidence["problem"]) == ("note", problem)
    assert sorted(found.rows.tolist()) == list(range(planted))


def test_a_data_set_of_small_pictures_is_one_note() -> None:
    [found] = run("extreme-size", sizes(*[(28, 28)] * 100))
    assert found.evidence == {"problem": "all-small", "side": 28.0} and not len(found.rows)


def test_nothing_is_found_among_usual_sizes() -> None:
    assert run("extreme-size", sizes(*[(60, 180), (200, 1400), (4000, 3000), (300, 300)] * 20)) == []
