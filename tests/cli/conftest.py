"""A model fitted once: each test has a copy of it, and of the cache as it was then."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from headway.cli.main import run
from tests.helpers import write_pictures


@pytest.fixture(scope="session")
def fitted(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Fit the tiny backbone to what `pictures` has, and return the folder of the model and the cache."""
    folder = tmp_path_factory.mktemp("fitted")
    data, file, cache = write_pictures(folder / "pictures"), folder / "model.onnx", folder / "cache"
    options = ["--backbone", "tiny", "--cache", str(cache), "--no-report", "--quiet"]
    assert run(["fit", str(data), "-o", str(file), *options]) == 0
    return folder


@pytest.fixture
def model(fitted: Path, tmp_path: Path, own_cache: Path) -> Path:
    """Return a model of the test's own, as if `pictures` had been fitted in the test's own cache."""
    shutil.copytree(fitted / "cache", own_cache, dirs_exist_ok=True)
    return shutil.copy(fitted / "model.onnx", tmp_path / "model.onnx")
