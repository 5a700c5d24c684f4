"""One part of a network, fine-tuned from beginning to end."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import astuple, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import torch

from headway.backbones import Engine
from headway.backbones.torch.graph import write_back
from headway.embedding.pipeline import stream
from headway.errors import DataError, PictureError
from headway.training import loop
from headway.training.checkpoint import place, prune
from headway.training.cuts import EMBEDDING, IMAGES, Cut, last_block
from headway.training.methods import METHODS, Method
from headway.training.module import Tunable, embedding
from headway.training.plan import balanced
from headway.training.sources import MapExamples, PictureExamples, map_examples, picture_examples
from headway.training.team import team
from headway.training.views import Views

if TYPE_CHECKING:
    from headway.backbones import BackboneInfo
    from headway.dataset import Dataset
    from headway.heads import DenseHead
    from headway.training.augment import Augment
    from headway.training.methods import Part
    from headway.training.plan import Plan, Trained
    from headway.types import FloatArray, IntArray, Precision, Progress, ResizePolicy

_STANDARDISED_ON = 512  # pictures: enough for the mean and standard deviation of each feature
_VERSION = 1  # of all that a checkpoint depends on besides its key: to be changed when training changes


@dataclass(frozen=True, eq=False)
class Made:
    """A part, trained.

    Attributes
    ----------
    part : {"last-block", "all"}
    network : bytes
    head : DenseHead
        Both as they were given where the start was never beaten.
    trained : Trained
        By the loop.
    cut : str
        The tensor after which was trained.
    parameters : int
        How many were.
    inputs_s : float
        Seconds until the inputs were ready.
    """

    part: Part
    network: bytes
    head: DenseHead
    trained: Trained
    cut: str
    parameters: int
    inputs_s: float


@dataclass(frozen=True, eq=False)
class Job:
    """What is the same for every part that may be trained; see `headway.training.finetune`."""

    dataset: Dataset
    train: IntArray
    validation: IntArray
    info: BackboneInfo
    network: bytes
    head: DenseHead
    resize: ResizePolicy
    augment: Augment
    balance: str
    precision: Precision
    cache: str | Path | None
    progress: Progress
    changes: Mapping[str, Any]  # of the method's plan

    def run(self, part: Part) -> Made:
        """Train a part, or go on where a run that was interrupted had come to."""
        begin = time.perf_counter()
        method = METHODS[part]
        plan = replace(method.plan, **self.changes)
        cut = last_block(self.network) if part == "last-block" else Cut(IMAGES, ())
        learn, *watched = self._examples(part, cut, plan)
        ready = time.perf_counter()
        sample = np.sort(np.random.default_rng(plan.seed).permutation(len(learn.labels))[:_STANDARDISED_ON])
        module = Tunable(self.network, cut.tensor, self.head, embedding(self.network, cut.tensor, learn, sample))
        weights = self._class_weights()
        key = self._key(method, plan, cut, (learn, *watched))
        prune(self.cache)
        trained = loop.train(
            module,
            learn,
            watched[0] if watched else None,
            plan,
            rates=module.rates(method.decay),
            class_weights=weights,
            checkpoint=place(key, self.cache),
            key=key,
            frozen_norms=True,
            progress=self.progress,
        )
        network, head = self.network, self.head
        if trained.best:
            network, head = write_back(self.network, module.backbone.weights()), module.head()
        parameters = sum(parameter.numel() for parameter in module.parameters())
        return Made(part, network, head, trained, cut.tensor, parameters, ready - begin)

    def on_all(self, head: DenseHead, epochs: int) -> Job:
        """Return the job of training for so many epochs, from another probe, on the rows to validate on, too."""
        rows = np.concatenate([self.train, self.validation])
        return replace(self, train=rows, validation=rows[:0], head=head, changes={**self.changes, "epochs": epochs})

    def logits(self, network: bytes, head: DenseHead) -> FloatArray:
        """Say what a network with a head makes of the validation rows, as it will be run in use."""
        engine = Engine(network, [EMBEDDING], self.precision)
        rows = self.validation.tolist()
        pictures = (self.dataset.pictures[row] for row in rows)
        features = np.empty((len(rows), engine.width), np.float32)
        with closing(stream(pictures, engine, size=self.info.input_size, resize=self.resize)) as outcomes:  # type: ignore[type-var]
            for number, outcome in outcomes:
                if isinstance(outcome, PictureError):
                    name = self.dataset.name(rows[number])
                    raise DataError(f"every picture to validate on must be readable, and {name} is not: {outcome}")
                features[number] = outcome
        return head.logits(features)

    def _examples(self, part: Part, cut: Cut, plan: Plan) -> list[MapExamples] | list[PictureExamples]:
        parts = (self.train, self.validation) if len(self.validation) else (self.train,)
        if part == "last-block":
            return map_examples(
                self.dataset,
                parts,
                network=self.network,
                cut=cut,
                views=Views(self.augment, plan.seed),
                size=self.info.input_size,
                resize=self.resize,
                precision=self.precision,
                cache=self.cache,
                team=team(plan.device),
                progress=self.progress,
            )
        return picture_examples(
            self.dataset,
            parts,
            augment=self.augment,
            size=self.info.input_size,
            resize=self.resize,
            cache=self.cache,
            progress=self.progress,
        )

    def _class_weights(self) -> FloatArray | None:
        """Weights with which every class counts as much, on average 1 a picture; none where that is not wanted."""
        if self.balance == "none":
            return None
        labels, n_classes = self.dataset.labels[self.train], len(self.dataset.classes)
        return balanced(labels, n_classes)

    def _key(self, method: Method, plan: Plan, cut: Cut, sources: Sequence[Any]) -> str:
        """Name all that the weights after an epoch depend on."""
        words = [_VERSION, torch.__version__, team(plan.device).size, torch.get_num_threads(), cut, self.augment]
        words += [method.decay, astuple(plan), self.balance, self.precision, len(sources)]
        digest = hashlib.sha256(repr(words).encode())
        digest.update(self.network)
        for array in (*self.head.weights, *self.head.biases):
            digest.update(np.ascontiguousarray(array).data)
        for examples in sources:
            digest.update(b"".join(examples.digests))
            digest.update(np.ascontiguousarray(examples.labels).data)
        return digest.hexdigest()
