"""Which weights a name stood for when they were first taken; whoever publishes others under it later is noticed.

The file ``weights.json`` of the cache folder has the sha256 of each file of weights, and its repository's revision.
"""

from __future__ import annotations

import json
import re
from dataclasses import asdict, dataclass
from pathlib import Path

from headway.backbones.converted import sha256_of
from headway.errors import DataError
from headway.places import make_private, regular_status, replacing

FILE_NAME = "weights.json"
_MOST_BYTES = 16 << 20


@dataclass(frozen=True)
class Lock:
    """What is known of a file of weights: its sha256, and the commit that it is of, or "" where there are none."""

    sha256: str
    revision: str = ""


def find_lock(name: str, cache: Path) -> Lock | None:
    """Return what was locked under the name of a file of weights, which is its address."""
    return _read(cache / FILE_NAME).get(name)


def check_lock(name: str, path: Path, cache: Path, *, revision: str = "") -> None:
    """Check the content of a file of weights, or lock it where this is the first; DataError where it is another."""
    file = cache / FILE_NAME
    locks = _read(file)
    digest = sha256_of(path)
    if (lock := locks.get(name)) is None:
        make_private(cache)
        content = {name: asdict(lock) for name, lock in sorted({**locks, name: Lock(digest, revision)}.items())}
        with replacing(file, option="--cache") as draft:
            draft.write(json.dumps(content, indent=2).encode() + b"\n")
    elif lock.sha256 != digest:
        raise DataError(
            f"{path} must hold the weights that were first taken for {name}, of sha256 {lock.sha256[:12]}…, and has "
            f"{digest[:12]}…: delete it, then try again, or delete {file} if others are meant"
        )


def _read(file: Path) -> dict[str, Lock]:
    try:
        if regular_status(file).st_size > _MOST_BYTES:
            raise ValueError("it is too long")
        found = {name: Lock(**entry) for name, entry in json.loads(file.read_bytes()).items()}
        if not all(re.fullmatch("[0-9a-f]{64}", lock.sha256) for lock in found.values()):
            raise ValueError("a digest is malformed")
        if not all(re.fullmatch("([0-9a-f]{40})?", lock.revision) for lock in found.values()):
            raise ValueError("a revision is malformed")
    except FileNotFoundError:
        return {}
    except (OSError, ValueError, TypeError, AttributeError, RecursionError) as error:
        why = error.strerror if isinstance(error, OSError) else error
        raise DataError(
            f"{file} must hold the digests of weights that Headway wrote, and cannot be read ({why}): delete it, and "
            "they are taken anew"
        ) from error
    return found
