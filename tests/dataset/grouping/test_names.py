"""Groups by names: what is taken for groups, what is only named, and what is neither."""

import re

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from headway.dataset.grouping.copies import by_copies
from headway.dataset.grouping.counters import by_counters
from headway.dataset.grouping.evidence import Names, number
from headway.dataset.grouping.words import by_words

OBJECTS = range(24)


def names_of(*paths, splits=None):
    """Names whose class is the first folder."""
    tops = [path.split("/")[0] for path in paths]
    labels = np.unique(tops, return_inverse=True)[1].astype(np.int64)
    return Names(paths, labels, np.zeros(len(paths), np.int64) if splits is None else splits)


def top(one):
    return ("cat", "dog", "fox")[one % 3]


def of_objects(pattern, per=3):
    """Paths of some objects with a few pictures each; ``pattern`` takes the object and the number of the picture."""
    return [f"{top(one)}/{pattern.format(one, part)}" for one in OBJECTS for part in range(per)]


def truth(per=3):
    return np.repeat(np.arange(len(OBJECTS)), per).tolist()


@pytest.mark.parametrize(
    "pattern",
    [
        "patient{}_slice{}.png",
        "video{}_frame{:04}.jpg",
        "Video {} frame {}.jpg",
        "case-{:03}-{:02}.png",
        "hospital_PATIENT_A{}_{}.png",
        "sub-{:02}_ses-{:02}_T1.png",
        "clip{}/{:05}.jpg",
        "vid{}frame{}.jpg",
        "scan_{}_left{}.tif",
    ],
)
def test_a_unit_and_a_part_of_it_are_groups(pattern):
    found = by_words(names_of(*of_objects(pattern)))
    assert found.clear
    assert number(found.keys).tolist() == truth()


@pytest.mark.parametrize(
    "pattern",
    ["S{:02}_{:04}.png", "p{}-{}.jpg", "obj{}_view{}.png", "{:03}.{}.jpg", "S{:02}_T2_{:04}.png", "{}_img{}.png"],
)
def test_counters_that_begin_anew_are_groups(pattern):
    found = by_counters(names_of(*of_objects(pattern)))
    assert found.clear
    assert number(found.keys).tolist() == truth()


def test_of_several_counters_the_outermost_tells_groups():
    paths = [
        f"{top(one)}/S{one:02}_T{take}_{frame:04}.png" for one in OBJECTS for take in range(2) for frame in range(3)
    ]
    found = by_counters(names_of(*paths))
    assert number(found.keys).tolist() == truth(6)
    assert found.titles[0] == "s00"


@pytest.mark.parametrize(
    "paths",
    [
        [f"{kind}/{kind}_{one:03}.jpg" for kind in ("cat", "dog") for one in range(40)],
        [f"{kind}/mono_cell{one:04}.png" for kind in ("good", "bad") for one in range(40)],
        [f"{kind}/IMG_{one + 40 * (kind == 'bad'):04}.jpg" for kind in ("good", "bad") for one in range(40)],
        [f"{kind}/{one}.jpg" for kind in ("good", "bad") for one in range(40)],
        [f"{kind}/{kind} ({one}).png" for kind in ("benign", "malignant") for one in range(1, 40)],
        [f"{kind}/{breed}_{one}.jpg" for kind, breeds in (("cat", "abcdefgh"), ("dog", "ijklmnop")) for breed in breeds for one in range(1, 9)],
        [f"{kind}/n0{wnid}_{one * 37 % 9000}.JPEG" for kind, first in (("cat", 10), ("dog", 50)) for wnid in range(first, first + 15) for one in range(3, 9)],
        [f"class{one}/video{one}_frame{frame}.jpg" for one in range(8) for frame in range(9)],
        [f"{kind}/2024013{day}_17{minute:02}{second:02}.jpg" for kind, day in (("cat", 0), ("dog", 1)) for minute in range(20) for second in (3, 44)],
        [f"{kind}/{part}_100.jpg" for kind in ("apple", "kiwi") for part in range(30)],
        [f"{kind}/subway{one}_north.jpg" for kind in ("red", "green") for one in range(30)],
    ],
)  # fmt: skip
def test_running_numbers_classes_and_cameras_are_no_groups(paths):
    names = names_of(*paths)
    assert by_words(names) is None
    assert by_counters(names) is None


def test_chance_makes_no_groups_of_numbers():
    """Numbers before and behind a mark, whatever the class: none of 200 draws is taken for groups."""
    for seed in range(200):
        random = np.random.default_rng(seed)
        labels = random.integers(0, 3, 120)
        paths = [f"{top(label)}/{row // 4}_{row % 4}.png" for row, label in enumerate(labels.tolist())]
        found = by_counters(names_of(*paths))
        assert found is None or not found.clear


