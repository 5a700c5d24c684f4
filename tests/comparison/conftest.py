import pytest

from headway.comparison import budget
from tests.comparison.making import Clock


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """The clock of budgets, which stands still until a test moves it."""
    clock = Clock()
    monkeypatch.setattr(budget, "time", clock)
    return clock
