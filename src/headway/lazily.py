"""Packages whose names are imported when they are first asked for, so that a command loads what it uses and no more."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Mapping
from typing import Any


def lazily(package: str, homes: Mapping[str, str]) -> tuple[Callable[[str], Any], list[str]]:
    """Return the ``__getattr__`` of a package (PEP 562), and its ``__all__``.

    Parameters
    ----------
    package : str
        Its name.
    homes : mapping of str to str
        The names that each module holds, with spaces between them; a type checker must be told them, too. None may be
        that of a module of the package, which would take its place.

    Examples
    --------
    >>> find, names = lazily("headway", {"headway.errors": "DataError UserError"})
    >>> names, find("DataError").__name__
    (['DataError', 'UserError'], 'DataError')
    >>> find("Data")
    Traceback (most recent call last):
    AttributeError: module 'headway' has no attribute 'Data'
    """
    home = {name: module for module, names in homes.items() for name in names.split()}

    def find(name: str) -> Any:
        if name not in home:
            raise AttributeError(f"module {package!r} has no attribute {name!r}")
        return getattr(importlib.import_module(home[name]), name)

    return find, list(home)
