"""Which folders are classes, splits, copies and annotations; and what is asked."""

import os
import shlex

import pytest

from headway.cli.main import run
from headway.dataset import read
from headway.errors import AmbiguousDataError, DataError
from headway.rendering.reading import guesses

CLASSES = ("cat", "cow", "dog")


def tree(*folders, files=4, names=CLASSES, ending=".jpg"):
    """Return the paths of pictures below folders, with a folder for each class in them; every file has its own name."""
    return [
        f"{folder}/{name}/{folder.replace('/', '-')}{i}{ending}"
        for folder in folders
        for name in names
        for i in range(files)
    ]


def counts_of(dataset):
    """Return the pictures of each split, or of all."""
    if dataset.given is None:
        return len(dataset)
    return dict(dataset.source.splits)


def check_readings(error, root):
    """Run each command that an error gives: it must read the data set, and no two of them in the same way."""
    seen = set()
    for what, command in error.readings:
        words = shlex.split(command)
        assert words[:2] == ["headway", "read"], what
        if "REGEX" in words or "TABLE.csv" in words:
            continue
        assert run(words[1:]) == 0, command
        seen.add(command)
    assert seen
    assert root in error.found


@pytest.mark.parametrize(
    ("files", "classes", "counts"),
    [
        # A folder that wraps all, once and twice.
        (tree("dataset"), CLASSES, 12),
        (tree("dataset/images"), CLASSES, 12),
        # The splits inside a wrapper.
        (tree("data/train", "data/test"), CLASSES, {"train": 12, "test": 12}),
        # Split folders that hold a folder of their own name, or "images".
        (tree("train/train", "test/test"), CLASSES, {"train": 12, "test": 12}),
        (tree("train/images", "valid/images"), CLASSES, {"train": 12, "validation": 12}),
        # Split words in longer names, before, behind and inside.
        (tree("shapes_train", "shapes_test"), CLASSES, {"train": 12, "test": 12}),
        (tree("train_images", "test_images"), CLASSES, {"train": 12, "test": 12}),
        (tree("asl_alphabet_train", "asl_alphabet_test"), CLASSES, {"train": 12, "test": 12}),
        (tree("ShapesTraining2017", "ShapesValidation2017"), CLASSES, {"train": 12, "validation": 12}),
        # … with a third folder that is no split.
        (tree("seg_train", "seg_test") + ["seg_pred/1.jpg"], CLASSES, {"train": 12, "test": 12}),
        # A flat folder beside the splits is none, whatever it is called.
        (tree("Training", "Test") + ["test-multiple_fruits/1.jpg"], CLASSES, {"train": 12, "test": 12}),
        # A training split whose test part has no labels.
        (tree("train") + ["test/1.jpg", "test/2.jpg"], CLASSES, 12),
        (tree("train") + ["val/images/1.jpg", "test/images/2.jpg"], CLASSES, 12),
        (tree("train") + ["unlabeled/1.jpg"], CLASSES, 12),
        # The split below the class.
        (tree("cat/train", "cat/test", "dog/train", "dog/test", names=("images",)), ("cat", "dog"), {"train": 8, "test": 8}),
        # A folder with the name of the folder around it holds everything once more.
        ([*tree("x/train", "x/test", files=2), *(f"x/{path}" for path in tree("x/train", "x/test", files=2))],
         CLASSES, {"train": 6, "test": 6}),
        # A folder beside class folders that holds them again.
        ([f"{top}{name}/{i}.jpg" for top in ("", "all/") for name in ("yes", "no") for i in range(5)], ("no", "yes"), 10),
        # Folders that store pictures, with the class folders in them.
        (tree("batch_1", "batch_2"), CLASSES, 24),
        # Masks beside the pictures: in folders, in files, for each class and around all.
        ([f"{name}/{kind}/{i}.png" for name in CLASSES for kind in ("images", "masks") for i in range(3)], CLASSES, 9),
        ([f"{name}/{i}{mask}.png" for name in CLASSES for mask in ("", "_mask") for i in range(3)], CLASSES, 9),
        ([f"{kind}/{name}/{i}.png" for kind in ("images", "segmentations") for name in CLASSES for i in range(3)], CLASSES, 9),
        ([f"{name}/{kind}/{i}.png" for name in CLASSES for kind in ("images", "lung masks") for i in range(3)], CLASSES, 9),
        ([f"{name}/{i}{mask}.png" for name in CLASSES for mask in ("", "_mask", "_mask_1") for i in range(3)], CLASSES, 9),
        # Stores in each split, and stores in stores.
        (tree("train/batch_1", "train/batch_2", "test/batch_1", "test/batch_2"), CLASSES, {"train": 24, "test": 24}),
        (tree("train/batch_1", "train/batch_2", "test"), CLASSES, {"train": 24, "test": 12}),
        (tree("batch_1/part_1", "batch_1/part_2", "batch_2/part_1", "batch_2/part_2"), CLASSES, 48),
        # Classes that only look like annotations.
        ([f"{name}/{i}.jpg" for name in ("mask", "no_mask") for i in range(3)], ("mask", "no_mask"), 6),
        ([f"{name}/{i}.jpg" for name in ("with_mask", "without_mask") for i in range(3)], ("with_mask", "without_mask"), 6),
        ([f"{name}/{i}.jpg" for name in ("mask", "nomask") for i in range(3)], ("mask", "nomask"), 6),
        # Classes that only look like splits or storage.
        ([f"{name}/{i}.jpg" for name in ("train", "bus", "car") for i in range(3)], ("bus", "car", "train"), 9),
        ([f"{name}/{i}.jpg" for name in ("train station", "harbour") for i in range(3)], ("harbour", "train station"), 6),
        ([f"{name}/{i}.jpg" for name in ("Type_1", "Type_2") for i in range(3)], ("Type_1", "Type_2"), 6),
        ([f"{name}/{i}.jpg" for name in ("run", "jump") for i in range(3)], ("jump", "run"), 6),
        # Sub-folders of other names in each class belong to it.
        ([f"{name}/{name}-{part}/{i}.jpg" for name in CLASSES for part in "ab" for i in range(2)], CLASSES, 12),
    ],
)  # fmt: skip
def test_read_rightly(make, files, classes, counts):
    dataset = read(make(*files))
    assert dataset.classes == classes
    assert counts_of(dataset) == counts


