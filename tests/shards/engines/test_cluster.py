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
from headway.shards.storage import open_place
from tests.helpers import write_pictures
from tests.shards.making import rows_of, samples, upload, write_tar
from tests.shards.server import Server

pytestmark = [pytest.mark.slow, pytest.mark.filterwarnings("ignore")]  # Ray's own, of files that it leaves open


@pytest.fixture
def cluster(s3: Server) -> Iterator[Any]:
    """Three nodes of one core each, whose workers find the server of the test."""
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


def test_a_node_that_is_killed_loses_and_doubles_nothing(cluster: Any, s3: Server, tmp_path: Path) -> None:
    """Tar files in a bucket, into a bucket, while storage fails and dawdles and a node dies."""
    for number in range(24):
        write_tar(tmp_path / "tars" / f"{number:02d}.tar", samples(100 * number, 25))
    write_tar(tmp_path / "tars" / "24.tar", [*samples(9_000, 9), ("broken.png", b"\x89PNG\r\n\x1a\n")])
    upload(open_place("s3://bucket/tars"), tmp_path / "tars")
    words = ["embed", "s3://bucket/tars", "--backbone", "tiny", "-o"]
    assert run([*words, f"{tmp_path / 'single'}/"]) == 0  # what one process computes

    killed = threading.Event()

    def fault(method: str, path: str, number: int) -> tuple[int, float] | None:
        return (503, 0.0) if number % 9 == 0 else (0, 0.3) if number % 11 == 0 else None

    def kill() -> None:
        while sum(method == "PUT" and "/out/features" in path for method, path in list(s3.asked)) < 4:
            time.sleep(0.02)
        cluster.remove_node(cluster.list_all_nodes()[-1], allow_graceful=False)
        killed.set()

    s3.fault = fault
    threading.Thread(target=kill, daemon=True).start()
    assert run([*words, "s3://bucket/out", "--engine", "ray", "--address", cluster.address]) == 0
    assert killed.wait(30) and len(cluster.list_all_nodes()) == 2
    s3.fault = None
    place = open_place("s3://bucket/out")
    manifest, single = read_manifest(place), read_manifest(tmp_path / "single")
    assert (manifest.rows, manifest.unreadable) == (609, 1)
    named = {shard.file for shard in manifest.shards} | {
        f"unreadable-{manifest.shards[-1].key}.parquet",
        "manifest.json",
    }
    assert {file.name for file in place.list()} == named
    assert [shard.key for shard in single.shards] == [shard.key for shard in manifest.shards]
    for shard in manifest.shards:
        with place.open(shard.file) as file:
            ours = pq.read_table(file)
        theirs = pq.read_table(tmp_path / "single" / shard.file)
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
