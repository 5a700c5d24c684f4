"""The state of a training run after an epoch, in one file that is replaced whole."""

from __future__ import annotations

import hashlib
import json
import struct
import zipfile
import zlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from headway.areas import Area
from headway.places import make_private, replacing

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from headway.types import IntArray

_VALUES = "about"  # the entry of the file
_DIGITS = 24  # of the key, in the file's name
N_PROCESSES = 1
"""Part of every key, from when several processes could train one network."""

AREA = Area("training", f"{'[0-9a-f]' * _DIGITS}.npz", max_bytes=2_000_000_000, max_age_s=30 * 24 * 3600)
"""Checkpoints of runs, finished or not; pruned when another one starts."""


@dataclass(frozen=True, eq=False)
class State:
    """What a run needs to go on as if it had not been interrupted."""

    values: Mapping[str, Any]  # plain ones: history, the best epoch so far
    arrays: Mapping[str, NDArray[Any]]  # weights, moments of the optimiser, averages


@dataclass(frozen=True)
class Checkpoint:
    """The file that holds the state of one run; ``key`` is a digest of all that the run depends on."""

    path: Path
    key: str

    @classmethod
    def in_cache(cls, key: str, cache: str | Path | None = None) -> Checkpoint:
        """Return the checkpoint of a run in the cache folder, after pruning those of others."""
        AREA.prune(cache)
        return cls(AREA.folder(cache) / f"{key[:_DIGITS]}.npz", key)

    def save(self, state: State) -> None:
        """Write a state; a run that is killed meanwhile leaves the former one."""
        make_private(self.path.parent)
        values = json.dumps({"key": self.key, "arrays": sorted(state.arrays), **state.values})
        entries = {_VALUES: np.frombuffer(values.encode(), np.uint8)}
        entries |= {f"/{name}": array for name, array in state.arrays.items()}
        with replacing(self.path, option="--cache") as file:
            np.savez(file, allow_pickle=False, **entries)

    def load(self) -> State | None:
        """Read the state; None when there is none, it is damaged, or it belongs to another run."""
        try:
            with self.path.open("rb") as opened, np.load(opened, allow_pickle=False) as file:
                values = json.loads(file[_VALUES].tobytes())
                if values.get("key") != self.key:
                    return None
                arrays = {name[1:]: file[name] for name in file.files if name != _VALUES}
                return State(values, arrays) if sorted(arrays) == values["arrays"] else None
        except (OSError, ValueError, LookupError, EOFError, AttributeError, TypeError, RuntimeError, MemoryError):
            return None
        except (zipfile.BadZipFile, zlib.error, struct.error):  # each entry has its checksum
            return None


class Hashed(Protocol):
    """Examples with a digest of each."""

    @property
    def labels(self) -> IntArray: ...  # noqa: D102

    @property
    def digests(self) -> Sequence[bytes]: ...  # noqa: D102


def run_key(words: list[Any], contents: Iterable[Any], examples: Iterable[Hashed]) -> str:
    """Return a digest of settings, of contents (bytes or arrays), and of examples with their labels."""
    digest = hashlib.sha256(repr(words).encode())
    for content in contents:
        digest.update(content if isinstance(content, bytes) else np.ascontiguousarray(content).data)
    for part in examples:
        digest.update(b"".join(part.digests))
        digest.update(np.ascontiguousarray(part.labels).data)
    return digest.hexdigest()
