"""Every head as nodes and back: ONNX Runtime, OpenVINO and Headway compute the same."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from headway import backbones
from headway.backbones import BackboneInfo, Engine
from headway.calibration import Calibration, Kind
from headway.errors import ModelError
from headway.heads import DenseHead, Head, KernelHead
from headway.model import graph, heads, load
from headway.preparation import Transform
from headway.testing import tiny_backbone_onnx
from tests.model.forging import forged, inside, refused
from tests.model.making import kernel, linear, made, mlp

MAKERS = {"linear": linear, "mlp": mlp, "svm": kernel}
FEATURES = ("block1.mean", "head.mean")
COLUMNS = np.array([0, 3, 7, 30, 47])


def _probabilities(content: bytes, name: str, inputs: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    session = onnxruntime.InferenceSession(content, providers=["CPUExecutionProvider"])
    probabilities, embedding = session.run(["probabilities", "embedding"], {name: inputs})
    return probabilities, embedding


@pytest.mark.parametrize("make", MAKERS.values(), ids=MAKERS)
@pytest.mark.parametrize("columns", [None, COLUMNS], ids=["all", "selected"])
def test_onnx_runtime_openvino_and_headway_agree(
    tmp_path: Path, make: Callable[..., Head], columns: np.ndarray | None
) -> None:
    model = made(make(48 if columns is None else len(columns)), transform=Transform((), columns))
    pictures = np.random.default_rng(0).integers(0, 256, (4, 32, 32, 3)).astype(np.uint8)
    theirs, embedding = _probabilities(model.content, "images", pictures)
    assert embedding.shape == (4, 48)
    features = Engine(tiny_backbone_onnx(), FEATURES).run(pictures)
    np.testing.assert_allclose(embedding, features, atol=1e-4)
    ours = model.calibration.probabilities(model.logits(features))
    np.testing.assert_allclose(theirs, ours, atol=1e-4)
    np.testing.assert_allclose(Engine(model.content, ["probabilities"]).run(pictures), ours, atol=1e-4)

    again = load(model.save(tmp_path / "m.onnx"))
    assert type(again.head) is type(model.head)
    assert again.head.kind == "centroid"  # as the metadata say
    np.testing.assert_array_equal(again.logits(features), model.logits(features))
    assert again.width == 48
    assert again.predict(pictures[0]) == model.predict(pictures[0])
    onnx.checker.check_model(again.proto, full_check=True)


@pytest.mark.parametrize("kind", ["vector", "platt"])
def test_a_calibration_with_numbers_for_each_class_is_in_the_graph(kind: Kind) -> None:
    random = np.random.default_rng(0)
    scale, shift = random.uniform(0.5, 2, (2, 5)).astype(np.float32).tolist()
    calibration = Calibration(0.7, kind, tuple(scale), tuple(shift))
    head = kernel(8, 5, 0, 20, 0.1)
    model = graph.compose(None, ["f"], head, calibration)
    features = random.standard_normal((30, 8)).astype(np.float32)
    theirs, _ = _probabilities(model.SerializeToString(), "features", features)
    np.testing.assert_allclose(theirs, calibration.probabilities(head.logits(features)), atol=1e-5)
    assert heads.read(model.graph, "svm")[2].kind == kind
    again = heads.read(model.graph, "svm")[2]
    assert (again.scale, again.shift) == (calibration.scale, calibration.shift)


def test_a_calibration_of_other_classes_is_refused() -> None:
    calibration = Calibration(1.0, "vector", (1.0, 2.0), (0.0, 0.0))
    model = graph.compose(None, ["f"], kernel(8, 5, 0, 20, 0.1), calibration)
    with pytest.raises(ModelError, match="calibration"):
        heads.read(model.graph, "svm")


@settings(max_examples=60, deadline=None)
@given(
    seed=st.integers(0, 1000),
    d=st.integers(1, 40),
    k=st.integers(1, 9),
    s=st.integers(1, 50),
    n=st.integers(1, 20),
    gamma=st.floats(1e-3, 1.0),
    spread=st.floats(1e-2, 100.0),
)
def test_a_kernel_head_is_the_same_in_onnx_runtime(
    seed: int, d: int, k: int, s: int, n: int, gamma: float, spread: float
) -> None:
    head = kernel(d, k, seed, s, float(np.float32(gamma)))
    model = graph.compose(None, ["f"], head, Calibration(1.5))
    features = (np.random.default_rng(seed).standard_normal((n, d)) * spread).astype(np.float32)
    theirs, _ = _probabilities(model.SerializeToString(), "features", features)
    np.testing.assert_allclose(theirs, Calibration(1.5).probabilities(head.logits(features)), atol=1e-4)
    read, columns, calibration = heads.read(model.graph, "svm")
    assert (read.kind, columns, calibration) == ("svm", None, Calibration(1.5))
    assert isinstance(read, KernelHead)
    np.testing.assert_array_equal(read.logits(features), head.logits(features))


def test_a_head_of_another_form_is_refused() -> None:
    class Other:
        kind, n_features, n_classes = "other", 2, 2

    with pytest.raises(ModelError, match="not Other"):
        graph.compose(None, ["f"], Other(), Calibration.identity())  # type: ignore[arg-type]


def _values(name: str, change: Callable[[np.ndarray], np.ndarray]) -> Callable[[onnx.ModelProto], object]:
    def apply(model: onnx.ModelProto) -> None:
        tensor = next(found for found in model.graph.initializer if found.name == name)
        tensor.CopyFrom(onnx.numpy_helper.from_array(change(onnx.numpy_helper.to_array(tensor)), name))

    return apply


def _dropped(name: str) -> Callable[[onnx.ModelProto], object]:
    """Take a constant of the head away, and give those who read it another."""

    def apply(model: onnx.ModelProto) -> None:
        tensor = next(found for found in model.graph.initializer if found.name == name)
        tensor.name = f"elsewhere/{name}"
        for node in model.graph.node:
            node.input[:] = [tensor.name if read == name else read for read in node.input]

    return apply


def _reading(operator: str, *inputs: str) -> Callable[[onnx.ModelProto], object]:
    def apply(model: onnx.ModelProto) -> None:
        node = [found for found in model.graph.node if found.op_type == operator][-1]
        node.input[:] = inputs

    return apply


KERNELS: dict[str, tuple[Callable[[onnx.ModelProto], object], str]] = {
    "negative gamma": (_values("head/rate", lambda rate: -rate), "gamma must be above 0"),
    "gamma of 0": (_values("head/rate", np.zeros_like), "gamma must be above 0"),
    "many gammas": (_values("head/rate", lambda rate: np.full(11, rate)), "incomplete"),
    "NaN in the support": (_values("head/support", lambda rows: rows * np.nan), "not finite"),
    "support of whole numbers": (_values("head/support", lambda rows: rows.astype(np.int64)), "not float32"),
    "no coef": (_dropped("head/coef"), "coef"),
    "no mean": (_dropped("head/mean"), "mean"),
    "no rate": (_dropped("head/rate"), "rate"),
    "not selected": (_reading("Sub", "head/both.norms", "head/both.norms"), "does not end in its head"),
    "other axes": (_values("head/axes", lambda axes: axes - 1), "do not fit"),
    "axes twice": (_values("head/axes", lambda axes: np.array([1, 1])), "do not fit"),
    "columns beyond": (_values("head/columns", lambda columns: columns + 40), "do not fit Gather"),
    "columns far beyond": (_values("head/columns", lambda columns: columns + (1 << 62)), "do not fit Gather"),
    "columns as numbers": (_values("head/columns", lambda columns: columns.astype(np.float32)), "whole numbers"),
    "other columns": (_values("head/columns", lambda columns: columns[None]), "do not fit|outputs|does not"),
    "no columns": (_values("head/columns", lambda columns: columns[:0]), "does not fit its content"),
}


@pytest.mark.parametrize(("change", "says"), KERNELS.values(), ids=KERNELS)
def test_a_forged_kernel_head_is_refused(
    tmp_path: Path, change: Callable[[onnx.ModelProto], object], says: str
) -> None:
    model = made(kernel(len(COLUMNS)), transform=Transform((), COLUMNS))
    refused(model, tmp_path, change, says)


@pytest.mark.filterwarnings("error")
def test_a_scale_of_nothing_is_an_error_when_it_predicts(tmp_path: Path) -> None:
    from headway.errors import RunError

    path = tmp_path / "m.onnx"
    path.write_bytes(forged(made(kernel(48)), _values("head/scale", np.zeros_like)))
    with pytest.raises(RunError, match="not finite"):
        load(path).predict(np.zeros((9, 9), np.uint8))


def test_a_model_that_could_not_be_read_is_not_built(monkeypatch: pytest.MonkeyPatch) -> None:
    from headway.model import file

    monkeypatch.setattr(file, "MAX_BYTES", file.MAX_METADATA_BYTES + 1000)
    with pytest.raises(ModelError, match="choose a smaller backbone"):
        made(linear(48))


def test_a_network_of_another_opset_is_refused() -> None:
    network = onnx.load_model_from_string(tiny_backbone_onnx())
    network.opset_import[0].version = 11
    with pytest.raises(ModelError, match=r"opset 17 or 18, this one is of \[11\]"):
        made(linear(48), network=network.SerializeToString())


def test_a_selection_belongs_to_the_backbones_claim(tmp_path: Path) -> None:
    model = made(linear(len(COLUMNS)), transform=Transform((), COLUMNS))
    assert model.backbone().name == "tiny"
    other = made(DenseHead("logistic", model.head.weights, model.head.biases), transform=Transform((), COLUMNS + 0))  # type: ignore[attr-defined]
    assert other.backbone().name == "tiny"
    refused(model, tmp_path, inside("features", outputs=["head.mean", "block1.mean"]), "not those that its head reads")


def test_a_claim_of_other_outputs_is_refused(tmp_path: Path) -> None:
    """Or evaluate, which believes it, would score another model than predict runs."""
    refused(made(linear(48)), tmp_path, inside("features", outputs=["nowhere"]), "not those that its head reads")


def test_a_network_that_was_converted_here_is_known_again(monkeypatch: pytest.MonkeyPatch) -> None:
    changed = onnx.load_model_from_string(tiny_backbone_onnx())
    changed.graph.initializer[0].raw_data = np.float32(100).tobytes()
    network = changed.SerializeToString()
    own = BackboneInfo.of_model(network, {"block1.mean": 16, "head.mean": 32}, 32)
    model = made(linear(48), info=own, network=network)
    monkeypatch.setattr(
        backbones, "find_claimed", lambda name, size, sha256, cache: own if sha256 == own.sha256 else None
    )
    assert model.backbone() is own
    assert made(linear(48)).backbone().name.startswith("model-")
    old = onnx.load_model_from_string(network)
    old.opset_import[0].version = 11
    replaced = BackboneInfo.of_model(old.SerializeToString(), own.dims, 32)
    monkeypatch.setattr(backbones, "find_claimed", lambda *claimed: replaced)
    assert model.backbone().name.startswith("model-")
