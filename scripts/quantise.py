"""A carried network with weights and maps of 8 bits, by ONNX Runtime's quantiser or by NNCF: the trials of ADR 34.

    python scripts/quantise.py pictures PICTURES                      # once; Debian's archive
    python scripts/quantise.py ort PICTURES NETWORK OUT.onnx          # pip install onnxruntime
    python scripts/quantise.py nncf PICTURES NETWORK OUT.onnx         # pip install nncf onnxruntime, in an environment of its own

``--range percentile`` cuts off the rarest values of each map (by default the smallest and the largest are its bounds);
``--float NAME …`` leaves the convolutions whose names begin so as they are (``backbone/stem``). ``--bits 7`` takes weights
of 7 bits: of 8, products are cut off on x86 processors without VNNI, and features differ from one to the other.

Ranges of maps are measured on 360 pictures that are in none of the data sets the results are judged on: photographs
and stamps of Debian's packages below, and drawings that Headway carries. A quarter are made grey, and as many small
and large again, as such pictures are common. The packages are under GPL-2+, CC-BY-SA, CC-BY, Expat and others, see
``PICTURES/PACKAGE/usr/share/doc``; nothing of them is in the result but two numbers for each map.
"""

from __future__ import annotations

import argparse
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import onnx
from onnx import numpy_helper
from PIL import Image

from headway import backbones, demo
from headway.images import load

PACKAGES = (
    "gnome-backgrounds",
    "lomiri-wallpapers-16.04",
    "lomiri-wallpapers-20.04",
    "mate-backgrounds",
    "plasma-workspace-wallpapers",
    "sway-backgrounds",
    "tuxpaint-stamps-default",
    "ukui-wallpapers",
)
STAMPS, DRAWINGS, PHOTOS = 160, 40, 160
SMALL = 32  # pixels


def get(folder: Path) -> None:
    """Download and unpack the packages, without installing them."""
    with tempfile.TemporaryDirectory() as name:
        for package in PACKAGES:
            subprocess.run(["apt-get", "download", "-qq", package], cwd=name, check=True)
            (file,) = Path(name).glob(f"{package}_*.deb")
            subprocess.run(["dpkg", "-x", file, folder / package], check=True)


def pictures(folder: Path, size: int) -> Iterator[np.ndarray]:
    """Yield the calibration pictures, uint8 (1, size, size, 3), the same ones for the same packages."""
    random = np.random.default_rng(0)
    found = sorted(path for path in folder.rglob("*") if path.suffix in (".png", ".jpg", ".webp") and path.is_file())
    stamps = [path for path in found if "tuxpaint" in str(path)]
    photos = [path for path in found if "tuxpaint" not in str(path)]
    drawings = sorted(demo.pictures().rglob("*.*"))
    chosen = [
        *random.choice(stamps, STAMPS, replace=False),
        *random.choice(photos, min(PHOTOS, len(photos)), replace=False),
        *random.choice(drawings, DRAWINGS, replace=False),
    ]
    for number, path in enumerate(chosen):
        picture = Image.fromarray(load(path, 2 * size, "squash"))
        if "tuxpaint" not in str(path) and "backgrounds" in str(path):
            left, top = random.integers(0, size, 2).tolist()
            picture = picture.crop((left, top, left + size, top + size))
        if number % 4 == 1:
            picture = picture.convert("L").convert("RGB")
        if number % 4 == 2:
            picture = picture.resize((SMALL, SMALL), Image.Resampling.BICUBIC)
        yield np.asarray(picture.resize((size, size), Image.Resampling.BICUBIC))[None]


def folded(content: bytes) -> onnx.ModelProto:
    """Return a network whose half-precision weights are float32, without the casts."""
    model = onnx.load_model_from_string(content)
    halves = {tensor.name: tensor for tensor in model.graph.initializer if tensor.data_type == onnx.TensorProto.FLOAT16}
    nodes = []
    for node in model.graph.node:
        if node.op_type == "Cast" and node.input[0] in halves:
            half = halves.pop(node.input[0])
            single = numpy_helper.to_array(half).astype(np.float32)
            model.graph.initializer.remove(half)
            model.graph.initializer.append(numpy_helper.from_array(single, node.output[0]))
        else:
            nodes.append(node)
    del model.graph.node[:]
    model.graph.node.extend(nodes)
    return model


