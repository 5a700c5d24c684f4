"""The network that is fine-tuned: the trained part of a backbone, and a head on its outputs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np
import torch
from torch import nn

from headway.backbones.torch.graph import Graph
from headway.heads import DenseHead
from headway.heads.dense import fold_in
from headway.stopping import safe_point
from headway.training.cuts import EMBEDDING, Cut, fixed_outputs
from headway.training.device import to_device, with_channels_last

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from headway.training.plan import Examples
    from headway.types import FloatArray, IntArray

_BATCH = 32
_MIN_SCALE = 0.01  # of the median one, so that a silent feature is not blown up


class Tail(nn.Module):  # type: ignore[misc]
    """A backbone from a cut on, up to the ``outputs`` that a head reads, side by side.

    An example is what lies at the cut, float (…), or, where some outputs come from before it, these numbers in one row
    with those of the outputs after them (`Cut.size` and their ``dims``): what the frozen part gives, all in one piece.
    """

    def __init__(self, network: bytes, cut: Cut, outputs: Sequence[str], dims: Mapping[str, int]) -> None:
        super().__init__()
        self.outputs, self.cut = tuple(outputs), cut
        self.fixed = fixed_outputs(network, cut, outputs)
        self._widths = [dims[name] for name in self.fixed]
        self.backbone = Graph(network, cut.tensor, [name for name in outputs if name not in self.fixed])

    def features(self, inputs: torch.Tensor) -> torch.Tensor:
        """Return what the head reads, float32 (b, d)."""
        values: dict[str, torch.Tensor] = {}
        if self.fixed:
            at_cut, *fixed = inputs.split([self.cut.size, *self._widths], dim=1)
            inputs = with_channels_last(at_cut.reshape(-1, *self.cut.shape))
            values = dict(zip(self.fixed, fixed, strict=True))
        values |= zip(self.backbone.outputs, self.backbone(inputs), strict=True)
        return torch.cat([values[name].float() for name in self.outputs], dim=1)


class TrainableNetwork(Tail):
    """The tail of a backbone, and a head, which begins as the fitted one on its outputs.

    The head reads standardised features, as the probe did when it was fitted: in raw units the same step would be large
    for one feature and small for another. Means and standard deviations are those of ``features``, float32 (n, d);
    without them the head reads raw features, as published programs do.
    """

    def __init__(
        self,
        network: bytes,
        cut: Cut,
        head: DenseHead,
        features: FloatArray | None,
        outputs: Sequence[str] = (EMBEDDING,),
        dims: Mapping[str, int] | None = None,
    ) -> None:
        super().__init__(network, cut, outputs, dims or {})
        mean, scale = _units(features, head.n_features)
        self.register_buffer("mean", torch.from_numpy(mean.astype(np.float32)))
        self.register_buffer("scale", torch.from_numpy(scale.astype(np.float32)))
        self.layers = nn.ModuleList()
        for number, (weight, bias) in enumerate(zip(head.weights, head.biases, strict=True)):
            layer = nn.Linear(*weight.shape)
            if not number:
                bias = (bias + mean @ weight).astype(np.float32)
                weight = (weight * scale[:, None]).astype(np.float32)
            layer.weight.data = torch.from_numpy(np.ascontiguousarray(weight.T))
            layer.bias.data = torch.from_numpy(bias.copy())
            self.layers.append(layer)

    def forward(self, inputs: torch.Tensor) -> torch.Tensor:
        """Return the logits (b, k)."""
        features = self.features(inputs)
        with torch.autocast(features.device.type, enabled=False):
            values = (features - self.mean) / self.scale
            for number, layer in enumerate(self.layers):
                values = layer(values.relu() if number else values)
        return values

    def head(self) -> DenseHead:
        """Return the head as it is now, on raw features."""
        layers = [(layer.weight.detach().numpy().T, layer.bias.detach().numpy()) for layer in self.layers]
        moments = self.mean.double().numpy(), self.scale.double().numpy()
        return fold_in("finetuned", layers, moments)

    def rate_multipliers(self, decay: float) -> dict[str, float]:
        """Return each backbone parameter's multiplier of the learning rate, from ``decay`` in the first layer to 1."""
        return {f"backbone.{name}": decay ** (1 - depth) for name, depth in self.backbone.depths().items()}


def _units(features: FloatArray | None, width: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the mean and the standard deviation of each feature; without features, what leaves all as it is."""
    if features is None:
        return np.zeros(width), np.ones(width)
    scale = features.std(axis=0, dtype=np.float64)
    scale = np.maximum(scale, max(_MIN_SCALE * float(np.median(scale)), 1e-6))
    return features.mean(axis=0, dtype=np.float64), scale


def compute_features(tail: Tail, examples: Examples, rows: IntArray) -> FloatArray:
    """Compute what the head reads of some examples, float32 (len(rows), d)."""
    tail.eval()
    parts = []
    with torch.no_grad():
        for batch in np.array_split(rows, max(1, len(rows) // _BATCH)):
            safe_point()
            inputs, _ = examples.batch(batch, None)
            parts.append(tail.features(to_device(inputs, "cpu")).numpy())
    features: FloatArray = np.concatenate(parts)
    return features
