"""Networks of timm and torchvision by name, and the sizes of pictures that they take."""

from __future__ import annotations

import pytest
import torch

from headway.backbones.convert.architecture import Architecture, build, find_architecture
from headway.backbones.published import PUBLISHED
from headway.errors import UnknownNameError, UserError


def test_a_plain_name_is_timms_first_and_torchvisions_else() -> None:
    assert str(find_architecture("resnet18")) == "timm:resnet18.a1_in1k"
    assert str(find_architecture("alexnet")) == "torchvision:alexnet"
    assert str(find_architecture("torchvision:resnet18")) == "torchvision:resnet18"


@pytest.mark.parametrize("entry", PUBLISHED, ids=lambda entry: entry.name)
def test_what_the_catalogue_says_of_a_network_is_what_its_library_says(entry) -> None:
    found = find_architecture(entry.architecture)
    assert found.size == entry.input_size
    assert found.pretrained is not None
    licence = {"BSD-3-Clause": "bsd-3-clause", "Apache-2.0": "apache-2.0", "DINOv3 licence": "dinov3-license"}
    assert (found.pretrained.licence or "").lower() == licence[entry.licence]
    assert found.pretrained.repository == (f"timm/{found.name}" if found.library == "timm" else "")


def test_a_misspelt_name_is_met_with_a_few_near_ones() -> None:
    with pytest.raises(UnknownNameError, match="did you mean resnet50 or ") as caught:
        find_architecture("resnet5O")
    assert len(str(caught.value)) < 200
    with pytest.raises(UnknownNameError, match=r"none of 1,\d\d\d is like it"):
        find_architecture("timm:qqqqqqqqqqqqq")


def test_names_of_headways_own_are_suggested_first() -> None:
    with pytest.raises(UnknownNameError, match=r"did you mean efficientnet_lite0 or (\w+ or )+"):
        find_architecture("efficientnet_lit", also=["efficientnet_lite0", "handmade"])


def test_another_set_of_weights_is_met_with_those_there_are() -> None:
    with pytest.raises(
        UnknownNameError, match="no set of weights of resnet18 is called 'a9_in1k': did you mean .* There are: a1_in1k"
    ):
        find_architecture("resnet18.a9_in1k")


def test_another_library_is_refused() -> None:
    with pytest.raises(UserError, match="come from timm or torchvision, not from 'mxnet': try timm:resnet18"):
        find_architecture("mxnet:resnet18")


def test_random_weights_are_the_same_every_time_and_leave_the_callers_alone() -> None:
    torch.manual_seed(1)
    first = torch.rand(1)
    torch.manual_seed(1)
    a, b = (build(find_architecture("test_resnet")).state_dict() for _ in range(2))
    assert all(torch.equal(a[name], b[name]) for name in a)
    assert torch.equal(torch.rand(1), first)


def test_a_size_that_does_not_do_is_met_with_near_ones() -> None:
    with pytest.raises(UserError, match="cannot take pictures of 100 pixels: --image-size 96 or 112 would do"):
        build(find_architecture("test_vit"), 100)
    with pytest.raises(UserError, match="cannot take pictures of 8 pixels: --image-size 32"):
        build(find_architecture("test_resnet"), 8)


def test_a_network_that_breaks_at_its_own_size_says_so() -> None:
    broken = Architecture("timm", "test_vit", 100, (0.5,) * 3, (0.5,) * 3, None, ())
    with pytest.raises(AssertionError):
        build(broken)


def test_a_size_that_nothing_near_does_is_met_with_the_own_one(monkeypatch: pytest.MonkeyPatch) -> None:
    from headway.backbones.convert import architecture

    found = find_architecture("test_resnet")
    monkeypatch.setattr(architecture, "_try_build", lambda architecture, size: None)
    with pytest.raises(UserError, match="its own 160 would do"):
        build(found, 64)


def test_torchvisions_auxiliary_outputs_do_not_get_in_the_way() -> None:
    assert build(find_architecture("torchvision:googlenet"), 96)(torch.zeros(1, 3, 96, 96)).shape == (1, 1000)
