"""What is known of the descriptors, and what their features are kept under."""

from __future__ import annotations

import sys

import pytest

from headway.backbones import find, handmade
from headway.backbones.handmade import catalogue
from headway.backbones.handmade.engine import DescriptorEngine
from headway.errors import MissingExtraError, UnknownNameError, UserError


def test_all_together_are_all_the_others() -> None:
    others = [handmade.info(name) for name in handmade.NAMES if name != "handmade"]
    together = handmade.info("handmade")
    assert together == find("handmade") and together.kind == "descriptor" and handmade.is_available("handmade")
    assert together.feature_sets["last"] == together.depths == tuple(together.dims)
    assert together.dims == {output: width for info in others for output, width in info.dims.items()}
    assert together.local == {output: width for info in others for output, width in info.local.items()}


def test_some_are_joined_in_the_order_of_the_catalogue() -> None:
    joined = handmade.info("sift + colour+lbp", 128)
    assert joined == handmade.info("colour+lbp+sift", 128) == handmade.info(joined.name, 128)
    assert joined.name == "colour+lbp+sift" and joined.depths == ("colour", "lbp", "sift.local")
    assert joined.local == {"sift.local": 128} and joined.title.startswith("histograms of colours; local binary")
    assert find("lbp+colour").sha256 not in {handmade.info(name).sha256 for name in handmade.NAMES}
    assert handmade.is_available("colour+lbp") and not handmade.is_name("resnet50+x")


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("colour+lpb", "no hand-made descriptor is called 'lpb': did you mean lbp"),
        ("colour+", "a name is missing beside the \\+ in 'colour\\+'"),
        ("colour+resnet50", "networks and hand-made descriptors cannot be joined, and 'resnet50' is no descriptor"),
        ("colour+lbp+colour", "colour is named 2 times"),
        ("colour+handmade", "handmade is all descriptors together"),
    ],
)
def test_what_cannot_be_joined_is_said(name: str, says: str) -> None:
    assert handmade.is_name(name)
    with pytest.raises(UserError, match=says):
        handmade.info(name)


def test_features_are_kept_under_all_that_they_depend_on(monkeypatch: pytest.MonkeyPatch) -> None:
    digest = handmade.info("glcm").sha256
    assert digest == handmade.info("glcm").sha256
    assert len({handmade.info(name).sha256 for name in handmade.NAMES}) == len(handmade.NAMES)
    assert handmade.info("glcm", 128).sha256 != digest
    assert handmade.info("glcm", catalogue.INPUT_SIZE).sha256 == digest
    monkeypatch.setitem(catalogue.descriptor("glcm").parameters, "levels", 16)
    assert handmade.info("glcm").sha256 != digest


def test_another_version_of_a_library_makes_other_features_of_what_it_computes(monkeypatch: pytest.MonkeyPatch) -> None:
    before = {name: handmade.info(name).sha256 for name in handmade.NAMES}
    versions = {module: catalogue._version(module) for module in ("PIL", "skimage", "cv2", "mahotas")}
    assert all(version.count(".") == 1 for version in versions.values())
    monkeypatch.setattr(catalogue, "_version", lambda module: (versions | {"cv2": "99.9"})[module])
    changed = {name for name in handmade.NAMES if handmade.info(name).sha256 != before[name]}
    assert changed == {"edges", "sift", "harris", "handmade"}


def test_opencv_is_found_under_any_of_its_names(monkeypatch: pytest.MonkeyPatch) -> None:
    def version(package: str) -> str:
        if package != "opencv-contrib-python":
            raise catalogue.importlib.metadata.PackageNotFoundError(package)
        return "4.12.0.88"

    monkeypatch.setattr(catalogue.importlib.metadata, "version", version)
    assert catalogue._version.__wrapped__("cv2") == "4.12"
    assert catalogue._version.__wrapped__("skimage") == ""


def test_a_missing_library_is_said_with_the_extra_that_brings_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "mahotas", None)
    with pytest.raises(MissingExtraError, match=r"mahotas is needed for this: pip install 'headway\[handmade\]'"):
        DescriptorEngine(handmade.info("surf"), ["surf.local"])
    DescriptorEngine(handmade.info("handmade"), ["colour", "glcm"])


def test_what_is_not_installed_is_not_here(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(catalogue, "_version", lambda module: "" if module == "skimage" else "1.0")
    assert {name for name in handmade.NAMES if handmade.is_available(name)} == {
        "colour",
        "edges",
        "sift",
        "surf",
        "harris",
    }
    assert handmade.info("handmade").sha256


def test_wrong_names_and_sizes() -> None:
    with pytest.raises(UnknownNameError, match="did you mean colour"):
        handmade.info("color")
    with pytest.raises(UserError, match="64 pixels or more, not 32: --image-size"):
        handmade.info("lbp", 32)
