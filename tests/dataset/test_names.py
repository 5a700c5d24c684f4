import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from headway.dataset.names import class_name, natural_key, plural, some, split_codes


def test_numbers_come_first_and_by_value():
    assert sorted(["10", "9", "b", "007", "A"], key=natural_key) == ["007", "9", "10", "A", "b"]


def test_digits_inside_names_sort_by_value_and_case_does_not_matter():
    assert sorted(["img10", "IMG9", "img"], key=natural_key) == ["img", "IMG9", "img10"]


@given(st.lists(st.text(max_size=8), unique=True))
def test_order_is_total_and_independent_of_the_input(names):
    backwards = names[::-1]
    assert sorted(names, key=natural_key) == sorted(backwards, key=natural_key)


def test_numbers_of_any_length():
    assert natural_key("1" * 10_000) < natural_key("2" * 10_000)


@given(st.text(max_size=20))
def test_both_unicode_forms_are_one_class(text):
    assert class_name(unicodedata.normalize("NFD", text)) == class_name(text)


def test_bytes_that_are_no_utf8_become_printable():
    assert class_name("caf\udce9") == "caf\\xe9"
    class_name("caf\udce9").encode("utf-8")


@pytest.mark.parametrize(
    ("words", "codes"),
    [
        (["train", "val", "test"], [0, 1, 2]),
        (["training", "validation", "evaluation"], [0, 1, 2]),
        (["Training", "Test"], [0, 2]),
        (["TRAIN", "valid", "testing"], [0, 1, 2]),
        (["training_set", "test_set"], [0, 2]),
        (["train-images", "dev", "TestData"], [0, 1, 2]),
        (["train", "eval", "test"], [0, 1, 2]),
        (["train", "val", "eval", "test"], [0, 1, 2, 2]),
        (["train", "trains", "testament", "0"], [0]),
    ],
)
def test_words_for_splits(words, codes):
    assert list(split_codes(words).values()) == codes


def test_lists_in_messages_stay_on_one_line():
    assert some(["a\nb"]) == "'a\\nb'"
    assert some(list("abc"), 2) == "'a', 'b' and 1 more"
    assert len(some(["x" * 1000])) < 100
    assert plural(1, "class", "classes") == "1 class"


def test_half_a_pair_of_utf_16_is_escaped():
    assert class_name("\ud800") == "\\ud800"
    assert class_name("\udce9") == "\\xe9"
