"""Whatever turns pictures into vectors, opened in one way."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Protocol, TypeVar

from headway.backbones.catalogue import read
from headway.backbones.openvino import Engine
from headway.optional import import_optional

if TYPE_CHECKING:
    from headway.backbones.info import BackboneInfo
    from headway.types import Device, FloatArray, Precision, Progress, UInt8Array

Tag = TypeVar("Tag")


class FeatureEngine(Protocol):
    """A backbone, ready to turn pictures into vectors; see `headway.backbones.Engine`, which is one."""

    @property
    def outputs(self) -> tuple[str, ...]:
        """The backbone's outputs that are computed."""

    @property
    def widths(self) -> Mapping[str, int]:
        """Length of each, flattened, in this order."""

    @property
    def width(self) -> int:
        """Their sum: the length of a picture's vector."""

    @property
    def input_size(self) -> tuple[int, int]:
        """Height and width of a picture."""

    @property
    def precision(self) -> Precision:
        """What is computed in."""

    def run(self, batch: UInt8Array) -> FloatArray:
        """Turn pictures (n, H, W, 3) into vectors (n, width)."""

    def map(self, batches: Iterable[tuple[Tag, UInt8Array]]) -> Iterator[tuple[Tag, FloatArray]]:
        """Do so with a stream of tagged batches, while the caller prepares the next ones."""


def open_engine(
    info: BackboneInfo,
    outputs: Sequence[str],
    precision: Precision,
    *,
    device: Device = "cpu",
    cache: str | Path | None = None,
    progress: Progress | None = None,
) -> FeatureEngine:
    """Make a backbone ready to run.

    Parameters
    ----------
    info : BackboneInfo
        Which one.
    outputs : sequence of str
        Which of its outputs to compute, each once.
    precision : {"fp32", "bf16"}
        What a network computes in; hand-made descriptors are always computed in fp32.
    device : {"cpu", "cuda"}
        Where a network runs; hand-made descriptors are always computed by the CPU.
    cache : Path, optional
        Headway's cache folder, if it is not the usual one.
    progress : Progress, optional
        Told when a GPU has too little memory.

    Returns
    -------
    FeatureEngine

    Raises
    ------
    UserError
        When it is not on this machine, cannot be read, or holds something else; says what to do.

    Examples
    --------
    >>> from headway.backbones import find
    >>> open_engine(find("tiny"), ["head.mean"], "fp32").width
    32
    """
    if info.kind == "descriptor":
        from headway.backbones.handmade.engine import DescriptorEngine  # NumPy is not loaded before it is needed

        return DescriptorEngine(info, outputs)
    if device == "cuda":
        import_optional("torch", "torch")
        from headway.backbones.torch.engine import TorchEngine

        return TorchEngine(read(info, cache), outputs, precision, progress=progress)
    return Engine(read(info, cache), outputs, precision)
