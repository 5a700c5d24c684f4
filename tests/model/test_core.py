"""The model predicts the same everywhere: from paths, pictures and arrays, in Headway and in ONNX Runtime."""

from __future__ import annotations

import itertools
import os
import socket
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import pytest
from PIL import Image

from headway import Model, Prediction, Recipe, demo, embed, evaluate
from headway.backbones import best_precision
from headway.errors import DataError, OutputError, PictureError, UserError
from headway.facts.codec import plain
from headway.fitting import fit
from headway.images import load as load_picture
from headway.model import check_target, load
from headway.types import Quarantined
from tests.helpers import write_pictures


def test_paths_pictures_and_arrays_are_predicted_alike(fitted: Model, tmp_path: Path) -> None:
    path = write_pictures(tmp_path, 1, ("red",)) / "red" / "00.png"
    picture = Image.open(path)
    from_path, from_text, from_bytes, from_pil, from_array = fitted.predict(
        [path, str(path), path.read_bytes(), picture, np.asarray(picture)]
    )
    assert from_path.label == "red"
    assert from_path.name == from_text.name == str(path)
    assert from_pil.name == "picture 3"
    assert from_path.top == from_text.top == from_bytes.top == from_pil.top == from_array.top
    [alone] = fitted.predict(path)
    assert alone == from_path
    assert [prediction.label for prediction in fitted.predict(picture)] == ["red"]


def test_probabilities_sum_to_one_and_top_is_in_order(fitted: Model) -> None:
    [prediction] = fitted.predict(np.zeros((9, 9), np.uint8), top=99)
    values = [probability for _, probability in prediction.top]
    assert len(values) == 3
    assert sum(values) == pytest.approx(1, abs=1e-6)
    assert values == sorted(values, reverse=True)
    assert prediction.top[0] == (prediction.label, prediction.probability)


def test_a_broken_picture_is_an_error_or_said_in_the_stream(fitted: Model) -> None:
    good = np.zeros((9, 9, 3), np.uint8)
    with pytest.raises(PictureError, match="picture 1: "):
        fitted.predict([good, b"broken", good])
    kinds = [type(outcome) for outcome in fitted.stream([good, b"broken", good])]
    assert kinds == [Prediction, Quarantined, Prediction]


def test_a_stream_may_be_endless(fitted: Model) -> None:
    endless = (np.full((9, 9, 3), number % 256, np.uint8) for number in itertools.count())
    outcomes = list(itertools.islice(fitted.stream(endless), 500))
    assert len(outcomes) == 500


def test_the_file_runs_in_onnx_runtime_with_the_same_result(tmp_path: Path) -> None:
    """The carried backbone at fp32, all pictures of the demo."""
    model = fit(demo.pictures(), Recipe(precision="fp32"))
    path = model.save(tmp_path / "m.onnx")
    files = sorted(demo.pictures().glob("*/*.webp"))
    batch = np.stack([load_picture(file, model.size, model.resize) for file in files])

    session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
    chunks = [session.run(["probabilities"], {"images": part})[0] for part in np.array_split(batch, 10)]
    theirs = np.concatenate(chunks)
    ours = model.predict(files, top=len(model.classes))

    assert [model.classes[i] for i in theirs.argmax(axis=1)] == [prediction.label for prediction in ours]
    mine = np.array([[dict(prediction.top)[name] for name in model.classes] for prediction in ours])
    assert np.abs(mine - theirs).max() < 1e-4


