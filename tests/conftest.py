"""Fixtures that every test may use."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.helpers import write_pictures


@pytest.fixture
def pictures(tmp_path: Path) -> Path:
    """A folder with three classes of twelve small coloured pictures, which the tiny backbone tells apart."""
    return write_pictures(tmp_path / "pictures")
