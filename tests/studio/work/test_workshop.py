"""A project's page, as its threads ask: pictures come, are learned from, corrected, and learned from again."""

from __future__ import annotations

import json
import os
import shutil
import threading
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import headway
from headway.errors import ModelError, PictureError
from headway.facts.studio import Job
from headway.studio.work import BusyError, NoModelError, NotReadyError, Workshop, training
from headway.studio.work.jobs import Watch
from headway.studio.work.models import ModelFile
from tests.studio.work.making import TINY, Folder, rested, train, wait, working

RED, BLUE = "pictures/red/00.png", "pictures/blue/00.png"


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project with a model; tests take a copy."""
    place = tmp_path_factory.mktemp("trained")
    project = Folder(place / "project")
    with working(project, cache=place / "cache") as shop:
        train(shop)
    return place


@pytest.fixture
def project(trained: Path, tmp_path: Path) -> Folder:
    """A project of 36 pictures in three classes, with a model."""
    shutil.copytree(trained / "project", tmp_path / "project")
    shutil.copytree(trained / "cache", tmp_path / "cache")
    return Folder(tmp_path / "project")


@pytest.fixture
def new(tmp_path: Path) -> Folder:
    """The same without a model."""
    return Folder(tmp_path / "project")


def at(project: Folder) -> dict[str, object]:
    return {"cache": project.folder.parent / "cache"}


def stopping_at(monkeypatch: pytest.MonkeyPatch, stage: str, stop: Callable[[], None]) -> None:
    """Have something done when a stage of any job begins."""
    start = Watch.start

    def watched(watch: Watch, name: str, total: int | None = None) -> None:
        if stage in name:
            stop()
        start(watch, name, total)

    monkeypatch.setattr(Watch, "start", watched)


def test_pictures_are_prepared_unasked(new: Folder) -> None:
    shutil.copy(new.folder / RED, new.folder / "pictures/red/again.png")
    new.add("pictures/red/again.png", "red")
    with working(new, **at(new)) as shop:
        wait(lambda: rested(shop))
        assert (shop.features_known.known, shop.features_known.n, shop.copies) == (37, 37, 1)
        [copies] = [one for one in shop.findings() if one.code == "identical-files"]
        assert (copies.severity, copies.n, copies.proposals) == ("warning", 2, 1)
        assert "the same" in copies.text or "identical" in copies.text
        assert shop.finding_pictures("identical-files") == (RED, "pictures/red/again.png")
        assert "identical-files" in shop.finding_codes[RED]
        [proposal] = shop.proposals("identical-files")
        assert (proposal.file, proposal.decision, proposal.partner) == ("pictures/red/again.png", "drop", RED)
        assert proposal.is_sure and "201" in proposal.why
        assert shop.model() is None and shop.result() is None and shop.report() is None
        new.change(RED, left_out=True)
        assert shop.copies == 0
        assert shop.proposals("identical-files") == ()  # both would be lost


def test_what_comes_later_is_prepared_too(new: Folder) -> None:
    with working(new, **at(new)) as shop:
        wait(lambda: rested(shop))
        Image.new("RGB", (30, 30), (250, 240, 10)).save(new.folder / "later.png")
        new.add("later.png")
        assert (shop.features_known.known, shop.features_known.n) == (36, 37)
        with pytest.raises(NotReadyError, match="in a moment"):
            shop.similar("later.png")
        shop.touch()
        wait(lambda: rested(shop))
        assert len(shop.similar("later.png", 3)) == 3


def test_a_picture_that_cannot_be_read_is_told_of_and_learned_without(new: Folder) -> None:
    (new.folder / "broken.png").write_bytes(b"no picture")
    new.add("broken.png", "red")
    with working(new, **at(new)) as shop:
        wait(lambda: shop.features_known.known == 36)
        assert shop.problems == (
            "1 picture cannot be read and is left out, broken.png: not a picture (starts like text)",
        )
        train(shop)
        assert shop.result() is not None and shop.result().n == 36


def test_a_training_gives_a_result_and_the_files_of_the_command_line(new: Folder, tmp_path: Path) -> None:
    with working(new, **at(new)) as shop:
        train(shop)
        result, model = shop.result(), shop.model()
        assert result is not None and model is not None
        assert (result.n, result.how, result.classes) == (36, "cross-validation", ("blue", "green", "red"))
        assert np.array(result.confusion).sum() == 36 == len(shop.predictions)
        assert result.sentences[0].startswith(f"{100 * result.accuracy:.3g} %")
        assert "cross-validation" in result.sentences[0]
        assert result.sentences[-1].startswith("The report begins with another figure: ")
        assert result.sentences[-1].endswith(" of the 6 pictures kept for a test.")
        assert result.previous is None and result.changed == () and result.learned_from == 30
        assert (model.accuracy, model.tested_on, model.is_stale) == (result.accuracy, 36, False)
        assert shop.report() == new.folder / "report.html"
        assert shop.asked is not None and shop.asked.state == "done"
    expected = headway.fit(new.folder / "labels.csv", TINY)
    expected.save(tmp_path / "expected.onnx")
    assert (new.folder / "model.onnx").read_bytes() == (tmp_path / "expected.onnx").read_bytes()
    assert result.accuracy == expected.report.cross_validation.accuracy
    assert b'content="Headway"' in (new.folder / "report.html").read_bytes()
    assert len((new.folder / "predictions.csv").read_text().splitlines()) == 1 + 36 + expected.report.test.n


def test_labels_that_are_corrected_show_in_the_next_result(project: Folder) -> None:
    with working(project, **at(project)) as shop:
        wait(lambda: rested(shop))
        first = shop.result()
        assert first is not None and shop.model() is not None and not shop.model().is_stale
        project.change(RED, label="blue")
        shop.touch()
        assert shop.model().is_stale
        assert shop.predictions[RED].is_right  # as it was labelled then
        train(shop)
        second = shop.result()
        assert second is not None and second.previous is not None
        assert (second.previous.accuracy, second.previous.n) == (first.accuracy, first.n)
        assert [(one.file, one.was_right, one.is_right) for one in second.changed] == [(RED, True, False)]
        assert second.confusion[0][2] == 1  # a blue one is taken for red
        assert not shop.model().is_stale


def test_a_restart_finds_everything_again(project: Folder) -> None:
    with working(project, **at(project)) as shop:
        wait(lambda: rested(shop))
        before = shop.result(), shop.model(), dict(shop.predictions), shop.report()
    with working(project, **at(project)) as shop:
        assert (shop.result(), shop.model(), dict(shop.predictions), shop.report()) == before
        assert before[0] is not None and len(before[2]) == 36


@pytest.mark.parametrize("content", ["", "{", "[]", '{"schema": 2}', '{"schema": 1, "result": 7}', '"\\ud800"'])
def test_a_damaged_record_counts_as_none_and_the_model_speaks_for_itself(project: Folder, content: str) -> None:
    (project.folder / "result.json").write_text(content)
    (project.folder / "comparison.json").write_text(content)
    with working(project, **at(project)) as shop:
        result, model = shop.result(), shop.model()
        assert result is not None and result.how == "test"
        assert model is not None and model.accuracy == result.accuracy and not model.is_stale
        assert shop.predictions == {} and shop.report() is None and shop.comparison() is None


def test_a_model_that_is_replaced_from_outside_is_noticed(project: Folder) -> None:
    with working(project, **at(project)) as shop:
        old = shop.model()
        rows = [one for one in project.entries() if one.label != "green"]
        dataset = headway.read([project.path(one.file) for one in rows], [one.label for one in rows])
        headway.fit(dataset, TINY).save(project.folder / "model.onnx")
        model = shop.model()
        assert old is not None and model is not None
        assert (old.classes, model.classes) == (("blue", "green", "red"), ("blue", "red"))
        assert model.is_stale and shop.predictions == {} and shop.report() is None
        (project.folder / "model.onnx").unlink()
        assert shop.model() is None and shop.result() is None
        with pytest.raises(NoModelError, match="train one first"):
            shop.try_(b"", "a.png")
        (project.folder / "model.onnx").write_bytes(b"nonsense")
        assert shop.model() is None
        with pytest.raises(ModelError, match=r"model\.onnx"):
            shop.try_(b"", "a.png")


def test_a_power_cut_between_two_files_of_a_training_leaves_its_result(
    new: Folder, monkeypatch: pytest.MonkeyPatch
) -> None:
    cuts: list[Path] = []

    def cut(write: Callable[..., None]) -> Callable[..., None]:
        def wrapped(*arguments: object) -> None:
            write(*arguments)
            cuts.append(new.folder.with_name(f"cut{len(cuts)}"))
            shutil.copytree(new.folder, cuts[-1])

        return wrapped

    with working(new, **at(new)) as shop, monkeypatch.context() as patch:
        wait(lambda: rested(shop))
        patch.setattr(ModelFile, "save", cut(ModelFile.save))
        patch.setattr(training, "write_record", cut(training.write_record))
        train(shop)
        whole = shop.result()
    assert len(cuts) == 5  # model, record; record, fuller model, record
    for place in cuts[1:]:
        with working(Folder(place), **at(new), quiet=100.0) as shop:
            assert (shop.result(), len(shop.predictions)) == (whole, 36), place.name


def test_a_training_is_stopped_in_the_middle(new: Folder, monkeypatch: pytest.MonkeyPatch) -> None:
    with working(new, **at(new)) as shop:
        wait(lambda: rested(shop))
        with monkeypatch.context() as patch:
            stopping_at(patch, "choosing a head", shop.stop)
            shop.start("train")
            wait(lambda: shop.asked is not None and shop.asked.state == "stopped")
        assert shop.model() is None and not (new.folder / "model.onnx").exists()
        train(shop)
        assert shop.model() is not None


def test_an_error_in_the_middle_leaves_what_was_there(project: Folder, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail() -> None:
        raise OSError(28, "No space left on device", "features.sqlite")

    with working(project, **at(project)) as shop:
        wait(lambda: rested(shop))
        before = shop.result()
        project.change(RED, label="blue")
        with monkeypatch.context() as patch:
            stopping_at(patch, "choosing a head", fail)
            shop.start("train")
            wait(lambda: shop.asked is not None and shop.asked.state == "failed")
        assert shop.asked.message == "features.sqlite: No space left on device"
        assert shop.result() == before and shop.model().is_stale
        train(shop)


def test_a_disk_that_fills_while_the_model_is_written_says_so(new: Folder, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    with working(new, **at(new)) as shop:
        wait(lambda: rested(shop))
        with monkeypatch.context() as patch:
            patch.setattr(os, "fsync", full)
            shop.start("train")
            wait(lambda: shop.asked is not None and shop.asked.state == "failed")
        assert shop.asked.message is not None and "No space left on device" in shop.asked.message
        assert not list(new.folder.glob("*.part")) and shop.model() is None
        train(shop)


@pytest.mark.parametrize(
    ("keep", "message"),
    [
        ({}, "at least 2 classes with 3 pictures each are needed, and there are none: label pictures of two"),
        ({"red": 12}, "at least 2 classes with 3 pictures each are needed, and there is 1"),
        ({"red": 12, "blue": 1}, "every class needs at least 2 pictures, and there is only 1 of 'blue': add one"),
        ({"red": 2, "blue": 2}, "there are too few pictures: add some, until there are 3 of each class"),
    ],
)
def test_too_few_pictures_are_one_plain_line(new: Folder, keep: dict[str, int], message: str) -> None:
    left = dict(keep)
    for one in new.entries():
        left[one.label or ""] = left.get(one.label or "", 0) - 1
        if left[one.label or ""] < 0:
            new.change(one.file, label=None)
    with working(new, **at(new)) as shop:
        shop.start("train")
        wait(lambda: shop.asked is not None and shop.asked.state == "failed")
        assert shop.asked.message is not None and shop.asked.message.startswith(message)


def test_two_clicks_train_once(new: Folder) -> None:
    with working(new, **at(new)) as shop:
        shop.start("train")
        with pytest.raises(BusyError):
            shop.start("train")
        with pytest.raises(BusyError):
            shop.start("compare")
        wait(lambda: shop.result())


def test_a_training_that_was_cut_short_gets_its_report_later(new: Folder, monkeypatch: pytest.MonkeyPatch) -> None:
    with working(new, **at(new)) as shop:
        wait(lambda: rested(shop))
        with monkeypatch.context() as patch:
            patch.setattr("headway.studio.work.training.write_report_page", lambda *_: shop.stop() or 1 / 0)
            shop.start("train")
            wait(lambda: shop.result())
            wait(lambda: shop.job is not None and shop.job.state == "failed")
        assert shop.report() is None and shop.asked is not None and shop.asked.state == "done"
    with working(new, **at(new)) as shop:
        result = shop.result()
        assert result is not None
        wait(lambda: shop.report())
        assert shop.result() == result


def test_a_tried_picture_gets_the_answer_of_the_command_line(project: Folder) -> None:
    content = (project.folder / RED).read_bytes()
    with working(project, **at(project)) as shop:
        wait(lambda: rested(shop))
        tried = shop.try_(content, "a.png", n=3)
    [expected] = headway.load(project.folder / "model.onnx").predict([content], top=5)
    assert (tried.label, tried.probability, tried.top) == (expected.label, expected.probability, expected.top)
    assert (tried.nearest[0].file, round(tried.nearest[0].similarity, 2)) == (RED, 1.0)
    assert len(tried.nearest) == 3 and tried.seconds < 30


def test_what_is_no_picture_is_refused_by_name(project: Folder) -> None:
    with working(project, **at(project)) as shop, pytest.raises(PictureError, match=r"^a\.png: empty file"):
        shop.try_(b"", "a.png")


def test_similar_pictures_are_near_and_not_the_same(new: Folder) -> None:
    with working(new, **at(new)) as shop:
        wait(lambda: rested(shop))
        found = shop.similar(RED, 5)
        assert len(found) == 5 and RED not in [one.file for one in found]
        assert all("/red/" in one.file for one in found)
        assert [one.similarity for one in found] == sorted((one.similarity for one in found), reverse=True)
        new.change(found[0].file, left_out=True)
        assert shop.similar(RED, 4) == found[1:]


def test_the_most_useful_are_suggested_with_a_guess(project: Folder) -> None:
    for number, shade in enumerate((0.2, 0.5, 0.8)):
        mixed = tuple(int(shade * 210 + (1 - shade) * 40) for _ in range(3))
        Image.new("RGB", (40, 50), mixed).save(project.folder / f"new{number}.png")
        project.add(f"new{number}.png")
    with working(project, **at(project)) as shop:
        wait(lambda: rested(shop))
        wanted = shop.suggest(2)
        assert len(wanted) == 2
        assert {one.file for one in wanted} <= {"new0.png", "new1.png", "new2.png"}
        assert {one.guess for one in wanted} <= {"blue", "green", "red"}
        (project.folder / "model.onnx").unlink()
        assert [one.guess for one in shop.suggest(1)] == [None]


def test_a_model_of_other_features_answers_without_comparing(project: Folder) -> None:
    headway.fit(project.dataset(), backbone="colour", head="centroid").save(project.folder / "model.onnx")
    Image.new("RGB", (40, 50), (200, 30, 40)).save(project.folder / "new.png")
    project.add("new.png")
    with working(project, **at(project)) as shop:
        wait(lambda: rested(shop))
        content = (project.folder / "new.png").read_bytes()
        tried = shop.try_(content, "new.png")
        [expected] = headway.load(project.folder / "model.onnx").predict([content])
        assert (tried.label, tried.probability, tried.nearest) == (expected.label, expected.probability, ())
        assert [(one.file, one.guess) for one in shop.suggest()] == [("new.png", None)]


def test_there_is_nothing_to_suggest_where_all_have_a_label(project: Folder) -> None:
    with working(project, **at(project)) as shop:
        assert shop.suggest() == ()


def test_methods_are_compared_within_a_budget(new: Folder, monkeypatch: pytest.MonkeyPatch) -> None:
    from headway.comparison import methods

    quick = tuple(one for one in methods.DEFAULT if one.name in ("frozen-centroid", "frozen-logistic", "majority"))
    monkeypatch.setattr("headway.comparison.run.DEFAULT", quick)
    with working(new, **at(new)) as shop:
        shop.start("compare")
        wait(lambda: shop.asked is not None and shop.asked.state != "running")
        assert shop.asked.state == "done", shop.asked
        table = shop.comparison()
        assert table is not None
        assert {row.name for row in table.rows} == {one.name for one in quick}
        assert table.rows[0].is_best and not next(row for row in table.rows if row.name == "majority").is_best
        assert any("Take " in text for text in table.text)
    with working(new, **at(new)) as shop:
        assert shop.comparison() == table
    assert json.loads((new.folder / "comparison.json").read_text())["schema"] == 1


def test_a_comparison_that_is_stopped_keeps_what_was_done(new: Folder, monkeypatch: pytest.MonkeyPatch) -> None:
    from headway.comparison import methods

    quick = tuple(one for one in methods.DEFAULT if one.name in ("frozen-centroid", "frozen-logistic"))
    monkeypatch.setattr("headway.comparison.run.DEFAULT", quick)
    with working(new, **at(new)) as shop:
        with monkeypatch.context() as patch:
            stopping_at(patch, "2/2", shop.stop)
            shop.start("compare")
            wait(lambda: shop.asked is not None and shop.asked.state != "running")
        assert shop.asked.state == "stopped"
        table = shop.comparison()
        assert table is not None and [row.name for row in table.rows] == ["frozen-centroid"]
        assert "Left out: frozen-logistic: interrupted." in table.text


def test_whoever_listens_is_told(new: Folder) -> None:
    told: list[Job | None] = []
    with working(new, **at(new)) as shop:
        shop.on_change(lambda: told.append(shop.job))
        train(shop)
        wait(lambda: told and told[-1] == shop.job)
        assert len({one.id for one in told if one is not None}) > 1


def test_many_threads_may_ask_while_a_training_goes_on(new: Folder) -> None:
    failures: list[BaseException] = []

    def ask(shop: Workshop, over: threading.Event) -> None:
        try:
            while not over.is_set():
                shop.findings(), shop.model(), shop.result(), shop.copies, shop.finding_codes, shop.suggest(2)
                if RED in shop.predictions and rested(shop):
                    shop.similar(RED), shop.try_((new.folder / RED).read_bytes(), "a.png")
        except BaseException as error:
            failures.append(error)

    with working(new, **at(new)) as shop:
        over = threading.Event()
        threads = [threading.Thread(target=ask, args=(shop, over)) for _ in range(4)]
        for thread in threads:
            thread.start()
        try:
            train(shop)
            new.change(BLUE, label="red")
            shop.touch()
            train(shop)
        finally:
            over.set()
            for thread in threads:
                thread.join()
    assert not failures
