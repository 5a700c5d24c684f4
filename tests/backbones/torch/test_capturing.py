"""What a CUDA graph cannot hold is not in a network: copies to and from the device, and values that are waited for."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_flatten

from headway import backbones
from headway.backbones import Engine
from headway.backbones.torch.engine import TorchEngine
from headway.backbones.torch.graph import Graph
from headway.backbones.torch.halving import halve_weights
from headway.backbones.torch.lanes import Cpu
from headway.backbones.torch.operators import OPERATORS
from headway.testing import tiny_backbone_onnx
from tests.backbones.exported import saved
from tests.backbones.transformers import SIZE, transformer

DEVICE = torch.device("meta")  # a device that is not the CPU, and that every build of PyTorch has


class Crossings(TorchDispatchMode):
    """Operations that read one device and write to another; a number on the CPU among operands is none, unless copied."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def __torch_dispatch__(self, function: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        result = function(*args, **(kwargs or {}))
        name = str(function)
        tensors = [one for one in tree_flatten((args, kwargs))[0] if isinstance(one, torch.Tensor)]
        inputs = {one.device.type for one in tensors if one.ndim or "copy" in name}
        outputs = {one.device.type for one in tree_flatten(result)[0] if isinstance(one, torch.Tensor)}
        if inputs and outputs and inputs != outputs:
            self.found.append(name)
        return result


def crossings(network: bytes, outputs: list[str], size: int) -> list[str]:
    graph = Graph(network, "images", outputs).eval().requires_grad_(False).to(DEVICE)
    images = torch.empty((2, size, size, 3), dtype=torch.uint8, device=DEVICE)
    with torch.inference_mode(), Crossings() as seen:
        graph(images)
    return seen.found


def test_a_copy_would_be_seen() -> None:
    with Crossings() as seen:
        torch.zeros(3).to(DEVICE)
        torch.tensor(3.0).to(DEVICE)
        torch.zeros(3, device=DEVICE) + torch.tensor(3.0)
    assert seen.found == ["aten._to_copy.default"] * 2


def test_a_token_is_taken_without_sending_its_number() -> None:
    tokens = torch.arange(24.0).reshape(2, 3, 4)
    for number in (0, -1):
        attributes = {"axis": 1}
        assert torch.equal(OPERATORS["Gather"]([tokens, torch.tensor(number)], attributes), tokens[:, number])
        with Crossings() as seen:
            OPERATORS["Gather"]([tokens.to(DEVICE), torch.tensor(number)], attributes)
        assert seen.found == ["aten._to_copy.default"]  # that of this test


@pytest.mark.parametrize("name", ["tiny", "efficientnet_lite0", "efficientnet_lite2"])
def test_carried_networks(name: str) -> None:
    info = backbones.find(name)
    assert crossings(backbones.read(info), list(info.depths), info.input_size) == []


def test_a_transformer_of_the_hub(tmp_path: Path) -> None:
    info = backbones.obtain(saved(transformer(), tmp_path), image_size=SIZE)
    network, outputs = backbones.read(info), ["patches.mean", "head.mean"]
    assert crossings(network, outputs, SIZE) == []
    agree(network, outputs, SIZE)


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["resnet", "vit"])
def test_networks_of_timm(kind: str) -> None:
    from headway.backbones.convert import import_timm

    import_timm()
    from timm.models.resnet import Bottleneck, ResNet
    from timm.models.vision_transformer import VisionTransformer

    from headway.backbones.convert.export import export
    from tests.backbones.networks import seeded

    module = (
        seeded(ResNet, Bottleneck, [1, 1, 1, 1], num_classes=4, channels=(8, 8, 16, 16), stem_width=8)
        if kind == "resnet"
        else seeded(VisionTransformer, img_size=32, patch_size=8, embed_dim=32, depth=2, num_heads=2, num_classes=4)
    )
    network = export(module, size=32, mean=(0.5,) * 3, std=(0.2,) * 3).SerializeToString()
    assert crossings(network, ["head.mean"], 32) == []
    agree(network, ["head.mean"], 32)


def agree(network: bytes, outputs: list[str], size: int) -> None:
    """Compare with OpenVINO, in either arithmetic, and weights that were rounded once with those that autocast rounds."""
    images = np.random.default_rng(0).integers(0, 256, (5, size, size, 3), np.uint8)
    wanted = Engine(network, outputs).run(images)
    scale = np.abs(wanted).max()
    whole, half = (TorchEngine(network, outputs, precision, Cpu()).run(images) for precision in ("fp32", "bf16"))
    np.testing.assert_allclose(whole, wanted, atol=1e-4 * scale)
    np.testing.assert_allclose(half, wanted, atol=0.03 * scale)
    graph = Graph(network, "images", outputs).eval().requires_grad_(False)
    with torch.inference_mode(), torch.autocast("cpu", torch.bfloat16):
        rounding_each_time = graph(torch.from_numpy(images))
        halve_weights(graph)
        for ours, theirs in zip(graph(torch.from_numpy(images)), rounding_each_time, strict=True):
            assert torch.equal(ours, theirs)


def test_weights_that_others_read_stay_as_they_are() -> None:
    graph = Graph(tiny_backbone_onnx(), "images", ["head.mean"]).requires_grad_(False)
    names = {name: place for place, name in graph.initializers.items()}
    graph.outputs = (*graph.outputs, next(iter(names)))
    halve_weights(graph)
    assert [str(parameter.dtype) for parameter in graph.parameters()].count("torch.float32") == 1
