"""A table in a folder of pictures against what folders and names of files say."""

import pytest

from headway.dataset import read
from headway.errors import AmbiguousDataError, DataError
from headway.facts.data import LeftOut
from headway.rendering.reading import guesses


@pytest.fixture
def place(make, write):
    """Return a function that makes files, and tables from lists of rows, in one folder."""

    def place_files(files, **tables):
        root = make(*files)
        for name, rows in tables.items():
            write(f"data/{name.replace('__', '/')}.csv", "\n".join(rows) + "\n")
        return root

    return place_files


IN_CLASSES = [f"{label}/{label}{i}.jpg" for label in ("cat", "dog") for i in range(4)]
IN_STORES = [f"batch{1 + i // 4}/{i}.jpg" for i in range(8)]


def rows(paths, labels, header="path,label"):
    return [header, *(f"{path},{label}" for path, label in zip(paths, labels, strict=True))]


def test_the_same_labels_under_other_names_are_those_of_the_folders(place):
    dataset = read(place(IN_CLASSES, labels=rows(IN_CLASSES, ["C"] * 4 + ["D"] * 4)))
    assert (dataset.classes, dataset.source.layout) == (("cat", "dog"), "class-folders")


def test_a_table_that_agrees_gives_its_splits_and_groups(place):
    table = rows(IN_CLASSES, [f"{path.split('/')[0]},{['train', 'test'][i % 2]}" for i, path in enumerate(IN_CLASSES)],
                 "path,label,split")  # fmt: skip
    dataset = read(place(IN_CLASSES, labels=table))
    assert dataset.source.splits == {"train": 4, "test": 4}
    assert dataset.classes == ("cat", "dog")


def test_a_table_about_some_pictures_is_asked_about(place):
    root = place(
        IN_CLASSES,
        labels=rows(IN_CLASSES[1:6], ["cat,p1", "cat,p2", "cat,p3", "dog,p1", "dog,p2"], "path,label,patient"),
    )
    with pytest.raises(AmbiguousDataError, match="says more of 5 of 8 pictures"):
        read(root)


def test_labels_that_mix_in_every_folder_are_those_of_the_table(place):
    dataset = read(place(IN_STORES, labels=rows(IN_STORES, "abababab")))
    assert (dataset.classes, dataset.source.layout) == (("a", "b"), "table")
    assert dataset.skipped == {}
    named = [path.replace("batch", "box-") for path in IN_STORES]
    assert read(place(named, labels=rows(named, "aabbabba"))).classes == ("a", "b")


@pytest.mark.parametrize("labels", ["aaaabbbb", "aaaaaaaa"])
def test_labels_that_are_coarser_than_folders_are_asked_about(place, labels):
    paths = [f"breed{i // 2}/{i}.jpg" for i in range(8)]
    with pytest.raises(AmbiguousDataError) as caught:
        read(place(paths, labels=rows(paths, labels)))
    assert "it has other labels" in str(caught.value)
    assert "--exclude ./labels.csv" in str(caught.value)
    (_, first), (_, second) = caught.value.readings
    assert first.endswith("data/labels.csv")
    assert second.endswith("--exclude ./labels.csv")


def test_names_of_files_against_a_table(place):
    paths = [f"{label}.{i}.jpg" for label in ("cat", "dog") for i in range(4)]
    assert read(place(paths, labels=rows(paths, "ccccdddd"))).classes == ("c", "d")
    with pytest.raises(AmbiguousDataError, match="names of the files"):
        read(place(paths, labels=rows(paths, "abababab")))
    # Names of which each has a number of its own are no labels.
    paths = [f"{i}_{i}.jpg" for i in range(8)]
    assert read(place(paths, labels=rows(paths, "abababab"))).classes == ("a", "b")


def test_split_folders_hold_for_a_table_without_splits(place):
    paths = [f"{split}/{i}.jpg" for split in ("train", "test") for i in range(4)]
    root = place(paths, labels=rows(paths, "abababab"))
    dataset = read(root)
    assert dataset.source.splits == {"train": 4, "test": 4}
    assert dataset.source.splits_from == "folders"
    assert read(root, split=False).given is None


