"""`Model`: a fitted classifier that predicts, and is saved as one ordinary ONNX file."""

from headway.model.core import Model, Prediction, build, check_target, load

__all__ = ["Model", "Prediction", "build", "check_target", "load"]
