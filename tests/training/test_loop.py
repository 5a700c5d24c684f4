from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import nn

from headway.budget import Budget, OutOfTimeError, PrefixedProgress
from headway.calibration import softmax
from headway.errors import DataError, OutputError, RunError, UserError
from headway.facts.training import ExpectedTime
from headway.training import loop
from headway.training.checkpoint import Checkpoint, State
from headway.training.loop import predict, train
from headway.training.plan import LoopResult, Plan
from headway.training.stepper import Stepper, changing, copy_into, losses
from headway.types import Silent

N, D, K = 96, 6, 3
PLAN = Plan(epochs=4, batch=16, learning_rate=0.05)


@pytest.fixture(autouse=True)
def one_thread(monkeypatch: pytest.MonkeyPatch) -> None:
    """On matrices as small as these threads only wait for each other."""
    monkeypatch.setattr(loop, "cpu_count", lambda: 1)


class Clouds:
    """Points around one centre a class, a little noise added in training."""

    def __init__(self, seed: int, n: int = N, spread: float = 1.0) -> None:
        rng = np.random.default_rng(seed)
        self.labels = rng.integers(0, K, n)
        centres = np.random.default_rng(9).normal(size=(K, D)) * 2
        self.points = torch.from_numpy((centres[self.labels] + spread * rng.normal(size=(n, D))).astype(np.float32))

    def batch(self, rows, generator):
        points = self.points[rows]
        if generator is not None:
            points = points + 0.1 * torch.randn(points.shape, generator=generator)
        return points, torch.from_numpy(self.labels[rows])


def network(seed: int = 0, dropout: float = 0.2) -> nn.Module:
    torch.manual_seed(seed)
    return nn.Sequential(nn.Linear(D, 16), nn.BatchNorm1d(16), nn.ReLU(), nn.Dropout(dropout), nn.Linear(16, K))


def weights(module: nn.Module) -> bytes:
    return b"".join(tensor.numpy().tobytes() for tensor in module.state_dict().values())


def run(plan: Plan = PLAN, training: Clouds | None = None, **more) -> tuple[nn.Module, LoopResult]:
    module = network()
    return module, train(module, training or Clouds(0), Clouds(1), plan, **more)


def test_it_is_given_up_at_once_where_it_is_expected_to_take_longer_than_there_is_time() -> None:
    progress = PrefixedProgress(Silent())
    with progress.stopping(Budget(1000), gives_up=True), pytest.raises(OutOfTimeError) as stop:
        run(replace(PLAN, epochs=10**9), progress=progress)
    assert stop.value.expected > 1000


def test_it_learns() -> None:
    module, trained = run(replace(PLAN, epochs=8))
    assert [epoch.number for epoch in trained.history] == list(range(9))
    start, *epochs = trained.history
    assert start.train_loss is None and start.validation_accuracy < 0.8
    assert epochs[-1].validation_accuracy > 0.9 and epochs[-1].train_loss < epochs[0].train_loss
    assert not module.training and trained.best > 0 and not trained.diverged
    np.testing.assert_array_equal(predict(module, Clouds(1)), trained.validation_logits)
    assert trained.seconds == pytest.approx(sum(epoch.seconds for epoch in trained.history))


@pytest.mark.parametrize("optimiser", ["adamw", "adam", "sgd", "sgd-momentum"])
def test_the_same_seed_gives_the_same_weights(optimiser: str) -> None:
    plan = replace(PLAN, optimiser=optimiser, averaging=0.9, clip=1.0)
    torch.manual_seed(1)
    first, one = run(plan)
    torch.manual_seed(2)
    second, two = run(plan)
    third, _ = run(replace(plan, seed=1))
    assert weights(first) == weights(second) != weights(third)
    np.testing.assert_array_equal(one.validation_logits, two.validation_logits)


