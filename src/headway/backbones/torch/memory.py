"""How many images are computed at a time, and whether memory ran out."""

from __future__ import annotations

import torch

MOST = 256
"""Images of a batch."""
_STAGED_BYTES = 64 << 20  # of the images of a batch; several are in memory at a time
_SHARE = 2  # of free memory one half: the rest is for batches in flight, and for a graph that was captured


def is_out_of_memory(error: BaseException) -> bool:
    """Say whether an error means that memory ran out."""
    words = ("not enough memory", "can't allocate memory")  # PyTorch's on the CPU, on Windows and elsewhere
    return isinstance(error, MemoryError | torch.OutOfMemoryError) or any(word in str(error) for word in words)


def batch_size(image_bytes: int, taken: int, free: int | None) -> int:
    """Return how many images make a batch: a power of two, as large as memory allows, and 256 at most.

    ``image_bytes`` are those of an image, ``taken`` those of the device that computing one takes, and ``free`` those
    that it has (None: enough).

    Examples
    --------
    >>> batch_size(3 * 224**2, 0, None), batch_size(3 * 518**2, 0, None), batch_size(3 * 224**2, 64 << 20, 8 << 30)
    (256, 64, 64)
    """
    size = MOST
    while size > 1 and (size * image_bytes > _STAGED_BYTES or (free is not None and _SHARE * size * taken > free)):
        size //= 2
    return size
