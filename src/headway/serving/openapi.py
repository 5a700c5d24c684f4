"""The description of the server for programs: OpenAPI 3.1, made of the facts that are answered."""

from __future__ import annotations

from typing import Any

from headway._version import __version__
from headway.facts.codec import components
from headway.facts.serving import Failed, Predictions, ServedModels
from headway.serving.predicting import FIELD
from headway.serving.requests import EncodedPictures

_REFERENCES = "#/components/schemas/{name}"
_REFUSALS = {
    "400": "The request is not as it must be.",
    "401": "A token is needed.",
    "403": "A page of another site asks.",
    "404": "There is no such model.",
    "405": "Not with this method.",
    "408": "The body did not come in time.",
    "413": "The body is too large, or has too many pictures.",
    "421": "The name in Host is not this server's.",
    "500": "This should not happen.",
    "503": "Too much is waiting: try again after the seconds of Retry-After.",
}
_BINARY = {"type": "string", "contentMediaType": "application/octet-stream"}


def document(*, needs_token: bool) -> dict[str, Any]:
    """Return the document."""
    schemas: dict[str, Any] = {}
    for kind in (Predictions, ServedModels, Failed, EncodedPictures):
        schemas |= components(kind, _REFERENCES)[1]
    # What is sent may leave a name out.
    schemas["EncodedPicture"]["required"] = ["data"]
    schemas["EncodedPictures"]["properties"]["pictures"]["minItems"] = 1
    described: dict[str, Any] = {
        "openapi": "3.1.0",
        "info": {"title": "Headway", "version": __version__, "description": "Image classification by `headway serve`."},
        "paths": {
            "/v1/predict": {"post": _predict()},
            "/v1/models": {"get": _get("The models that are served.", _json("ServedModels"))},
            "/live": {"get": _get("Whether the process answers.", _text("text/plain"))},
            "/ready": {"get": _get("Whether all models are loaded.", _text("text/plain"))},
            "/metrics": {"get": _get("Counters, for Prometheus.", _text("text/plain"))},
        },
        "components": {"schemas": schemas},
    }
    if needs_token:
        described["components"]["securitySchemes"] = {"token": {"type": "http", "scheme": "bearer"}}
        described["security"] = [{"token": []}]
    return described


def _predict() -> dict[str, Any]:
    files = {"type": "object", "properties": {FIELD: {"type": "array", "items": _BINARY, "minItems": 1}}}
    return {
        "summary": "Classify pictures.",
        "description": "Each prediction is a line of `headway predict --json`. 422 where none of them could be read.",
        "operationId": "predict",
        "parameters": [
            _query("model", "Name of the model; by default the first one."),
            _query("name", "What the answer calls the picture of a raw body."),
        ],
        "requestBody": {
            "required": True,
            "content": {
                "multipart/form-data": {"schema": files | {"required": [FIELD]}},
                "application/json": {"schema": {"$ref": _REFERENCES.format(name="EncodedPictures")}},
                "application/octet-stream": {"schema": {}},
            },
        },
        "responses": {
            "200": {"description": "At least one picture could be read.", "content": _json("Predictions")},
            "422": {"description": "No picture could be read.", "content": _json("Predictions")},
        }
        | _refusals(),
    }


def _get(summary: str, content: dict[str, Any]) -> dict[str, Any]:
    answers = {"200": {"description": summary, "content": content}}
    return {"summary": summary, "responses": answers | _refusals("401", "403", "421", "503")}


def _refusals(*statuses: str) -> dict[str, Any]:
    return {
        status: {"description": text, "content": _json("Failed")}
        for status, text in _REFUSALS.items()
        if not statuses or status in statuses
    }


def _json(name: str) -> dict[str, Any]:
    return {"application/json": {"schema": {"$ref": _REFERENCES.format(name=name)}}}


def _text(kind: str) -> dict[str, Any]:
    return {kind: {"schema": {"type": "string"}}}


def _query(name: str, description: str) -> dict[str, Any]:
    return {"name": name, "in": "query", "description": description, "required": False, "schema": {"type": "string"}}
