"""`Model`: a fitted classifier that predicts, and is saved as one ordinary ONNX file."""

from headway.model.building import build, check_backbone
from headway.model.core import Model
from headway.model.describing import describe
from headway.model.opening import load
from headway.model.prediction import Prediction
from headway.model.targets import check_target

__all__ = ["Model", "Prediction", "build", "check_backbone", "check_target", "describe", "load"]
