"""A model fitted once, for every test of this folder."""

from __future__ import annotations

from pathlib import Path

import pytest

from headway import Model, Recipe
from headway.fitting import fit
from tests.helpers import write_pictures


@pytest.fixture(scope="session")
def fitted(tmp_path_factory: pytest.TempPathFactory) -> Model:
    folder: Path = tmp_path_factory.mktemp("fitted")
    return fit(write_pictures(folder / "pictures"), Recipe(backbone="tiny", precision="fp32"), cache=folder / "cache")
