"""The page of layouts says what Headway does, and its pictures show it."""

import importlib.util
import sys
from pathlib import Path

import pytest

from headway.dataset import read
from headway.errors import AmbiguousDataError

ROOT = Path(__file__).parents[1]


@pytest.fixture(scope="module")
def script():
    spec = importlib.util.spec_from_file_location("draw_layouts", ROOT / "scripts" / "draw_layouts.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module  # dataclasses look there for what annotations mean
    spec.loader.exec_module(module)
    yield module
    del sys.modules[spec.name]


def test_page_and_pictures_are_those_of_the_script(script):
    texts = script.texts()
    assert {f"layouts/{path.name}" for path in (ROOT / "docs" / "layouts").iterdir()} | {"layouts.md"} == texts.keys()
    for name, text in texts.items():
        assert (ROOT / "docs" / name).read_text() == text, f"{name}: run python scripts/draw_layouts.py"


def test_pictures_show_what_is_read(script, tmp_path):
    for layout in script.layouts():
        if isinstance(layout, str):
            continue
        root = tmp_path / layout.name
        for name, content in layout.files().items():
            (root / name).parent.mkdir(parents=True, exist_ok=True)
            (root / name).write_text(content)
        if asked := shown(layout, "asked"):
            with pytest.raises(AmbiguousDataError) as caught:
                read(root)
            assert sum(name in str(caught.value) for name in asked) > 1, layout.name
        else:
            source = read(root).source
            left_out = {last(fact.folder) for fact in source.left_out}
            assert shown(layout, "class") | labels(layout) == set(read(root).classes), layout.name
            assert shown(layout, "out") == left_out, layout.name
            assert shown(layout, "split") == {last(name) for name in source.split_folders} - left_out, layout.name


def shown(layout, kind):
    """Return what a picture shows to be of some kind, as messages call it; of the columns, those that are asked about."""
    asked = {header.removesuffix(" (asked)") for header, *_ in columns(layout) if header.endswith("(asked)")}
    return {word(entry) for entry in layout.entries if entry.kind == kind} | (asked if kind == "asked" else set())


def word(entry):
    if "_mask" in entry.name:
        return "*_mask.*"
    if entry.text.startswith("["):
        return label_in(entry)
    return Path(entry.name).suffix if entry.icon == "picture" else last(entry.name.rstrip("/"))


def labels(layout):
    """Return the labels in columns, or the names of those that are one for each class, and the labels in names of files."""
    of_classes = [column for column in columns(layout) if column[0].endswith("(class)")]
    in_columns = {
        label
        for header, *cells in of_classes
        for label in ([header.removesuffix(" (class)")] if set(cells) == {"0", "1"} else cells)
    }
    return in_columns | {label_in(entry) for entry in layout.entries if entry.text.startswith("[")}


def columns(layout):
    return [column for entry in layout.entries if entry.rows for column in zip(*entry.rows, strict=True)]


def label_in(entry):
    return entry.text[1:].partition("]")[0]


def last(path):
    return path.rpartition("/")[2]
