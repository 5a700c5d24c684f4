"""The import of timm and torchvision, and the errors of libraries in one line."""

from __future__ import annotations

import importlib
import sys
from typing import Any

from headway.optional import import_optional

_declared: list[Any] = []  # operators stay declared for as long as their Library object lives


def import_timm() -> Any:
    """Import timm, also beside a torchvision whose compiled operators do not match the installed torch.

    Such a torchvision (a CUDA wheel beside a CPU-only torch) fails with "operator torchvision::nms does not exist".
    timm needs only its Python part, and declaring the schemas of the missing operators lets that import.
    """
    torch = import_optional("torch", "torch")
    if "torchvision" not in sys.modules:
        try:
            importlib.import_module("torchvision")
        except ModuleNotFoundError:
            pass  # the import of timm has the better message
        except RuntimeError:
            for name in [name for name in sys.modules if name.partition(".")[0] == "torchvision"]:
                del sys.modules[name]
            library = torch.library.Library("torchvision", "DEF")
            library.define("nms(Tensor dets, Tensor scores, float iou_threshold) -> Tensor")
            library.define("qnms(Tensor dets, Tensor scores, float iou_threshold) -> Tensor")
            _declared.append(library)
    return import_optional("timm", "torch")


def first_line(error: BaseException, length: int = 300) -> str:
    """Return the first line of an error's message that is not empty, or else its class."""
    return next((line.strip() for line in str(error).splitlines() if line.strip()), type(error).__name__)[:length]
