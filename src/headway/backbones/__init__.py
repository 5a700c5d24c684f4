"""Pretrained networks and hand-made descriptors that turn images into features, and the engines that run them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from headway.lazily import lazily

if TYPE_CHECKING:
    from headway.backbones.catalogue import CATALOGUE as CATALOGUE
    from headway.backbones.catalogue import find as find
    from headway.backbones.catalogue import find_by_digest as find_by_digest
    from headway.backbones.catalogue import find_claimed as find_claimed
    from headway.backbones.catalogue import is_available as is_available
    from headway.backbones.catalogue import listed as listed
    from headway.backbones.catalogue import locate as locate
    from headway.backbones.catalogue import read as read
    from headway.backbones.converted import list_converted as list_converted
    from headway.backbones.engines import FeatureEngine as FeatureEngine
    from headway.backbones.engines import open_engine as open_engine
    from headway.backbones.info import BackboneInfo as BackboneInfo
    from headway.backbones.obtaining import from_module as from_module
    from headway.backbones.obtaining import obtain as obtain
    from headway.backbones.openvino import Engine as Engine
    from headway.backbones.openvino import best_precision as best_precision

__getattr__, __all__ = lazily(
    __name__,
    {
        "headway.backbones.catalogue": "CATALOGUE find find_by_digest find_claimed is_available listed locate read",
        "headway.backbones.converted": "list_converted",
        "headway.backbones.engines": "FeatureEngine open_engine",
        "headway.backbones.info": "BackboneInfo",
        "headway.backbones.obtaining": "from_module obtain",
        "headway.backbones.openvino": "Engine best_precision",
    },
)
