"""Small PyTorch networks, and what they are compared with."""

from __future__ import annotations

import importlib.util

import pytest

collect_ignore_glob = [] if all(importlib.util.find_spec(name) for name in ("torch", "timm")) else ["test_*.py"]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Let PyTorch and its exporter warn as they like: what a user sees is looked at by a test of its own."""
    for item in items:
        if "backbones/convert" in item.nodeid and "test_quiet" not in item.nodeid:
            item.add_marker(pytest.mark.filterwarnings("default"))
