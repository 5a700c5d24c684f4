"""The state of a training run after an epoch, in one file that is replaced whole."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from headway.places import cache_dir, replacing

if TYPE_CHECKING:
    from numpy.typing import NDArray

_ABOUT = "about"
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
    """Return where the states of unfinished runs are kept."""
    return cache_dir(cache) / "training"


def place(key: str, cache: str | Path | None = None) -> Path:
    """Return the file of the run with this key, which begins with 24 hexadecimal digits."""
    return folder(cache) / f"{key[:_DIGITS]}.npz"


def kept(cache: str | Path | None = None) -> list[Path]:
    """Return the files of all runs."""
    return sorted(folder(cache).glob(f"{'[0-9a-f]' * _DIGITS}.npz"))


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
    about = np.frombuffer(json.dumps({"key": key, **state.about}).encode(), np.uint8)
    with replacing(path, option="--cache") as file:
        np.savez(file, allow_pickle=False, **{_ABOUT: about}, **{f"/{name}": a for name, a in state.arrays.items()})


def restore(path: Path, key: str) -> State | None:
    """Read a state; None when there is none, it is damaged, or it belongs to another run."""
    try:
        with path.open("rb") as opened, np.load(opened, allow_pickle=False) as file:
            about = json.loads(file[_ABOUT].tobytes())
            if about.get("key") != key:
                return None
            return State(about, {name[1:]: file[name] for name in file.files if name != _ABOUT})
    except (OSError, ValueError, KeyError, EOFError, AttributeError, TypeError, zipfile.BadZipFile):
        return None
