"""Training, labelling and trying on the page of the studio, against a server that stands in; and that anybody can use it."""

from __future__ import annotations

import csv
import io

import pytest

from tests.browser.studio import axe, button, choose, counts, drop, pets, press, trained, until, write
from tests.browser.studio_project import Studio, drawn

HOSTILE = ("<img src=x onerror=alert(1)>", '"><svg onload=alert(2)>', "a:b/c%2F", "كلب صغير", "=1+1", "very long " * 9)


# Training


def test_training_shows_its_progress_and_can_be_stopped(enter):
    one = enter(pets(pace=0.2), "#/train")
    button(one.page, "Train").click()
    button(one.page, "Stop").click()
    one.page.get_by_text("Stopped.").wait_for()
    assert one.studio.result is None


def test_the_end_of_training_is_told_elsewhere(enter):
    one = enter(pets(each=24, pace=0.05), "#/train")
    button(one.page, "Train").click()
    one.page.get_by_role("link", name="Compare").click()
    one.page.locator(".job").get_by_text("Training").wait_for()
    button(one.page, "See the result").click()
    one.page.wait_for_selector("#verdict")


def test_training_needs_two_classes(enter):
    one = enter(pets(classes=("cat",)), "#/train")
    go = button(one.page, "Train")
    assert go.get_attribute("aria-disabled") == "true"
    go.click(force=True)
    assert ("POST", "/api/train") not in one.studio.requests


def test_the_result_leads_to_pictures_that_are_corrected(enter):
    one = enter(pets(each=24), "#/train")
    button(one.page, "Train").click()
    one.page.wait_for_selector("#verdict")
    assert one.page.locator(".big strong").inner_text() == f"{100 * one.studio.result['accuracy']:.1f}\u00a0%"
    assert one.page.locator(".confusion td").count() == 1 + 9
    one.page.locator("td.wrong a").first.click()
    one.page.wait_for_selector(".tile img")
    assert " taken for " in one.page.locator("h1").inner_text()
    one.page.locator(".mark").first.click(force=True)
    button(one.page, "Label as").click()
    button(one.page.locator("dialog"), "dog").click()
    until(lambda: one.studio.is_stale)
    one.page.go_back()
    one.page.get_by_text("train again to take them in").wait_for()
    button(one.page, "Train again").click()
    one.page.locator(".difference").get_by_text("Newly wrong").wait_for()
    with one.page.expect_download() as download:
        one.page.get_by_role("link", name="Model").click()
    assert download.value.suggested_filename == "model.onnx"


def test_arrow_keys_move_in_the_matrix(enter):
    one = enter(trained(), "#/train", wait=".confusion")
    one.page.locator(".confusion a").first.focus()
    press(one.page, "ArrowRight")
    assert "taken for" in one.page.evaluate("document.activeElement.ariaLabel")
    assert " taken for dog" in one.page.locator(".readout").inner_text()
    press(one.page, "Home", "Enter")
    one.page.wait_for_selector(".tile img")
    assert one.page.locator("h1").inner_text() == "cat, recognised"


def test_of_many_classes_the_pairs_are_listed(enter):
    studio = pets(each=12, classes=tuple(f"class {n}" for n in range(40)))
    studio.train()
    one = enter(studio, "#/train", wait="#verdict")
    assert one.page.locator(".confusion").count() == 0
    one.page.get_by_role("region", name="Classes that are confused most").locator("a").first.click()
    one.page.wait_for_selector(".tile img")


def test_a_reload_and_the_back_button_keep_the_view(enter):
    one = enter(trained(), "#/train", wait=".confusion")
    one.page.get_by_role("link", name="Label").click()
    one.page.get_by_role("link", name="Pictures").first.click()
    one.page.get_by_role("link", name="cat", exact=True).click()
    one.page.reload()
    one.page.wait_for_selector(".tile img")
    assert one.page.locator("h1").inner_text() == "cat"
    one.page.go_back()
    one.page.wait_for_selector(".cards")
    assert one.page.evaluate("document.activeElement.tagName") == "H1"
    assert one.page.title() == "Pictures – Headway Studio"


