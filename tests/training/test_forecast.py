from __future__ import annotations

from headway.facts.training import ExpectedTime
from headway.rendering.training import expected_time
from headway.training.forecast import Forecast


def told(forecast: Forecast, *seconds: float) -> list[ExpectedTime | None]:
    return [forecast.step(step) for step in seconds]


def test_a_few_steps_foretell_the_run_and_slow_ones_do_not_count() -> None:
    forecast = Forecast(epochs=10, steps=60, validation_steps=12, again_steps=75)
    expected = ExpectedTime(10, 10 * (60 + 4) * 0.25, 10 * 75 * 0.25)
    assert told(forecast, 9.0, 0.2, 5.0, 0.25, 0.25, 1.0, 1.0) == [None, None, None, None, expected, None, None]


def test_a_short_epoch_foretells_it_at_its_end() -> None:
    assert told(Forecast(3, 2, 0, 0), 5.0, 1.0)[-1] == ExpectedTime(3, 6.0, 0.0)
    assert told(Forecast(3, 1, 3, 0), 5.0, 5.0) == [ExpectedTime(3, 30.0, 0.0), None]


def test_in_words() -> None:
    assert expected_time(ExpectedTime(1, 0.2, 0.0)) == "training takes about 1 s for 1 epoch"
    again = expected_time(ExpectedTime(6, 42.0, 55.0))
    assert again == "training takes about 40 s for 6 epochs, then up to about 55 s once more on all pictures"
