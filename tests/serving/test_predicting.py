"""What is answered: the same as ``headway predict --json``, whichever way the pictures came, and a reason for each refusal."""

from __future__ import annotations

import asyncio
import base64
import json
import threading
from concurrent.futures import ThreadPoolExecutor

import jsonschema
import numpy as np
import pytest
from click.testing import CliRunner
from PIL import Image

from headway import load
from headway.cli.main import headway
from headway.facts.codec import schema
from headway.facts.serving import Predictions, ServedModels
from headway.serving import Settings, classifying
from headway.web.bodies import Limits


def lines(model_file, files):
    printed = CliRunner().invoke(headway, ["predict", str(model_file), *map(str, files), "--json"]).stdout
    rows = [json.loads(line) for line in printed.splitlines()]
    return [row | {"path": path.name} for row, path in zip(rows, files, strict=True)]


def parts(files):
    return [("files", (file.name, file.read_bytes(), "image/webp")) for file in files]


def test_answers_are_those_of_predict_digit_for_digit(serve, model_file, files):
    expected = lines(model_file, files)
    client = serve()
    several = client.post("/v1/predict", files=parts(files))
    assert several.status_code == 200
    assert several.json() == {"model": "drawings", "predictions": expected, "schema": 1}
    encoded = [{"name": file.name, "data": base64.b64encode(file.read_bytes()).decode()} for file in files]
    assert client.post("/v1/predict", json={"pictures": encoded}).json() == several.json()
    for file, row in zip(files, expected, strict=True):
        raw = client.post("/v1/predict", params={"name": file.name}, content=file.read_bytes())
        assert raw.json()["predictions"] == [row]
        assert json.dumps(row["probability"]) in raw.text


def test_many_requests_at_once_get_their_own_answers(serve, model_file, files):
    expected = {row["path"]: row for row in lines(model_file, files)}
    client = serve()

    def ask(number):
        file = files[number % len(files)]
        answer = client.post("/v1/predict", params={"name": file.name}, content=file.read_bytes())
        return answer.json()["predictions"] == [expected[file.name]]

    with ThreadPoolExecutor(16) as pool:
        assert all(pool.map(ask, range(160)))


def test_pictures_of_several_requests_are_computed_together(model_file, files, monkeypatch):
    model = load(model_file).warm_up()
    counts, held = [], threading.Event()
    real = classifying.classify

    def slow(model, squares):
        held.wait(10)
        return real(model, squares)

    monkeypatch.setattr(classifying, "classify", slow)
    with ThreadPoolExecutor(2) as decoders:
        classifier = classifying.Classifier(model, decoders, 100, counts.append)
        answers = [classifier.submit(file.name, file.read_bytes()) for file in files[:10]]
        decoders.shutdown(wait=True)  # all but what the thread took first are ready now
        held.set()
        results = [answer.result(20) for answer in answers]
        classifier.close()
    assert [result.path for result in results] == [file.name for file in files[:10]]
    assert sum(counts) == 10
    assert max(counts) == classifying.MOST_TOGETHER or max(counts) >= 5


def test_a_cancelled_picture_is_left_out(model_file, files, monkeypatch):
    computed = []
    monkeypatch.setattr(classifying, "decode", lambda model, content: computed.append(content))
    with ThreadPoolExecutor(1) as decoders:
        gate = threading.Event()
        decoders.submit(gate.wait)
        answer = classifying.Classifier(load(model_file), decoders, 100).submit("a", files[0].read_bytes())
        assert answer.cancel()
        gate.set()
    assert computed == []


def test_one_bad_picture_among_good_ones_has_its_reason(serve, files):
    answer = serve().post("/v1/predict", files=[*parts(files[:1]), ("files", ("notes.txt", b"hello"))])
    assert answer.status_code == 200
    good, bad = answer.json()["predictions"]
    assert (good["reason"], bad["reason"]) == (None, "not a picture (starts like text)")


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"hello", "not a picture (starts like text)"),
        (b"\x89PNG\r\n\x1a\n" + b"\0" * 40, "PNG"),
        (b"GIF89a\xff\xff\xff\xff\0\0\0", "broken GIF"),
    ],
)
def test_no_picture_at_all_is_422_with_the_same_schema(serve, content, reason):
    answer = serve().post("/v1/predict", content=content)
    assert answer.status_code == 422
    [row] = answer.json()["predictions"]
    assert reason in row["reason"]
    assert row["path"] == "picture 0"