def test_methods_are_compared(enter):
    one = enter(pets(), "#/compare")
    button(one.page, "Compare", exact=True).click()
    one.page.wait_for_selector("main tbody tr")
    assert one.page.locator("main tr.bold").count() == 1
    button(one.page, "accuracy").click()
    button(one.page, "accuracy").click()
    assert one.page.locator("main tbody th").first.inner_text() == "nearest neighbours"


# Labelling


def test_a_folder_that_is_dropped_where_one_labels_has_no_label_yet(enter, tmp_path):
    one = enter(pets(), "#/label", wait=".nothing .buttons")
    one.page.get_by_text("Every picture has a label.").wait_for()
    contents = dict(zip(("unsorted/a.png", "unsorted/deep/b.png"), drawn(40)[38:], strict=True))
    drop(one.page, [write(tmp_path, contents) / "unsorted"])
    one.page.wait_for_selector(".chips button")
    assert one.studio.project()["unlabelled"] == 2
    assert set(counts(one.studio)) == {"cat", "dog", "emu"}


def test_pictures_are_labelled_by_keys(enter):
    one = enter(pets(unlabelled=8), "#/label", wait=".chips button")
    press(one.page, "2")
    until(lambda: counts(one.studio)["dog"] == 7)
    press(one.page, "e")
    until(lambda: counts(one.studio)["emu"] == 7)
    press(one.page, "Enter")  # the guess
    until(lambda: counts(one.studio)["cat"] == 7)
    shown = one.page.locator(".labelling img").get_attribute("alt")
    press(one.page, "Space")
    until(lambda: one.page.locator(".labelling img").get_attribute("alt") != shown)
    assert one.studio.project()["unlabelled"] == 5
    one.page.get_by_text("3 labelled now, 5 left").wait_for()
    press(one.page, "Backspace")
    until(lambda: counts(one.studio)["cat"] == 6)
    one.page.get_by_text("2 labelled now, 6 left").wait_for()
    press(one.page, "Enter", "Enter", "Enter", "Enter", "Enter")
    one.page.get_by_text("You have been through all of them.").wait_for()
    button(one.page, "Show the skipped ones").click()
    one.page.wait_for_selector(".chips button")
    one.page.get_by_label("Another class").fill("fox")
    press(one.page, "Enter")
    until(lambda: counts(one.studio).get("fox") == 1)
    one.page.get_by_text("Every picture has a label.").wait_for()


def test_keys_that_come_quickly_are_taken_in_their_order(enter):
    one = enter(pets(unlabelled=8), "#/label", wait=".chips button")
    press(one.page, "2", "2", "Backspace", "3")
    until(lambda: counts(one.studio) == {"cat": 6, "dog": 7, "emu": 7})
    press(one.page, "Control+z", "Control+z")
    until(lambda: counts(one.studio) == {"cat": 6, "dog": 6, "emu": 6})


def test_a_first_letter_of_several_classes_moves_the_focus(enter):
    one = enter(pets(unlabelled=3, classes=("cat", "cow", "dog")), "#/label", wait=".chips button")
    press(one.page, "c", "c")
    assert "cow" in one.page.evaluate("document.activeElement.textContent")
    press(one.page, "Enter")
    until(lambda: counts(one.studio)["cow"] == 7)
    assert counts(one.studio)["cat"] == 6


# Trying


def test_a_picture_is_answered_and_a_wrong_answer_corrected(enter, tmp_path):
    one = enter(trained(), "#/try")
    write(tmp_path, {"new.jpg": drawn(99)[-1]})
    choose(one.page, "Choose pictures", tmp_path / "new.jpg")
    one.page.wait_for_selector(".bars")
    assert one.page.locator(".verdict-name").inner_text().startswith("cat 80.0")
    assert one.page.locator(".answer .strip img").count() == 6
    assert axe(one.page) == []
    button(one.page, "Wrong? Name the right class").click()
    button(one.page.locator("dialog"), "emu").click()
    until(lambda: counts(one.studio)["emu"] == 25)
    one.page.get_by_text("Added to emu.").wait_for()


