"""A workshop at work on a project as it is on the disk."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

import headway
from headway.studio.project import Change, Project
from headway.studio.work import Workshop
from tests.helpers import write_pictures
from tests.studio.project.making import Given
from tests.studio.work.making import TINY, rested, train, wait, working

RED = "pictures/red/00.png"


@pytest.fixture
def project(tmp_path: Path) -> Project:
    """A project of 36 pictures in three classes."""
    project = Project.open(tmp_path / "project")
    for folder in sorted(write_pictures(tmp_path / "drawn").iterdir()):
        project.add([Given(path.name, path.read_bytes()) for path in sorted(folder.iterdir())], folder.name)
    return project


@pytest.fixture
def shop(project: Project) -> Iterator[Workshop]:
    with working(project) as shop:
        project.on_change(shop.touch)
        wait(lambda: rested(shop))
        yield shop


def copied(project: Project, file: str, to: str) -> None:
    """Put a copy of a picture beside others by hand: those that come by the page are told from copies there."""
    (project.folder / to).write_bytes(project.path(file).read_bytes())
    project.refresh()


def test_proposals_are_accepted_and_gone_then(project: Project, shop: Workshop) -> None:
    copied(project, RED, "pictures/red/again.png")
    wait(lambda: shop.proposals("identical-files"))
    assert shop.copies == 1
    assert project.accept(shop.proposals("identical-files")) == 1
    assert shop.copies == 0 and shop.proposals("identical-files") == ()
    assert [one.file for one in project.entries() if one.left_out] == ["pictures/red/again.png"]
    project.undo()
    assert len(shop.proposals("identical-files")) == 1


def test_what_a_person_confirmed_is_not_found_again(project: Project, shop: Workshop) -> None:
    copied(project, RED, "pictures/red/again.png")
    wait(lambda: shop.finding_pictures("identical-files"))
    both = shop.finding_pictures("identical-files")
    project.decide([Change(file, "keep", finding="identical-files") for file in both])
    wait(lambda: not shop.finding_pictures("identical-files"))


def test_the_command_line_goes_on_with_it(project: Project, shop: Workshop, tmp_path: Path) -> None:
    train(shop)
    assert shop.model() is not None and not shop.model().is_stale
    project.decide([Change(RED, "label", to="blue"), Change("pictures/green/00.png", "drop")])
    assert shop.model().is_stale
    train(shop)
    assert not shop.model().is_stale
    labels, fixes = project.folder / "labels.csv", project.folder / "fixes.csv"
    headway.fit(headway.read(labels, fixes=fixes), TINY).save(tmp_path / "again.onnx")
    assert (tmp_path / "again.onnx").read_bytes() == (project.folder / "model.onnx").read_bytes()
    assert shop.predictions[RED].label == "red" and not shop.predictions[RED].is_right
    project.undo()
    assert shop.model().is_stale


def test_a_class_of_one_new_label_is_a_plain_line(project: Project, shop: Workshop) -> None:
    project.add_class("violet")
    project.decide([Change(RED, "label", to="violet")])
    wait(lambda: rested(shop))
    shop.start("train")
    wait(lambda: shop.asked is not None and shop.asked.state == "failed")
    assert shop.asked.message == "every class needs at least 2 pictures, and there is only 1 of 'violet': add one"
