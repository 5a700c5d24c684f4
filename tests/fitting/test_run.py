"""The main job: splits are respected, nothing leaks, nothing is computed twice, the same seed gives the same bytes."""

from __future__ import annotations

import random
import shutil
from pathlib import Path

import numpy as np
import pytest

import headway
from headway import Recipe, read
from headway.cli.main import run as command
from headway.errors import DataError, HeadwayWarning, UnknownNameError, UserError
from headway.fitting import fit
from headway.model import Model
from headway.recipe import Settings
from headway.rendering.fit import uncalibrated
from tests.helpers import Notes, write_pictures

TINY = Recipe(backbone="tiny")


def head_bytes(model: Model) -> list[bytes]:
    return [array.tobytes() for array in (*model.head.weights, *model.head.biases)]


def with_split(pictures: Path, root: Path, held_out: int = 4) -> Path:
    for path in sorted(pictures.glob("*/*.png")):
        part = "test" if int(path.stem) < held_out else "train"
        (root / part / path.parent.name).mkdir(parents=True, exist_ok=True)
        shutil.copy2(path, root / part / path.parent.name)
    return root


def test_colours_are_learnt(pictures: Path) -> None:
    model = fit(pictures, TINY)
    report = model.report
    assert report.test.accuracy == 1
    assert report.test.mistakes == ()
    assert report.cross_validation.accuracy > 0.9
    assert report.cross_validation.n == 36, "with few pictures all are cross-validated"
    assert report.data.division.train + report.data.division.test == 36


def test_a_given_split_is_respected(pictures: Path, tmp_path: Path) -> None:
    report = fit(with_split(pictures, tmp_path / "split"), TINY).report
    assert report.data.division.kind == "given"
    assert (report.data.division.train, report.data.division.test) == (24, 12)
    assert report.cross_validation.n == 24, "the test split has no part in the cross-validation"


def test_a_validation_split_is_chosen_on(pictures: Path, tmp_path: Path) -> None:
    root = with_split(pictures, tmp_path / "split")
    for path in sorted((root / "train").glob("*/*.png")):
        if int(path.stem) < 7:
            (root / "validation" / path.parent.name).mkdir(parents=True, exist_ok=True)
            path.rename(root / "validation" / path.parent.name / path.name)
    report = fit(root, TINY).report
    assert (report.data.division.train, report.data.division.validation, report.data.division.test) == (15, 9, 12)
    assert (report.cross_validation.folds, report.cross_validation.n) == (1, 9)


def test_labels_of_the_test_split_change_nothing_but_the_test_score(pictures: Path, tmp_path: Path) -> None:
    honest = fit(with_split(pictures, tmp_path / "honest"), TINY)
    root = with_split(pictures, tmp_path / "shuffled")
    labels = ["blue", "green", "red"]
    paths = sorted((root / "test").glob("*/*.png"))
    for number, path in enumerate(paths):
        path.rename(path.with_name(f"moved{number}.png"))
    for path in sorted((root / "test").glob("*/*.png")):
        other = labels[(labels.index(path.parent.name) + 1) % 3]
        path.rename(root / "test" / other / f"as-{path.parent.name}-{path.name}")
    with pytest.warns(HeadwayWarning, match="not to be believed"):
        shuffled = fit(root, TINY)
    assert head_bytes(shuffled) == head_bytes(honest)
    assert shuffled.calibration == honest.calibration
    assert shuffled.report.cross_validation == honest.report.cross_validation
    assert honest.report.test.accuracy == 1
    assert shuffled.report.test.accuracy == 0


def test_probabilities_that_the_test_contradicts_are_doubted(pictures: Path, tmp_path: Path) -> None:
    root = with_split(pictures, tmp_path / "split")
    fine = fit(root, TINY).report
    assert fine.test_calibration.error == pytest.approx(fine.test.ece) and uncalibrated(fine) is None
    first, second, *_ = sorted((root / "test").iterdir())
    first.rename(root / "aside")
    second.rename(first)
    (root / "aside").rename(second)
    with pytest.warns(HeadwayWarning, match="probabilities are not to be believed: on 12 pictures"):
        report = fit(root, TINY).report
    assert report.test_calibration.is_doubtful and not report.head.calibration.is_doubtful


def test_random_labels_score_as_chance(tmp_path: Path) -> None:
    """Were anything chosen or learnt on held-out pictures, this would come out above chance."""
    shuffle = random.Random(0)
    source = write_pictures(tmp_path / "one", 90, ("red",))
    for path in sorted((source / "red").iterdir()):
        target = tmp_path / "data" / shuffle.choice("ab")
        target.mkdir(parents=True, exist_ok=True)
        path.rename(target / path.name)
    report = fit(tmp_path / "data", TINY).report
    assert abs(report.cross_validation.accuracy - 0.5) < 0.15
    assert report.cross_validation.low < 0.55