@pytest.mark.parametrize(
    ("files", "says"),
    [
        # Variants of the pictures, at the root, in a wrapper, and in splits.
        ([f"{top}/{name}/{i}.jpg" for top in ("color", "gray") for name in CLASSES for i in range(3)], "'color', 'gray'"),
        ([f"x/{top}/{name}/{i}.jpg" for top in ("color", "gray") for name in CLASSES for i in range(3)], "'x/color'"),
        (
            [f"{split}/{top}/{name}/{i}.jpg" for split in ("train", "test") for top in ("a", "b") for name in CLASSES
             for i in range(3)],
            "hold folders of the same names",
        ),
        # Domains: other files in folders of the same names.
        (tree("amazon/images", "dslr/images", "webcam/images"), "'amazon', 'dslr', 'webcam'"),
        # Patients with the classes below.
        ([f"{patient}/{label}/{patient}-{i}.png" for patient in ("8863", "8864") for label in "01" for i in range(2)], "8863"),
        # Storage folders whose files have the same names may be versions of each other.
        ([f"set{n}/{name}/{i}.jpg" for n in (1, 2) for name in CLASSES for i in range(3)], "files of the same names"),
        # Two candidates for one split.
        (tree("train", "train_augmented", "test"), "may each be the train split"),
        (tree("train", "test1", "test2"), "may each be the test split"),
        ([f"{name}_{split}/{i}.jpg" for name in ("cats", "dogs") for split in ("train", "test") for i in range(3)],
         "words for splits"),
        (["crash_test/1.jpg", "crash_test/2.jpg", "train_station/1.jpg", "train_station/2.jpg"], "words for splits"),
        # Folders that store pictures, without any label.
        ([f"batch{n}/{n}x{i}.jpg" for n in (1, 2) for i in range(3)], "folders that store pictures"),
        # … with the class folders storing them in a folder each.
        ([f"{top}/{name}/images/{top}{i}.jpg" for top in ("old", "new") for name in CLASSES for i in range(3)], "'old'"),
        # Labels in names of files that are no rule.
        ([f"{name}_{i}.jpg" for name in CLASSES for i in range(3)], "names of the files begin with them"),
        ([f"pictures/{name} ({i}).jpg" for name in CLASSES for i in range(3)], "names of the files begin with them"),
        # Stores of something each.
        ([f"{kind}_sets/{kind}_{name}/{i}{kind}.jpg" for kind in ("lung", "colon") for name in "ab" for i in range(2)],
         "named like folders that store others"),
        # An index of letters.
        ([f"{n[0]}/{n}/{i}.jpg" for n in ("abbey", "airport", "bakery", "bar") for i in range(2)], "first letters"),
        ([f"scans{a}/{b}/{a}{b}07/{i}.jpg" for a in "ab" for b in "cd" for i in range(2)], "index"),
        # A category each, with good and bad below the splits.
        ([f"{top}/{part}/{i}.png" for top in ("bottle", "cable") for part in ("train/good", "test/good", "test/bad")
          for i in range(2)], "hold splits, and these hold folders"),
        # A folder with the names of its siblings and other files.
        ([f"{top}{name}/{top and 'x'}{i}.jpg" for top in ("", "more/") for name in ("yes", "no") for i in range(5)], "'more'"),
        # Two files for each picture.
        ([f"{name}/{i}{ending}" for name in CLASSES for ending in (".jpg", ".png") for i in range(3)], "'*.jpg'"),
    ],
)  # fmt: skip
def test_asks(make, capsys, files, says):
    root = make(*files)
    with pytest.raises(AmbiguousDataError) as caught:
        read(root)
    assert says in str(caught.value)
    check_readings(caught.value, root)
    capsys.readouterr()
    assert run(["read", root]) == 2
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == 1 + len(caught.value.readings)


