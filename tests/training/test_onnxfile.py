import numpy as np
import onnx
import onnxruntime
import pytest
import torch

from headway.backbones import Engine
from headway.training.architectures import ARCHITECTURES, ScratchNetwork
from headway.training.onnxfile import to_onnx


def trained(name, seed=0):
    """A network whose batch norms have seen something."""
    network = ScratchNetwork(name, 4, seed)
    with torch.no_grad():
        for module in network.modules():
            if isinstance(module, torch.nn.BatchNorm2d):
                module.running_mean.normal_()
                module.running_var.uniform_(0.5, 2)
                module.weight.uniform_(0.5, 2)
                module.bias.normal_()
    return network.eval()


@pytest.mark.parametrize("size", [46, 61])
@pytest.mark.parametrize("name", ARCHITECTURES)
def test_the_file_computes_what_the_network_does(name, size):
    network, source = trained(name), np.random.default_rng(1)
    images = source.integers(0, 256, (3, size, size, 3), dtype=np.uint8)
    content = to_onnx(network, size)
    features, last = onnxruntime.InferenceSession(content).run(["head.mean", "map"], {"images": images})
    with torch.no_grad():
        wanted = network.features(network.coloured(torch.from_numpy(images)))
        np.testing.assert_allclose(last, wanted, rtol=1e-3, atol=1e-4)
        np.testing.assert_allclose(features, network.pool(wanted), rtol=1e-3, atol=1e-4)
        logits = features @ network.classifier.weight.numpy().T + network.classifier.bias.numpy()
        np.testing.assert_allclose(logits, network(torch.from_numpy(images)), rtol=1e-3, atol=1e-4)
    np.testing.assert_allclose(Engine(content, ["head.mean"], "fp32").run(images), features, rtol=1e-3, atol=1e-3)


def test_no_batch_norm_is_left_and_the_bytes_are_the_same():
    one, again = to_onnx(trained("residual"), 32), to_onnx(trained("residual"), 32)
    assert not [node for node in onnx.load_from_string(one).graph.node if node.op_type == "BatchNormalization"]
    assert len(one) == len(again)
    assert to_onnx(ScratchNetwork("food11", 2, 5).eval(), 48) == to_onnx(ScratchNetwork("food11", 2, 5).eval(), 48)


def test_a_module_without_a_form():
    network = trained("food11")
    network.features.append(torch.nn.GELU())
    with pytest.raises(TypeError, match="GELU has no ONNX form"):
        to_onnx(network, 48)