def test_tables_that_name_splits(place):
    paths = [f"images/{i}.jpg" for i in range(8)]
    root = place(paths, train=rows(paths[:5], "ababa"), valid=rows(paths[5:], "aba"))
    dataset = read(root)
    assert dataset.source.splits == {"train": 5, "validation": 3}
    assert dataset.source.split_folders == ("train.csv", "valid.csv")
    assert read(root, split=False).given is None


def test_pictures_that_no_table_lists_are_counted(place):
    paths = [f"{i}.jpg" for i in range(8)]
    dataset = read(place(paths, labels=rows(paths[:6], "ababab")))
    assert len(dataset) == 6
    assert dataset.skipped == {"picture that the table does not list": 2}


def test_a_table_beside_those_of_splits_is_left_out(place):
    paths = [f"images/{i}.jpg" for i in range(8)]
    root = place([*paths, "meta/1.jpg"], train=rows(paths[:5], "ababa"), test=rows(paths[5:], "aba"),
                 meta=rows(["meta/1.jpg"], "a"))  # fmt: skip
    dataset = read(root)
    assert dataset.source.splits == {"train": 5, "test": 3}
    assert dataset.source.left_out == (LeftOut("meta.csv", "table", 1),)
    assert (
        "the table 'meta.csv' is none of the splits and is left out (1 picture); give its path to read it"
        in guesses(dataset.source)
    )


def test_masks_are_counted_beside_a_table(place):
    paths = [f"images/{i}.jpg" for i in range(4)]
    dataset = read(place([*paths, *(f"masks/{i}.jpg" for i in range(4))], labels=rows(paths, "abab")))
    assert (len(dataset), dataset.skipped) == (4, {"mask or other annotation": 4})


def test_a_sample_submission_has_no_labels(place):
    paths = [f"{i}.jpg" for i in range(8)]
    dataset = read(place(paths, labels=rows(paths, "abababab"), sample_submission=rows(paths, "aaaaaaaa")))
    assert dataset.counts() == {"a": 4, "b": 4}


def test_two_tables_with_labels_are_not_chosen_from(place):
    paths = [f"{i}.jpg" for i in range(4)]
    with pytest.raises(DataError, match=r"one table, and there are 'first.csv', 'second.csv'"):
        read(place(paths, first=rows(paths, "abab"), second=rows(paths, "aabb")))


def test_a_table_in_a_wrapper(place):
    paths = [f"{i}.jpg" for i in range(4)]
    dataset = read(place([f"inner/images/{path}" for path in paths],
                         inner__labels=rows([f"images/{path}" for path in paths], "abab")))  # fmt: skip
    assert dataset.counts() == {"a": 2, "b": 2}


def test_named_columns_find_the_table(place):
    paths = [f"{i}.jpg" for i in range(4)]
    root = place(paths, labels=rows(paths, ["a,x", "a,y", "b,x", "b,y"], "path,label,breed"))
    assert read(root, label_column="breed").classes == ("x", "y")


def test_named_columns_find_the_tables_of_splits(place):
    paths = [f"{i}.jpg" for i in range(4)]
    table = rows(paths, ["x", "y", "x", "y"], "path,breed")
    root = place([f"{split}/{path}" for split in ("train", "test") for path in paths], train__a=table, test__a=table)
    assert read(root, label_column="breed").source.splits == {"train": 4, "test": 4}


def test_named_columns_find_tables_that_name_splits(place):
    paths = [f"{i}.jpg" for i in range(4)]
    root = place(paths, train=rows(paths[:2], "xy", "path,breed"), test=rows(paths[2:], "xy", "path,breed"))
    assert read(root, label_column="breed").source.splits == {"train": 2, "test": 2}


def test_a_table_that_contradicts_itself_is_asked_about_beside_folders(place):
    table = [*rows(IN_CLASSES, "abababab"), f"{IN_CLASSES[0]},b"]
    with pytest.raises(AmbiguousDataError, match="it cannot be read: rows of one file must agree"):
        read(place(IN_CLASSES, labels=table))
    with pytest.raises(DataError, match="rows of one file must agree"):
        read(place(["0.jpg", "1.jpg"], labels=["path,label", "0.jpg,a", "0.jpg,b", "1.jpg,b"]))


