"""Any steps, all of them taken back: the first state, on the disk, too, also after a restart in between."""

from __future__ import annotations

import tempfile
import threading
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from headway.errors import OutputError, UserError
from headway.studio.project import Change, Project, writing
from tests.studio.project.making import Given, Proposed, fill, labels, on_disk, png

FILES = ["pictures/cat/0.png", "pictures/cat/1.png", "pictures/dög, x/0.png", "unlabelled/0.png", "unlabelled/new.png"]
CLASSES = ["cat", "dög, x", "empty", "no such class"]
FINDINGS = ["", "wrong-labels", "blurred"]

changes = st.builds(
    Change,
    st.sampled_from(FILES),
    st.sampled_from(["label", "drop", "keep", "restore"]),
    st.sampled_from(CLASSES),
    st.sampled_from(FINDINGS),
)
proposals = st.builds(
    Proposed,
    st.sampled_from(FILES),
    st.sampled_from(FINDINGS[1:]),
    st.sampled_from(["drop", "relabel", "group", "keep"]),
    st.sampled_from(CLASSES),
    st.sampled_from(["because", "=1"]),
)
uploads = st.lists(
    st.builds(Given, st.sampled_from(["new.png", "a/b.png", "../c.png"]), st.integers(900, 903).map(png)), max_size=3
)
steps = st.one_of(
    st.lists(changes, max_size=3).map(lambda found: ("decide", (found,))),
    st.lists(proposals, max_size=3).map(lambda found: ("accept", (found,))),
    st.tuples(uploads, st.sampled_from([None, "cat", "ünew"])).map(lambda found: ("add", found)),
    st.sampled_from(CLASSES).map(lambda name: ("add_class", (name,))),
    st.tuples(st.sampled_from(CLASSES), st.sampled_from(["renamed", "cat"])).map(lambda pair: ("rename_class", pair)),
    st.sampled_from(CLASSES).map(lambda name: ("remove_class", (name,))),
    st.just(("undo", ())),
    st.just(("redo", ())),
    st.just(("restart", ())),
)


def start(folder: Path) -> Project:
    project = Project.open(folder / "project")
    fill(project, **{"cat": 2, "dög, x": 1})
    project.add([Given("0.png", png(50))])
    project.add_class("empty")
    return project


def do(project: Project, name: str, arguments: tuple[object, ...]) -> Project:
    if name == "restart":
        return Project.open(project.folder)
    try:
        method: Callable[..., object] = getattr(project, name)
        method(*arguments)
    except UserError:  # what cannot be done leaves everything as it is
        pass
    return project


@settings(max_examples=15)
@given(st.lists(steps, max_size=12))
def test_all_steps_undone_are_the_first_state_and_done_again_the_last(
    taken: list[tuple[str, tuple[object, ...]]],
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        project = Project.open(Path(folder) / "project")
        first = on_disk(project.folder)
        project = start(Path(folder))
        for name, arguments in taken:
            before, revision = on_disk(project.folder), project.revision
            project = do(project, name, arguments)
            if name != "restart" and project.revision == revision:
                assert on_disk(project.folder) == before
            assert not project.problems
            if any(label is not None for label in labels(project).values()):
                counts = project.dataset().counts()
                assert {name: n for name, n in counts.items() if n} == count(project)
        while project.can_redo is not None:
            project.redo()
        last, entries = on_disk(project.folder), project.entries()
        undone = 0
        while project.can_undo is not None:
            project.undo()
            undone += 1
        assert on_disk(project.folder) == first and project.entries() == ()
        project = Project.open(project.folder)
        for _ in range(undone):
            project.redo()
        assert on_disk(project.folder) == last and project.entries() == entries


def count(project: Project) -> dict[str, int]:
    found = [label for label in labels(project).values() if label is not None]
    return {label: found.count(label) for label in sorted(found)}


@settings(max_examples=25)
@given(steps, st.integers(0, 12))
def test_a_disk_that_is_full_at_any_moment_loses_nothing(step: tuple[str, tuple[object, ...]], moment: int) -> None:
    with tempfile.TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patch:
        project = start(Path(folder))
        project.decide([Change(FILES[0], "label", "dög, x")])
        project.undo()
        before, entries = on_disk(project.folder), project.entries()
        left = moment
        write = writing.write_new

        def write_new(path: Path, content: bytes, *, sync: bool = False) -> None:
            nonlocal left
            left -= 1
            if left < 0:
                path.write_bytes(content[: len(content) // 2])
                raise OSError(28, "No space left on device")
            write(path, content, sync=sync)

        for module in (writing, "headway.studio.project.intake"):
            patch.setattr(f"{module if isinstance(module, str) else module.__name__}.write_new", write_new)
        try:
            getattr(project, step[0])(*step[1]) if step[0] != "restart" else None
        except OutputError as error:
            assert "no space left on device; make room there, nothing was lost" in str(error)
            for again in (project, Project.open(project.folder)):
                assert on_disk(again.folder) == before and again.entries() == entries
            assert not list(project.folder.rglob("*.part"))
        except UserError:
            assert on_disk(project.folder) == before
        patch.undo()
        project = do(project, *step)
        assert not project.problems


def test_several_threads_change_one_project(project: Project) -> None:
    fill(project, cat=4)
    errors: list[Exception] = []

    def work(number: int) -> None:
        try:
            for each in range(4):
                project.add([Given("same.png", png(5000 + 10 * number + each))], f"class {number}", batch=str(number))
                project.decide([Change(f"pictures/cat/{number}.png", "drop" if each % 2 else "restore")])
                assert project.dataset().counts()
        except Exception as error:
            errors.append(error)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []
    assert count(project) == {f"class {number}": 4 for number in range(4)}
    assert Project.open(project.folder).entries() == project.entries()
    while project.can_undo is not None:
        project.undo()
    assert sorted(on_disk(project.folder)) == ["fixes.csv", "labels.csv", "project.toml"]