def test_the_callers_randomness_and_threads_are_left_alone() -> None:
    torch.manual_seed(5)
    expected = torch.rand(3)
    threads = torch.get_num_threads()
    module = network()
    torch.manual_seed(5)
    train(module, Clouds(0), Clouds(1), replace(PLAN, epochs=1))
    assert torch.equal(torch.rand(3), expected)
    assert torch.get_num_threads() == threads


class Killed(BaseException):
    pass


class Mortal(Clouds):
    """Clouds that end the run when some batch is asked for."""

    def __init__(self, last: int) -> None:
        super().__init__(0)
        self.batches, self.last = 0, last

    def batch(self, rows, generator):
        if generator is not None:
            self.batches += 1
            if self.batches == self.last:
                raise Killed
        return super().batch(rows, generator)


@pytest.mark.parametrize("optimiser", ["adamw", "sgd-momentum"])
@pytest.mark.parametrize("killed_in", [1, 2, 4])
def test_a_run_that_was_killed_goes_on_to_the_same_end(optimiser: str, killed_in: int, tmp_path: Path) -> None:
    plan = replace(PLAN, optimiser=optimiser, averaging=0.9)
    undisturbed, expected = run(plan)
    clouds = Mortal((killed_in - 1) * 6 + 3)
    checkpoint = Checkpoint(tmp_path / "folder" / "run.npz", "this")
    with pytest.raises(Killed):
        run(plan, clouds, checkpoint=checkpoint)
    assert checkpoint.path.exists() == (killed_in > 1)
    resumed, trained = run(plan, clouds, checkpoint=checkpoint)
    assert clouds.batches == 4 * 6 + 3
    assert weights(resumed) == weights(undisturbed)
    histories = [[replace(epoch, seconds=None) for epoch in one.history] for one in (trained, expected)]
    assert histories[0] == histories[1]
    np.testing.assert_array_equal(trained.validation_logits, expected.validation_logits)
    assert trained.best == expected.best


def test_a_checkpoint_with_nan_for_what_is_not_known_is_read(tmp_path: Path) -> None:
    checkpoint = Checkpoint(tmp_path / "run.npz", "this")
    _, trained = run(checkpoint=checkpoint)
    state = checkpoint.load()
    old = [[math.nan if value is None else value for value in epoch] for epoch in state.values["history"]]
    checkpoint.save(State({**state.values, "history": old}, state.arrays))
    _, again = run(checkpoint=checkpoint)
    assert again.history == trained.history and again.history[0].train_loss is None


def test_a_checkpoint_of_another_run_or_a_damaged_one_is_not_used(tmp_path: Path) -> None:
    path = tmp_path / "run.npz"
    checkpoint = Checkpoint(path, "this")
    expected, _ = run()
    run(replace(PLAN, seed=3), checkpoint=Checkpoint(path, "another"))
    module, _ = run(checkpoint=checkpoint)
    assert weights(module) == weights(expected)
    path.write_bytes(path.read_bytes()[:100])
    module, _ = run(checkpoint=checkpoint)
    assert weights(module) == weights(expected)
    wide = nn.Linear(D, K)
    trained = train(wide, Clouds(0), Clouds(1), PLAN, checkpoint=checkpoint)
    assert len(trained.history) == 5


def test_no_damage_to_a_checkpoint_stops_a_run_or_changes_it(tmp_path: Path) -> None:
    path = tmp_path / "run.npz"
    whole = State({"epoch": 3}, {"now/weight": np.arange(3.0), "best_logits": np.ones((2, 2))})
    checkpoint = Checkpoint(path, "this")
    checkpoint.save(whole)
    sound = path.read_bytes()
    for place in range(len(sound)):
        for pattern in (1, 0x80, 0xFF):
            path.write_bytes(sound[:place] + bytes([sound[place] ^ pattern]) + sound[place + 1 :])
            state = checkpoint.load()
            if state is not None:
                assert state.values["epoch"] == 3 and state.arrays.keys() == whole.arrays.keys()
                for name, array in whole.arrays.items():
                    np.testing.assert_array_equal(state.arrays[name], array)


