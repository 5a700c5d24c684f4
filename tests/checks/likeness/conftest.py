"""The carried pictures as files, each test its own."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.checks.copies.planting import carried


@pytest.fixture
def carried_pictures(tmp_path: Path) -> Path:
    return carried(tmp_path / "carried")
