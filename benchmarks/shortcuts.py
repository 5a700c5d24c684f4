"""Checks 101 to 108 and 502 on data sets as they are, on draws from them, and with faults planted.

    python benchmarks/shortcuts.py ROOT [--draws 15] [--pictures 300] [--plant]

ROOT holds elpv, clip12 and fmnist10k, a folder per class in each. Printed are what is found in each as it is; how many
draws of so many pictures get a warning from 108 or 502; precision and recall of pictures that were blurred, darkened or
posterised in a draw of 300; and whether shortcuts are found that were planted at 50 : 50 and at 90 : 10 into two classes.
"""

from __future__ import annotations

import argparse
import hashlib
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
from PIL import Image, ImageFilter, ImageOps

import headway
from headway.auditing.predicting import predict_out_of_fold
from headway.checks import CHECKS, Context, Found, OutOfFold, TooLittle
from headway.images import load_with_facts
from headway.recipe import Recipe
from headway.types import Silent

NAMES = ("elpv", "clip12", "fmnist10k")
FILES = tuple(check for check in CHECKS if check.family == "files" or check.name == "shortcut")
LOUD = tuple(check for check in FILES if check.name in ("properties-follow-class", "shortcut"))
Change = Callable[[Image.Image], Image.Image]
FAULTS: dict[str, tuple[str, Change]] = {
    "blurred": ("blurred", lambda image: image.filter(ImageFilter.GaussianBlur(max(image.size) / 30))),
    "darkened": ("dark-or-bright", lambda image: image.point(lambda level: level // 16)),
    "posterised": ("few-values", lambda image: ImageOps.posterize(image, 2)),
}
RATES = (0.02, 0.1, 0.3)
SHORTCUTS = ("JPEG of quality 40", "frame of 2 pixels", "twice the size", "grey for colour")


def known(folder: Path) -> Context:
    """A data set with features of the usual network, and what a head on them predicts."""
    data = headway.read(folder)
    table = headway.embed(data)
    data, features = data.subset(table.rows), table.read()
    predictions = predict_out_of_fold(data, table.hashes, features, Recipe(), Silent())
    return Context(data=data, hashes=table.hashes, features=features, facts=table.images(), predictions=predictions)


def planted(folder: Path) -> Context:
    """A data set with facts as the usual network has them, and predictions that are always right: the strictest for 502."""
    data = headway.read(folder)
    return Context(
        data=data,
        hashes=[hashlib.sha256(Path(str(path)).read_bytes()).digest() for path in data.pictures],
        features=np.zeros((len(data), 1), np.float32),
        facts=[load_with_facts(path, 224, "squash")[1] for path in data.pictures],
        predictions=OutOfFold(np.arange(len(data)), np.eye(len(data.classes), dtype=np.float32)[data.labels]),
    )


def findings(looked_at: Context, checks: tuple = FILES) -> Iterator[tuple[str, Found]]:
    for check in checks:
        try:
            yield from ((check.name, found) for found in check.run(looked_at))
        except TooLittle as answer:
            print(f"    {check.name} cannot tell: {answer.found} {answer.needs}")


def subset(whole: Context, rows: np.ndarray) -> Context:
    """Draw from a context; predictions stay those of the whole, and nothing is decoded twice."""
    assert whole.predictions is not None
    places = np.searchsorted(whole.predictions.rows, rows)
    part = replace(
        whole,
        data=whole.data.subset(rows),
        hashes=[whole.hashes[row] for row in rows],
        features=whole.features[rows],
        facts=[whole.facts[row] for row in rows],
        predictions=OutOfFold(np.arange(len(rows)), whole.predictions.probabilities[places]),
    )
    part.__dict__["files"] = [whole.files[row] for row in rows]
    part.__dict__["_thumbnails"] = dict(enumerate(whole.thumbnails(rows)))
    return part


def usual(whole: Context) -> list[int]:
    """The pictures that are not giants, which would take minutes to plant into."""
    return [row for row, fact in enumerate(whole.facts) if fact and fact.width * fact.height < 20_000_000]


def write(whole: Context, rows: np.ndarray, root: Path, labels: list[str], save: Callable) -> None:
    for number, (row, label) in enumerate(zip(rows.tolist(), labels, strict=True)):
        with Image.open(str(whole.data.pictures[row])) as image:
            plain = Image.alpha_composite(Image.new("RGBA", image.size, "white"), image.convert("RGBA")).convert("RGB")
        plain.thumbnail((300, 300))
        (root / label).mkdir(parents=True, exist_ok=True)
        save(number, plain, root / label / f"{number:04d}.png")


def planted_faults(whole: Context, rng: np.random.Generator) -> None:
    for fault, (name, change) in FAULTS.items():
        for rate in RATES:
            rows = rng.choice(usual(whole), 300, replace=False)
            hit = set(rng.choice(300, round(300 * rate), replace=False).tolist())

            def save(number: int, image: Image.Image, path: Path, hit: set = hit, change: Change = change) -> None:
                (change(image) if number in hit else image).save(path)

            with tempfile.TemporaryDirectory() as folder:
                write(whole, rows, Path(folder), ["a", "b"] * 150, save)
                looked_at = planted(Path(folder))
                checks = tuple(check for check in FILES if check.name == name)
                listed = {row for _, found in findings(looked_at, checks) for row in found.rows.tolist()}
                numbers = {int(Path(looked_at.data.name(row)).stem) for row in listed}
            right = len(numbers & hit)
            print(
                f"    {fault} at {rate:.0%}: precision {right / max(1, len(numbers)):.2f}, recall {right / len(hit):.2f}"
            )


def planted_shortcuts(whole: Context, rng: np.random.Generator) -> None:
    for share in (0.5, 0.9):
        for shortcut in SHORTCUTS:
            rows = rng.choice(usual(whole), 300, replace=False)
            labels = ["b" if number < share * 300 else "a" for number in range(300)]

            def save(
                number: int, image: Image.Image, path: Path, shortcut: str = shortcut, labels: list = labels
            ) -> None:
                if labels[number] == "b":
                    image.save(path)
                elif shortcut == SHORTCUTS[0]:
                    image.save(path.with_suffix(".jpg"), quality=40)
                elif shortcut == SHORTCUTS[1]:
                    ImageOps.expand(image, 2, "red").save(path)
                elif shortcut == SHORTCUTS[2]:
                    image.resize((2 * image.width, 2 * image.height)).save(path)
                else:
                    image.convert("L").save(path)

            with tempfile.TemporaryDirectory() as folder:
                write(whole, rows, Path(folder), labels, save)
                loud = [
                    f"{name} {found.severity} ({found.evidence.get('property') or found.evidence.get('by')})"
                    for name, found in findings(planted(Path(folder)), LOUD)
                    if found.severity != "note"
                ]
            print(f"    {shortcut}, {share:.0%} the larger class: {', '.join(loud) or 'nothing'}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("root", type=Path)
    parser.add_argument("--only", nargs="+", default=NAMES, choices=NAMES)
    parser.add_argument("--draws", type=int, default=15)
    parser.add_argument("--pictures", type=int, default=300)
    parser.add_argument("--plant", action="store_true", help="plant faults and shortcuts, too, which takes minutes")
    given = parser.parse_args()
    for name in given.only:
        rng = np.random.default_rng(0)
        whole = known(given.root / name)
        print(f"{name}, {len(whole):,} pictures as they are:", flush=True)
        for check, found in findings(whole):
            print(f"    {found.severity} {check}: {len(found.rows)} pictures, {dict(found.evidence)}", flush=True)
        warned = 0
        for _ in range(given.draws):
            rows = np.sort(rng.choice(len(whole), given.pictures, replace=False))
            warned += any(found.severity != "note" for _, found in findings(subset(whole, rows), LOUD))
        print(f"    draws of {given.pictures} with a warning: {warned} of {given.draws}", flush=True)
        if given.plant:
            planted_faults(whole, rng)
            planted_shortcuts(whole, rng)


if __name__ == "__main__":
    main()