def test_few_units_are_named_and_not_used():
    names = names_of(*(f"{kind}/video{one}_{frame}.jpg" for kind in ("a", "b") for one in (1, 2) for frame in range(9)))
    found = by_words(names)
    assert not found.clear
    assert {re.search(found.pattern, path)[1] for path in names.paths} == {"video1", "video2"}


def test_where_some_names_only_have_units_they_are_not_used():
    paths = of_objects("patient{}_{}.png")
    assert by_words(names_of(*paths, *(f"cat/IM-{one}.png" for one in range(30)))).clear is False
    assert by_words(names_of(*paths, *(f"cat/IM-{one}.png" for one in range(200)))) is None


def test_numbers_that_begin_anew_in_each_class_are_named_with_a_pattern_that_finds_the_same():
    names = names_of(
        *(f"{kind}/{one:02}_{view}.png" for kind in ("cat", "dog") for one in range(20) for view in range(3))
    )
    found = by_counters(names)
    assert not found.clear
    assert number(found.keys).tolist() == number([re.search(found.pattern, path)[1] for path in names.paths]).tolist()


def test_a_patient_is_one_in_every_folder_and_a_video_may_be_another():
    for word, groups in (("patient", 24), ("video", 48)):
        paths = [f"{kind}/{word}{one}_{part}.png" for kind in ("a", "b") for one in OBJECTS for part in range(2)]
        assert number(by_words(names_of(*paths)).keys).max() + 1 == groups


def test_a_class_in_the_names_does_not_hide_that_videos_begin_anew():
    paths = [f"{kind}/video{one}_{kind}_{part}.png" for kind in ("a", "b") for one in OBJECTS for part in range(2)]
    assert number(by_words(names_of(*paths)).keys).max() + 1 == 48


def test_the_finer_unit_is_taken_where_the_outer_is_the_same_for_all():
    paths = [f"{top(one)}/session1_video{one}_{part}.png" for one in OBJECTS for part in range(3)]
    assert number(by_words(names_of(*paths)).keys).tolist() == truth()


def test_a_name_that_stands_in_two_folders_by_chance_changes_nothing():
    paths = of_objects("S{:02}_{}.png")
    found = by_counters(names_of(*paths, "fox/S00_1.png"))
    assert found.clear
    assert number(found.keys).tolist() == [*truth(), 0]


def test_counters_of_a_given_split_are_not_held_against_those_of_another():
    paths = of_objects("S{:02}_{}.png")
    splits = np.repeat([0, 2], len(paths))
    found = by_counters(names_of(*paths, *paths, splits=splits))
    assert found.clear
    assert number(found.keys).max() + 1 == 2 * len(OBJECTS)


def test_copies_are_of_a_file_that_is_there():
    paths = ["a/IMG_0012.jpg", "a/IMG_0012 (1).jpg", "a/IMG_0012 - Copy.jpg", "b/IMG_0012(2).jpg", "a/IMG_0013~2.jpg"]
    assert by_copies(names_of(*paths)).keys == ["a/IMG_0012.jpg"] * 3 + ["", ""]
    assert by_copies(names_of("a/image.jpg", "a/image (1).jpg")) is None


words = st.sampled_from(["patient", "video", "S", "case-", "x", "cat_", "", "IMG_"])
marks = st.sampled_from(["_", "-", " ", "_slice", "_frame", "", "."])


@settings(max_examples=150, deadline=None)
@given(
    words,
    marks,
    st.lists(st.tuples(st.integers(0, 30), st.integers(0, 5)), min_size=2, max_size=120, unique=True),
    st.randoms(),
)
def test_what_is_found_does_not_depend_on_the_order_and_never_parts_equal_beginnings(word, mark, numbers, random):
    paths = [f"{top(one)}/{word}{one:02}{mark}{part}.png" for one, part in numbers]
    order = list(range(len(paths)))
    random.shuffle(order)
    for find in (by_words, by_counters, by_copies):
        found, shuffled = find(names_of(*paths)), find(names_of(*(paths[row] for row in order)))
        assert (found is None) == (shuffled is None)
        if found is None:
            continue
        assert found.clear == shuffled.clear
        groups = number(found.keys)
        assert number([found.keys[row] for row in order]).tolist() == number(shuffled.keys).tolist()
        for one in {one for one, _ in numbers}:
            assert len({groups[row] for row, (own, _) in enumerate(numbers) if own == one}) == 1


@settings(max_examples=200, deadline=None)
@given(
    st.lists(
        st.text(st.characters(exclude_characters="/\0", exclude_categories=["Cs"]), min_size=1, max_size=40),
        min_size=2,
        max_size=40,
        unique=True,
    )
)
def test_any_names_can_be_looked_at(texts):
    names = names_of(*(f"{top(row)}/{text}.jpg" for row, text in enumerate(texts)))
    for find in (by_words, by_counters, by_copies):
        found = find(names)
        assert found is None or len(found.keys) == len(found.titles) == len(texts)
