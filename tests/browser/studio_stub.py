"""A stand-in for the studio's server, for tests of the page alone: the same answers, from memory.

``python -m tests.browser.studio_stub 8800`` serves the demo's drawings to look at; with ``--empty``, nothing.
"""

from __future__ import annotations

import asyncio
import contextlib
import io
import json
import socket
import sys
import threading
import zipfile

import uvicorn
from PIL import Image
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse, RedirectResponse, Response, StreamingResponse
from starlette.routing import Route

from headway.studio.page import files
from tests.browser.studio_project import Picture, Refused, Studio, demo

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob: data:; media-src 'self' blob:; "
    "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)


def serve(studio: Studio, token: str | None = None) -> Starlette:
    """Return the application."""
    routes: list[Route] = []

    def route(path: str, method: str = "GET", is_open: bool = False):
        def add(answer):
            async def guarded(request: Request) -> Response:
                studio.requests.append((method, request.url.path))
                if token and not is_open and request.cookies.get("studio") != token:
                    return error(401, "no-token", "a token is needed, and this request has none that is right")
                if method == "POST" and request.headers.get("x-headway") != "1":
                    return error(403, "wrong-origin", "X-Headway is missing")
                try:
                    made = await answer(request)
                except Refused as refused:
                    return error(refused.status, refused.code, str(refused))
                answered = made if isinstance(made, Response) else JSONResponse(made)
                answered.headers.update({"Content-Security-Policy": POLICY, "X-Content-Type-Options": "nosniff"})
                return answered

            routes.append(Route(path, guarded, methods=[method]))
            return answer

        return add

    def error(status: int, code: str, message: str) -> JSONResponse:
        return JSONResponse({"error": {"code": code, "message": message}}, status, {"Content-Security-Policy": POLICY})

    def one(request: Request) -> Picture:
        try:
            return studio.pictures[request.query_params["file"]]
        except KeyError:
            raise Refused(404, "unknown-name", "there is no such picture") from None

    def reduced(content: bytes, size: int) -> Response:
        image = Image.open(io.BytesIO(content)).convert("RGBA")
        image = Image.alpha_composite(Image.new("RGBA", image.size, "white"), image).convert("RGB")
        image.thumbnail((size, size))
        buffer = io.BytesIO()
        image.save(buffer, "JPEG", quality=80)
        return Response(buffer.getvalue(), media_type="image/jpeg", headers={"Cache-Control": "max-age=3600"})

    @route("/api/project")
    async def project(request):
        return studio.project()

    @route("/api/events")
    async def events(request):
        async def stream():
            before: tuple[str, str] = ("", "")
            while not request.app.state.closing and not await request.is_disconnected():
                now = (json.dumps(studio.project()), json.dumps(studio.job))
                for name, text, old in zip(("project", "job"), now, before, strict=True):
                    if text != old:
                        yield f"event: {name}\ndata: {text}\n\n"
                before = now
                await asyncio.sleep(0.05)

        return StreamingResponse(stream(), media_type="text/event-stream", headers={"Cache-Control": "no-store"})

    @route("/api/pictures")
    async def pictures(request):
        chosen = studio.select(request.query_params["view"])
        offset, limit = int(request.query_params["offset"]), int(request.query_params["limit"])
        return {"total": len(chosen), "pictures": [studio.shown(one) for one in chosen[offset : offset + limit]]}

    @route("/api/thumb")
    async def thumb(request):
        return reduced(one(request).content, int(request.query_params["size"]))

    @route("/api/picture")
    async def picture(request):
        return reduced(one(request).content, 1600)

    @route("/api/pictures", "POST")
    async def add(request):
        await asyncio.sleep(studio.slowness)
        async with request.form(max_files=64) as form:
            uploads = [(part.filename, await part.read()) for part in form.getlist("files")]
        return studio.add(uploads, request.query_params.get("class"))

    @route("/api/archive", "POST")
    async def archive(request):
        with zipfile.ZipFile(io.BytesIO(await request.body())) as file:
            uploads = [(info.filename, file.read(info)) for info in file.infolist() if not info.is_dir()]
        return studio.add(uploads, request.query_params.get("class"))

    @route("/api/classes", "POST")
    async def add_class(request):
        name = (await request.json())["name"]
        if name in studio.classes:
            raise Refused(409, "exists", f"there is a class {name} already")
        studio.step("class", 1, name)
        studio.classes.append(name)
        return studio.project()

    @route("/api/classes/rename", "POST")
    async def rename(request):
        names = await request.json()
        studio.step("rename", 1, names["to"])
        studio.classes = [names["to"] if name == names["from"] else name for name in studio.classes]
        for each in studio.select("class:" + names["from"]):
            each.label = each.given = names["to"]
        return studio.project()

    @route("/api/classes/remove", "POST")
    async def remove(request):
        name = (await request.json())["name"]
        studio.step("remove", 1, name)
        for each in studio.select("class:" + name):
            each.left_out = True
        studio.classes.remove(name)
        return studio.project()

    @route("/api/decide", "POST")
    async def decide(request):
        studio.decide((await request.json())["changes"])
        return studio.project()

    @route("/api/accept", "POST")
    async def accept(request):
        asked = await request.json()
        chosen = [
            one
            for one in studio.select(f"finding:{asked['finding']}")
            if one.file in asked.get("files", studio.pictures)
        ]
        studio.decide(
            [{"file": one.file, "decision": "label", "to": one.predicted, "finding": "301"} for one in chosen]
        )
        studio.past[-1][1].update(what="accept", to=None)
        return studio.project()

    @route("/api/undo", "POST")
    async def undo(request):
        studio.travel(studio.past, studio.future)
        return studio.project()

    @route("/api/redo", "POST")
    async def redo(request):
        studio.travel(studio.future, studio.past)
        return studio.project()

    @route("/api/train", "POST")
    async def train(request):
        return studio.run("train")

    @route("/api/compare", "POST")
    async def compare(request):
        return studio.run("compare")

    @route("/api/stop", "POST")
    async def stop(request):
        studio.stopping = True
        return {}

    @route("/api/result")
    async def result(request):
        return studio.result

    @route("/api/comparison")
    async def comparison(request):
        return studio.comparison

    def nearest(n: int) -> list[dict]:
        return [
            studio.shown(each) | {"similarity": 0.95 - 0.03 * place}
            for place, each in enumerate(list(studio.pictures.values())[:n])
        ]

    @route("/api/similar")
    async def similar(request):
        return {"pictures": nearest(int(request.query_params["n"]))}

    @route("/api/suggest")
    async def suggest(request):
        chosen = studio.select("unlabelled")[: int(request.query_params["n"])]
        guess = {one.file: studio.classes[0] for one in chosen} if studio.classes else {}
        return {"pictures": [studio.shown(one) for one in chosen], "guess": guess, "is_ready": True}

    @route("/api/try", "POST")
    async def try_(request):
        content = await request.body()
        if studio.result is None:
            raise Refused(409, "no-model", "there is no model yet")
        try:
            Image.open(io.BytesIO(content)).verify()
        except Exception:
            raise Refused(422, "no-picture", "no picture that can be read") from None
        top = [[name, 0.8 / (4**place)] for place, name in enumerate(studio.classes[:5])]
        return {"label": top[0][0], "probability": top[0][1], "top": top, "nearest": nearest(6), "seconds": 0.02}

    @route("/download/{name}")
    async def download(request):
        return Response(
            b"content", headers={"Content-Disposition": f'attachment; filename="{request.path_params["name"]}"'}
        )

    @route("/{name:path}", is_open=True)  # nothing in them is a secret, and they can say what is to be done
    async def file(request):
        name = request.path_params["name"] or "index.html"
        if name not in files():
            raise Refused(404, "not-found", f"there is no {name}")
        path, kind = files()[name]
        return FileResponse(path, media_type=kind, headers={"Cache-Control": "no-store"})

    async def enter(request: Request) -> Response:
        if token is None or request.query_params["token"] != token:
            return FileResponse(files()["index.html"][0])
        answer = RedirectResponse("/", 303)
        answer.set_cookie("studio", token, httponly=True, samesite="strict")
        return answer

    class Entrance(Route):
        def matches(self, scope):
            match, child = super().matches(scope)
            return (match, child) if b"token=" in scope["query_string"] else (type(match).NONE, {})

    app = Starlette(routes=[Entrance("/", enter), *routes])
    app.state.closing = False
    return app


class Server:
    """The stand-in on a port of its own; it can be killed and started again."""

    def __init__(self, studio: Studio, token: str | None = None, port: int = 0) -> None:
        self.studio, self.token, self.port = studio, token, port
        self.start()

    def start(self) -> None:
        self.socket = socket.socket()
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self.socket.bind(("127.0.0.1", self.port))
        self.port = self.socket.getsockname()[1]
        app = serve(self.studio, self.token)
        config = uvicorn.Config(app, log_level="critical", timeout_graceful_shutdown=0, lifespan="off", ws="none")
        self.app, self.server = app, uvicorn.Server(config)
        self.thread = threading.Thread(target=self._run, daemon=True)
        self.thread.start()

    def _run(self) -> None:
        with contextlib.suppress(Exception):
            self.server.run(sockets=[self.socket])

    def stop(self) -> None:
        self.app.state.closing = True
        self.server.should_exit = True
        self.thread.join(10)
        self.socket.close()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/"


if __name__ == "__main__":
    Server(demo(40) if "--empty" not in sys.argv else Studio(), port=int(sys.argv[1]))
    threading.Event().wait()
