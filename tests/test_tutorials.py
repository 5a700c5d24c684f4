"""The tutorials are what their sources make of what was printed, and every command and program in them runs."""

from __future__ import annotations

import importlib.util
import json
import re
import shutil
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from types import ModuleType

import pytest

from headway import demo

ROOT = Path(__file__).parents[1]
PAGES = ROOT / "docs" / "tutorials"
NAMES = sorted(path.stem for path in (ROOT / "scripts" / "tutorials").glob("*.md"))
tutorials = pytest.mark.parametrize("name", NAMES)


@pytest.fixture(scope="module")
def script() -> Iterator[ModuleType]:
    spec = importlib.util.spec_from_file_location("write_tutorials", ROOT / "scripts" / "write_tutorials.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module  # dataclasses look there for what annotations mean
    spec.loader.exec_module(module)
    yield module
    del sys.modules[spec.name]


@tutorials
def test_page_and_notebook_are_made_of_one_source(script: ModuleType, name: str) -> None:
    parts = script.pieces(name)
    for file, text in script.write(name, parts, script.outputs_of(name, parts)).items():
        assert (PAGES / file).read_text() == text, f"{file}: run python scripts/write_tutorials.py {name}"


@tutorials
def test_links_and_pictures_lead_somewhere(name: str) -> None:
    page = (PAGES / f"{name}.md").read_text()
    targets = re.findall(r"\]\(([^)#]+)(?:#[^)]*)?\)", page)
    assert all((PAGES / target).exists() for target in targets if "://" not in target)
    assert f"]({name}.md)" in (PAGES / "README.md").read_text()
    assert f"]({name}.ipynb)" in (PAGES / "README.md").read_text()
    drawn = {path.name for path in (PAGES / "images").glob(f"{name}-*")}
    assert drawn == {Path(target).name for target in targets if target.startswith("images/")}


@tutorials
def test_notebooks_are_of_format_4(name: str) -> None:
    notebook = json.loads((PAGES / f"{name}.ipynb").read_text())
    assert notebook["nbformat"] == 4
    assert len({cell["id"] for cell in notebook["cells"]}) == len(notebook["cells"])
    for cell in notebook["cells"]:
        assert cell["cell_type"] in ("markdown", "code")
        assert set(cell) >= {"id", "metadata", "source"}
        assert ("outputs" in cell) is (cell["cell_type"] == "code")


def few_pictures(folder: Path) -> Path:
    """The first ten drawings of each class."""
    for kind in sorted(demo.pictures().iterdir()):
        (folder / kind.name).mkdir(parents=True)
        for file in sorted(kind.iterdir())[:10]:
            shutil.copy(file, folder / kind.name)
    return folder


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")  # of programs that are not ours
@tutorials
def test_every_command_and_program_runs(
    script: ModuleType, name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    few = few_pictures(tmp_path / "few")
    monkeypatch.setenv("KERAS_BACKEND", "torch")
    monkeypatch.setattr("headway.demo.pictures", lambda: few)
    (tmp_path / "work").mkdir()
    scope = {"__name__": name}
    parts = script.pieces(name)
    shown = script.outputs_of(name, parts)
    with script.workplace(tmp_path / "work"):
        for place, piece in enumerate(parts):
            if piece.language:
                random = replace(piece, text=piece.text.replace('weights="imagenet"', "weights=None"))
                printed = script.execute(random, scope)
                assert bool(printed) == (place in shown) or not piece.prints
        for picture in script.pictures(parts):
            assert Path("plots", picture).is_file()
