"""The routes of the page, against a workshop that computes nothing."""

from __future__ import annotations

import asyncio
import io
import json
import os
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from urllib.parse import quote

import pytest
from PIL import Image
from starlette.testclient import TestClient
from starlette.types import ASGIApp

from headway.facts.results import Guess
from headway.facts.studio import Job
from headway.studio.api import events, showing, taking
from headway.studio.app import ROUTES
from headway.studio.project import Change, Project
from tests.studio.api.conftest import BASE, TOKEN
from tests.studio.api.standin import StandIn
from tests.studio.project.making import Given, Proposed, fill, labels, png
from tests.studio.project.test_intake import make_zip


def part(name: str, content: bytes) -> tuple[str, tuple[str, bytes, str]]:
    return "files", (name, content, "image/png")


def files_of(client: TestClient, view: str) -> list[str]:
    answer = client.get("/api/pictures", params={"view": view})
    assert answer.status_code == 200, answer.text
    assert answer.json()["total"] == len(answer.json()["pictures"])
    return [picture["file"] for picture in answer.json()["pictures"]]


def test_pictures_come_in_and_are_described(client: TestClient, work: StandIn) -> None:
    work.predictions = {"pictures/cat/a.png": Guess("pictures/cat/a.png", "dog", 0.8, False)}
    work.finding_codes = {"pictures/cat/a.png": ("blurred",)}
    answer = client.post(
        "/api/pictures?class=cat", files=[part("a.png", png(1, (30, 20))), part("x/b.png", png(1, (30, 20)))]
    )
    assert answer.status_code == 200
    found = answer.json()
    assert found["copies"] == ["x/b.png"] and found["refused"] == []
    [picture] = found["added"]
    assert picture.pop("thumb").startswith("?v=")
    assert picture == {
        "file": "pictures/cat/a.png",
        "name": "a.png",
        "label": "cat",
        "given": "cat",
        "left_out": False,
        "width": 30,
        "height": 20,
        "predicted": "dog",
        "probability": 0.8,
        "findings": ["blurred"],
        "proposal": None,
    }
    assert work.touched == 1


def test_the_project_is_described(client: TestClient, project: Project) -> None:
    fill(project, cat=2, dog=1)
    project.add([Given("u.png", png(7))])
    project.decide([Change("pictures/cat/0.png", "drop")])
    assert client.get("/api/project").json() == {
        "schema": 1,
        "name": "birds",
        "revision": project.revision,
        "folder": str(project.folder),
        "classes": [{"name": "cat", "n": 1, "left_out": 1}, {"name": "dog", "n": 1, "left_out": 0}],
        "n": 3,
        "unlabelled": 1,
        "left_out": 1,
        "undo": {"what": "drop", "n": 1, "to": None},
        "redo": None,
        "features": {"known": 3, "n": 4},
        "copies": 2,
        "findings": [{"code": "blurred", "n": 1}],
        "model": None,
        "job": None,
        "problems": ["a problem"],
    }


def test_views_show_what_they_are_called(client: TestClient, project: Project, work: StandIn) -> None:
    project.add([Given(f"{each}.png", png(each)) for each in range(3)], "a:b/c")
    project.add([Given(f"{each}.png", png(10 + each)) for each in range(2)], "dog")
    project.add([Given("u.png", png(7))])
    folder = project.entries()[0].file.rpartition("/")[0]
    a, b, c = (f"{folder}/{each}.png" for each in range(3))
    project.decide([Change(c, "drop")])
    guesses = [(a, 0.6, False), (b, 0.9, False), ("pictures/dog/0.png", 0.9, True)]
    work.predictions = {file: Guess(file, "dog", probability, is_right) for file, probability, is_right in guesses}
    work.finding_codes = {b: ("blurred",), "gone.png": ("blurred",)}
    dogs = ["pictures/dog/0.png", "pictures/dog/1.png"]
    os.utime(project.path(a), (2e9, 2e9))
    assert files_of(client, "all") == [a, b, *dogs, "unlabelled/u.png"]
    assert files_of(client, "unlabelled") == ["unlabelled/u.png"]
    assert files_of(client, "left-out") == [c]
    assert files_of(client, f"class:{quote('a:b/c', safe='')}") == [a, b]
    assert files_of(client, "class:nobody") == []
    assert files_of(client, f"cell:{quote('a:b/c', safe='')}:dog") == [b, a]
    assert files_of(client, "mistakes") == [b, a]
    assert files_of(client, "finding:blurred") == [b]
    assert files_of(client, "recent")[0] == a
    answer = client.get("/api/pictures?view=all&offset=1&limit=2").json()
    assert answer["total"] == 5 and [one["file"] for one in answer["pictures"]] == [b, dogs[0]]
    for bad in ("", "nothing", "class", "cell:a", "all:x"):
        assert client.get("/api/pictures", params={"view": bad}).status_code == 400


