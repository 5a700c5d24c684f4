"""The network that is fine-tuned: the trained part of a backbone with a head on its embedding."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import torch
from torch import nn

from headway.backbones.torch.graph import Graph
from headway.heads import DenseHead
from headway.heads.dense import fold_in
from headway.training.cuts import EMBEDDING

if TYPE_CHECKING:
    from headway.training.plan import Examples
    from headway.types import FloatArray, IntArray

_AT_ONCE = 32
_LEAST_SIZE = 1e-3  # of weights, where they are all but zero
_VECTORS = 0.1
_LEAST_SCALE = 0.01  # of the median one, so that a silent feature is not blown up


class Tunable(nn.Module):  # type: ignore[misc]
    """A backbone from some tensor on, and a head.

    The head reads standardised features, as the probe did when it was fitted: in raw units the same step would be large
    for one feature and small for another.

    Parameters
    ----------
    network : bytes
        The backbone, an ONNX file.
    start : str
        The tensor that is given.
    head : DenseHead
        The fitted probe on ``head.mean``, where training starts.
    features : float32 array (n, d)
        Values of ``head.mean`` to take the standardisation from.
    """

    def __init__(self, network: bytes, start: str, head: DenseHead, features: FloatArray) -> None:
        super().__init__()
        self.backbone = Graph(network, start, [EMBEDDING])
        mean = features.mean(axis=0, dtype=np.float64)
        scale = features.std(axis=0, dtype=np.float64)
        scale = np.maximum(scale, max(_LEAST_SCALE * float(np.median(scale)), 1e-6))
        self.register_buffer("mean", torch.from_numpy(mean.astype(np.float32)))
        self.register_buffer("scale", torch.from_numpy(scale.astype(np.float32)))
        self.layers = nn.ModuleList()
        for number, (weight, bias) in enumerate(zip(head.weights, head.biases, strict=True)):
            layer = nn.Linear(*weight.shape)
            if not number:
                weight, bias = weight * scale[:, None], bias + mean @ weight
            layer.weight.data = torch.from_numpy(np.ascontiguousarray(weight.T, np.float32))
            layer.bias.data = torch.from_numpy(np.asarray(bias, np.float32))
            self.layers.append(layer)

    def forward(self, inputs: torch.Tensor) -> torch.Tensor:
        """Return the logits (b, k)."""
        (features,) = self.backbone(inputs)
        with torch.autocast(features.device.type, enabled=False):
            values = (features.float() - self.mean) / self.scale
            for number, layer in enumerate(self.layers):
                values = layer(values.relu() if number else values)
        return values

    def head(self) -> DenseHead:
        """Return the head as it is now, on raw features."""
        layers = [(layer.weight.detach().numpy().T, layer.bias.detach().numpy()) for layer in self.layers]
        moments = self.mean.double().numpy(), self.scale.double().numpy()
        return fold_in("finetuned", layers, moments)

    def rates(self, decay: float) -> dict[str, float]:
        """Return each parameter's multiple of the learning rate.

        That of a matrix is the root mean square of its numbers, so that steps are relative: batch norms are folded into
        the convolutions, the weights of one layer may be forty times those of another, and a step that hardly moves the
        one breaks the other (Shazeer and Stern, Adafactor, ICML 2018, section 8). Biases shift activations, which are
        about as large in all layers, whatever they are themselves.

        Parameters
        ----------
        decay : float
            Multiple of that for the first layer that is trained; 1 for the last, geometrically in between.
        """
        depths = {f"backbone.{name}": depth for name, depth in self.backbone.depths().items()}
        rates = {}
        for name, parameter in self.named_parameters():
            size = float(parameter.detach().square().mean().sqrt()) if parameter.ndim > 1 else _VECTORS
            rates[name] = max(size, _LEAST_SIZE) * decay ** (1 - depths.get(name, 1.0))
        return rates


def embedding(network: bytes, start: str, examples: Examples, rows: IntArray) -> FloatArray:
    """Compute ``head.mean`` of some examples before training, float32 (len(rows), d)."""
    graph = Graph(network, start, [EMBEDDING]).eval()
    parts = []
    with torch.no_grad():
        for batch in np.array_split(rows, max(1, len(rows) // _AT_ONCE)):
            inputs, _ = examples.batch(batch, None)
            (features,) = graph(inputs.float() if inputs.dtype == torch.float16 else inputs)
            parts.append(features.numpy())
    made: FloatArray = np.concatenate(parts)
    return made
