"""Changed copies of a picture."""

from __future__ import annotations

import numpy as np
import pytest

from headway.errors import UnknownNameError, UserError
from headway.training import changed_copies

IMAGE = np.random.default_rng(0).integers(0, 256, (32, 32, 3), np.uint8)


def test_copies_depend_on_the_picture_and_the_seed_alone() -> None:
    copies = changed_copies(["rotate=40", "hflip"], 3)
    made = copies.change(IMAGE)
    assert made.shape == (3, 32, 32, 3) and made.dtype == np.uint8
    assert len({one.tobytes() for one in (*made, IMAGE)}) == 4
    np.testing.assert_array_equal(made, changed_copies(["rotate=40", "hflip"], 3).change(IMAGE.copy()))
    assert not np.array_equal(made, changed_copies(["rotate=40", "hflip"], 3, seed=1).change(IMAGE))


def test_the_key_tells_changes_counts_and_seeds_apart() -> None:
    ways = [(["rotate"], 3, 0), (["rotate"], 4, 0), (["rotate"], 3, 1), (["rotate=41"], 3, 0), (["hflip"], 3, 0)]
    assert len({changed_copies(*way).key for way in ways}) == 5
    assert changed_copies(["rotate=40"], 3).key == changed_copies(["rotate"], 3).key


def test_changes_that_make_no_copy_are_refused() -> None:
    with pytest.raises(UserError, match="mixup and cutmix blend the labels"):
        changed_copies(["hflip", "mixup"], 2)
    with pytest.raises(UnknownNameError, match="did you mean rotate"):
        changed_copies(["rotat"], 2)
