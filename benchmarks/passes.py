"""How often logistic regression in passes reads its rows, against the solver that has them in memory.

    headway embed DATA -o features.parquet --features last
    python benchmarks/passes.py features.parquet [--gap 3e-5] [--sample 8]

For C = 0.001, 0.01, 0.1, 1 and 10, one after the other: passes over the rows until the objective is within so many nats
a row of its minimum. A pass is two products with all rows: one for logits, one for the gradient. A step of the solver
in memory is two such products, too. Further columns: fewer moves remembered, moves forgotten from one C to the next, a
solution for every n-th row to begin with (passes over these, and over all). The heads must predict the same.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np

from headway.embedding import read_features
from headway.heads import LogisticPath, StreamedLogistic, standardise, streamed, sums_of

PATH = (0.001, 0.01, 0.1, 1.0, 10.0)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("file", type=Path)
    parser.add_argument("--gap", type=float, default=3e-5)
    parser.add_argument("--sample", type=int, default=8)
    given = parser.parse_args()
    dataset, table = read_features(given.file)
    features, labels, classes = table.read(), dataset.labels, len(dataset.classes)
    weights = np.ones(len(features), np.float32)
    rows = [(features, labels, weights)]
    sums = sums_of(rows, features.mean(axis=0, dtype=np.float64), classes)
    print(f"{len(features):,} × {features.shape[1]:,}, {classes} classes, {given.gap:g} nats a row")

    def passes(*, moves: int = 30, forgets: bool = False) -> tuple[list[int], list[np.ndarray]]:
        streamed._PAIRS = moves
        solver, counts, predicted = StreamedLogistic(lambda: rows, sums), [], []
        for C in PATH:
            before = solver.passes_
            if forgets:
                solver._memory = streamed._Memory(solver.coef_.size)
            solver.solve(C, gap=given.gap)
            counts.append(solver.passes_ - before)
            predicted.append(solver.head().logits(features).argmax(axis=1))
        return counts, predicted

    def from_sample() -> list[str]:
        some = np.random.default_rng(0).permutation(len(features))[:: given.sample]
        few = [(features[some], labels[some], np.full(len(some), given.sample, np.float32))]
        solver, counts = StreamedLogistic(lambda: rows, sums), []
        for C in PATH:
            before = solver.passes_
            solver._rows = lambda: few
            solver.solve(C, gap=given.gap)
            middle, solver._rows = solver.passes_, lambda: rows
            solver.solve(C, gap=given.gap)
            counts.append(f"{middle - before} + {solver.passes_ - middle}")
        return counts

    steps, known = [], []
    gradient = LogisticPath._gradient

    def counted(self: LogisticPath, *arguments: object) -> object:
        steps[-1] += 1
        return gradient(self, *arguments)  # type: ignore[arg-type]

    LogisticPath._gradient = counted  # type: ignore[method-assign,assignment]
    path = LogisticPath(standardise(features), labels, weights[None], classes)
    for C in PATH:
        steps.append(0)
        path.solve(C, gap=given.gap)
        known.append(path.logits_[:, 0].argmax(axis=0))
    own, predicted = passes()
    print("in passes       ", own, sum(own))
    print("in memory       ", steps, sum(steps))
    same = [f"{(one == other).mean():.4f}" for one, other in zip(predicted, known, strict=True)]
    print("predict the same", same)
    for name, options in {
        "12 moves": {"moves": 12},
        "60 moves": {"moves": 60},
        "forgetting": {"forgets": True},
    }.items():
        counts, _ = passes(**options)  # type: ignore[arg-type]
        print(f"{name:16}", counts, sum(counts))
    print(f"from 1 of {given.sample}     ", from_sample())


if __name__ == "__main__":
    main()
