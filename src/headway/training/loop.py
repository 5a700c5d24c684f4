"""The one training loop: for fine-tuning and for networks from scratch."""

from __future__ import annotations

import functools
import math
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, nullcontext
from dataclasses import astuple, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from torch import nn
from torch.nn import functional

from headway.backbones.openvino import best_precision
from headway.calibration import fit_temperature, log_softmax
from headway.cores import cpu_count
from headway.errors import DataError, OutputError, RunError, UserError
from headway.training import checkpoint as files
from headway.training.memory import keep_memory
from headway.training.plan import Epoch, Examples, Plan, Trained
from headway.training.team import Alone, team
from headway.types import Silent

if TYPE_CHECKING:
    from torch import Tensor

    from headway.types import FloatArray, IntArray, Progress

_LOWEST = 0.01  # of the learning rate, at the end of the cosine
_PREDICTED_AT_ONCE = 64
_TOO_LITTLE_MEMORY = "there is not enough memory to train on a single picture: take a smaller backbone or --image-size"


def train(
    network: nn.Module,
    learn: Examples,
    validate: Examples | None,
    plan: Plan,
    *,
    rates: Mapping[str, float] | None = None,
    class_weights: FloatArray | None = None,
    checkpoint: Path | None = None,
    key: str = "",
    frozen_norms: bool = False,
    progress: Progress | None = None,
) -> Trained:
    """Train a network and leave it with the weights of its best epoch, or of its last where nothing tells the best.

    A run depends on its arguments only: the same ones give the same weights on the same machine, whether it was
    interrupted or not. With several processes (``accelerate launch``) each computes its part of every batch.

    Parameters
    ----------
    network : nn.Module
        From a batch of inputs to logits (b, k). Trained in place; ends in evaluation mode on the CPU. Parameters that
        need no gradient are left alone.
    learn : Examples
        To learn from.
    validate : Examples or None
        To choose the best epoch on. With None every epoch of the plan is trained, and the last is kept.
    plan : Plan
        How.
    rates : mapping of str to float, optional
        Multiple of the learning rate by name of parameter; 1 for those that are not named.
    class_weights : float32 array (k,), optional
        Weights of the classes in the loss.
    checkpoint : Path, optional
        A file that holds the state after each epoch, and after the last. When it is there, and of the same ``key``,
        the run goes on from it.
    key : str
        What the checkpoint belongs to: a digest of the data and of how they are learnt from.
    frozen_norms : bool
        Whether batch norms keep their statistics.
    progress : Progress, optional
        Told of every step, and when something had to be changed.

    Returns
    -------
    Trained

    Raises
    ------
    DataError
        When a part is empty.
    UserError
        When there is no such device.
    RunError
        When memory does not suffice for a single example.

    Notes
    -----
    When memory does not suffice, steps are computed in halves, quarters, … whose gradients are added up. When the loss
    is no number any more, training stops and the best epoch so far is kept.
    """
    keep_memory()
    if not len(learn.labels) or (validate is not None and not len(validate.labels)):
        raise DataError(
            "training needs pictures to learn from and others to validate on, and one of these parts is empty"
        )
    _check_device(plan.device)
    together = team(plan.device)
    with torch.random.fork_rng(), _threads(together.share_of_cores(cpu_count())):
        run = _Run(network, learn, validate, plan, together, rates or {}, class_weights, frozen_norms, progress)
        if checkpoint is None or not run.resume(files.restore(checkpoint, key)):
            run.start()
        elif not run.goes_on:
            run.progress.note(
                "this training was done before, and its result was kept (headway cache --clear forgets it)"
            )
        while run.goes_on:
            run.epoch()
            if checkpoint is not None:
                run.save(checkpoint, key)
        return run.finish()


