import numpy as np
import pytest
import torch

from headway.heads.network import Adam, Network, Sgd, inner_validation


def _network(random, dtype="float32"):
    return Network([random.standard_normal(shape).astype(dtype) for shape in ((4, 8), (8,), (8, 3), (3,))])


def test_gradients_are_those_of_finite_differences():
    random = np.random.default_rng(0)
    network = _network(random, "float64")
    inputs, labels = random.standard_normal((6, 4)), np.array([0, 1, 2, 0, 1, 2])
    weights = random.uniform(0.5, 2, 6)
    gradients, scores = network.gradients(inputs, labels, weights)
    again = network.scores(inputs, labels)
    np.testing.assert_array_equal(scores.losses, again.losses)
    np.testing.assert_array_equal(scores.right, again.right)
    for parameter, gradient in zip(network.parameters, gradients, strict=True):
        spot = tuple(0 for _ in parameter.shape)
        before = parameter[spot]
        parameter[spot] = before + 1e-5
        up = weights @ network.scores(inputs, labels).losses / 6
        parameter[spot] = before - 1e-5
        down = weights @ network.scores(inputs, labels).losses / 6
        parameter[spot] = before
        assert gradient[spot] == pytest.approx((up - down) / 2e-5, abs=1e-6)


@pytest.mark.parametrize(
    ("optimiser", "peer"),
    [
        (Sgd(0.01), lambda parameters: torch.optim.SGD(parameters, lr=0.01)),
        (Adam(0.001), lambda parameters: torch.optim.Adam(parameters, lr=0.001)),
    ],
)
def test_a_hundred_steps_end_where_pytorch_ends(optimiser, peer):
    random = np.random.default_rng(0)
    network = _network(random)
    inputs, labels = random.standard_normal((32, 4)).astype("float32"), random.integers(0, 3, 32)
    tensors = [torch.tensor(parameter, requires_grad=True) for parameter in network.parameters]
    theirs = peer(tensors)
    for _ in range(100):
        first, bias, second, last_bias = tensors
        hidden = torch.relu(torch.tensor(inputs) @ first + bias)
        loss = torch.nn.functional.cross_entropy(hidden @ second + last_bias, torch.tensor(labels))
        theirs.zero_grad()
        loss.backward()
        theirs.step()
        gradients, _ = network.gradients(inputs, labels, np.ones(32, "float32"))
        optimiser.step(network.parameters, gradients)
    for parameter, tensor in zip(network.parameters, tensors, strict=True):
        np.testing.assert_allclose(parameter, tensor.detach().numpy(), atol=1e-4)


def test_inner_validation_takes_a_tenth_of_each_class_and_no_class_whole():
    labels = np.array([0] * 100 + [1] * 20 + [2])
    held = labels[inner_validation(labels)]
    assert np.bincount(held, minlength=3).tolist() == [10, 2, 0]
