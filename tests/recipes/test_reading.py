"""Recipes from names and files; nothing in a file is believed."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from headway import Recipe
from headway.errors import HeadwayError, UnknownNameError, UserError, blaming
from headway.recipe import FieldError
from headway.recipes import names, parse, read
from headway.recipes.reading import MAX_BYTES


@pytest.mark.parametrize(
    ("text", "line", "says"),
    [
        ('head = "mlp"\nfold = 3', 2, "did you mean folds"),
        ('head = "mpl"', 1, "did you mean mlp"),
        ("\nhead = 3", 2, "head must be text in quotes, not a whole number"),
        ("[recipe]\nfolds = 2.5", 2, "folds must be a whole number, not a number"),
        ("epochs = true", 1, "epochs must be a whole number, not true or false"),
        ("learning_rate = true", 1, "must be a number, not true or false"),
        ("tta = 1", 1, "tta must be true or false"),
        ("seed = 1979-05-27", 1, "not a date"),
        ("[head]\na = 1", 1, "not a table"),
        ("C = 1", 1, "C must be a list"),
        ("\nC = [0]", 2, "every C must be a number from 1e-09"),
        ('C = ["1"]', 1, "every C must be a number from 1e-09"),
        (f"C = [{'9' * 400}]", 1, "every C must be a number from 1e-09"),
        ("augment = [1]", 1, "augment"),
        ('\nfinetune = "all"\naugment = ["rotate=999"]', 3, "rotate takes a number from 0 to 180"),
        ('seed = 1\nbackbone = ""\nhead = "mlp"', 2, "the backbone must be the name of one"),
        ('head = "mlp"\nselect_count = 1', 2, "select_count needs select"),
        ('augment = ["rotat"]\nfinetune = "all"', 1, "did you mean rotate"),
        ("\n" + "a." * 1_500 + "a = 1", 2, "at most 2,000 characters"),
        ("seed = -1", 1, "the seed must be"),
        ("test_fraction = nan", 1, "test fraction"),
        ('head = "mlp"\n\nC = [1.0]', 3, "C cannot be combined with head mlp"),
        ('finetune = "all"\nscratch = "food11"', 1, "finetune cannot be combined with scratch"),
        ("select_count = 10", 1, "select_count needs select, which says by what"),
        ("folds = 3\n[recipe]\nfolds = 3", 3, "folds is set twice"),
        ("folds = 3\nfolds = 3", 2, "not TOML"),
        ('head = "mlp', 1, "not TOML"),
        ("head = mlp", 1, "not TOML"),
        ("a = [\n1,\n", 2, "not TOML"),
        (f"seed = {'9' * 5000}", 1, "at most 2,000 characters"),
        ("a = " + "[\n" * 6000, 1, "lists within lists"),
        ("\nrecipe = 3", 2, "recipe must be a table"),
        ("[data]\n\nlabel_patern = 'x'", 3, "did you mean label_pattern"),
        ("[data]\nlabel_pattern = 3", 2, "label_pattern must be text"),
        ("[data]\nclass_names = 3", 2, "class_names must be a file, a list"),
        ("[data]\nclass_names = [1]", 2, "class_names must be"),
        ('[about]\naccuracy = "high"', 2, "accuracy must be a number"),
        ("[about]\nauthor = 'x'", 2, "no key of [about]"),
        ("[abuot]\ntitle = 'x'", 1, "did you mean about"),
    ],
)
def test_a_mistake_is_one_line_that_names_file_and_line(text: str, line: int, says: str) -> None:
    with pytest.raises(UserError) as caught:
        parse(text, name="mine", title="folder/mine.toml")
    message = str(caught.value)
    assert message.startswith(f"folder/mine.toml, line {line}: ")
    assert says in message
    assert len(message) < 1_000
    assert "\n" not in message


@given(text=st.text(max_size=100))
def test_any_text_is_a_recipe_or_a_mistake(text: str) -> None:
    try:
        parse(text)
    except HeadwayError as error:
        assert "line" in str(error)


@given(
    key=st.sampled_from([*Recipe().to_dict(), "data", "about", "recipe"]),
    value=st.sampled_from(
        [
            "0",
            "-1",
            "1e999",
            "nan",
            "inf",
            '""',
            '"a"',
            "true",
            "[]",
            "[[]]",
            "[nan]",
            "[true]",
            "{}",
            "12:00:00",
            "9" * 40,
        ]
    ),
)
def test_any_value_is_a_recipe_or_a_mistake(key: str, value: str) -> None:
    try:
        assert isinstance(parse(f"{key} = {value}").recipe, Recipe)
    except HeadwayError as error:
        assert "line 1" in str(error)


def test_a_file_is_read_with_what_it_says(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_bytes(
        b"\xef\xbb\xbf# mine\r\nhead = 'logistic'\r\nC = [1]\r\nlearning_rate = 0\r\n"
        b"[data]\r\nclass_names = 'names.txt'\r\nlabel_pattern = '(.)'\r\n[about]\r\ntitle = 'Mine'\r\naccuracy = 1\r\n"
    )
    mine = read(path)
    assert (mine.name, mine.title, mine.about.accuracy) == ("mine", "Mine", 1.0)
    assert mine.recipe == Recipe(head="logistic", C=(1.0,))
    assert mine.reading == {"class_names": str(tmp_path / "names.txt"), "label_pattern": "(.)"}


def test_paths_start_from_the_folder_of_the_file(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text('backbone = "nets/my.onnx"\nweights = "w.safetensors"')
    recipe = read(path).recipe
    assert (recipe.backbone, recipe.weights) == (str(tmp_path / "nets/my.onnx"), str(tmp_path / "w.safetensors"))
    path.write_text('backbone = "vgg16"\nweights = "random"')
    assert (read(path).recipe.backbone, read(path).recipe.weights) == ("vgg16", "random")


def test_a_file_without_ending_is_read_where_it_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("mine").write_text("folds = 3")
    assert read("mine").recipe.folds == 3
    assert read("mine").title == "mine"


def test_a_name_that_there_is_not_suggests_near_ones() -> None:
    with pytest.raises(UnknownNameError, match="did you mean food11-vgg16-dense"):
        read("food11-vgg16-dens")
    with pytest.raises(UnknownNameError, match="or a file"):
        read("")


def test_a_file_that_is_none_is_a_mistake(tmp_path: Path) -> None:
    for path, says in (
        (tmp_path / "no.toml", "cannot be read"),
        (tmp_path, "a folder"),
        (Path("/dev/zero"), "a pipe or a device"),
        (Path("a\0.toml"), "cannot be read"),
    ):
        with pytest.raises(UserError, match=says):
            read(path)


def test_a_large_or_binary_file_is_a_mistake(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_bytes(b"#" * (MAX_BYTES + 1))
    with pytest.raises(UserError, match="too large"):
        read(path)
    path.write_bytes(b"# a\n\xff\xfe")
    with pytest.raises(UserError, match="line 2: a recipe must be UTF-8"):
        read(os.fspath(path))
    with pytest.raises(UserError, match="too large"):
        parse("#" * (MAX_BYTES + 1))


def test_names_are_those_of_the_files() -> None:
    assert len(names()) >= 12
    assert {name.split("-")[0] for name in names()} == {"food11", "fruits", "flowers", "dogs"}


def test_a_value_that_turns_out_wrong_is_told_with_its_line(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text('head = "mlp"\nbackbone = "vgg61"\n[data]\nlabel_pattern = "("')
    mine = read(path)
    for field, line in (("backbone", 2), ("label_pattern", 4)):
        with pytest.raises(UserError, match=f"^{path}, line {line}: no good$"), mine.locating_errors(), blaming(field):
            raise UserError("no good")
    for field in ("", "weights", "class_names"):
        with pytest.raises(UserError, match="^no good$"), mine.locating_errors(), blaming(field):
            raise UserError("no good")
    with pytest.raises(UserError, match="^no good$"), mine.locating_errors(without=["backbone"]), blaming("backbone"):
        raise UserError("no good")


def test_a_shipped_recipe_is_blamed_only_for_what_contradicts_an_option() -> None:
    dense = read("food11-vgg16-dense")
    with pytest.raises(UserError) as told, dense.locating_errors(["head", "C"]):
        raise FieldError("epochs", "{epochs} needs a dense head")
    assert str(told.value) == (
        "recipe food11-vgg16-dense: epochs needs a dense head; or change it in a copy: "
        "headway recipes show food11-vgg16-dense > mine.toml"
    )
    for field in ("C", "select"):  # given, or left alone
        with pytest.raises(FieldError, match="^no good$"), dense.locating_errors(["head", "C"]):
            raise FieldError(field, "no good")
    with pytest.raises(UserError, match="^no good$"), read("food11-vgg16-dense").locating_errors(), blaming("backbone"):
        raise UserError("no good")