@pytest.mark.slow
@pytest.mark.skipif(best_precision() != "bf16", reason="this processor has no bf16")
def test_bf16_differs_as_little_as_documented(tmp_path: Path) -> None:
    """docs/model.md states these bounds."""
    model = fit(demo.pictures(), Recipe(precision="bf16"))
    files = sorted(demo.pictures().glob("*/*.webp"))
    batch = np.stack([load_picture(file, model.size, model.resize) for file in files])
    session = onnxruntime.InferenceSession(model.save(tmp_path / "m.onnx"), providers=["CPUExecutionProvider"])
    exact = np.concatenate([session.run(["probabilities"], {"images": part})[0] for part in np.array_split(batch, 10)])
    ours = model.predict(files, top=len(model.classes))
    mine = np.array([[dict(prediction.top)[name] for name in model.classes] for prediction in ours])
    same = np.mean([model.classes[i] == prediction.label for i, prediction in zip(exact.argmax(1), ours, strict=True)])
    assert same >= 0.95
    assert np.abs(mine - exact).mean() < 0.01


def test_predict_and_evaluate_see_the_same_features() -> None:
    """At whatever precision this processor prefers."""
    model = fit(demo.pictures(), Recipe(features="depths"))
    files = sorted(demo.pictures().glob("*/*.webp"))
    wrong = sum(prediction.label != Path(prediction.name).parent.name for prediction in model.predict(files))
    scores = evaluate(model, demo.pictures()).scores
    assert scores.n - scores.right == wrong
    table = embed(demo.pictures(), model.backbone(), resize=model.resize)
    kept = model.calibration.probabilities(model.logits(table.read()))
    predicted = np.array([[dict(p.top)[name] for name in model.classes] for p in model.predict(files, top=8)])
    np.testing.assert_allclose(predicted, kept, rtol=0, atol=1e-5)


