"""PyTorch networks written down as ONNX: what is read, the same numbers, plain operators, the same bytes."""

from __future__ import annotations

import contextlib
from typing import Any

import numpy as np
import onnx
import pytest
import torch
from torch import nn

from headway.backbones import Engine
from headway.backbones.convert import export as module_export
from headway.backbones.convert.export import export
from headway.errors import UserError
from tests.backbones.networks import Pyramid, Transformer, seeded

MEAN, STD = (0.4, 0.5, 0.6), (0.2, 0.25, 0.3)
SIZE = 32
PLAIN = {
    "Add", "AveragePool", "Cast", "Clip", "Concat", "Conv", "Div", "Erf", "Gather", "Gemm", "HardSigmoid", "HardSwish",
    "Identity", "LayerNormalization", "MatMul", "MaxPool", "Mul", "Neg", "Pad", "ReduceMean", "Relu", "Reshape",
    "Sigmoid", "Slice", "Softmax", "Sqrt", "Sub", "Tanh", "Transpose",
}  # fmt: skip


def images(count: int, size: int = SIZE) -> np.ndarray:
    return np.random.default_rng(0).integers(0, 256, (count, size, size, 3), np.uint8)


def normalised(pictures: np.ndarray) -> torch.Tensor:
    x = torch.from_numpy(pictures).float().permute(0, 3, 1, 2) / 255
    return (x - torch.tensor(MEAN).reshape(1, 3, 1, 1)) / torch.tensor(STD).reshape(1, 3, 1, 1)


def sides(model: onnx.ModelProto) -> dict[str, list[int]]:
    return {value.name: [d.dim_value for d in value.type.tensor_type.shape.dim][1:] for value in model.graph.output}


@pytest.fixture(scope="module")
def pyramid() -> tuple[Any, onnx.ModelProto]:
    network = seeded(Pyramid)
    return network, export(network, size=SIZE, mean=MEAN, std=STD)


@pytest.fixture(scope="module")
def transformer() -> tuple[Any, onnx.ModelProto]:
    network = seeded(Transformer)
    return network, export(network, size=SIZE, mean=MEAN, std=STD)


def test_a_pyramid_gives_each_size_of_maps_the_last_and_its_mean(pyramid: tuple[Any, onnx.ModelProto]) -> None:
    assert sides(pyramid[1]) == {
        "block1.mean": [8], "block1.std": [8], "block2.mean": [12], "block2.std": [12],
        "head.mean": [16], "head.std": [16], "map": [16, 4, 4], "flat": [256],
    }  # fmt: skip


def test_a_transformer_gives_its_blocks_the_patches_and_its_embedding(transformer: tuple[Any, onnx.ModelProto]) -> None:
    expected = {f"block{i}.{what}": [16] for i in (1, 2, 3) for what in ("mean", "std")}
    assert sides(transformer[1]) == {**expected, "head.mean": [16], "map": [16, 4, 4], "flat": [256]}


@pytest.mark.parametrize("kind", ["pyramid", "transformer"])
def test_every_output_is_what_pytorch_computes(kind: str, request: pytest.FixtureRequest) -> None:
    network, model = request.getfixturevalue(kind)
    pictures = images(3)
    x = normalised(pictures)
    with torch.no_grad():
        if kind == "pyramid":
            first = network.stem(x)
            second = network.deep(first)
            last = network.last(second)
            wanted = {"head.mean": last.mean((2, 3)), "head.std": (last.var((2, 3), unbiased=False) + 1e-6).sqrt()}
            stages = [first, second]
        else:
            tokens = network.patches(x).flatten(2).transpose(1, 2)
            tokens = torch.cat([network.token.expand(3, -1, -1), tokens], dim=1)
            stages = []
            for block in network.blocks:
                tokens = block(tokens)
                stages.append(tokens[:, 1:].transpose(1, 2).reshape(3, 16, 4, 4))
            tokens = network.norm(tokens)
            last = tokens[:, 1:].transpose(1, 2).reshape(3, 16, 4, 4)
            wanted = {"head.mean": tokens[:, 0]}
        for number, stage in enumerate(stages, start=1):
            wanted[f"block{number}.mean"] = stage.mean((2, 3))
            wanted[f"block{number}.std"] = (stage.var((2, 3), unbiased=False) + 1e-6).sqrt()
        wanted |= {"map": last, "flat": last.flatten(1)}
    names = list(wanted)
    engine = Engine(model.SerializeToString(), names)
    ours = np.split(engine.run(pictures), np.cumsum(list(engine.widths.values()))[:-1], axis=1)
    for name, rows in zip(names, ours, strict=True):
        np.testing.assert_allclose(rows, wanted[name].numpy().reshape(3, -1), rtol=2e-4, atol=2e-5, err_msg=name)


