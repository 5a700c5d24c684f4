"""What agrees in brightness and not in colour is no copy."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from headway.checks.likeness.colours import colours, have_colours, same_colours
from headway.facts.images import ImageFacts
from tests.checks.copies.planting import opened
from tests.checks.helpers import context


def flag(top: tuple[int, int, int], bottom: tuple[int, int, int]) -> np.ndarray:
    square = np.empty((64, 64, 3), np.uint8)
    square[:32], square[32:] = top, bottom
    square[:, 40:50] = 255 - square[:, 40:50]  # not the same mirrored
    return square


BLUE_YELLOW = flag((0, 87, 183), (255, 221, 0))
CHANGES = {
    "as it is": lambda picture: picture,
    "mirrored": lambda picture: picture[:, ::-1],
    "darker": lambda picture: (picture * 0.8).astype(np.uint8),
    "brighter": lambda picture: np.minimum(picture * 1.2, 255).astype(np.uint8),
    "cropped": lambda picture: np.asarray(Image.fromarray(picture[3:61, 3:61]).resize((64, 64))),
}


@pytest.mark.parametrize("change", CHANGES)
def test_changes_that_copies_have_keep_colours(change: str) -> None:
    one, other = (colours(square[None]) for square in (BLUE_YELLOW, CHANGES[change](BLUE_YELLOW)))
    assert same_colours(one, other).tolist() == [True]


def test_other_colours_and_grey_are_told_apart() -> None:
    own = colours(BLUE_YELLOW[None])
    others = (
        flag((210, 16, 52), (255, 255, 255)),
        flag((0, 140, 69), (205, 33, 42)),
        BLUE_YELLOW.mean(axis=2)[..., None],
    )
    for other in others:
        square = np.broadcast_to(other, (64, 64, 3)).astype(np.uint8)
        assert same_colours(own, colours(square[None])).tolist() == [False]


def test_only_what_may_have_colours_is_decoded() -> None:
    fact = ImageFacts(9, 9, "L", "PNG", 0.0, 0.0, 0.0, 1, 0)
    facts = [fact, None, ImageFacts(9, 9, "P", "GIF", 0.0, 0.0, 0.0, 1, 0)]
    assert have_colours(facts, np.arange(3)).tolist() == [False, True, True]


def test_a_picture_of_other_colours_is_no_copy(carried_pictures: Path) -> None:
    file = sorted((carried_pictures / "fruit").iterdir())[1]
    picture = np.asarray(opened(file))
    grey = picture.mean(axis=2, keepdims=True)
    recoloured = np.clip(grey + (picture - grey) @ np.array([[-1, 0, 0], [0, -1, 0], [0, 0, -1]]), 0, 255)
    Image.fromarray(recoloured.astype(np.uint8)).save(file.with_name("recoloured.png"))
    Image.fromarray(picture).save(file.with_name("again.jpg"), quality=70)
    looked_at = context(carried_pictures, "efficientnet_lite0")
    found = {
        frozenset(Path(looked_at.data.name(row)).name for row in pair) for pair in looked_at.near_copies.pairs.tolist()
    }
    assert frozenset((file.name, "again.jpg")) in found
    assert not any("recoloured.png" in pair for pair in found)
