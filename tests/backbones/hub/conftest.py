from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.backbones.hub.serving import Hub, serving
from tests.backbones.hub.usual import FILES


@pytest.fixture
def hub(monkeypatch: pytest.MonkeyPatch) -> Iterator[Hub]:
    with serving(Hub({"somebody/network": dict(FILES)})) as running:
        monkeypatch.setenv("HF_ENDPOINT", running.address)
        monkeypatch.setenv("NO_PROXY", "*")
        monkeypatch.delenv("HF_HUB_OFFLINE", raising=False)
        yield running
