"""The model of a project: read when it is first asked for, and again when its file is another."""

from __future__ import annotations

import datetime
import hashlib
import threading
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from headway.errors import ModelError
from headway.places import FileStamp
from headway.studio.work.refusals import NoModelError

if TYPE_CHECKING:
    from headway.model import Model


@dataclass(frozen=True, eq=False)
class OpenModel:
    """A model, and the file that it is."""

    model: Model
    stamp: FileStamp

    @cached_property
    def sha256(self) -> str:
        """Of the file, in hexadecimal digits."""
        return sha256(self.model.content)

    @property
    def made(self) -> str:
        """When the file was written."""
        written = datetime.datetime.fromtimestamp(self.stamp.changed_ns // 10**9, datetime.UTC)
        return written.isoformat().replace("+00:00", "Z")


def sha256(content: bytes) -> str:
    """Return what a model's file is known by, in hexadecimal digits."""
    return hashlib.sha256(content).hexdigest()


class ModelFile:
    """The file ``model.onnx``, and the model in it; any thread may ask.

    Parameters
    ----------
    path : Path
        The file, which need not exist.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._lock = threading.Lock()
        self._open: OpenModel | None = None
        self._refused: tuple[FileStamp, ModelError] | None = None  # a file that is no model is read once, too

    def open(self) -> OpenModel:
        """Return the model that is in the file now.

        Raises
        ------
        NoModelError
            When there is none.
        ModelError
            When it cannot be read.
        """
        from headway.model import load

        with self._lock:
            stamp = FileStamp.of(self.path)
            if stamp is None:
                self._open = None
                raise NoModelError("there is no model yet: train one first")
            if self._refused is not None and self._refused[0] == stamp:
                raise ModelError(*self._refused[1].args)
            if self._open is None or self._open.stamp != stamp:
                try:
                    self._open = OpenModel(load(self.path), stamp)
                except ModelError as error:
                    self._refused = stamp, error
                    raise
            return self._open

    def save(self, model: Model) -> None:
        """Write a model, and keep it at hand."""
        with self._lock:
            model.save(self.path)
            stamp = FileStamp.of(self.path)
            self._open = None if stamp is None else OpenModel(model, stamp)
