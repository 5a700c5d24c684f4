"""The pictures of a project as one data set."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from headway.studio.project import Change, Project
from headway.studio.work.collection import collect, digest, files_by_path
from tests.studio.project.making import Given, Proposed, fill, png


@pytest.fixture
def project(tmp_path: Path) -> Project:
    """Three red ones, two blue ones, and one without a label."""
    project = Project.open(tmp_path / "project")
    fill(project, red=3, blue=2)
    project.add([Given("later.png", png(77))])
    return project


def test_labelled_and_unlabelled_are_collected_and_what_is_left_out_is_not(project: Project) -> None:
    project.decide([Change("pictures/red/0.png", "drop"), Change("pictures/red/1.png", "label", to="blue")])
    found = collect(project)
    classes = [found.dataset.classes[label] if label >= 0 else None for label in found.dataset.labels.tolist()]
    assert dict(zip(found.files, classes, strict=True)) == {
        "pictures/blue/0.png": "blue",
        "pictures/blue/1.png": "blue",
        "pictures/red/1.png": "blue",
        "pictures/red/2.png": "red",
        "unlabelled/later.png": None,
    }
    assert [files_by_path(project)[found.dataset.name(row)] for row in range(5)] == list(found.files)


def test_a_project_without_labels_is_collected_too(tmp_path: Path) -> None:
    project = Project.open(tmp_path / "project")
    assert collect(project).files == ()
    project.add([Given("later.png", png(77))])
    found = collect(project)
    assert (found.files, found.dataset.labels.tolist()) == (("unlabelled/later.png",), [-1])


def test_groups_and_confirmations_come_along(project: Project) -> None:
    both = ("pictures/red/0.png", "pictures/red/2.png")
    project.accept([Proposed(file, "near-copies", "group", "copies-1") for file in both])
    project.decide([Change("pictures/blue/0.png", "keep", finding="outliers")])
    found = collect(project)
    assert found.dataset.groups is not None
    first, second = (found.files.index(file) for file in both)
    assert found.dataset.groups[first] == found.dataset.groups[second]
    assert len(np.unique(found.dataset.groups)) == 5  # of six pictures
    assert found.dataset.confirmed == {(str(project.path("pictures/blue/0.png")), "outliers")}


def test_labels_and_groups_make_the_digest_and_nothing_else_does(project: Project) -> None:
    seen = [digest(project)]
    project.add([Given("more.png", png(78))])
    project.add_class("green")
    project.decide([Change("pictures/blue/0.png", "keep", finding="outliers")])
    assert digest(project) == seen[0]
    for change in (
        Change("pictures/red/0.png", "label", to="blue"),
        Change("pictures/red/1.png", "drop"),
        Change("unlabelled/more.png", "label", to="red"),
    ):
        project.decide([change])
        seen.append(digest(project))
    project.accept([Proposed("pictures/red/2.png", "near-copies", "group", "copies-1")])
    seen.append(digest(project))
    assert len(set(seen)) == len(seen)
    project.undo()
    assert digest(project) == seen[-2]
