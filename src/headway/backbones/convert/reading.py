"""The outputs of a backbone, read from a PyTorch network: maps at several depths, the last map, the embedding.

Networks of timm declare their stages; those of any other network are found by tracing a forward pass
(:mod:`headway.backbones.convert.tracing`).

A map is (N, C, h, w). The tokens of a transformer, (N, tokens, C), become one as well: those of the image's patches in
their places, without those in front of them, for the class and the like.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from headway.backbones.convert.tracing import Parts, as_map, trace_parts
from headway.backbones.info import STD_EPSILON
from headway.errors import UserError
from headway.optional import import_optional

MOST_STAGES = 5  # further ones are close to their neighbours
STAGES_OF_EQUALS = 4  # of a transformer, whose blocks are all of one size

Tensor = Any  # torch's classes have no types here
Read = Callable[[Tensor], dict[str, Tensor]]


def outputs_of(module: Any, size: int) -> Read:
    """Find how to read features from a network that takes float32 (N, 3, size, size), in evaluation mode.

    The result takes a batch of images, and returns the outputs that :mod:`headway.backbones.info` describes, but for
    ``logits``. Raises UserError when the network computes neither a map nor an embedding.
    """
    torch = import_optional("torch", "torch")
    probe = torch.linspace(-1, 1, 3 * size * size).reshape(1, 3, size, size)
    with torch.no_grad():
        parts = (_timm(module, probe) if hasattr(module, "forward_intermediates") else None) or trace_parts(
            module, probe
        )
        stages, last, embedding = parts(probe)
        if embedding is None and last is None:
            raise UserError("a backbone must compute a map (N, C, h, w) or an embedding (N, d), this network does not")
        # A stage equal to the last map is not another depth; an embedding that is the mean of it has a deviation, too.
        chosen = _choose([tuple(stage.shape) for stage in stages])
        if last is not None and chosen and _equal(stages[chosen[-1]], last):
            chosen = chosen[:-1]
        own = embedding is not None and not (last is not None and _equal(embedding, last.mean((2, 3))))
    chosen = chosen[-MOST_STAGES:]

    def read(x: Tensor) -> dict[str, Tensor]:
        stages, last, embedding = parts(x)
        outputs: dict[str, Tensor] = {}
        for number, index in enumerate(chosen, start=1):
            outputs[f"block{number}.mean"], outputs[f"block{number}.std"] = _pool(stages[index])
        if own:
            outputs["head.mean"] = embedding
        else:
            outputs["head.mean"], outputs["head.std"] = _pool(last)
        if last is not None:
            outputs["map"], outputs["flat"] = last, last.flatten(1)
        return outputs

    return read


def _timm(module: Any, probe: Tensor) -> Parts | None:
    """Read a network that declares its stages; None where it has several last features, as CrossViT does."""
    if isinstance(module.forward_intermediates(probe)[0], list | tuple):
        return None
    channels_last = getattr(module, "output_fmt", "NCHW") == "NHWC"
    prefix = getattr(module, "num_prefix_tokens", None)

    def parts(x: Tensor) -> tuple[list[Tensor], Tensor | None, Tensor | None]:
        last, stages = module.forward_intermediates(x)
        # Behind a classifier of several layers, features are no longer the map's: of maps, the mean is taken.
        embedding = module.forward_head(last, pre_logits=True) if last.ndim == 3 else None
        return list(stages), as_map(last, channels_last=channels_last, prefix=prefix), embedding

    return parts


def _choose(shapes: Sequence[tuple[int, ...]]) -> list[int]:
    """Choose stages: all of a pyramid; of a row of equal blocks a few, evenly."""
    if len(set(shapes)) == 1 and len(shapes) > STAGES_OF_EQUALS:
        step = len(shapes) / STAGES_OF_EQUALS
        return [round(step * (number + 1)) - 1 for number in range(STAGES_OF_EQUALS)]
    return list(range(len(shapes)))


def _equal(a: Tensor, b: Tensor) -> bool:
    torch = import_optional("torch", "torch")
    return a.shape == b.shape and bool(torch.allclose(a, b, rtol=1e-4, atol=1e-6))


def _pool(x: Tensor) -> tuple[Tensor, Tensor]:
    """Return mean and standard deviation over the positions of a map (N, C, h, w)."""
    # In two passes: the mean of the squares less the square of the mean loses everything in bfloat16.
    off = x - x.mean((2, 3), keepdim=True)
    return x.mean((2, 3)), ((off * off).mean((2, 3)) + STD_EPSILON).sqrt()
