import importlib

import numpy as np
import pytest
from PIL import Image

from headway.errors import MissingExtraError, OutputError, UserError
from headway.facts.training import Epoch
from headway.training import curves
from headway.training.curves import save_curves

HISTORY = [Epoch(0, None, None, 2.3, 0.1, 0.0, 0.0)] + [
    Epoch(n, 2 / n, 1 - 1 / (n + 1), 2.2 / n + 0.05 * n, 0.8 - 0.5 / n, 1e-3, 1.0) for n in range(1, 9)
]


def test_a_drawing_to_look_at(tmp_path):
    save_curves(HISTORY, tmp_path / "curves.PNG", best=6)
    picture = Image.open(tmp_path / "curves.PNG")
    assert picture.size == (1200, 480) and len(picture.convert("RGB").getcolors(1 << 20)) > 50


def test_the_same_bytes_with_what_it_says_as_text(tmp_path):
    contents = []
    for name in ("a.svg", "b.svg"):
        save_curves(HISTORY, tmp_path / name, best=6)
        contents.append((tmp_path / name).read_text())
    assert contents[0] == contents[1]
    for said in ("train", "validation", "accuracy", "kept: 0.667", "kept: 71.7%", "epoch"):
        assert said in contents[0]


def test_a_run_that_diverged_at_once(tmp_path):
    save_curves(HISTORY[:1], tmp_path / "c.svg", best=0)
    assert "kept: 2.300" in (tmp_path / "c.svg").read_text()
    save_curves([Epoch(1, None, None, None, None, 0.0, None)], tmp_path / "c.svg", best=1)
    assert "kept" not in (tmp_path / "c.svg").read_text()


def test_nothing_overlaps_or_is_cut():
    matplotlib = pytest.importorskip("matplotlib")
    with matplotlib.rc_context(curves.STYLE):
        figure = curves.draw(HISTORY, 6)
        figure.draw_without_rendering()
    (legend,) = figure.legends
    for axes in figure.axes:
        panel = axes.get_window_extent()
        assert not panel.overlaps(legend.get_window_extent())
        left, right = axes._left_title.get_window_extent(), axes._right_title.get_window_extent()
        assert left.y0 >= panel.y1 and right.y0 >= panel.y1 and left.x1 < right.x0
        assert figure.bbox.contains(right.x1, right.y1)
        for line in axes.lines:
            points = axes.transData.transform(line.get_xydata())
            points = points[~np.isnan(points).any(axis=1)]
            assert (points > (panel.x0 + 5, panel.y0 + 3)).all() and (points < (panel.x1 - 5, panel.y1 - 3)).all()


def test_only_pictures(tmp_path):
    with pytest.raises(OutputError, match=r"written as \.png or \.svg, not \.jpg"):
        save_curves(HISTORY, tmp_path / "c.jpg", best=6)
    with pytest.raises(OutputError, match="no folder"):
        save_curves(HISTORY, tmp_path / "no" / "c.png", best=6)


def test_nothing_to_draw(tmp_path):
    with pytest.raises(UserError, match="at least one epoch"):
        save_curves([], tmp_path / "c.png")


def test_without_matplotlib(tmp_path, monkeypatch):
    real = importlib.import_module

    def missing(name, *rest):
        if name.partition(".")[0] == "matplotlib":
            raise ModuleNotFoundError(name=name)
        return real(name, *rest)

    monkeypatch.setattr(importlib, "import_module", missing)
    with pytest.raises(MissingExtraError, match=r"headway\[plots\]"):
        save_curves(HISTORY, tmp_path / "c.png", best=6)
    assert not list(tmp_path.iterdir())


def test_nothing_is_marked_unless_it_is_said(tmp_path):
    save_curves(HISTORY, tmp_path / "c.svg")
    assert "kept" not in (tmp_path / "c.svg").read_text()
