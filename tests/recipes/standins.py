"""Small stand-ins of the published data sets: the same layout and names, a few made-up pictures for each class."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from PIL import Image

FOOD = 11
FRUITS = ("Apple Braeburn", "Banana", "Cherry 1")
FLOWERS = ("daisy", "dandelion", "roses", "sunflowers", "tulips")


def write_picture(path: Path, kind: int, number: int, size: tuple[int, int] = (40, 32)) -> None:
    """Write a picture of a class: its own colour and stripes, and noise."""
    rng = np.random.default_rng((kind, number, *path.parent.name.encode()))
    height, width = size
    colour = np.random.default_rng(kind).uniform(40, 215, 3)
    stripes = 35 * np.sin(np.arange(width) * (kind + 1) / 4)
    pixels = colour + stripes[np.newaxis, :, np.newaxis] + rng.normal(0, 15, (height, width, 3))
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(np.clip(pixels, 0, 255).astype(np.uint8)).save(path, quality=95)


def food11(root: Path, classes: int = FOOD) -> Path:
    """Flat files whose number before the underscore is the class: ROOT/training/9_1339.jpg."""
    for split, count in (("training", 8), ("validation", 3), ("evaluation", 3)):
        for kind in range(classes):
            for number in range(count):
                write_picture(root / split / f"{kind}_{number + 10}.jpg", kind, number)
    return root


def fruits(root: Path) -> Path:
    """Folders Training and Test with a folder for each class; the classes are of unequal size."""
    for split, counts in (("Training", (18, 12, 8)), ("Test", (3, 3, 3))):
        for kind, (name, count) in enumerate(zip(FRUITS, counts, strict=True)):
            for number in range(count):
                write_picture(root / split / name / f"{number}_100.jpg", kind, number, (100, 100))
    return root


def flowers(root: Path) -> Path:
    """Split folders below data/ with a folder for each class; files are named after it. Returns data/."""
    for split, count in (("train", 8), ("validation", 3), ("test", 3)):
        for kind, name in enumerate(FLOWERS):
            for number in range(count):
                write_picture(root / "data" / split / name / f"{name}_{number}.jpg", kind, number)
    return root / "data"


def dogs_cats(root: Path) -> Path:
    """One flat folder, with the label in the name: ROOT/train/cat.0.jpg. Returns train/."""
    for kind, name in enumerate(("cat", "dog")):
        for number in range(20):
            write_picture(root / "train" / f"{name}.{number}.jpg", kind, number)
    return root / "train"


BUILDERS = {"food11": food11, "fruits": fruits, "flowers": flowers, "dogs": dogs_cats}
