"""Packages that only some uses need."""

from __future__ import annotations

from pathlib import Path

import pytest

from headway.errors import MissingExtraError
from headway.optional import check_installed, import_optional


def test_a_package_that_is_not_there() -> None:
    with pytest.raises(MissingExtraError, match=r"pip install 'headway\[torch\]'"):
        import_optional("no_such_package", "torch")
    with pytest.raises(MissingExtraError, match=r"pip install 'headway\[torch\]'"):
        check_installed("no_such_package", "torch")


def test_a_package_that_lacks_another_is_not_blamed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "half_a_package.py").write_text("import no_such_package")
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(ModuleNotFoundError, match="no_such_package"):
        import_optional("half_a_package", "torch")


def test_a_package_that_cannot_be_loaded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "broken_package.py").write_text("raise OSError('libcudart.so.12: cannot open shared object file')")
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(MissingExtraError, match="broken_package is installed, but cannot be loaded: libcudart"):
        import_optional("broken_package", "torch")
