"""The catalogue, and a battery that every backbone on this machine must pass."""

from __future__ import annotations

import hashlib
import pickle
import shutil
from pathlib import Path

import numpy as np
import onnx
import pytest

from headway.backbones import catalogue, converted
from headway.backbones.catalogue import CATALOGUE, BackboneInfo, find, is_available, listed, locate, read
from headway.backbones.openvino import Engine
from headway.errors import UnknownNameError, UserError
from headway.places import cache_dir

CACHE = cache_dir()  # as this machine has it: every test gets an empty one of its own
HERE = [pytest.param(info, id=info.name) for info in CATALOGUE if is_available(info, CACHE)]
DATA = Path(catalogue.__file__).with_name("data")


def pictures(info: BackboneInfo, count: int = 3) -> np.ndarray:
    size = info.input_size
    return np.random.default_rng(0).integers(0, 256, (count, size, size, 3), np.uint8)


@pytest.mark.parametrize("info", HERE)
class TestEveryBackbone:
    def test_content_is_what_the_catalogue_says(self, info: BackboneInfo) -> None:
        assert hashlib.sha256(read(info, CACHE)).hexdigest() == info.sha256

    def test_outputs_have_the_promised_shapes(self, info: BackboneInfo) -> None:
        model = onnx.load_model_from_string(read(info, CACHE))
        shapes = {
            value.name: tuple(side.dim_value for side in value.type.tensor_type.shape.dim[1:])
            for value in model.graph.output
        }
        assert shapes == {**{name: (dim,) for name, dim in info.dims.items()}, "map": info.map_shape}
        assert info.dims["head.mean"] == info.map_shape[0]

    def test_takes_bytes_of_pictures_in_batches_of_any_size(self, info: BackboneInfo) -> None:
        (value,) = onnx.load_model_from_string(read(info, CACHE)).graph.input
        assert value.name == "images"
        assert value.type.tensor_type.elem_type == onnx.TensorProto.UINT8
        sides = value.type.tensor_type.shape.dim
        assert sides[0].dim_param == "N"
        assert [side.dim_value for side in sides][1:] == [info.input_size, info.input_size, 3]

    def test_uses_standard_operators_and_its_own_names_only(self, info: BackboneInfo) -> None:
        model = onnx.load_model_from_string(read(info, CACHE))
        assert [(opset.domain, opset.version) for opset in model.opset_import] == [("", 17)]
        outputs = {value.name for value in model.graph.output}
        assert all(node.domain == "" for node in model.graph.node)
        assert all(tensor.name.startswith("backbone/") for tensor in model.graph.initializer)
        inner = {name for node in model.graph.node for name in node.output} - outputs
        assert all(name.startswith("backbone/") for name in inner)

    def test_counts_its_parameters(self, info: BackboneInfo) -> None:
        model = onnx.load_model_from_string(read(info, CACHE))
        stored = sum(int(np.prod(tensor.dims)) for tensor in model.graph.initializer if tensor.dims)
        norms = 0 if info.name == "tiny" else 0.005  # a folded batch normalisation keeps one of its two vectors
        assert stored == pytest.approx(info.parameters, rel=norms)

    def test_features_are_finite_and_pool_the_map(self, info: BackboneInfo) -> None:
        images = pictures(info)
        engine = Engine(read(info, CACHE), ["head.mean", "head.std", "map"])
        mean, std, flat = np.split(engine.run(images), np.cumsum([*engine.widths.values()])[:-1], axis=1)
        assert np.isfinite(flat).all()
        places = flat.reshape(len(images), info.map_shape[0], -1)
        np.testing.assert_allclose(mean, places.mean(2), atol=1e-4)
        np.testing.assert_allclose(std, np.sqrt(places.var(2) + 1e-6), atol=1e-4)

    def test_tells_pictures_apart(self, info: BackboneInfo) -> None:
        rows = Engine(read(info, CACHE), ["head.mean"]).run(pictures(info))
        assert len(np.unique(rows, axis=0)) == len(rows)

    def test_agrees_with_onnx_runtime_on_every_output(self, info: BackboneInfo) -> None:
        runtime = pytest.importorskip("onnxruntime")
        images = pictures(info)
        names = [*info.dims, "map"]
        session = runtime.InferenceSession(read(info, CACHE), providers=["CPUExecutionProvider"])
        theirs = session.run(names, {"images": images})
        engine = Engine(read(info, CACHE), names)
        ours = np.split(engine.run(images), np.cumsum([*engine.widths.values()])[:-1], axis=1)
        for name, a, b in zip(names, ours, theirs, strict=True):
            np.testing.assert_allclose(a, b.reshape(len(images), -1), rtol=1e-3, atol=2e-4, err_msg=name)

    def test_is_a_value(self, info: BackboneInfo) -> None:
        assert pickle.loads(pickle.dumps(info)) == info
        assert hash(info) == hash(find(info.name))


