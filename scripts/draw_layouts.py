"""Draw each layout of scripts/layouts.txt into docs/layouts/, and write docs/layouts.md around the pictures.

What the page says of a layout is what ``headway read`` prints for the files of its picture.

python scripts/draw_layouts.py
"""

from __future__ import annotations

import contextlib
import io
import re
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from xml.sax.saxutils import escape

from headway.cli.main import run

DOCS = Path(__file__).parents[1] / "docs"
# A line is a file or folder, and what it is: a class, a split, left out, or asked about ("class?"). "1.jpg … 3.jpg" are
# three files, brackets hold the label in a name. Lines that begin with a bar are the rows of the table above them.
DESCRIPTION = Path(__file__).with_name("layouts.txt")
ROOT = "photos"
WIDTH = 340  # of a phone
ROW, INDENT, MARGIN = 24, 20, 14
CHARACTER = 7.8  # of a fixed-width font of 13 pixels
CELL = 6.9

INTRODUCTION = """# Layouts of data sets

How pictures and labels may lie on disk, and what Headway makes of it. In the pictures classes are **blue**, splits **orange**, what is left
out **grey**, and what Headway asks about **pink**, with a question mark. Below each picture stands what `headway read photos` says to
it, and for every guess what to type where it is wrong. [data.md](data.md) has the rules in words.

The page and its pictures are written by `scripts/draw_layouts.py`, which makes the files that it draws and reads them.
"""

STYLE = """
.card{fill:#fff;stroke:#d0d7de}.name{font:13px ui-monospace,SFMono-Regular,Menlo,Consolas,'Liberation Mono',monospace;fill:#1f2328}
.cell{font-size:11.5px}.tag{font:12px system-ui,-apple-system,'Segoe UI',Roboto,'Helvetica Neue',Arial,sans-serif;text-anchor:end}
.tag,.below{fill:#6a737d}.line{stroke:#c3ccd5;fill:none}.icon,.icon.below{fill:#8c96a1}.head{font-weight:600}.bold{font-weight:700}
.class{fill:#004f86}.pill.class{fill:#dbedfb}.split{fill:#8f3d00}.pill.split{fill:#fde8d3}
.out{fill:#6a737d;text-decoration:line-through}.tag.out,.icon.out{text-decoration:none}
.asked{fill:#8a2466}.pill.asked{fill:#fbe6f3;stroke:#8a2466;stroke-dasharray:3 2}
@media (prefers-color-scheme:dark){.card{fill:#151b23;stroke:#3d444d}.name{fill:#e6edf3}.line{stroke:#48515b}
.tag,.below{fill:#939da7}.class{fill:#8cccff}.pill.class{fill:#0d3557}.split{fill:#ffbd82}.pill.split{fill:#4d2c0d}
.out{fill:#939da7}.asked{fill:#f5b1dc}.pill.asked{fill:#46213a;stroke:#f5b1dc}}
"""
ICONS = {
    "folder": "M0 2q0-1.5 1.500-1.500h3.500l1.500 1.700h6q1.500 0 1.500 1.500v6.300q0 1.500-1.500 1.500h-11q-1.500 0-1.500-1.500z",
    "picture": "M1.500 0h10q1.500 0 1.500 1.500v8q0 1.500-1.500 1.500h-10q-1.500 0-1.500-1.500v-8q0-1.500 1.500-1.500zM1.500 9h10l-3.500-5-2.500 3.500-1.500-2zM3 2v2h2v-2z",
    "table": "M0 0h13v11h-13zM1.200 4v2.500h4.500v-2.500zM7 4v2.500h4.800v-2.500zM1.200 7.500v2.300h4.500v-2.300zM7 7.500v2.300h4.800v-2.300z",
}


