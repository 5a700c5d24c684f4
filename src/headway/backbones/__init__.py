"""Pretrained networks and hand-made descriptors that turn images into features, and the engines that run them."""

from headway.backbones.catalogue import (
    CATALOGUE,
    find,
    find_by_digest,
    find_claimed,
    is_available,
    listed,
    locate,
    read,
)
from headway.backbones.converted import list_converted
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
    "find_by_digest",
    "find_claimed",
    "from_module",
    "is_available",
    "list_converted",
    "listed",
    "locate",
    "obtain",
    "open_engine",
    "read",
]
