"""Headway: image classification by transfer learning, from a folder of pictures to an honest ONNX model.

>>> import headway
>>> model = headway.fit(headway.demo.pictures(), headway.Recipe(backbone="tiny"))
>>> model.classes[:2]
('birds', 'desserts')
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

from headway._version import __version__ as __version__

if TYPE_CHECKING:
    from headway import demo as demo
    from headway.comparison import Comparison as Comparison
    from headway.comparison import compare as compare
    from headway.dataset import Dataset as Dataset
    from headway.dataset import read as read
    from headway.embedding import embed as embed
    from headway.embedding.transformer import Embedder as Embedder
    from headway.errors import HeadwayError as HeadwayError
    from headway.evaluation import Evaluation as Evaluation
    from headway.evaluation import evaluate as evaluate
    from headway.fitting import fit as fit
    from headway.model import Model as Model
    from headway.model import Prediction as Prediction
    from headway.model import load as load
    from headway.recipe import Recipe as Recipe
    from headway.store import Store as Store

# Where each public name lives: nothing is imported before it is asked for, so that `import headway` stays quick.
_HOME = {
    "Comparison": "headway.comparison",
    "Dataset": "headway.dataset",
    "Embedder": "headway.embedding.transformer",
    "Evaluation": "headway.evaluation",
    "HeadwayError": "headway.errors",
    "Model": "headway.model",
    "Prediction": "headway.model",
    "Recipe": "headway.recipe",
    "Store": "headway.store",
    "compare": "headway.comparison",
    "demo": "headway",
    "embed": "headway.embedding",
    "evaluate": "headway.evaluation",
    "fit": "headway.fitting",
    "load": "headway.model",
    "read": "headway.dataset",
}

__all__ = [*sorted(_HOME), "__version__"]


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module 'headway' has no attribute {name!r}")
    home = _HOME[name]
    return (
        importlib.import_module(f"headway.{name}")
        if home == "headway"
        else getattr(importlib.import_module(home), name)
    )


def __dir__() -> list[str]:
    return __all__
