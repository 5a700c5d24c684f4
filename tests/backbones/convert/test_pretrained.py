"""The scaling of pictures for networks of timm and torchvision; the networks themselves are compared elsewhere."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from headway.backbones.convert import pretrained
from tests.backbones.helpers import obtain_in


@pytest.mark.parametrize(
    ("scaling", "mean", "end"), [("network", 0.485, "random weights"), ("unit", 0.0, "colours from 0 to 1")]
)
def test_colours_are_scaled_as_asked(
    scaling: str, mean: float, end: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: dict[str, Any] = {}

    def convert_module(module: Any, provenance: Any, session: Any, **more: Any) -> None:
        seen.update(more, title=provenance.title, source=provenance.source, name=provenance.name)

    monkeypatch.setattr(pretrained, "convert_module", convert_module)
    obtain_in(tmp_path, "resnet18", weights="random", image_size=64, scaling=scaling)
    assert seen["mean"][0] == mean
    assert (seen["std"] == (1.0, 1.0, 1.0)) == (scaling == "unit")
    assert seen["title"].endswith(end)
    assert seen["source"].endswith(end)
    assert ("unit" in seen["name"]) == (scaling == "unit")
