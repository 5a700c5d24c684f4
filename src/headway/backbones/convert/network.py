"""The import of timm and torchvision."""

from __future__ import annotations

import importlib
import sys
from typing import Any

from headway.optional import import_optional

_declared: list[Any] = []  # operators stay declared for as long as their Library object lives


def import_timm() -> Any:
    """Import timm, also beside a torchvision whose compiled operators do not fit the installed torch.

    Such a torchvision (a CUDA wheel beside a CPU-only torch) fails with "operator torchvision::nms does not exist".
    timm needs only its Python part, and declaring the schemas of the missing operators lets that import.

    Returns
    -------
    module

    Raises
    ------
    MissingExtraError
        When torch or timm is not installed.
    """
    torch = import_optional("torch", "torch")
    if "torchvision" not in sys.modules:
        try:
            importlib.import_module("torchvision")
        except ModuleNotFoundError:
            pass  # timm says it better
        except RuntimeError:
            for name in [name for name in sys.modules if name.partition(".")[0] == "torchvision"]:
                del sys.modules[name]
            library = torch.library.Library("torchvision", "DEF")
            library.define("nms(Tensor dets, Tensor scores, float iou_threshold) -> Tensor")
            library.define("qnms(Tensor dets, Tensor scores, float iou_threshold) -> Tensor")
            _declared.append(library)
    return import_optional("timm", "torch")