def test_a_finished_run_is_read_from_its_checkpoint(tmp_path: Path) -> None:
    checkpoint = Checkpoint(tmp_path / "run.npz", "this")
    module, trained = run(checkpoint=checkpoint)
    again, same = run(training=Mortal(1), checkpoint=checkpoint)
    assert weights(again) == weights(module) and same.best == trained.best


class Notes(Silent):
    def __init__(self) -> None:
        self.notes: list[str] = []

    def note(self, message: str) -> None:
        self.notes.append(message)


def test_a_loss_that_is_no_number_ends_the_run_with_what_was_good() -> None:
    class Poisoned(Clouds):
        batches = 0

        def batch(self, rows, generator):
            points, labels = super().batch(rows, generator)
            if generator is not None:
                self.batches += 1
                if self.batches == 2 * 6 + 3:
                    points = points * math.nan
            return points, labels

    notes, module = Notes(), network()
    trained = train(module, Poisoned(0), Clouds(1), replace(PLAN, epochs=6), progress=notes)
    assert trained.diverged and len(trained.history) == 3 and trained.best in (1, 2)
    assert [note.partition(":")[0].split(" (")[0] for note in notes.notes[1:3]] == ["epoch 1 of 6", "epoch 2 of 6"]
    assert notes.notes[3:] == [
        f"training stopped in epoch 3, because its loss is not a finite number; epoch {trained.best} is kept. "
        "Try a lower rate: --learning-rate 0.02"
    ]
    assert np.isfinite(predict(module, Clouds(1))).all()
    np.testing.assert_array_equal(predict(module, Clouds(1)), trained.validation_logits)


def test_weights_that_explode_are_found_when_validated() -> None:
    notes, module = Notes(), network()
    trained = train(
        module, Clouds(0), Clouds(1), Plan(epochs=2, batch=N, learning_rate=1e38, optimiser="sgd"), progress=notes
    )
    assert trained.diverged and trained.best == 0 and "the start is kept" in notes.notes[1]


def test_a_network_that_gives_no_numbers_is_refused() -> None:
    module = network()
    module[0].weight.data.fill_(math.nan)
    with pytest.raises(RunError, match="must give finite numbers, and this one gives NaN"):
        train(module, Clouds(0), Clouds(1), PLAN)


def short_of_memory(most: int, *, training: bool = True):
    class Short(nn.Linear):
        def forward(self, inputs):
            if self.training == training and len(inputs) > most:
                torch.empty(10**14)  # what PyTorch itself says then
            return super().forward(inputs)

    torch.manual_seed(0)
    return Short(D, K)


def test_without_memory_the_batch_is_halved_and_the_steps_stay_the_same() -> None:
    notes, module = Notes(), short_of_memory(5)
    trained = train(module, Clouds(0), Clouds(1), PLAN, progress=notes)
    assert [note for note in notes.notes if "memory" in note] == [
        "not enough memory for batches of 16: computed 8 at a time",
        "not enough memory for batches of 16: computed 4 at a time",
    ]
    plain = short_of_memory(99)
    expected = train(plain, Clouds(0), Clouds(1), PLAN)
    np.testing.assert_allclose(trained.validation_logits, expected.validation_logits, rtol=0.02, atol=0.02)


def test_without_memory_for_one_picture_it_says_so() -> None:
    with pytest.raises(RunError, match="not enough memory to train on a single picture"):
        train(short_of_memory(0), Clouds(0), Clouds(1), PLAN)


def test_without_memory_fewer_are_validated_at_once() -> None:
    expected = predict(short_of_memory(99), Clouds(1))
    np.testing.assert_allclose(predict(short_of_memory(5, training=False), Clouds(1)), expected, rtol=1e-2, atol=1e-2)
    with pytest.raises(RunError, match="not enough memory"):
        predict(short_of_memory(0, training=False), Clouds(1))


def test_a_full_disk_stops_no_training(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_):
        raise OutputError("run.npz cannot be written: no space left")

    monkeypatch.setattr(Checkpoint, "save", full)
    notes = Notes()
    module, _ = run(checkpoint=Checkpoint(tmp_path / "run.npz", "this"), progress=notes)
    assert weights(module) == weights(run()[0])
    assert len([note for note in notes.notes if "no space left" in note]) == 1


