"""Networks of the hub, from a server on loopback: what is chosen, downloaded, locked and refused, each in one line."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper

from headway import backbones
from headway.backbones import BackboneInfo
from headway.backbones.hub.address import Address, parse
from headway.backbones.hub.choosing import choose
from headway.backbones.hub.transfer import RemoteFile, endpoint
from headway.errors import DataError, ModelError, RunError, UserError
from headway.types import Silent
from tests.backbones.exported import network
from tests.backbones.helpers import obtain_in
from tests.backbones.hub.configurations import DINOV2, SIGLIP2
from tests.backbones.hub.serving import COMMIT, Answer, Hub, serving
from tests.backbones.transformers import SIZE, WIDTH, transformer

runtime = pytest.importorskip("onnxruntime")
NAME = "hf:somebody/network"
OURS = {**DINOV2, "crop_size": {"height": SIZE, "width": SIZE}, "size": {"shortest_edge": 27}}
MODEL = network(sides=("height", "width")).SerializeToString()
TRANSFORMER = transformer().SerializeToString()


class Told(Silent):
    """A `Progress` that remembers."""

    def __init__(self) -> None:
        self.notes: list[str] = []
        self.stages: list[tuple[str, int | None]] = []

    def start(self, stage: str, total: int | None = None) -> None:
        self.stages.append((stage, total))

    def note(self, message: str) -> None:
        self.notes.append(message)


@pytest.fixture
def hub(monkeypatch: pytest.MonkeyPatch) -> Iterator[Hub]:
    files = {
        "README.md": b"# A network",
        "config.json": b'{"model_type": "dinov2"}',
        "preprocessor_config.json": json.dumps(OURS).encode(),
        "onnx/model.onnx": MODEL,
        "onnx/model_fp16.onnx": MODEL,
        "onnx/model_quantized.onnx": MODEL,
    }
    with serving(Hub({"somebody/network": files})) as running:
        monkeypatch.setenv("HF_ENDPOINT", running.address)
        monkeypatch.setenv("NO_PROXY", "*")
        monkeypatch.delenv("HF_HUB_OFFLINE", raising=False)
        yield running


def files_of(hub: Hub) -> dict[str, bytes]:
    return hub.repositories["somebody/network"]


def computed(info: BackboneInfo, name: str, pictures: np.ndarray) -> np.ndarray:
    return backbones.Engine(backbones.read(info), [name]).run(pictures)


class TestTheWholeWay:
    def test_says_what_it_takes_and_takes_it_once(self, hub: Hub, tmp_path: Path) -> None:
        files_of(hub)["onnx/model.onnx"] = TRANSFORMER
        told = Told()
        info = obtain_in(tmp_path, NAME, progress=told)
        assert info.name.startswith("hf-somebody-network-") and info.input_size == SIZE
        assert info.licence == "apache-2.0"
        assert info.source.startswith(f"hf:somebody/network@{COMMIT}:onnx/model.onnx, sha256 ")
        folder = tmp_path / "hub" / "somebody--network" / COMMIT
        size = f"{len(TRANSFORMER) / 1e6:,.1f} MB"
        assert told.notes == [
            f"downloading model.onnx of somebody/network at {COMMIT[:12]}, {size}, licence apache-2.0; kept in {folder}",
            f"somebody/network (onnx/model.onnx): pictures of {SIZE} pixels, normalised by the mean and std of "
            "preprocessor_config.json; tokens of 6 × 6 patches, 1 before them, the first of these taken for that of the "
            f"class, of {WIDTH} numbers; outputs block1.mean, block1.std, block2.mean, block2.std, block3.mean, block3.std, "
            "head.mean, patches.mean, patches.std",
            "somebody/network (onnx/model.onnx): pictures become squares by --resize, not in the repository's own way "
            f"(shorter side to 27, middle of {SIZE} cut out, bicubic)",
        ]
        assert ("downloading onnx/model.onnx of somebody/network", None) in told.stages
        assert not list(folder.rglob("*.part"))

        before, told = len(hub.asked), Told()
        assert obtain_in(tmp_path, NAME, progress=told, offline=True) == info  # nobody is asked, nothing is computed
        assert obtain_in(tmp_path, info.name, offline=True) == info
        assert (len(hub.asked), told.notes) == (before, [])
        other = obtain_in(tmp_path, NAME, image_size=32, offline=True)
        assert other.input_size == 32 and len(hub.asked) == before

        pictures = np.random.default_rng(5).integers(0, 256, (2, SIZE, SIZE, 3), np.uint8)
        x = ((pictures / 255 - OURS["image_mean"]) / OURS["image_std"]).astype(np.float32).transpose(0, 3, 1, 2)
        expected = runtime.InferenceSession(TRANSFORMER).run(["last_hidden_state"], {"pixel_values": x})[0]
        np.testing.assert_allclose(computed(info, "head.mean", pictures), expected[:, 0], rtol=1e-4, atol=1e-4)

    def test_a_revision_and_a_file_may_be_named(self, hub: Hub, tmp_path: Path) -> None:
        one = obtain_in(tmp_path, f"{NAME}@v1:onnx/model_fp16.onnx")
        assert f"@{COMMIT}:onnx/model_fp16.onnx" in one.source
        assert (tmp_path / "hub" / "somebody--network" / "v1.json").is_file()
        assert not any("model.onnx" in path for path in hub.asked)

    def test_weights_may_be_beside_the_file(self, hub: Hub, tmp_path: Path) -> None:
        model, content = onnx.load_model_from_string(MODEL), b""
        for tensor in model.graph.initializer:
            if tensor.data_type == TensorProto.FLOAT:
                place = {
                    "location": "model.onnx_data",
                    "offset": str(len(content)),
                    "length": str(len(tensor.raw_data)),
                }
                content += tensor.raw_data
                tensor.ClearField("raw_data")
                tensor.data_location = TensorProto.EXTERNAL
                for key, value in place.items():
                    tensor.external_data.add(key=key, value=value)
        files_of(hub).update({"onnx/model.onnx": model.SerializeToString(), "onnx/model.onnx_data": content})
        told = Told()
        info = obtain_in(tmp_path, NAME, progress=told)
        assert "downloading model.onnx and model.onnx_data of" in told.notes[0]
        files_of(hub).update({"onnx/model.onnx": MODEL})
        del files_of(hub)["onnx/model.onnx_data"]
        plain = obtain_in(tmp_path / "other", NAME)
        ours, theirs = (onnx.load_model_from_string(backbones.read(each)).graph for each in (info, plain))
        assert ours == theirs

        files_of(hub).update({"onnx/model.onnx": model.SerializeToString(), "onnx/model.onnx_data": content[:-4]})
        with pytest.raises(
            ModelError, match="ends after the file beside it; of this repository there are onnx/model_fp16"
        ):
            obtain_in(tmp_path / "short", NAME)
        model.graph.initializer[0].external_data[0].value = "/etc/passwd"
        files_of(hub).update({"onnx/model.onnx": model.SerializeToString()})
        with pytest.raises(
            ModelError, match="its weights are in '/etc/passwd', and the files beside it are model.onnx_data"
        ):
            obtain_in(tmp_path / "elsewhere", NAME)

    def test_a_model_records_it(self, hub: Hub, tmp_path: Path, pictures: Path) -> None:
        import headway

        model = headway.fit(pictures, backbone=NAME, head="logistic", features="last", cache=tmp_path)
        model.save(tmp_path / "model.onnx")
        report = headway.load(tmp_path / "model.onnx").report
        assert report.backbone.source.startswith(f"hf:somebody/network@{COMMIT}:onnx/model.onnx, sha256 ")
        assert report.backbone.licence == "apache-2.0" and report.recipe["backbone"] == NAME


class TestTheLock:
    def test_a_changed_file_is_refused(self, hub: Hub, tmp_path: Path) -> None:
        obtain_in(tmp_path, NAME)
        place = tmp_path / "hub" / "somebody--network" / COMMIT / "onnx" / "model.onnx"
        place.write_bytes(MODEL[:-1] + b"\0")
        with pytest.raises(DataError, match=r"model\.onnx is damaged \(its digest is .*: delete it, then try again"):
            obtain_in(tmp_path, NAME, image_size=32)
        place.unlink()
        files_of(hub)["onnx/model.onnx"] = MODEL[:-1] + b"\0"
        with pytest.raises(DataError, match="is not what the hub lists .*, and is not kept: try again"):
            obtain_in(tmp_path, NAME, image_size=32)
        assert not list(place.parent.iterdir())

    def test_another_revision_behind_the_name_is_not_taken_unasked(self, hub: Hub, tmp_path: Path) -> None:
        info = obtain_in(tmp_path, NAME)
        hub.about["sha"] = "4" * 40
        assert obtain_in(tmp_path, NAME) == info
        (tmp_path / "hub" / "somebody--network" / "main.json").unlink()
        with pytest.raises(UserError, match=r"there is no preprocessor_config\.json of somebody/network on the hub"):
            obtain_in(tmp_path, NAME, image_size=32)  # the server has the old commit's files alone

    @pytest.mark.parametrize(
        "change",
        [
            lambda lock: "no JSON",
            lambda lock: json.dumps({**lock, "commit": "main"}),
            lambda lock: json.dumps({**lock, "files": {"../../x.onnx": next(iter(lock["files"].values()))}}),
            lambda lock: json.dumps({**lock, "files": {"x.onnx": {"size": 1}}}),
            lambda lock: "[]",
        ],
    )
    def test_a_damaged_one_is_named(self, change: Callable[[Any], str], hub: Hub, tmp_path: Path) -> None:
        obtain_in(tmp_path, NAME)
        place = tmp_path / "hub" / "somebody--network" / "main.json"
        place.write_text(change(json.loads(place.read_text())))
        with pytest.raises(
            DataError, match=r"main\.json must hold what the hub answered, and cannot be read .*: delete it"
        ):
            obtain_in(tmp_path, NAME)


class TestWithoutANetwork:
    def test_offline_is_obeyed(self, hub: Hub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        with pytest.raises(UserError, match="hf:somebody/network is not on this machine, and --offline forbids"):
            obtain_in(tmp_path, NAME, offline=True)
        monkeypatch.setenv("HF_HUB_OFFLINE", "1")
        with pytest.raises(UserError, match="HF_HUB_OFFLINE forbids to download it: run this once without"):
            obtain_in(tmp_path, NAME)
        assert hub.asked == []

    def test_a_server_that_is_not_there(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("HF_ENDPOINT", "http://127.0.0.1:9")
        monkeypatch.setenv("NO_PROXY", "*")
        with pytest.raises(
            RunError, match=r"cannot be had from 127\.0\.0\.1: .*refused.*proxy needed \(HTTPS_PROXY\)\?"
        ):
            obtain_in(tmp_path, NAME)

    @pytest.mark.parametrize("address", ["http://huggingface.co", "ftp://127.0.0.1", "huggingface.co", "http://[::1"])
    def test_only_encrypted_servers_are_asked(self, address: str, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("HF_ENDPOINT", address)
        with pytest.raises(UserError, match="HF_ENDPOINT must begin with https://, except for this machine"):
            endpoint()

    def test_the_usual_server_is_the_hub(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.delenv("HF_ENDPOINT", raising=False)
        assert endpoint() == "https://huggingface.co"


def given(code: int, content: bytes = b"", **headers: str) -> Callable[[dict[str, str]], Answer]:
    return lambda _: (code, {name.replace("_", "-"): value for name, value in headers.items()}, content)


@pytest.mark.parametrize(
    ("where", "answer", "error", "message"),
    [
        ("/api/", given(401, X_Error_Code="RepoNotFound"), UserError, "the hub has no somebody/network, or it is private"),
        ("/api/", given(404), UserError, "the hub has no somebody/network, or it is private: are OWNER and REPO spelled"),
        ("/api/", given(403, X_Error_Code="GatedRepo"), UserError, "is given only to accounts that were let in"),
        ("/api/", given(429, Retry_After="57"), RunError, r"too many requests from here \(429\), .*: try again in 57 s"),
        ("/api/", given(429), RunError, "is not had: try again later"),
        ("/api/", given(503), RunError, "the hub does not give somebody/network: it answers 503 .*; try again later"),
        ("/api/", given(200, b"<html>log in</html>"), RunError, "it is no JSON; is a proxy or a login page in between?"),
        ("/api/", given(200, b"[" * 100_000), RunError, "it is no JSON"),
        ("/api/", given(200, b"{}"), RunError, "it states no commit; is HF_ENDPOINT right?"),
        ("/api/", given(200, b" " * (17 << 20)), RunError, "has more than 16 MiB, which no repository needs"),
        ("/api/", given(302, Location="http://example.org/"), RunError, "which is not https://"),
        ("/api/", given(302, Location="file:///etc/passwd"), RunError, "which is not https://|not allowed"),
        ("/cdn/", given(429, Retry_After="3"), RunError, r"too many requests .* onnx/model\.onnx of .* try again in 3 s"),
        ("/cdn/", given(200, b"<html>", Content_Type="text/html"), RunError, r"a web page came in place of onnx/model\.onnx"),
        ("/cdn/", given(200, MODEL[:-9]), RunError, rf"ended after {len(MODEL) - 9:,} of {len(MODEL):,} bytes: run this"),
        ("/cdn/", given(200, MODEL + b"more"), DataError, "and must have .*, and is not kept: try again"),
        ("/cdn/", given(200, bytes(len(MODEL))), DataError, "its digest is .*, and must be .*, and is not kept"),
        ("/cdn/", given(200, b"x", Content_Length="7"), RunError, "cannot be had|ended after"),
        ("/preproc", given(404, X_Error_Code="EntryNotFound"), UserError, "there is no preprocessor_config.json of somebody"),
    ],
)  # fmt: skip
def test_an_answer_that_will_not_do_is_one_line(
    where: str, answer: Any, error: type[Exception], message: str, hub: Hub, tmp_path: Path
) -> None:
    hub.answers[where] = answer
    with pytest.raises(error, match=message) as refused:
        obtain_in(tmp_path, NAME)
    assert "\n" not in str(refused.value)
    assert backbones.list_converted(tmp_path) is not None and not list(backbones.list_converted(tmp_path))


def test_an_interrupted_download_goes_on(hub: Hub, tmp_path: Path) -> None:
    hub.answers["/cdn/"] = given(200, MODEL[:1000])
    with pytest.raises(RunError, match="ended after 1,000 of"):
        obtain_in(tmp_path, NAME)
    ranges: list[str | None] = []

    def rest(headers: dict[str, str]) -> Answer:
        ranges.append(headers.get("Range"))
        return 206, {"Content-Range": f"bytes 1000-{len(MODEL) - 1}/{len(MODEL)}"}, MODEL[1000:]

    hub.answers["/cdn/"] = rest
    assert obtain_in(tmp_path, NAME).input_size == SIZE
    assert ranges == ["bytes=1000-"]


def test_a_server_that_cannot_go_on_begins_anew(hub: Hub, tmp_path: Path) -> None:
    hub.answers["/cdn/"] = given(200, MODEL[:1000])
    with pytest.raises(RunError, match="ended after 1,000 of"):
        obtain_in(tmp_path, NAME)
    hub.answers["/cdn/"] = given(200, MODEL)
    assert obtain_in(tmp_path, NAME).input_size == SIZE


def test_a_gated_repository_is_refused_before_anything_is_downloaded(hub: Hub, tmp_path: Path) -> None:
    hub.about["gated"] = "manual"
    with pytest.raises(
        UserError, match="somebody/network is given only to accounts that were let in, and Headway has none"
    ):
        obtain_in(tmp_path, NAME)
    assert len(hub.asked) == 1


def test_a_revision_that_is_not_there(hub: Hub, tmp_path: Path) -> None:
    with pytest.raises(UserError, match="there is no such revision of somebody/network@v9 on the hub"):
        obtain_in(tmp_path, f"{NAME}@v9")


@pytest.mark.parametrize(
    ("about", "licence"),
    [
        ({"cardData": {"license": ["mit", "apache-2.0"]}}, "mit, apache-2.0"),
        ({"cardData": {"license": "other", "license_name": "some-licence"}}, "some-licence"),
        ({"cardData": None}, "mit"),  # of the tags
        ({"cardData": {}, "tags": None}, "not stated"),
        ({"cardData": {"license": "\x1b[2J"}}, r"\x1b[2J"),
    ],
)
def test_the_licence_is_what_the_card_states(about: Any, licence: str, hub: Hub, tmp_path: Path) -> None:
    hub.about.update(about)
    told = Told()
    assert obtain_in(tmp_path, NAME, progress=told).licence == licence
    assert f", licence {licence}; kept in" in told.notes[0]


def test_a_listing_without_digests_is_not_trusted(hub: Hub, tmp_path: Path) -> None:
    hub.about["siblings"] = [{"rfilename": "onnx/model.onnx", "size": len(MODEL)}, {"rfilename": 7}, None, "x"]
    with pytest.raises(UserError, match="somebody/network has no ONNX file"):
        obtain_in(tmp_path, NAME)


def test_texts_are_refused_before_the_network_is_looked_at(hub: Hub, tmp_path: Path) -> None:
    model = network()
    model.graph.input.insert(0, helper.make_tensor_value_info("input_ids", TensorProto.INT64, ["batch", "sequence"]))
    content = model.SerializeToString()
    files_of(hub).update({"onnx/model.onnx": content, "onnx/vision_model.onnx": MODEL, "onnx/text_model.onnx": content})
    assert ":onnx/vision_model.onnx, " in obtain_in(tmp_path, NAME).source
    for file in ("model", "text_model"):
        with pytest.raises(
            ModelError, match=r"it reads texts \(its input 'input_ids'\).*there are onnx/.*onnx/vision_model.onnx"
        ):
            obtain_in(tmp_path, f"{NAME}:onnx/{file}.onnx")


def test_a_quantised_file_is_refused_with_the_others_named(hub: Hub, tmp_path: Path) -> None:
    model = onnx.load_model_from_string(MODEL)
    model.graph.node.append(helper.make_node("DynamicQuantizeLinear", ["pixel_values"], ["q", "scale", "zero"]))
    files_of(hub)["onnx/model_quantized.onnx"] = model.SerializeToString()
    with pytest.raises(
        ModelError, match="DynamicQuantizeLinear'; of this repository there are onnx/model.onnx, onnx/model_fp"
    ):
        obtain_in(tmp_path, f"{NAME}:onnx/model_quantized.onnx")


def test_a_repository_that_does_not_say_how_it_prepares_pictures(hub: Hub, tmp_path: Path) -> None:
    del files_of(hub)["preprocessor_config.json"]
    told = Told()
    obtain_in(tmp_path, NAME, image_size=SIZE, progress=told)
    assert "normalised by the mean and std of ImageNet, as its metadata have no mean and std" in told.notes[1]


def test_the_beginning_of_a_name_may_be_forgotten() -> None:
    with pytest.raises(UserError, match="no backbone is called 'a/b': did you mean hf:a/b, of the Hugging Face hub"):
        backbones.obtain("a/b")


def test_the_command_says_where_it_is(hub: Hub, tmp_path: Path) -> None:
    from click.testing import CliRunner

    from headway.cli.main import headway

    arguments = ["backbones", "get", NAME, "--cache", str(tmp_path), "--json"]
    result = CliRunner().invoke(headway, arguments)
    assert result.exit_code == 0, result.output
    [entry] = json.loads(result.stdout)["backbones"]
    assert entry["available"] and entry["licence"] == "apache-2.0" and COMMIT in entry["source"]
    listed = CliRunner().invoke(headway, ["backbones", "--cache", str(tmp_path)])
    assert entry["name"] in listed.stdout


def test_weights_of_its_own() -> None:
    with pytest.raises(UserError, match="comes with its weights: leave --weights out"):
        backbones.obtain(NAME, weights="random")


@pytest.mark.parametrize(
    "name",
    [
        *(
            "hf:",
            "hf:dinov2",
            "hf:a/b/c",
            "hf:../b",
            "hf:a/..",
            "hf:a/b@",
            "hf:a/b@../x",
            "hf:a/b:",
            "hf:a/b:model.bin",
        ),
        *(
            "hf:a/b:../model.onnx",
            "hf:a/b:/model.onnx",
            "hf:a/b:x//model.onnx",
            "hf:a/b:.onnx",
            "hf:a/b?x=1",
            "hf:a b/c",
        ),
        *("hf:a/b\n", "hf:https://huggingface.co/a/b", "hf:a/b:http://x.onnx", "hf:" + "a" * 97 + "/b"),
    ],
)
def test_what_is_no_name(name: str) -> None:
    with pytest.raises(UserError, match="is named hf:OWNER/REPO|must be an ONNX file in it") as refused:
        parse(name)
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize("name", ["hf:a/b", "hf:a/b@main", "hf:a/b@refs/pr/1:m.onnx", "hf:A_1/b.c-d@v1.0:x/y/z.onnx"])
def test_a_name_is_read_and_written(name: str) -> None:
    assert str(parse(name)) == name.replace("@main", "") and parse(str(parse(name))) == parse(name)


GIB = 1 << 30
ONE = Address("a", "b")


@pytest.mark.parametrize(
    ("files", "chosen"),
    [
        ({"model.onnx": 1}, "model.onnx"),
        (
            {"model.onnx": 1, "onnx/model.onnx": 1, "onnx/model_fp16.onnx": 1, "onnx/model_q4.onnx": 1},
            "onnx/model.onnx",
        ),
        ({"onnx/model.onnx": 1, "onnx/model.onnx_data": GIB, "onnx/model_fp16.onnx": 1}, "onnx/model_fp16.onnx"),
        ({"onnx/model.onnx": 1, "onnx/vision_model.onnx": 1, "onnx/text_model.onnx": 1}, "onnx/vision_model.onnx"),
        ({"onnx/model_fp16.onnx": 1}, "onnx/model_fp16.onnx"),
        ({"net.onnx": 1, "net_int8.onnx": 1}, "net.onnx"),
    ],
)
def test_which_file_is_taken(files: dict[str, int], chosen: str) -> None:
    assert choose(ONE, {path: RemoteFile(size, "", "") for path, size in files.items()}) == chosen


@pytest.mark.parametrize(
    ("address", "files", "message"),
    [
        (
            ONE,
            {"config.json": 1},
            "a/b has no ONNX file: one of the same network may be in a repository of onnx-community",
        ),
        (
            ONE,
            {"x.onnx": 1, "y.onnx": 1},
            "a/b has several ONNX files: name one, as in hf:a/b:x.onnx; there are x.onnx, y",
        ),
        (ONE, {"model.onnx": 2 * GIB}, "has at most 1 GiB, and model.onnx of a/b has 2.0: .*there is none"),
        (ONE, {"model.onnx": 2 * GIB, "model_q4.onnx": 1}, "name a smaller one, .*; there are model_q4.onnx"),
        (Address("a", "b", "main", "z.onnx"), {"x.onnx": 1}, "a/b has no file z.onnx at main; there are x.onnx"),
        (ONE, {f"{n}.onnx": 1 for n in range(9)}, "there are 0.onnx, .* and 3 more$"),
    ],
)
def test_which_cannot_be_taken(address: Address, files: dict[str, int], message: str) -> None:
    with pytest.raises(UserError, match=message):
        choose(address, {path: RemoteFile(size, "", "") for path, size in files.items()})


def test_siglip_s_file_is_prepared_as_siglip_s(hub: Hub, tmp_path: Path) -> None:
    sized = {**SIGLIP2, "size": {"height": SIZE, "width": SIZE}}
    content = transformer(prefix=0, head="pooled").SerializeToString()
    files_of(hub).update({"preprocessor_config.json": json.dumps(sized).encode(), "onnx/vision_model.onnx": content})
    told = Told()
    info = obtain_in(tmp_path, NAME, progress=told)
    pictures = np.random.default_rng(5).integers(0, 256, (2, SIZE, SIZE, 3), np.uint8)
    x = (pictures / 127.5 - 1).astype(np.float32).transpose(0, 3, 1, 2)
    expected = runtime.InferenceSession(content).run(["pooler_output"], {"pixel_values": x})[0]
    np.testing.assert_allclose(computed(info, "head.mean", pictures), expected, rtol=1e-4, atol=1e-4)
    assert re.search(r"tokens of 6 × 6 patches, of 8 numbers", told.notes[1])
