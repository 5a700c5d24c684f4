"""Recipes: what they refuse, and which field they name."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from headway.cli.main import run
from headway.errors import UserError
from headway.recipe import _ELSEWHERE, FieldError, Recipe


@pytest.mark.parametrize(
    ("values", "field", "says"),
    [
        ({"backbone": ""}, "backbone", "must be the name of one, not ''"),
        ({"features": ""}, "features", "features must be the name of some: auto, last, depths, flat, or a layer"),
        ({"weights": None}, "weights", "weights must be a file or 'random', not None"),
        ({"device": "tpu"}, "device", "no device is called 'tpu'"),
        ({"head": "logistc"}, "head", "did you mean logistic"),
        ({"tta": 1}, "tta", "must be true or false, not 1"),
        ({"test_fraction": 1}, "test_fraction", "must be at least 0 and below 1, not 1"),
        ({"test_fraction": float("nan")}, "test_fraction", "not nan"),
        ({"test_fraction": -0.1}, "test_fraction", "not -0.1"),
        ({"folds": 1}, "folds", "needs at least 2 folds and at most 100, not 1"),
        ({"folds": 2.0}, "folds", "folds must be a whole number from 2 to 100, not 2.0"),
        ({"finetune": True}, "finetune", "finetune must be one of none, last-block, all, auto, not True"),
        ({"head": None}, "head", "head must be one of auto, majority"),
        ({"seed": -1}, "seed", "the seed must be a whole number from 0 to 4,294,967,295, not -1"),
        ({"image_size": 2.5}, "image_size", "image size must be a whole number"),
        ({"select_count": True}, "select_count", "select count must be a whole number"),
        ({"epochs": 10**9}, "epochs", "epochs must be a whole number from 0 to 10,000"),
        ({"learning_rate": 11}, "learning_rate", "must lie between 0 and 10"),
        ({"C": 1.0}, "C", "C must be a list"),
        ({"C": (0,)}, "C", "every C must be a number"),
        ({"augment": (1,)}, "augment", "must list changes"),
        ({"augment": ("rotat",)}, "augment", "did you mean rotate"),
        ({"refit": 0}, "refit", "refit must be true or false, not 0"),
        ({"optimizer": "SGD"}, "optimizer", "no optimizer is called 'SGD': did you mean sgd"),
        ({"optimizer": "sgd"}, "optimizer", "optimizer needs finetune, scratch or a dense head"),
        ({"loss": "binary-cross-entropy", "head": "svm"}, "loss", "loss needs finetune, scratch or a dense head"),
        ({"decoding": "Keras"}, "decoding", "no decoding is called 'Keras': did you mean keras"),
        ({"scaling": "unit", "scratch": "food11"}, "scaling", "scaling cannot be combined with scratch"),
        ({"solver": "lbfgs"}, "solver", "solver must be a list"),
        ({"solver": ("saga",), "head": "logistic"}, "solver", "solver must list some of newton-cg, lbfgs"),
        ({"solver": ("lbfgs", "lbfgs"), "head": "logistic"}, "solver", "each once"),
        ({"solver": ("lbfgs",)}, "solver", "solver needs head logistic"),
        ({"solver": ("lbfgs",), "head": "logistic", "finetune": "all"}, "solver", "cannot be combined with finetune"),
        ({"head": "dense256", "scratch": "food11"}, "head", "head dense256 cannot be combined with scratch"),
        ({"features": "flat", "scratch": "food11"}, "features", "features flat cannot be combined with scratch"),
        ({"head": "dense100", "finetune": "all"}, "head", "head dense100 cannot be combined with finetune"),
        ({"features": "flat", "finetune": "all", "tta": True}, "tta", "tta cannot be combined with features flat"),
        ({"epochs": 3, "head": "mlp"}, "epochs", "epochs needs finetune, scratch or a dense head"),
        ({"backbone": "{head}", "scratch": "food11"}, "backbone", "backbone cannot be combined with scratch"),
    ],
)
def test_every_error_names_its_field(values: dict[str, object], field: str, says: str) -> None:
    with pytest.raises(UserError) as caught:
        Recipe(**values)  # type: ignore[arg-type]
    assert caught.value.field == field
    assert says in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_message_calls_the_fields_as_its_reader_does() -> None:
    with pytest.raises(FieldError) as caught:
        Recipe(select_count=3)
    error = caught.value.calling({name: f"--{name.replace('_', '-')}" for name in Recipe().to_dict()})
    assert str(error).startswith("--select-count needs --select, which says by what")
    assert error.field == "select_count"


def test_no_picture_need_be_held_back() -> None:
    assert Recipe(test_fraction=0).test_fraction == 0.0
    assert type(Recipe(test_fraction=np.float32(0.25)).test_fraction) is float


def test_names_from_other_libraries_are_translated() -> None:
    for name, field in (("test_size", "test_fraction"), ("random_state", "seed"), ("n_splits", "folds")):
        with pytest.raises(UserError, match=f"^no setting is called '{name}': here it is {field}$"):
            Recipe().with_settings({name: 1})  # type: ignore[typeddict-unknown-key]
    assert set(_ELSEWHERE.values()) <= set(Recipe().to_dict())
    assert not set(_ELSEWHERE) & set(Recipe().to_dict())


def test_what_has_no_option_is_called_as_in_a_recipe(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    recipe = tmp_path / "mine.toml"
    recipe.write_text('head = "svm"\noptimizer = "sgd"\n')
    assert run(["fit", str(tmp_path), "--recipe", str(recipe)]) == 2
    assert f"{recipe}, line 2: optimizer needs finetune, scratch or a dense head" in capsys.readouterr().err