def test_small_pictures_are_jpeg_upright_and_kept(client: TestClient, project: Project) -> None:
    file = io.BytesIO()
    exif = Image.Exif()
    exif[0x0112] = 6
    Image.new("RGB", (400, 100), "red").save(file, "JPEG", exif=exif)
    project.add([Given("a.jpg", file.getvalue()), Given("tiny.png", png(3, (20, 10)))], "cat")
    [big, tiny] = client.get("/api/pictures?view=all").json()["pictures"]
    assert (big["width"], big["height"]) == (100, 400)
    answer = client.get(f"/api/thumb{big['thumb']}", params={"file": big["file"], "size": 96, "v": big["thumb"][3:]})
    assert answer.headers["content-type"] == "image/jpeg" and "immutable" in answer.headers["cache-control"]
    with Image.open(io.BytesIO(answer.content)) as image:
        assert image.size == (24, 96) and image.format == "JPEG" and not image.getexif()
    again = client.get(
        "/api/thumb", params={"file": big["file"], "size": 96}, headers={"If-None-Match": answer.headers["etag"]}
    )
    assert again.status_code == 304 and again.content == b"" and "immutable" not in again.headers["cache-control"]
    with Image.open(io.BytesIO(client.get("/api/picture", params={"file": tiny["file"]}).content)) as image:
        assert image.size == (20, 10) and image.format == "JPEG"
    assert len(list((project.folder / ".headway" / "thumbs").rglob("*.jpg"))) == 1
    assert client.get("/api/thumb", params={"file": big["file"], "size": 97}).status_code == 400
    project.path(tiny["file"]).write_bytes(b"<svg/>")
    for route in ("/api/thumb", "/api/picture"):
        answer = client.get(route, params={"file": tiny["file"]})
        assert answer.status_code == 422 and answer.json()["error"]["code"] == "no-picture"
    project.path(tiny["file"]).unlink()
    assert client.get("/api/thumb", params={"file": tiny["file"]}).status_code == 422
    assert client.get("/api/pictures?view=all").json()["total"] == 2 - 1


@pytest.mark.parametrize("file", ["../secret", "/etc/passwd", "labels.csv", "project.toml", "a\0b", "", "x" * 9000])
def test_only_pictures_of_the_project_are_shown(client: TestClient, project: Project, file: str) -> None:
    fill(project, cat=1)
    for route in ("/api/thumb", "/api/picture", "/api/similar"):
        answer = client.get(route, params={"file": file})
        assert answer.status_code in (400, 422) and set(answer.json()["error"]) == {"code", "message"}


def test_edits_are_steps(client: TestClient, project: Project, work: StandIn) -> None:
    fill(project, cat=2, dog=2)
    changes = [
        {"file": "pictures/cat/0.png", "decision": "label", "to": "dog"},
        {"file": "pictures/cat/1.png", "decision": "drop"},
    ]
    answer = client.post("/api/decide", json={"changes": changes})
    assert answer.json()["undo"] == {"what": "label", "n": 2, "to": None}
    assert labels(project)["pictures/cat/0.png"] == "dog"
    assert client.post("/api/undo").json()["redo"]["what"] == "label"
    assert client.post("/api/redo").json()["left_out"] == 1
    assert client.post("/api/classes", json={"name": "bird"}).json()["classes"][-1]["name"] == "bird"
    assert client.post("/api/classes/rename", json={"from": "bird", "to": "wolf"}).status_code == 200
    assert client.post("/api/classes/remove", json={"name": "dog"}).json()["left_out"] == 4
    client.post("/api/undo")
    work.made = [Proposed(f"pictures/dog/{each}.png", "blurred", "drop", why="x") for each in range(2)]
    work.finding_codes = {"pictures/dog/0.png": ("blurred",)}
    [shown] = client.get("/api/pictures?view=finding:blurred").json()["pictures"]
    assert shown["proposal"] == {"decision": "drop", "to": ""}
    answer = client.post("/api/accept", json={"finding": "blurred", "files": ["pictures/dog/1.png"]})
    assert answer.json()["undo"] == {"what": "accept", "n": 1, "to": None}
    assert client.post("/api/accept", json={"finding": "blurred"}).json()["left_out"] == 3