def test_many_pictures_are_a_table_and_a_csv_that_computes_nothing(enter, tmp_path):
    one = enter(trained(classes=("=cat()", "dog", "emu")), "#/try")
    write(tmp_path, {"=1+1.jpg": drawn(99)[-1], 'b",.jpg': drawn(99)[-2], "broken.jpg": b"no"})
    drop(one.page, sorted(tmp_path.iterdir()))
    one.page.wait_for_selector(".rows tbody tr")
    assert one.page.locator(".rows tbody tr").count() == 3
    with one.page.expect_download() as download:
        button(one.page, "Download as CSV").click()
    rows = list(csv.DictReader(io.StringIO(download.value.path().read_text("utf-8-sig"))))
    assert [row["path"] for row in rows] == ["./=1+1.jpg", 'b",.jpg', "broken.jpg"]
    assert [row["predicted_class"] for row in rows] == ["'=cat()", "'=cat()", ""]
    assert rows[0]["class2"] == "dog"
    assert rows[2]["reason"] == "no picture that can be read"
    button(one.page.locator(".rows"), 'b",.jpg').click()
    one.page.wait_for_selector(".one-answer .bars")
    one.troubles = [text for text in one.troubles if "422" not in text]  # of the broken one, by the browser


def test_the_camera_is_answered_live(enter):
    one = enter(trained(), "#/try")
    button(one.page, "Use the camera").click()
    until(lambda: one.studio.requests.count(("POST", "/api/try")) > 4)
    assert one.page.locator(".live .bars li").count() == 3
    button(one.page, "Take this picture").click()
    one.page.wait_for_selector(".answer .bars")
    one.page.get_by_role("link", name="Pictures").first.click()
    one.page.wait_for_timeout(400)
    asked = one.studio.requests.count(("POST", "/api/try"))
    one.page.wait_for_timeout(600)
    assert one.studio.requests.count(("POST", "/api/try")) == asked


# What goes wrong


def test_a_server_that_went_and_came_back_costs_nothing(enter):
    one = enter(pets())
    one.page.get_by_label("Name of the class").fill("fox")
    one.server.stop()
    one.page.get_by_text("The studio does not answer.").wait_for()
    press(one.page, "Enter")  # waits for the connection
    assert axe(one.page) == []
    one.server.start()
    until(lambda: "fox" in one.studio.classes)
    one.page.wait_for_selector(".banner", state="hidden")
    one.page.wait_for_selector("[data-label=fox]")
    one.studio.step("class", 1, "gnu")
    one.studio.classes.append("gnu")
    one.page.wait_for_selector("[data-label=gnu]")  # events come again
    one.troubles = [text for text in one.troubles if "ERR_" not in text]


def test_another_token_is_asked_for_and_the_page_stays(enter):
    one = enter(pets(), "?token=first-token", token="first-token")
    one.page.get_by_label("Name of the class").fill("fox")
    one.server.stop()
    one.server.token = "second-token"
    one.server.start()
    one.page.get_by_text("This page is not let in.").wait_for()
    press(one.page, "Enter")
    assert "/home/me/pets" in one.page.locator(".banner").inner_text()
    assert axe(one.page) == []
    one.page.get_by_label("Address or token").fill(one.server.url + "?token=second-token")
    button(one.page, "Connect").click()
    until(lambda: "fox" in one.studio.classes)
    one.page.wait_for_selector(".banner", state="hidden")
    one.troubles = [text for text in one.troubles if "ERR_" not in text and "401" not in text]


def test_without_a_token_it_says_what_to_do(enter):
    one = enter(pets(), token="first-token", wait=".banner")
    one.page.get_by_text("This page is not let in.").wait_for()
    one.troubles = [text for text in one.troubles if "401" not in text]


