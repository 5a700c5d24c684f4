"""Everything that Headway finds out and reports, as typed values.

::

    documents     what commands print with --json
    fit           a fit, and what a model's file carries of it
    scores        how good a classifier is
    predictions   what was predicted for each image
    training      how a network was trained
    data          what was read, and how it was divided
    audit         what an audit found
    fixes         decisions about pictures, as a list
    suggest       what to label next
    studio        what the page of a project shows: jobs, findings, answers
    results       results of a project, as they are kept in its folder
    images        properties of an image
    comparison    recipes on one table
    descriptors   how hand-made descriptors were chosen
    analysis      which features are of use
    depths        what each depth of a network is worth
    recipes       what can be done
    catalogue     backbones, and what the cache holds
    layers        a network, layer by layer
    serving       what a server answers
    codec         facts ↔ plain values, and JSON schemas

Facts are numbers, names and enumerations; `headway.rendering` makes the sentences. Whoever finds something out imports
the kind of fact from here; nothing here imports more than ``errors`` and ``types``.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable
from functools import partial


def _kind(module: str, name: str) -> type:
    kind: type = getattr(importlib.import_module(f"headway.facts.{module}"), name)
    return kind


DOCUMENTS: dict[str, Callable[[], type]] = {
    "audit": partial(_kind, "audit", "AuditReport"),
    "backbones": partial(_kind, "catalogue", "BackbonesReport"),
    "cache": partial(_kind, "catalogue", "CacheReport"),
    "compare": partial(_kind, "comparison", "ComparisonReport"),
    "depths": partial(_kind, "depths", "DepthsReport"),
    "embed": partial(_kind, "documents", "EmbedReport"),
    "embed-shards": partial(_kind, "shards", "ShardsReport"),
    "evaluate": partial(_kind, "documents", "EvaluationReport"),
    "evaluate-pair": partial(_kind, "documents", "PairReport"),
    "features": partial(_kind, "analysis", "AnalysisReport"),
    "fit": partial(_kind, "fit", "FitReport"),
    "info": partial(_kind, "documents", "ModelReport"),
    "layers": partial(_kind, "layers", "LayersReport"),
    "predict": partial(_kind, "predictions", "PredictionLine"),
    "recipe": partial(_kind, "recipes", "RecipeReport"),
    "read": partial(_kind, "documents", "ReadReport"),
    "recipes": partial(_kind, "recipes", "RecipesReport"),
    "serve-models": partial(_kind, "serving", "ServedModels"),
    "serve-predict": partial(_kind, "serving", "Predictions"),
    "split": partial(_kind, "documents", "SplitReport"),
    "studio-comparison": partial(_kind, "results", "MethodTable"),
    "studio-result": partial(_kind, "results", "TrainingRecord"),
    "suggest": partial(_kind, "suggest", "SuggestReport"),
}
"""Every document that a command prints or a server answers with, or that is kept in a project, by its schema's name."""