@dataclass(frozen=True)
class Entry:
    """A line of a layout: a file or folder, how deep it lies, what it is, and the rows of a table, the first its header."""

    depth: int
    text: str
    role: str = ""
    in_left_out: bool = False
    rows: list[list[str]] = field(default_factory=list)

    @property
    def name(self) -> str:
        """Its name as it is shown."""
        return self.text.replace("[", "").replace("]", "")

    @property
    def kind(self) -> str:
        """The class of its style."""
        if self.in_left_out:
            return "below"
        return "asked" if self.role.endswith("?") else {"left out": "out"}.get(self.role, self.role)

    @property
    def icon(self) -> str:
        """The name of its icon."""
        return "folder" if self.text.endswith("/") else "table" if self.text.endswith(".csv") else "picture"

    def names(self) -> list[str]:
        """Return the names of the files that it stands for."""
        first, _, last = self.name.partition(" … ")
        pieces = list(zip(re.split(r"(\d+)", first), re.split(r"(\d+)", last), strict=False)) if last else []
        place = next((place for place, (one, other) in enumerate(pieces) if one != other), None)
        if place is None:
            return [first]
        before, after = ("".join(one for one, _ in part) for part in (pieces[:place], pieces[place + 1 :]))
        return [f"{before}{number}{after}" for number in range(int(pieces[place][0]), int(pieces[place][1]) + 1)]


@dataclass(frozen=True)
class Layout:
    """A picture of the page."""

    name: str
    title: str
    how: str
    entries: list[Entry]

    def files(self) -> dict[str, str]:
        """Return the content of each file by its path: that of a table, and pictures that differ."""
        folders: list[str] = []
        found: dict[str, str] = {}
        for entry in self.entries:
            folders[entry.depth :] = [entry.name] if entry.icon == "folder" else []
            for name in entry.names() if entry.icon != "folder" else ():
                path = "".join(folders) + name
                rows = [[re.sub(r" \(.*", "", cell) for cell in row] for row in entry.rows]
                found[path] = "".join(",".join(row) + "\n" for row in rows) or path
        return found


def layouts() -> Iterator[Layout | str]:
    """Yield the layouts of the description, and the headings between them."""
    for part in DESCRIPTION.read_text().strip().split("\n\n"):
        if part.startswith("## "):
            yield part
        else:
            first, how, *lines = part.splitlines()
            name, title = first.removeprefix("=== ").split(": ", 1)
            yield Layout(name, title, how, list(_entries(lines)))


def _entries(lines: list[str]) -> Iterator[Entry]:
    path: list[Entry] = []
    for line in lines:
        text = line.strip()
        if text.startswith("|"):
            path[-1].rows.append([cell.strip() for cell in text.strip("| ").split("|")])
            continue
        name, role = (re.split(r" {2,}", text, maxsplit=1) + [""])[:2]
        depth = (len(line) - len(line.lstrip())) // 2
        path[depth:] = [Entry(depth, name, role, any(above.role == "left out" for above in path[:depth]))]
        yield path[-1]


def draw(layout: Layout) -> str:
    """Return a layout as SVG."""
    parts: list[str] = []
    middle = MARGIN + ROW / 2
    parts += _entry(Entry(-1, f"{ROOT}/"), middle)
    above = [middle]
    for entry in layout.entries:
        middle += ROW
        x = MARGIN + entry.depth * INDENT + 7
        parts.append(f'<path class="line" d="M{x} {above[entry.depth] + 9:g}V{middle:g}h{INDENT - 9}"/>')
        above[entry.depth + 1 :] = [middle]
        parts += _entry(entry, middle)
        if entry.rows:
            parts += _table(entry, middle + ROW / 2 + 3)
            middle += len(entry.rows) * (ROW - 6) + 8
    height = middle + ROW / 2 + MARGIN
    return "\n".join(
        (
            f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{height:g}" viewBox="0 0 {WIDTH} {height:g}" role="img">',
            f"<title>{escape(layout.title)}</title>",
            f"<style>{STYLE}</style>",
            f'<rect class="card" x=".5" y=".5" width="{WIDTH - 1}" height="{height - 1:g}" rx="8"/>',
            *parts,
            "</svg>\n",
        )
    )