def test_identical_files_stay_on_one_side(pictures: Path) -> None:
    for path in sorted(pictures.glob("*/*.png")):
        shutil.copy(path, path.with_name(f"copy-{path.name}"))
    notes = Notes()
    report = fit(pictures, TINY, progress=notes).report
    assert report.features.computed == 36
    assert report.data.n == 72
    assert not any("also in" in note for note in notes.notes)


def test_a_picture_in_both_given_splits_is_said(pictures: Path, tmp_path: Path) -> None:
    root = with_split(pictures, tmp_path / "split")
    shutil.copy(root / "test" / "red" / "00.png", root / "train" / "red" / "leak.png")
    notes = Notes()
    fit(root, TINY, progress=notes)
    assert any("1 test picture is also in training: the test" in note for note in notes.notes)


def test_a_second_fit_opens_no_picture_and_gives_the_same_bytes(
    pictures: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = fit(pictures, TINY)

    def fail(*args: object, **kwargs: object) -> None:
        raise RuntimeError("a picture was opened, or a network run")

    monkeypatch.setattr("headway.embedding.content.read", fail)
    monkeypatch.setattr("headway.backbones.openvino.Engine.__init__", fail)
    second = fit(pictures, TINY)
    assert second.content == first.content
    assert second.report.features.computed == 0


def test_only_new_pictures_are_computed(pictures: Path) -> None:
    fit(pictures, TINY)
    write_pictures(pictures, 14, seed=0)
    report = fit(pictures, TINY).report
    assert report.features.computed == 6


def test_broken_pictures_are_set_aside(pictures: Path) -> None:
    (pictures / "red" / "00.png").write_bytes(b"")
    for _ in range(2):
        report = fit(pictures, TINY).report
        [bad] = report.data.quarantined
        assert bad.path.endswith("00.png")
        assert bad.reason
        assert report.data.n == 35
        assert report.data.counts["red"] == 11


def test_a_group_in_both_given_splits_is_said(pictures: Path) -> None:
    lines = ["path,label,split,patient"]
    for number, path in enumerate(sorted(pictures.glob("*/*.png"))):
        part = "test" if int(path.stem) < 4 else "train"
        lines.append(f"{path.parent.name}/{path.name},{path.parent.name},{part},{number % 12 // 3}")
    (pictures / "table.csv").write_text("\n".join(lines))
    notes = Notes()
    fit(pictures / "table.csv", TINY, progress=notes)
    assert any("3 test pictures have others of their group in training" in note for note in notes.notes), notes.notes


def test_a_seed_changes_the_split_and_nothing_else_is_random(pictures: Path) -> None:
    assert fit(pictures, TINY).content == fit(pictures, TINY).content
    other = fit(pictures, Recipe(backbone="tiny", seed=1))
    assert other.content != fit(pictures, TINY).content


@pytest.mark.parametrize("head", ["centroid", "logistic", "mlp"])
@pytest.mark.parametrize("features", ["last", "depths"])
def test_every_head_on_every_feature_set(pictures: Path, head: str, features: str) -> None:
    model = fit(pictures, Recipe(backbone="tiny", head=head, features=features))  # type: ignore[arg-type]
    assert model.report.head.kind == head
    assert model.report.features.name == features
    assert model.report.test.accuracy > 0.8
    paths = sorted(pictures.glob("*/*.png"))
    labels = [prediction.label for prediction in model.predict(paths)]
    assert np.mean([label == path.parent.name for label, path in zip(labels, paths, strict=True)]) > 0.9


@pytest.mark.parametrize("resize", ["squash", "crop", "letterbox"])
def test_the_resize_policy_is_kept_in_the_model(pictures: Path, resize: str) -> None:
    assert fit(pictures, Recipe(backbone="tiny", resize=resize)).resize == resize  # type: ignore[arg-type]


def test_arrays_and_pil_images_from_python() -> None:
    random_numbers = np.random.default_rng(0)
    arrays = [random_numbers.integers(0, 80, (30, 30, 3), np.uint8) + np.uint8(150 * (i % 2)) for i in range(30)]
    report = fit(read(arrays, ["dark", "light"] * 15), TINY).report
    assert report.data.counts == {"dark": 15, "light": 15}
    assert report.test.accuracy == 1


def test_a_recipe_that_cannot_be() -> None:
    with pytest.raises(UnknownNameError, match="did you mean squash"):
        Recipe(resize="squish")  # type: ignore[arg-type]
    with pytest.raises(UserError, match="test fraction"):
        Recipe(test_fraction=1)
    with pytest.raises(UserError, match="2 folds"):
        Recipe(folds=1)
    with pytest.raises(UserError, match="seed"):
        Recipe(seed=-1)
    for wrong in (
        *({"seed": value} for value in ("x", 1.5, None, True, 2**32)),
        *({"folds": value} for value in ("x", 2.5, None, 101)),
        *({"test_fraction": value} for value in ("x", None, float("nan"), 1)),
        *({"C": value} for value in ((0.0,), (1e300,), ("x",), 1.0)),
        *({"augment": value} for value in ("hflip", (1,))),
        *({"epochs": value} for value in (-1, 1.5, 10**9)),
        {"learning_rate": -1.0},
        {"tta": 1},
        {"weights": None},
        {"backbone": None},
        {"backbone": ""},
        {"head": ["logistic"]},
        {"resize": None},
    ):
        with pytest.raises(UserError) as caught:
            Recipe(**wrong)  # type: ignore[arg-type]
        assert "\n" not in str(caught.value)
    plain = Recipe(seed=np.int64(3), folds=np.int32(4), test_fraction=np.float32(0.5)).to_dict()
    assert [type(plain[name]) for name in ("seed", "folds", "test_fraction")] == [int, int, float]
    with pytest.raises(UnknownNameError):
        fit(".", Recipe(backbone="resnet"))


def test_broken_pictures_can_leave_too_little(pictures: Path) -> None:
    for path in sorted((pictures / "red").iterdir())[1:]:
        path.write_bytes(b"")
    with pytest.raises(DataError, match="red"):
        fit(pictures, TINY, max_bad=0.9)


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"scratch": "food11", "finetune": "all"}, "with scratch, which trains a network of its own"),
        ({"scratch": "food11", "backbone": "vgg16"}, "backbone cannot be combined with scratch, which has no backbone"),
        ({"scratch": "food11", "weights": "random"}, "begins at random ones"),
        (
            {"finetune": "all", "select": "anova"},
            "select cannot be combined with finetune: a network that is trained chooses",
        ),
        ({"finetune": "all", "head": "svm"}, "head svm cannot be combined with finetune"),
        ({"finetune": "all", "features": "block1"}, "features block1 cannot .* reads the last layer, several depths"),
        ({"scratch": "food11", "features": "depths"}, "features depths cannot .* reads the last layer"),
        ({"finetune": "all", "balance": "smote"}, "balance smote cannot .* by weights only"),
        ({"augment": ("hflip",)}, "augment needs finetune or scratch: only networks that are trained"),
        ({"epochs": 3}, "no network is trained"),
        ({"learning_rate": 0.1}, "no network is trained"),
        ({"select_count": 3}, "select_count needs select, which says by what"),
        ({"C": (1.0,), "head": "mlp"}, "C cannot be combined with head mlp"),
    ],
)
def test_contradictions_are_refused(fields: dict[str, object], said: str) -> None:
    with pytest.raises(UserError, match=said):
        Recipe(**fields)  # type: ignore[arg-type]


