"""How strong a shift between training and test the check 403 of `headway audit` finds.

    python benchmarks/shift.py ROOT [--cache FOLDER] [--draws 10]                   # ROOT/elpv, clip12, fmnist10k

Of up to 500 pictures of a set, at most 320 pixels a side, a fifth is the test part, drawn by chance several times. Its
pictures are changed: brighter, blurred (sigma in pixels of 224), saved as JPEG. Counted are the draws on which the check
finds a shift. In two rows it should find none: pictures as they are, and other shares of the classes in the test part.
"""

from __future__ import annotations

import argparse
import io
import warnings
from collections.abc import Callable
from pathlib import Path

import numpy as np
from PIL import Image, ImageEnhance, ImageFilter

import headway
from headway import backbones
from headway.checks import Context
from headway.checks.balance import shift
from headway.dataset import Dataset

BACKBONE = backbones.find("efficientnet_lite0")
PICTURES = {"fmnist10k": 500, "elpv": 500, "clip12": 400}


def brighter(factor: float) -> Callable[[Image.Image], Image.Image]:
    return lambda image: ImageEnhance.Brightness(image).enhance(factor)


def blurred(sigma: float) -> Callable[[Image.Image], Image.Image]:
    return lambda image: image.filter(ImageFilter.GaussianBlur(sigma * max(image.size) / 224))


def as_jpeg(image: Image.Image) -> Image.Image:
    file = io.BytesIO()
    image.save(file, "JPEG", quality=50)
    return Image.open(file).convert("RGB")


CHANGES: dict[str, Callable[[Image.Image], Image.Image]] = {
    "as they are": lambda image: image,
    "5 % brighter": brighter(1.05),
    "10 % brighter": brighter(1.1),
    "20 % brighter": brighter(1.2),
    "40 % brighter": brighter(1.4),
    "blurred, 0.5": blurred(0.5),
    "blurred, 1": blurred(1),
    "JPEG of quality 50": as_jpeg,
}


def load(path: str) -> Image.Image:
    image = Image.open(path)
    image.draft("RGB", (320, 320))
    image.thumbnail((320, 320))
    return image.convert("RGB")


def is_found(plain: np.ndarray, changed: np.ndarray, labels: np.ndarray, seed: int, uneven: bool) -> bool:
    random = np.random.default_rng(seed)
    of_class = random.choice([0.05, 0.4], int(labels.max()) + 1) if uneven else np.full(int(labels.max()) + 1, 0.2)
    tested = random.random(len(labels)) < of_class[labels]
    data = Dataset([b"%d" % row for row in range(len(labels))], labels, tuple(map(str, range(len(of_class)))))
    context = Context(
        data,
        [b"%d" % row for row in range(len(labels))],
        np.where(tested[:, None], changed, plain),
        [None] * len(labels),
        part=2 * tested.astype(np.int64),
        seed=seed,
    )
    return bool(list(shift.run(context)))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("root", type=Path)
    parser.add_argument("--cache")
    parser.add_argument("--draws", type=int, default=10)
    given = parser.parse_args()
    warnings.simplefilter("ignore", Image.DecompressionBombWarning)
    for name, most in PICTURES.items():
        dataset = headway.read(given.root / name)
        chosen = np.random.default_rng(0).permutation(len(dataset))[:most]
        images, labels = [load(str(dataset.pictures[row])) for row in chosen], dataset.labels[chosen]
        plain = None
        for what, change in CHANGES.items():
            table = headway.embed([np.asarray(change(image)) for image in images], BACKBONE, cache=given.cache)
            features = table.read(names=BACKBONE.feature_sets["last"])
            plain = features if plain is None else plain
            found = sum(is_found(plain, features, labels, seed, uneven=False) for seed in range(given.draws))
            print(f"{name:10} {what:20} found in {found} of {given.draws}", flush=True)
        found = sum(is_found(plain, plain, labels, seed, uneven=True) for seed in range(given.draws))
        print(f"{name:10} {'other shares':20} found in {found} of {given.draws}", flush=True)


if __name__ == "__main__":
    main()