def _entry(entry: Entry, middle: float) -> Iterator[str]:
    """Yield the icon, the name and the role of a line."""
    x = MARGIN + (entry.depth + 1) * INDENT
    length = len(entry.name) * CHARACTER
    if entry.kind in ("class", "split", "asked"):
        yield f'<rect class="pill {entry.kind}" x="{x - 4}" y="{middle - 10:g}" width="{length + 30:g}" height="20" rx="5"/>'
    yield f'<path class="icon {entry.kind}" fill-rule="evenodd" transform="translate({x} {middle - 5.5:g})" d="{ICONS[entry.icon]}"/>'
    text = escape(entry.text).replace("[", '<tspan class="class bold">').replace("]", "</tspan>")
    if entry.kind == "asked":
        text = text.replace('"class bold"', '"bold"')
    yield f'<text class="name {entry.kind}" x="{x + 20}" y="{middle + 4.5:g}" textLength="{length:g}">{text}</text>'
    if entry.role:
        yield f'<text class="tag {entry.kind}" x="{WIDTH - MARGIN}" y="{middle + 4:g}">{entry.role}</text>'


def _table(entry: Entry, top: float) -> Iterator[str]:
    """Yield the rows of a table below its name."""
    x = MARGIN + (entry.depth + 2) * INDENT
    for head, *cells in zip(*entry.rows, strict=True):
        head, kind = (re.split(r" \(|\)", head) + [""])[:2]
        width = max(map(len, (head, *cells))) * CELL
        if kind:
            height = len(entry.rows) * (ROW - 6)
            yield f'<rect class="pill {kind}" x="{x - 6:g}" y="{top:g}" width="{width + 12:g}" height="{height}" rx="4"/>'
        for row, cell in enumerate((head, *cells)):
            style = f"name cell {kind if row else kind + ' head'}"
            y = top + row * (ROW - 6) + 13
            yield f'<text class="{style}" x="{x:g}" y="{y:g}" textLength="{len(cell) * CELL:g}">{escape(cell)}</text>'
        x += width + 20


def said(layout: Layout) -> list[str]:
    """Return what ``headway read`` says first of the files of a layout, or its whole question."""
    with tempfile.TemporaryDirectory() as folder, contextlib.chdir(folder):
        for name, content in layout.files().items():
            path = Path(ROOT, name)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(content)
        with contextlib.redirect_stdout(io.StringIO()) as out, contextlib.redirect_stderr(io.StringIO()) as err:
            run(["read", ROOT])
    return out.getvalue().split("\n\n")[0].splitlines() or err.getvalue().splitlines()


def _quoted(lines: list[str]) -> str:
    """Return output as Markdown that a phone can wrap, with what to type as code; all but the first line are a list."""
    found = []
    for line in lines:
        words, mark, command = re.fullmatch(r"(?:- | +)?(.*?)(?:(: )(headway .*|--.*))?", line).groups()
        words = re.sub(r"([*_<\[])", r"\\\1", words)
        found.append(f"> {'- ' if found else ''}{words}{f'{mark}`{command}`' if command else ''}")
    return "\n".join(found)


def texts() -> dict[str, str]:
    """Return the page and its pictures by their paths below docs/."""
    page, found = [INTRODUCTION], {}
    for layout in layouts():
        if isinstance(layout, str):
            page.append(f"{layout}\n")
            continue
        found[f"layouts/{layout.name}.svg"] = draw(layout)
        picture = f"![{layout.title}](layouts/{layout.name}.svg)"
        page.append(f"### {layout.title}\n\n{layout.how}\n\n{picture}\n\n{_quoted(said(layout))}\n")
    return {"layouts.md": "\n".join(page), **found}


def main() -> None:
    """Write them, and remove what is not one of them."""
    current = texts()
    folder = DOCS / "layouts"
    folder.mkdir(exist_ok=True)
    for path in folder.glob("*.svg"):
        if f"layouts/{path.name}" not in current:
            path.unlink()
    for name, text in current.items():
        (DOCS / name).write_text(text)
        print(DOCS / name)


if __name__ == "__main__":
    main()
