from __future__ import annotations

import os
import socket
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from headway.training.team import Alone, team

SCRIPT = """
import os, sys
import numpy as np, torch
from pathlib import Path
from torch import nn
from headway.training.loop import predict, train
from headway.training.plan import Plan

torch.set_num_threads(1)

class Points:
    def __init__(self, seed):
        rng = np.random.default_rng(seed)
        self.labels = rng.integers(0, 3, 50)
        self.points = torch.from_numpy((np.eye(3)[self.labels] * 2 + rng.normal(size=(50, 3))).astype("float32"))
    def batch(self, rows, generator):
        return self.points[rows], torch.from_numpy(self.labels[rows])

torch.manual_seed(0)
network = nn.Sequential(nn.Linear(3, 8), nn.ReLU(), nn.Linear(8, 3))
folder = Path(sys.argv[1])
rank = os.environ.get("RANK", "0")
# 50 rows in steps of 10: as many for each of two processes
plan = Plan(epochs=3, batch=10, learning_rate=0.05)
trained = train(network, Points(0), Points(1), plan, checkpoint=folder / f"run{rank}.npz", key="this")
np.save(folder / f"logits{rank}.npy", predict(network, Points(1)))
np.save(folder / f"losses{rank}.npy", [epoch.train_loss for epoch in trained.history])
"""


def start(folder: Path, rank: int, size: int, port: int) -> subprocess.Popen[bytes]:
    """What ``accelerate launch --cpu --num_processes`` or torchrun sets in the environment."""
    configured = {"RANK": rank, "LOCAL_RANK": rank, "WORLD_SIZE": size, "LOCAL_WORLD_SIZE": size,
                  "MASTER_ADDR": "127.0.0.1", "MASTER_PORT": port, "ACCELERATE_USE_CPU": "true",
                  "OMP_NUM_THREADS": 1}  # fmt: skip
    environment = os.environ | ({name: str(value) for name, value in configured.items()} if size > 1 else {})
    return subprocess.Popen([sys.executable, "-c", SCRIPT, str(folder)], env=environment)


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
        return port


@pytest.mark.slow
def test_two_processes_take_the_steps_of_one(tmp_path: Path) -> None:
    alone, together = tmp_path / "alone", tmp_path / "together"
    alone.mkdir()
    together.mkdir()
    assert start(alone, 0, 1, 0).wait(120) == 0
    port = free_port()
    processes = [start(together, rank, 2, port) for rank in range(2)]
    assert [process.wait(120) for process in processes] == [0, 0]
    expected, losses = np.load(alone / "logits0.npy"), np.load(alone / "losses0.npy")
    for rank in range(2):
        np.testing.assert_allclose(np.load(together / f"logits{rank}.npy"), expected, rtol=0.05, atol=0.05)
        np.testing.assert_allclose(np.load(together / f"losses{rank}.npy"), losses, rtol=0.02)
    # Only the first process writes.
    assert (together / "run0.npz").exists() and not (together / "run1.npz").exists()


def test_one_process_is_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("WORLD_SIZE", raising=False)
    one = team("cpu")
    assert type(one) is Alone and one.rank == 0
    rows = np.arange(3)
    assert one.share(rows) is rows and one.wrap(one) is one and one.mean(2) == 2.0 and one.agreed(rows) is rows
    assert one.share_of_cores(4) == 4
    one.wait()
