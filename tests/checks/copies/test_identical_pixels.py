"""202 identical-pixels."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from tests.checks.copies.planting import plant, some
from tests.checks.helpers import context, names, run
from tests.checks.likeness.test_remembering import Texts


@pytest.mark.parametrize("planted", [1, 12])
def test_files_saved_again_without_loss_are_found_and_no_others(carried_pictures: Path, planted: int) -> None:
    files = some(carried_pictures, planted)
    copies = [plant(file, "lossless") for file in files]
    looked_at = context(carried_pictures)
    [found] = run("identical-pixels", looked_at)
    assert set(names(looked_at, found)) == {f"{file.parent.name}/{file.name}" for file in [*files, *copies]}
    assert sum(proposal is not None for proposal in found.proposals) == planted


def test_nothing_is_found_where_files_are_the_same_or_changed(carried_pictures: Path) -> None:
    for file in some(carried_pictures, 4):
        plant(file, "same file")
        plant(file, "saved again")
    assert run("identical-pixels", context(carried_pictures)) == []


def test_what_was_found_is_not_decoded_again(carried_pictures: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    plant(some(carried_pictures, 1)[0], "lossless")
    memory = Texts()
    [found] = run("identical-pixels", replace(context(carried_pictures), memory=memory))
    again = replace(context(carried_pictures), memory=memory)
    monkeypatch.setattr(type(again), "thumbnails", None)
    [known] = run("identical-pixels", again)
    assert known.rows.tolist() == found.rows.tolist()