class Clock:
    """A clock on which a second passes whenever it is looked at."""

    now = 0.0

    def perf_counter(self) -> float:
        self.now += 1
        return self.now


def test_its_time_is_told_after_the_first_steps(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(loop, "time", Clock())
    notes, checkpoint = Notes(), Checkpoint(tmp_path / "run.npz", "this")
    _, trained = run(progress=notes, again=2 * N, checkpoint=checkpoint)
    steps = N // PLAN.batch
    assert trained.expected == ExpectedTime(4, pytest.approx(4 * steps * (1 + 1 / 3)), 4 * 2.0 * steps)
    first, *epochs = notes.notes
    assert first == "training takes about 30 s for 4 epochs, then up to about 50 s once more on all pictures"
    assert [line[:12] for line in epochs] == [f"epoch {number} of 4" for number in (1, 2, 3, 4)]
    assert ", about " in epochs[0] and "accuracy" in epochs[0] and "left" not in epochs[3]
    _, done = run(checkpoint=checkpoint)
    assert done.expected is None, "nothing was left to do"
    module = network()
    assert train(module, Clouds(0), None, PLAN, progress=notes).expected is None
    assert len(notes.notes) == 9, "it was told before, of the run on all pictures"
    assert "accuracy in training" in notes.notes[5] and "kept" not in notes.notes[5]


def test_it_can_be_stopped_between_batches_of_the_validation(tmp_path: Path) -> None:
    class Stopping(Silent):
        def advance(self, steps: int = 1) -> None:
            if not steps:
                raise TimeoutError

    with pytest.raises(TimeoutError):
        run(progress=Stopping())


def test_other_errors_are_not_taken_for_lack_of_memory() -> None:
    with pytest.raises(RuntimeError, match="shapes cannot be multiplied"):
        train(nn.Linear(D + 1, K), Clouds(0), Clouds(1), PLAN)


@pytest.mark.parametrize("loss", ["cross-entropy", "binary-cross-entropy"])
def test_the_best_epoch_is_that_of_the_least_loss(loss: str) -> None:
    plan = replace(PLAN.as_keras("adam"), epochs=6, learning_rate=0.1, loss=loss)
    module, validation = network(), Clouds(1, spread=3.0)
    trained = train(module, Clouds(0, spread=3.0), validation, plan)
    losses_of_epochs = [epoch.validation_loss for epoch in trained.history]
    assert losses_of_epochs[trained.best] == min(losses_of_epochs)
    kept = (trained.validation_logits.argmax(1) == validation.labels).mean()
    assert kept == trained.history[trained.best].validation_accuracy
    shares = torch.eye(K)[torch.from_numpy(validation.labels)]
    logits = torch.from_numpy(trained.validation_logits)
    expected = nn.functional.cross_entropy(logits, shares)
    answers = {epoch.validation_binary_accuracy for epoch in trained.history}
    if loss == "binary-cross-entropy":
        expected = nn.functional.binary_cross_entropy(logits.sigmoid(), shares)
        assert float(((logits > 0) == (shares > 0)).float().mean()) in answers
        assert all(0.5 < epoch.train_binary_accuracy < 1 for epoch in trained.history[1:])
    else:
        assert answers == {None} == {epoch.train_binary_accuracy for epoch in trained.history}
    assert min(losses_of_epochs) == pytest.approx(float(expected), rel=1e-5)


def test_the_weights_after_the_last_epoch_are_handed_on() -> None:
    def run(epochs: int) -> tuple[nn.Module, LoopResult]:
        plan = replace(PLAN, epochs=epochs, learning_rate=0.1, schedule="constant", averaging=0.5)
        module = network()
        return module, train(module, Clouds(0, spread=3.0), validation, plan)

    validation = Clouds(1, spread=3.0)
    module, trained = run(8)
    assert 0 < trained.best < 8
    best = weights(module)
    copy_into(changing(module), trained.last)
    logits = predict(module, validation)
    assert weights(module) != best
    assert (logits.argmax(1) == validation.labels).mean() == trained.history[-1].validation_accuracy
    module, trained = run(trained.best)
    assert trained.last is None and weights(module) == best, "the last epoch is the best"


def test_weights_of_classes_weigh_binary_losses() -> None:
    logits, shares = torch.tensor([[2.0, -1.0], [0.5, 1.0]]), torch.eye(2)
    plan = replace(PLAN, loss="binary-cross-entropy")
    each = [float(losses(logits[[row]], shares[[row]], None, plan)) for row in (0, 1)]
    assert float(losses(logits, shares, None, plan)) == pytest.approx(sum(each) / 2)
    weighted = losses(logits, shares, torch.tensor([3.0, 1.0]), plan)
    assert float(weighted) == pytest.approx((3 * each[0] + each[1]) / 2)


class Counted(Clouds):
    """Clouds that note the sizes of batches."""

    def __init__(self) -> None:
        super().__init__(0, n=70)
        self.sizes: list[int] = []

    def batch(self, rows, generator):
        if generator is not None:
            self.sizes.append(len(rows))
        return super().batch(rows, generator)


def test_batches_are_of_equal_size_or_full_as_in_keras() -> None:
    for plan, sizes in ((PLAN, [14] * 5), (PLAN.as_keras("sgd"), [16, 16, 16, 16, 6])):
        clouds = Counted()
        run(replace(plan, epochs=1), clouds)
        assert clouds.sizes == sizes


def test_the_rate_warms_up_and_falls() -> None:
    multipliers = {"0.weight": 0.5, "4.weight": 0.0}
    stepper = Stepper(network(), replace(PLAN, epochs=5), multipliers, None, 30, Silent())
    rates: list[list[float]] = []
    for number in range(30):
        rate = stepper.step(Clouds(0), np.arange(16), number, (number,)).rate
        rates.append([group["lr"] for group in stepper.optimiser.param_groups])
        assert rate == max(rates[-1])
    table = np.array(rates)
    assert table.shape == (30, 3)  # half, none, and all for the vectors, which do not decay
    top = table.max(axis=1)
    assert top.argmax() == 2 and top[0] == pytest.approx(0.05 / 3) and top[2] == pytest.approx(0.05)
    assert (np.diff(top[2:]) < 0).all() and top[-1] == pytest.approx(0.05 / 100)
    assert {round(value, 6) for value in table[2].tolist()} == {0.025, 0.05, 0.0}
    assert max(epoch.learning_rate for epoch in run(replace(PLAN, epochs=5))[1].history) == pytest.approx(0.05)


def test_a_rate_of_zero_changes_nothing() -> None:
    module = network()
    before = module[4].weight.detach().clone()
    train(module, Clouds(0), Clouds(1), PLAN, rate_multipliers={"4.weight": 0.0})
    assert torch.equal(module[4].weight, before)
    assert not torch.equal(module[0].weight, network()[0].weight)


def test_what_needs_no_gradient_is_left_alone() -> None:
    module = network()
    module[0].weight.requires_grad_(False)
    before = module[0].weight.clone()
    train(module, Clouds(0), Clouds(1), PLAN)
    assert torch.equal(module[0].weight, before)


def test_the_loss_is_told_without_smoothing_and_followed_with_it() -> None:
    plan = replace(PLAN, epochs=1, batch=1_000, schedule="constant", learning_rate=1e-2)
    (plain, sharp), (smooth, blurred) = (run(replace(plan, label_smoothing=amount)) for amount in (0.0, 0.5))
    assert blurred.history[1].train_loss == sharp.history[1].train_loss
    assert weights(plain) != weights(smooth)


def test_frozen_norms_keep_their_statistics() -> None:
    for frozen in (True, False):
        module = network()
        before = module[1].running_mean.clone()
        train(module, Clouds(0), Clouds(1), PLAN, frozen_norms=frozen)
        assert torch.equal(module[1].running_mean, before) == frozen


def test_class_weights_move_the_border() -> None:
    shares = []
    for heavy in (1.0, 20.0):
        weighted = np.array([heavy, 1, 1], np.float32)
        trained = train(network(), Clouds(0, spread=4), Clouds(1, spread=4), PLAN, class_weights=weighted)
        shares.append(softmax(trained.validation_logits)[:, 0].mean())
    assert shares[1] > shares[0] + 0.05


def test_targets_may_be_shares_of_classes() -> None:
    class Soft(Clouds):
        def batch(self, rows, generator):
            points, labels = super().batch(rows, generator)
            return points, nn.functional.one_hot(labels, K).float()

    hard, soft = network(), network()
    train(hard, Clouds(0), Clouds(1), PLAN)
    train(soft, Soft(0), Clouds(1), PLAN)
    assert weights(hard) == weights(soft)


def test_averaged_weights_are_the_average() -> None:
    """With all weights of a moving average known, it is computed by hand."""
    seen: list[np.ndarray] = []

    class Recorder(Clouds):
        def batch(self, rows, generator):
            if generator is not None:
                seen.append(module.weight.detach().numpy().copy())
            return super().batch(rows, generator)

    torch.manual_seed(0)
    module = nn.Linear(D, K)
    plan = Plan(epochs=1, batch=32, learning_rate=0.01, averaging=0.8, optimiser="sgd", schedule="constant")
    trained = train(module, Recorder(0), Clouds(1), plan)
    assert trained.best == 1 and len(seen) == 3
    plain = nn.Linear(D, K)
    torch.manual_seed(0)
    plain = nn.Linear(D, K)
    train(plain, Clouds(0), Clouds(1), replace(plan, averaging=0.0))
    average = seen[0].copy()
    for step, now in enumerate([*seen[1:], plain.weight.detach().numpy()]):
        decay = min(0.8, (1 + step) / (10 + step))
        average = decay * average + (1 - decay) * now
    np.testing.assert_allclose(module.weight.detach().numpy(), average, atol=1e-6)


def test_empty_parts_and_missing_devices() -> None:
    with pytest.raises(DataError, match="one of these parts is empty"):
        train(network(), Clouds(0), Clouds(1, n=0), PLAN)
    with pytest.raises(UserError, match="--device cuda needs an NVIDIA GPU"):
        run(replace(PLAN, device="cuda"))


def test_without_a_validation_part_the_last_epoch_is_kept() -> None:
    module = network()
    trained = train(module, Clouds(0), None, PLAN)
    assert trained.best == 4 and len(trained.history) == 5 and trained.validation_logits.size == 0
    assert all(epoch.validation_loss is None for epoch in trained.history)
    _, watched = run(PLAN)
    assert [epoch.train_loss for epoch in trained.history[1:]] == [epoch.train_loss for epoch in watched.history[1:]]


def test_without_a_validation_part_weights_that_are_no_numbers_are_noticed() -> None:
    plan = Plan(
        epochs=1, batch=N, learning_rate=1e39, optimiser="sgd", schedule="constant"
    )  # more than a float32 holds
    trained = train(network(), Clouds(0), None, plan)
    assert trained.diverged and trained.best == 0


def linear() -> nn.Module:
    torch.manual_seed(0)
    return nn.Linear(D, K)


def test_the_last_epoch_is_kept_where_the_plan_says_so() -> None:
    ends, module = linear(), linear()
    plan = Plan(epochs=2, batch=8, learning_rate=3.0, criterion="loss")  # much too far
    training, validation = Clouds(0, spread=3.0), Clouds(1, spread=3.0)
    assert train(linear(), training, validation, plan).best == 0
    kept = train(module, training, validation, replace(plan, keeps="last"))
    assert kept.best == 2 and kept.last is None
    np.testing.assert_array_equal(predict(module, validation), kept.validation_logits)
    train(ends, training, None, plan)
    torch.testing.assert_close(module.weight, ends.weight)
