"""Which pictures a report has, and in which order."""

import shutil
from dataclasses import replace

import numpy as np
import pytest
from PIL import Image

from headway.errors import HeadwayWarning
from headway.evaluation import evaluate_within
from headway.fitting import fit_recipe
from headway.recipe import Recipe
from headway.reporting import gathering, of_evaluation, of_fit, of_study
from headway.session import Session
from tests.helpers import write_pictures

TINY = Recipe(backbone="tiny", head="centroid")


@pytest.fixture(scope="module")
def session(tmp_path_factory):
    with Session.open(tmp_path_factory.mktemp("cache")) as session:
        yield session


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return write_pictures(tmp_path_factory.mktemp("data"))


@pytest.fixture(scope="module")
def fitted(session, folder):
    return fit_recipe(session, folder, TINY)


def test_each_picture_of_a_fit_is_there_once_those_of_the_test_first(fitted):
    pictures = of_fit(fitted)
    test = fitted.division.parts.test
    names = [pictures.name(position) for position in range(len(pictures))]
    assert len(set(names)) == len(names) == 36
    assert names[: len(test)] == ["/".join(name.split("/")[-2:]) for name in fitted.division.data.names(test)]
    assert pictures.scored == fitted.report.test.n
    assert sum(pictures.counts.values()) == fitted.report.test.n
    assert pictures.counts == {(cell.true, cell.predicted): cell.count for cell in fitted.report.test.confusion}
    assert len(pictures.points) == 36
    assert set(pictures.thumbnails) <= set(range(36))
    assert all(len(positions) == 6 for positions in pictures.samples)


def test_mistakes_are_those_of_the_facts(session, folder):
    fitted = fit_recipe(session, folder, replace(TINY, head="majority"))
    pictures = of_fit(fitted, has_pictures=True)
    facts = [mistake.path.removeprefix(f"{folder}/") for mistake in fitted.report.test.mistakes]
    assert [pictures.name(position) for position in pictures.mistakes] == facts
    assert facts


def test_without_a_test_all_that_was_held_out_is_scored(session, folder):
    fitted = fit_recipe(session, folder, replace(TINY, test_fraction=0.0))
    pictures = of_fit(fitted, has_pictures=False)
    assert pictures.scored == 36
    assert pictures.thumbnails == {}
    assert pictures.name(0) == ""


def test_what_was_not_predicted_is_there_all_the_same(fitted):
    alone = replace(fitted, held_out=None, table=None)
    pictures = of_fit(alone, has_pictures=False)
    assert pictures.predicted[pictures.scored :].tolist() == [-1] * (36 - pictures.scored)
    assert pictures.points == {}


def test_features_that_are_too_wide_leave_a_map_by_predictions(fitted, monkeypatch):
    monkeypatch.setattr(gathering, "_MOST_FEATURES", 3)
    pictures = of_fit(fitted, has_pictures=False)
    assert len(pictures.points) == 36


def test_bags_of_local_descriptors_are_mapped_by_their_visual_words(session, folder, tmp_path):
    flat = shutil.copytree(folder, tmp_path / "flat")
    Image.new("RGB", (40, 50), "red").save(flat / "red" / "00.png")
    with pytest.warns(HeadwayWarning, match="one colour"):
        fitted = fit_recipe(session, flat, replace(TINY, backbone="colour+surf"))
    assert np.isnan(fitted.table.read()).any(), "a picture of one colour has no points"
    assert len(of_fit(fitted, has_pictures=False).points) == 36
    evaluation = evaluate_within(session, fitted.model, flat)
    assert len(of_evaluation(evaluation, has_pictures=False).points) == 36


def test_evaluation(session, fitted, folder):
    evaluation = evaluate_within(session, fitted.model, folder)
    pictures = of_evaluation(evaluation)
    assert pictures.scored == len(pictures) == 36
    assert len(pictures.points) == 36
    assert pictures.thumbnails
    assert not of_evaluation(evaluation, has_pictures=False).thumbnails


def test_study(folder, tmp_path):
    from headway.analysis.study import study

    found = study(folder, TINY, cache=tmp_path)
    pictures = of_study(found)
    assert pictures.scored == 0
    assert pictures.mistakes == []
    assert pictures.class_counts == {"blue": 12, "green": 12, "red": 12}
    assert np.unique(pictures.predicted).tolist() == [-1]
    assert len(pictures.thumbnails) == 18
    assert not of_study(found, has_pictures=False).thumbnails
