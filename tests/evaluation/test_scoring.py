"""What scores of very many classes take."""

from __future__ import annotations

import subprocess
import sys

import pytest

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
