"""Pretrained networks and hand-made descriptors that turn pictures into features, and the engine that runs them."""

from headway.backbones.catalogue import CATALOGUE, find, having, is_here, listed, locate, read
from headway.backbones.converted import every as kept
from headway.backbones.engines import FeatureEngine, open_engine
from headway.backbones.info import BackboneInfo
from headway.backbones.obtaining import from_module, obtain
from headway.backbones.openvino import Engine, best_precision

__all__ = [
    "CATALOGUE",
    "BackboneInfo",
    "Engine",
    "FeatureEngine",
    "best_precision",
    "find",
    "from_module",
    "having",
    "is_here",
    "kept",
    "listed",
    "locate",
    "obtain",
    "open_engine",
    "read",
]