def test_onnx_runtime_needs_no_headway(fitted: Model, tmp_path: Path) -> None:
    path = fitted.save(tmp_path / "m.onnx")
    code = (
        "import sys, numpy, onnxruntime\n"
        f"session = onnxruntime.InferenceSession({str(path)!r}, providers=['CPUExecutionProvider'])\n"
        "p, e = session.run(['probabilities', 'embedding'], {'images': numpy.zeros((3, 32, 32, 3), numpy.uint8)})\n"
        "assert p.shape[0] == e.shape[0] == 3 and abs(p.sum(1) - 1).max() < 1e-5\n"
        "assert 'headway' not in sys.modules\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_the_file_is_valid_onnx_and_says_what_it_is(fitted: Model, tmp_path: Path) -> None:
    proto = onnx.load(fitted.save(tmp_path / "m.onnx"))
    onnx.checker.check_model(proto, full_check=True)
    keys = {entry.key for entry in proto.metadata_props}
    assert keys == {
        f"headway.{key}" for key in (*plain(fitted.report), "format", "learned_from", "tested_on", "sha256")
    }


def test_a_loaded_model_predicts_the_same(fitted: Model, tmp_path: Path) -> None:
    again = load(fitted.save(tmp_path / "m.onnx"))
    picture = np.full((20, 20, 3), 90, np.uint8)
    assert again.predict(picture) == fitted.predict(picture)
    assert (again.classes, again.size, again.resize, again.precision) == (
        ("blue", "green", "red"),
        32,
        "squash",
        "fp32",
    )


def test_a_backbone_is_believed_only_if_the_graph_is_its_own(fitted: Model) -> None:
    assert fitted.backbone().name == "tiny"
    forged = onnx.ModelProto()
    forged.CopyFrom(fitted.proto)
    tensor = next(t for t in forged.graph.initializer if not t.name.startswith("head/") and len(t.raw_data) > 16)
    tensor.raw_data = b"\x01" + tensor.raw_data[1:]
    impostor = replace(fitted, proto=forged)
    assert impostor.backbone().name.startswith("model-")


def test_saving_twice_gives_the_same_bytes(fitted: Model, tmp_path: Path) -> None:
    one, other = fitted.save(tmp_path / "a.onnx"), fitted.save(tmp_path / "b.onnx")
    assert one.read_bytes() == other.read_bytes()


def test_a_target_is_checked_before_the_work(tmp_path: Path, fitted: Model) -> None:
    check_target(tmp_path / "new.onnx")
    check_target(fitted.save(tmp_path / "old.onnx"))
    with pytest.raises(OutputError, match="there is no folder"):
        check_target(tmp_path / "no" / "m.onnx")
    (tmp_path / "folder.onnx").mkdir()
    with pytest.raises(OutputError, match="it is a folder"):
        check_target(tmp_path / "folder.onnx")
    with pytest.raises(OutputError, match=r"does not end in \.onnx"):
        check_target(tmp_path / "thesis.docx")
    (tmp_path / "other.onnx").write_text("years of work")
    with pytest.raises(OutputError, match="not overwritten"):
        check_target(tmp_path / "other.onnx")
    (tmp_path / "notes.onnx").write_text("# headway notes")
    with pytest.raises(OutputError, match="not overwritten"):
        fitted.save(tmp_path / "notes.onnx")
    assert (tmp_path / "notes.onnx").read_text() == "# headway notes"


def test_a_damaged_model_may_be_replaced(tmp_path: Path, fitted: Model) -> None:
    (tmp_path / "m.onnx").write_bytes(fitted.content[:1000])
    assert load(fitted.save(tmp_path / "m.onnx")).classes == fitted.classes


def test_pipes_devices_and_sockets_are_never_replaced(tmp_path: Path, fitted: Model) -> None:
    os.mkfifo(tmp_path / "pipe.onnx")
    (tmp_path / "null.onnx").symlink_to("/dev/null")
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(os.path.relpath(tmp_path / "socket.onnx"))
        for name in ("pipe.onnx", "null.onnx", "socket.onnx"):
            with pytest.raises(OutputError, match="pipe or a device"):
                fitted.save(tmp_path / name)
    assert Path("/dev/null").is_char_device()
    assert (tmp_path / "pipe.onnx").is_fifo()


def test_a_link_is_written_through(tmp_path: Path, fitted: Model) -> None:
    (tmp_path / "there").mkdir()
    link, target = tmp_path / "link.onnx", tmp_path / "there" / "model"
    link.symlink_to(target)
    for _ in range(2):  # a link to nothing, and to a model
        fitted.save(link)
        assert link.is_symlink()
        assert target.read_bytes() == fitted.content
    target.write_text("years of work")
    with pytest.raises(OutputError, match="not overwritten"):
        fitted.save(link)


def test_names_that_cannot_be_are_said(tmp_path: Path, fitted: Model) -> None:
    (tmp_path / "a.onnx").symlink_to(tmp_path / "b.onnx")
    (tmp_path / "b.onnx").symlink_to(tmp_path / "a.onnx")
    for path in (tmp_path / "a.onnx", tmp_path / ("x" * 300 + ".onnx"), tmp_path / ("x" * 300) / "m.onnx"):
        with pytest.raises(OutputError, match="cannot be written"):
            fitted.save(path)
    for nothing in ("", "a\0b.onnx", None, 3, b"m.onnx"):
        with pytest.raises(OutputError, match="path of its file"):
            fitted.save(nothing)  # type: ignore[arg-type]


@pytest.mark.parametrize("pictures", [None, 5, 1.5])
def test_what_is_no_picture_is_said(fitted: Model, pictures: object) -> None:
    with pytest.raises(DataError, match="pictures must be"):
        fitted.predict(pictures)  # type: ignore[arg-type]
    with pytest.raises(PictureError):
        fitted.predict([pictures])  # type: ignore[list-item]


@pytest.mark.parametrize("top", [0, -1, 1.5, "x", None])
def test_top_is_a_whole_number(fitted: Model, top: object) -> None:
    with pytest.raises(UserError, match="top must be"):
        fitted.predict(np.zeros((9, 9), np.uint8), top=top)  # type: ignore[arg-type]


def test_no_pictures_no_predictions(fitted: Model) -> None:
    assert fitted.predict([]) == []
    assert len(fitted.predict(np.zeros((9, 9), np.uint8), top=np.int64(2))[0].top) == 2  # type: ignore[arg-type]
