"""Drawings in a folder: made, replaced, removed where out of date; files of others are left alone."""

from __future__ import annotations

import pytest

from headway.drawing.folder import PlotFolder
from headway.errors import OutputError
from tests.drawing.test_saving import drawing


def test_what_is_not_drawn_again_is_removed(tmp_path):
    folder = tmp_path / "new" / "plots"
    plots = PlotFolder(folder, ["a", "b"])
    plots.write({"a": drawing(), "b": drawing()})
    plots.close()
    (folder / "notes.txt").write_text("mine")
    assert {path.name for path in folder.iterdir()} == {"a.svg", "a.png", "b.svg", "b.png", "notes.txt"}
    again = PlotFolder(folder, ["a", "b", "c"])
    again.write({"b": drawing()})
    again.close()
    assert again.drawn == ["b"]
    assert {path.name for path in folder.iterdir()} == {"b.svg", "b.png", "notes.txt"}


def test_files_of_others_are_left_alone(tmp_path):
    (tmp_path / "a.svg").write_text("<svg>mine</svg>")
    with pytest.raises(
        OutputError, match=r"a\.svg cannot be written: it is a file that Headway did not write.*--plots"
    ):
        PlotFolder(tmp_path, ["a"])
    PlotFolder(tmp_path, ["b"])
    assert (tmp_path / "a.svg").read_text() == "<svg>mine</svg>"


@pytest.mark.parametrize("place", ["file", "\0"])
def test_a_folder_that_cannot_be_made(tmp_path, place):
    (tmp_path / "file").write_text("")
    with pytest.raises(OutputError, match="cannot be made: .*; give another place with --plots"):
        PlotFolder(tmp_path / place, ["a"])
