"""Steps of training: the optimiser, its learning rate, and the moving average of the weights."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import torch
from torch import nn
from torch.nn import functional

from headway.backbones.torch.memory import is_out_of_memory
from headway.errors import RunError
from headway.training.device import TOO_LITTLE_MEMORY, autocast, to_device

if TYPE_CHECKING:
    from torch import Tensor

    from headway.training.plan import Examples, Plan
    from headway.types import FloatArray, IntArray, Progress

_FINAL_LEVEL = 0.01  # of the learning rate, at the end of the cosine
_MOMENTUM = 0.9
_ADAM_DECAY = 0.999  # of the running mean of squares
_KERAS_EPSILON = 1e-7


def random_state(*numbers: int) -> int:
    """Return a seed for PyTorch that depends on all numbers."""
    return int(np.random.SeedSequence(numbers).generate_state(1, np.uint64)[0] >> np.uint64(1))


def rate_level(plan: Plan, step: int, n_steps: int) -> float:
    """Return the learning rate of a step, from 0 on, as a share of the plan's."""
    progress = (step + 1) / n_steps
    if plan.schedule == "constant":
        return 1.0
    if progress < plan.warm_up:
        return progress / plan.warm_up
    descent = (progress - plan.warm_up) / max(1 - plan.warm_up, 1e-9)
    return _FINAL_LEVEL + (1 - _FINAL_LEVEL) * (1 + math.cos(math.pi * descent)) / 2


def make_optimiser(parameters: Mapping[str, Any], multipliers: Mapping[str, float], plan: Plan) -> Any:
    """Make the optimiser, with a group for each multiplier of the rate, with and without weight decay."""
    groups: dict[tuple[float, bool], list[Any]] = {}
    for name, parameter in parameters.items():
        groups.setdefault((multipliers.get(name, 1.0), parameter.ndim > 1), []).append(parameter)
    given = [
        {"params": members, "multiplier": multiplier, "weight_decay": plan.weight_decay if decays else 0.0}
        for (multiplier, decays), members in groups.items()
    ]
    if plan.optimiser == "adamw":
        return torch.optim.AdamW(given, lr=plan.learning_rate, fused=True)
    given = [{**group, "weight_decay": 0.0} for group in given]
    if plan.optimiser == "adam":
        return torch.optim.Adam(given, lr=plan.learning_rate, fused=True)
    momentum = _MOMENTUM if plan.optimiser == "sgd-momentum" else 0.0
    return torch.optim.SGD(given, lr=plan.learning_rate, momentum=momentum, fused=True)


def adam_epsilon(step: int) -> float:
    """Return the epsilon with which PyTorch's Adam takes a step, from 0 on, as Keras' Adam does with 1e-7.

    Keras adds it to the root of the running mean of the squares before the correction of that mean's bias, PyTorch
    after it.
    """
    return _KERAS_EPSILON / math.sqrt(1 - _ADAM_DECAY ** (step + 1))


def losses(logits: Tensor, shares: Tensor, weights: Tensor | None, plan: Plan, smoothing: float = 0.0) -> Tensor:
    """Return the plan's loss of a batch: on average over examples, or over examples and outputs."""
    if plan.loss == "cross-entropy":
        return functional.cross_entropy(logits, shares, weights, label_smoothing=smoothing)
    each = functional.binary_cross_entropy_with_logits(logits, shares, reduction="none").mean(1)
    return (each if weights is None else each * (shares @ weights)).mean()


def binary_accuracy(logits: Tensor, shares: Tensor) -> float:
    """Return the part of all answers, one for each example and class, that is right: what Keras calls accuracy."""
    return float(((logits > 0) == (shares > 0.5)).float().mean())


class StepScores(NamedTuple):
    """What a step did; the loss and the accuracies are of its batch, before it."""

    loss: float
    accuracy: float
    rate: float
    binary_accuracy: float


def trained(network: nn.Module) -> dict[str, Any]:
    """Return a network's parameters that are trained."""
    return {name: p for name, p in network.named_parameters() if p.requires_grad}


def changing(network: nn.Module) -> dict[str, Any]:
    """Return all that training may change of a network: trained parameters and buffers."""
    return trained(network) | dict(network.named_buffers())


def copy_into(targets: Mapping[str, Any], values: Mapping[str, Tensor]) -> None:
    """Copy tensors into those of the same names."""
    with torch.no_grad():
        for name, target in targets.items():
            target.copy_(values[name])


