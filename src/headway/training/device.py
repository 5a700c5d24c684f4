"""Where PyTorch computes, and in what: threads, arithmetic, memory."""

from __future__ import annotations

import functools
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from typing import TYPE_CHECKING, Any, Literal

import torch

from headway.backbones.openvino import best_precision
from headway.errors import UserError

if TYPE_CHECKING:
    from torch import Tensor

TOO_LITTLE_MEMORY = "there is not enough memory to train on a single picture: take a smaller backbone or --image-size"


def check_device(device: str) -> None:
    """Refuse a device that is not there."""
    if device != "cpu" and not torch.cuda.is_available():
        raise UserError(
            "--device cuda needs an NVIDIA GPU and a PyTorch built for it, and PyTorch finds none: take cpu"
        )


@contextmanager
def threads(n: int) -> Iterator[None]:
    """Compute in n threads, and restore the caller's setting."""
    before = torch.get_num_threads()
    torch.set_num_threads(n)
    try:
        yield
    finally:
        torch.set_num_threads(before)


def autocast(device: str, precision: Literal["auto", "fp32"] = "auto") -> Any:
    """Compute in bfloat16 where that is native; elsewhere it would be slower, and float16 needs care."""
    if precision == "fp32":
        return nullcontext()
    if device == "cpu":
        return torch.autocast("cpu", torch.bfloat16) if _is_bfloat16_native() else nullcontext()
    return torch.autocast("cuda", torch.bfloat16) if torch.cuda.is_bf16_supported() else nullcontext()


@functools.cache
def _is_bfloat16_native() -> bool:
    return best_precision() == "bf16"


def to_device(inputs: Tensor, device: str) -> Tensor:
    """Move a batch to a device, images with channels last."""
    if device != "cpu":
        inputs = inputs.pin_memory().to(device, non_blocking=True)
    elif inputs.dtype == torch.float16:  # as maps are stored; CPUs do not compute in it
        inputs = inputs.float()
    return with_channels_last(inputs)


def with_channels_last(inputs: Tensor) -> Tensor:
    """Lay out maps in memory as convolutions are fastest; others stay as they are."""
    if inputs.ndim == 4 and inputs.is_floating_point():
        return inputs.contiguous(memory_format=torch.channels_last)
    return inputs
