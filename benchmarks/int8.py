"""Carried networks in 32 and 16 bits against those with weights and maps of 8 (`scripts/quantise.py`): speed, accuracy.

    python benchmarks/int8.py speed NAME|FILE.onnx…                # alternating, in one process
    python benchmarks/int8.py accuracy NAME|FILE.onnx… --data DATA…  # class folders
    python benchmarks/int8.py agreement NAME|FILE.onnx… --data DATA…
    python benchmarks/int8.py served NAME|FILE.onnx… --data DATA…

Speed is that of the network alone with all depths as outputs, in images a second and a second of processor time, as
medians of rounds in which all take turns. ``ONEDNN_MAX_CPU_ISA=AVX2`` before the command imitates a processor without
instructions for 8 and 16 bits. Accuracy and log-loss are of logistic regression on the depths, its C chosen by the log-loss
of the same five folds for all, identical files and groups kept on one side, over five seeds. Agreement is by how much of its norm
`head.mean` of up to 30 pictures of each set differs from what OpenVINO computes in fp32 of the same file here: by ONNX
Runtime, in bf16, on a processor with AVX2 and no more; and from that of the network in floats. Served is what a head that
learned from features of OpenVINO in fp32 makes of those of ONNX Runtime, as a model does that is opened there.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np

import headway.dataset
from headway import backbones, demo
from headway.backbones.openvino import Engine, best_precision
from headway.images import load
from headway.search import Choice, refit, search
from headway.splits import folds
from headway.types import Precision

IMAGES = 64  # of a round


def network(given: str) -> tuple[backbones.BackboneInfo, bytes]:
    """Return what is known of a network, and its content: a carried one, or a file whose name begins with its name."""
    path = Path(given)
    if path.suffix != ".onnx":
        info = backbones.find(given)
        return info, backbones.read(info)
    return backbones.find("_".join(path.stem.split("_")[:2])), path.read_bytes()


def label(given: str, precision: str) -> str:
    return f"{Path(given).stem} {precision}"


def speed(networks: list[str], rounds: int, precisions: list[Precision]) -> None:
    random = np.random.default_rng(0)
    engines = {}
    for given in networks:
        info, content = network(given)
        for precision in precisions:
            engines[label(given, precision)] = Engine(content, info.depths, precision)
    size = {name: engine.input_size for name, engine in engines.items()}
    images = {each: random.integers(0, 256, (IMAGES, *each, 3), np.uint8) for each in set(size.values())}
    wall: dict[str, list[float]] = {name: [] for name in engines}
    processor: dict[str, list[float]] = {name: [] for name in engines}
    for _ in range(rounds):
        for name, engine in engines.items():
            started, worked = time.perf_counter(), time.process_time()
            engine.run(images[size[name]])
            wall[name].append(IMAGES / (time.perf_counter() - started))
            processor[name].append(IMAGES / (time.process_time() - worked))
    print(f"{rounds} rounds of {IMAGES}, ONEDNN_MAX_CPU_ISA={os.environ.get('ONEDNN_MAX_CPU_ISA', '')}")
    for name in engines:
        times = np.array(processor[name])
        print(f"{name:44} {np.median(wall[name]):6.0f} a second, best {max(wall[name]):6.0f}; of processor time "
              f"{np.median(times):6.1f} ({np.percentile(times, 25):.1f} … {np.percentile(times, 75):.1f})", flush=True)  # fmt: skip


def features(given: str, precision: Precision, paths: list[str], keep: Path | None) -> np.ndarray:
    """Return all depths of a data set's pictures, from a file of them where there is one."""
    info, content = network(given)
    digest = hashlib.sha256(content + str((precision, paths)).encode()).hexdigest()[:16]
    file = keep / f"{digest}.npy" if keep else None
    if file is not None and file.is_file():
        return np.load(file)
    engine = Engine(content, info.depths, precision)
    with ThreadPoolExecutor(2) as pool:
        images = pool.map(lambda path: load(path, info.input_size, "squash"), paths)
        rows = np.concatenate([row for _, row in engine.map((None, image[None]) for image in images)])
    if file is not None:
        np.save(file, rows)
    return rows


def accuracy(networks: list[str], precisions: list[Precision], data: list[str], keep: Path | None, seeds: int) -> None:
    for folder in data:
        dataset = headway.dataset.read(folder)
        paths = [dataset.name(row) for row in range(len(dataset))]
        contents = [hashlib.sha256(Path(path).read_bytes()).digest() for path in paths]
        _, same = np.unique(contents, return_inverse=True)
        first: np.ndarray | None = None
        for given in networks:
            for precision in precisions:
                matrix = features(given, precision, paths, keep)
                scores = []
                for seed in range(seeds):
                    divisions = folds(dataset.labels, contents=contents, groups=dataset.groups, seed=seed)
                    found = search(
                        {"depths": matrix}, dataset.labels, divisions, n_classes=len(dataset.classes), head="logistic",
                        contents=same, groups=dataset.groups, seed=seed,
                    )  # fmt: skip
                    scores.append((100 * found.score.accuracy, found.score.log_loss))
                table = np.array(scores)
                first = table if first is None else first
                off = table - first
                print(f"{Path(folder).name:10} {label(given, precision):44} accuracy {table[:, 0].mean():.2f}, log-loss "
                      f"{table[:, 1].mean():.4f}; to the first {off[:, 0].mean():+.2f} ({off[:, 0].min():+.2f} … "
                      f"{off[:, 0].max():+.2f}), {off[:, 1].mean():+.4f}", flush=True)  # fmt: skip


