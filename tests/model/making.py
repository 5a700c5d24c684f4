"""Models of every kind, made in a moment: a network or a descriptor, a head, a selection."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from headway.backbones import BackboneInfo, find
from headway.heads import DenseHead, Head, KernelHead
from headway.model import Model, build
from headway.preparation import Transform
from headway.testing import tiny_backbone_onnx

TINY = find("tiny")
HANDMADE = replace(
    TINY, name="colour", kind="descriptor", dims={"histogram": 6, "points": 8}, depths=("histogram", "points")
)
CLASSES = "blue", "green", "red"


def about(classes: Sequence[str] = CLASSES) -> dict[str, Any]:
    """Return what a fit tells of itself, as far as a model needs it."""
    data = {"n": 9, "majority": classes[0], "learnt": base64.b64encode(bytes(12)).decode()}
    return {
        "head": {"kind": "centroid", "features": "last", "settings": {}, "temperature": 1.0},
        "recipe": {"backbone": "tiny"},
        "data": data,
        "scores": {"cv": None, "test": {"accuracy": 0.5}},
    }


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
    """Return a model as a fit would build it."""
    return build(
        info,
        (network or tiny_backbone_onnx()) if info.kind == "network" else None,
        features,
        head,
        temperature,
        transform=transform or Transform.identity(),
        classes=classes,
        resize="squash",
        precision="fp32",
        about=about(classes),
        report={},
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
