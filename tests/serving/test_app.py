"""Routes besides predictions: the page without JavaScript, metrics, the description that programs read."""

from __future__ import annotations

import re

import httpx
import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from schemathesis.specs.openapi.checks import positive_data_acceptance

from headway.serving import Settings


def test_the_form_predicts_without_javascript(serve, files):
    client = serve()
    page = client.get("/")
    assert page.headers["content-type"].startswith("text/html")
    assert "<script" not in page.text
    assert not re.search(r"\son\w+=|style=", page.text)
    answer = client.post("/", files=[("files", ("<b>.webp", files[0].read_bytes())), ("files", ("x.txt", b"hello"))])
    assert answer.status_code == 200
    assert "&lt;b&gt;.webp" in answer.text
    assert "<b>.webp" not in answer.text
    assert "It could not be read: not a picture" in answer.text
    assert answer.text.count("<meter") == 5
    assert client.get("/page.css").headers["content-type"].startswith("text/css")


def test_the_form_says_in_words_what_is_wrong(serve):
    client = serve(Settings(queue=1))
    many = client.post("/", files=[("files", ("a", b"b")), ("files", ("c", b"d"))])
    assert many.status_code == 413
    assert "at most 1 pictures" in many.text
    assert client.post("/", files=[]).status_code == 400
    assert client.post("/?model=other", files=[("files", ("a", b"b"))]).status_code == 404


def test_metrics(serve, files):
    client = serve()
    client.post("/v1/predict", files=[("files", ("a", files[0].read_bytes())), ("files", ("b", b"text"))])
    for number in range(50):
        client.get(f"/wp-admin/{number}")
    text = client.get("/metrics").text
    assert 'headway_requests_total{route="/v1/predict",status="200"} 1.0' in text
    assert 'headway_pictures_total{model="drawings",outcome="classified"} 1.0' in text
    assert 'headway_pictures_total{model="drawings",outcome="unreadable"} 1.0' in text
    assert 'headway_requests_total{route="other",status="404"} 50.0' in text
    assert "wp-admin" not in text
    assert "headway_batch_pictures_count 1.0" in text


@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [
        ("GET", "/v1/predict", 405, "method-not-allowed"),
        ("GET", "/no", 404, "not-found"),
        ("DELETE", "/v1/models", 405, "method-not-allowed"),
    ],
)
def test_other_requests_are_refused_in_the_same_shape(serve, method, path, status, code):
    answer = serve().request(method, path)
    assert (answer.status_code, answer.json()["error"]["code"]) == (status, code)


def test_the_description_says_that_a_token_is_needed(serve):
    client = serve(token="a-token-of-the-test-0123", headers={"authorization": "Bearer a-token-of-the-test-0123"})
    assert client.get("/openapi.json").json()["security"] == [{"token": []}]
    assert "security" not in serve().get("/openapi.json").json()


METHODS = {"/v1/predict": "POST"}


@pytest.mark.parametrize("path", ["/v1/predict", "/v1/models", "/live", "/ready", "/metrics"])
def test_what_the_description_allows_is_answered_as_it_says(running, path):
    """Requests that schemathesis makes of the document, right ones and wrong ones."""
    document = httpx.get(f"{running.url}/openapi.json").json()
    operation = schemathesis.openapi.from_dict(document)[path][METHODS.get(path, "GET")]
    statuses = set()

    @settings(max_examples=40, deadline=None, database=None, derandomize=True, suppress_health_check=list(HealthCheck))
    @given(case=operation.as_strategy())
    def answered(case):
        response = case.call(base_url=running.url)
        statuses.add(response.status_code)
        # No schema says which bytes are a picture.
        case.validate_response(response, excluded_checks=[positive_data_acceptance])

    answered()
    assert statuses
    assert 500 not in statuses


def test_the_description_has_every_path_for_programs(serve):
    document = serve().get("/openapi.json").json()
    assert set(document["paths"]) == {"/v1/predict", "/v1/models", "/live", "/ready", "/metrics"}
