"""Show that two versions of the sources fit the same models: graphs byte for byte, and probabilities.

    python scripts/same_probabilities.py OLD/src src DATA …

Each version fits each data set in a cache of its own; nothing is shared but the interpreter. Prints a line for each
data set, and exits with 1 where one differs.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np

PROBE = """
import hashlib, json, sys
import numpy as np
import headway
data, recipe, out = sys.argv[1], json.loads(sys.argv[2]), sys.argv[3]
data = headway.demo.pictures() if data == "demo" else data
model = headway.fit(data, headway.Recipe(**recipe))
images = headway.read(data).pictures
if hasattr(model, "predict_proba"):
    probabilities = model.predict_proba(images)
else:
    k, place = len(model.classes), {name: i for i, name in enumerate(model.classes)}
    probabilities = np.zeros((len(images), k), "f4")
    for row, prediction in zip(probabilities, model.predict(images, top=k)):
        for name, probability in prediction.top:
            row[place[name]] = probability
np.save(out, probabilities)
print(json.dumps({"graph": hashlib.sha256(model.proto.graph.SerializeToString(deterministic=True)).hexdigest()}))
"""
RECIPES: tuple[dict[str, object], ...] = (
    {},
    {"backbone": "colour", "head": "svm", "select": "anova", "select_count": 20},
)


def run(sources: Path, data: str, recipe: dict[str, object], folder: Path) -> tuple[str, np.ndarray]:
    """Fit with one version; return the digest of the graph and the probabilities of all images."""
    environment = os.environ | {"PYTHONPATH": str(sources.resolve()), "HEADWAY_CACHE": str(folder / "cache")}
    out = folder / "probabilities.npy"
    command = [sys.executable, "-W", "ignore", "-c", PROBE, data, json.dumps(recipe), str(out)]
    printed = subprocess.run(command, env=environment, check=True, capture_output=True, text=True).stdout
    return json.loads(printed.splitlines()[-1])["graph"], np.load(out)


def main() -> int:
    """Compare the versions on every data set and recipe."""
    old, new, *data = sys.argv[1:]
    differ = 0
    for name in data or ["demo"]:
        for recipe in RECIPES:
            with tempfile.TemporaryDirectory() as first, tempfile.TemporaryDirectory() as second:
                graph, before = run(Path(old), name, recipe, Path(first))
                again, after = run(Path(new), name, recipe, Path(second))
            largest = float(np.abs(before - after).max()) if before.shape == after.shape else float("nan")
            same = graph == again and largest == 0
            differ += not same
            verdict = "same graph" if graph == again else "another graph"
            print(
                f"{Path(name).name} {recipe or 'defaults'}: {verdict}, {len(before):,} images, largest difference {largest:g}"
            )
    return int(differ > 0)


if __name__ == "__main__":
    sys.exit(main())
