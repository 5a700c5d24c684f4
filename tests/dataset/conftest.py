import os
from pathlib import Path

import pytest


@pytest.fixture
def make(tmp_path):
    """Return a function that makes empty files below a folder of its own and returns that folder's path."""

    def make_files(*names, under="data"):
        root = tmp_path / under
        root.mkdir(exist_ok=True)
        for name in names:
            path = os.path.join(root, name)
            Path(path).parent.mkdir(parents=True, exist_ok=True)
            with open(path, "wb"):
                pass
        return str(root)

    return make_files


@pytest.fixture
def write(tmp_path):
    """Return a function that writes one file (text or bytes) and returns its path."""

    def write_file(name, content):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return str(path)

    return write_file
