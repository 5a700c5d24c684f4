"""Fine-tuning on several depths, epoch by epoch on the test part, and what may be made of its end.

    python benchmarks/finetune_curves.py DATA [--seeds 20] [--rates 3e-4] [--head-rate 1] [--outputs depths|last] [--refit]

For each seed: a stratified split, 80 % to learn from and 20 % to test on. The head starts as the logistic regression that a
3-fold search chooses; six epochs are trained on all pictures to learn from, in PyTorch, on maps of the picture as it is
(and of its mirror images, for the average at the end). Accuracy and log-loss are of the test part, with the temperature that
suits it best: they show how training goes, and choose nothing. Printed are the frozen head, each epoch, weights on the way from the
start to the end, logits averaged over the picture and its mirror image, and with those of the frozen head; with ``--refit`` a
head that is searched anew on the trained features. ``--head-rate`` is the head's share of the rate.
"""

from __future__ import annotations

import argparse
import tempfile

import numpy as np
import torch

import headway
from headway.backbones import best_precision, find, read
from headway.calibration import fit_calibration
from headway.search import refit, search
from headway.session import Session
from headway.splits import folds, split
from headway.training.augment import Augment
from headway.training.cuts import fixed_outputs, last_block
from headway.training.device import autocast, to_device
from headway.training.methods import METHODS
from headway.training.module import TrainableNetwork
from headway.training.sources import MapExamples, map_examples
from headway.training.stepper import Stepper
from headway.training.views import Views
from headway.types import Silent

BATCH = 32


def scores(logits: np.ndarray, labels: np.ndarray) -> str:
    losses = -fit_calibration(logits, labels).log_probabilities(logits)[np.arange(len(labels)), labels]
    return f"{(logits.argmax(axis=1) == labels).mean():.4f}, {losses.mean():.4f}"


def chosen_head(features: np.ndarray, labels: np.ndarray, n_classes: int, seed: int):
    rows = np.arange(len(labels))
    parts = folds(labels, contents=[str(row).encode() for row in rows], groups=rows, n_folds=3, seed=seed)
    result = search({"depths": features}, labels, parts, n_classes=n_classes, head="logistic")
    return refit(result.choice, features, labels, n_classes=n_classes)[0]


@torch.no_grad()
def computed(module: TrainableNetwork, examples: MapExamples, view: int, what: str = "forward") -> np.ndarray:
    module.eval()
    parts = []
    for rows in np.array_split(np.arange(len(examples.labels)), max(1, len(examples.labels) // 64)):
        maps = torch.from_numpy(examples.reader.take(rows, [view] * len(rows)))
        with autocast("cpu"):
            parts.append(getattr(module, what)(to_device(maps, "cpu")).float().numpy())
    return np.concatenate(parts)


class Plain(MapExamples):
    """The picture as it is, in every epoch."""

    def batch(self, rows, generator):
        return super().batch(rows, None)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("data")
    parser.add_argument("--seeds", type=int, nargs="+", default=[20])
    parser.add_argument("--rates", type=float, nargs="+", default=[3e-4])
    parser.add_argument("--head-rate", type=float, default=1.0)
    parser.add_argument("--outputs", choices=["depths", "last"], default="depths")
    parser.add_argument("--refit", action="store_true")
    parser.add_argument("--cache", help="where the maps are kept; by default they are not")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, Session.open(options.cache or folder) as session:
        for seed in options.seeds:
            for rate in options.rates:
                one_run(options, session, seed, rate)


def one_run(options, session: Session, seed: int, rate: float) -> None:
    dataset, info = headway.read(options.data), find("efficientnet_lite0")
    network, n_classes, rows = read(info), len(dataset.classes), np.arange(len(dataset))
    contents = [str(row).encode() for row in rows]
    parts = split(dataset.labels, contents=contents, groups=rows, test_fraction=0.2, seed=seed)
    cut, outputs = last_block(network), info.outputs_of(options.outputs)
    fixed = {name: info.dims[name] for name in fixed_outputs(network, cut, outputs)}
    training, test = map_examples(dataset, (parts.train, parts.test), network=network, cut=cut, fixed=fixed,
                                  views=Views(Augment.parse(["hflip"])), size=info.input_size, resize="squash",
                                  precision=best_precision(), session=session)  # fmt: skip
    frozen = headway.embed(dataset.subset(np.concatenate([parts.train, parts.test])), info.name, cache=session.cache)
    features = frozen.read(None, outputs)
    own, other = features[: len(parts.train)], features[len(parts.train) :]
    head = chosen_head(own, training.labels, n_classes, seed)
    frozen_logits = head.logits(other)
    print(f"seed {seed}, rate {rate:g}: frozen {scores(frozen_logits, test.labels)}", flush=True)
    module = TrainableNetwork(network, cut, head, own, outputs, info.dims)
    plan = METHODS["last-block"].plan
    n_steps = -(-len(own) // BATCH)
    multipliers = {"layers.0.weight": options.head_rate, "layers.0.bias": options.head_rate}
    start = {name: tensor.detach().clone() for name, tensor in module.named_parameters()}
    plan = type(plan)(epochs=plan.epochs, learning_rate=rate, label_smoothing=plan.label_smoothing, seed=seed)
    stepper = Stepper(module, plan, multipliers, None, n_steps * plan.epochs, Silent())
    for epoch in range(plan.epochs):
        module.train()
        order = np.random.default_rng((seed, epoch + 1)).permutation(len(own))
        for step, batch in enumerate(np.array_split(order, n_steps)):
            stepper.step(Plain(training.reader, training.labels, training.digests), batch, epoch * n_steps + step,
                         (seed, epoch + 1, step))  # fmt: skip
        print(f"  epoch {epoch + 1}: {scores(computed(module, test, 0), test.labels)}", flush=True)
    logits = [computed(module, test, view) for view in (0, 1)]
    print(f"  with its mirror image: {scores(np.mean(logits, axis=0), test.labels)}")
    both = fit_calibration(logits[0], test.labels).log_probabilities(logits[0])
    both = both + fit_calibration(frozen_logits, test.labels).log_probabilities(frozen_logits)
    print(f"  with the frozen head: {scores(both, test.labels)}")
    if options.refit:
        tuned = computed(module, training, 0, "features"), computed(module, test, 0, "features")
        again = chosen_head(tuned[0], training.labels, n_classes, seed)
        print(f"  a new head on its features: {scores(again.logits(tuned[1]), test.labels)}")
    end = {name: tensor.detach().clone() for name, tensor in module.named_parameters()}
    for share in (0.25, 0.5, 0.75):
        for name, tensor in module.named_parameters():
            tensor.data.copy_(torch.lerp(start[name], end[name], share))
        print(f"  {share:.2f} of the way: {scores(computed(module, test, 0), test.labels)}", flush=True)


if __name__ == "__main__":
    main()
