"""Twelve stories of the studio, from an empty page to a model that was taken home, with the real server in its own process.

Whatever happens in them: nothing goes wrong in the browser or its policy, nothing is asked of anybody but the server, and
that asks nobody.
"""

from __future__ import annotations

import csv
import io
import re
import shutil
import struct
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import Browser, Page

import headway
from headway import demo
from tests.browser.studio import axe, button, choose, drop, press, until, write
from tests.browser.studio_process import SECONDS, Process, Sitting
from tests.browser.studio_project import drawn

CLASSES = ("fruit", "houses", "insects")
PHONE = {"viewport": {"width": 360, "height": 740}, "is_mobile": True, "has_touch": True, "device_scale_factor": 2}


def drawings(label: str, first: int, last: int) -> list[Path]:
    """Return some of the thirty drawings of a class."""
    return sorted((demo.pictures() / label).glob("*.webp"))[first:last]


def folder_of(place: Path, each: int, classes: tuple[str, ...] = CLASSES) -> Path:
    """Return a folder with a folder of drawings for each class."""
    for label in classes:
        (place / label).mkdir(parents=True)
        for picture in drawings(label, 0, each):
            shutil.copy(picture, place / label)
    return place


@pytest.fixture(scope="module")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The features of the drawings; all stories share them."""
    return tmp_path_factory.mktemp("cache")


@pytest.fixture
def server(tmp_path: Path, cache: Path) -> Iterator[Process]:
    process = Process(tmp_path / "project", cache, tmp_path / "process")
    yield process
    process.stop()


@pytest.fixture
def sit(chromium: Browser, server: Process) -> Iterator[Callable[..., Sitting]]:
    """Open the page; afterwards nothing went wrong, and nothing was asked of anybody else."""
    sittings: list[Sitting] = []

    def sit_down(**options: object) -> Sitting:
        options = {
            "viewport": {"width": 1280, "height": 900},
            "reduced_motion": "reduce",
            "accept_downloads": True,
        } | options
        sittings.append(Sitting(chromium.new_context(**options), server))
        return sittings[-1]

    yield sit_down
    for one in sittings:
        one.context.close()
        assert one.troubles == []
        assert [url for url in one.requests if not url.startswith((server.url, f"blob:{server.url}", "data:"))] == []


@pytest.fixture
def me(sit: Callable[..., Sitting]) -> Sitting:
    return sit()


def narrow(page: Page) -> bool:
    """Whether nothing is wider than a phone."""
    return page.evaluate("document.documentElement.scrollWidth") <= PHONE["viewport"]["width"]


def test_1_a_dropped_folder_becomes_a_model_that_is_corrected(me, tmp_path):
    page = me.page
    assert axe(page) == []
    folder = folder_of(tmp_path / "pictures", 12)
    [stray] = drawings("fruit", 20, 21)
    shutil.copy(stray, folder / "houses")
    with Image.open(drawings("insects", 0, 1)[0]) as twin:
        twin.save(folder / "insects" / "twin.png")
    drop(page, [folder])
    me.has(fruit=12, houses=13, insects=13)
    page.get_by_text("38 pictures in 3 classes").wait_for()
    button(page, "Accept the proposal").click()  # of the twin
    me.has(fruit=12, houses=13, insects=12)
    press(page, "Control+z")
    me.has(fruit=12, houses=13, insects=13)
    press(page, "Control+Shift+z")
    me.has(fruit=12, houses=13, insects=12)

    before = me.train()
    assert before["n"] == 37
    assert axe(page) == []
    page.get_by_role("link", name=re.compile("^houses taken for fruit")).click()
    page.locator(".tile", has=page.get_by_alt_text(stray.name)).locator(".mark").click(force=True)
    button(page, "Label as").click()
    button(page.locator("dialog"), "fruit").click()
    me.has(fruit=13, houses=12, insects=12)
    after = me.train()
    page.locator(".difference").get_by_text("Newly right").wait_for()
    assert after["previous"]["accuracy"] == before["accuracy"] < after["accuracy"]
    assert stray.name in {one["file"].rpartition("/")[2] for one in after["changed"] if one["is_right"]}

    me.take_model(tmp_path / "home", drawings("fruit", 25, 26)[0])
    report = me.take("Report", tmp_path / "home")
    assert stray.name in report.read_text("utf-8")
    rows = list(csv.DictReader(io.StringIO(me.take("Predictions", tmp_path / "home").read_text("utf-8"))))
    assert len(rows) > 5
    with page.expect_popup() as popup:
        page.get_by_role("link", name="Open the report").click()
    popup.value.get_by_role("heading", level=1).wait_for()
    assert headway.read(me.server.folder / "labels.csv", fixes=me.server.folder / "fixes.csv").counts()["fruit"] == 13


def test_2_a_zip_is_trained_on_and_the_training_stopped_and_begun_again(me, tmp_path):
    page = me.page
    folder = folder_of(tmp_path / "pictures", 30)
    archive = Path(shutil.make_archive(str(tmp_path / "pictures"), "zip", folder))
    choose(page, "Choose pictures or a zip", archive)
    me.has(fruit=30, houses=30, insects=30)
    page.get_by_text("Added 90 pictures.").wait_for()
    me.go("Train")
    button(page, "Train", exact=True).click()
    button(page, "Stop").click()
    page.get_by_text("Stopped.").wait_for()
    assert me.project()["model"] is None
    me.train()
    me.take_model(tmp_path / "home", drawings("houses", 3, 4)[0])
    assert (me.server.folder / "model.onnx").stat().st_size > 1 << 20


@pytest.mark.slow
def test_3_files_are_put_into_classes_and_the_rest_is_labelled_by_suggestion(me, tmp_path):
    page = me.page
    page.get_by_label("Name your first class").fill("fruit")
    press(page, "Enter")
    page.wait_for_selector("[data-label=fruit]")
    page.keyboard.type("houses")
    press(page, "Enter")
    page.wait_for_selector("[data-label=houses]")
    choose(page, "Add pictures to fruit", *drawings("fruit", 0, 8))
    me.has(fruit=8, houses=0)
    drop(page, drawings("houses", 0, 8), "[data-label=houses]")
    me.has(fruit=8, houses=8)
    drop(page, drawings("houses", 6, 8), "[data-label=houses]")
    page.get_by_text("2 were here already").wait_for()
    drop(page, [*drawings("fruit", 8, 11), *drawings("houses", 8, 11)])
    until(lambda: me.project()["unlabelled"] == 6, SECONDS)
    me.train()
    me.go("Label")
    page.get_by_text("Perhaps").wait_for()
    assert axe(page) == []
    for left in (5, 4, 3, 2, 1):
        press(page, "Enter")
        until(lambda left=left: me.project()["unlabelled"] == left, SECONDS)
    press(page, "2")
    page.get_by_text("Every picture has a label.").wait_for()
    press(page, "Control+z")
    until(lambda: me.project()["unlabelled"] == 1, SECONDS)
    page.get_by_text("Every picture has a label.").wait_for(state="hidden")
    press(page, "2")
    until(lambda: me.project()["unlabelled"] == 0, SECONDS)
    assert sum(me.counts().values()) == 22
    assert me.train()["n"] == 22
    me.take_model(tmp_path / "home", drawings("fruit", 15, 16)[0])


@pytest.mark.slow
def test_4_the_camera_fills_a_class_and_the_model_watches_through_it(me, tmp_path):
    page = me.page
    for label in ("screen", "fruit"):
        (
            page.get_by_label("Name your first class") if label == "screen" else page.get_by_label("Name of the class")
        ).fill(label)
        press(page, "Enter")
        page.wait_for_selector(f"[data-label={label}]")
    drop(page, drawings("fruit", 0, 8), "[data-label=fruit]")
    button(page, "Take pictures of screen").click()
    until(lambda: page.evaluate("document.querySelector('video').videoWidth") > 0, SECONDS)
    assert axe(page) == []
    button(page, "Hold to take pictures").hover()
    page.mouse.down()
    until(lambda: page.get_by_text(re.compile("Took ([6-9]|[1-9][0-9]) pictures")).count(), SECONDS)
    page.mouse.up()
    until(lambda: me.counts()["screen"] >= 6, SECONDS)
    press(page, "Escape")
    until(lambda: page.locator("video").count() == 0)
    me.train()
    me.go("Try")
    button(page, "Use the camera").click()
    page.locator(".live .readout", has_text="screen").wait_for()
    button(page, "Take this picture").click()
    page.locator(".answer .verdict-name", has_text="screen").wait_for()
    assert axe(page) == []
    taken = me.counts()["screen"]
    button(page, "It is screen: add it").click()
    until(lambda: me.counts()["screen"] == taken + 1, SECONDS)
    button(page, "Stop the camera").click()
    me.take_model(tmp_path / "home", drawings("fruit", 15, 16)[0])


@pytest.mark.slow
def test_5_2600_pictures_are_a_gallery_and_a_model(me, tmp_path):
    page = me.page
    for number, content in enumerate(drawn(2600)):
        write(tmp_path / "many", {f"{('even', 'odd')[number % 2]}/{number:04}.jpg": content})
    drop(page, [tmp_path / "many"])
    page.locator("[data-label=even] .thumbs img").first.wait_for()
    me.has(even=1300, odd=1300)
    page.get_by_text("Added 2,600 pictures.").wait_for()
    page.get_by_role("link", name="All", exact=True).click()
    page.get_by_text("2,600 pictures", exact=True).wait_for()
    page.locator(".many").focus()
    press(page, "End")
    until(lambda: page.locator("[aria-posinset='2600'] img.here").count() == 1, SECONDS)
    assert page.locator(".tile").count() < 120
    press(page, "Control+a")
    page.get_by_text("2,600 selected").wait_for()
    press(page, "Escape")
    until(lambda: me.project()["features"]["known"] == 2600, 3 * SECONDS)
    assert me.train()["n"] == 2600
    assert axe(page) == []
    me.take_model(tmp_path / "home", tmp_path / "many" / "odd" / "0001.jpg")


def png_of(width: int, height: int) -> bytes:
    """Return a file that says that it is a large picture, and holds next to nothing."""

    def chunk(kind: bytes, content: bytes) -> bytes:
        return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", header)
        + chunk(b"IDAT", zlib.compress(b"\0" * 1000))
        + chunk(b"IEND", b"")
    )


def test_6_broken_pictures_are_named_and_harm_nothing(me, tmp_path):
    page = me.page
    folder = folder_of(tmp_path / "pictures", 8)
    whole = drawings("fruit", 9, 10)[0].read_bytes()
    broken = {
        "half.webp": whole[: len(whole) // 2],
        "empty.jpg": b"",
        "notes.txt": b"hello",
        "page.jpg": b"<html><script>alert(1)</script>",
        "huge.png": png_of(60_000, 60_000),
    }
    write(folder / "fruit", broken)
    drop(page, [folder])
    me.has(fruit=8, houses=8, insects=8)
    page.get_by_text("5 files could not be added").wait_for()
    listed = page.locator(".uploads li").all_inner_texts()
    assert {text.split("\n")[0].rpartition("/")[2] for text in listed} == set(broken)
    assert axe(page) == []
    me.train()
    me.show(folder / "fruit" / "half.webp", folder / "fruit" / "huge.png", drawings("houses", 9, 10)[0])
    assert page.locator(".rows tbody tr").count() == 3
    with page.expect_download() as download:
        button(page, "Download as CSV").click()
    rows = list(csv.DictReader(io.StringIO(download.value.path().read_text("utf-8-sig"))))
    assert {Path(row["path"]).name for row in rows if row["reason"]} == {"half.webp", "huge.png"}
    [good] = [row for row in rows if not row["reason"]]
    me.troubles = [text for text in me.troubles if "422" not in text]  # of the two, by the browser
    model = me.take_model(tmp_path / "home", drawings("insects", 9, 10)[0])
    [own] = model.predict(drawings("houses", 9, 10))
    assert good["predicted_class"] == own.label
    assert float(good["probability"]) == pytest.approx(own.probability, abs=1e-5)


@pytest.mark.slow
def test_7_a_reload_in_the_middle_loses_nothing(me, tmp_path):
    page = me.page
    folder = folder_of(tmp_path / "pictures", 30, tuple(one.name for one in demo.pictures().iterdir() if one.is_dir()))
    drop(page, [folder])
    until(lambda: me.project()["n"] > 0, SECONDS)
    page.reload()
    page.wait_for_selector("h1")
    page.wait_for_timeout(500)
    me.troubles = [text for text in me.troubles if "ERR_" not in text]
    drop(page, [folder])  # once more, all of it
    page.get_by_text(re.compile("^Added .* here already")).wait_for()
    assert set(me.counts().values()) == {30}
    me.go("Train")
    button(page, "Train", exact=True).click()
    button(page, "Stop").wait_for()
    page.reload()
    page.wait_for_selector("#verdict")
    assert me.server.get("api/result")["n"] == 240
    me.take_model(tmp_path / "home", drawings("insects", 9, 10)[0])


@pytest.mark.slow
def test_8_two_tabs_see_the_same(me, tmp_path):
    page, other = me.page, me.tab(me.server.address)
    drop(page, [folder_of(tmp_path / "pictures", 8)])
    other.get_by_text("24 pictures in 3 classes").wait_for()
    me.train()
    other.get_by_text("Training is finished.").wait_for()
    button(other, "See the result").click()
    other.wait_for_selector("#verdict")
    me.go("Pictures")
    button(page, "Rename insects").click()
    page.get_by_label("Name of the class").last.fill("bugs")
    press(page, "Enter")
    other.get_by_text("train again to take them in").wait_for()
    press(other, "Control+z")
    page.wait_for_selector("[data-label=insects]")
    press(page, "Control+Shift+z")
    until(lambda: "bugs" in me.counts(), SECONDS)
    button(other, "Train again").click()
    until(lambda: (me.server.get("api/result") or {})["classes"] == ["bugs", "fruit", "houses"], SECONDS)
    until(lambda: me.project()["model"]["is_stale"] is False, SECONDS)
    me.take_model(tmp_path / "home", drawings("insects", 9, 10)[0])


def test_9_the_back_button_leads_back(me, tmp_path):
    page = me.page
    drop(page, [folder_of(tmp_path / "pictures", 8)])
    me.has(fruit=8, houses=8, insects=8)
    page.get_by_role("link", name="fruit", exact=True).click()
    page.wait_for_selector(".tile img")
    me.train()
    page.locator("td.right a").first.click()
    page.wait_for_selector(".tile img")
    page.locator(".tile img").first.click()
    page.wait_for_selector("dialog img")
    press(page, "Escape")
    page.go_back()
    page.wait_for_selector("#verdict")
    page.go_back()
    page.wait_for_selector(".tile img")
    assert page.locator("h1").inner_text() == "fruit"
    page.go_back()
    page.wait_for_selector(".cards")
    page.go_forward()
    page.wait_for_selector(".tile img")
    assert page.title() == "fruit – Headway Studio"
    me.take_model(tmp_path / "home", drawings("insects", 9, 10)[0])


def test_10_on_a_phone(sit, tmp_path):
    me = sit(**PHONE)
    page = me.page
    assert narrow(page)
    archive = Path(shutil.make_archive(str(tmp_path / "pets"), "zip", folder_of(tmp_path / "pictures", 8)))
    with page.expect_file_chooser() as chooser:
        button(page, "Choose pictures or a zip").tap()
    chooser.value.set_files(archive)
    me.has(fruit=8, houses=8, insects=8)
    assert narrow(page)
    me.train()
    assert narrow(page)
    assert axe(page) == []
    page.locator("td.right a").first.tap()
    page.wait_for_selector(".tile img")
    assert narrow(page)
    page.locator(".tile img").first.tap()
    page.wait_for_selector("dialog img")
    button(page.locator("dialog"), "Find similar pictures").tap()
    page.locator("dialog .strip img").first.wait_for()
    assert narrow(page)
    button(page.locator("dialog"), "Close").first.tap()
    me.take_model(tmp_path / "home", drawings("insects", 9, 10)[0])


def reach(page: Page, name: str) -> None:
    """Go to what has this name, by the Tab key."""
    for _ in range(150):
        press(page, "Tab")
        if page.evaluate("(document.activeElement.ariaLabel || document.activeElement.textContent).trim()").startswith(
            name
        ):
            return
    raise AssertionError(f"Tab does not reach {name}")


def test_11_by_the_keyboard_alone(me, tmp_path):
    page = me.page
    page.on("filechooser", lambda chooser: None)  # Chromium is told to hand choosers over, before a key opens one
    archive = Path(shutil.make_archive(str(tmp_path / "pets"), "zip", folder_of(tmp_path / "pictures", 8)))
    reach(page, "Choose pictures or a zip")
    with page.expect_file_chooser() as chooser:
        press(page, "Enter")
    chooser.value.set_files(archive)
    me.has(fruit=8, houses=8, insects=8)
    reach(page, "Go to training")
    press(page, "Enter")
    page.get_by_role("heading", name="Train").wait_for()
    reach(page, "Train")
    press(page, "Enter")
    page.wait_for_selector("#verdict")
    until(lambda: page.get_by_role("button", name="Train again").count() == 1, SECONDS)
    reach(page, "fruit, correctly")
    press(page, "ArrowRight", "ArrowLeft", "Enter")
    page.wait_for_selector(".tile img")
    until(lambda: page.evaluate("document.activeElement.tagName") == "H1")
    for _ in range(20):
        press(page, "Tab")
        if page.evaluate("document.activeElement.role") == "listbox":
            break
    press(page, "Space", "Shift+ArrowRight", "l")
    page.wait_for_selector("dialog")
    reach(page, "houses")
    press(page, "Enter")
    me.has(fruit=6, houses=10, insects=8)
    press(page, "Control+z")
    me.has(fruit=8, houses=8, insects=8)
    reach(page, "Result")
    press(page, "Enter")
    page.wait_for_selector("#verdict")
    reach(page, "Model")
    with page.expect_download() as download:
        press(page, "Enter")
    download.value.save_as(tmp_path / "model.onnx")
    assert headway.load(tmp_path / "model.onnx").classes == CLASSES


def test_12_a_server_that_was_killed_goes_on_where_it_was(me, server, tmp_path):
    page = me.page
    drop(page, [folder_of(tmp_path / "pictures", 8)])
    me.has(fruit=8, houses=8, insects=8)
    me.train()
    me.go("Pictures")
    button(page, "Rename fruit").click()
    page.get_by_label("Name of the class").last.fill("food")
    press(page, "Enter")
    page.wait_for_selector("[data-label=food]")
    page.get_by_label("Name of the class").fill("birds")
    server.kill()
    page.get_by_text("The studio does not answer.").wait_for()
    press(page, "Enter")  # waits for the connection
    server.start()
    page.get_by_text("This page is not let in.").wait_for()
    assert axe(page) == []
    page.get_by_label("Address or token").fill(server.address)
    button(page, "Connect").click()
    page.wait_for_selector("[data-label=birds]")
    me.troubles = [text for text in me.troubles if "ERR_" not in text and "401" not in text]
    press(page, "Control+z", "Control+z")
    me.has(fruit=8, houses=8, insects=8)
    assert me.project()["model"]["is_stale"] is False
    drop(page, drawings("fruit", 8, 9), "[data-label=fruit]")
    me.has(fruit=9, houses=8, insects=8)
    assert me.train()["previous"]["n"] == 24
    me.take_model(tmp_path / "home", drawings("insects", 9, 10)[0])


@pytest.mark.slow
def test_13_methods_are_compared(me, tmp_path):
    page = me.page
    drop(page, [folder_of(tmp_path / "pictures", 10)])
    me.has(fruit=10, houses=10, insects=10)
    me.go("Compare")
    button(page, "Compare", exact=True).click()
    page.wait_for_selector("main tbody tr", timeout=4000 * SECONDS)
    assert page.locator("main tr.bold").count() >= 1
    assert axe(page) == []
