"""Pretrained networks that turn pictures into features: the catalogue and the engine that runs them."""

from headway.backbones.catalogue import CATALOGUE, BackboneInfo, find, is_here, listed, locate, read
from headway.backbones.openvino import Engine, best_precision

__all__ = ["CATALOGUE", "BackboneInfo", "Engine", "best_precision", "find", "is_here", "listed", "locate", "read"]
