"""Draw the pictures of docs/plots.md and docs/augmentation.md, from the pictures that Headway carries.

python scripts/draw_plots.py
"""

from __future__ import annotations

import tempfile
from pathlib import Path

from PIL import Image

from headway import Recipe, demo, fit, read
from headway.drawing import figures, save
from headway.training import draw_augmented

FOLDER = Path(__file__).parents[1] / "docs" / "images"
SHOWN = ("classes", "confusion", "reliability", "coverage")


def main() -> None:
    """Fit the demo, and draw what the page shows."""
    with tempfile.TemporaryDirectory() as cache:
        model = fit(demo.pictures(), Recipe(), cache=cache)
    drawings = figures.fit(model.report)
    for name in SHOWN:
        save(drawings[name], FOLDER / f"{name}.png")
    changes = ["rotate=20", "zoom", "hflip", "colour"]
    save(draw_augmented(read(demo.pictures()), changes, resize="squash", n=4), FOLDER / "augmentation.png")
    for name in (*SHOWN, "augmentation"):
        path = FOLDER / f"{name}.png"
        with Image.open(path) as drawing:
            few_colours = drawing.convert("RGB").quantize(128)
        few_colours.save(path, optimize=True)
        print(path)


if __name__ == "__main__":
    main()
