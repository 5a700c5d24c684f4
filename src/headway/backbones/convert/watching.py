"""A PyTorch network of which nothing is known, watched while it looks at a picture."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from headway.optional import import_optional

Tensor = Any  # torch's classes have no types here
Call = tuple[str, int]  # a module's name, and how many calls of it there were before
Parts = Callable[[Tensor], tuple[list[Tensor], Tensor | None, Tensor | None]]


@dataclass
class _Seen:
    """What the modules of a network took and gave."""

    shapes: dict[Call, tuple[int, ...]] = field(default_factory=dict)  # in the order of the calls
    given: dict[Call, Tensor] = field(default_factory=dict)  # of the calls that were asked for
    linear: tuple[Tensor, Tensor] | None = None  # what the last linear layer took and gave


@contextmanager
def _watching(module: Any, wanted: Sequence[Call] = (), picture: Any = None) -> Iterator[_Seen]:
    """Watch a network; what has the shape of the ``picture`` is none of its maps."""
    torch = import_optional("torch", "torch")
    seen = _Seen()
    calls: defaultdict[str, int] = defaultdict(int)

    def hook(name: str) -> Callable[[Any, Any, Any], None]:
        def see(submodule: Any, taken: Any, given: Any) -> None:
            if not isinstance(given, torch.Tensor) or isinstance(submodule, torch.nn.AdaptiveAvgPool2d):
                return
            call = name, calls[name]
            calls[name] += 1
            if given.shape != picture:
                seen.shapes[call] = tuple(given.shape)
            if call in wanted:
                seen.given[call] = given
            if isinstance(submodule, torch.nn.Linear):
                seen.linear = taken[0], given

        return see

    hooks = [part.register_forward_hook(hook(name)) for name, part in module.named_modules() if name]
    try:
        yield seen
    finally:
        for each in hooks:
            each.remove()


def watched(module: Any, probe: Tensor) -> Parts:
    """Find out how the stages, the last map and the embedding of a network are read.

    A stage is what the last and outermost module gives that gives a map of one size; of a transformer, what each of its
    equal blocks gives. The embedding is what the network gives, or, where that is the output of a linear layer, what
    this one reads.

    Parameters
    ----------
    module : torch.nn.Module
        In evaluation mode.
    probe : torch.Tensor, shape (1, 3, size, size)
        Something that it takes.

    Returns
    -------
    callable
        From a batch of pictures to the stages, list of (N, C, h, w), the last map (N, C, h, w) or None, and the
        embedding (N, d) or None. None stands for the mean of the last map, too.
    """
    torch = import_optional("torch", "torch")
    with _watching(module, picture=probe.shape) as seen:
        result = module(probe)
    tokens = _blocks_of_tokens(module, seen.shapes)
    calls = tokens or _maps(seen.shapes)
    gives_vectors = isinstance(result, torch.Tensor) and result.ndim == 2
    classifies = (
        gives_vectors
        and seen.linear is not None
        and seen.linear[1].shape == result.shape
        and bool((seen.linear[1] == result).all())
    )
    channels = as_map_shape(seen.shapes[calls[-1]]) if calls and not tokens else 0
    # What a classifier of several layers makes of a map is no longer the map's.
    pools = not gives_vectors or (classifies and channels and seen.linear[0].shape[1] != channels)  # type: ignore[index]

    def parts(x: Tensor) -> tuple[list[Tensor], Tensor | None, Tensor | None]:
        with _watching(module, calls) as seen:
            result = module(x)
        maps = [as_map(seen.given[call]) for call in calls]
        embedding = None
        if not pools:
            embedding = seen.linear[0] if classifies and seen.linear is not None else result
        return [each for each in maps if each is not None], maps[-1] if maps else None, embedding

    return parts


def _maps(shapes: Mapping[Call, tuple[int, ...]]) -> list[Call]:
    """Return, for each size of maps, the last call of the outermost modules that give one."""
    chosen: dict[int, Call] = {}
    for call, shape in shapes.items():
        side = _side(shape)
        if side and (side not in chosen or _depth(call) <= _depth(chosen[side])):
            chosen[side] = call
    return [chosen[side] for side in sorted(chosen, reverse=True)]


def _blocks_of_tokens(module: Any, shapes: Mapping[Call, tuple[int, ...]]) -> list[Call]:
    """Return the calls of a transformer's blocks, and last of what comes after them; none of another network's."""
    torch = import_optional("torch", "torch")
    rows = [
        [(f"{name}.{child}", 0) for child, _ in part.named_children()]
        for name, part in module.named_modules()
        if isinstance(part, torch.nn.Sequential | torch.nn.ModuleList)
    ]
    rows = [row for row in rows if len({shapes.get(call) for call in row}) == 1 and len(shapes.get(row[0], ())) == 3]
    if not rows:
        return []
    blocks = max(rows, key=len)
    after = [call for call, shape in shapes.items() if shape == shapes[blocks[0]]]
    last = min(reversed(after), key=_depth)
    return [*blocks, last]


def _depth(call: Call) -> int:
    return call[0].count(".")


def _side(shape: tuple[int, ...]) -> int:
    """Return the height of a square map, 0 for anything else."""
    if len(shape) != 4:
        return 0
    _, a, b, c = shape
    return b if b == c > 1 else a if a == b > 1 else 0


def as_map_shape(shape: tuple[int, ...]) -> int:
    """Return the number of channels of a square map."""
    return shape[1] if shape[2] == shape[3] else shape[3]


def as_map(x: Tensor, *, channels_last: bool | None = None, prefix: int | None = None) -> Tensor | None:
    """Return what a layer gives as a map (N, C, h, w), or None where it is none.

    Parameters
    ----------
    x : torch.Tensor
        A map, or tokens (N, prefix + side * side, C).
    channels_last : bool, optional
        Whether a map is (N, h, w, C); by default that is guessed from its sides.
    prefix : int, optional
        How many tokens stand for no place; by default those left over from the largest square.
    """
    if x.ndim == 4:
        if channels_last is None:
            channels_last = x.shape[2] != x.shape[3]
        return x.permute(0, 3, 1, 2) if channels_last else x
    if x.ndim != 3:
        return None
    count = x.shape[1]
    side = math.isqrt(count - (prefix or 0))
    first = count - side * side
    if side < 2 or (prefix is not None and first != prefix):
        return None
    return x[:, first:].transpose(1, 2).unflatten(2, (side, side))
