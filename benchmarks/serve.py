"""`headway serve` under load, against offline `predict`, and against plain servers of the same network in PyTorch.

python benchmarks/serve.py throughput|latency|crowd|memory|start
python benchmarks/serve.py peers PYTHON     with an environment that has fastapi, litserve, torch and timm

Load comes from a process of its own on the same cores. Pictures are JPEG files of 500 × 375.
"""

from __future__ import annotations

import multiprocessing
import os
import re
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from contextlib import closing, contextmanager, suppress
from itertools import cycle, islice
from pathlib import Path

import numpy as np
from PIL import Image

import headway

PICTURES = 200
ROUNDS = 5
SECONDS = 8.0
CONNECTIONS = 16


def pictures(folder: Path) -> list[Path]:
    """Return JPEG files of 500 × 375, of the size that photographs of that many pixels have."""
    sources = sorted(headway.demo.pictures().glob("*/*.webp"))
    random_state = np.random.default_rng(0)
    made = []
    for number, source in enumerate(islice(cycle(sources), PICTURES)):
        image = Image.open(source).convert("RGB").resize((500, 375))
        noisy = np.clip(np.asarray(image, float) + random_state.normal(0, 12, (375, 500, 3)), 0, 255)
        made.append(folder / f"{number}.jpg")
        Image.fromarray(noisy.astype(np.uint8)).save(made[-1], quality=85)
    return made


def free_port() -> int:
    with closing(socket.socket()) as sock:
        sock.bind(("127.0.0.1", 0))
        return sock.getsockname()[1]


@contextmanager
def serving(command: list[str], port: int, path: str = "/live"):
    with tempfile.TemporaryFile() as log:
        server = subprocess.Popen(command, stdout=log, stderr=log, start_new_session=True)
        try:
            wait_for(port, path, server)
            yield server
        finally:
            server.send_signal(signal.SIGTERM)
            with suppress(subprocess.TimeoutExpired):
                server.wait(20)
            with suppress(ProcessLookupError):
                os.killpg(server.pid, signal.SIGKILL)  # and what processes it has left


