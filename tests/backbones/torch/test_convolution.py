from __future__ import annotations

import pytest
import torch
from torch.nn import functional

from headway.backbones.torch import convolution
from headway.backbones.torch.convolution import Window, product

ONE = (1, 1)
WINDOWS = [
    # (channels, filters, height, width, kernel, window)
    (6, 10, 5, 4, (1, 1), Window(ONE, ONE, (0, 0, 0, 0), 1)),
    (6, 6, 7, 6, (5, 5), Window(ONE, ONE, (2, 2, 2, 2), 6)),
    (6, 6, 8, 8, (3, 3), Window((2, 2), ONE, (0, 0, 1, 1), 6)),
    (6, 6, 9, 7, (3, 5), Window((1, 2), (2, 1), (2, 1, 0, 3), 6)),
]


def case(channels: int, filters: int, height: int, width: int, kernel: tuple[int, int], window: Window):
    generator = torch.Generator().manual_seed(0)
    values = torch.randn(3, channels, height, width, generator=generator).requires_grad_()
    weight = torch.randn(filters, channels // window.groups, *kernel, generator=generator).requires_grad_()
    return values, weight


def by_torch(values, weight, window: Window):
    top, left, bottom, right = window.pads
    padded = functional.pad(values, (left, right, top, bottom))
    return functional.conv2d(padded, weight, None, window.strides, 0, window.dilations, window.groups)


@pytest.mark.parametrize("most_pairs", [convolution.MOST_PAIRS, 0], ids=["products", "large maps"])
@pytest.mark.parametrize("number", range(len(WINDOWS)))
def test_products_and_their_gradients_are_those_of_a_convolution(
    number: int, most_pairs: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(convolution, "MOST_PAIRS", most_pairs)
    *shape, window = WINDOWS[number]
    values, weight = case(*shape, window)
    expected = by_torch(values, weight, window)
    slope = torch.randn(expected.shape, generator=torch.Generator().manual_seed(1))
    wanted = torch.autograd.grad(expected, (values, weight), slope)
    with torch.autocast("cpu", torch.bfloat16):
        made = product(values, weight, window)
    assert made is not None and made.dtype == torch.bfloat16
    torch.testing.assert_close(made.float(), expected, rtol=0.05, atol=0.1)
    found = torch.autograd.grad(made, (values, weight), slope.bfloat16())
    for one, other in zip(found, wanted, strict=True):
        assert torch.cosine_similarity(one.flatten(), other.flatten(), 0) > 0.999


def test_only_in_training_in_bfloat16_and_where_it_is_faster() -> None:
    *shape, window = WINDOWS[0]
    values, weight = case(*shape, window)
    assert product(values, weight, window) is None  # float32
    with torch.autocast("cpu", torch.bfloat16):
        with torch.no_grad():
            assert product(values, weight, window) is None
        assert product(values, torch.randn(8, 6, 3, 3), window) is None  # neither pointwise nor depthwise
        assert product(torch.randn(2, 6, 4), torch.randn(8, 6, 1), window) is None
