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
from headway.lazily import lazily

if TYPE_CHECKING:
    from headway import backbones as backbones
    from headway import calibration as calibration
    from headway import demo as demo
    from headway import images as images
    from headway import metrics as metrics
    from headway import recipes as recipes
    from headway import splits as splits
    from headway import testing as testing
    from headway.auditing import Audit as Audit
    from headway.auditing import audit as audit
    from headway.bars import progress as progress
    from headway.comparison import Comparison as Comparison
    from headway.comparison import compare as compare
    from headway.dataset import Dataset as Dataset
    from headway.dataset import read as read
    from headway.embedding import FeatureTable as FeatureTable
    from headway.embedding import embed as embed
    from headway.embedding.transformer import Embedder as Embedder
    from headway.errors import HeadwayError as HeadwayError
    from headway.errors import HeadwayWarning as HeadwayWarning
    from headway.evaluation import Evaluation as Evaluation
    from headway.evaluation import evaluate as evaluate
    from headway.evaluation import evaluate_pair as evaluate_pair
    from headway.fitting import fit as fit
    from headway.model import Model as Model
    from headway.model import Prediction as Prediction
    from headway.model import load as load
    from headway.recipe import Recipe as Recipe
    from headway.splitting import split as split
    from headway.store import Store as Store
    from headway.suggesting import Suggestions as Suggestions
    from headway.suggesting import suggest as suggest

# Nothing is imported before it is asked for, so that `import headway` stays quick.
_find, _names = lazily(
    __name__,
    {
        "headway.auditing": "Audit audit",
        "headway.bars": "progress",
        "headway.comparison": "Comparison compare",
        "headway.dataset": "Dataset read",
        "headway.embedding": "FeatureTable embed",
        "headway.embedding.transformer": "Embedder",
        "headway.errors": "HeadwayError HeadwayWarning",
        "headway.evaluation": "Evaluation evaluate evaluate_pair",
        "headway.fitting": "fit",
        "headway.model": "Model Prediction load",
        "headway.recipe": "Recipe",
        "headway.splitting": "split",
        "headway.store": "Store",
        "headway.suggesting": "Suggestions suggest",
    },
)
_MODULES = ("backbones", "calibration", "demo", "images", "metrics", "recipes", "splits", "testing")

__all__ = [*sorted(_names), *_MODULES, "__version__"]


def __getattr__(name: str) -> Any:
    return importlib.import_module(f"headway.{name}") if name in _MODULES else _find(name)


def __dir__() -> list[str]:
    return __all__