@pytest.mark.parametrize(
    ("route", "body", "status", "code"),
    [
        ("/api/decide", {}, 400, "bad-request"),
        ("/api/decide", {"changes": [{"file": "x", "decision": "drop"}]}, 422, "data"),
        ("/api/decide", {"changes": [{"file": 3, "decision": "drop"}]}, 400, "bad-request"),
        ("/api/decide", {"changes": [{"file": "pictures/cat/0.png", "decision": "delete"}]}, 400, "bad-request"),
        ("/api/decide", {"changes": [{"file": "pictures/cat/0.png", "decision": "label"}]}, 400, "bad-request"),
        (
            "/api/decide",
            {"changes": [{"file": "pictures/cat/0.png", "decision": "label", "to": "dgo"}]},
            404,
            "unknown-name",
        ),
        ("/api/decide", [], 400, "bad-request"),
        ("/api/classes", {"name": "="}, 200, ""),
        ("/api/classes", {"name": "=1+1"}, 400, "bad-request"),
        ("/api/classes/rename", {"from": "cta", "to": "dog"}, 404, "unknown-name"),
        ("/api/redo", {}, 400, "bad-request"),
        ("/api/try", {}, 409, "no-model"),
    ],
)
def test_what_cannot_be_done_is_said_in_one_line(
    client: TestClient, project: Project, route: str, body: Any, status: int, code: str
) -> None:
    fill(project, cat=1)
    answer = client.post(route, json=body)
    assert answer.status_code == status, answer.text
    if code:
        assert answer.json()["error"]["code"] == code and "\n" not in answer.json()["error"]["message"]


def test_bodies_that_are_none(client: TestClient) -> None:
    for content in (b"{", b"\xff", b"[" * 100_000, b'"x"'):
        answer = client.post("/api/classes", content=content)
        assert (answer.status_code, answer.json()["error"]["code"]) == (400, "bad-request")
    assert client.post("/api/classes", content=b" " * (17 << 20)).status_code == 413
    assert client.post("/api/pictures", content=b"x").status_code == 400
    assert client.post("/api/pictures", files=[part(f"{each}.png", b"") for each in range(65)]).status_code == 413


def test_jobs_are_started_and_stopped(client: TestClient) -> None:
    assert client.post("/api/train").json()["kind"] == "train"
    answer = client.post("/api/compare")
    assert (answer.status_code, answer.json()["error"]["code"]) == (409, "busy")
    assert client.post("/api/stop").json() is None
    assert client.post("/api/compare").json()["kind"] == "compare"
    assert client.get("/api/result").json() is None and client.get("/api/comparison").json() is None


def test_similar_and_useful_pictures(client: TestClient, project: Project, work: StandIn) -> None:
    fill(project, cat=2)
    project.add([Given("u.png", png(7)), Given("v.png", png(8))])
    answer = client.get("/api/similar", params={"file": "pictures/cat/0.png"}).json()["pictures"]
    assert [(one["name"], one["similarity"]) for one in answer] == [("1.png", 0.5), ("u.png", 0.5), ("v.png", 0.5)]
    answer = client.get("/api/suggest?n=1").json()
    assert [one["name"] for one in answer["pictures"]] == ["u.png"] and answer["guess"] == {"unlabelled/u.png": "cat"}
    assert client.get("/api/suggest?n=-1").status_code == 400
    work.is_ready = False
    answer = client.get("/api/suggest?n=1").json()
    assert ([one["name"] for one in answer["pictures"]], answer["guess"], answer["is_ready"]) == (["u.png"], {}, False)


