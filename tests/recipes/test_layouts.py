"""The layouts of the published data sets are understood without being told."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from headway import read
from headway import recipes as shipped
from headway.rendering.data import source
from tests.recipes import standins

TRAIN, VALIDATION, TEST = 0, 1, 2


def test_food11(tmp_path: Path) -> None:
    root = standins.food11(tmp_path / "food-11")
    plain = read(root)
    assert plain.classes == tuple(str(code) for code in range(11))
    data = read(root, **shipped.read("food11-scratch").reading)
    assert data.classes[:3] == ("Bread", "Dairy product", "Dessert")
    assert data.classes[6] == "Noodles/Pasta"
    assert np.bincount(data.given).tolist() == [88, 33, 33]
    for path, label, split in zip(data.pictures, data.labels, data.given, strict=True):
        folder, name = Path(path).parts[-2:]
        assert int(name.split("_")[0]) == label
        assert {"training": TRAIN, "validation": VALIDATION, "evaluation": TEST}[folder] == split


def test_food11_with_a_file_of_class_names(tmp_path: Path) -> None:
    root = standins.food11(tmp_path / "food-11", classes=2)
    (tmp_path / "names.txt").write_text("0 bread\n1 dairy\n")
    assert read(root, class_names=tmp_path / "names.txt").classes == ("bread", "dairy")


def test_fruits(tmp_path: Path) -> None:
    data = read(standins.fruits(tmp_path / "fruits-360"))
    assert data.classes == standins.FRUITS
    assert np.bincount(data.given).tolist() == [38, 0, 9]
    assert "Training" in source(data.source)


def test_fruits_as_they_are_unpacked_with_other_folders_beside(tmp_path: Path) -> None:
    root = standins.fruits(tmp_path / "fruits-360")
    (root / "papers").mkdir()
    (root / "papers" / "paper.pdf").write_bytes(b"")
    (root / "test-multiple_fruits").mkdir()
    (root / "readme.md").write_text("")
    data = read(root)
    assert data.classes == standins.FRUITS
    standins.write_picture(root / "test-multiple_fruits" / "apple_banana.jpg", 0, 0)
    data = read(root)
    assert data.classes == standins.FRUITS
    assert sum(data.skipped.values()) >= 1


def test_flowers(tmp_path: Path) -> None:
    data = read(standins.flowers(tmp_path))
    assert data.classes == standins.FLOWERS
    assert np.bincount(data.given).tolist() == [40, 15, 15]


def test_dogs_and_cats(tmp_path: Path) -> None:
    data = read(standins.dogs_cats(tmp_path))
    assert data.classes == ("cat", "dog")
    assert data.given is None
    assert data.counts() == {"cat": 20, "dog": 20}


def test_dogs_and_cats_as_they_are_unpacked_with_an_unlabelled_folder_beside(tmp_path: Path) -> None:
    standins.dogs_cats(tmp_path)
    for number in range(30):
        standins.write_picture(tmp_path / "test1" / f"{number}.jpg", 0, number)
    data = read(tmp_path)
    assert data.classes == ("cat", "dog")
    assert len(data) == 40
    assert data.given is None
    assert data.skipped == {"no label in the file name": 30}
