"""A studio without a network: its application, and a client that has the token."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from starlette.testclient import TestClient
from starlette.types import ASGIApp

from headway.studio.app import assemble
from headway.studio.project import Project
from tests.studio.api.standin import StandIn

TOKEN = "t" * 32
BASE = "http://127.0.0.1:8765"


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return Project.open(tmp_path / "birds")


@pytest.fixture
def work(project: Project) -> StandIn:
    return StandIn(project)


@pytest.fixture
def app(project: Project, work: StandIn, tmp_path: Path) -> ASGIApp:
    (tmp_path / "index.html").write_text("<p>page</p>")
    page = {"index.html": (tmp_path / "index.html", "text/html; charset=utf-8")}
    return assemble(project, lambda: work, page, host="127.0.0.1", token=TOKEN, cookie="headway-test")


@pytest.fixture
def client(app: ASGIApp) -> Iterator[TestClient]:
    headers = {"X-Headway": "1", "Authorization": f"Bearer {TOKEN}"}
    with TestClient(app, base_url=BASE, headers=headers, raise_server_exceptions=False) as client:
        yield client
