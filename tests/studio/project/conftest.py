"""An empty project."""

from __future__ import annotations

from pathlib import Path

import pytest

from headway.studio.project import Project


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return Project.open(tmp_path / "birds")