@pytest.mark.parametrize("kind", ["pyramid", "transformer"])
def test_any_number_of_pictures_gives_the_same_in_another_runtime(kind: str, request: pytest.FixtureRequest) -> None:
    runtime = pytest.importorskip("onnxruntime")
    _, model = request.getfixturevalue(kind)
    session = runtime.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])
    pictures = images(5)
    together = session.run(["head.mean", "flat"], {"images": pictures})
    apart = [session.run(["head.mean", "flat"], {"images": picture[None]}) for picture in pictures]
    for index, rows in enumerate(together):
        np.testing.assert_allclose(rows, np.concatenate([each[index] for each in apart]), rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("kind", ["pyramid", "transformer"])
def test_the_graph_is_plain(kind: str, request: pytest.FixtureRequest) -> None:
    _, model = request.getfixturevalue(kind)
    onnx.checker.check_model(model, full_check=True)
    assert {node.op_type for node in model.graph.node} <= PLAIN
    assert not model.functions
    assert not model.graph.value_info
    assert not model.metadata_props
    assert not any(node.doc_string or node.metadata_props for node in model.graph.node)
    assert [(entry.domain, entry.version) for entry in model.opset_import] == [("", 18)]
    outputs = {value.name for value in model.graph.output}
    inner = {name for node in model.graph.node for name in node.output} - outputs
    assert all(name.startswith("backbone/") for name in [*inner, *(t.name for t in model.graph.initializer)])
    weights = {t.name: onnx.numpy_helper.to_array(t) for t in model.graph.initializer}
    for node in model.graph.node:
        if node.op_type == "Reshape":
            shape = weights[node.input[1]]
            assert (shape == -1).sum() <= 1
            assert (shape != 0).all()


def test_batch_normalisation_is_part_of_the_convolution_before_it(pyramid: tuple[Any, onnx.ModelProto]) -> None:
    _, model = pyramid
    operators = [node.op_type for node in model.graph.node]
    assert "BatchNormalization" not in operators
    assert operators.count("Conv") == 3


def test_weights_that_happen_to_be_alike_are_not_one(transformer: tuple[Any, onnx.ModelProto]) -> None:
    _, model = transformer
    uses = [name for node in model.graph.node if node.op_type == "LayerNormalization" for name in node.input[1:]]
    assert len(set(uses)) == len(uses) == 8  # three blocks and the last, a weight and a bias each, all ones and zeros


def test_the_same_network_gives_the_same_bytes(pyramid: tuple[Any, onnx.ModelProto]) -> None:
    again = export(seeded(Pyramid), size=SIZE, mean=MEAN, std=STD)
    assert again.SerializeToString(deterministic=True) == pyramid[1].SerializeToString(deterministic=True)


def test_quiet_even_where_warnings_are_errors(capfd: pytest.CaptureFixture[str]) -> None:
    export(seeded(Pyramid), size=SIZE, mean=MEAN, std=STD)
    assert capfd.readouterr() == ("", "")


def test_a_classifier_of_several_layers_leaves_the_mean_of_the_map() -> None:
    model = export(seeded(Pyramid, hidden=40), size=SIZE, mean=MEAN, std=STD)
    assert sides(model)["head.mean"] == [16]


def test_what_a_network_without_a_classifier_gives_is_the_embedding() -> None:
    model = export(seeded(Transformer, classes=0, depth=2), size=SIZE, mean=MEAN, std=STD)
    assert sides(model)["head.mean"] == [16]
    projecting = nn.Sequential(seeded(Pyramid), nn.Linear(5, 7), nn.Tanh())
    assert sides(export(projecting, size=SIZE, mean=MEAN, std=STD))["head.mean"] == [7]


def test_a_network_of_maps_alone_will_do() -> None:
    maps = nn.Sequential(nn.Conv2d(3, 4, 3, 2), nn.ReLU())
    assert sides(export(maps, size=SIZE, mean=MEAN, std=STD)) == {
        "head.mean": [4], "head.std": [4], "map": [4, 15, 15], "flat": [900],
    }  # fmt: skip


def test_a_network_that_gives_no_features_is_refused() -> None:
    class Number(nn.Module):
        def forward(self, x: torch.Tensor) -> torch.Tensor:
            return x.mean()

    with pytest.raises(UserError, match="must compute a map .* or an embedding"):
        export(Number(), size=SIZE, mean=MEAN, std=STD)


def test_what_cannot_be_written_down_is_one_line() -> None:
    class Wandering(nn.Module):
        def forward(self, x: torch.Tensor) -> torch.Tensor:
            return x.flatten(1)[:, : int(x.sum().item()) % 7 + 1]

    with pytest.raises(UserError, match="PyTorch cannot export this network to ONNX") as caught:
        export(Wandering(), size=SIZE, mean=MEAN, std=STD)
    assert "\n" not in str(caught.value)


def test_code_that_fixes_the_number_of_pictures_is_refused() -> None:
    class Counting(nn.Module):
        def forward(self, x: torch.Tensor) -> torch.Tensor:
            return torch.cat([x.flatten(1), torch.zeros(1, 1).expand(len(x), 1)], dim=1)

    with pytest.raises(UserError, match=r"let it use x\.shape\[0\]"):
        export(Counting(), size=SIZE, mean=MEAN, std=STD)


def test_more_weights_than_an_onnx_file_holds_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module_export, "MOST_BYTES", 1_000)
    with pytest.raises(UserError, match="an ONNX file holds up to 2 GB"):
        export(seeded(Pyramid), size=SIZE, mean=MEAN, std=STD)


def test_attention_is_as_before_afterwards() -> None:
    part = nn.Linear(1, 1)
    part.fused_attn = True
    with contextlib.suppress(UserError), module_export._unfused_attention(part):
        assert not part.fused_attn
    assert part.fused_attn
