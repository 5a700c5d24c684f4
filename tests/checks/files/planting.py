"""Real pictures that faults are planted into: the drawings that the package carries, small and on white."""

from __future__ import annotations

import functools
import hashlib
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

import headway
from headway.checks import Context, Found
from headway.dataset import read
from headway.facts.images import FileFacts, ImageFacts
from headway.images import load_with_facts
from tests.checks.helpers import names, synthetic

SIDE = 128
Change = Callable[[Image.Image], Image.Image]


@functools.cache
def drawings() -> dict[str, Image.Image]:
    """The carried drawings as CLASS/NAME, on white and small; of each class as many as there are."""
    found = {}
    for path in sorted(headway.demo.pictures().rglob("*.webp")):
        with Image.open(path) as image:
            image = image.convert("RGBA")
            image.thumbnail((SIDE, SIDE))
            white = Image.new("RGBA", image.size, "white")
        found[f"{path.parent.name}/{path.stem}"] = Image.alpha_composite(white, image).convert("RGB")
    return found


def write(root: Path, planted: Sequence[str] = (), change: Change = lambda image: image, suffix: str = ".png") -> Path:
    """Write all drawings as PNGs; those that are ``planted`` are changed, and have the ending ``suffix``."""
    for name, image in drawings().items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if name in planted:
            change(image).save(f"{path}{suffix}")
        else:
            image.save(f"{path}.png", compress_level=1)
    return root


def draw(rate: float, seed: int = 7) -> list[str]:
    """Draw some of the drawings."""
    everything = sorted(drawings())
    return [everything[at] for at in np.random.default_rng(seed).permutation(len(everything))[: round(rate * 240)]]


def measured(folder: Path) -> Context:
    """A context with facts as the usual network has them, and no features."""
    data = read(folder)
    return Context(
        data=data,
        hashes=[hashlib.sha256(Path(str(path)).read_bytes()).digest() for path in data.pictures],
        features=np.zeros((len(data), 1), np.float32),
        facts=[load_with_facts(path, 224, "squash")[1] for path in data.pictures],
    )


def precision_and_recall(looked_at: Context, found: Sequence[Found], planted: Sequence[str]) -> tuple[float, float]:
    listed = {name.rsplit(".", 1)[0] for one in found for name in names(looked_at, one)}
    right = len(listed & set(planted))
    return right / max(len(listed), 1), right / len(planted)


USUAL = FileFacts(5000, ".png", "PNG", "RGB", 8, 1, None, 1, None)
FACTS = ImageFacts(100, 100, "RGB", "PNG", 128.0, 50.0, 500.0, 200, 0)


def with_files(
    labels: Sequence[int],
    files: Sequence[FileFacts | None],
    facts: Sequence[ImageFacts | None] | None = None,
    thumbnails: Any = None,
    **fields: Any,
) -> Context:
    """A context of what headers say, whose pictures are noise unless there are ``thumbnails``."""
    looked_at = synthetic(labels, facts=facts or [FACTS] * len(labels), **fields)
    noise = np.random.default_rng(1).integers(0, 256, (64, 64, 3)).astype(np.uint8)
    looked_at.__dict__["files"] = list(files)
    looked_at.__dict__["_thumbnails"] = dict(enumerate([noise] * len(labels) if thumbnails is None else thumbnails))
    return looked_at