def test_no_splits_reads_all_for_training(make):
    root = make(*tree("train", "test"))
    dataset = read(root, split=False)
    assert (dataset.given, dataset.classes, len(dataset)) == (None, CLASSES, 24)
    root = make(*tree("cat/train", "cat/test", "dog/train", "dog/test", names=("images",)), under="first")
    dataset = read(root, split=False)
    assert (dataset.given, dataset.classes, len(dataset)) == (None, ("cat", "dog"), 16)


def test_what_was_left_out_is_told(make):
    root = make(*tree("train", "test"), *tree("extra", names=("figures",)), "valid/1.jpg", "train/cat/masks/train0.jpg")
    dataset = read(root)
    found = {(left.folder, left.why): left.pictures for left in dataset.source.left_out}
    assert found == {("masks", "annotations"): 1, ("extra", "no-split"): 4, ("valid", "no-labels"): 1}
    assert dataset.skipped == {
        "mask or other annotation": 1,
        "picture outside the split folders": 4,
        "picture outside the class folders": 1,
    }


def test_include_takes_what_was_left_out(make):
    root = make(*(f"{name}/{kind}/{i}.png" for name in CLASSES for kind in ("images", "masks") for i in range(3)))
    assert len(read(root, include="*")) == 18


def test_masks_are_left_out_of_what_is_included(make):
    root = make(*(f"a/{name}/{kind}/{i}.png" for name in CLASSES for kind in ("images", "masks") for i in range(3)))
    assert len(read(root, include="./a")) == 9
    assert len(read(root, include=["cat", "masks"])) == 12


def test_commands_leave_out_copies(make):
    parts = [f"{top}/{name}/{top}{i}.jpg" for top in ("a", "b") for name in CLASSES for i in range(3)]
    root = make(*parts, *(f"all/{path}" for path in parts))
    with pytest.raises(AmbiguousDataError, match="'a', 'b' in") as caught:
        read(root)
    assert all("--exclude ./all" in command for _, command in caught.value.readings)


