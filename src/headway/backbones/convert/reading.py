"""What is read from a PyTorch network: maps at several depths, the last map, the embedding.

Networks of timm say themselves what their stages are; any other one is watched while it looks at a picture
(:mod:`headway.backbones.convert.watching`).

A map is (N, C, h, w). What a transformer gives, (N, tokens, C), becomes one as well: the tokens of the picture's
patches in their places; those in front of them, for the class and the like, are left out.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from headway.backbones.convert.watching import Parts, as_map, watched
from headway.backbones.info import STD_EPSILON
from headway.errors import UserError
from headway.optional import import_optional

MOST_STAGES = 5  # further ones are close to their neighbours
STAGES_OF_EQUALS = 4  # of a transformer, whose blocks are all of one size

Tensor = Any  # torch's classes have no types here
Read = Callable[[Tensor], dict[str, Tensor]]


def outputs_of(module: Any, size: int) -> Read:
    """Find out how features are read from a network.

    Parameters
    ----------
    module : torch.nn.Module
        In evaluation mode. Takes float32 (N, 3, size, size).
    size : int
        Height and width of its pictures, in pixels.

    Returns
    -------
    callable
        From a batch of pictures to ``blockI.mean``, ``blockI.std``, ``head.mean``, ``head.std``, ``map`` and ``flat``
        as :mod:`headway.backbones.info` describes them. A network that has no last map lacks those that depend on it.

    Raises
    ------
    UserError
        When it gives neither a map nor an embedding.
    """
    torch = import_optional("torch", "torch")
    probe = torch.linspace(-1, 1, 3 * size * size).reshape(1, 3, size, size)
    with torch.no_grad():
        parts = (_timm(module, probe) if hasattr(module, "forward_intermediates") else None) or watched(module, probe)
        stages, last, embedding = parts(probe)
        if embedding is None and last is None:
            raise UserError("a backbone must give a map (N, C, h, w) or an embedding (N, d), this network does not")
        # What repeats the last map is no depth of its own; an embedding that is the mean of it has a deviation, too.
        chosen = _chosen([tuple(stage.shape) for stage in stages])
        if last is not None and chosen and _same(stages[chosen[-1]], last):
            chosen = chosen[:-1]
        own = embedding is not None and not (last is not None and _same(embedding, last.mean((2, 3))))
    chosen = chosen[-MOST_STAGES:]

    def read(x: Tensor) -> dict[str, Tensor]:
        stages, last, embedding = parts(x)
        outputs: dict[str, Tensor] = {}
        for number, index in enumerate(chosen, start=1):
            outputs[f"block{number}.mean"], outputs[f"block{number}.std"] = _pooled(stages[index])
        if own:
            outputs["head.mean"] = embedding
        else:
            outputs["head.mean"], outputs["head.std"] = _pooled(last)
        if last is not None:
            outputs["map"], outputs["flat"] = last, last.flatten(1)
        return outputs

    return read


def _timm(module: Any, probe: Tensor) -> Parts | None:
    """Read a network that gives its stages itself; None where it gives several last features, as CrossViT does."""
    if isinstance(module.forward_intermediates(probe)[0], list | tuple):
        return None
    channels_last = getattr(module, "output_fmt", "NCHW") == "NHWC"
    prefix = getattr(module, "num_prefix_tokens", None)

    def parts(x: Tensor) -> tuple[list[Tensor], Tensor | None, Tensor | None]:
        last, stages = module.forward_intermediates(x)
        # What a classifier of several layers makes of a map is no longer the map's: of maps, the mean is taken.
        embedding = module.forward_head(last, pre_logits=True) if last.ndim == 3 else None
        return list(stages), as_map(last, channels_last=channels_last, prefix=prefix), embedding

    return parts


def _chosen(shapes: Sequence[tuple[int, ...]]) -> list[int]:
    """Choose stages: all of a pyramid; of a row of equal blocks a few, evenly."""
    if len(set(shapes)) == 1 and len(shapes) > STAGES_OF_EQUALS:
        step = len(shapes) / STAGES_OF_EQUALS
        return [round(step * (number + 1)) - 1 for number in range(STAGES_OF_EQUALS)]
    return list(range(len(shapes)))


def _same(a: Tensor, b: Tensor) -> bool:
    torch = import_optional("torch", "torch")
    return a.shape == b.shape and bool(torch.allclose(a, b, rtol=1e-4, atol=1e-6))


def _pooled(x: Tensor) -> tuple[Tensor, Tensor]:
    """Return mean and standard deviation over the places of a map (N, C, h, w)."""
    # In two passes: the mean of the squares less the square of the mean loses everything in bfloat16.
    off = x - x.mean((2, 3), keepdim=True)
    return x.mean((2, 3)), ((off * off).mean((2, 3)) + STD_EPSILON).sqrt()
