"""Several files at once: each is replaced whole, and none is where one could not be written."""

from __future__ import annotations

import contextlib
import os
import secrets
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from headway.errors import OutputError


def write_together(contents: Mapping[Path, bytes]) -> None:
    """Replace files; what takes room is done before the first of them is touched.

    A place that cannot be written to, such as a full disk, is an `OutputError`, and all files are as they were.
    """
    drafts: list[tuple[Path, Path]] = []
    try:
        for path, content in contents.items():
            target = Path(os.path.realpath(path))
            with explained(path):
                target.parent.mkdir(parents=True, exist_ok=True)
                draft = target.with_name(f".headway-{secrets.token_hex(6)}.part")
                drafts.append((draft, target))
                write_new(draft, content, sync=True)
        for draft, target in drafts:
            with explained(target):
                draft.replace(target)
    finally:
        for draft, _ in drafts:
            with contextlib.suppress(OSError):
                draft.unlink(missing_ok=True)


def write_new(path: Path, content: bytes, *, sync: bool = False) -> None:
    """Write a file that is not there yet; ``sync`` waits until it is on the disk."""
    with path.open("xb") as file:
        file.write(content)
        if sync:
            file.flush()
            os.fsync(file.fileno())


@contextmanager
def explained(path: Path) -> Iterator[None]:
    """Turn an `OSError` of the ``with`` statement's body into an `OutputError` about a place in the project."""
    try:
        yield
    except OSError as error:
        why = (error.strerror or str(error)).lower()
        raise OutputError(f"{path} cannot be written: {why}; make room there, nothing was lost") from error