def test_a_picture_is_tried(client: TestClient, project: Project, work: StandIn) -> None:
    fill(project, cat=1)
    work.has_model = True
    answer = client.post("/api/try?name=a.png", content=png(5)).json()
    assert answer["label"] == "<cat>" and answer["top"] == [["<cat>", 0.75]]
    assert answer["nearest"][0]["file"] == "pictures/cat/0.png" and answer["nearest"][0]["similarity"] == 0.9
    assert client.post("/api/try?name=a", content=b"x").json()["error"] == {
        "code": "no-picture",
        "message": "a: not a picture",
    }
    assert client.post("/api/try?name=a", content=b"broken").status_code == 503
    assert client.post("/api/try?name=a", content=bytes(65 << 20)).status_code == 413


def test_the_form_without_scripts(client: TestClient, project: Project, work: StandIn) -> None:
    fill(project, cat=1)
    own = {"Origin": BASE, "X-Headway": ""}
    answer = client.post("/try", files=[part("<b>.png", png(5))], headers=own)
    assert answer.status_code == 422 and "there is no model yet" in answer.text
    work.has_model = True
    answer = client.post("/try", files=[part("<b>.png", png(5))], headers=own)
    assert "&lt;cat&gt;, 75.0 %" in answer.text and "<b>" not in answer.text and "&lt;b&gt;" in answer.text
    assert "script-src 'self'" in answer.headers["content-security-policy"] and "<script" not in answer.text
    assert client.post("/try", files=[part("", b"")], headers=own).status_code == 400


def test_archives_are_written_down_and_taken_in(client: TestClient, project: Project, tmp_path: Path) -> None:
    path = make_zip(tmp_path / "a.zip", {"cat/1.png": png(1), "dog/2.png": png(2), "dog/x.png": b"x"})
    answer = client.post("/api/archive?name=a.zip", content=path.read_bytes()).json()
    assert [one["file"] for one in answer["added"]] == ["pictures/cat/1.png", "pictures/dog/2.png"]
    assert answer["refused"][0]["name"] == "dog/x.png"
    answer = client.post("/api/archive?name=b.zip", content=b"nothing")
    assert answer.status_code == 422 and "damaged or cut short" in answer.json()["error"]["message"]
    assert not list((project.folder / ".headway").glob("incoming*"))


def test_requests_of_one_drop_are_undone_together(client: TestClient, project: Project) -> None:
    fill(project, dog=1)
    for each in range(3):
        client.post("/api/pictures?class=cat&batch=b1", files=[part("a.png", png(each))])
    client.post("/api/pictures?class=cat&batch=b2", files=[part("z.png", png(9))])
    assert client.post("/api/undo").json()["undo"] == {"what": "add", "n": 3, "to": "cat"}
    answer = client.post("/api/undo").json()
    assert answer["n"] == 1 and answer["redo"] == {"what": "add", "n": 3, "to": "cat"}
    assert client.post("/api/redo").json()["n"] == 4
    assert len(labels(project)) == 4 and project.dataset().counts() == {"cat": 3, "dog": 1}


def test_downloads(client: TestClient, project: Project) -> None:
    assert client.get("/download/model.onnx").json()["error"]["code"] == "not-made"
    for name in ("model.onnx", "predictions.csv", "report.html"):
        (project.folder / name).write_text("<script>")
        answer = client.get(f"/download/{name}")
        assert (
            answer.content == b"<script>" and answer.headers["content-disposition"] == f'attachment; filename="{name}"'
        )
    answer = client.get("/report")
    assert answer.headers["content-security-policy"].startswith("sandbox ")
    assert "allow-same-origin" not in answer.headers["content-security-policy"]
    for name in ("labels.csv", "..%2Fsecret", "project.toml"):
        assert client.get(f"/download/{name}").status_code == 404