def wait_for(port: int, path: str, server: subprocess.Popen) -> None:
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline and server.poll() is None:
        try:
            with Client(port) as client:
                if client.ask(f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n".encode())[0] < 500:
                    return
        except OSError:
            time.sleep(0.005)
    sys.exit(f"the server did not start: {server.args}")


class Client:
    """One connection, which costs the cores as little as can be."""

    def __init__(self, port: int) -> None:
        self.sock = socket.create_connection(("127.0.0.1", port), timeout=120)
        self.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def __enter__(self) -> Client:
        return self

    def __exit__(self, *error: object) -> None:
        self.sock.close()

    def ask(self, request: bytes) -> tuple[int, bytes]:
        self.sock.sendall(request)
        received = b""
        while b"\r\n\r\n" not in received:
            received += self._more()
        head, _, body = received.partition(b"\r\n\r\n")
        length = int(re.search(rb"(?i)content-length: *(\d+)", head)[1])
        while len(body) < length:
            body += self._more()
        return int(head.split()[1]), body

    def _more(self) -> bytes:
        chunk = self.sock.recv(1 << 16)
        if not chunk:
            raise ConnectionResetError("the server closed the connection")
        return chunk


def requests(files: list[Path], path: str = "/v1/predict", multipart: bool = False) -> list[bytes]:
    made = []
    for file in files:
        body, kind = file.read_bytes(), "image/jpeg"
        if multipart:
            before = b'--XX\r\nContent-Disposition: form-data; name="file"; filename="a.jpg"\r\nContent-Type: image/jpeg\r\n\r\n'
            body, kind = before + body + b"\r\n--XX--\r\n", "multipart/form-data; boundary=XX"
        head = f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: {kind}\r\nContent-Length: {len(body)}\r\n\r\n"
        made.append(head.encode() + body)
    return made


def load(port: int, asked: list[bytes], connections: int, seconds: float, pause: float, queue) -> None:
    """Ask over so many connections at once; tell (status, seconds) of every answer, 0 for none."""
    outcomes: list[tuple[int, float]] = []
    end = time.monotonic() + seconds

    def one(number: int) -> None:
        mine = cycle(asked[number % len(asked) :] + asked[: number % len(asked)])
        client = None
        while time.monotonic() < end:
            begin = time.perf_counter()
            try:
                client = client or Client(port)
                status, _ = client.ask(next(mine))
            except OSError:
                status, client = 0, None
            outcomes.append((status, time.perf_counter() - begin))
            if status == 503 and pause:
                time.sleep(pause)

    threads = [threading.Thread(target=one, args=(number,)) for number in range(connections)]
    begin = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    queue.put((outcomes, time.perf_counter() - begin))


def under_load(port: int, asked: list[bytes], connections: int, seconds: float, pause: float = 0.0):
    queue = multiprocessing.get_context("spawn").Queue()
    process = multiprocessing.get_context("spawn").Process(
        target=load, args=(port, asked, connections, seconds, pause, queue)
    )
    process.start()
    result = queue.get()
    process.join()
    return result


def rate(port: int, asked: list[bytes], connections: int = CONNECTIONS, seconds: float = SECONDS) -> float:
    outcomes, took = under_load(port, asked, connections, seconds)
    bad = [status for status, _ in outcomes if status != 200]
    if bad:
        print("  not answered:", Counter(bad))
    return (len(outcomes) - len(bad)) / took


def resident(pid: int) -> float:
    """Return MB in memory."""
    return int(re.search(r"VmRSS:\s+(\d+)", Path(f"/proc/{pid}/status").read_text())[1]) / 1000


def headway_command(model: Path, port: int, *more: str) -> list[str]:
    return [sys.executable, "-m", "headway", "serve", str(model), "--port", str(port), "--quiet", *more]


def throughput(model: Path, files: list[Path]) -> None:
    port = free_port()
    contents = [file.read_bytes() for file in files]
    fitted = headway.load(model).warm_up()
    ratios = []
    with serving(headway_command(model, port), port):
        asked = requests(files)
        rate(port, asked, seconds=2)
        for _ in range(ROUNDS):
            begin, done = time.perf_counter(), 0
            while time.perf_counter() - begin < SECONDS:
                done += sum(1 for _ in fitted.results(contents))
            offline = done / (time.perf_counter() - begin)
            served = rate(port, asked)
            ratios.append(served / offline)
            print(f"offline {offline:.0f} pictures/s, served {served:.0f}: {served / offline:.2f}")
    print(f"median ratio {statistics.median(ratios):.2f} (goal 0.75)")


def latency(model: Path, files: list[Path]) -> None:
    port = free_port()
    with serving(headway_command(model, port), port), Client(port) as client:
        asked = requests(files)
        for one in asked[:50]:
            client.ask(one)
        times = []
        begin = time.perf_counter()
        for number in range(600):
            due = begin + number / 20
            time.sleep(max(0.0, due - time.perf_counter()))
            client.ask(asked[number % len(asked)])
            times.append(time.perf_counter() - due)  # from when it should have been sent
    p50, p99 = np.percentile(times, [50, 99]) * 1000
    print(f"20 requests/s: p50 {p50:.1f} ms (goal 15), p99 {p99:.1f} ms (goal 60), load {os.getloadavg()[0]:.1f}")


def crowd(model: Path, files: list[Path]) -> None:
    port = free_port()
    with serving(headway_command(model, port), port) as server:
        asked = requests(files)
        before = resident(server.pid)
        outcomes, took = under_load(port, asked, 200, 60)
        times = [seconds for status, seconds in outcomes if status == 200]
        print(f"200 clients for 60 s: {dict(Counter(status for status, _ in outcomes))}, {len(times) / took:.0f} pictures/s, "
              f"p99 {np.percentile(times, 99):.2f} s, {before:.0f} → {resident(server.pid):.0f} MB")  # fmt: skip
        outcomes, took = under_load(port, asked, 2000, 20, pause=0.2)
        answered = sum(status == 200 for status, _ in outcomes)
        print(f"2,000 clients for 20 s: {dict(Counter(status for status, _ in outcomes))}, {answered / took:.0f} pictures/s, "
              f"{resident(server.pid):.0f} MB")  # fmt: skip


def memory(model: Path, files: list[Path], count: int = 100_000) -> None:
    port = free_port()
    with serving(headway_command(model, port), port) as server:
        asked = requests(files)
        done = 0
        while done < count:
            outcomes, _ = under_load(port, asked, CONNECTIONS, 30)
            done += sum(status == 200 for status, _ in outcomes)
            print(f"after {done:,} requests: {resident(server.pid):.0f} MB (goal 400)", flush=True)


def start(model: Path, files: list[Path]) -> None:
    times = []
    asked = requests(files[:1])[0]
    for _ in range(ROUNDS):
        port = free_port()
        begin = time.perf_counter()
        with serving(headway_command(model, port), port), Client(port) as client:
            status, _ = client.ask(asked)
            assert status == 200
            times.append(time.perf_counter() - begin)
    print(f"start to first answer {statistics.median(times):.2f} s (goal 1.5), load {os.getloadavg()[0]:.1f}")


NETWORK = """
import io, sys, numpy
from PIL import Image
from headway.backbones.convert.network import import_timm
timm = import_timm()
import torch
model = timm.create_model("tf_efficientnet_lite0", num_classes=8).eval()
def prepare(file):
    image = Image.open(file).convert("RGB").resize((224, 224))
    return torch.from_numpy(numpy.asarray(image).copy()).permute(2, 0, 1).float().div(127.5).sub(1)
"""
FASTAPI = """
import uvicorn
from fastapi import FastAPI, File, UploadFile
bf16 = sys.argv[2] == "bf16"
app = FastAPI()
@app.get("/live")
def live():
    return "ok"
@app.post("/predict")
def predict(file: UploadFile = File(...)):
    with torch.inference_mode(), torch.autocast("cpu", torch.bfloat16, enabled=bf16):
        return model(prepare(file.file)[None]).float().softmax(1)[0].tolist()
uvicorn.run(app, port=int(sys.argv[1]), log_level="warning")
"""
LITSERVE = """
import litserve
class API(litserve.LitAPI):
    def setup(self, device):
        pass
    def decode_request(self, request):
        return prepare(request["file"].file)
    def batch(self, inputs):
        return torch.stack(inputs)
    def predict(self, batch):
        with torch.inference_mode():
            return model(batch).softmax(1)
    def unbatch(self, output):
        return list(output)
    def encode_response(self, output):
        return {"probabilities": output.tolist()}
if __name__ == "__main__":
    server = litserve.LitServer(API(max_batch_size=8, batch_timeout=0.005), accelerator="cpu")
    server.run(port=int(sys.argv[1]), generate_client_file=False)
"""


def peers(model: Path, files: list[Path], python: str) -> None:
    own, others = free_port(), {}
    with tempfile.TemporaryDirectory() as folder:
        for name, text, more in (
            ("FastAPI, fp32", FASTAPI, "fp32"),
            ("FastAPI, bf16", FASTAPI, "bf16"),
            ("LitServe", LITSERVE, ""),
        ):
            script = Path(folder) / f"{len(others)}.py"
            script.write_text(NETWORK + text)
            others[name] = (script, more)
        asked, forms = requests(files), requests(files, "/predict", multipart=True)
        rates: dict[str, list[float]] = {}
        for _ in range(3):
            with serving(headway_command(model, own), own):
                rate(own, asked, seconds=1)
                rates.setdefault("headway", []).append(rate(own, asked))
            for name, (script, more) in others.items():
                port = free_port()
                with serving(
                    [python, str(script), str(port), more], port, "/health" if name == "LitServe" else "/live"
                ):
                    rate(port, forms, seconds=1)
                    rates.setdefault(name, []).append(rate(port, forms))
    mine = statistics.median(rates["headway"])
    for name, values in rates.items():
        median = statistics.median(values)
        print(f"{name:14} {median:6.1f} pictures/s, headway {mine / median:.2f} times (goal 3 for FastAPI, fp32)")


def main() -> None:
    what, *more = sys.argv[1:] or [__doc__]
    actions = {
        "throughput": throughput,
        "latency": latency,
        "crowd": crowd,
        "memory": memory,
        "start": start,
        "peers": peers,
    }
    if what not in actions:
        sys.exit(__doc__)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        model = folder / "demo.onnx"
        headway.fit(headway.demo.pictures()).save(model)
        actions[what](model, pictures(folder), *more)


if __name__ == "__main__":
    main()
