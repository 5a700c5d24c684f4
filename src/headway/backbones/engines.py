"""Every kind of engine behind one interface."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Protocol, TypeVar

from headway.backbones.catalogue import read
from headway.backbones.openvino import Engine
from headway.optional import import_optional

if TYPE_CHECKING:
    from pathlib import Path

    from headway.backbones.info import BackboneInfo
    from headway.session import Session
    from headway.types import Device, FloatArray, Precision, UInt8Array

Tag = TypeVar("Tag")


class FeatureEngine(Protocol):
    """A backbone, ready to turn images into vectors; `headway.backbones.Engine` documents the members."""

    @property
    def outputs(self) -> tuple[str, ...]:
        """The backbone's outputs that are computed."""

    @property
    def widths(self) -> Mapping[str, int]:
        """Length of each, flattened, in this order."""

    @property
    def width(self) -> int:
        """Their sum: the length of an image's vector."""

    @property
    def input_size(self) -> tuple[int, int]:
        """Height and width of an image."""

    @property
    def precision(self) -> Precision:
        """Arithmetic of the network."""

    def run(self, batch: UInt8Array) -> FloatArray:
        """Turn images (n, H, W, 3) into vectors (n, width)."""

    def map(self, batches: Iterable[tuple[Tag, UInt8Array]]) -> Iterator[tuple[Tag, FloatArray]]:
        """Do so with a stream of tagged batches, while the caller prepares the next ones."""


def open_engine(
    info: BackboneInfo,
    outputs: Sequence[str],
    precision: Precision,
    session: Session | None = None,
    *,
    device: Device = "cpu",
    cache: Path | None = None,
) -> FeatureEngine:
    """Make a backbone ready to run.

    Parameters
    ----------
    info : BackboneInfo
        The backbone.
    outputs : sequence of str
        Which of its outputs to compute, each once.
    precision : {"fp32", "bf16"}
        Arithmetic of a network; hand-made descriptors are always computed in fp32.
    session : Session, optional
        Its cache has converted networks; its progress is told when a GPU has too little memory, or cannot
        capture the network.
    device : {"cpu", "cuda"}
        Where a network runs; hand-made descriptors are always computed by the CPU.
    cache : Path, optional
        Where converted networks are, without a session.

    Raises
    ------
    UserError
        When the backbone is not on this machine, or its file is damaged.

    Examples
    --------
    >>> from headway.backbones import find
    >>> open_engine(find("tiny"), ["head.mean"], "fp32").width
    32
    """
    if info.kind == "descriptor":
        from headway.backbones.handmade.engine import DescriptorEngine  # NumPy is not loaded before it is needed

        return DescriptorEngine(info, outputs)
    content = read(info, session.cache if session else cache)
    if device == "cuda":
        import_optional("torch", "torch")
        from headway.backbones.torch.engine import TorchEngine
        from headway.backbones.torch.lanes import Cuda

        return TorchEngine(content, outputs, precision, Cuda(), session.progress if session else None)
    return Engine(content, outputs, precision)
