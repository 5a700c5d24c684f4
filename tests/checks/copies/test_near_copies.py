"""203 near-copies, and what it rests on."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import headway
from headway.checks.likeness.grouping import divide
from headway.checks.likeness.nearest import nearest_pairs, reduce
from tests.checks.copies.planting import plant, some
from tests.checks.helpers import context, names, run
from tests.dataset.fixes.making import write_list

LOSSY = ("saved again", "half the size", "mirrored", "cropped", "darker")
CARRIED = "efficientnet_lite0"


@pytest.mark.parametrize("rate", [0.02, 0.1])
def test_planted_copies_are_found_and_no_others(carried_pictures: Path, rate: float) -> None:
    files = some(carried_pictures, int(rate * 240), seed=1)
    copies = [plant(file, LOSSY[place % len(LOSSY)]) for place, file in enumerate(files)]
    looked_at = context(carried_pictures, CARRIED)
    [found] = run("near-copies", looked_at)
    listed = set(names(looked_at, found))
    planted = {f"{file.parent.name}/{file.name}" for file in [*files, *copies]}
    assert len(listed & planted) >= 0.95 * len(planted)
    assert len(listed & planted) >= 0.99 * len(listed)
    assert found.proposals[0] is not None and found.proposals[0].to == "copies 1"


def test_copies_of_one_picture_are_one_group_of_which_every_pair_is_near(carried_pictures: Path) -> None:
    [file] = some(carried_pictures, 1, seed=2)
    for change in ("saved again", "half the size", "darker"):
        copy = plant(file, change)
        copy.rename(copy.with_stem(change))
    looked_at = context(carried_pictures, CARRIED)
    [group] = looked_at.near_copies.groups
    assert len(group) == 4 and not looked_at.near_copies.chains


def test_what_is_in_one_group_already_is_not_found_again(carried_pictures: Path) -> None:
    files = some(carried_pictures, 3, seed=1)
    copies = [plant(file, "saved again") for file in files]
    fixes = carried_pictures.parent / "fixes.csv"
    pairs = zip(files[1:], copies[1:], strict=True)
    write_list(fixes, *([str(file), "", "group", f"{n}"] for n, pair in enumerate(pairs) for file in pair))
    looked_at = context(headway.read(carried_pictures, fixes=fixes), CARRIED)
    [found] = run("near-copies", looked_at)
    assert set(names(looked_at, found)) == {f"{file.parent.name}/{file.name}" for file in (files[0], copies[0])}


def test_nothing_is_found_in_clean_pictures(carried_pictures: Path) -> None:
    assert run("near-copies", context(carried_pictures, CARRIED)) == []


def test_the_search_agrees_with_all_pairs() -> None:
    vectors = reduce(np.random.default_rng(0).standard_normal((300, 20)).astype(np.float32))
    cosines = vectors @ vectors.T
    np.fill_diagonal(cosines, -1)
    wanted = set()
    for row, line in enumerate(cosines):
        wanted |= {(min(row, int(b)), max(row, int(b))) for b in np.argsort(-line)[:5] if line[b] > 0.3}
    assert set(map(tuple, nearest_pairs(vectors, most=5, least=0.3, block=64).tolist())) == wanted


def test_a_chain_is_no_group() -> None:
    groups, chains = divide(np.array([[1, 2], [2, 3], [7, 9]]))
    assert [group.tolist() for group in groups] == [[7, 9]]
    assert [chain.tolist() for chain in chains] == [[1, 2, 3]]
