"""Models are replaced with their files; what is wrong with a file leaves the model that answers as it is."""

from __future__ import annotations

import os
import shutil
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace as replace_fact

import pytest

from headway import demo
from headway.errors import ModelError, UnknownNameError, UserError
from headway.fitting import fit
from headway.model import Model, load
from headway.serving import Shelf
from tests.serving.conftest import until


@pytest.fixture(scope="module")
def other_file(tmp_path_factory):
    folder = tmp_path_factory.mktemp("other")
    fit(demo.pictures(), backbone="tiny", head="majority", cache=folder / "cache").save(folder / "other.onnx")
    return folder / "other.onnx"


@pytest.fixture
def place(model_file, tmp_path):
    return shutil.copy(model_file, tmp_path / "model.onnx")


@pytest.fixture
def shelf(place):
    events = []
    shelf = Shelf({"a": place}, megapixels=100, log=lambda event, **fields: events.append((event, fields)))
    shelf.events = events
    yield shelf
    shelf.close()


def head(shelf):
    return shelf.get("a")[1].model.report.head.kind


def replace(place, content):
    part = place.with_suffix(".part")
    part.write_bytes(content)
    os.replace(part, place)


def test_a_model_is_replaced_when_its_file_is(shelf, place, other_file):
    assert head(shelf) == "centroid"
    shelf.look()
    assert shelf.events == []
    replace(place, other_file.read_bytes())
    shelf.look()
    assert head(shelf) == "majority"
    assert shelf.events == [("model-replaced", {"model": "a"})]
    shelf.look()
    assert len(shelf.events) == 1


def test_who_holds_the_old_model_is_answered_by_it(shelf, place, other_file, files):
    _, old = shelf.get("a")
    replace(place, other_file.read_bytes())
    shelf.look()
    content = files[0].read_bytes()
    new = shelf.get("a")[1].submit("x", content).result(20)
    assert old.submit("x", content).result(20).probabilities != new.probabilities


def test_a_file_that_is_no_model_is_refused_and_a_good_one_taken_later(shelf, place, other_file):
    replace(place, b"no model")
    shelf.look()
    assert (head(shelf), [slot.trouble for _, slot in shelf]) == ("centroid", ["refused"])
    replace(place, other_file.read_bytes())
    shelf.look()
    assert (head(shelf), [slot.trouble for _, slot in shelf]) == ("majority", [None])


def test_a_file_that_is_deleted_leaves_the_model(shelf, place, model_file, files):
    place.unlink()
    shelf.look()
    shelf.look()
    assert [event for event, _ in shelf.events] == ["model-gone"]
    assert [slot.trouble for _, slot in shelf] == ["gone"]
    assert shelf.get("a")[1].submit("x", files[0].read_bytes()).result(20).reason is None
    shutil.copy(model_file, place)
    shelf.look()
    assert [slot.trouble for _, slot in shelf] == [None]


def test_no_request_is_lost_while_models_are_replaced(serve, place, model_file, other_file, files):
    client = serve(paths={"a": place})
    content = files[0].read_bytes()
    stopped = []

    def ask(_):
        statuses = []
        while not stopped:
            statuses.append(client.post("/v1/predict", content=content).status_code)
        return statuses

    def replaced():
        return client.get("/metrics").text.count('event="model-replaced"')

    with ThreadPoolExecutor(4) as pool:
        asked = [pool.submit(ask, number) for number in range(4)]
        for source in (other_file, model_file, other_file):
            wanted = "majority" if source is other_file else "centroid"
            replace(place, source.read_bytes())
            until(lambda wanted=wanted: client.get("/v1/models").json()["models"][0]["head"] == wanted)
        stopped.append(True)
        statuses = [status for one in asked for status in one.result(30)]
    assert set(statuses) == {200}
    assert len(statuses) > 20
    assert replaced()


def test_the_watch_outlives_what_should_not_happen(serve, place, other_file, monkeypatch):
    client = serve(paths={"a": place})
    real = Shelf.look
    failed = []

    def look(self):
        if not failed:
            failed.append(True)
            raise RuntimeError("once")
        real(self)

    monkeypatch.setattr(Shelf, "look", look)
    until(lambda: failed)
    replace(place, other_file.read_bytes())
    until(lambda: client.get("/v1/models").json()["models"][0]["head"] == "majority")


def test_several_models(serve, model_file, other_file, files):
    client = serve(paths={"first": model_file, "second": other_file})
    models = client.get("/v1/models").json()["models"]
    assert [(model["name"], model["is_default"], model["head"]) for model in models] == [
        ("first", True, "centroid"),
        ("second", False, "majority"),
    ]
    content = files[0].read_bytes()
    named = {
        name: client.post("/v1/predict", params={"model": name}, content=content).json() for name in ("first", "second")
    }
    assert [answer["model"] for answer in named.values()] == ["first", "second"]
    assert client.post("/v1/predict", content=content).json() == named["first"]


def test_what_cannot_be_opened(tmp_path):
    with pytest.raises(UserError, match="a model is needed"):
        Shelf({}, megapixels=1)
    with pytest.raises(ModelError, match="no such file"):
        Shelf({"a": tmp_path / "none.onnx"}, megapixels=1)


def test_a_model_whose_descriptors_are_computed_otherwise_now_is_said_to_be_doubtful(place, monkeypatch):
    model = load(place)
    object.__setattr__(
        model, "report", replace_fact(model.report, backbone=replace_fact(model.report.backbone, kind="descriptor"))
    )
    monkeypatch.setattr(Model, "backbone", lambda self: None)
    monkeypatch.setattr(Model, "caveat", lambda self, backbone: "its probabilities may differ")
    monkeypatch.setattr(Model, "warm_up", lambda self: self)
    monkeypatch.setattr("headway.serving.shelf.load", lambda path: model)
    events = []
    Shelf({"a": place}, megapixels=1, log=lambda event, **fields: events.append((event, fields))).close()
    assert events == [("model-doubtful", {"model": "a", "reason": "its probabilities may differ"})]


def test_an_unknown_name_says_which_there_are(shelf):
    with pytest.raises(UnknownNameError, match="there are: a"):
        shelf.get("b")
