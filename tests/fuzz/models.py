"""Mutated models whose digest is made right, and mutated networks: a line for each, in bounded time and memory.

python -m tests.fuzz.models --count 3000 --seed 0
"""

from __future__ import annotations

import argparse
import functools
import json
import os
import resource
import signal
import subprocess
import sys
import tempfile
import traceback
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from random import Random

import numpy as np
import onnx
from onnx import TensorProto

from headway.backbones import Engine, handmade
from headway.backbones.bounds.rules import RULES
from headway.backbones.foreign import adopt
from headway.backbones.foreign.folding import OPERATORS
from headway.errors import HeadwayError
from headway.model import Model, describe, load
from headway.preparation import Transform
from headway.session import Session
from headway.testing import tiny_backbone_onnx
from tests.backbones.exported import network, wordy
from tests.backbones.transformers import SIZE, halved, transformer
from tests.fuzz.mutation import mutated
from tests.model.forging import sealed
from tests.model.making import kernel, linear, made, mlp

SECONDS = 20  # of processor time
MEGABYTES = 1024  # at most at any moment, with the libraries
_ADDRESSES = 16 << 30  # bytes; what goes beyond is stopped before it takes the machine


@functools.cache
def _models() -> list[onnx.ModelProto]:
    """Every kind of head, on a network and on hand-made features."""
    columns = np.array([0, 2, 5, 7])
    info = handmade.info("colour", 64)
    width = sum(info.dims[name] for name in info.depths)
    models: list[Model] = [
        made(linear(48)),
        made(mlp(48)),
        made(kernel(48)),
        made(linear(4), transform=Transform((), columns)),
        made(linear(width), info=info, features=info.depths),
    ]
    return [_unsealed(model.content) for model in models]


def _unsealed(content: bytes) -> onnx.ModelProto:
    model = onnx.load_model_from_string(content)
    del model.metadata_props[-1]
    return model


@functools.cache
def _networks() -> list[onnx.ModelProto]:
    tiny = onnx.load_model_from_string(tiny_backbone_onnx())
    tokens = [transformer(sides=["N", 3, SIZE, SIZE]), halved(transformer(sides=["N", 3, SIZE, SIZE], head="logits"))]
    return [network(), network(kind=TensorProto.UINT8, last=True, opset=18), wordy(), *tokens, tiny]


def _write(seed: int, number: int, folder: Path) -> tuple[str, Path]:
    """Write a case; every third is a network."""
    random = Random(f"{seed} {number}")
    kind = "network" if number % 3 == 0 else "model"
    path = folder / f"{kind}{number}.onnx"
    bases, operators = (_networks(), OPERATORS) if kind == "network" else (_models(), RULES)
    content = mutated(random.choice(bases), random, list(operators))
    path.write_bytes(content if kind == "network" else sealed(content))
    return kind, path


def _try(kind: str, path: Path, cache: Path) -> str:
    """Return ``works``, ``refused``, or what is wrong with how it is refused."""
    picture = np.random.default_rng(0).integers(0, 256, (40, 50, 3), np.uint8)
    try:
        if kind == "model":
            model = load(path)
            describe(model)
            model.predict(picture)
            return "works"
        with Session.open(cache) as session:
            info = adopt(path, 0, session)
        assert info.path is not None
        Engine(info.path, info.depths)
    except HeadwayError as error:
        return "refused" if str(error).isprintable() and len(str(error)) < 1_000 else f"message: {str(error)[:300]!a}"
    except BaseException:
        return "traceback: " + " | ".join(traceback.format_exc().splitlines()[-5:])
    return "works"


def _work(seed: int, numbers: range, folder: Path) -> None:
    """Try cases one after the other; each is told before and after."""
    resource.setrlimit(resource.RLIMIT_AS, (_ADDRESSES, _ADDRESSES))
    for number in numbers:
        kind, path = _write(seed, number, folder)
        print(json.dumps({"case": number, "bytes": path.stat().st_size}), flush=True)  # noqa: T201
        Path("/proc/self/clear_refs").write_text("5")  # the highest use of memory begins anew
        signal.setitimer(signal.ITIMER_PROF, SECONDS)  # nobody catches it, so it ends native code, too
        outcome = _try(kind, path, folder / "cache")
        signal.setitimer(signal.ITIMER_PROF, 0)
        status = Path("/proc/self/status").read_text()
        highest = next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmHWM")) // 1024
        if outcome in ("works", "refused") and highest > MEGABYTES:
            outcome = f"memory: {highest:,} MB"
        print(json.dumps({"case": number, "outcome": outcome, "megabytes": highest}), flush=True)  # noqa: T201
        if outcome in ("works", "refused"):
            path.unlink()


def fuzz(count: int, seed: int, folder: Path, first: int = 0) -> Iterator[tuple[int, str]]:
    """Yield the number of each case and its outcome; the files of those that fail stay in the folder."""
    number = first
    while number < first + count:
        command = [sys.executable, "-m", "tests.fuzz.models", "--count", str(first + count - number)]
        command += ["--seed", str(seed), "--first", str(number), "--folder", str(folder), "--worker"]
        environment = {**os.environ, "HEADWAY_CACHE": str(folder / "cache")}
        with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=environment) as worker:
            assert worker.stdout is not None
            for line in worker.stdout:
                told = json.loads(line)
                number = told["case"]
                if "outcome" in told:
                    yield number, told["outcome"]
                    number += 1
        if worker.returncode:
            name = signal.Signals(-worker.returncode).name if worker.returncode < 0 else str(worker.returncode)
            yield number, f"ended by {name}" if name != "SIGPROF" else f"more than {SECONDS} s"
            number += 1


def main() -> int:
    """Try as many as are asked for; say what was wrong, and how many there were of each outcome."""
    parser = argparse.ArgumentParser()
    for name, default in (("count", 100), ("seed", 0), ("first", 0)):
        parser.add_argument(f"--{name}", type=int, default=default)
    parser.add_argument("--folder", type=Path)
    parser.add_argument("--worker", action="store_true")
    options = parser.parse_args()
    folder = options.folder or Path(tempfile.mkdtemp(prefix="fuzz-models-"))
    if options.worker:
        _work(options.seed, range(options.first, options.first + options.count), folder)
        return 0
    counts: Counter[str] = Counter()
    for number, outcome in fuzz(options.count, options.seed, folder, options.first):
        counts[outcome.partition(":")[0]] += 1
        if outcome not in ("works", "refused"):
            print(f"case {number} of seed {options.seed}: {outcome}", flush=True)  # noqa: T201
    print(dict(counts), "in", folder)  # noqa: T201
    return int(not counts.keys() <= {"works", "refused"})


if __name__ == "__main__":
    sys.exit(main())
