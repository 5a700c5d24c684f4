"""The documentation runs: its Python, its command lines, its links."""

from __future__ import annotations

import re
import shlex
import shutil
import tomllib
from pathlib import Path

import click
import pytest

from headway import Recipe, demo
from headway.cli.main import COMMANDS, headway
from headway.fitting import fit

ROOT = Path(__file__).parents[1]
ARCHITECTURE = ROOT / "ARCHITECTURE.md"
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", ARCHITECTURE, *sorted((ROOT / "docs").glob("*.md"))]
names = pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)


@pytest.fixture(scope="module")
def workplace(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with what the snippets speak of: photos/, new/, a model."""
    folder = tmp_path_factory.mktemp("workplace")
    (folder / "new").mkdir()
    for label in ("birds", "houses"):
        shutil.copytree(demo.pictures() / label, folder / "photos" / label)
    for number, picture in enumerate(sorted((demo.pictures() / "birds").iterdir())[:3], start=1):
        shutil.copy(picture, folder / "new" / f"{number}.jpg")
    shutil.make_archive(str(folder / "photos"), "zip", folder / "photos")
    fit(folder / "photos", Recipe(), cache=folder / "cache").save(folder / "headway-demo.onnx")
    return folder


def snippets(page: Path, language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", page.read_text(), re.DOTALL | re.MULTILINE)


@names
def test_python_snippets_run(page: Path, workplace: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(workplace)
    monkeypatch.setenv("HEADWAY_CACHE", str(workplace / "cache"))
    scope: dict[str, object] = {"__name__": page.stem}
    for snippet in snippets(page, "python"):
        exec(compile(snippet, str(page), "exec"), scope)  # noqa: S102


def command_lines(text: str) -> list[list[str]]:
    """Every `headway …` in code, without comments, pipes and redirections."""
    code = re.findall(r"^(?: {4}| {2}|\$ )(.*headway .*)$", text, re.MULTILINE) + re.findall(r"`(headway [^`]+)`", text)
    lines = []
    for line in code:
        if not (found := re.search(r"(?:^|\| |\$ |&& )headway (.*)", line) or re.match(r"headway (.*)", line)):
            continue
        command = re.split(r" {2,}| #| \||>| …", found.group(1))[0].replace("[", "").replace("]", "")
        try:
            words = shlex.split(command)
        except ValueError:
            continue
        if words and words[0] in COMMANDS:
            lines.append(words)
    return lines


def meant(name: str, arguments: list[str]) -> click.Command:
    """The command, or the one within it."""
    command = headway.get_command(click.Context(headway), name)
    assert command is not None
    within = command.commands if isinstance(command, click.Group) else {}
    return within.get(arguments[0], command) if arguments else command


@names
def test_command_lines_are_ones_that_exist(page: Path) -> None:
    for name, *arguments in command_lines(page.read_text()):
        command = meant(name, arguments)
        known = {option for parameter in command.params for option in parameter.opts} | {"--help", "-h"}
        used = {word.partition("=")[0] for word in arguments if word.startswith("-") and word != "-"}
        assert used <= known, f"{page.name}: headway {name} {shlex.join(arguments)}"


def test_there_are_command_lines_to_check() -> None:
    assert sum(len(command_lines(page.read_text())) for page in PAGES) > 10


def test_examples_in_help_are_ones_that_exist() -> None:
    for name in COMMANDS:
        command = headway.get_command(click.Context(headway), name)
        assert command is not None
        assert command.epilog is not None
        lines = command_lines(command.epilog)
        assert lines, name
        for other, *arguments in lines:
            target = meant(other, arguments)
            known = {option for parameter in target.params for option in parameter.opts}
            assert {word for word in arguments if word.startswith("-") and word != "-"} <= known


@names
def test_links_lead_somewhere(page: Path) -> None:
    for target in re.findall(r"\]\(([^)#]+)(?:#[^)]*)?\)", page.read_text()):
        if "://" not in target:
            assert (page.parent / target).exists(), f"{page.name}: {target}"


def test_every_page_is_linked_from_the_readme() -> None:
    readme = (ROOT / "README.md").read_text()
    for page in sorted((ROOT / "docs").glob("*.md")):
        assert f"docs/{page.name}" in readme, page.name


def places_named(text: str) -> set[str]:
    """Every path in the drawing, and in code; `planner.py` below `embedding/compute.py` stands for its sibling."""
    drawing = text.partition("## From")[2].partition("\n## ")[0]
    code = " ".join(re.findall(r"`([^`]+)`", text))
    return set(re.findall(r"[\w./-]*\w(?:\.py|/(?![\w/]))", f"{drawing} {code}"))


def test_every_module_named_in_the_architecture_exists() -> None:
    places = places_named(ARCHITECTURE.read_text())
    package = ROOT / "src" / "headway"
    assert len(places) > 30
    missing = {
        place
        for place in places
        if not any((folder / place).exists() for folder in (package, ROOT, package / "embedding"))
    }
    assert missing == set()


def test_functions_named_beside_a_module_are_in_it() -> None:
    table = ARCHITECTURE.read_text().partition("## Where is")[2]
    pairs = re.findall(r"`([\w/]+\.py)`, `(\w+)`", table)
    assert len(pairs) > 3
    for module, name in pairs:
        assert re.search(rf"^(?:def|class) {name}\b", (ROOT / "src" / "headway" / module).read_text(), re.MULTILINE), (
            name
        )


def test_layers_of_the_architecture_are_those_that_are_held() -> None:
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"]
    [held] = [contract["layers"] for contract in contracts if contract["type"] == "layers"]
    table = ARCHITECTURE.read_text().partition("| layer | |\n|---|---|\n")[2].partition("\n\n")[0]
    drawn = [re.match(r"\| `([^`]+)` \| .", line) for line in table.splitlines()]
    assert [row and row[1].replace("\\|", "|") for row in drawn] == [layer.replace("headway.", "") for layer in held]


@names
def test_nothing_is_installed_that_is_not_published(page: Path) -> None:
    assert re.findall(r"pip install '?headway.*", page.read_text()) == []
