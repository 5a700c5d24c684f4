import importlib
import pkgutil
import re
from pathlib import Path

import pytest

import headway

SOURCE = Path(headway.__file__).parent
PACKAGES = [
    ".".join(("headway", *path.parent.relative_to(SOURCE).parts))
    for path in sorted(SOURCE.rglob("__init__.py"))
    if "= lazily(" in path.read_text("utf-8")
]


@pytest.mark.parametrize("name", PACKAGES)
def test_what_is_imported_on_request_is_what_a_type_checker_is_told_and_no_module(name):
    package = importlib.import_module(name)
    told = re.findall(r"^    from headway\.\S+ import (\w+) as \1$", Path(package.__file__).read_text("utf-8"), re.M)
    modules = {one.name for one in pkgutil.iter_modules(package.__path__)}
    assert sorted(told) == sorted(set(package.__all__) - modules - {"__version__"})
    assert all(getattr(package, one) is not None for one in told)


def test_there_are_such_packages():
    assert "headway" in PACKAGES and len(PACKAGES) > 4
