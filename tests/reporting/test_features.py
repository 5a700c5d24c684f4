"""The report of an analysis of features."""

import pytest

from headway import reporting
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
