"""Fine-tuning of one part of a network, from beginning to end."""

from __future__ import annotations

import time
from contextlib import closing
from dataclasses import astuple, dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import torch

from headway.backbones import Engine
from headway.backbones.torch.graph import write_back
from headway.errors import DataError, PictureError
from headway.pipeline import stream
from headway.stopping import stoppable
from headway.training import loop
from headway.training.checkpoint import N_PROCESSES, Checkpoint, run_key
from headway.training.cuts import IMAGES, Cut, fixed_outputs, last_block
from headway.training.methods import METHODS
from headway.training.module import Tail, TrainableNetwork, compute_features
from headway.training.results import Stage
from headway.training.sources import ImageExamples, MapExamples, image_examples, map_examples
from headway.training.stepper import changing, copy_into
from headway.training.views import Views

if TYPE_CHECKING:
    from headway.backbones import BackboneInfo
    from headway.dataset import Dataset
    from headway.heads import DenseHead
    from headway.session import Session
    from headway.training.augment import Augment
    from headway.training.methods import Part
    from headway.training.plan import Examples, LoopResult, Plan
    from headway.training.prospects import Rival
    from headway.training.settings import TrainingSettings
    from headway.types import FloatArray, IntArray, Precision

_STANDARDISED_ON = 512  # images: enough for the mean and standard deviation of each feature
_VERSION = 3  # of all that a checkpoint depends on besides its key: to be changed when training changes


@dataclass(frozen=True, eq=False)
class FineTunedPart:
    """A part after fine-tuning; network and head are as given where the start was never beaten."""

    part: Part
    network: bytes
    head: DenseHead
    last: Stage | None
    result: LoopResult
    cut: str
    n_parameters: int
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
    settings: TrainingSettings
    augment: Augment
    precision: Precision
    session: Session
    outputs: tuple[str, ...]  # of the backbone, which the head reads
    repeats: bool  # whether training is repeated on all rows
    rival: Rival | None = None  # what is to be beaten on the validation rows, where training may give up

    def run(self, part: Part) -> FineTunedPart:
        """Train a part, or resume an interrupted run."""
        begin = time.perf_counter()
        method = METHODS[part]
        plan, decay = self.settings.plan(method.plan), 1.0 if self.settings.is_as_keras else method.decay
        cut = last_block(self.network) if part == "last-block" else Cut(IMAGES, ())
        examples = self._examples(part, cut, plan)
        training, validation = examples[0], examples[1] if len(examples) > 1 else None
        ready = time.perf_counter()
        features = None if self.settings.is_as_keras else self._features(cut, training)
        module = TrainableNetwork(self.network, cut, self.head, features, self.outputs, self.info.dims)
        # The words, their order and their form are part of the keys of checkpoints that users have.
        words = [_VERSION, torch.__version__, N_PROCESSES, torch.get_num_threads(), cut, self.augment]
        words += [decay, astuple(plan), self.settings.balance, self.precision, len(examples)]
        words.append(self.outputs[0] if len(self.outputs) == 1 else self.outputs)
        words.append(self.rival is not None and self.rival.ends_training)
        rivals = [] if self.rival is None else [self.rival.logits]
        key = run_key(words, [self.network, *self.head.weights, *self.head.biases, *rivals], examples)
        result = loop.train(
            module,
            training,
            validation,
            plan,
            rate_multipliers=module.rate_multipliers(decay),
            class_weights=self.settings.class_weights(training.labels, len(self.dataset.classes)),
            checkpoint=Checkpoint.in_cache(key, self.session.cache),
            frozen_norms=True,
            again=len(self.train) + len(self.validation) if self.repeats else 0,
            rival=self.rival,
            progress=self.session.progress,
        )
        network, head, last = self.network, self.head, None
        if result.best:
            network, head = self._written(module)
        if result.last is not None and not self.repeats:
            copy_into(changing(module), result.last)
            last = Stage(*self._written(module))
        n_parameters = sum(parameter.numel() for parameter in module.parameters())
        return FineTunedPart(part, network, head, last, result, cut.tensor, n_parameters, ready - begin)

    def _features(self, cut: Cut, training: Examples) -> FloatArray:
        """Compute features of some images to learn from, from which the head takes its units."""
        shuffled = np.random.default_rng(self.settings.seed).permutation(len(training.labels))
        with stoppable(self.session.progress):
            tail = Tail(self.network, cut, self.outputs, self.info.dims)
            return compute_features(tail, training, np.sort(shuffled[:_STANDARDISED_ON]))

    def _written(self, module: TrainableNetwork) -> tuple[bytes, DenseHead]:
        return write_back(self.network, module.backbone.weights()), module.head()

    def on_all_rows(self, head: DenseHead, epochs: int) -> Job:
        """Return the job of training as it was best, from another probe, on the validation rows, too."""
        rows, settings = np.concatenate([self.train, self.validation]), replace(self.settings, epochs=epochs)
        return replace(self, train=rows, validation=rows[:0], head=head, rival=None, settings=settings)

    def validation_logits(self, network: bytes, head: DenseHead) -> FloatArray:
        """Compute logits of the validation rows as they will be in use, by OpenVINO."""
        engine = Engine(network, self.outputs, self.precision)
        rows = self.validation.tolist()
        images = (self.dataset.pictures[row] for row in rows)
        features = np.empty((len(rows), engine.width), np.float32)
        outcomes = stream(
            images,
            lambda: engine,
            size=self.info.input_size,
            resize=self.settings.resize,
            reading=self.settings.reading,
        )
        with closing(outcomes):  # type: ignore[type-var]
            for number, outcome in outcomes:
                self.session.progress.advance(0)
                if isinstance(outcome, PictureError):
                    name = self.dataset.name(rows[number])
                    raise DataError(f"every picture to validate on must be readable, and {name} is not: {outcome}")
                features[number] = outcome
        return head.logits(features)

    def _examples(self, part: Part, cut: Cut, plan: Plan) -> list[MapExamples] | list[ImageExamples]:
        parts = (self.train, self.validation) if len(self.validation) else (self.train,)
        size, resize, reading = self.info.input_size, self.settings.resize, self.settings.reading
        if part == "all":
            return image_examples(
                self.dataset,
                parts,
                augment=self.augment,
                size=size,
                resize=resize,
                reading=reading,
                session=self.session,
            )
        return map_examples(
            self.dataset,
            parts,
            network=self.network,
            cut=cut,
            fixed={name: self.info.dims[name] for name in fixed_outputs(self.network, cut, self.outputs)},
            views=Views(self.augment, plan.seed),
            size=size,
            resize=resize,
            reading=reading,
            precision=self.precision,
            session=self.session,
        )
