"""Ways to make logits of support vector machines, and what the kernel computed beforehand saves, on stored features.

``python benchmarks/svm.py DATA [N]`` reads the folder of classes, of which at most N pictures (2,000).
"""

from __future__ import annotations

import itertools
import sys
import time

import numpy as np
from sklearn.svm import SVC

import headway
from headway.calibration import fit_calibration
from headway.heads import SvmPath, standardise
from headway.heads.parallel import one_blas_thread
from headway.splits import folds

CS = 1.0, 10.0


@one_blas_thread()
def main(data: str, most: int) -> None:
    dataset = headway.read(data)
    rows = np.random.default_rng(0).permutation(len(dataset))[:most]
    dataset = dataset.subset(np.sort(rows))
    features = headway.embed(dataset).read(names=["head.mean"])
    labels, k = dataset.labels, len(dataset.classes)
    divisions = folds(labels, groups=np.arange(len(labels)), n_folds=5, seed=0)
    data_ = standardise(features)
    for C in CS:
        logits = {name: np.zeros((len(labels), k), np.float32) for name in ("one against all", "sums over pairs")}
        voted, seconds = np.zeros(len(labels), np.int64), np.zeros(3)
        for train, held_out in divisions:
            weights = np.zeros(len(labels), np.float32)
            weights[train] = 1
            start = time.perf_counter()
            path = SvmPath(data_, labels, weights, k)
            seconds[0] += time.perf_counter() - start
            start = time.perf_counter()
            head = path.fit(C)
            seconds[1] += time.perf_counter() - start
            logits["one against all"][held_out] = head.logits(features[held_out])
            rows, others = (((features[part] - head.mean) / head.scale) for part in (train, held_out))
            start = time.perf_counter()
            machine = SVC(C=C, gamma=path.gamma, decision_function_shape="ovo").fit(rows, labels[train])
            seconds[2] += time.perf_counter() - start
            voted[held_out] = machine.predict(others)
            margins = machine.decision_function(others).reshape(len(held_out), -1)
            for pair, (i, j) in enumerate(itertools.combinations(range(k), 2)):
                sign = -1 if k == 2 else 1
                logits["sums over pairs"][held_out, i] += sign * margins[:, pair]
                logits["sums over pairs"][held_out, j] -= sign * margins[:, pair]
        print(f"C = {C:g}: pairs vote {np.mean(voted == labels):.3f}", end="")
        for name, values in logits.items():
            calibration = fit_calibration(values, labels, np.ones(len(labels), np.float32))
            loss = -calibration.log_probabilities(values)[np.arange(len(labels)), labels].mean()
            print(f", {name} {np.mean(values.argmax(axis=1) == labels):.3f} (log-loss {loss:.3f})", end="")
        print(f"; kernel {seconds[0]:.1f} s + machines {seconds[1]:.1f} s, scikit-learn's SVC {seconds[2]:.1f} s")


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else 2_000)