def bomb(width, height):
    import io

    buffer = io.BytesIO()
    Image.new("1", (width, height)).save(buffer, "PNG")
    return buffer.getvalue()


def test_a_picture_of_too_many_pixels_is_not_decoded(serve, monkeypatch):
    monkeypatch.setattr(classifying, "decode", lambda *_: pytest.fail("it was decoded"))
    answer = serve(Settings(megapixels=1)).post("/v1/predict", content=bomb(2000, 1000))
    assert answer.json()["predictions"][0]["reason"] == "2 megapixels of PNG; at most 1 are read here"


@pytest.mark.parametrize(
    ("request_", "status", "code"),
    [
        ({"content": b""}, 400, "no-picture"),
        ({"json": {"pictures": []}}, 400, "no-picture"),
        ({"json": {"pictures": [{"data": "!!"}]}}, 400, "bad-request"),
        ({"json": {"pictures": [{"name": "a"}]}}, 400, "bad-request"),
        ({"json": ["a"]}, 400, "bad-request"),
        ({"content": b"{", "headers": {"content-type": "application/json"}}, 400, "bad-request"),
        ({"content": b"[" * 100_000, "headers": {"content-type": "application/json"}}, 400, "bad-request"),
        ({"content": b"\xff", "headers": {"content-type": "application/json"}}, 400, "bad-request"),
        ({"content": b"abc", "headers": {"content-type": "multipart/form-data"}}, 400, "bad-request"),
        ({"content": b"abc", "headers": {"content-type": "multipart/form-data; boundary=x"}}, 400, "bad-request"),
        ({"content": b"--x\r\nA", "headers": {"content-type": "multipart/form-data; boundary=x"}}, 400, "no-picture"),
        ({"data": {"files": "no file"}}, 422, None),
        ({"content": b"abc", "params": {"model": "../../etc/passwd"}}, 404, "unknown-name"),
        ({"content": b"abc", "params": {"model": "x" * 10_000}}, 404, "unknown-name"),
    ],
)
def test_a_wrong_request_says_what_is_wrong(serve, request_, status, code):
    answer = serve().post("/v1/predict", **request_)
    assert answer.status_code == status, answer.text
    if code is not None:
        assert answer.json()["error"]["code"] == code
        assert "\n" not in answer.json()["error"]["message"]
        assert len(answer.text) < 600


def test_a_name_that_is_no_text_is_answered(serve, files):
    head = b'--b\r\nContent-Disposition: form-data; name="files"; filename="a\\\\ud800\\\\x00.webp"\r\n\r\n'
    answer = serve().post(
        "/v1/predict",
        content=head + files[0].read_bytes() + b"\r\n--b--\r\n",
        headers={"content-type": "multipart/form-data; boundary=b; charset=unicode_escape"},
    )
    assert answer.status_code == 200
    assert answer.json()["predictions"][0]["path"] == "a?\0.webp"


def test_more_files_than_allowed_are_refused(serve, files):
    client = serve(Settings(limits=Limits(files=3)))
    assert client.post("/v1/predict", files=parts(files[:3])).status_code == 200
    assert client.post("/v1/predict", files=parts(files[:4])).json()["error"]["code"] == "too-many"
    encoded = [{"data": ""}] * 4
    assert client.post("/v1/predict", json={"pictures": encoded}).status_code == 413
    few = serve(Settings(queue=2))
    assert few.post("/v1/predict", files=parts(files[:3])).json()["error"]["code"] == "too-many"


def test_a_body_that_is_too_large_is_refused_before_it_has_come(serve):
    client = serve(Settings(limits=Limits(body_bytes=1000)))
    sent = []

    def endless():
        for _ in range(1_000_000):
            sent.append(1)
            yield b"x" * 100

    answer = client.post("/v1/predict", content=b"x" * 1001)
    assert (answer.status_code, answer.json()["error"]["code"]) == (413, "too-large")
    assert "0.000953674 MiB" in answer.json()["error"]["message"]


