"""Import of packages that only some uses need."""

from __future__ import annotations

import importlib
from types import ModuleType

from headway.errors import MissingExtraError


def import_optional(module: str, extra: str) -> ModuleType:
    """Import ``module``, or say which extra of Headway brings it.

    Parameters
    ----------
    module : str
        The name to import, for instance ``"pyarrow.parquet"``.
    extra : str
        The extra that installs it, for instance ``"parquet"``.

    Returns
    -------
    module

    Raises
    ------
    MissingExtraError
        When the package is not installed.

    Examples
    --------
    >>> import_optional("json", "parquet").dumps([1])
    '[1]'
    """
    try:
        return importlib.import_module(module)
    except ModuleNotFoundError as error:
        package = module.partition(".")[0]
        if error.name is None or error.name.partition(".")[0] != package:
            raise
        raise MissingExtraError(f"{package} is needed for this: pip install 'headway[{extra}]'") from error
    except OSError as error:  # a library that it is built on is missing or of another system
        package = module.partition(".")[0]
        raise MissingExtraError(f"{package} is installed, but cannot be loaded: {error}: install it again") from error
