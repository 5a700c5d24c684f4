"""What is kept of a repository, where others take it at the same time, and where the hub's answer was wrong."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from headway.backbones.hub.address import Address
from headway.backbones.hub.repository import Repository
from headway.errors import OutputError, RunError
from tests.backbones.helpers import obtain_in
from tests.backbones.hub.serving import COMMIT, Answer, Hub
from tests.backbones.hub.usual import FILES, MODEL, NAME, Told

ADDRESS = Address("somebody", "network")
FILE = "onnx/model.onnx"


def session_of(cache: Path) -> Any:
    return SimpleNamespace(cache=cache, offline=False, progress=Told())


def test_the_second_of_two_waits_and_finds_all_there(hub: Hub, tmp_path: Path) -> None:
    first, second = Told(), Told()
    has_begun, may_end = threading.Event(), threading.Event()

    def slowly(headers: dict[str, str]) -> Answer:
        has_begun.set()
        may_end.wait(10)
        return 200, {}, MODEL

    def note(message: str) -> None:
        second.notes.append(message)
        may_end.set()

    hub.answers["/cdn/"], second.note = slowly, note  # type: ignore[method-assign]
    with ThreadPoolExecutor(2) as others:
        one = others.submit(obtain_in, tmp_path, NAME, progress=first)
        assert has_begun.wait(10)
        other = others.submit(obtain_in, tmp_path, NAME, progress=second)
    assert one.result() == other.result()
    assert second.notes == ["another process is taking somebody/network from the hub: waiting until it has done so"]
    assert first.notes[0].startswith("downloading model.onnx of") and sum("/cdn/" in path for path in hub.asked) == 1


def test_repositories_of_similar_names_are_kept_apart(hub: Hub, tmp_path: Path) -> None:
    hub.repositories |= {"a--b/c": dict(FILES), "a/b--c": dict(FILES)}
    one, other = (obtain_in(tmp_path, f"hf:{name}") for name in ("a--b/c", "a/b--c"))
    assert one.name != other.name and (one.title, other.title) == (f"a--b/c ({FILE})", f"a/b--c ({FILE})")
    assert all((tmp_path / "hub" / name / COMMIT / FILE).is_file() for name in ("a--b/c", "a/b--c"))


@pytest.mark.parametrize("size", [10**400, -1, 1 << 41, 1.5, "1"])
def test_a_size_that_no_file_has_is_refused_at_the_door(size: Any, hub: Hub, tmp_path: Path) -> None:
    hub.about["siblings"] = [{"rfilename": FILE, "size": size, "blobId": "0" * 40}]
    with pytest.raises(RunError, match=rf"a file has at most 1 TiB, and {FILE} is said to have \S{{1,61}} bytes$"):
        Repository.find(ADDRESS, session_of(tmp_path))


def entries(number: int, length: int) -> list[dict[str, Any]]:
    large = {"sha256": "0" * 64}
    return [
        {"rfilename": f"{n:0{length - 5}}.onnx", "size": 1 << 40, "blobId": "0" * 40, "lfs": large}
        for n in range(number)
    ]


def test_what_is_taken_of_a_listing_can_be_read_again(hub: Hub, tmp_path: Path) -> None:
    hub.about["siblings"] = entries(1000, 200)
    found = Repository.find(ADDRESS, session_of(tmp_path))
    assert len(found.files) == 1000 and Repository.find(ADDRESS, session_of(tmp_path)) == found


def test_a_listing_that_could_not_be_is_refused_at_once(hub: Hub, tmp_path: Path) -> None:
    hub.about["siblings"] = entries(8000, 10)
    with pytest.raises(RunError, match="has 8,000 ONNX files and weights beside them, and .* at most 1,000"):
        Repository.find(ADDRESS, session_of(tmp_path))
    assert not list(tmp_path.rglob("*.json"))


def test_paths_that_no_disk_takes_are_not_taken(hub: Hub, tmp_path: Path) -> None:
    hub.about["siblings"] = entries(1, 300) + entries(1, 10)
    assert [*Repository.find(ADDRESS, session_of(tmp_path)).files] == ["00000.onnx"]


def test_a_cache_that_cannot_be_locked_is_one_line(hub: Hub, tmp_path: Path) -> None:
    (tmp_path / "hub" / "somebody" / "network" / ".alone").mkdir(parents=True)
    with pytest.raises(
        OutputError, match=r"\.alone cannot be locked: it is a folder.*; name another cache with --cache$"
    ):
        Repository.find(ADDRESS, session_of(tmp_path))
