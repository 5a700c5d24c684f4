"""What is said of a cluster before work starts."""

from __future__ import annotations

import socket
import sys
import threading
import time
from collections import deque
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from headway.backbones import find
from headway.cli.main import run
from headway.errors import RunError, UserError
from headway.shards.computing import Shard
from headway.shards.engines.cluster import ACTOR_BYTES, _hand_out, _reach, _team
from headway.shards.engines.probing import expected, unfit
from headway.shards.filelists import FileList
from headway.shards.keys import Job
from headway.shards.manifest import ShardEntry
from headway.types import AS_USUAL


@pytest.fixture
def job(tmp_path: Path) -> Job:
    return Job(find("tiny"), ("head.mean",), "squash", AS_USUAL, "fp32", "cpu", False, "a folder", tmp_path)


def test_a_node_must_compute_the_same(job: Job, tmp_path: Path) -> None:
    versions = expected(job)
    assert unfit(versions, job, [tmp_path]) == ""
    assert unfit({**versions, "Headway": "9"}, job, []) == (
        "Headway is 0.1.0 there, and 9 here; install the same on both"
    )
    assert "what decodes pictures is" in unfit({**versions, "what decodes pictures": "x"}, job, [])
    missing = tmp_path / "none"
    assert f"it does not see {missing}: put it on storage that all nodes share" in unfit(versions, job, [missing])
    unknown = replace(job, backbone=replace(job.backbone, name="mobilenet_v2", path=tmp_path / "none.onnx"))
    assert unfit(versions, unknown, [])


def nodes(*resources: dict[str, float]) -> list[dict[str, Any]]:
    return [{"Resources": each} for each in resources]


def test_as_many_actors_as_fit() -> None:
    room = float(2 * ACTOR_BYTES)
    team = _team(nodes({"memory": room}, {"CPU": 4, "memory": room}, {"CPU": 8, "memory": room}), 100, "cpu")
    assert (team.actors, team.cpus, team.gpus) == (3, 4, 0)
    assert _team(nodes({"CPU": 4, "memory": room}), 100, "cpu").actors == 1
    assert _team(nodes({"CPU": 4, "memory": room}, {"CPU": 4, "memory": room}), 1, "cpu").actors == 1
    assert _team(nodes({"CPU": 4, "GPU": 2, "memory": room}), 100, "cuda") == replace(team, actors=2, cpus=1, gpus=1)


def test_too_little_memory_no_cores_and_no_gpu() -> None:
    with pytest.raises(UserError, match="a node needs 1.5 GiB of memory .* and the largest of the cluster has 1.0"):
        _team(nodes({"CPU": 4, "memory": float(1 << 30)}), 10, "cpu")
    with pytest.raises(UserError, match="the cluster has no processor cores for work"):
        _team(nodes({"memory": 1e12}), 10, "cpu")
    with pytest.raises(UserError, match="--device cuda needs a GPU, and the cluster has none"):
        _team(nodes({"CPU": 4, "memory": 1e12}), 10, "cuda")


def test_ray_is_an_extra(
    pictures: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "ray", None)
    assert run(["embed", str(pictures), "-o", f"{tmp_path / 'out'}/", "--backbone", "tiny", "--engine", "ray"]) == 2
    assert "ray is needed for this: pip install 'headway[ray]'" in capsys.readouterr().err
    monkeypatch.setitem(sys.modules, "obstore", None)
    monkeypatch.setitem(sys.modules, "obstore.store", None)
    assert run(["embed", "s3://bucket/x", "-o", f"{tmp_path / 'out'}/", "--backbone", "tiny"]) == 2
    assert "obstore is needed for this: pip install 'headway[cloud]'" in capsys.readouterr().err


def test_a_cluster_that_does_not_answer_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RAY_ADDRESS", "127.0.0.1:1")
    for address in ("127.0.0.1:1", "ray://127.0.0.1:1", "[::1]:1", "auto"):
        with pytest.raises(OSError):
            _reach(address)
    _reach(None)
    _reach("local")


@pytest.mark.parametrize("answer", [b"", b"HTTP/1.1 400 Bad Request\r\n\r\n", bytes(3) + b"\x04" + bytes(5)])
def test_what_answers_must_be_a_cluster(monkeypatch: pytest.MonkeyPatch, answer: bytes) -> None:
    """Something that listens and says nothing was waited for without end."""
    monkeypatch.setattr("headway.shards.engines.cluster._REACH_S", 0.2)
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve() -> None:
            link, _ = server.accept()
            with link:
                link.sendall(answer)
                link.recv(1000)
                time.sleep(0.4)

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        address = f"127.0.0.1:{server.getsockname()[1]}"
        if answer.startswith(b"\0"):
            _reach(address)
        else:
            with pytest.raises(OSError, match="something else|timed out"):
                _reach(address)
        thread.join()


class Crew:
    """Stands in for actors: each shard's actor dies as often as is said."""

    def __init__(self, deaths: dict[str, int], *, has_room: bool = True) -> None:
        self.deaths = deaths
        self.has_room = has_room
        self.busy: dict[str, Shard] = {}
        self.dismissed = 0

    def give(self, waiting: deque[Shard]) -> None:
        while waiting and self.has_room:
            shard = waiting.popleft()
            self.busy[shard.key] = shard

    def wait(self) -> Iterator[tuple[Shard, ShardEntry | None]]:
        for key in list(self.busy)[:1]:
            shard = self.busy.pop(key)
            self.deaths[key] -= 1
            yield shard, None if self.deaths[key] >= 0 else ShardEntry("", key, 1, 0, 0)

    def dismiss(self) -> None:
        self.dismissed += 1


def shards(*keys: str) -> list[Shard]:
    return [Shard(key, FileList((f"{key}.png",), ("",), (None,), (-1,), ())) for key in keys]


def hand_out(crew: Any, keys: str) -> list[str]:
    return [found.key for found in _hand_out(crew, shards(*keys), lambda steps: None)]  # type: ignore[union-attr]


def test_a_shard_whose_actor_died_is_given_to_another_up_to_a_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    crew = Crew({"a": 0, "b": 3, "c": 1})
    assert sorted(hand_out(crew, "abc")) == ["a", "b", "c"] and crew.dismissed == 1
    crew = Crew({"a": 0, "b": 99})
    with pytest.raises(RunError, match=r"^4 workers died at b.png and 0 more: .*; run the same again"):
        hand_out(crew, "ab")
    assert crew.dismissed == 1
    monkeypatch.setattr("headway.shards.engines.cluster._NOBODY_S", 0.0)
    with pytest.raises(RunError, match="no node has had room for an actor for 0 seconds: add nodes"):
        hand_out(Crew({"a": 0}, has_room=False), "a")
