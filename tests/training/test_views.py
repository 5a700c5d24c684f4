from __future__ import annotations

import numpy as np
import pytest

from headway.errors import UserError
from headway.training.augment import Augment
from headway.training.views import DRAWN, Views

PICTURE = np.random.default_rng(0).integers(0, 256, (8, 8, 3), dtype=np.uint8)


def test_without_augmentation_there_is_the_picture_alone() -> None:
    views = Views(Augment())
    assert views.count == 1
    assert (views.make(PICTURE, b"digest")[0] == PICTURE).all()


def test_flips_give_every_mirrored_picture_once() -> None:
    made = Views(Augment(hflip=True, vflip=True)).make(PICTURE, b"digest")
    expected = [PICTURE, PICTURE[:, ::-1], PICTURE[::-1], PICTURE[::-1, ::-1]]
    assert {view.tobytes() for view in made} == {view.tobytes() for view in expected}
    assert (made[0] == PICTURE).all()
    assert Views(Augment(vflip=True)).make(PICTURE, b"")[1].tobytes() == PICTURE[::-1].tobytes()


def test_other_changes_are_drawn_by_seed_and_picture() -> None:
    augment = Augment(rotate=30, hflip=True)
    views = Views(augment, seed=1)
    made = views.make(PICTURE, b"a" * 32)
    assert made.shape == (DRAWN, 8, 8, 3) == (views.count, 8, 8, 3)
    assert (made[0] == PICTURE).all()
    assert len({view.tobytes() for view in made}) == DRAWN
    assert (Views(augment, seed=1).make(PICTURE, b"a" * 32) == made).all()
    assert (views.make(PICTURE, b"b" * 32) != made).any()
    assert (Views(augment, seed=2).make(PICTURE, b"a" * 32) != made).any()


def test_keys_differ_where_views_do() -> None:
    keys = [Views(augment, seed).key for augment, seed in
            ((Augment(), 0), (Augment(hflip=True), 0), (Augment(rotate=1), 0), (Augment(rotate=1), 1))]  # fmt: skip
    assert len(set(keys)) == 4
    assert Views(Augment(hflip=True), 0).key == Views(Augment(hflip=True), 1).key


def test_maps_cannot_be_mixed_like_pictures() -> None:
    with pytest.raises(UserError, match="take --finetune all"):
        Views(Augment(mixup=0.2))