def agreement(networks: list[str], data: list[str]) -> None:
    import onnxruntime

    random = np.random.default_rng(0)
    paths: list[str] = []
    for folder in data:
        dataset = headway.dataset.read(folder)
        paths += [dataset.name(row) for row in random.permutation(len(dataset))[:30].tolist()]
    for given in networks:
        info, content = network(given)
        images = np.stack([load(path, info.input_size, "squash") for path in paths])
        here = Engine(content, ["head.mean"]).run(images)
        session = onnxruntime.InferenceSession(content, providers=["CPUExecutionProvider"])
        others = {
            "ONNX Runtime": session.run(["head.mean"], {"images": images})[0],
            "bf16": Engine(content, ["head.mean"], "bf16").run(images),
            "AVX2": elsewhere(content, images),
            "floats": Engine(backbones.read(info), ["head.mean"]).run(images),
        }
        for name, rows in others.items():
            off = np.linalg.norm(rows - here, axis=1) / np.linalg.norm(here, axis=1)
            print(f"{Path(given).stem:34} {name:14} {off.mean():8.2%}, at most {off.max():8.2%}", flush=True)


def served(networks: list[str], data: list[str]) -> None:
    import onnxruntime

    choice = Choice("logistic", "depths", 0.003)
    for folder in data:
        dataset = headway.dataset.read(folder)
        labels, n_classes = dataset.labels, len(dataset.classes)
        for given in networks:
            info, content = network(given)
            images = np.stack([load(dataset.name(row), info.input_size, "squash") for row in range(len(dataset))])
            here = Engine(content, info.depths).run(images)
            session = onnxruntime.InferenceSession(content, providers=["CPUExecutionProvider"])
            there = np.concatenate(
                [np.concatenate(session.run(list(info.depths), {"images": image[None]}), axis=1) for image in images]
            )
            right, differ = np.zeros(2), 0
            for train, held_out in folds(labels, seed=0):
                head, transform = refit(choice, here[train], labels[train], n_classes=n_classes)
                a, b = (head.logits(transform.apply(rows[held_out])).argmax(1) for rows in (here, there))
                right += (a == labels[held_out]).sum(), (b == labels[held_out]).sum()
                differ += (a != b).sum()
            print(f"{Path(folder).name:10} {Path(given).stem:30} right by OpenVINO {right[0] / len(labels):.2%}, by ONNX "
                  f"Runtime {right[1] / len(labels):.2%}; answers differ for {differ / len(labels):.2%}", flush=True)  # fmt: skip


def elsewhere(content: bytes, images: np.ndarray) -> np.ndarray:
    """Compute `head.mean` in a process that believes in a processor of AVX2 and no more."""
    with tempfile.TemporaryDirectory() as folder:
        Path(folder, "network.onnx").write_bytes(content)
        np.save(Path(folder, "images.npy"), images)
        command = [sys.executable, __file__, "there", folder]
        subprocess.run(command, check=True, env=os.environ | {"ONEDNN_MAX_CPU_ISA": "AVX2"})
        return np.load(Path(folder, "rows.npy"))


def there(folder: Path) -> None:
    engine = Engine(folder / "network.onnx", ["head.mean"])
    np.save(folder / "rows.npy", engine.run(np.load(folder / "images.npy")))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=["speed", "accuracy", "agreement", "served", "there"])
    parser.add_argument("networks", nargs="+")
    parser.add_argument("--data", nargs="+", help="class folders; by default the demo pictures")
    parser.add_argument("--keep", type=Path, help="a folder in which features are kept for the next time")
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--rounds", type=int, default=20)
    parser.add_argument("--precisions", nargs="+", default=sorted({"fp32", best_precision()}))
    given = parser.parse_args()
    if given.what == "speed":
        speed(given.networks, given.rounds, given.precisions)
    elif given.what == "agreement":
        agreement(given.networks, given.data or [str(demo.pictures())])
    elif given.what == "served":
        served(given.networks, given.data or [str(demo.pictures())])
    elif given.what == "there":
        there(Path(given.networks[0]))
    else:
        accuracy(given.networks, given.precisions, given.data or [str(demo.pictures())], given.keep, given.seeds)


if __name__ == "__main__":
    main()
