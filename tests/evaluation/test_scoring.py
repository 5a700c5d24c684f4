"""Scores as facts, and what those of very many classes take."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest

from headway.calibration import Calibration
from headway.evaluation import score

MEASURE = """
import re
import numpy as np
from headway.calibration import Calibration
from headway.evaluation import score
k, random = 20_000, np.random.default_rng(0)
labels = random.integers(0, k, 300)
scores = score(random.normal(size=(300, k)).astype("f4"), labels, Calibration(1.0), [str(i) for i in range(k)], 0)
assert len(scores.confusion) <= 300 and sum(cell.count for cell in scores.confusion) == 300
print(int(re.search(r"VmHWM:\\s+(\\d+)", open("/proc/self/status").read())[1]) // 1024)
"""


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="reads /proc")
def test_twenty_thousand_classes_take_no_matrix_of_all_pairs() -> None:
    result = subprocess.run([sys.executable, "-c", MEASURE], capture_output=True, text=True, check=True)
    # As a matrix, the counts of all pairs alone are 3,200 MB.
    assert int(result.stdout) < 500


def test_reliability_before_and_after_calibration_and_coverage() -> None:
    logits = np.log(np.array([[0.9, 0.1], [0.9, 0.1], [0.9, 0.1], [0.1, 0.9], [0.35, 0.65]], "f4"))
    scores = score(logits, np.array([0, 0, 1, 1, 1]), Calibration(2.0), ["cat", "dog"], 0)
    reliability = scores.reliability
    assert reliability is not None
    tidy = [
        (round(b.low * 15), round(b.high * 15), b.n, round(b.confidence, 3), b.accuracy) for b in reliability.before
    ]
    assert tidy == [(9, 10, 1, 0.65, 1.0), (13, 14, 4, 0.9, 0.75)]
    # Twice as cool: 0.9 becomes 3 / 4, and 0.65 becomes 0.577.
    assert [(b.n, round(b.confidence, 3), b.accuracy) for b in reliability.after] == [(1, 0.577, 1.0), (4, 0.75, 0.75)]
    points = [(point.coverage, point.accuracy, round(point.threshold, 3)) for point in scores.coverage]
    assert points[-1] == (1.0, 0.8, 0.577) and points[-2][1:] == (0.75, 0.75)
