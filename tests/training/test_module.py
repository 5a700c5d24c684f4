from __future__ import annotations

import numpy as np
import onnx
import pytest
import torch

from headway.backbones.torch.graph import Graph
from headway.heads import DenseHead
from headway.testing import tiny_backbone_onnx
from headway.training.cuts import Cut
from headway.training.module import Tail, TrainableNetwork, compute_features

RNG = np.random.default_rng(0)
NETWORK = tiny_backbone_onnx()
WHOLE = Cut("images", ())
PICTURES = torch.from_numpy(RNG.integers(0, 256, (40, 32, 32, 3), dtype=np.uint8))


class Pictures:
    labels = np.zeros(40, np.int64)

    def batch(self, rows, generator):
        return PICTURES[rows], torch.from_numpy(self.labels[rows])


def heads() -> list[DenseHead]:
    def array(*shape: int) -> np.ndarray:
        return RNG.normal(size=shape).astype(np.float32)

    return [
        DenseHead("logistic", (array(32, 4),), (array(4),)),
        DenseHead("mlp", (array(32, 7), array(7, 4)), (array(7), array(4))),
    ]


@pytest.mark.parametrize("head", heads(), ids=lambda head: head.kind)
def test_it_starts_as_the_probe_and_gives_it_back(head: DenseHead) -> None:
    features = compute_features(Tail(NETWORK, WHOLE, ["head.mean"], {}), Pictures(), np.arange(40))
    assert features.shape == (40, 32)
    module = TrainableNetwork(NETWORK, WHOLE, head, features)
    with torch.no_grad():
        logits = module(PICTURES).numpy()
    np.testing.assert_allclose(logits, head.logits(features), rtol=1e-3, atol=1e-3)
    again = module.head()
    assert again.kind == "finetuned"
    for one, other in zip((*again.weights, *again.biases), (*head.weights, *head.biases), strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-3, atol=1e-4)


def test_a_published_head_reads_raw_features_of_another_output() -> None:
    proto = onnx.load_from_string(NETWORK)
    proto.graph.node.append(onnx.helper.make_node("Flatten", ["map"], ["flat"]))
    proto.graph.output.append(onnx.helper.make_tensor_value_info("flat", 1, ["N", 512]))
    network = proto.SerializeToString()
    features = compute_features(Tail(network, WHOLE, ["flat"], {}), Pictures(), np.arange(40))
    first, second = (RNG.normal(size=shape).astype(np.float32) for shape in ((512, 5), (5, 4)))
    head = DenseHead("dense256", (first, second), (np.ones(5, np.float32), np.zeros(4, np.float32)))
    module = TrainableNetwork(network, WHOLE, head, None, ["flat"])
    with torch.no_grad():
        np.testing.assert_allclose(module(PICTURES).numpy(), head.logits(features), rtol=1e-3, atol=1e-3)
    np.testing.assert_array_equal(module.head().weights[0], first)


def test_a_silent_feature_is_not_blown_up() -> None:
    features = RNG.normal(size=(40, 32)).astype(np.float32)
    features[:, 3] = 1.0
    module = TrainableNetwork(NETWORK, WHOLE, heads()[0], features)
    assert module.scale[3] == pytest.approx(0.01 * np.median(features.std(axis=0)), rel=0.1)


def test_rates_fall_towards_the_first_layer() -> None:
    module = TrainableNetwork(NETWORK, WHOLE, heads()[0], np.ones((2, 32), np.float32))
    rates = module.rate_multipliers(0.25)
    named = {module.backbone.initializers[name.removeprefix("backbone.")]: rate for name, rate in rates.items()}
    assert named["backbone/head/conv.weight"] == 1 and named["backbone/block1/conv.weight"] == 0.25
    parameters = dict(module.named_parameters())
    assert set(parameters) - set(rates) == {"layers.0.weight", "layers.0.bias"} and set(rates) < set(parameters)


def test_outputs_from_before_the_cut_come_with_the_map_and_stay_as_they_are() -> None:
    outputs, cut = ["block1.mean", "block1.std", "head.mean"], Cut("backbone/head/relu", (32, 8, 8))
    dims = {"block1.mean": 16, "block1.std": 16, "head.mean": 32}
    whole = Tail(NETWORK, WHOLE, outputs, dims)
    graph = Graph(NETWORK, "images", [cut.tensor, *outputs])
    with torch.no_grad():
        at_cut, *_ = values = graph(PICTURES)
    cut = Cut(cut.tensor, tuple(at_cut.shape[1:]))
    tail = Tail(NETWORK, cut, outputs, dims)
    assert tail.fixed == ("block1.mean", "block1.std") and whole.fixed == ()
    rows = torch.cat([at_cut.flatten(1), *values[1:3]], dim=1)
    with torch.no_grad():
        torch.testing.assert_close(tail.features(rows), whole.features(PICTURES))