def test_a_full_queue_is_503_with_retry_after_and_nothing_waits(serve, files, monkeypatch):
    held, begun = threading.Event(), threading.Semaphore(0)
    real = classifying.decode

    def slow(*arguments):
        begun.release()
        held.wait(20)
        return real(*arguments)

    monkeypatch.setattr(classifying, "decode", slow)
    client = serve(Settings(queue=3))
    with ThreadPoolExecutor(3) as pool:
        waiting = [pool.submit(client.post, "/v1/predict", files=parts(files[:n])) for n in (2, 1)]
        begun.acquire(timeout=20)
        while "headway_queue_pictures 3.0" not in client.get("/metrics").text:
            pass
        refused = client.post("/v1/predict", content=files[0].read_bytes())
        held.set()
        assert [answer.result(30).status_code for answer in waiting] == [200, 200]
    assert (refused.status_code, refused.json()["error"]["code"]) == (503, "busy")
    assert int(refused.headers["retry-after"]) >= 1
    assert "headway_queue_pictures 0.0" in client.get("/metrics").text


def test_what_takes_too_long_is_503_and_gives_its_places_back(serve, files, monkeypatch):
    held = threading.Event()
    monkeypatch.setattr(classifying, "decode", lambda *_: held.wait(20))
    client = serve(Settings(queue=1, seconds=0.05))
    assert client.post("/v1/predict", content=files[0].read_bytes()).status_code == 503
    assert "headway_queue_pictures 0.0" in client.get("/metrics").text
    held.set()


def test_an_error_of_the_engine_is_told_and_the_next_request_is_answered(serve, files, monkeypatch):
    client = serve()
    real = classifying.classify

    def fails(*_):
        monkeypatch.setattr(classifying, "classify", real)
        raise ValueError("a secret of the machine")

    monkeypatch.setattr(classifying, "classify", fails)
    answer = client.post("/v1/predict", content=files[0].read_bytes())
    assert answer.status_code == 500
    assert "secret" not in answer.text
    assert client.post("/v1/predict", content=files[0].read_bytes()).status_code == 200


def test_the_documents_have_their_schemas(serve, files):
    client = serve()
    answer = client.post("/v1/predict", files=[*parts(files[:1]), ("files", ("a", b"b"))]).json()
    jsonschema.validate(answer, schema(Predictions))
    jsonschema.validate(client.get("/v1/models").json(), schema(ServedModels))


def test_large_files_of_a_form_are_not_written_to_disk(serve, monkeypatch):
    import tempfile

    monkeypatch.setattr(tempfile, "_get_default_tempdir", lambda *_: pytest.fail("a file was made"))
    monkeypatch.setattr(tempfile, "TemporaryFile", lambda *_, **__: pytest.fail("a file was made"))
    noise = np.random.default_rng(0).integers(0, 256, 3 << 20, np.uint8).tobytes()
    answer = serve().post("/v1/predict", files=[("files", ("noise.bin", noise))])
    assert answer.status_code == 422


def test_a_few_that_send_much_and_slowly_leave_room_for_others(monkeypatch):
    from headway.web import bodies
    from headway.web.answers import Refused

    monkeypatch.setattr(bodies, "_SMALL_BYTES", 10)
    intake = bodies.Intake(Limits(body_bytes=100, held_bytes=100))

    async def both():
        with intake._claim() as one, intake._claim() as other:
            one.take(75)
            with pytest.raises(Refused):
                one.take(1)
            other.take(10)
            with pytest.raises(Refused):
                other.take(1)

    asyncio.run(both())
    assert intake.held == 0


def test_the_memory_for_all_requests_is_bounded():
    from headway.web.answers import Refused
    from headway.web.bodies import Intake

    intake = Intake(Limits(body_bytes=100, held_bytes=150))

    async def both():
        with intake._claim() as one, intake._claim() as other:
            one.take(100)
            with pytest.raises(Refused) as refused:
                other.take(51)
            return refused.value.status

    assert asyncio.run(both()) == 503
    assert intake.held == 0