@pytest.mark.parametrize("below", ["x/x", "coco/images", "coco/images/train2017", "x/images/images"])
def test_a_folder_around_one_that_stores_pictures_is_no_class(make, below):
    with pytest.raises(DataError, match="no labels found"):
        read(make(f"{below}/1.jpg", f"{below}/2.jpg"))


def test_a_pattern_is_not_asked_about(make):
    root = make(*(f"{top}/{name}/{i}.jpg" for top in ("color", "gray") for name in CLASSES for i in range(3)))
    assert read(root, label_pattern="^([^/]+)/").classes == ("color", "gray")
    assert read(root, label_pattern="([^/]+)/[^/]+$").classes == CLASSES


def test_commands_repeat_what_was_said(make):
    root = make(*(f"{top}/{name}/{i}.jpg" for top in ("a", "b", "c") for name in CLASSES for i in range(3)))
    with pytest.raises(AmbiguousDataError) as caught:
        read(root, exclude=["./c"])
    assert all("--exclude ./c" in command for _, command in caught.value.readings)
    check_readings(caught.value, root)


def test_names_with_special_characters_are_escaped(make):
    root = make(*(f"{top}/{name}/{i}.jpg" for top in ("[x] y", "it's") for name in CLASSES for i in range(3)))
    with pytest.raises(AmbiguousDataError) as caught:
        read(root)
    check_readings(caught.value, root)


@pytest.mark.parametrize("depth", [1, 30])
def test_deep_wrappers(make, depth):
    root = make(*tree("/".join(f"w{i}" for i in range(depth))))
    dataset = read(root)
    assert dataset.classes == CLASSES
    assert dataset.source.inside == "/".join(f"w{i}" for i in range(depth))


def test_one_class_is_not_looked_into(make):
    assert read(make("cat/1.jpg", "cat/2.jpg")).classes == ("cat",)
    assert read(make("cat/kitchen/1.jpg", "cat/kitchen/2.jpg", under="nested")).classes == ("cat",)
    with pytest.raises(DataError, match="no labels found"):
        read(make("images/1.jpg", "images/2.jpg", under="flat"))


def test_tables_in_the_splits(make, write):
    root = make(*(f"{split}/{i}.jpg" for split in ("train", "test") for i in range(4)))
    for split in ("train", "test"):
        rows = "\n".join(f"{i}.jpg,{'ab'[i % 2]}" for i in range(4))
        write(f"data/{split}/metadata.csv", f"file_name,label\n{rows}\n")
    dataset = read(root)
    assert counts_of(dataset) == {"train": 4, "test": 4}
    assert dataset.source.splits_from == "tables"
    assert dataset.skipped == {}
    assert read(root, split=False).given is None
    os.remove(os.path.join(root, "test", "metadata.csv"))
    assert counts_of(read(root)) == 4


def groups_of(dataset):
    """Return the pictures of each group, by name."""
    return {dataset.group_names[group]: int((dataset.groups == group).sum()) for group in set(dataset.groups.tolist())}


def test_folders_of_patients_are_groups(make):
    root = make(*tree("patient_1", "patient_2", "patient_3"))
    dataset = read(root)
    assert groups_of(dataset) == {"patient_1": 12, "patient_2": 12, "patient_3": 12}
    assert (dataset.source.groups_from, dataset.classes) == ("folders", CLASSES)
    assert "--no-groups" in " ".join(guesses(dataset.source))
    declined = read(root, groups=False)
    assert (declined.groups, declined.source.groups_from) == (None, None)
    assert read(make(*tree("batch_1", "batch_2"), under="batches")).groups is None


def test_folders_of_patients_in_splits_are_groups_by_their_names(make):
    dataset = read(make(*tree(*(f"{split}/patient{n}/study{n}" for split in ("train", "test") for n in (1, 2)))))
    assert groups_of(dataset) == {"patient1": 24, "patient2": 24}


