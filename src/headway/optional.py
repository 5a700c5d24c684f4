"""Optional packages."""

from __future__ import annotations

import importlib
import importlib.util
from types import ModuleType

from headway.errors import MissingExtraError


def import_optional(module: str, extra: str) -> ModuleType:
    """Import ``module``, or raise a `MissingExtraError` that names the extra of Headway that installs it.

    Examples
    --------
    >>> import_optional("json", "parquet").dumps([1])
    '[1]'
    """
    package = module.partition(".")[0]
    try:
        return importlib.import_module(module)
    except ModuleNotFoundError as error:
        if error.name is None or error.name.partition(".")[0] != package:
            raise
        raise _missing(package, extra) from error
    except OSError as error:  # a shared library that it needs is missing, or built for another system
        raise MissingExtraError(f"{package} is installed, but cannot be loaded: {error}: install it again") from error


def check_installed(package: str, extra: str) -> None:
    """Raise what `import_optional` does where a package is not installed, without the time that importing it takes.

    Examples
    --------
    >>> check_installed("json", "parquet")
    """
    if importlib.util.find_spec(package) is None:
        raise _missing(package, extra)


def _missing(package: str, extra: str) -> MissingExtraError:
    return MissingExtraError(f"{package} is needed for this: pip install 'headway[{extra}]'")
