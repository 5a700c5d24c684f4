"""The documentation runs: its Python, its command lines, its links."""

from __future__ import annotations

import re
import shlex
import shutil
from pathlib import Path

import click
import pytest

from headway import Recipe, demo
from headway.cli.main import COMMANDS, headway
from headway.fitting import fit

ROOT = Path(__file__).parents[1]
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").glob("*.md"))]
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
