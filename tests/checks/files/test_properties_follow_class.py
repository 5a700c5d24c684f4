"""108 properties-follow-class."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageOps

from headway.checks import Found, TooLittle
from headway.facts.images import FileFacts, ImageFacts
from tests.checks.files.planting import FACTS, USUAL, drawings, measured, with_files
from tests.checks.helpers import run

NAME = "properties-follow-class"
Save = Callable[[Image.Image, Path], object]


def as_jpeg(image: Image.Image, path: Path) -> None:
    image.save(path.with_suffix(".jpg"), quality=40)


def framed(image: Image.Image, path: Path) -> None:
    ImageOps.expand(image.crop((2, 2, image.width - 2, image.height - 2)), 2, "black").save(path)


def larger(image: Image.Image, path: Path) -> None:
    image.resize((3 * image.width, 3 * image.height)).save(path, compress_level=1)


def grey(image: Image.Image, path: Path) -> None:
    image.convert("L").save(path)


def planted(root: Path, save: Save, small: float, rate: float, elsewhere: float = 0.0) -> list[Found]:
    """Two classes of drawings, one of which is a share ``small``, and at a ``rate`` saved in another way."""
    rng = np.random.default_rng(0)
    for number, image in enumerate(list(drawings().values())[:: 1 if small < 0.5 else 2]):
        label = "a" if rng.random() < small else "b"
        path = root / label / f"{number:03d}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        if rng.random() < (rate if label == "a" else elsewhere):
            save(image, path)
        else:
            image.save(path, compress_level=1)
    return run(NAME, measured(root))


@pytest.mark.parametrize("small", [0.5, 0.1])
@pytest.mark.parametrize("rate", [1.0, 0.8])
@pytest.mark.parametrize(("save", "name"), [(as_jpeg, "format"), (framed, "border"), (larger, "size"), (grey, "mode")])
def test_a_planted_property_is_found(tmp_path: Path, save: Save, name: str, small: float, rate: float) -> None:
    found = planted(tmp_path, save, small, rate)
    [one] = [one for one in found if one.severity != "note"]
    assert one.evidence["property"] == name and one.evidence["class"] in ("a", "b")
    strong = name in ("format", "mode") and float(one.evidence["correlation"]) >= 0.8
    assert one.severity == ("severe" if strong else "warning")
    assert abs(float(one.evidence["inside"]) - float(one.evidence["outside"])) > 0.6
    assert float(one.evidence["accuracy"]) > float(one.evidence["majority"])
    assert float(one.evidence["p"]) == 0.001


def test_what_both_classes_have_is_not_found(tmp_path: Path) -> None:
    assert planted(tmp_path, as_jpeg, small=0.3, rate=0.5, elsewhere=0.5) == []


def facts(rng: np.random.Generator, n: int) -> tuple[list[FileFacts], list[ImageFacts]]:
    """Files of all kinds."""
    files, sizes = [], []
    for _ in range(n):
        kind, quality = ("JPEG", int(rng.choice([75, 90, 95]))) if rng.random() < 0.5 else ("PNG", None)
        width, height = rng.integers(100, 1000, 2).tolist()
        mode = str(rng.choice(["RGB", "RGB", "L", "P"]))
        files.append(replace(USUAL, format=kind, quality=quality, mode=mode, bytes=int(rng.integers(500, 90_000))))
        sizes.append(replace(FACTS, width=width, height=height, mode=mode))
    return files, sizes


@pytest.mark.parametrize("shares", [(0.5, 0.5), (0.9, 0.1), (0.4, 0.2, 0.1, 0.1, 0.1, 0.05, 0.05)])
def test_nothing_is_found_in_draws_where_nothing_follows_the_class(shares: tuple[float, ...]) -> None:
    alarms = 0
    for seed in range(100):
        rng = np.random.default_rng(seed)
        labels = rng.choice(len(shares), 120, p=shares)
        labels[: len(shares)] = range(len(shares))
        files, sizes = facts(rng, 120)
        alarms += bool(run(NAME, with_files(labels.tolist(), files, sizes, seed=seed)))
    assert alarms == 0


def test_one_class_of_many_and_several_of_many_are_found() -> None:
    for concerned, named in (([3], "class 3"), ([0, 1, 2], "class 0, class 1, class 2")):
        labels = np.arange(240) % 8
        files = [replace(USUAL, format="JPEG" if label in concerned else "PNG") for label in labels.tolist()]
        [found] = run(NAME, with_files(labels.tolist(), files))
        assert found.severity == "severe" and found.evidence["property"] == "format"
        assert found.evidence["class"] in (named, "class 3, class 4, class 5, class 6, class 7")
        assert (found.evidence["inside"], found.evidence["outside"]) == (1.0, 0.0)


def test_a_largest_class_is_no_accuracy_of_a_property() -> None:
    """What cleanlab 2.9 gets wrong: of 90 : 10 guessing is right nine times in ten, whatever the property."""
    rng = np.random.default_rng(0)
    labels = (np.arange(300) % 10 == 0).astype(int)
    files = [replace(USUAL, format=str(rng.choice(["JPEG", "PNG"]))) for _ in labels]
    assert run(NAME, with_files(labels.tolist(), files)) == []
    files = [replace(USUAL, format="JPEG" if label else "PNG") for label in labels.tolist()]
    [found] = run(NAME, with_files(labels.tolist(), files))
    assert (found.evidence["accuracy"], found.evidence["majority"]) == (1.0, 0.9)


def test_copies_and_groups_count_once() -> None:
    labels = [0, 1] * 50
    files = [replace(USUAL, format="JPEG" if label else "PNG") for label in labels]
    looked_at = with_files(labels, files, hashes=[b"a", b"b"] * 50)
    with pytest.raises(TooLittle) as cannot:
        run(NAME, looked_at)
    assert (cannot.value.needs, cannot.value.found) == ("labels", 2)


def test_twenty_pictures_and_one_class_cannot_be_told() -> None:
    with pytest.raises(TooLittle):
        run(NAME, with_files([0, 1] * 10, [USUAL] * 20))
    with pytest.raises(TooLittle):
        run(NAME, with_files([0] * 100, [USUAL] * 100))
