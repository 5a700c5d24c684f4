"""What names of features mean."""

from __future__ import annotations

import pytest

from headway.backbones import find, handmade
from headway.errors import UnknownNameError, UserError


@pytest.mark.parametrize(
    ("backbone", "name", "outputs"),
    [
        ("tiny", "last", ("head.mean",)),
        ("tiny", "depths", ("block1.mean", "block1.std", "head.mean")),
        ("tiny", "block1", ("block1.mean", "block1.std")),
        ("tiny", "head", ("head.mean", "head.std")),
        ("tiny", "head.std", ("head.std",)),
        ("tiny", "logits", ("logits",)),
        ("sift", "sift", ("sift.local",)),
        ("colour", "colour", ("colour",)),
    ],
)
def test_a_name_is_a_set_a_layer_or_an_output(backbone: str, name: str, outputs: tuple[str, ...]) -> None:
    info = find(backbone)
    assert info.outputs_of(name) == outputs
    assert name in info.feature_names


def test_what_there_is_not_is_said() -> None:
    with pytest.raises(UnknownNameError, match=r"^no feature is called 'block2': did you mean block1"):
        find("tiny").outputs_of("block2")
    with pytest.raises(UserError, match=r"^handmade has no map to flatten: --features last or depths$"):
        handmade.info("handmade").outputs_of("flat")


def test_all_depths_are_stored_where_they_serve() -> None:
    info = find("tiny")
    assert info.outputs_to_store(["head.mean"]) == info.depths
    assert info.outputs_to_store(["head.mean", "head.std"]) == ("head.mean", "head.std")
