"""201 identical-files."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from headway.checks.base import Proposal
from headway.rendering.findings import words
from tests.checks.copies.planting import plant, some
from tests.checks.helpers import check, context, names, run


@pytest.mark.parametrize(("planted", "severity"), [(1, "note"), (12, "warning")])
def test_all_and_only_identical_files_are_found(carried_pictures: Path, planted: int, severity: str) -> None:
    files = some(carried_pictures, planted)
    copies = [plant(file, "same file") for file in files]
    looked_at = context(carried_pictures)
    [found] = run("identical-files", looked_at)
    assert found.severity == severity
    assert set(names(looked_at, found)) == {f"{file.parent.name}/{file.name}" for file in [*files, *copies]}
    assert [one for one in found.proposals if one is not None] == planted * [Proposal("drop", sure=True)]
    assert found.evidence["copies"] == planted


def test_many_files_of_one_content_cost_and_count_as_one(carried_pictures: Path) -> None:
    [file] = some(carried_pictures, 1)
    for number in range(40):
        (file.parent / f"again {number}{file.suffix}").write_bytes(file.read_bytes())
    looked_at = context(carried_pictures)
    [found] = run("identical-files", looked_at)
    assert found.evidence["contents"] == 1 and len(found.rows) == 41
    assert not len(looked_at.near_copies.pairs)


def test_of_a_given_split_the_training_picture_stays(carried_pictures: Path) -> None:
    plant(some(carried_pictures, 1)[0], "same file")
    looked_at = context(carried_pictures)
    [found] = run("identical-files", looked_at)
    first, second = found.rows.tolist()
    part = np.zeros(len(looked_at), np.int64)
    part[first] = 2
    [found] = run("identical-files", replace(looked_at, part=part))
    assert found.rows.tolist() == [second, first]
    assert found.proposals == [None, Proposal("drop", sure=True)]


def test_nothing_is_found_in_clean_pictures(carried_pictures: Path) -> None:
    assert run("identical-files", context(carried_pictures)) == []


def test_the_words_have_the_numbers(carried_pictures: Path) -> None:
    from headway.checks import run_checks

    plant(some(carried_pictures, 1)[0], "same file")
    [finding] = run_checks(context(carried_pictures), [check("identical-files")]).findings
    assert words(finding).found == "1 picture (0.4 %) is the same file as another of the class"
