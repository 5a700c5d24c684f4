"""What the fuzzers share: each case must end in a result or in one of Headway's own errors, soon and in little memory."""

from __future__ import annotations

import argparse
import faulthandler
import resource
import sys
import tempfile
import time
import traceback
import warnings
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import numpy as np

from headway.errors import HeadwayError, HeadwayWarning

MAX_SECONDS = 20
MAX_KIB = 1 << 20  # of memory

Case = Callable[[np.random.Generator, Path], None]
"""Makes one mutant in an empty folder, and uses it."""


def main(case: Case, count: int) -> None:
    """Run cases of a seed; exit with 1 where one of them raised, took too long or too much memory, or killed the process."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--count", type=int, default=count)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--first", type=int, default=0, help="the number of the first case, to repeat one")
    given = parser.parse_args()
    faulthandler.enable()
    warnings.simplefilter("ignore", HeadwayWarning)
    ends: Counter[str] = Counter()
    for number in range(given.first, given.first + given.count):
        ends[_end(case, given.seed, number)] += 1
    print(", ".join(f"{how}: {times:,}" for how, times in ends.most_common()))
    sys.exit(1 if ends["failed"] else 0)


def _end(case: Case, seed: int, number: int) -> str:
    # A loop in a library does not come back to Python; this ends the process, and says where. Other work may slow it.
    faulthandler.dump_traceback_later(5 * MAX_SECONDS, exit=True)
    before, begin = _peak_kib(), time.process_time()
    try:
        with tempfile.TemporaryDirectory(prefix="headway-fuzz-") as folder:
            case(np.random.default_rng((seed, number)), Path(folder))
        end = "read"
    except HeadwayError as error:
        end = "refused" if "\n" not in str(error) else "failed"
    except BaseException as error:
        if isinstance(error, KeyboardInterrupt):
            raise
        traceback.print_exc()
        end = "failed"
    finally:
        faulthandler.cancel_dump_traceback_later()
    if _peak_kib() > max(before, MAX_KIB):
        print(f"over {MAX_KIB >> 10} MiB", file=sys.stderr)
        end = "failed"
    if time.process_time() - begin > MAX_SECONDS:
        print(f"over {MAX_SECONDS} s", file=sys.stderr)
        end = "failed"
    if end == "failed":
        print(f"case {number} of seed {seed} failed", file=sys.stderr)
    return end


def _peak_kib() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


def mutate(content: bytes, random: np.random.Generator) -> bytes:
    """Return content with a few bytes changed, cut, doubled, or moved."""
    found = bytearray(content)
    for _ in range(int(random.integers(1, 5))):
        start = int(random.integers(0, max(1, len(found))))
        length = int(random.choice([1, 1, 1, 2, 4, 8, 64, 4096]))
        match random.integers(0, 6):
            case 0:  # bits
                found[start : start + 1] = bytes([(found[start] if found else 0) ^ 1 << int(random.integers(0, 8))])
            case 1:
                found[start : start + length] = random.bytes(min(length, max(1, len(found) - start)))
            case 2:  # the largest and smallest numbers
                found[start : start + length] = bytes([int(random.choice([0, 0x7F, 0x80, 0xFF]))]) * length
            case 3:
                del found[start : start + length]
            case 4:
                found[start:start] = found[start : start + length]
            case _ if random.integers(0, 4) == 0:  # cut off
                del found[start:]
    return bytes(found)
