"""Small PyTorch networks for tests of the conversion."""

from __future__ import annotations

from typing import Any

import torch
from torch import nn


def seeded(make: Any, *args: Any, **kwargs: Any) -> Any:
    """Build a network with the same random weights every time, and statistics that do something."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(3)
        module = make(*args, **kwargs)
        for name, tensor in module.state_dict().items():
            if name.endswith("running_var"):
                tensor.uniform_(0.5, 2)
            elif name.endswith("running_mean"):
                tensor.uniform_(-1, 1)
    return module.eval()


class Pyramid(nn.Module):
    """A convolutional network: three sizes of maps, batch normalisation before and after, a classifier."""

    def __init__(self, hidden: int = 0) -> None:
        super().__init__()
        self.stem = nn.Sequential(nn.Conv2d(3, 8, 3, 2, 1, bias=False), nn.BatchNorm2d(8), nn.ReLU(inplace=True))
        self.deep = nn.Sequential(nn.BatchNorm2d(8), nn.ReLU(), nn.Conv2d(8, 12, 3, 2, 1), nn.Hardswish())
        self.last = nn.Sequential(nn.MaxPool2d(2), nn.Conv2d(12, 16, 1), nn.SiLU())
        self.pool = nn.AdaptiveAvgPool2d(1)
        self.fc = (
            nn.Linear(16, 5) if not hidden else nn.Sequential(nn.Linear(16, hidden), nn.ReLU(), nn.Linear(hidden, 5))
        )

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.fc(self.pool(self.last(self.deep(self.stem(x)))).flatten(1))


class Block(nn.Module):
    """A block of a transformer, written in ways that exporters make much of."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.norm = nn.LayerNorm(width)
        self.qkv = nn.Linear(width, 3 * width)
        self.out = nn.Linear(width, width, bias=False)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        n, tokens, width = x.shape
        q, k, v = self.qkv(self.norm(x)).reshape(n, tokens, 3, 2, width // 2).permute(2, 0, 3, 1, 4).unbind(0)
        mixed = nn.functional.scaled_dot_product_attention(q, k, v)
        first, second = mixed.transpose(1, 2).reshape(n, tokens, width).chunk(2, dim=-1)
        return x + nn.functional.gelu(self.out(torch.cat([second, -first], dim=-1)))


class Transformer(nn.Module):
    """A vision transformer with a class token."""

    def __init__(self, width: int = 16, depth: int = 3, classes: int = 4) -> None:
        super().__init__()
        self.patches = nn.Conv2d(3, width, 8, 8)
        self.token = nn.Parameter(torch.randn(1, 1, width))
        self.blocks = nn.Sequential(*(Block(width) for _ in range(depth)))
        self.norm = nn.LayerNorm(width)
        self.head = nn.Linear(width, classes) if classes else nn.Identity()

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = self.patches(x).flatten(2).transpose(1, 2)
        x = torch.cat([self.token.expand(x.shape[0], -1, -1), x], dim=1)
        return self.head(self.norm(self.blocks(x))[:, 0])
