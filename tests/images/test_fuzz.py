"""Mutated pictures of all formats: a small run of scripts/fuzz_pictures.py, whose whole run is made by hand."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

SCRIPT = Path(__file__).parents[2] / "scripts" / "fuzz_pictures.py"


@pytest.mark.slow
@pytest.mark.skipif(not Path("/proc/self/statm").exists(), reason="the limits are Linux's")
def test_mutated_pictures(tmp_path: Path) -> None:
    command = [sys.executable, str(SCRIPT), "--count", "400", "--seed", "7", "--keep", str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout
    assert "400 pictures, 0 wrong" in done.stdout
