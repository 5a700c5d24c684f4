"""Fixtures of the tests of feature data sets."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.shards.server import Server, serving


@pytest.fixture
def s3(monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    """An S3-compatible server with a bucket called ``bucket``, which the environment leads to."""
    monkeypatch.delenv("AWS_PROFILE", raising=False)
    with serving() as server:
        for name, value in server.settings().items():
            monkeypatch.setenv(name, value)
        yield server