def predict(
    network: nn.Module, examples: Examples, *, batch: int = _PREDICTED_AT_ONCE, device: str = "cpu"
) -> FloatArray:
    """Compute the logits of examples as they are.

    Parameters
    ----------
    network : nn.Module
        As in `train`; is put into evaluation mode.
    examples : Examples
        n of them.
    batch : int
        How many at once.
    device : {"cpu", "cuda"}
        Where the network is.

    Returns
    -------
    float32 array (n, k)
    """
    keep_memory()
    network.eval()
    n = len(examples.labels)
    parts: list[FloatArray] = []
    done = 0
    while done < n:
        try:
            with torch.no_grad(), _arithmetic(device):
                inputs, _ = examples.batch(np.arange(done, min(done + batch, n)), None)
                parts.append(network(_moved(inputs, device)).float().cpu().numpy())
        except (RuntimeError, MemoryError) as error:
            if not _is_out_of_memory(error):
                raise
            if batch == 1:
                raise RunError(_TOO_LITTLE_MEMORY) from error
            batch //= 2
        else:
            done += len(parts[-1])
    return np.concatenate(parts)


@dataclass(frozen=True, eq=False)
class _Verdict:
    """How good a network is on the validation part; a larger score is better."""

    score: tuple[float, float]
    logits: FloatArray
    loss: float = math.nan
    accuracy: float = math.nan


