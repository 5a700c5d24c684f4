"""The one training loop, for fine-tuning and for networks from scratch: epochs, validation, checkpoints."""

from __future__ import annotations

import math
import time
from collections.abc import Mapping, Sequence
from dataclasses import astuple, dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np
import torch
from torch import nn
from torch.nn import functional

from headway.backbones.torch.memory import is_out_of_memory
from headway.budget import PrefixedProgress
from headway.calibration import fit_calibration
from headway.cores import cpu_count
from headway.errors import DataError, OutputError, RunError
from headway.facts.training import Epoch
from headway.posix import keep_memory
from headway.rendering.training import epoch, expected_time, gave_up
from headway.stopping import safe_point, stoppable
from headway.training.checkpoint import State
from headway.training.device import TOO_LITTLE_MEMORY, autocast, check_device, threads, to_device
from headway.training.forecast import Forecast
from headway.training.plan import Examples, LoopResult, Plan
from headway.training.prospects import Gain, is_hopeless
from headway.training.stepper import Stepper, binary_accuracy, copy_into, losses, random_state, with_prefix
from headway.types import Silent

if TYPE_CHECKING:
    from torch import Tensor

    from headway.facts.training import ExpectedTime
    from headway.training.checkpoint import Checkpoint
    from headway.training.prospects import Rival
    from headway.types import FloatArray, Progress

_PREDICTION_BATCH = 64


def train(
    network: nn.Module,
    training: Examples,
    validation: Examples | None,
    plan: Plan,
    *,
    rate_multipliers: Mapping[str, float] | None = None,
    class_weights: FloatArray | None = None,
    checkpoint: Checkpoint | None = None,
    frozen_norms: bool = False,
    again: int = 0,
    rival: Rival | None = None,
    progress: Progress | None = None,
) -> LoopResult:
    """Train a network and leave it with the weights that the plan keeps: of its best epoch, or of its last.

    Without validation examples that is the last.

    A run depends on its arguments only: the same ones give the same weights on the same machine, whether it was
    interrupted or not. When the loss is not finite any more, training stops with the best epoch so far.

    ``network`` turns a batch of inputs into logits (b, k) and ends in evaluation mode on the CPU; parameters that need
    no gradient are left alone. ``rate_multipliers`` are by name of parameter, 1 for those that are not named. With
    ``frozen_norms`` batch norms keep their statistics. A ``checkpoint`` holds the state after each epoch; when it is
    there, the run resumes from it. A plan that keeps the last epoch keeps the start instead where that epoch is behind
    the ``rival`` beyond chance. The first steps lead to expect a time, which is noted, with that of another run on
    ``again`` examples that may follow; a run without validation examples notes none. Raises RunError when memory does
    not suffice for a single example, or the network gives NaN or infinity to begin with.
    """
    keep_memory()
    if not len(training.labels) or (validation is not None and not len(validation.labels)):
        raise DataError(
            "training needs pictures to learn from and others to validate on, and one of these parts is empty"
        )
    check_device(plan.device)
    progress = progress or Silent()
    n_steps = plan.epochs * _steps(len(training.labels), plan)
    with torch.random.fork_rng(), threads(cpu_count()), stoppable(progress):
        stepper = Stepper(network, plan, rate_multipliers or {}, class_weights, n_steps, progress)
        run = _Run(stepper, training, validation, plan, class_weights, frozen_norms, rival, progress)
        if checkpoint is None or not run.resume(checkpoint.load()):
            run.start()
        elif run.is_finished:
            progress.note(
                "this training was done before: its result is read from the cache (headway cache --clear deletes it)"
            )
        forecast = run.forecast(again)
        if not run.is_finished:
            progress.start("training", n_steps - run.steps_done)
        while not run.is_finished:
            run.train_epoch(forecast)
            if checkpoint is not None:
                run.save(checkpoint)
            run.tell()
        return run.finish()


def predict(
    network: nn.Module,
    examples: Examples,
    *,
    batch: int = _PREDICTION_BATCH,
    device: str = "cpu",
    precision: Literal["auto", "fp32"] = "auto",
) -> FloatArray:
    """Compute the logits of examples, float32 (n, k), in evaluation mode; smaller batches where memory is short."""
    keep_memory()
    network.eval()
    n = len(examples.labels)
    parts: list[FloatArray] = []
    done = 0
    while done < n:
        safe_point()
        try:
            with torch.no_grad(), autocast(device, precision):
                inputs, _ = examples.batch(np.arange(done, min(done + batch, n)), None)
                parts.append(network(to_device(inputs, device)).float().cpu().numpy())
        except (RuntimeError, MemoryError) as error:
            if not is_out_of_memory(error):
                raise
            if batch == 1:
                raise RunError(TOO_LITTLE_MEMORY) from error
            batch //= 2
        else:
            done += len(parts[-1])
    return np.concatenate(parts)


@dataclass(frozen=True, eq=False)
class _Validation:
    """How good a network is on the validation examples; a larger score is better."""

    score: float
    logits: FloatArray
    loss: float | None = None
    accuracy: float | None = None
    binary_accuracy: float | None = None


