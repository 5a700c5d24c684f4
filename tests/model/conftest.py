"""A model fitted once, for every test of this folder."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from headway import Model, read
from headway.backbones import Engine
from headway.heads import fit_centroid, standardise
from headway.images import load
from headway.testing import tiny_backbone_onnx
from tests.helpers import write_pictures
from tests.model.making import TINY, made


@pytest.fixture(scope="session")
def fitted(tmp_path_factory: pytest.TempPathFactory) -> Model:
    """Return a nearest class mean on the tiny network, of noisy squares of three colours."""
    folder: Path = tmp_path_factory.mktemp("fitted")
    dataset = read(write_pictures(folder / "pictures"))
    pictures = np.stack([load(picture, TINY.input_size, "squash") for picture in dataset.pictures])
    features = Engine(tiny_backbone_onnx(), TINY.depths).run(pictures)
    weights = np.ones(len(features), np.float32)
    head = fit_centroid(standardise(features), dataset.labels, weights, len(dataset.classes))
    return made(head, features=TINY.depths, classes=dataset.classes, temperature=0.5)
