"""`headway compare` as a user types it, with the tiny backbone."""

from __future__ import annotations

import json
import shlex
from pathlib import Path

import pytest

from headway.cli.main import run
from headway.comparison import run as module
from headway.errors import OutputError
from headway.recipes import NamedRecipe


@pytest.fixture
def recipes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Options that compare three quick recipes and none of the list."""
    from headway.comparison import DEFAULT

    options = ["--skip", ",".join(method.name for method in DEFAULT)]
    for head in ("centroid", "logistic", "mlp"):
        path = tmp_path / f"tiny-{head}.toml"
        path.write_text(f'backbone = "tiny"\nfeatures = "last"\nhead = "{head}"\n')
        options += ["--recipe", str(path)]
    return options


def test_a_table_advice_and_the_case(
    pictures: Path, recipes: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    target = tmp_path / "comparison.md"
    assert run(["compare", str(pictures), *recipes, "--markdown", str(target)]) == 0
    out = capsys.readouterr().out
    assert "tiny-centroid" in out
    assert "95 % interval" in out
    assert "Take tiny-" in out
    assert "Case 3 of 4" in out or "Case 1 of 4" in out
    assert f"To fit it:\n  headway fit {pictures} --backbone tiny --features last --head" in out
    assert f"Wrote {target}" in out
    page = target.read_text()
    assert page.count("| **tiny-") == 1 and "## What the best, tiny-" in page and "| true \\\\ predicted |" in page


def test_a_table_that_cannot_be_written_is_printed_all_the_same(
    pictures: Path,
    recipes: list[str],
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def full(*_: object) -> None:
        raise OutputError("the disk is full")

    monkeypatch.setattr("headway.cli.compare.write_markdown", full)
    assert run(["compare", str(pictures), *recipes, "--markdown", str(tmp_path / "comparison.md")]) == 2
    captured = capsys.readouterr()
    assert "Take tiny-" in captured.out and "Wrote" not in captured.out
    assert captured.err.endswith("headway: the disk is full\n")


def test_json(pictures: Path, recipes: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    arguments = ["compare", str(pictures), *recipes, "--skip", "tiny-mlp", "--json"]
    assert run(arguments) == 0
    document = json.loads(capsys.readouterr().out)
    assert {row["name"] for row in document["rows"]} == {"tiny-centroid", "tiny-logistic"}
    assert document["command"].startswith(f"headway fit {pictures} --backbone tiny")


def test_recipes_that_are_added_run_beside_those_of_only(
    pictures: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    seen: list[str] = []

    def compare(data: object, recipes: list[NamedRecipe], *, only: tuple[str, ...], **options: object) -> None:
        seen.extend(method.name for method in recipes if method.name in only)
        raise KeyboardInterrupt

    monkeypatch.setattr("headway.comparison.compare", compare)
    path = tmp_path / "mine.toml"
    path.write_text('backbone = "tiny"\n')
    assert run(["compare", str(pictures), "--recipe", str(path), "--only", "depths, colour"]) == 130
    assert seen == ["depths", "colour", "mine"]


def test_interrupted_it_prints_the_table_so_far(
    pictures: Path, recipes: list[str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    real = module.fitting.fit_recipe

    def run_fit(session: object, data: object, recipe: object, **more: object) -> object:
        if recipe.head == "mlp":  # type: ignore[attr-defined]
            raise KeyboardInterrupt
        return real(session, data, recipe, **more)  # type: ignore[arg-type]

    monkeypatch.setattr(module.fitting, "fit_recipe", run_fit)
    assert run(["compare", str(pictures), *recipes]) == 130
    captured = capsys.readouterr()
    assert "Left out: tiny-mlp: interrupted" in captured.out
    assert "the 2 that ran" in captured.out
    assert "tiny-logistic" in captured.out
    assert "run the same command to go on" in captured.err


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--only", "depht"], "did you mean depths"),
        (["--skip", "finetune"], "no recipe in this comparison is called 'finetune'"),
        (["--budget", "soon"], "a budget must be a length of time such as 90s, 10m or 2h"),
        (["--recipe", "no-such.toml"], "no-such.toml"),
        (["--markdown", "missing/table.md"], "there is no folder missing"),
        (["--markdown", "table.txt"], "must end in .md"),
        (["--folds", "1"], "folds"),
        (["--only", "colour", "--skip", "colour"], "no recipe is left"),
    ],
)
def test_wrong_input_is_one_line_before_any_work(
    pictures: Path,
    arguments: list[str],
    message: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(module.fitting, "fit_recipe", None)
    monkeypatch.setattr(module, "embed_images", None)
    monkeypatch.chdir(pictures.parent)
    assert run(["compare", str(pictures), *arguments]) == 2
    captured = capsys.readouterr()
    assert message in captured.err
    assert captured.err.count("\n") == 1
    assert captured.out == ""


def test_recipes_that_read_other_data_are_not_compared(
    pictures: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for name, pattern in (("one", "^([a-z]+)"), ("two", "^([0-9]+)")):
        (tmp_path / f"{name}.toml").write_text(f'backbone = "tiny"\n[data]\nlabel_pattern = "{pattern}"\n')
    paths = [str(tmp_path / f"{name}.toml") for name in ("one", "two")]
    assert run(["compare", str(pictures), "--recipe", paths[0], "--recipe", paths[1]]) == 2
    assert "two has another label_pattern" in capsys.readouterr().err


def test_the_command_at_the_end_makes_the_same_model(
    pictures: Path, recipes: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    flat = tmp_path / "flat pictures"
    flat.mkdir()
    for path in sorted(pictures.glob("*/*.png")):
        path.rename(flat / f"{path.parent.name}_{path.name}")
    options = ["--label-pattern", "^([a-z]+)_", "--seed", "3", "--test-fraction", "0.3", "--folds", "4"]
    options += ["--max-bad", "0.2", "--skip", "tiny-mlp,tiny-logistic"]
    assert run(["compare", str(flat), *recipes, *options, "--json"]) == 0
    document = json.loads(capsys.readouterr().out)
    command = shlex.split(document["command"])
    assert command[:2] == ["headway", "fit"]
    assert run([*command[1:], "-o", str(tmp_path / "model.onnx"), "--json"]) == 0
    report = json.loads(capsys.readouterr().out)
    assert report["data"]["division"] == document["data"]["division"]
    assert report["test"]["log_loss"] == pytest.approx(document["rows"][0]["log_loss"])
    assert report["cross_validation"]["folds"] == 4
    assert command[3:7] == ["--label-pattern", "^([a-z]+)_", "--max-bad", "0.2"]


def test_the_command_says_how_a_recipe_reads_the_data(
    pictures: Path, recipes: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    names = "".join(f'{folder.name} = "{folder.name} things"\n' for folder in pictures.iterdir())
    mine = tmp_path / "tiny-mine.toml"
    mine.write_text(
        f'backbone = "tiny"\nhead = "centroid"\n[data]\nlabel_pattern = "^([a-z]+)/"\n[data.class_names]\n{names}'
    )
    assert run(["compare", str(pictures), *recipes, "--recipe", str(mine)]) == 0
    out = capsys.readouterr().out
    assert (
        f"To fit it:\n  headway fit {pictures} --label-pattern '^([a-z]+)/' --class-names FILE --backbone tiny" in out
    )
    assert "\nFILE: the names of the classes" in out


def test_a_recipe_that_does_not_fit_the_data_is_named(
    pictures: Path, recipes: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["compare", str(pictures), *recipes, "--recipe", "food11-scratch"]) == 2
    error = capsys.readouterr().err
    assert "--recipe food11-scratch does not fit the data: every class needs a name in class_names" in error
    assert error.count("\n") == 1


def test_help_has_examples_and_the_list(capsys: pytest.CaptureFixture[str]) -> None:
    from headway.comparison import DEFAULT

    assert run(["compare", "--help"]) == 0
    out = " ".join(capsys.readouterr().out.split())
    assert "headway compare photos/ --budget 10m" in out
    assert ", ".join(method.name for method in DEFAULT) in out


def test_another_network_and_a_recipe_with_keys_that_are_no_options(
    pictures: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    own = tmp_path / "as published.toml"
    own.write_text('backbone = "tiny"\ndecoding = "keras"\nfeatures = "last"\nhead = "logistic"\nsolver = ["lbfgs"]\n')
    given = ["--recipe", str(own), "--backbone", "tiny", "--only", "frozen-centroid", "--seed", "3", "--json"]
    assert run(["compare", str(pictures), *given, "--cache", str(tmp_path / "cache")]) == 0
    found = json.loads(capsys.readouterr().out)
    assert {row["name"]: row["recipe"]["backbone"] for row in found["rows"]} == {
        "frozen-centroid": "tiny",
        "as published": "tiny",
    }
    if found["take"] == "as published":
        assert found["command"] == f"headway fit {pictures} --recipe {shlex.quote(str(own))} --seed 3"
    assert run(["fit", str(pictures), "--recipe", str(own), "-o", str(tmp_path / "m.onnx"), "--no-report"]) == 0
    out = capsys.readouterr().out
    assert "Head: logistic on last (32 features), C = 1, lbfgs" in out
    assert "C  solver" not in out  # of one there is nothing to choose
