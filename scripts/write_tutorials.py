"""Write the tutorials: each file of scripts/tutorials/ becomes a page and a notebook in docs/tutorials/.

A source is Markdown. What stands in fences is run, in an empty folder and from top to bottom, and what it prints is put behind it:

    ```sh                                commands of `headway`, one a line
    ```python                            Python; snippets of a page share their names
    ```sh as-published WORDS             commands for a copy of the published data, which print nothing here: tests run them on the
                                         stand-in, with WORDS added
    ```python keras                      a program for Keras: tests run it on the stand-in, with random weights

A picture ``![…](plots/NAME.svg)`` that a command drew is copied to docs/tutorials/images/.

python scripts/write_tutorials.py [NAME …]
"""

from __future__ import annotations

import contextlib
import io
import json
import os
import re
import shlex
import shutil
import sys
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from headway.cli.main import run

SOURCES = Path(__file__).with_name("tutorials")
PAGES = Path(__file__).parents[1] / "docs" / "tutorials"
PUBLISHED, KERAS = "as-published", "keras"
_FENCE = re.compile(r"^```(\w+) ?([^\n]*)\n(.*?)^```\n", re.MULTILINE | re.DOTALL)
_PICTURE = re.compile(r"(!\[[^\]]*\]\()plots/([^)]+)\)")


@dataclass(frozen=True)
class Piece:
    """A part of a tutorial: text, where ``language`` is empty, or something to run."""

    text: str
    language: str = ""
    kind: str = ""  # "", PUBLISHED or KERAS
    words: tuple[str, ...] = ()  # to add to commands in a test

    @property
    def prints(self) -> bool:
        """Whether what it prints is shown."""
        return bool(self.language) and not self.kind

    def fenced(self) -> str:
        """Return it as a page shows it."""
        return f"```{self.language}\n{self.text}```\n" if self.language else self.text


def names() -> list[str]:
    """Return the names of the tutorials."""
    return sorted(path.stem for path in SOURCES.glob("*.md"))


def pieces(name: str) -> list[Piece]:
    """Return the parts of a tutorial."""
    source, found, place = (SOURCES / f"{name}.md").read_text(), [], 0
    for match in _FENCE.finditer(source):
        found.append(Piece(source[place : match.start()]))
        kind, *words = shlex.split(match[2]) or [""]
        found.append(Piece(match[3], match[1], kind, tuple(words)))
        place = match.end()
    return [piece for piece in (*found, Piece(source[place:])) if piece.text]


def pictures(parts: list[Piece]) -> list[str]:
    """Return the names of the pictures that commands draw for a tutorial."""
    return [picture for _, picture in _PICTURE.findall("".join(piece.text for piece in parts))]


def execute(piece: Piece, scope: dict[str, Any]) -> str:
    """Run a part in the current folder; return what it printed."""
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed), contextlib.redirect_stderr(io.StringIO()) as errors:
        if piece.language == "python":
            exec(compile(piece.text, piece.kind or "tutorial", "exec"), scope)  # noqa: S102
        else:
            for line in piece.text.splitlines():
                _, *arguments = shlex.split(line, comments=True)
                if run([*arguments, *piece.words]):
                    raise SystemExit(f"{line}: {errors.getvalue()}")
    return "".join(f"{line.rstrip()}\n" for line in printed.getvalue().splitlines()).lstrip("\n")


@contextlib.contextmanager
def workplace(folder: Path) -> Iterator[None]:
    """Work in a folder, with a cache of its own."""
    before = os.environ.get("HEADWAY_CACHE")
    os.environ["HEADWAY_CACHE"] = str(folder / ".cache")
    try:
        with contextlib.chdir(folder):
            yield
    finally:
        if before is None:
            del os.environ["HEADWAY_CACHE"]
        else:
            os.environ["HEADWAY_CACHE"] = before


def write(name: str, parts: list[Piece], outputs: Mapping[int, str]) -> dict[str, str]:
    """Return the page and the notebook of a tutorial by their files' names, from what its parts printed."""
    shown = [Piece(_PICTURE.sub(rf"\1images/{name}-\2)", one.text), one.language, one.kind) for one in parts]
    page = "".join(
        piece.fenced() + (f"\n```text\n{outputs[place]}```\n" if outputs.get(place) else "")
        for place, piece in enumerate(shown)
    )
    return {
        f"{name}.md": page,
        f"{name}.ipynb": json.dumps(notebook(shown, outputs), indent=1, ensure_ascii=False) + "\n",
    }


def outputs_of(name: str, parts: list[Piece]) -> dict[int, str]:
    """Return what the parts of a tutorial printed, by its page."""
    page, outputs, place = (PAGES / f"{name}.md").read_text(), {}, 0
    for number, piece in enumerate(parts):
        if piece.prints:
            place = page.index(piece.fenced(), place) + len(piece.fenced())
            if match := re.compile(r"\n```text\n(.*?)^```\n", re.MULTILINE | re.DOTALL).match(page, place):
                outputs[number] = match[1]
    return outputs


def notebook(parts: list[Piece], outputs: Mapping[int, str]) -> dict[str, Any]:
    """Return a tutorial as a notebook of Jupyter's format 4."""
    cells: list[dict[str, Any]] = []
    for place, piece in enumerate(parts):
        cell: dict[str, Any] = {"id": f"part-{place}", "metadata": {}}
        if piece.prints:
            text = (
                piece.text
                if piece.language == "python"
                else re.sub(r"^(?=headway)", "!", piece.text, flags=re.MULTILINE)
            )
            printed = {"name": "stdout", "output_type": "stream", "text": _lines(outputs.get(place, ""))}
            cell |= {"cell_type": "code", "execution_count": None, "outputs": [printed] if outputs.get(place) else []}
        else:
            text = piece.fenced()
            cell |= {"cell_type": "markdown"}
        cells.append(cell | {"source": _lines(text.strip("\n"))})
    kernel = {"display_name": "Python 3", "language": "python", "name": "python3"}
    return {"cells": cells, "metadata": {"kernelspec": kernel}, "nbformat": 4, "nbformat_minor": 5}


def _lines(text: str) -> list[str]:
    return text.splitlines(keepends=True)


def main() -> None:
    """Run the tutorials, or those named, and write them."""
    images = PAGES / "images"
    images.mkdir(parents=True, exist_ok=True)
    for name in sys.argv[1:] or names():
        parts, scope = pieces(name), {"__name__": name}
        with tempfile.TemporaryDirectory() as folder, workplace(Path(folder)):
            outputs = {place: execute(piece, scope) for place, piece in enumerate(parts) if piece.prints}
            for old in images.glob(f"{name}-*"):
                old.unlink()
            for picture in pictures(parts):
                shutil.copy(Path("plots", picture), images / f"{name}-{picture}")
        for file, text in write(name, parts, outputs).items():
            (PAGES / file).write_text(text)
            print(PAGES / file)


if __name__ == "__main__":
    main()
