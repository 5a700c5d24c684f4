"""Matrix products on all cores, with the same bytes on any number of them.

BLAS's own threads wait for each other in a busy loop. NumPy and SciPy each bring a pool of them, and beside any other
work on the machine they were measured to be 20 times as slow as one thread. So BLAS is held to one thread, and blocks
of rows, cut the same way whatever the machine, go to our own threads.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextlib import contextmanager
from contextvars import copy_context
from typing import TYPE_CHECKING, TypeVar

import numpy as np

from headway.cores import cpu_count
from headway.stopping import safe_point

if TYPE_CHECKING:
    from headway.types import FloatArray

BLOCK_ROWS = 1024
_ASK_EVERY_S = 0.1  # that a thread waits for others

Item = TypeVar("Item")
Result = TypeVar("Result")


@contextmanager
def one_blas_thread() -> Iterator[None]:
    """Hold BLAS to one thread, in the body of a ``with`` statement or in a decorated function."""
    from threadpoolctl import threadpool_limits

    with threadpool_limits(limits=1, user_api="blas"):
        yield


def each(function: Callable[[Item], Result], items: Sequence[Item]) -> list[Result]:
    """Call the function with every item, on all cores; the results are in the order of the items.

    Work may be stopped before every item; what has begun then is waited for.

    Examples
    --------
    >>> each(abs, [-1, 2])
    [1, 2]
    """

    def step(item: Item) -> Result:
        safe_point()
        return function(item)

    threads = min(cpu_count(), len(items))
    if threads < 2:
        return [step(item) for item in items]
    # A pool made for the call costs a tenth of a millisecond, and leaves no thread behind in a process that forks.
    with ThreadPoolExecutor(threads) as pool:
        futures = [pool.submit(copy_context().run, step, item) for item in items]
        try:
            return [_result(future) for future in futures]
        except BaseException:
            for future in futures:
                future.cancel()
            raise


def _result(future: Future[Result]) -> Result:
    """Wait for a result, and ask meanwhile whether to go on."""
    while not wait([future], _ASK_EVERY_S).done:
        safe_point()
    return future.result()


def times_transposed(left: FloatArray, values: FloatArray) -> FloatArray:
    """``left @ values.T``: (m, d) and (n, d) to (m, n)."""
    product = np.empty((len(left), len(values)), dtype=np.float32)

    def fill(rows: slice) -> None:
        product[:, rows] = left @ values[rows].T

    each(fill, row_blocks(len(values)))
    return product


def times(left: FloatArray, values: FloatArray) -> FloatArray:
    """``left @ values``: (m, n) and (n, d) to (m, d)."""
    # Added in the order of the blocks, which is the same on any number of threads.
    parts = each(lambda rows: left[:, rows] @ values[rows], row_blocks(len(values)))
    total: FloatArray = np.add.reduce(parts)
    return total


def row_blocks(n: int) -> list[slice]:
    """Slices that cover n rows, the same ones on every machine."""
    return [slice(start, start + BLOCK_ROWS) for start in range(0, n, BLOCK_ROWS)]