def test_augmentation_that_is_not_known_is_refused_before_any_work(tmp_path: Path) -> None:
    with pytest.raises(UnknownNameError, match="rotate"):
        fit(tmp_path / "absent", Recipe(scratch="food11", augment=("rotat=5",)))


def test_settings_are_keywords_of_fit(pictures: Path) -> None:
    assert set(Settings.__annotations__) == set(Recipe.__dataclass_fields__)
    model = fit(pictures, TINY, head="centroid", seed=3)
    assert (model.report.recipe["head"], model.report.recipe["seed"]) == ("centroid", 3)
    with pytest.raises(UnknownNameError, match="did you mean"):
        fit(pictures, heads="svm")  # type: ignore[call-arg]
    with pytest.raises(UserError, match=r"head='svm'.*headway\.read\(pictures, labels\)"):
        fit(pictures, "svm")  # type: ignore[arg-type]
    for wrong in (True, print, headway.progress):
        with pytest.raises(UserError, match=r"as headway\.progress\(\) has"):
            fit(pictures, TINY, progress=wrong)  # type: ignore[arg-type]


def test_a_file_of_features_keeps_its_own_settings(pictures: Path, tmp_path: Path) -> None:
    pytest.importorskip("pyarrow")
    from headway.embedding import write_parquet

    dataset = read(pictures)
    file = tmp_path / "f.parquet"
    write_parquet(file, dataset, headway.embed(dataset, "tiny"))
    assert fit(file, TINY, head="centroid").report.backbone.name == "tiny"
    for settings in ({"backbone": "colour"}, {"image_size": 64}, {"resize": "crop"}):
        with pytest.raises(UserError, match="does not fit a file of features"):
            fit(file, **settings)  # type: ignore[arg-type]
    assert command(["fit", str(file), str(file)]) == 2


def test_groups_that_leave_nothing_to_watch_a_network_by_are_named(pictures: Path) -> None:
    lines = ["path,label,patient"]
    lines += [f"{path.parent.name}/{path.name},{path.parent.name},{path.parent.name}" for path in pictures.glob("*/*")]
    (pictures / "table.csv").write_text("\n".join(lines))
    with pytest.raises(DataError, match="group"):
        fit(pictures / "table.csv", Recipe(scratch="residual", image_size=32, epochs=1, test_fraction=0))
