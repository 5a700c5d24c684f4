import pytest
from hypothesis import given
from hypothesis import strategies as st

from headway import Recipe
from headway.clock import duration
from headway.comparison import budget
from headway.comparison.budget import Budget, parse_duration
from headway.errors import UserError
from headway.facts.comparison import LeftOut, Overrun
from headway.rendering.comparison import why_left_out


@pytest.mark.parametrize(
    ("text", "expected"),
    [("90s", 90), ("10m", 600), ("2h", 7200), ("1h30m", 5400), ("1.5h", 5400), ("45", 45), (" 10 M ", 600)],
)
def test_lengths_of_time(text: str, expected: float) -> None:
    assert parse_duration(text) == expected


@pytest.mark.parametrize(
    "text", ["", "soon", "10 minutes", "-5m", "0s", "m", "10m5m", "1e3s", "5d", "inf", "nan", "10mm"]
)
def test_what_is_none(text: str) -> None:
    with pytest.raises(UserError, match="90s, 10m or 2h"):
        parse_duration(text)


@given(st.text(max_size=12))
def test_any_text_is_read_or_refused(text: str) -> None:
    try:
        assert parse_duration(text) > 0
    except UserError as error:
        assert "\n" not in repr(str(error))


class Clock:
    now = 100.0

    def perf_counter(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(budget, "time", clock)
    return clock


def test_without_a_limit_there_is_always_time(clock: Clock) -> None:
    assert Budget(None, 10**9).overrun(Recipe(finetune="all")) is None


def test_what_is_likely_to_overrun_is_not_started(clock: Clock) -> None:
    limit = Budget(60, 1000)
    assert limit.overrun(Recipe()) is None
    overrun = limit.overrun(Recipe(finetune="all"))
    assert overrun is not None
    assert (overrun.budget, overrun.left) == (60, 60)
    assert overrun.needed > 60
    assert why_left_out(LeftOut("a", "budget", overrun=overrun)).endswith("60 s of the budget were left")
    clock.now += 61
    spent = limit.overrun(Recipe())
    assert spent == Overrun(60, 0, limit.estimate(Recipe()))
    assert why_left_out(LeftOut("a", "budget", overrun=spent)) == "the budget of 60 s was spent"


def test_the_estimate_learns_how_fast_this_machine_is(clock: Clock) -> None:
    limit = Budget(600, 1000)
    first = limit.estimate(Recipe(finetune="last-block"))
    limit.record(Recipe(), 3 * limit.estimate(Recipe()))
    assert limit.estimate(Recipe(finetune="last-block")) == pytest.approx(3 * first)


def test_costs_are_in_a_sensible_order() -> None:
    recipes = [Recipe(), Recipe(backbone="handmade"), Recipe(finetune="last-block"), Recipe(finetune="all")]
    estimates = [Budget(1, 1000).estimate(recipe) for recipe in recipes]
    assert estimates == sorted(estimates)
    assert estimates[1] < Budget(1, 1000).estimate(Recipe(scratch="food11")) < estimates[3]


@given(st.floats(0, 1e6))
def test_times_are_short_to_read(length: float) -> None:
    assert len(duration(length)) <= 12