def floats(model: onnx.ModelProto, prefixes: list[str]) -> list[str]:
    """Return the names of the nodes that stay as they are."""
    return [node.name for node in model.graph.node if any(node.name.startswith(prefix) for prefix in prefixes)]


def by_onnxruntime(
    model: onnx.ModelProto, images: list[np.ndarray], out: Path, how: str, excluded: list[str], bits: int
) -> None:
    from onnxruntime.quantization import (
        CalibrationDataReader,
        CalibrationMethod,
        QuantFormat,
        QuantType,
        quantize_static,
    )

    class Reader(CalibrationDataReader):
        def __init__(self) -> None:
            # For percentiles all maps of all pictures are kept in memory.
            self.left = iter(images[::6] if how == "percentile" else images)

        def get_next(self) -> dict[str, np.ndarray] | None:
            image = next(self.left, None)
            return None if image is None else {"images": image}

    quantize_static(
        model,
        str(out),
        Reader(),
        quant_format=QuantFormat.QDQ,
        op_types_to_quantize=["Conv", "Clip"],
        per_channel=True,
        reduce_range=bits == 7,
        activation_type=QuantType.QUInt8,
        weight_type=QuantType.QInt8,
        nodes_to_exclude=excluded,
        calibrate_method={"minmax": CalibrationMethod.MinMax, "percentile": CalibrationMethod.Percentile}[how],
        extra_options={"CalibPercentile": 99.99},
    )


def by_nncf(
    model: onnx.ModelProto, images: list[np.ndarray], out: Path, how: str, excluded: list[str], bits: int
) -> None:
    import nncf
    from nncf.quantization.advanced_parameters import AdvancedQuantizationParameters
    from nncf.quantization.range_estimator import RangeEstimatorParametersSet as Sets

    ranges = Sets.MINMAX if how == "minmax" else Sets.MEAN_QUANTILE
    pooling = ("ReduceMean", "Sub", "Mul", "Sqrt", "Gemm")
    others = [node.name for node in model.graph.node if node.op_type in pooling or "backbone/epsilon" in node.input]
    fix = nncf.OverflowFix.ENABLE if bits == 7 else nncf.OverflowFix.FIRST_LAYER
    result = nncf.quantize(
        model,
        nncf.Dataset(images, lambda image: {"images": image}),
        preset=nncf.QuantizationPreset.MIXED,
        subset_size=len(images),
        ignored_scope=nncf.IgnoredScope(names=[*excluded, *others]),
        advanced_parameters=AdvancedQuantizationParameters(overflow_fix=fix, activations_range_estimator_params=ranges),
    )
    onnx.save(result, str(out))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("how", choices=["pictures", "ort", "nncf"])
    parser.add_argument("pictures", type=Path)
    parser.add_argument("network", nargs="?")
    parser.add_argument("out", nargs="?", type=Path)
    parser.add_argument("--range", choices=["minmax", "percentile"], default="minmax")
    parser.add_argument("--float", nargs="*", default=[])
    parser.add_argument("--bits", type=int, choices=[7, 8], default=8)
    given = parser.parse_args()
    if given.how == "pictures":
        get(given.pictures)
        return
    info = backbones.find(given.network)
    model = folded(backbones.read(info))
    images = list(pictures(given.pictures, info.input_size))
    quantiser = {"ort": by_onnxruntime, "nncf": by_nncf}[given.how]
    quantiser(model, images, given.out, given.range, floats(model, given.float), given.bits)
    print(f"{given.out}: {given.out.stat().st_size / 1e6:.1f} MB, {len(images)} pictures")


if __name__ == "__main__":
    main()
