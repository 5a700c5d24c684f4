"""A GPU that is played on the CPU: PyTorch's names of it stay the same, and what is asked of it is written down."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from unittest import mock

import pytest
import torch
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_flatten

from headway.backbones.torch.lanes import Cuda

_empty, _to, _copy = torch.empty, torch.Tensor.to, torch.Tensor.copy_


class Played:
    """The calls, in order: ``(what, stream or None)``."""

    def __init__(self) -> None:
        self.calls: list[tuple[str, Any]] = []
        self.streams: list[Any] = []  # that are current, the last one most
        self.capture_error: Exception | None = None
        self.free = 8 << 30
        self.peak = 0

    def note(self, what: str) -> None:
        self.calls.append((what, self.streams[-1].name if self.streams else None))

    def counted(self, what: str) -> int:
        return sum(call == what for call, _ in self.calls)


class Stream:
    def __init__(self, played: Played, name: str) -> None:
        self.played, self.name = played, name

    def wait_stream(self, other: Stream) -> None:
        self.played.calls.append((f"{self.name} waits for {other.name}", None))


class Event:
    def __init__(self, played: Played) -> None:
        self.played, self.number = played, played.counted("event made")
        played.calls.append(("event made", None))

    def record(self, stream: Stream) -> None:
        self.played.calls.append((f"event {self.number} recorded", stream.name))

    def synchronize(self) -> None:
        self.played.calls.append((f"event {self.number} waited for", None))


class Recording(TorchDispatchMode):
    """Every operation, with the memory that it read and wrote, so that it can be done again there."""

    def __init__(self) -> None:
        super().__init__()
        self.operations: list[tuple[Any, Any, Any, Any]] = []

    def __torch_dispatch__(self, function: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        result = function(*args, **(kwargs or {}))
        self.operations.append((function, args, kwargs or {}, result))
        return result


class CapturedGraph:
    """As CUDA's: the operations of the capture, in the same memory, on whatever stands in it by then."""

    def __init__(self) -> None:
        self.recording = Recording()

    def replay(self) -> None:
        for function, args, kwargs, results in self.recording.operations:
            again = function(*args, **kwargs)
            for old, new in zip(tree_flatten(results)[0], tree_flatten(again)[0], strict=True):
                if isinstance(old, torch.Tensor) and old.data_ptr() != new.data_ptr():
                    _copy(old, new)


def play(monkeypatch: pytest.MonkeyPatch) -> tuple[Cuda, Played]:
    """Return a lane to a GPU that is the CPU, and what is asked of it; signatures are those of PyTorch."""
    played = Played()
    names = iter(("copies", "work"))

    @contextmanager
    def stream(one: Stream) -> Iterator[None]:
        played.streams.append(one)
        try:
            yield
        finally:
            played.streams.pop()

    @contextmanager
    def graph(captured: CapturedGraph, stream: Stream, capture_error_mode: str) -> Iterator[None]:
        if played.capture_error:
            raise played.capture_error
        played.note("captured")
        with captured.recording:
            yield

    def checked(real: Any, fake: Any) -> Any:
        return mock.create_autospec(real, side_effect=fake)

    cuda = torch.cuda
    replaced = {
        "is_available": lambda: True,
        "current_device": lambda: 0,
        "Stream": checked(cuda.Stream, lambda device: Stream(played, next(names))),
        "stream": checked(cuda.stream, stream),
        "Event": checked(cuda.Event, lambda blocking: Event(played)),
        "CUDAGraph": CapturedGraph,
        "graph": checked(cuda.graph, graph),
        "synchronize": checked(cuda.synchronize, lambda device: played.note("synchronised")),
        "empty_cache": checked(cuda.empty_cache, lambda: played.note("relieved")),
        "reset_peak_memory_stats": checked(cuda.reset_peak_memory_stats, lambda device: None),
        "memory_allocated": checked(cuda.memory_allocated, lambda device: 0),
        "max_memory_allocated": checked(cuda.max_memory_allocated, lambda device: played.peak),
        "mem_get_info": checked(cuda.mem_get_info, lambda device: (played.free, 16 << 30)),
    }
    for name, value in replaced.items():
        monkeypatch.setattr(cuda, name, value)
    lane = Cuda()
    lane.device = torch.device("cpu")

    def pinned(*args: Any, pin_memory: bool = False, **kwargs: Any) -> Any:
        played.note("pinned") if pin_memory else None
        return _empty(*args, **kwargs)

    def sent(tensor: Any, *args: Any, non_blocking: bool = False, **kwargs: Any) -> Any:
        if non_blocking:
            played.note("sent")
            return tensor.clone()
        return _to(tensor, *args, **kwargs)

    def copied(tensor: Any, other: Any, non_blocking: bool = False) -> Any:
        played.note("fetched" if non_blocking else "put in place")
        return _copy(tensor, other)

    monkeypatch.setattr(torch, "empty", pinned)
    monkeypatch.setattr(torch.Tensor, "to", sent)
    monkeypatch.setattr(torch.Tensor, "copy_", copied)
    monkeypatch.setattr(torch.Tensor, "record_stream", lambda tensor, one: played.note(f"kept for {one.name}"))
    return lane, played