def test_what_the_server_refuses_is_said_in_its_words(enter):
    one = enter(pets())
    one.page.get_by_label("Name of the class").fill("cat")
    press(one.page, "Enter")
    one.page.get_by_text("there is a class cat already").wait_for()
    assert one.page.get_by_label("Name of the class").input_value() == "cat"
    one.troubles = [text for text in one.troubles if "409" not in text]


def test_two_tabs_follow_each_other(enter):
    one = enter(pets())
    two = enter(one.server)
    one.page.get_by_label("Name of the class").fill("fox")
    press(one.page, "Enter")
    two.page.wait_for_selector("[data-label=fox]")
    press(two.page, "Control+z")
    one.page.wait_for_selector("[data-label=fox]", state="detached")


# For everybody

VIEWS = {
    "pictures": ("", ".finding"),
    "gallery": ("#/show/class%3Acat", ".tile img"),
    "train": ("#/train", "#verdict"),
    "label": ("#/label", ".chips button"),
    "try": ("#/try", ".dropzone"),
    "compare": ("#/compare", "h1"),
}


@pytest.mark.parametrize("name", VIEWS)
def test_axe_finds_nothing_and_a_phone_scrolls_one_way(enter, name):
    hash_, wait = VIEWS[name]
    one = enter(trained(unlabelled=4), hash_, wait=wait)
    if name == "gallery":
        one.page.locator(".mark").first.click(force=True)
    if name == "compare":
        button(one.page, "Compare", exact=True).click()
        one.page.wait_for_selector("main tbody")
    assert axe(one.page) == []
    one.page.emulate_media(color_scheme="dark")
    assert axe(one.page, "color-contrast") == []
    for width in (360, 320):
        one.page.set_viewport_size({"width": width, "height": 740})
        assert one.page.evaluate("document.documentElement.scrollWidth") <= width
    assert axe(one.page) == []


def test_axe_finds_nothing_on_the_empty_page_and_in_dialogs(enter):
    one = enter(Studio())
    assert axe(one.page) == []
    one.page.emulate_media(color_scheme="dark")
    assert axe(one.page, "color-contrast") == []
    press(one.page, "?")
    one.page.wait_for_selector("dialog")
    assert axe(one.page) == []


def test_names_are_texts(enter):
    studio = trained(unlabelled=3, classes=HOSTILE)
    one = enter(studio)
    assert one.page.locator(".card h2").all_inner_texts()[1:-1] == [name.strip() for name in HOSTILE]
    for name in HOSTILE:
        one.page.goto(one.server.url)
        one.page.locator(".card h2 a", has_text=name.strip()).click()
        one.page.wait_for_selector(".tile img")
        assert one.page.locator("h1").inner_text() == name.strip()
        assert one.page.locator(".summary").inner_text() == "24 pictures"
    for hash_, wait in (("#/train", "#verdict"), ("#/label", ".chips button")):
        one.page.goto(one.server.url + hash_)
        one.page.wait_for_selector(wait)
        one.page.set_viewport_size({"width": 360, "height": 740})
        assert one.page.evaluate("document.documentElement.scrollWidth") <= 360
    one.page.goto(one.server.url + "#/train")
    one.page.locator("td.wrong a").first.click()
    one.page.wait_for_selector(".tile img")


def test_tab_reaches_everything_and_leaves_again(enter):
    one = enter(trained(unlabelled=2), "#/show/class%3Acat", wait=".tile img")
    stops = []
    for _ in range(60):
        press(one.page, "Tab")
        stops.append(one.page.evaluate("document.activeElement.className || document.activeElement.tagName"))
        if stops[-1] == "BODY":
            break
    assert stops[-1] == "BODY"
    assert stops.count("many") == 1


def test_without_javascript_a_form_still_predicts(enter):
    one = enter(pets(), wait="form", java_script_enabled=False)
    assert one.page.locator("form[action='/try'] input[type=file]").is_visible()
    assert button(one.page, "What is it?").is_visible()
