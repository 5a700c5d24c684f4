"""Progress on a terminal, and warnings in Python."""

from __future__ import annotations

import contextlib
import io
import os
import warnings
from pathlib import Path

import pytest
from rich.console import Console

import headway
from headway.bars import Bars
from headway.errors import HeadwayWarning
from tests.helpers import write_pictures


def bars(terminal: bool = True, has_lines: bool = True) -> tuple[Bars, io.StringIO]:
    stream = io.StringIO()
    return Bars(Console(file=stream, force_terminal=terminal, width=80), has_lines=has_lines), stream


def test_a_bar_is_shown_on_a_terminal_and_taken_away() -> None:
    bar, stream = bars()
    bar.begin()
    bar.start("computing features", 3)
    bar.advance()
    bar.start("fitting the head")
    bar.advance(2)
    bar.finish()
    bar.finish()
    assert "computing features" in stream.getvalue()


def test_lines_without_a_terminal() -> None:
    bar, stream = bars(terminal=False)
    bar.begin()
    bar.start("downloading a\nb")
    bar.start("features", 3)
    bar.advance()
    bar.note("a note")
    bar.finish()
    bar.finish()
    lines = stream.getvalue().splitlines()
    assert [line.rpartition(" took ")[0] or line for line in lines] == [
        r"downloading a\nb",
        r"downloading a\nb:",
        "features: 0 of 3 (0 %)",
        "a note",
        "features: 1 of 3 (33 %),",
    ]


def test_nobody_who_reads_the_lines_is_no_reason_to_stop() -> None:
    read, write = os.pipe()
    os.close(read)
    with contextlib.suppress(BrokenPipeError), os.fdopen(write, "w") as stream:
        bar = Bars(Console(file=stream))
        bar.start("features", 3)
        bar.advance(3)
        bar.finish()


def test_nothing_but_notes_without_a_terminal_and_without_lines() -> None:
    bar, stream = bars(terminal=False, has_lines=False)
    bar.begin()
    bar.start("computing features", 3)
    bar.advance()
    bar.note("a note")
    bar.note("a note")
    bar.warn("doubtful")
    bar.finish()
    assert stream.getvalue().splitlines() == ["a note", "Warning: doubtful"]
    assert bar.was_shown("doubtful") and not bar.was_shown("another")


def test_fit_takes_the_ready_made_bar(pictures: Path, capsys: pytest.CaptureFixture[str]) -> None:
    model = headway.fit(pictures, backbone="tiny", head="centroid", progress=headway.progress())
    assert model.report.data.n == 36


def test_what_makes_scores_doubtful_is_a_warning_in_python(tmp_path: Path) -> None:
    data = write_pictures(tmp_path / "data", 41, ("red",))
    write_pictures(data, 8, ("blue",))
    with pytest.warns(HeadwayWarning, match="very unequal size") as caught:
        headway.fit(data, backbone="tiny", head="centroid")
    assert caught[0].filename == __file__, "the warning points to the caller"
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        headway.fit(data, backbone="tiny", head="centroid", progress=headway.progress())
