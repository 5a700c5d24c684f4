"""kill -9 at random moments of `headway fit`: the next run ends with the same bytes as an undisturbed one."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from headway import demo


def fit(folder: Path) -> list[str]:
    headway = str(Path(sys.executable).with_name("headway"))
    pictures, model = str(demo.pictures()), str(folder / "model.onnx")
    return [headway, "fit", pictures, "-o", model, "--cache", str(folder / "cache"), "--quiet"]


@pytest.mark.slow
@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="this system has no kill -9")
def test_a_killed_fit_leaves_nothing_wrong_behind(tmp_path: Path) -> None:
    undisturbed = tmp_path / "undisturbed"
    undisturbed.mkdir()
    start = time.perf_counter()
    subprocess.run(fit(undisturbed), check=True, stdout=subprocess.DEVNULL)
    duration = time.perf_counter() - start
    expected = (undisturbed / "model.onnx").read_bytes()

    moments = random.Random(0)
    killed = 0
    for attempt in range(20):
        folder = tmp_path / f"attempt{attempt}"
        folder.mkdir()
        process = subprocess.Popen(fit(folder), stdout=subprocess.DEVNULL)
        time.sleep(moments.uniform(0.05, 0.95) * duration)
        if process.poll() is None:
            os.kill(process.pid, signal.SIGKILL)
            killed += 1
        process.wait()
        subprocess.run(fit(folder), check=True, stdout=subprocess.DEVNULL)
        assert (folder / "model.onnx").read_bytes() == expected
    assert killed >= 8  # how many depends on how busy the machine was when the first one was timed
