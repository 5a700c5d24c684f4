"""A head on each depth of a network."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

import headway
from headway import backbones
from headway.comparison.depths import best_earlier, compare_depths, depths_of, paired
from headway.drawing.depths import accuracy_by_depth
from headway.errors import UserError
from headway.facts.data import Source
from headway.facts.depths import Depth, DepthsReport
from headway.facts.transfer import Case, Similarity
from headway.rendering.blocks import Table
from headway.rendering.depths import case, depths, figures, verdict
from tests.drawing.looking import is_whole, overlapping, texts

SIMILAR = Similarity(0.1, 0.9, 0.9, 4, True)


@pytest.fixture
def unmeasured(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("headway.comparison.depths.measure_case", lambda *_: report().case)


def report(lead: float = 0.1, p: float = 0.01, number: int = 3) -> DepthsReport:
    found = Case(number=number, train=36, classes=3, large=False, curve=(), gain=None, similarity=SIMILAR)  # type: ignore[arg-type]
    early = Depth("block1", ("block1.mean", "block1.std"), 32, 0.7 + lead, 0.6, 0.9, lead, p)
    last = Depth("last", ("head.mean",), 32, 0.7, 0.6, 0.8, 0.0, None)
    return DepthsReport(
        source=Source("class-folders", None, 36, 3),
        backbone="tiny",
        precision="fp32",
        pictures=36,
        folds=5,
        depths=(early, last),
        together=replace(early, name="depths", lead=-0.1, accuracy=0.6, p=1.0),
        best="block1" if lead > 0 else "last",
        earlier="block1",
        ahead=lead > 0 and p < 0.05,
        case=found,
    )


def test_every_depth_has_its_outputs_and_the_last_its_own_name() -> None:
    assert depths_of(backbones.find("tiny")) == {
        "block1": ("block1.mean", "block1.std"),
        "last": ("head.mean",),
        "depths": ("block1.mean", "block1.std", "head.mean"),
    }
    for name in ("colour", "handmade"):
        with pytest.raises(UserError, match="one depth only"):
            depths_of(backbones.find(name))


@pytest.mark.usefixtures("unmeasured")
def test_scores_are_those_of_a_fit_without_its_test_pictures(pictures: Path, tmp_path: Path) -> None:
    recipe = headway.Recipe(backbone="tiny")
    found = compare_depths(pictures, recipe, cache=tmp_path)
    fitted = headway.fit(pictures, replace(recipe, features="block1", head="logistic"), cache=tmp_path).report
    assert found.pictures == 36 - fitted.test.n
    own = found.depths[0]
    assert fitted.recipe["features"] == own.name
    assert [depth.p for depth in found.depths if depth.name == "last"] == [None]
    assert own.low <= own.accuracy <= own.high and own.dim == 32
    assert found.folds == 5 and found.case == report().case


@pytest.mark.usefixtures("unmeasured")
def test_the_test_pictures_have_no_part(pictures: Path, tmp_path: Path) -> None:
    """The labels of the test split may be anything."""
    data = headway.read(pictures)
    given = np.zeros(len(data), np.int8)
    given[::4] = 2
    once, labels = replace(data, given=given), data.labels.copy()
    labels[::4] = (labels[::4] + 1) % 3
    other = replace(once, labels=labels)
    recipe = headway.Recipe(backbone="tiny")
    assert compare_depths(once, recipe, cache=tmp_path).depths == compare_depths(other, recipe, cache=tmp_path).depths


@pytest.mark.usefixtures("unmeasured")
def test_a_given_validation_split_takes_the_place_of_the_folds(pictures: Path, tmp_path: Path) -> None:
    data = headway.read(pictures)
    given = np.zeros(len(data), np.int8)
    given[::4], given[1::4] = 2, 1
    found = compare_depths(replace(data, given=given), headway.Recipe(backbone="tiny"), cache=tmp_path)
    assert found.folds == 1 and "own validation split" in "".join(getattr(b, "text", "") for b in depths(found))


def test_features_of_a_file_have_no_similarity(pictures: Path, tmp_path: Path) -> None:
    table = headway.embed(pictures, "tiny", cache=tmp_path)
    from headway.embedding import write_parquet

    write_parquet(tmp_path / "f.parquet", headway.read(pictures), table)
    found = compare_depths(tmp_path / "f.parquet", cache=tmp_path)
    assert found.case is None and list(case(found)) == []


def test_what_is_better_beyond_chance_goes_before_what_has_a_higher_accuracy() -> None:
    def depth(name: str, accuracy: float, lead: float, p: float | None) -> Depth:
        return Depth(name=name, outputs=(), dim=8, accuracy=accuracy, low=0.0, high=1.0, lead=lead, p=p)

    last = depth("last", 0.78, 0.0, None)
    higher, surer = depth("block3", 0.88, 0.1, 0.13), depth("depths", 0.87, 0.09, 0.047)
    behind = depth("block1", 0.5, -0.28, 0.001)
    assert best_earlier([behind, higher, last, surer]) == (surer, True)
    assert best_earlier([behind, higher, last]) == (higher, False)


def test_pairs_are_tested_on_folds_or_else_picture_by_picture() -> None:
    right, other = np.array([True, True, True, True, False]), np.array([True, False, False, True, True])
    lead, p = paired(right, other, np.zeros(5, np.int64))
    assert lead == pytest.approx(0.2) and p > 0.5
    rng = np.random.default_rng(0)
    fold = np.arange(200) % 5
    lead, p = paired(rng.random(200) < 0.9, rng.random(200) < 0.5, fold)
    assert lead > 0.3 and p < 0.05


@pytest.mark.parametrize(
    ("found", "words"),
    [
        (
            report(),
            "Earlier layers serve these pictures better: block1, 10.0 points ahead of the last layer (p = 0.01).",
        ),
        (report(p=0.3), "The last layer will do: the best of what is earlier, block1, is 10.0 points ahead of"),
        (report(lead=-0.1, p=0.01), "is 10.0 points behind the last layer"),
        (report(lead=0.0, p=1.0), "block1, is level with it."),
    ],
)
def test_says_which_depth_serves(found: DepthsReport, words: str) -> None:
    assert words in verdict(found)


@pytest.mark.parametrize(
    ("found", "words"),
    [
        (report(), "read features of earlier layers. The depths agree."),
        (report(p=0.3), "The depths do not show that it helps here."),
        (report(p=0.3, number=1), "train a new head. The depths agree."),
        (report(number=1), "Earlier layers help all the same."),
        (report(number=4), "headway compare does."),
    ],
)
def test_says_what_the_case_makes_of_it(found: DepthsReport, words: str) -> None:
    assert words in next(case(found))


def test_the_drawing_goes_from_general_to_specific() -> None:
    figure = accuracy_by_depth(report())
    assert {"block1\n32 features", "last\n32 features", "80.0 %", "70.0 %", "all together: 60.0 %"} <= texts(figure)
    [axes] = figure.axes
    assert is_whole(figure) and overlapping(figure, axes.get_xticklabels()) == []
    assert "80.0 % from block1, 70.0 % from the last layer" in figure.get_label()


@pytest.mark.parametrize(("p", "bold"), [(0.01, "block1"), (0.5, "last layer")])
def test_the_row_that_is_fitted_stands_out(p: float, bold: str) -> None:
    found = next(block for block in figures(report(p=p)) if isinstance(block, Table))
    assert found.bold is not None
    assert found.rows[found.bold][0] == bold