@pytest.mark.parametrize("store", ["", "images/"])
def test_the_question_about_patients_has_a_reading_with_groups(make, store):
    patients = "8863", "8864"
    root = make(
        *(f"{patient}/{label}/{store}{patient}-{i}.png" for patient in patients for label in "01" for i in range(2))
    )
    with pytest.raises(AmbiguousDataError) as caught:
        read(root)
    (command,) = (command for what, command in caught.value.readings if "patient" in what)
    dataset = read(root, label_pattern=shlex.split(command)[-1])
    assert (groups_of(dataset), dataset.classes) == ({"8863": 4, "8864": 4}, ("0", "1"))
    assert dataset.source.groups_from == "pattern"


def test_a_pattern_sees_all_and_counts_nothing_twice(make):
    root = make(*tree("train", "test"), *tree("extra", names=("figures",)))
    dataset = read(root, split=False, label_pattern=r"([^/]+)/[^/]+$")
    assert (len(dataset), dataset.skipped, dataset.source.left_out) == (28, {}, ())


def test_dates_and_folders_of_cameras_are_no_classes(make):
    root = make(*tree("2023-05-01", "2023-05-02"))
    dataset = read(root)
    assert (dataset.classes, dataset.source.groups_from) == (CLASSES, "folders")
    for number, tops in enumerate([("2023", "2024"), ("20230501", "20230502"), ("100APPLE", "101APPLE")]):
        flat = make(*(f"{top}/{i}.jpg" for top in tops for i in range(3)), under=f"flat{number}")
        with pytest.raises(AmbiguousDataError, match="folders that store pictures"):
            read(flat)


def test_a_folder_called_data_beside_others_is_asked_about(make):
    root = make(*tree("data"), "docs/1.jpg", "docs/2.jpg")
    with pytest.raises(AmbiguousDataError, match="is named like a folder that stores others") as caught:
        read(root)
    check_readings(caught.value, root)
    assert read(root, include="./data").classes == CLASSES


def test_a_command_for_one_of_several_folders_is_the_only_one_included(make):
    files = [
        f"{top}/{mid}/{low}/{top}{mid}{low}{i}.jpg" for top in "ab" for mid in "xy" for low in "pq" for i in range(2)
    ]
    root = make(*files)
    with pytest.raises(AmbiguousDataError) as caught:
        read(root, include=["./a"])
    words = shlex.split(caught.value.readings[0][1])
    assert words.count("--include") == 1
    assert words[-1].startswith("./a/")


def test_questions_below_splits_keep_the_splits(make):
    root = make(*(f"{split}/{name}/{part}/{split}{i}.jpg" for split in ("train", "test") for name in CLASSES
                  for part in ("x", "y") for i in range(2)))  # fmt: skip
    with pytest.raises(AmbiguousDataError) as caught:
        read(root)
    command = caught.value.readings[-1][1]
    assert "--no-splits" not in command
    dataset = read(root, label_pattern=shlex.split(command)[-1])
    assert (dataset.classes, dataset.source.splits) == (CLASSES, {"train": 12, "test": 12})


@pytest.mark.parametrize("words", [("Training", "Prüfung"), ("apprentissage", "test"), ("训练集", "测试集")])
def test_words_for_splits_in_other_languages(make, words):
    assert counts_of(read(make(*tree(*words)))) == {"train": 12, "test": 12}


def test_numbers_of_pictures_are_no_labels(make):
    with pytest.raises(DataError, match="no labels found"):
        read(make(*(f"{i:03}_cat.jpg" for i in range(20))))


def test_a_path_that_looks_like_an_option_is_typed_as_a_path(make, monkeypatch):
    root = make(*(f"-q/{top}/{name}/{i}.jpg" for top in ("a", "b") for name in CLASSES for i in range(3)))
    monkeypatch.chdir(root)
    with pytest.raises(AmbiguousDataError) as caught:
        read("-q")
    assert all(command.startswith("headway read ./-q ") for _, command in caught.value.readings)
