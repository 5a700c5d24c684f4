"""Models of every kind, made in a moment: a network or a descriptor, a head, a selection."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from headway.backbones import BackboneInfo, find
from headway.calibration import Calibration
from headway.facts.data import Data, Division
from headway.facts.fit import Backbone, Features, FitReport, Input
from headway.facts.fit import Head as HeadFacts
from headway.facts.scores import ConfusionCell, Scores
from headway.heads import DenseHead, Head, KernelHead
from headway.model import Model, build
from headway.preparation import Transform
from headway.testing import tiny_backbone_onnx

TINY = find("tiny")
HANDMADE = replace(
    TINY, name="colour", kind="descriptor", dims={"histogram": 6, "points": 8}, depths=("histogram", "points")
)
CLASSES = "blue", "green", "red"


def scores(accuracy: float = 0.5) -> Scores:
    """Return scores of two pictures, as far as a model needs them."""
    return Scores(2, 1, accuracy, 0.0, 1.0, None, 0.5, 0.5, 0.7, 0.5, 0.1, 0.2, 0.5, (), (ConfusionCell(0, 0, 1),))


def report(
    info: BackboneInfo = TINY,
    features: Sequence[str] = ("block1.mean", "head.mean"),
    classes: Sequence[str] = CLASSES,
    kind: str = "centroid",
) -> FitReport:
    """Return what a fit tells of itself, as far as a model needs it."""
    return FitReport(
        headway="0",
        classes=tuple(classes),
        recipe={"backbone": info.name},
        data=Data(
            source=None,
            n=9,
            counts=dict.fromkeys(classes, 3),
            majority=classes[0],
            skipped={},
            unreadable=0,
            quarantined=(),
            division=Division("stratified", 7, 0, 2, 0.2, 0),
            imbalance=None,
            overlaps=(),
            fingerprint="",
        ),
        input=Input(info.input_size, "squash", "pictures-1"),
        backbone=Backbone(info.name, info.kind, info.sha256, info.licence, info.parameters),
        features=Features("depths", tuple(features), 1, (), None, "fp32"),
        head=HeadFacts(kind, None, 1.0),
        test=scores(),
    )


def made(
    head: Head,
    *,
    network: bytes | None = None,
    info: BackboneInfo = TINY,
    features: Sequence[str] = ("block1.mean", "head.mean"),
    transform: Transform | None = None,
    classes: Sequence[str] = CLASSES,
    temperature: float = 2.0,
) -> Model:
    """Return a model as a fit would build it; its facts say that the head is a centroid."""
    return build(
        info,
        (network or tiny_backbone_onnx()) if info.kind == "network" else None,
        features,
        head,
        Calibration(temperature),
        transform=transform or Transform.identity(),
        report=report(info, features, classes),
        learned_from=[bytes(12)],
    )


def linear(d: int, k: int = 3, seed: int = 0) -> DenseHead:
    """Return a linear head of random weights."""
    random = np.random.default_rng(seed)
    weight, bias = random.standard_normal((d, k), np.float32), random.standard_normal(k, np.float32)
    return DenseHead("logistic", (weight / np.float32(10),), (bias,))


def mlp(d: int, k: int = 3, seed: int = 0) -> DenseHead:
    """Return a head of two layers of random weights."""
    random = np.random.default_rng(seed)
    weights = random.standard_normal((d, 5), np.float32) / 10, random.standard_normal((5, k), np.float32)
    biases = random.standard_normal(5, np.float32), random.standard_normal(k, np.float32)
    return DenseHead("mlp", tuple(w.astype(np.float32) for w in weights), biases)


def kernel(d: int, k: int = 3, seed: int = 0, s: int = 11, gamma: float | None = None) -> KernelHead:
    """Return a support vector machine of random arrays."""
    random = np.random.default_rng(seed)
    mean, scale = random.standard_normal(d, np.float32), random.uniform(0.5, 2, d).astype(np.float32)
    support, coef = random.standard_normal((s, d), np.float32), random.standard_normal((s, k), np.float32)
    return KernelHead("svm", mean, scale, support, coef, random.standard_normal(k, np.float32), gamma or 1 / d)
