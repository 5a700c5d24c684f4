"""A small run of the fuzzer of models and networks."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from tests.fuzz.models import fuzz


@pytest.mark.slow
@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="reads /proc")
def test_no_mutant_ends_in_a_traceback_or_takes_much(tmp_path: Path) -> None:
    outcomes = dict(fuzz(300, 20, tmp_path))
    assert len(outcomes) == 300
    assert {number: outcome for number, outcome in outcomes.items() if outcome not in ("works", "refused")} == {}
    assert "works" in outcomes.values() and "refused" in outcomes.values()
