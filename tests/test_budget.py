import pytest
from hypothesis import given
from hypothesis import strategies as st

from headway.budget import Budget, OutOfTimeError, PrefixedProgress, parse_duration
from headway.clock import duration
from headway.errors import UserError
from headway.facts.comparison import LeftOut, Overrun
from headway.rendering.comparison import why_left_out
from headway.rendering.words import about
from headway.types import Silent
from tests.helpers import Clock


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


def test_without_a_limit_there_is_always_time(clock: Clock) -> None:
    budget = Budget()
    clock.now += 1e9
    budget.check()
    assert budget.left > budget.beside(1e9).needed


def test_what_is_left_of_a_budget(clock: Clock) -> None:
    budget = Budget(60)
    clock.now += 20
    assert budget.beside(50) == Overrun(60, 40, 50)
    budget.check()
    clock.now += 41
    assert budget.beside(50) == Overrun(60, 0, 50)
    with pytest.raises(OutOfTimeError):
        budget.check()


def test_progress_stops_what_runs_when_the_budget_is_spent(clock: Clock) -> None:
    progress, budget = PrefixedProgress(Silent()), Budget(10)
    with progress.stopping(budget):
        progress.start("features", 3)
        progress.advance()
        clock.now += 10
        for step in (lambda: progress.advance(0), lambda: progress.start("more")):
            with pytest.raises(OutOfTimeError):
                step()
        progress.note("a note")
    progress.advance()


def test_why_a_recipe_did_not_run_to_its_end() -> None:
    def why(reason: str, left: float) -> str:
        return why_left_out(LeftOut("a", reason, overrun=Overrun(30, left, 47)))  # type: ignore[arg-type]

    assert why("budget", 20) == "it takes about 45 s, and 20 s of the budget were left"
    assert why("budget", 0) == "the budget of 30 s was spent"
    assert why("stopped", 20) == (
        "stopped after 20 s (about 45 s were expected), when the budget of 30 s was spent; "
        "what it computed is stored: run again with a larger one to go on"
    )


@given(st.floats(0, 1e6))
def test_times_are_short_to_read(length: float) -> None:
    assert len(duration(length)) <= 12
    assert len(about(length)) <= 18


@given(st.floats(1, 1e6))
def test_a_guess_is_near_the_time(length: float) -> None:
    number, unit, *rest = about(length).removeprefix("about ").split()
    seconds = int(number) * {"s": 1, "min": 60, "h": 3600}[unit] + (60 * int(rest[0]) if rest else 0)
    assert seconds == pytest.approx(length, rel=0.3, abs=0.6)
