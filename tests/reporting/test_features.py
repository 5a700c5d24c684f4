"""The report of an analysis of features."""

import pytest

from headway import read, reporting
from headway.analysis.study import study
from headway.recipe import Recipe
from headway.reporting import of_study
from tests.helpers import write_pictures


@pytest.fixture(scope="module")
def page(tmp_path_factory):
    folder = write_pictures(tmp_path_factory.mktemp("data"))
    (folder / "red" / "bad.png").write_bytes(b"no picture")
    found = study(folder, Recipe(backbone="tiny"), cache=tmp_path_factory.mktemp("cache"))
    return reporting.features_page(found.facts(), of_study(found)), folder


def test_sections(page):
    assert [section.id for section in page[0].sections] == ["features", "best", "map-of-pictures", "pictures"]


def test_pictures_are_named_below_their_folder(page):
    html = reporting.to_html(page[0])
    assert "red/bad.png" in html
    assert str(page[1]) not in html
    assert "is predicted wrongly" not in html


@pytest.mark.parametrize("has_pictures", [True, False])
def test_pictures_without_labels_have_a_map_of_one_colour(tmp_path, has_pictures):
    paths = sorted(write_pictures(tmp_path / "data").rglob("*.png"))
    found = study(read([str(path) for path in paths]), Recipe(backbone="tiny"), cache=tmp_path / "cache")
    pictures = of_study(found, has_pictures=has_pictures)
    assert len(pictures.thumbnails) == 36 * has_pictures
    page = reporting.features_page(found.facts(), pictures)
    assert [section.id for section in page.sections] == ["features", "map-of-pictures", "pictures"]
    [shown] = page.sections[1].parts
    assert [(layer.name, layer.count) for layer in shown.layers] == [("no label", 36)]
    assert shown.label == "A map of 36 pictures."
    html = reporting.to_html(page)
    assert "36 pictures were analysed." in html
    assert "nothing is said about classes" in html