def test_a_report_that_is_being_written_is_waited_for(
    client: TestClient, project: Project, work: StandIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(taking, "_LOOK_SECONDS", 0.01)
    looked: list[int] = []

    def report() -> Path | None:
        looked.append(1)
        return project.folder / "report.html" if len(looked) > 3 else None

    (project.folder / "report.html").write_text("<p>")
    monkeypatch.setattr(work, "report", report)
    work.job, work.has_model = Job(1, "prepare"), True
    assert client.get("/report").text == "<p>" and len(looked) == 4
    looked.clear()
    work.job = Job(2, "prepare", "done")
    assert client.get("/report").status_code == 404 and len(looked) == 1


def test_nobody_else_can_ask_or_change(app: ASGIApp) -> None:
    with TestClient(app, base_url=BASE, follow_redirects=False) as client:
        # The page is the same for everybody, and says what to do; nothing else is answered.
        assert client.get("/").text == client.get("/?token=wrong").text == "<p>page</p>"
        for route in ("/api/project", "/api/pictures?view=all", "/api/events", "/download/model.onnx", "/report"):
            assert client.get(route).status_code == 401
        assert client.get("/", headers={"Host": "evil.example"}).status_code == 421
        answer = client.get(f"/?token={TOKEN}")
        assert answer.status_code == 303 and "HttpOnly; SameSite=Strict" in answer.headers["set-cookie"]
        assert client.get("/").text == "<p>page</p>"
        changing = [route.path for route in ROUTES if "POST" in route.methods and route.path.startswith("/api/")]
        assert {"/api/undo", "/api/train", "/api/pictures", "/api/archive", "/api/try"} < set(changing)
        for route in changing:
            assert client.post(route).json()["error"]["code"] == "no-header"
            other = client.post(route, headers={"Origin": "http://evil.example", "X-Headway": "1"})
            assert other.status_code == 403
        assert client.get("/nothing.js").status_code == 404


def test_a_full_disk_is_said_and_nothing_is_lost(
    client: TestClient, project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(project, cat=2)

    def full(*_: object) -> None:
        raise OSError(28, os.strerror(28))

    monkeypatch.setattr(os, "fsync", full)
    change = {"changes": [{"file": "pictures/cat/0.png", "decision": "drop"}]}
    for request in (
        lambda: client.post("/api/decide", json=change),
        lambda: client.post("/api/pictures?class=cat", files=[part("n.png", png(77))]),
    ):
        answer = request()
        assert answer.status_code == 507 and "no space left on device" in answer.json()["error"]["message"]
    monkeypatch.undo()
    assert client.get("/api/project").json()["n"] == 2
    assert client.post("/api/decide", json=change).json()["left_out"] == 1


async def collect(stream: Any, n: int) -> list[bytes]:
    return [await anext(stream) for _ in range(n)]


def test_events_tell_what_has_changed_and_only_that(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, seconds in (("_LEAST_SECONDS", 0.001), ("_LOOK_SECONDS", 0.01), ("BEAT_SECONDS", 0.02)):
        monkeypatch.setattr(events, name, seconds)
    told = events.Events()
    now = {"project": b"1", "job": b"null"}
    looks: list[int] = []

    async def state() -> dict[str, bytes]:
        return dict(now)

    async def look() -> None:
        looks.append(1)

    async def story() -> None:
        stream = told.stream(state, look)
        assert await collect(stream, 2) == [b"event: project\ndata: 1\n\n", b"event: job\ndata: null\n\n"]
        now["job"] = b"{}"
        told.tell()
        assert await collect(stream, 1) == [b"event: job\ndata: {}\n\n"]
        assert await collect(stream, 1) == [b": still here\n\n"] and looks
        told.close()
        with pytest.raises(StopAsyncIteration):
            await anext(stream)

    asyncio.run(story())
    told.tell()


def test_pages_hear_of_changes_from_outside(project: Project, work: StandIn, app: ASGIApp) -> None:
    """The stream as the route makes it; the client of Starlette would wait for its end."""
    fill(project, cat=1)
    studio = app._app.state.studio  # type: ignore[attr-defined]

    async def story() -> None:
        answer = await showing.events(SimpleNamespace(app=app._app))  # type: ignore[arg-type, attr-defined]
        stream = answer.body_iterator  # type: ignore[attr-defined]
        first, job = await collect(stream, 2)
        assert json.loads(first.split(b"data: ")[1])["n"] == 1 and b"null" in job
        (project.folder / "pictures" / "cat" / "new.png").write_bytes(png(55))
        [event] = await asyncio.wait_for(collect(stream, 1), 20)
        assert json.loads(event.split(b"data: ")[1])["n"] == 2
        work.change(Job(1, "prepare"))
        heard = await asyncio.wait_for(collect(stream, 2), 20)
        assert any(event.startswith(b"event: job") for event in heard)
        app.end()  # type: ignore[attr-defined]
        with pytest.raises(StopAsyncIteration):
            await asyncio.wait_for(anext(stream), 20)

    asyncio.run(story())
    studio.close()
    assert work.is_closed
