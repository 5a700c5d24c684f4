"""Ray for real: a cluster of three nodes as processes, of which one is killed in the middle."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq
import pytest

from headway.cli.main import run
from headway.shards import read_manifest
from tests.helpers import write_pictures
from tests.shards.making import rows_of

pytestmark = [pytest.mark.slow, pytest.mark.filterwarnings("ignore")]  # Ray's own, of files that it leaves open


@pytest.fixture(scope="module")
def cluster() -> Iterator[Any]:
    """A head without cores, and two nodes of one core each."""
    import ray
    from ray.cluster_utils import Cluster

    small = {"object_store_memory": 78 << 20}
    found = Cluster(initialize_head=True, head_node_args={"num_cpus": 1, "include_dashboard": False, **small})
    found.add_node(num_cpus=1, **small)
    found.add_node(num_cpus=1, **small)
    try:
        yield found
    finally:
        ray.shutdown()
        found.shutdown()


def test_a_node_that_is_killed_loses_and_doubles_nothing(cluster: Any, tmp_path: Path, capfd: Any) -> None:
    pictures = write_pictures(tmp_path / "pictures", per_class=200)
    (pictures / "red" / "broken.png").write_bytes(b"\x89PNG\r\n\x1a\n")
    dest = tmp_path / "features"
    words = ["embed", str(pictures), "--backbone", "tiny", "--shard-rows", "20", "-o"]

    def kill() -> None:
        while len(list(dest.glob("features-*"))) < 3:
            time.sleep(0.05)
        node = cluster.list_all_nodes()[-1]
        cluster.remove_node(node, allow_graceful=False)

    killer = threading.Thread(target=kill, daemon=True)
    killer.start()
    assert run([*words, f"{dest}/", "--engine", "ray", "--address", cluster.address]) == 0
    killer.join(30)
    assert not killer.is_alive() and len(cluster.list_all_nodes()) == 2
    manifest = read_manifest(dest)
    assert (manifest.rows, manifest.unreadable) == (600, 1)
    assert {path.name for path in dest.glob("*.parquet")} == (
        {shard.file for shard in manifest.shards} | {path.name for path in dest.glob("unreadable-*")}
    )
    capfd.readouterr()
    # The very same as one process computes.
    assert run([*words, f"{tmp_path / 'single'}/"]) == 0
    single = read_manifest(tmp_path / "single")
    assert [shard.key for shard in single.shards] == [shard.key for shard in manifest.shards]
    for shard in manifest.shards:
        ours, theirs = (pq.read_table(folder / shard.file) for folder in (dest, tmp_path / "single"))
        assert ours["path"].equals(theirs["path"]) and ours["sha256"].equals(theirs["sha256"])
        a, b = (np.stack(table["head.mean"].to_numpy()) for table in (ours, theirs))
        np.testing.assert_allclose(a, b, rtol=1e-4, atol=1e-4)


def test_a_driver_that_is_killed_loses_nothing(tmp_path: Path) -> None:
    """A cluster of its own, a driver that gets SIGKILL, and a run without Ray that goes on."""
    pictures = write_pictures(tmp_path / "pictures", per_class=100)
    dest = tmp_path / "features"
    words = ["embed", str(pictures), "--backbone", "tiny", "--shard-rows", "20", "-o", f"{dest}/"]
    call = [sys.executable, "-m", "headway", *words, "--engine", "ray"]
    driver = subprocess.Popen(call, stderr=subprocess.PIPE, stdout=subprocess.PIPE, text=True, start_new_session=True)
    try:
        deadline = time.monotonic() + 60
        while len(list(dest.glob("features-*"))) < 2 and driver.poll() is None and time.monotonic() < deadline:
            time.sleep(0.02)
    finally:
        os.killpg(driver.pid, signal.SIGKILL)
        driver.communicate()
    there = {path.name for path in dest.glob("features-*")}
    assert there and not (dest / "manifest.json").exists()
    assert run(words) == 0
    rows = rows_of(dest)
    assert sorted(rows["path"]) == sorted(map(str, pictures.rglob("*.png")))
    assert there <= {shard.file for shard in read_manifest(dest).shards}


def test_ray_is_quiet_and_a_wrong_address_is_one_line(tmp_path: Path) -> None:
    pictures = write_pictures(tmp_path / "pictures", per_class=4)
    words = [sys.executable, "-m", "headway", "embed", str(pictures), "--backbone", "tiny", "-o", f"{tmp_path}/out/"]
    done = subprocess.run([*words, "--engine", "ray"], capture_output=True, text=True)
    assert done.returncode == 0
    said = done.stderr.splitlines()
    assert all(line.startswith(("listing", "features", "starting")) for line in said), done.stderr
    failed = subprocess.run(
        [*words[:-1], f"{tmp_path}/more/", "--engine", "ray", "--address", "127.0.0.1:1"],
        capture_output=True,
        text=True,
    )
    assert failed.returncode == 2
    assert failed.stderr.splitlines()[-1].startswith("headway: there is no Ray cluster at 127.0.0.1:1: ")
