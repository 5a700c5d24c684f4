import signal
import time

import pytest

from headway.dataset import filename
from headway.dataset.filename import labels_by_pattern, labels_by_rule
from headway.errors import DataError


def test_dates_are_no_classes():
    assert labels_by_rule(["20240131_174502.jpg", "20240201_080000.jpg"]) is None


def test_nine_in_ten_names_must_follow_the_rule():
    assert labels_by_rule(["0_1.jpg"] * 9 + ["x.jpg"]) == ("number-before-underscore", ["0"] * 9 + [None])
    assert labels_by_rule(["0_1.jpg"] * 8 + ["x.jpg"]) is None


def test_the_group_called_label_wins_over_the_first():
    assert labels_by_pattern(["a-b"], r"(\w)-(?P<label>\w)") == (["b"], None)
    assert labels_by_pattern(["a-b", "-b"], r"^(\w?)-") == (["a", None], None)


@pytest.mark.parametrize("pattern", ["(", "[a", "(?P<label>", "(a)\\2", "a{99999999999999}(b)", "*(a)", "(?<=a*)(b)"])
def test_invalid_patterns(pattern):
    with pytest.raises(DataError, match="not a regular expression"):
        labels_by_pattern(["x"], pattern)


def test_a_pattern_needs_a_group():
    with pytest.raises(DataError, match="needs a group"):
        labels_by_pattern(["x"], "x")


def test_a_very_long_pattern():
    with pytest.raises(DataError, match="at most 1,000 characters"):
        labels_by_pattern(["x"], "(x)" * 1000)


def test_a_hostile_pattern_takes_two_seconds():
    start = time.perf_counter()
    with pytest.raises(DataError, match="takes too long"):
        labels_by_pattern(["a" * 48 + "!"], r"^((a+)+)$")
    assert time.perf_counter() - start < 4


def test_a_hostile_pattern_is_stopped(monkeypatch):
    monkeypatch.setattr(filename, "TIME_LIMIT", 0.2)
    before = signal.getsignal(signal.SIGALRM)
    start = time.perf_counter()
    with pytest.raises(DataError, match="takes too long"):
        labels_by_pattern(["a" * 60 + "!"], r"^((a+)+)$")
    assert time.perf_counter() - start < 5
    assert signal.getsignal(signal.SIGALRM) is before
    assert signal.getitimer(signal.ITIMER_REAL) == (0.0, 0.0)


def test_a_group_called_group_names_what_stays_together():
    assert labels_by_pattern(["p1/cat/1", "x"], "(?P<group>p.)/([a-z]+)/") == (["cat", None], ["p1", ""])
    assert labels_by_pattern(["cat/p1/1"], "([a-z]+)/(?P<group>p.)/") == (["cat"], ["p1"])
    with pytest.raises(DataError, match="around the label, too"):
        labels_by_pattern(["p1/cat/1"], "(?P<group>p.)/")