class _Run:
    """A training run, from its start or its last epoch to its end."""

    def __init__(
        self,
        stepper: Stepper,
        training: Examples,
        validation: Examples | None,
        plan: Plan,
        class_weights: FloatArray | None,
        frozen_norms: bool,
        rival: Rival | None,
        progress: Progress,
    ) -> None:
        self.stepper, self.network = stepper, stepper.network
        self.training, self.validation, self.plan = training, validation, plan
        self.class_weights, self.frozen_norms, self.progress = class_weights, frozen_norms, progress
        self.rival, self.gains = rival, list[Gain]()
        self.start_weights = stepper.copy()
        self.history: list[Epoch] = []
        self.best, self.diverged, self.seconds = 0, False, 0.0
        self.best_score = -math.inf
        self.best_logits: FloatArray = np.empty((0, 0), np.float32)
        self.best_weights: dict[str, Tensor] = {}
        self.can_save = True
        self.expected: ExpectedTime | None = None

    @property
    def is_finished(self) -> bool:
        return self.history[-1].number >= self.plan.epochs or self.diverged or self.gave_up

    @property
    def gave_up(self) -> bool:
        """Whether it ends early, because it will not beat its rival."""
        return self.rival is not None and self.rival.ends_training and is_hopeless(self.gains, self.plan.epochs)

    @property
    def _is_behind(self) -> bool:
        """Whether it ends behind a rival that it was to be as good as, beyond chance."""
        return self.rival is not None and not self.rival.ends_training and bool(self.gains) and self.gains[-1].is_loss

    @property
    def steps_done(self) -> int:
        """Steps of the epochs that are behind."""
        return self.history[-1].number * _steps(len(self.training.labels), self.plan)

    def start(self) -> None:
        """Evaluate the network as it is given."""
        self._end_epoch(0, time.perf_counter())
        if self.diverged:
            raise RunError("the network to train must give finite numbers, and this one gives NaN or infinity")

    def forecast(self, again: int) -> Forecast:
        """Return what foretells the time of the epochs that are left, and of a run on so many examples after them."""
        validated = 0 if self.validation is None else len(self.validation.labels)
        steps, validation_steps, again_steps = (
            _steps(examples, self.plan) for examples in (len(self.training.labels), validated, again)
        )
        return Forecast(self.plan.epochs - self.history[-1].number, steps, validation_steps, again_steps)

    def train_epoch(self, forecast: Forecast) -> None:
        """Train on every example once, then validate."""
        begin, number = time.perf_counter(), self.history[-1].number + 1
        plan, n = self.plan, len(self.training.labels)
        n_steps = _steps(n, plan)
        torch.manual_seed(random_state(plan.seed, number))  # dropout
        order = np.random.default_rng((plan.seed, number)).permutation(n)
        self.network.train()
        if self.frozen_norms:
            for module in self.network.modules():
                if isinstance(module, nn.modules.batchnorm._BatchNorm):
                    module.eval()
        sums, peak_rate = np.zeros(3), 0.0
        batches = np.array_split(order, n_steps) if plan.even else np.split(order, range(plan.batch, n, plan.batch))
        for step, rows in enumerate(batches):
            step_begin = time.perf_counter()
            taken = self.stepper.step(self.training, rows, (number - 1) * n_steps + step, (plan.seed, number, step))
            if not math.isfinite(taken.loss):
                self._diverge(number)
                return
            sums += np.array([taken.loss, taken.accuracy, taken.binary_accuracy]) * len(rows)
            peak_rate = max(peak_rate, taken.rate)
            self.progress.advance()
            self._foretell(forecast.step(time.perf_counter() - step_begin))
        self._end_epoch(number, begin, (sums / n).tolist(), peak_rate)

    def tell(self) -> None:
        """Say how the last epoch went; where it diverged, that was said."""
        best = self.best if self.plan.keeps == "best" else None
        if not self.diverged and (line := epoch(self.history, self.plan.epochs, best)) is not None:
            self.progress.note(line)
        if self.gave_up:
            self.progress.note(gave_up(self.history[-1].number, self.plan.epochs, *self.gains[-1]))

    def _foretell(self, expected: ExpectedTime | None) -> None:
        if expected is not None and self.validation is not None:
            self.expected = expected
            self.progress.note(expected_time(expected))
            if isinstance(self.progress, PrefixedProgress):
                self.progress.expect(expected.seconds + expected.again_s)

    def _end_epoch(
        self, number: int, begin: float, learned: Sequence[float | None] = (None,) * 3, rate: float = 0.0
    ) -> None:
        """Validate, remember the best weights, and note the epoch in the history.

        ``learned`` are its loss, its accuracy and its binary accuracy on the training examples.
        """
        with self.stepper.averaged():
            validated = self._validate(number)
            if validated is None:
                self._diverge(number)
                return
            if not self.history or self.plan.keeps == "last" or validated.score > self.best_score:
                self.best, self.best_score, self.best_logits = number, validated.score, validated.logits
                self.best_weights = self.stepper.copy()
        if number and self.rival is not None and self.validation is not None:
            self.gains.append(self.rival.gain(validated.logits, self.validation.labels))
        seconds = time.perf_counter() - begin
        self.seconds += seconds
        loss, accuracy, binary = learned
        binary = binary if self.plan.loss == "binary-cross-entropy" else None
        watched = validated.loss, validated.accuracy
        self.history.append(Epoch(number, loss, accuracy, *watched, rate, seconds, binary, validated.binary_accuracy))

    def _validate(self, number: int) -> _Validation | None:
        """Score the network after an epoch; None where its weights or logits are not finite."""
        if self.validation is None:
            finite = all(bool(torch.isfinite(p).all()) for p in self.stepper.parameters.values())
            return _Validation(float(number), self.best_logits) if finite else None
        logits = predict(self.network, self.validation, device=self.plan.device, precision=self.plan.precision)
        if not np.isfinite(logits).all():
            return None
        labels = self.validation.labels
        weights = np.ones(len(labels), np.float32) if self.class_weights is None else self.class_weights[labels]
        right = logits.argmax(1) == labels
        shares = functional.one_hot(torch.from_numpy(labels), logits.shape[1]).float()
        loss = scored = self._loss(logits, shares)
        binary = None
        if self.plan.loss == "binary-cross-entropy":
            binary = binary_accuracy(torch.from_numpy(logits), shares)
        if self.plan.criterion == "calibrated-loss":
            calibrated = fit_calibration(logits, labels, weights).log_probabilities(logits)
            own = -calibrated[np.arange(len(labels)), labels]
            scored = float((own * weights).sum() / weights.sum())
        return _Validation(-scored, logits, loss, float(right.mean()), binary)

    def _loss(self, logits: FloatArray, shares: Tensor) -> float:
        """Return the plan's loss, as steps have it, with weights of 1 on average."""
        weights = None if self.class_weights is None else torch.from_numpy(self.class_weights)
        if weights is not None:
            weights = weights / (shares @ weights).mean()
        return float(losses(torch.from_numpy(logits), shares, weights, self.plan))

    def _diverge(self, number: int) -> None:
        self.diverged = True
        fallback = f"epoch {self.best}" if self.best else "the start"
        if self.validation is None:
            fallback = "what was trained before"
        self.progress.note(
            f"training stopped in epoch {number}, because its loss is not a finite number; {fallback} is kept. "
            f"Try a lower rate: --learning-rate {self.plan.lower_rate:.1g}"
        )

    def save(self, checkpoint: Checkpoint) -> None:
        """Save the state of the run; where that fails, say so once and go on without."""
        if not self.can_save:
            return
        values = {
            "history": [astuple(one) for one in self.history],
            "best": self.best,
            "best_score": self.best_score,
            "diverged": self.diverged,
            "pieces": self.stepper.n_pieces,
            "seconds": self.seconds,
            "gains": self.gains,
        }
        tensors = self.stepper.state() | {f"best/{name}": t for name, t in self.best_weights.items()}
        arrays = {name: tensor.detach().cpu().numpy() for name, tensor in tensors.items()}
        try:
            checkpoint.save(State(values, arrays | {"best_logits": self.best_logits}))
        except OutputError as error:
            self.can_save = False
            self.progress.note(f"training goes on, but cannot resume if it is interrupted: {error}")

    def resume(self, state: State | None) -> bool:
        """Go on from a state, if there is one that fits."""
        if state is None:
            return False
        tensors = {name: torch.from_numpy(array) for name, array in state.arrays.items() if name != "best_logits"}
        if not self.stepper.restore(tensors):
            return False
        values = state.values
        self.history = [_epoch(numbers) for numbers in values["history"]]
        self.best, self.best_score = values["best"], values["best_score"]
        self.gains = [Gain(*numbers) for numbers in values.get("gains", [])]
        self.best_weights, self.best_logits = with_prefix(tensors, "best/"), state.arrays["best_logits"]
        self.diverged, self.stepper.n_pieces, self.seconds = values["diverged"], values["pieces"], values["seconds"]
        return True

    def finish(self) -> LoopResult:
        last = None
        if self.plan.keeps == "last" and self._is_behind:
            self.best, self.best_weights = 0, self.start_weights
        if not self.diverged and self.best < self.history[-1].number:
            with self.stepper.averaged():
                last = self.stepper.copy()
        copy_into(self.stepper.tensors, self.best_weights)
        self.network.to("cpu").eval()
        return LoopResult(
            tuple(self.history),
            self.best,
            self.best_logits,
            self.diverged,
            self.seconds,
            self.expected,
            last,
            self.gave_up,
        )


def _steps(examples: int, plan: Plan) -> int:
    """Return the steps of an epoch."""
    return -(-examples // plan.batch)


def _epoch(numbers: list[float | None]) -> Epoch:
    """Read an epoch of a checkpoint; older ones have NaN in place of None."""
    return Epoch(*[None if value != value else value for value in numbers])  # type: ignore[arg-type]