class Stepper:
    """A network with its optimiser: all that changes from step to step, of ``n_steps`` in all epochs."""

    def __init__(
        self,
        network: nn.Module,
        plan: Plan,
        multipliers: Mapping[str, float],
        class_weights: FloatArray | None,
        n_steps: int,
        progress: Progress,
    ) -> None:
        self.network = network.to(plan.device, memory_format=torch.channels_last)
        self.parameters = trained(network)
        self.n_pieces = 1  # that a batch is computed in, for want of memory
        self._plan, self._n_steps, self._progress = plan, n_steps, progress
        self.optimiser = make_optimiser(self.parameters, multipliers, plan)
        self._class_weights = None if class_weights is None else torch.from_numpy(class_weights).to(plan.device)
        self._average = {name: p.detach().clone() for name, p in self.parameters.items()} if plan.averaging else {}

    @property
    def tensors(self) -> dict[str, Tensor]:
        """The trained parameters and the buffers."""
        return changing(self.network)

    def copy(self) -> dict[str, Tensor]:
        """Return copies of them on the CPU."""
        return {name: t.detach().cpu().clone() for name, t in self.tensors.items()}

    def step(self, examples: Examples, rows: IntArray, number: int, seed: tuple[int, ...]) -> StepScores:
        """Take one step.

        When memory does not suffice, the step is computed in halves, quarters, … whose gradients are added up.
        """
        level = rate_level(self._plan, number, self._n_steps)
        for group in self.optimiser.param_groups:
            group["lr"] = self._plan.learning_rate * group["multiplier"] * level
            if self._plan.optimiser == "adam":
                group["eps"] = adam_epsilon(number)
        loss, accuracy, binary = self._step_within_memory(examples, rows, seed)
        if math.isfinite(loss):
            self._update_average(number)
        return StepScores(loss, accuracy, self._plan.learning_rate * level, binary)

    def _step_within_memory(
        self, examples: Examples, rows: IntArray, seed: tuple[int, ...]
    ) -> tuple[float, float, float]:
        while True:
            try:
                return self._descend(examples, rows, seed)
            except (RuntimeError, MemoryError) as error:
                if not is_out_of_memory(error):
                    raise
                if self.n_pieces >= len(rows):
                    raise RunError(TOO_LITTLE_MEMORY) from error
            self.n_pieces *= 2
            self.optimiser.zero_grad()
            batch = self._plan.batch
            at_once = -(-batch // self.n_pieces)
            self._progress.note(f"not enough memory for batches of {batch}: computed {at_once} at a time")

    def _descend(self, examples: Examples, rows: IntArray, seed: tuple[int, ...]) -> tuple[float, float, float]:
        """Take a step; return its loss, accuracy and binary accuracy."""
        plan, objective, total, right, answered = self._plan, 0.0, 0.0, 0.0, 0.0
        generator = torch.Generator().manual_seed(random_state(*seed))
        inputs, targets = examples.batch(rows, generator)
        for piece in np.array_split(np.arange(len(rows)), min(self.n_pieces, len(rows))):
            index = slice(int(piece[0]), int(piece[-1]) + 1)
            with autocast(plan.device, plan.precision):
                logits = self.network(to_device(inputs[index], plan.device)).float()
                shares = _class_shares(targets[index].to(plan.device), logits.shape[1])
                loss = losses(logits, shares, self._class_weights, plan, plan.label_smoothing)
            (loss * (len(piece) / len(rows))).backward()
            objective += float(loss.detach()) * len(piece)
            with torch.no_grad():  # reported without smoothing, as that of the validation rows is
                total += float(losses(logits, shares, self._class_weights, plan)) * len(piece)
            right += float((logits.detach().argmax(1) == shares.argmax(1)).sum())
            answered += binary_accuracy(logits.detach(), shares) * len(piece)
        if not math.isfinite(objective):
            return objective, 0.0, 0.0
        if plan.clip:
            nn.utils.clip_grad_norm_(self.parameters.values(), plan.clip)
        self.optimiser.step()
        self.optimiser.zero_grad()
        return total / len(rows), right / len(rows), answered / len(rows)

    def _update_average(self, step: int) -> None:
        """Move the average towards the weights, at first by more."""
        if self._average:
            decay = min(self._plan.averaging, (1 + step) / (10 + step))
            weights = [p.detach() for p in self.parameters.values()]
            torch._foreach_lerp_(list(self._average.values()), weights, 1 - decay)

    @contextmanager
    def averaged(self) -> Iterator[None]:
        """Put the average in the place of the weights for the body of a ``with`` statement."""
        if not self._average:
            yield
            return
        weights = {name: p.detach().clone() for name, p in self.parameters.items()}
        copy_into(self.parameters, self._average)
        try:
            yield
        finally:
            copy_into(self.parameters, weights)

    def state(self) -> dict[str, Tensor]:
        """Return all that the steps to come depend on."""
        state = {f"now/{name}": t for name, t in self.tensors.items()}
        state |= {f"average/{name}": t for name, t in self._average.items()}
        for name, parameter in self.parameters.items():
            moments = self.optimiser.state.get(parameter, {})
            state |= {f"optimiser/{name}/{key}": t for key, t in moments.items() if torch.is_tensor(t)}
        return state

    def restore(self, state: Mapping[str, Tensor]) -> bool:
        """Go back to a state; False, and nothing changes, where it is another network's."""
        weights = with_prefix(state, "now/")
        if {name: t.shape for name, t in weights.items()} != {name: t.shape for name, t in self.tensors.items()}:
            return False
        copy_into(self.tensors, weights)
        copy_into(self._average, with_prefix(state, "average/"))
        for name, parameter in self.parameters.items():
            # Laid out as the parameter is: the fused optimisers go through both by their memory.
            self.optimiser.state[parameter] = {
                key: t.to(parameter.device) if key == "step" else torch.empty_like(parameter.detach()).copy_(t)
                for key, t in with_prefix(state, f"optimiser/{name}/").items()
            }
        return True


def with_prefix(tensors: Mapping[str, Tensor], prefix: str) -> dict[str, Tensor]:
    """Return the tensors whose names have a prefix, by the rest of the name."""
    return {name.removeprefix(prefix): t for name, t in tensors.items() if name.startswith(prefix)}


def _class_shares(targets: Tensor, n_classes: int) -> Tensor:
    return functional.one_hot(targets, n_classes).float() if targets.ndim == 1 else targets.float()
