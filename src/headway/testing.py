"""A tiny, deterministic stand-in for the slow thing, for tests of what is built on Headway.

``headway.fit(dataset, Recipe(backbone="tiny"))`` runs through the very same code as a real backbone, in milliseconds.
"""

from headway.backbones.catalogue import find
from headway.backbones.tiny import tiny_backbone_onnx

TINY = find("tiny")
"""The catalogue's entry of the tiny backbone; not shown in listings."""

__all__ = ["TINY", "tiny_backbone_onnx"]
