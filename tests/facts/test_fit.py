"""What a model's file may carry."""

from __future__ import annotations

from dataclasses import replace

from headway.facts.codec import plain
from headway.facts.data import OneColour, Source
from headway.facts.fit import MOST_CELLS
from headway.facts.scores import ConfusionCell, Mistake
from headway.facts.training import Epoch, Training
from headway.types import Quarantined
from tests.model.making import report, scores


def test_no_times_rates_counts_or_paths_are_published() -> None:
    secret = "/home/me/private"
    whole = report()
    full = replace(
        whole,
        recipe={"backbone": f"{secret}/mine.onnx", "weights": "C:\\me\\private\\w.pth", "seed": 0},
        data=replace(
            whole.data,
            source=Source("class-folders", secret, 9, 3),
            quarantined=(Quarantined(f"{secret}/a.png", "empty file"),),
            unreadable=1,
            one_colour=OneColour(2, (f"{secret}/c.png",)),
        ),
        features=replace(whole.features, computed=3, cached=6, images_per_s=31.0),
        training=Training("all", 2, 1, 1, 1, (), False, (Epoch(1, 1.0, 0.5, 1.0, 0.5, 1e-3, 12.5),), None, 3.5),
        test=replace(scores(), mistakes=(Mistake(f"{secret}/b.png", "blue", "red", 0.9),)),
        seconds={"total": 12.5},
        model=f"{secret}/m.onnx",
    )
    published = full.to_publish()
    assert "private" not in str(plain(published)) and "12.5" not in str(plain(published))
    assert published.recipe == {"backbone": "mine.onnx", "weights": "w.pth", "seed": 0}
    assert published.data.unreadable == 1 and published.data.one_colour == OneColour(2, ())
    assert published.to_publish() == published


def test_a_confusion_matrix_of_very_many_classes_is_cut_to_its_largest_cells() -> None:
    cells = tuple(ConfusionCell(i, i, 1 + (i % 2)) for i in range(MOST_CELLS + 10))
    kept = replace(report(), test=replace(scores(), confusion=cells)).to_publish().test.confusion
    assert len(kept) == MOST_CELLS
    assert sum(cell.count == 2 for cell in kept) == len(cells) // 2
    assert list(kept) == sorted(kept, key=lambda cell: cell.true)
