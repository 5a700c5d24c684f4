"""How much frames of bursts on both sides of a split overstate the accuracy, and whether groups by names mend that.

    python benchmarks/bursts.py ROOT [--sets clip12 elpv] [--originals 200] [--seeds 2]

Of each set, a folder of class folders in ROOT, a half of the pictures is never used but to measure the truth. Of the
other half some become bursts: 3 to 6 slightly changed versions each, cut, brighter or darker, with noise, as JPEG, named
``video7_frame0042.jpg``. Headway fits them as it is, which finds the groups by the names, and with ``--no-groups``. The
accuracy that is reported is held against that of the same model on the pictures never used, each changed once in the
same way, so that they differ in nothing else.
"""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path

import numpy as np
from PIL import Image, ImageEnhance

import headway


def changed(picture: Image.Image, random: np.random.Generator) -> Image.Image:
    """A frame of the same: up to 6 % cut, brightness within 10 %, a little noise."""
    width, height = picture.size
    cut = random.uniform(0, 0.06, 2)
    left, top = random.uniform(0, cut) * picture.size
    box = (left, top, left + (1 - cut[0]) * width, top + (1 - cut[1]) * height)
    frame = picture.resize(picture.size, Image.Resampling.BICUBIC, box=box)
    frame = ImageEnhance.Brightness(frame).enhance(random.uniform(0.9, 1.1))
    noise = random.normal(0, 3, (height, width, 3))
    return Image.fromarray(np.clip(np.asarray(frame) + noise, 0, 255).astype(np.uint8))


def opened(path: str) -> Image.Image:
    """A picture on white, of at most 320 pixels a side."""
    with Image.open(path) as file:
        picture = file.convert("RGBA")
    picture.thumbnail((320, 320))
    return Image.alpha_composite(Image.new("RGBA", picture.size, "white"), picture).convert("RGB")


def plant(
    originals: list[tuple[str, str]], folder: Path, random: np.random.Generator, fewest: int = 3, most: int = 6
) -> int:
    """Write bursts of originals, (class, path) each; return how many frames."""
    frames = 0
    for number, (label, path) in enumerate(originals):
        (folder / label).mkdir(parents=True, exist_ok=True)
        picture = opened(path)
        first = int(random.integers(0, 60))
        for frame in range(first, first + int(random.integers(fewest, most + 1))):
            name = folder / label / f"video{number}_frame{frame:04}.jpg"
            changed(picture, random).save(name, quality=int(random.integers(60, 91)))
            frames += 1
    return frames


def chosen(folder: str, count: int, random: np.random.Generator) -> tuple[list[tuple[str, str]], ...]:
    """Return originals to be planted, as many of each class as it has of all, and at most twice as many never used."""
    dataset = headway.read(folder)
    unused, planted = [], []
    for label, name in enumerate(dataset.classes):
        rows = random.permutation(np.flatnonzero(dataset.labels == label))
        share = round(count * len(rows) / len(dataset))
        half = [(name, dataset.name(row)) for row in rows.tolist()]
        unused += half[: len(rows) // 2][: 2 * share]
        planted += half[len(rows) // 2 :][:share]
    return planted, unused


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("root", type=Path)
    parser.add_argument("--sets", nargs="+", default=["clip12", "elpv"])
    parser.add_argument("--originals", type=int, default=200)
    parser.add_argument("--seeds", type=int, default=2)
    given = parser.parse_args()
    for name in given.sets:
        random = np.random.default_rng(0)
        planted, unused = chosen(str(given.root / name), given.originals, random)
        with tempfile.TemporaryDirectory() as place:
            cache, folder, apart = (f"{place}/{name}" for name in ("cache", "bursts", "apart"))
            frames = plant(planted, Path(folder), random)
            plant(unused, Path(apart), random, 1, 1)
            print(f"{name}: {len(planted)} bursts of {frames} frames, {len(unused)} pictures for the truth")
            for way, groups in (("--no-groups", False), ("groups by names", None)):
                dataset = headway.read(folder, groups=groups)
                rows = []
                for seed in range(given.seeds):
                    model = headway.fit(dataset, seed=seed, cache=cache)
                    truth = headway.evaluate(model, apart, cache=cache).report.scores.accuracy
                    rows.append((model.report.test.accuracy, model.report.cross_validation.accuracy, truth))
                test, crossed, true = np.mean(rows, axis=0)
                print(
                    f"  {way}: true {true:.3f}; test part {test:.3f} ({100 * (test - true):+.1f} points), "
                    f"cross-validation {crossed:.3f} ({100 * (crossed - true):+.1f} points)"
                )


if __name__ == "__main__":
    main()
