"""What is said of a cluster before work starts."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from headway.backbones import find
from headway.cli.main import run
from headway.errors import UserError
from headway.shards.engines.cluster import ACTOR_BYTES, _reach, _team
from headway.shards.engines.probing import expected, unfit
from headway.shards.keys import Job
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
