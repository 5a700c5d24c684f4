import pytest
import torch

from headway.errors import UnknownNameError, UserError
from headway.training.architectures import ARCHITECTURES, ScratchNetwork, check_size


def count(network):
    return sum(parameter.numel() for parameter in network.parameters() if parameter.requires_grad)


def test_food11_is_the_published_network():
    """Conv 32-64-64-128 (3×3), dense 64, softmax 11: 139,147 parameters (shared/EXPERIMENTS.md, experiment 2)."""
    network = ScratchNetwork("food11", 11)
    assert count(network) == 139_147
    convolutions = [module for module in network.features if isinstance(module, torch.nn.Conv2d)]
    assert [(c.out_channels, c.kernel_size) for c in convolutions] == [(w, (3, 3)) for w in (32, 64, 64, 128)]
    assert sum(isinstance(module, torch.nn.MaxPool2d) for module in network.features) == 4
    assert network.architecture.image_size == 224
    sides, maps = [], torch.zeros(1, 3, 224, 224)
    for layer in network.features:
        maps = layer(maps)
        if not isinstance(layer, torch.nn.ReLU):
            sides.append(maps.shape[2])
    assert sides == [222, 111, 109, 54, 52, 26, 24, 12], "as its summary prints them"


def test_food11_reads_blue_green_red_less_their_means():
    red = torch.zeros(1, 46, 46, 3, dtype=torch.uint8)
    red[..., 0] = 255
    read = ScratchNetwork("food11", 2).coloured(red)
    assert read[0, :, 0, 0].tolist() == pytest.approx([-103.939, -116.779, 255 - 123.68], abs=1e-4)


def test_residual_is_small():
    assert count(ScratchNetwork("residual", 1000)) - 193 * 1000 < 1_000_000


@pytest.mark.parametrize("name", ARCHITECTURES)
class TestEach:
    @pytest.mark.parametrize("size", ["smallest", 61])
    def test_logits_for_any_size_from_the_smallest_on(self, name, size):
        network = ScratchNetwork(name, 5).eval()
        size = network.architecture.smallest if size == "smallest" else size
        images = torch.randint(0, 256, (3, size, size, 3), dtype=torch.uint8)
        logits = network(images)
        assert logits.shape == (3, 5) and torch.isfinite(logits).all()
        # Every picture is read by itself, and channels last.
        assert torch.allclose(network(images[1:2]), logits[1:2], rtol=1e-4, atol=1e-4)

    def test_the_seed_alone_decides(self, name):
        state = torch.get_rng_state()
        one, again, other = (ScratchNetwork(name, 3, seed).state_dict() for seed in (1, 1, 2))
        assert torch.equal(torch.get_rng_state(), state)
        assert all(torch.equal(one[key], again[key]) for key in one)
        assert not torch.equal(one["features.0.weight"], other["features.0.weight"])

    def test_too_small_pictures(self, name):
        least = ARCHITECTURES[name].smallest
        check_size(name, least)
        with pytest.raises(UserError, match=f"{name} needs pictures of at least {least} × {least}"):
            check_size(name, least - 1)


def test_the_first_outputs_neither_vanish_nor_explode():
    images = torch.randint(0, 256, (8, 64, 64, 3), dtype=torch.uint8)
    for name in ARCHITECTURES:
        assert 0.001 < ScratchNetwork(name, 4)(images).std() < 50


def test_unknown():
    with pytest.raises(
        UnknownNameError, match="no network to train from scratch is called 'food10': did you mean food11"
    ):
        ScratchNetwork("food10", 2)