def test_the_table_of_the_training_split_must_be_readable(place):
    paths = [f"{i}.jpg" for i in range(8)]
    several = ["path,a,b,c", *(f"{path},1,1,0" for path in paths[:4])]
    one = ["path,a,b,c", *(f"{path},{i % 2},{1 - i % 2},0" for i, path in enumerate(paths[4:]))]
    with pytest.raises(DataError, match="multi-label"):
        read(place(paths, train=several, valid=one))


def test_globs_are_matched_from_the_folder_on_also_for_its_tables(place):
    paths = [f"images/{i}.jpg" for i in range(8)]
    root = place([f"inner/{path}" for path in paths], inner__labels=rows(paths, "abababab"))
    dataset = read(root, include=["./inner"], exclude=["./inner/images/7.jpg"])
    assert dataset.counts() == {"a": 4, "b": 3}


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ("path,width\n" + "".join(f"{path},{i}.5\n" for i, path in enumerate(IN_CLASSES)), "needs a label column"),
        ("day,rain\n1,2\n", "it names none of the pictures"),
        (b"path,label\n\xe4.jpg,x\n", "must be UTF-8 text"),
        ("path,label\n" + "".join(f"{path},{path[0]}\n" for path in IN_CLASSES), "it says the same as the folders"),
    ],
)
def test_a_table_that_is_not_read_beside_class_folders_is_named(make, write, content, says):
    root = make(*IN_CLASSES)
    write("data/more.csv", content)
    dataset = read(root)
    assert dataset.source.layout == "class-folders"
    (unread,) = dataset.source.unread_tables
    assert unread.name == "more.csv"
    assert says in unread.reason
    assert any("'more.csv' is not read" in guess for guess in guesses(dataset.source))


def test_folders_that_a_table_overrules_are_named(place):
    dataset = read(place(IN_STORES_OTHER, labels=rows(IN_STORES_OTHER, "aabbabba")))
    assert dataset.source.folder_classes == ("box-1", "box-2")
    (line,) = (guess for guess in guesses(dataset.source) if "the folders are called" in guess)
    assert line.endswith("--exclude labels.csv")
    assert read(place(IN_STORES_OTHER), exclude=["labels.csv"]).classes == ("box-1", "box-2")


IN_STORES_OTHER = [path.replace("batch", "box-") for path in IN_STORES]


def test_columns_that_are_not_used_are_named(place):
    paths = [f"{i}.jpg" for i in range(4)]
    dataset = read(place(paths, labels=rows(paths, ["a,x", "a,y", "b,x", "b,y"], "path,label,Patientennummer")))
    assert dataset.source.unused_columns == ("Patientennummer",)
    assert "nothing is taken from 1 column: 'Patientennummer'" in guesses(dataset.source)


def test_a_table_called_like_a_folder_lists_what_is_in_it(place):
    paths = [f"{i}.jpg" for i in range(4)]
    files = [f"{split}/{path}" for split in ("train", "test") for path in paths]
    dataset = read(place(files, train=rows(paths, "abab"), test=["path", *paths]))
    assert dataset.counts() == {"a": 2, "b": 2}
    assert all("/train/" in picture for picture in dataset.pictures)


def test_a_column_that_is_no_label_by_its_name_does_not_overrule_folders(place):
    table = rows(IN_CLASSES, ["x,p1", "y,p2", "x,p3", "y,p4", "y,p5", "x,p6", "y,p7", "x,p8"], "image,sex,patient_id")
    with pytest.raises(AmbiguousDataError, match=r"it has other labels \('x', 'y'\)"):
        read(place(IN_CLASSES, patients=table))


def test_a_table_that_lists_a_part_of_each_folder_is_asked_about(place):
    listed = [*IN_CLASSES[:2], *IN_CLASSES[4:6]]
    with pytest.raises(AmbiguousDataError, match="it has other labels"):
        read(place(IN_CLASSES, reviewed=rows(listed, ["cat", "dog", "dog", "dog"])))


def test_a_folder_of_images_goes_with_a_table(make, place):
    elsewhere = make("1.jpg", under="elsewhere")
    with pytest.raises(DataError, match=r"--images\) goes with a table"):
        read(place(IN_CLASSES), images=elsewhere)