class _Run:
    """A training run, from its start or its last epoch to its end."""

    def __init__(
        self,
        network: nn.Module,
        learn: Examples,
        validate: Examples | None,
        plan: Plan,
        together: Alone,
        rates: Mapping[str, float],
        class_weights: FloatArray | None,
        frozen_norms: bool,
        progress: Progress | None,
    ) -> None:
        self.plan, self.learn, self.validate, self.team = plan, learn, validate, together
        self.frozen_norms, self.progress = frozen_norms, progress or Silent()
        self.network = network.to(plan.device, memory_format=torch.channels_last)
        self.called = self.team.wrap(self.network)
        self.parameters = {name: p for name, p in network.named_parameters() if p.requires_grad}
        self.buffers = dict(network.named_buffers())
        self.optimiser = _optimiser(self.parameters, rates, plan)
        self.class_weights = None if class_weights is None else torch.from_numpy(class_weights).to(plan.device)
        self.average = {name: p.detach().clone() for name, p in self.parameters.items()} if plan.averaging else {}
        self.steps = -(-len(learn.labels) // plan.batch)
        self.history: list[Epoch] = []
        self.best, self.diverged, self.pieces, self.seconds = 0, False, 1, 0.0
        self.unsaved = False
        self.best_score = (-math.inf, -math.inf)
        self.best_logits: FloatArray = np.empty((0, 0), np.float32)
        self.best_weights: dict[str, Tensor] = {}

    @property
    def goes_on(self) -> bool:
        done, patience = self.history[-1].number, self.plan.patience
        return done < self.plan.epochs and not self.diverged and not (patience and done - self.best >= patience)

    def start(self) -> None:
        """Evaluate the network as it is given."""
        self._evaluate(Epoch(0, math.nan, math.nan, math.nan, math.nan, 0.0, 0.0), time.perf_counter())
        if self.diverged:
            raise RunError("training must start from a network that gives numbers, and this one gives NaN or infinity")

    def epoch(self) -> None:
        """Learn from every example once, then validate."""
        begin, number = time.perf_counter(), self.history[-1].number + 1
        plan, n = self.plan, len(self.learn.labels)
        torch.manual_seed(_seed(plan.seed, number))  # dropout
        order = np.random.default_rng((plan.seed, number)).permutation(n)
        self.network.train()
        if self.frozen_norms:
            for module in self.network.modules():
                if isinstance(module, nn.modules.batchnorm._BatchNorm):
                    module.eval()
        total = right = 0.0
        largest = 0.0
        self.progress.start(f"epoch {number} of {plan.epochs}", self.steps)
        for step, rows in enumerate(np.array_split(order, self.steps)):
            largest = max(largest, self._set_rate((number - 1) * self.steps + step))
            loss, share_right = self._step(rows, (plan.seed, number, step))
            if not math.isfinite(loss):
                self._diverge(number)
                return
            self._follow((number - 1) * self.steps + step)
            total, right = total + loss * len(rows), right + share_right * len(rows)
            self.progress.advance()
        self._evaluate(Epoch(number, total / n, right / n, math.nan, math.nan, largest, 0.0), begin)

    def _step(self, rows: IntArray, seed: tuple[int, ...]) -> tuple[float, float]:
        """Take one step, in as many pieces as memory asks for."""
        while True:
            try:
                return self._pieced(self.team.share(rows), seed)
            except (RuntimeError, MemoryError) as error:
                if not _is_out_of_memory(error):
                    raise
                if self.pieces >= len(rows):
                    raise RunError(_TOO_LITTLE_MEMORY) from error
            self.pieces *= 2
            self.optimiser.zero_grad()
            at_once = -(-self.plan.batch // self.pieces)
            self.progress.note(f"not enough memory for batches of {self.plan.batch}: computed {at_once} at a time")

    def _pieced(self, rows: IntArray, seed: tuple[int, ...]) -> tuple[float, float]:
        plan, objective, total, right = self.plan, 0.0, 0.0, 0.0
        generator = torch.Generator().manual_seed(_seed(*seed))
        inputs, targets = self.learn.batch(rows, generator)
        for piece in np.array_split(np.arange(len(rows)), min(self.pieces, len(rows))):
            index = slice(int(piece[0]), int(piece[-1]) + 1)
            with _arithmetic(plan.device):
                logits = self.called(_moved(inputs[index], plan.device)).float()
                wanted = _shares(targets[index].to(plan.device), logits.shape[1])
                loss = functional.cross_entropy(
                    logits, wanted, self.class_weights, label_smoothing=plan.label_smoothing
                )
            (loss * (len(piece) / len(rows))).backward()
            objective += float(loss.detach()) * len(piece)
            with torch.no_grad():  # told without smoothing, as that of the validation part is
                total += float(functional.cross_entropy(logits, wanted, self.class_weights)) * len(piece)
            right += float((logits.detach().argmax(1) == wanted.argmax(1)).sum())
        mean = self.team.mean(objective / len(rows))
        if not math.isfinite(mean):
            return mean, 0.0
        if plan.clip:
            nn.utils.clip_grad_norm_(self.parameters.values(), plan.clip)
        self.optimiser.step()
        self.optimiser.zero_grad()
        return self.team.mean(total / len(rows)), self.team.mean(right / len(rows))

    def _set_rate(self, step: int) -> float:
        """Set every group's learning rate for a step, and return that of parameters whose multiple is 1."""
        plan = self.plan
        part = (step + 1) / (plan.epochs * self.steps)
        if plan.schedule == "constant":
            level = 1.0
        elif part < plan.warm_up:
            level = part / plan.warm_up
        else:
            descent = (part - plan.warm_up) / max(1 - plan.warm_up, 1e-9)
            level = _LOWEST + (1 - _LOWEST) * (1 + math.cos(math.pi * descent)) / 2
        for group in self.optimiser.param_groups:
            group["lr"] = plan.learning_rate * group["multiple"] * level
        return plan.learning_rate * level

    def _follow(self, step: int) -> None:
        """Bring the average of the weights up to date; at first it follows closely."""
        if self.average:
            decay = min(self.plan.averaging, (1 + step) / (10 + step))
            now = [p.detach() for p in self.parameters.values()]
            torch._foreach_lerp_(list(self.average.values()), now, 1 - decay)

    @contextmanager
    def _averaged(self) -> Iterator[None]:
        """Put the average in the place of the weights for a while."""
        if not self.average:
            yield
            return
        kept = {name: p.detach().clone() for name, p in self.parameters.items()}
        _put(self.parameters, self.average)
        try:
            yield
        finally:
            _put(self.parameters, kept)

    def _evaluate(self, epoch: Epoch, begin: float) -> None:
        """Validate, remember the best, and write the epoch down."""
        with self._averaged():
            verdict = self._verdict(epoch.number)
            if verdict is None:
                self._diverge(epoch.number)
                return
            if not self.history or verdict.score > self.best_score:
                self.best, self.best_score, self.best_logits = epoch.number, verdict.score, verdict.logits
                self.best_weights = {name: t.detach().cpu().clone() for name, t in self._tensors().items()}
        seconds = time.perf_counter() - begin
        self.seconds += seconds
        self.history.append(
            replace(epoch, validation_loss=verdict.loss, validation_accuracy=verdict.accuracy, seconds=seconds)
        )

    def _verdict(self, number: int) -> _Verdict | None:
        """Say how good the network is after an epoch; None where it computes no numbers any more."""
        if self.validate is None:
            sound = all(bool(torch.isfinite(p).all()) for p in self.parameters.values())
            return _Verdict((float(number), 0.0), np.empty((0, 0), np.float32)) if sound else None
        logits = self.team.agreed(predict(self.network, self.validate, device=self.plan.device))
        if not np.isfinite(logits).all():
            return None
        labels = self.validate.labels
        weights = np.ones(len(labels), np.float32)
        if self.class_weights is not None:
            weights = self.class_weights.cpu().numpy()[labels]
        right = logits.argmax(1) == labels
        tempered = _loss(log_softmax(logits, fit_temperature(logits, labels, weights)), labels, weights)
        score = (-tempered, 0.0)
        if self.plan.criterion == "accuracy":
            score = (float((right * weights).sum() / weights.sum()), -tempered)
        return _Verdict(score, logits, _loss(log_softmax(logits), labels, weights), float(right.mean()))

    def _diverge(self, number: int) -> None:
        self.diverged = True
        kept = f"epoch {self.best}" if self.best else "the start"
        if self.validate is None:
            kept = "what was trained before"
        self.progress.note(
            f"training was stopped in epoch {number}, because its loss was no number any more; {kept} is kept. "
            f"Try a lower rate: --learning-rate {self.plan.lower_rate:.1g}"
        )

    def _tensors(self) -> dict[str, Tensor]:
        return self.parameters | self.buffers

    def state(self) -> files.State:
        """Return all that the epochs to come depend on."""
        arrays = {f"now/{name}": t for name, t in self._tensors().items()}
        arrays |= {f"best/{name}": t for name, t in self.best_weights.items()}
        arrays |= {f"average/{name}": t for name, t in self.average.items()}
        for name, parameter in self.parameters.items():
            moments = self.optimiser.state.get(parameter, {})
            arrays |= {f"optimiser/{name}/{key}": t for key, t in moments.items() if torch.is_tensor(t)}
        about = {
            "history": [astuple(epoch) for epoch in self.history],
            "best": self.best,
            "best_score": self.best_score,
            "diverged": self.diverged,
            "pieces": self.pieces,
            "seconds": self.seconds,
        }
        numpy = {name: tensor.detach().cpu().numpy() for name, tensor in arrays.items()}
        return files.State(about, numpy | {"best_logits": self.best_logits})

    def save(self, path: Path, key: str) -> None:
        """Keep the state of the run; where that cannot be, say so once and go on without."""
        if self.team.rank == 0 and not self.unsaved:
            try:
                files.save(path, key, self.state())
            except OutputError as error:
                self.unsaved = True
                self.progress.note(f"training goes on, but could not be taken up again were it interrupted: {error}")
        self.team.wait()

    def resume(self, state: files.State | None) -> bool:
        """Go on from a state, if there is one that fits."""
        if state is None:
            return False
        arrays = {name: torch.from_numpy(array) for name, array in state.arrays.items() if name != "best_logits"}

        def part(prefix: str) -> dict[str, Tensor]:
            return {name.removeprefix(prefix): t for name, t in arrays.items() if name.startswith(prefix)}

        now, wanted = part("now/"), {name: t.shape for name, t in self._tensors().items()}
        if {name: t.shape for name, t in now.items()} != wanted:
            return False
        _put(self._tensors(), now)
        _put(self.average, part("average/"))
        for name, parameter in self.parameters.items():
            moments = part(f"optimiser/{name}/")
            # Laid out as the parameter is: the fused optimisers go through both by their memory.
            self.optimiser.state[parameter] = {
                key: t.to(parameter.device) if key == "step" else torch.empty_like(parameter.detach()).copy_(t)
                for key, t in moments.items()
            }
        about = state.about
        self.history = [Epoch(*values) for values in about["history"]]
        self.best, self.best_score = about["best"], tuple(about["best_score"])
        self.best_weights, self.best_logits = part("best/"), state.arrays["best_logits"]
        self.diverged, self.pieces, self.seconds = about["diverged"], about["pieces"], about["seconds"]
        return True

    def finish(self) -> Trained:
        _put(self._tensors(), self.best_weights)
        self.network.to("cpu").eval()
        return Trained(tuple(self.history), self.best, self.best_logits, self.diverged, self.seconds)


def _optimiser(parameters: Mapping[str, Any], rates: Mapping[str, float], plan: Plan) -> Any:
    """Make the optimiser, with one group for each multiple of the rate, and for decay or none."""
    groups: dict[tuple[float, bool], list[Any]] = {}
    for name, parameter in parameters.items():
        groups.setdefault((rates.get(name, 1.0), parameter.ndim > 1), []).append(parameter)
    given = [
        {"params": members, "multiple": multiple, "weight_decay": plan.weight_decay if decays else 0.0}
        for (multiple, decays), members in groups.items()
    ]
    if plan.optimiser == "sgd":
        return torch.optim.SGD(given, lr=plan.learning_rate, momentum=0.9, nesterov=True, fused=True)
    if plan.optimiser == "adam":
        return torch.optim.Adam([{**group, "weight_decay": 0.0} for group in given], lr=plan.learning_rate, fused=True)
    return torch.optim.AdamW(given, lr=plan.learning_rate, fused=True)


def _put(places: Mapping[str, Any], values: Mapping[str, Tensor]) -> None:
    with torch.no_grad():
        for name, place in places.items():
            place.copy_(values[name])


def _loss(log_probabilities: Any, labels: IntArray, weights: FloatArray) -> float:
    own = -log_probabilities[np.arange(len(labels)), labels]
    return float((own * weights).sum() / weights.sum())


def _shares(targets: Tensor, n_classes: int) -> Tensor:
    return functional.one_hot(targets, n_classes).float() if targets.ndim == 1 else targets.float()


def _seed(*numbers: int) -> int:
    return int(np.random.SeedSequence(numbers).generate_state(1, np.uint64)[0] >> np.uint64(1))


def _moved(inputs: Tensor, device: str) -> Tensor:
    if device != "cpu":
        inputs = inputs.pin_memory().to(device, non_blocking=True)
    elif inputs.dtype == torch.float16:  # what is kept on disk; CPUs do not compute in it
        inputs = inputs.float()
    if inputs.ndim == 4 and inputs.is_floating_point():
        inputs = inputs.contiguous(memory_format=torch.channels_last)
    return inputs


def _arithmetic(device: str) -> Any:
    """Compute in bfloat16 where that is native; elsewhere it would be slower, and float16 needs care."""
    if device == "cpu":
        return torch.autocast("cpu", torch.bfloat16) if _is_bfloat16_native() else nullcontext()
    return torch.autocast("cuda", torch.bfloat16) if torch.cuda.is_bf16_supported() else nullcontext()


@functools.cache
def _is_bfloat16_native() -> bool:
    return best_precision() == "bf16"


def _check_device(device: str) -> None:
    if device != "cpu" and not torch.cuda.is_available():
        raise UserError(
            "--device cuda needs an NVIDIA GPU and a PyTorch built for it, and PyTorch finds none: take cpu"
        )


def _is_out_of_memory(error: BaseException) -> bool:
    words = ("not enough memory", "can't allocate memory")  # PyTorch's on the CPU, on Windows and elsewhere
    return isinstance(error, MemoryError | torch.OutOfMemoryError) or any(word in str(error) for word in words)


@contextmanager
def _threads(cores: int) -> Iterator[None]:
    """Use so many cores, and leave the caller's setting as it was."""
    before = torch.get_num_threads()
    torch.set_num_threads(cores)
    try:
        yield
    finally:
        torch.set_num_threads(before)
