"""Paths of model files, and where one may be written."""

from __future__ import annotations

import os
from pathlib import Path

from headway.errors import OutputError, UserError
from headway.model import file
from headway.places import check_output


def model_path(path: object, error: type[UserError]) -> Path:
    """Return a model's path; an error of the given class when it is not a path."""
    if not isinstance(path, str | os.PathLike) or not os.fspath(path) or "\0" in os.fsdecode(path):
        raise error(f"a model must be named by the path of its file, not {_shown(path)}")
    return Path(os.fsdecode(path))


def _shown(value: object) -> str:
    """Return a text as it is, and the type of anything else, which may be the megabytes of a file."""
    return repr(value) if isinstance(value, str) else f"by {type(value).__name__}"


def check_target(path: str | os.PathLike[str]) -> Path:
    """Make sure, before hours of work, that a model can be saved at ``path`` and nothing else is lost by it.

    Returns
    -------
    Path
        The file to write: where a link leads to, otherwise ``path``.

    Raises
    ------
    OutputError
        When the folder is missing or not writable, the name does not end in ``.onnx``, or another file is there.
    """
    path = model_path(path, OutputError)
    if path.suffix.lower() != ".onnx":
        raise OutputError(f"a model is an ONNX file, and {path} does not end in .onnx: give such a name with -o")
    target = check_output(path)
    try:
        ours = not target.exists() or not target.stat().st_size or file.is_ours(target)
    except OSError as error:
        raise OutputError(f"{path} cannot be read: {error.strerror}; give another place with -o") from error
    if not ours:
        raise OutputError(f"{path} is not a Headway model, and is not overwritten; give another place with -o")
    return target
