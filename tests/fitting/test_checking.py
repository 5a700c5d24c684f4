"""A fit says what its data is worth: near copies on both sides, findings, and the score without them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import headway
from headway import demo
from headway.facts.bounds import LeftOut
from headway.facts.data import Division as Facts
from headway.fitting import checking, fit_recipe
from headway.fitting.checking import Kin
from headway.fitting.division import Division
from headway.recipe import Recipe
from headway.session import Session
from headway.splits import Split
from tests.helpers import run_fit


def recompressed(source: Path, target: Path, classes: int = 4) -> Path:
    """Write the pictures of some classes twice: as they are, and saved again."""
    for folder in sorted(source.iterdir())[:classes]:
        if not folder.is_dir():
            continue
        (target / folder.name).mkdir(parents=True)
        for picture in sorted(folder.iterdir()):
            image = Image.open(picture).convert("RGB")
            image.save(target / folder.name / f"{picture.stem}.png")
            image.save(target / folder.name / f"{picture.stem}_again.jpg", quality=70)
    return target


def test_kin_goes_by_content() -> None:
    dataset = headway.read([np.full((8, 8, 3), level, np.uint8) for level in (1, 2, 3, 4, 1)], list("aabba"))
    parts = Split(np.arange(4), np.arange(4, 5), np.arange(0), Facts("given", 4, 1, 0))
    division = Division(dataset, (b"a", b"b", b"c", b"d", b"a"), np.arange(5), parts)
    kin = Kin(division, np.array([[0, 1]]))
    assert kin.among(np.array([1, 2]), np.array([4])).tolist() == [True, False]  # 4 is identical to 0
    assert kin.among(np.array([0]), np.array([4, 1])).tolist() == [False]  # it is identical, and counted as such
    assert Kin(division, np.empty((0, 2), np.int64)).among(np.array([0]), np.array([1])).tolist() == [False]


@pytest.fixture(scope="module")
def doubled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return recompressed(demo.pictures(), tmp_path_factory.mktemp("doubled") / "pictures")


def test_near_copies_are_scored_apart(doubled: Path) -> None:
    fitted = run_fit(doubled, Recipe(head="centroid"))
    test, watched = fitted.report.test, fitted.report.cross_validation
    assert test is not None and watched is not None
    # Nearly every picture of the test, and of a fold, has its copy among those that are learned from.
    assert test.near_training > 0.6 * test.n
    assert watched.near_training > 0.6 * watched.n
    assert watched.unseen is not None and watched.unseen.n == watched.n - watched.near_training
    [near] = [finding for finding in fitted.report.findings if finding.check == "near-copies"]
    assert near.count > 0.9 * watched.n
    assert near.pictures and not fitted.report.to_publish().findings[0].pictures


def test_descriptors_and_comparisons_are_not_checked(pictures: Path) -> None:
    assert run_fit(pictures, Recipe(backbone="colour", head="centroid")).report.findings == ()
    with Session.open() as session:
        report = fit_recipe(session, pictures, Recipe(backbone="tiny", head="centroid"), with_case=False).report
    assert report.findings == () and report.forecast is None


def test_clean_pictures_give_no_findings(pictures: Path) -> None:
    report = run_fit(pictures, Recipe(backbone="tiny", head="centroid")).report
    assert [finding for finding in report.findings if finding.severity != "note"] == []
    assert report.test is not None and report.test.unseen is None and report.test.near_training == 0


def test_of_very_many_classes_checks_that_rest_on_predictions_are_left_out(
    pictures: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    few = headway.fit(pictures, backbone="tiny", head="centroid")
    monkeypatch.setattr(checking, "MOST_CHECKED", 2)
    many = headway.fit(pictures, backbone="tiny", head="centroid")
    assert few.report.head.left_out is None and many.report.head.left_out == LeftOut(3, checks=True)
