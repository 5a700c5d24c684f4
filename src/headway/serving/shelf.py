"""The models that are served, by name; each is replaced when its file is, without a request that is lost."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from headway.cores import cpu_count
from headway.errors import HeadwayError, UnknownNameError, UserError
from headway.model import load
from headway.places import FileStamp
from headway.serving.classifying import Classifier

if TYPE_CHECKING:
    from headway.model import Model

_LOOK_SECONDS = 1.0


@dataclass
class Slot:
    """A name, and what is served under it.

    Parameters
    ----------
    path : Path
        Of the model's file.
    classifier : Classifier
        The model that answers.
    stamp : FileStamp or None
        Of the file as it was last looked at; None where it is gone.
    trouble : {"gone", "refused"} or None
        Why the model that answers is not the one in the file.
    """

    path: Path
    classifier: Classifier
    stamp: FileStamp | None
    trouble: Literal["gone", "refused"] | None = None


class Shelf:
    """Models by name.

    Parameters
    ----------
    paths : mapping of str to Path
        The file of each model; the first is the one that answers where none is named.
    megapixels : float
        Of a picture, at most.
    log : callable
        Told what happened to a model: an event, and its fields.
    computed : callable
        Told how many pictures were computed in one go.
    """

    def __init__(
        self,
        paths: Mapping[str, Path],
        *,
        megapixels: float,
        log: Callable[..., object] = lambda event, **fields: None,
        computed: Callable[[int], object] = lambda count: None,
    ) -> None:
        if not paths:
            raise UserError("a model is needed: headway serve model.onnx")
        self._megapixels = megapixels
        self._log = log
        self._computed = computed
        # Decoding waits for nothing but the processor: more threads than cores would be of no use.
        self._decoders = ThreadPoolExecutor(cpu_count(), "headway-decode")
        self._ended = threading.Event()
        self._slots = {name: self._open(name, path) for name, path in paths.items()}

    def __iter__(self) -> Iterator[tuple[str, Slot]]:
        return iter(self._slots.items())

    @property
    def default(self) -> str:
        """Name of the model that answers where none is named."""
        return next(iter(self._slots))

    def get(self, name: str | None) -> tuple[str, Classifier]:
        """Return the name of a model and what answers for it now, and goes on to when it is replaced."""
        chosen = self.default if name is None else name
        if chosen not in self._slots:
            raise UnknownNameError("model", chosen[:80], self._slots)
        return chosen, self._slots[chosen].classifier

    def watch(self) -> None:
        """Look at the files, in a thread, until `close`."""
        threading.Thread(target=self._watch, name="headway-models", daemon=True).start()

    def look(self) -> None:
        """Replace the models whose files were replaced."""
        for name, slot in self:
            stamp = FileStamp.of(slot.path)
            if stamp == slot.stamp:
                continue
            slot.stamp = stamp
            if stamp is None:
                slot.trouble = "gone"
                self._log("model-gone", model=name)
            else:
                self._replace(name, slot)

    def close(self) -> None:
        """End all threads, once what was accepted is answered."""
        self._ended.set()
        self._decoders.shutdown(wait=True)
        for _, slot in self:
            slot.classifier.close()

    def _open(self, name: str, path: Path) -> Slot:
        stamp = FileStamp.of(path)  # before it is read: what is written meanwhile is seen as another
        return Slot(path, self._ready(name, load(path)), stamp)

    def _ready(self, name: str, model: Model) -> Classifier:
        if model.is_handmade and (caveat := model.caveat(model.backbone())) is not None:
            self._log("model-doubtful", model=name, reason=caveat)
        return Classifier(model.warm_up(), self._decoders, self._megapixels, self._computed)

    def _replace(self, name: str, slot: Slot) -> None:
        try:
            slot.classifier = self._ready(name, load(slot.path))
        except HeadwayError as error:
            slot.trouble = "refused"
            self._log("model-refused", model=name, reason=str(error))
        else:
            slot.trouble = None
            self._log("model-replaced", model=name)

    def _watch(self) -> None:
        while not self._ended.wait(_LOOK_SECONDS):
            try:
                self.look()
            except Exception as error:  # noqa: BLE001 - a model that cannot be read must not end the watch
                self._log("model-refused", reason=f"{type(error).__name__}: {error}")
