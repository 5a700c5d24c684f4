"""The fuzzers in ``scripts/``, for a little while."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="measures memory as POSIX has it")
@pytest.mark.parametrize("name", ["fuzz_parquet", "fuzz_store"])
def test_no_mutant_gets_through(name: str, tmp_path: Path) -> None:
    pytest.importorskip("pyarrow")
    command = [sys.executable, str(ROOT / "scripts" / f"{name}.py"), "--count", "60", "--seed", "1"]
    found = os.environ | {"PYTHONPATH": str(ROOT / "src")}
    done = subprocess.run(command, cwd=tmp_path, env=found, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