@pytest.mark.parametrize(("name", "megabytes"), [("efficientnet_lite0", 9.9), ("efficientnet_lite2", 12.9)])
def test_headway_carries_two_backbones_with_their_licences(name: str, megabytes: float) -> None:
    info = find(name)
    assert locate(info).parent == DATA
    assert locate(info).stat().st_size < megabytes * 1e6
    licence = (DATA / f"LICENSE-{name}.txt").read_text("utf-8")
    assert info.title in licence and info.package in licence
    assert "ML Illustrated" in licence
    assert "END OF TERMS AND CONDITIONS" in licence


def test_names_are_unique_and_the_tests_own_is_not_listed() -> None:
    assert len({info.name for info in CATALOGUE}) == len(CATALOGUE)
    assert "tiny" not in [info.name for info in listed()]
    assert find("tiny").hidden


def test_a_misspelt_name_is_met_with_a_suggestion() -> None:
    with pytest.raises(UnknownNameError, match="did you mean efficientnet_lite0") as caught:
        find("eficientnet_lite0")
    assert ", tiny" not in str(caught.value)


def test_an_optional_backbone_that_is_missing_says_the_command_that_gets_it(tmp_path: Path) -> None:
    info = find("efficientnet_lite1")
    assert not is_available(info, tmp_path)
    with pytest.raises(UserError, match=r"headway backbones get efficientnet_lite1") as caught:
        read(info, tmp_path)
    assert f"--cache '{tmp_path}'" in str(caught.value)


def test_a_carried_backbone_that_is_missing_says_to_reinstall(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(catalogue, "__file__", str(tmp_path / "catalogue.py"))
    with pytest.raises(UserError, match="pip install --force-reinstall headway"):
        locate(find("tiny"), tmp_path)


def test_a_damaged_file_is_named_and_not_used(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    data = bytearray(read(find("tiny")))
    data[len(data) // 2] ^= 1
    (tmp_path / "data" / "tiny.onnx").write_bytes(data)
    monkeypatch.setattr(catalogue, "__file__", str(tmp_path / "catalogue.py"))
    with pytest.raises(UserError, match=r"tiny\.onnx is damaged.*force-reinstall"):
        read(find("tiny"))


def test_a_damaged_optional_backbone_is_to_be_made_again(tmp_path: Path) -> None:
    info = find("efficientnet_lite1")
    converted.path_of(info.name, tmp_path).parent.mkdir(parents=True)
    shutil.copy(locate(find("tiny")), converted.path_of(info.name, tmp_path))
    assert is_available(info, tmp_path)
    with pytest.raises(UserError, match="delete it, then run this again, which makes it again"):
        read(info, tmp_path)


@pytest.mark.parametrize(
    ("platform", "variables", "expected"),
    [
        ("linux", {}, "home/.cache/headway"),
        ("linux", {"XDG_CACHE_HOME": "/xdg"}, "/xdg/headway"),
        ("linux", {"XDG_CACHE_HOME": "relative"}, "home/.cache/headway"),
        ("darwin", {"XDG_CACHE_HOME": "/xdg"}, "home/Library/Caches/headway"),
        ("win32", {"LOCALAPPDATA": "/local"}, "/local/headway"),
        ("win32", {}, "home/AppData/Local/headway"),
        ("linux", {"HEADWAY_CACHE": "/mine", "XDG_CACHE_HOME": "/xdg"}, "/mine"),
    ],
)
def test_the_cache_is_in_the_platforms_place(
    monkeypatch: pytest.MonkeyPatch, platform: str, variables: dict[str, str], expected: str
) -> None:
    for name in ("HEADWAY_CACHE", "XDG_CACHE_HOME", "LOCALAPPDATA"):
        monkeypatch.delenv(name, raising=False)
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr("sys.platform", platform)
    monkeypatch.setattr(Path, "home", lambda: Path("home"))
    assert cache_dir().as_posix() == expected
    assert cache_dir(Path("/override")) == Path("/override")
