"""`Model`: a fitted classifier that predicts, and is saved as one ordinary ONNX file."""

from __future__ import annotations

from typing import TYPE_CHECKING

from headway.lazily import lazily

if TYPE_CHECKING:
    from headway.model.building import build as build
    from headway.model.building import check_backbone as check_backbone
    from headway.model.core import Model as Model
    from headway.model.describing import describe as describe
    from headway.model.opening import load as load
    from headway.model.prediction import Prediction as Prediction
    from headway.model.targets import check_target as check_target

__getattr__, __all__ = lazily(
    __name__,
    {
        "headway.model.building": "build check_backbone",
        "headway.model.core": "Model",
        "headway.model.describing": "describe",
        "headway.model.opening": "load",
        "headway.model.prediction": "Prediction",
        "headway.model.targets": "check_target",
    },
)
