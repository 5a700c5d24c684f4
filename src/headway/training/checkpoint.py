"""The state of a training run after an epoch, in one file that is replaced whole."""

from __future__ import annotations

import json
import struct
import time
import zipfile
import zlib
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from headway.places import cache_dir, replacing

if TYPE_CHECKING:
    from numpy.typing import NDArray

_ABOUT = "about"
MOST_BYTES = 2_000_000_000
"""What is kept of runs, finished or not, when another one starts."""
_KEPT_S = 30 * 24 * 3600
_DIGITS = 24  # of the key, in the file's name


@dataclass(frozen=True, eq=False)
class State:
    """What a run needs to go on as if it had not been interrupted.

    Parameters
    ----------
    about : mapping
        Plain values: epochs done, history, the best so far.
    arrays : mapping of str to ndarray
        Weights, moments of the optimiser, averages.
    """

    about: Mapping[str, Any]
    arrays: Mapping[str, NDArray[Any]]


def folder(cache: str | Path | None = None) -> Path:
    """Return where the states of runs are kept."""
    return cache_dir(cache) / "training"


def place(key: str, cache: str | Path | None = None) -> Path:
    """Return the file of the run with this key, which begins with 24 hexadecimal digits."""
    return folder(cache) / f"{key[:_DIGITS]}.npz"


def kept(cache: str | Path | None = None) -> list[Path]:
    """Return the files of all runs."""
    return sorted(folder(cache).glob(f"{'[0-9a-f]' * _DIGITS}.npz"))


def prune(cache: str | Path | None = None) -> None:
    """Delete states that are old, and the oldest of the rest until these take at most `MOST_BYTES`."""
    states = []
    for path in kept(cache):
        with suppress(OSError):  # another process has just deleted it
            states.append((path.stat().st_mtime, path.stat().st_size, path))
    left = MOST_BYTES
    for written, size, path in sorted(states, reverse=True):
        left -= size
        if left < 0 or time.time() - written > _KEPT_S:
            path.unlink(missing_ok=True)


def save(path: Path, key: str, state: State) -> None:
    """Write a state; a run that is killed meanwhile leaves the former one.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = Path(folder) / "run.npz"
    ...     save(path, "recipe 1", State({"epoch": 3}, {"weight": np.ones(2)}))
    ...     restore(path, "recipe 1").about["epoch"], restore(path, "recipe 2")
    (3, None)
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    names = sorted(state.arrays)
    about = np.frombuffer(json.dumps({"key": key, "arrays": names, **state.about}).encode(), np.uint8)
    with replacing(path, option="--cache") as file:
        np.savez(file, allow_pickle=False, **{_ABOUT: about}, **{f"/{name}": a for name, a in state.arrays.items()})


def restore(path: Path, key: str) -> State | None:
    """Read a state; None when there is none, it is damaged, or it belongs to another run."""
    try:
        with path.open("rb") as opened, np.load(opened, allow_pickle=False) as file:
            about = json.loads(file[_ABOUT].tobytes())
            if about.get("key") != key:
                return None
            arrays = {name[1:]: file[name] for name in file.files if name != _ABOUT}
            return State(about, arrays) if sorted(arrays) == about["arrays"] else None
    except (OSError, ValueError, LookupError, EOFError, AttributeError, TypeError, RuntimeError, MemoryError):
        return None
    except (zipfile.BadZipFile, zlib.error, struct.error):  # each entry has its checksum
        return None
