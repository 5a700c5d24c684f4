"""What several tests make use of."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from headway.fitting import Fitted, fit_recipe
from headway.recipe import Recipe
from headway.session import Session
from headway.types import Silent

COLOURS = {"blue": (40, 60, 200), "green": (40, 190, 60), "red": (210, 40, 50)}


def write_pictures(root: Path, per_class: int = 12, classes: tuple[str, ...] = tuple(COLOURS), seed: int = 0) -> Path:
    """Write noisy squares of one colour a class, as ROOT/CLASS/NN.png."""
    for label in classes:
        (root / label).mkdir(parents=True, exist_ok=True)
        for number in range(per_class):
            rng = np.random.default_rng((seed, *map(ord, label), number))
            noise = rng.normal(0, 30, (40, 50, 3))
            pixels = np.clip(np.array(COLOURS[label]) + noise, 0, 255).astype(np.uint8)
            Image.fromarray(pixels).save(root / label / f"{number:02d}.png")
    return root


def run_fit(data: Any, recipe: Recipe | None = None, **options: Any) -> Fitted:
    """Fit, and keep the predictions; ``options`` are those of a session."""
    options.setdefault("progress", Notes())
    with Session.open(options.pop("cache", None), **options) as session:
        return fit_recipe(session, data, recipe or Recipe())


class Notes(Silent):
    """A `Progress` that remembers notes and warnings."""

    def __init__(self) -> None:
        self.notes: list[str] = []

    def note(self, message: str) -> None:
        self.notes.append(message)

    def warn(self, message: str) -> None:
        self.notes.append(message)


class Clock:
    """A clock that stands still until somebody moves it."""

    now = 100.0

    def perf_counter(self) -> float:
        return self.now
