"""Pictures and classes on the page of the studio, against a server that stands in for the real one."""

from __future__ import annotations

import io
import zipfile

from tests.browser.studio import axe, button, counts, drop, pets, press, trained, until, write
from tests.browser.studio_project import Studio, drawn

# The first minute


def test_an_empty_page_says_what_to_do_and_a_class_can_be_named(enter):
    one = enter(Studio())
    assert "Drop a folder" in one.page.locator(".call").inner_text()
    one.page.get_by_label("Name your first class").fill("cat")
    press(one.page, "Enter")
    one.page.wait_for_selector("[data-label=cat]")
    one.page.get_by_label("Name of the class").fill("dog")
    press(one.page, "Enter")
    until(lambda: one.studio.classes == ["cat", "dog"])
    until(lambda: one.page.get_by_label("Name of the class").input_value() == "")


def test_a_dropped_folder_of_folders_becomes_classes(enter, tmp_path):
    one = enter(Studio())
    pictures = drawn(150)
    folder = write(
        tmp_path / "pets",
        {f"{('cat', 'dog')[n % 2]}/{n}.jpg": content for n, content in enumerate(pictures)} | {".DS_Store": b"x"},
    )
    drop(one.page, [folder])
    until(lambda: counts(one.studio) == {"cat": 75, "dog": 75})
    one.page.get_by_text("Added 150 pictures.").wait_for()
    sent = [path for method, path in one.studio.requests if method == "POST"]
    assert sent == ["/api/pictures"] * 3
    one.page.get_by_text("150 pictures in 2 classes").wait_for()
    until(lambda: one.page.locator("[data-label=cat] .thumbs img").count() == 6)


def test_pictures_dropped_on_a_card_join_that_class(enter, tmp_path):
    one = enter(pets())
    write(tmp_path, {f"{n}.jpg": content for n, content in enumerate(drawn(40)[-3:])})
    drop(one.page, list(tmp_path.iterdir()), "[data-label=dog]")
    until(lambda: counts(one.studio)["dog"] == 9)


def test_single_pictures_wait_for_a_label_and_a_zip_is_unpacked(enter, tmp_path):
    one = enter(pets())
    buffer = io.BytesIO()
    pictures = drawn(40)[-4:]
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("more/fox/1.jpg", pictures[0])
        archive.writestr("more/fox/2.jpg", pictures[1])
    write(tmp_path, {"a.jpg": pictures[2], "b.jpg": pictures[3], "more.zip": buffer.getvalue()})
    drop(one.page, list(tmp_path.iterdir()))
    until(lambda: counts(one.studio).get("fox") == 2 and one.studio.project()["unlabelled"] == 2)
    one.page.get_by_role("link", name="Without a label").wait_for()


def test_what_is_no_picture_is_listed_with_its_reason(enter, tmp_path):
    one = enter(pets())
    write(tmp_path, {"notes.txt": b"hello", "empty.jpg": b"", "good.jpg": drawn(60)[-1]})
    drop(one.page, list(tmp_path.iterdir()))
    one.page.get_by_text("2 files could not be added").wait_for()
    listed = one.page.locator(".uploads li").all_inner_texts()
    assert sorted(listed) == ["empty.jpg\nempty file", "notes.txt\nno picture that can be read"]
    assert "Added 1 picture." in one.page.locator(".uploads").inner_text()
    button(one.page.locator(".uploads"), "Close").click()
    assert not one.page.locator(".uploads").is_visible()


def test_an_upload_can_be_stopped(enter, tmp_path):
    one = enter(pets())
    one.studio.slowness = 0.3
    write(tmp_path, {f"x/{n}.jpg": content for n, content in enumerate(drawn(400))})
    drop(one.page, [tmp_path / "x"])
    button(one.page.locator(".uploads"), "Stop").click()
    one.page.get_by_text("Stopped.").wait_for()
    assert len(one.studio.pictures) < 400


def test_a_picture_is_pasted(enter):
    one = enter(pets())
    one.page.evaluate(
        """async () => {
          const canvas = new OffscreenCanvas(20, 20); canvas.getContext('2d').fillRect(0, 0, 9, 9);
          const transfer = new DataTransfer();
          transfer.items.add(new File([await canvas.convertToBlob()], 'image.png', {type: 'image/png'}));
          document.body.dispatchEvent(new ClipboardEvent('paste', {clipboardData: transfer, bubbles: true}));
        }"""
    )
    until(lambda: one.studio.project()["unlabelled"] == 1)
    assert next(file for file in one.studio.pictures if "pasted-" in file)


def test_the_camera_takes_one_by_a_click_and_several_while_it_is_held(enter):
    one = enter(pets(classes=("cat",)))
    button(one.page, "Take pictures of cat").click()
    shutter = button(one.page, "Hold to take pictures")
    until(lambda: one.page.evaluate("document.querySelector('video').videoWidth") > 0)
    assert axe(one.page) == []
    shutter.click()
    until(lambda: counts(one.studio)["cat"] == 7)
    shutter.hover()
    one.page.mouse.down()
    until(lambda: one.page.locator(".taken img").count() >= 3)
    one.page.mouse.up()
    until(lambda: counts(one.studio)["cat"] > 8)
    shutter.focus()
    press(one.page, "Space")
    now = counts(one.studio)["cat"]
    until(lambda: counts(one.studio)["cat"] > now)
    press(one.page, "Escape")
    until(lambda: one.page.locator("video").count() == 0)


# Classes, and undoing


def test_a_class_is_renamed_and_removed_and_all_is_undone(enter):
    one = enter(pets())
    button(one.page, "Rename cat").click()
    one.page.get_by_label("Name of the class").last.fill("tiger")
    press(one.page, "Enter")
    one.page.wait_for_selector("[data-label=tiger]")
    button(one.page, "Remove dog").click()
    button(one.page.locator("dialog"), "Remove", exact=True).click()
    until(lambda: "dog" not in one.studio.classes)
    until(lambda: button(one.page, "Undo: remove a class dog").count() == 1)
    press(one.page, "Control+z")
    until(lambda: "dog" in one.studio.classes)
    until(lambda: button(one.page, "Redo: remove a class dog").count() == 1)
    press(one.page, "Control+z")
    until(lambda: "cat" in one.studio.classes)
    until(lambda: button(one.page, "Redo: rename a class to tiger").count() == 1)
    press(one.page, "Control+Shift+Z")
    until(lambda: "tiger" in one.studio.classes)


def test_undo_in_a_field_is_the_fields_own(enter):
    one = enter(pets())
    button(one.page, "Remove emu").click()
    button(one.page.locator("dialog"), "Remove", exact=True).click()
    until(lambda: "emu" not in one.studio.classes)
    one.page.get_by_label("Name of the class").fill("abc")
    press(one.page, "Control+z")
    assert "emu" not in one.studio.classes


# Many pictures


def test_2600_pictures_scroll_with_few_elements(enter):
    studio = Studio({"cat": drawn(300)})
    for n in range(2300):
        studio._put(f"again{n:04}.jpg", studio.pictures["pictures/cat/00001.jpg"].content, "cat")
    one = enter(studio, "#/show/class%3Acat", wait=".tile img")
    assert one.page.locator(".summary").inner_text() == "2,600 pictures"
    for share in (0.25, 0.5, 1):
        one.page.evaluate("share => scrollTo(0, share * document.documentElement.scrollHeight)", share)
        one.page.wait_for_timeout(150)
        assert one.page.locator(".tile").count() < 120
    until(lambda: one.page.locator("[aria-posinset='2600'] img").count() == 1)
    one.page.locator(".many").focus()
    press(one.page, "Home")
    until(lambda: one.page.locator(".tile.current[aria-posinset='1']").count() == 1)
    press(one.page, "End")
    until(lambda: one.page.locator(".tile.current[aria-posinset='2600']").is_visible())
    press(one.page, "Control+a")
    one.page.get_by_text("2,600 selected").wait_for()


def test_pictures_are_selected_by_keys_and_labelled(enter):
    one = enter(pets(), "#/show/class%3Acat", wait=".tile img")
    one.page.locator(".many").focus()
    press(one.page, "ArrowRight", "Shift+ArrowRight", "Shift+ArrowRight")
    one.page.get_by_text("3 selected").wait_for()
    press(one.page, "l")
    button(one.page.locator("dialog"), "dog").click()
    one.page.get_by_text("Labelled 3 pictures as dog.").wait_for()
    assert counts(one.studio) == {"cat": 3, "dog": 9, "emu": 6}
    until(lambda: one.page.locator(".tile").count() == 3)
    button(one.page.locator(".news"), "Undo").click()
    until(lambda: counts(one.studio)["cat"] == 6)


def test_pictures_are_selected_by_the_mouse_left_out_and_put_back(enter):
    one = enter(pets(), "#/show/class%3Acat", wait=".tile img")
    one.page.locator(".mark").first.click(force=True)
    one.page.locator(".tile").nth(3).click(modifiers=["Shift"])
    one.page.locator(".tile").nth(1).click()  # while some are selected, a click is a choice
    one.page.get_by_text("3 selected").wait_for()
    button(one.page, "Leave out").click()
    until(lambda: one.studio.project()["left_out"] == 3)
    until(lambda: one.page.locator(".tile.left-out").count() == 3)
    one.page.locator(".left-out .mark").first.click(force=True)
    button(one.page, "Put back").click()
    until(lambda: one.studio.project()["left_out"] == 2)


def test_a_picture_is_seen_large_with_similar_ones(enter):
    one = enter(trained(), "#/show/class%3Acat", wait=".tile img")
    one.page.locator(".tile img").nth(2).click()
    assert "3 of 24" in one.page.locator("dialog").inner_text()
    press(one.page, "ArrowRight")
    until(lambda: "4 of 24" in one.page.locator("dialog").inner_text())
    button(one.page, "Find similar pictures").click()
    until(lambda: one.page.locator("dialog .strip img").count() == 8)
    assert axe(one.page) == []
    button(one.page.locator("dialog"), "Label as").click()
    button(one.page.locator("dialog").last, "emu").click()
    until(lambda: counts(one.studio)["emu"] == 25)
    press(one.page, "Escape")
    until(lambda: one.page.evaluate("document.activeElement.className").startswith("many"))


def test_what_a_finding_proposes_is_accepted(enter):
    one = enter(trained(), wait=".finding")
    before = counts(one.studio)
    n = one.studio.findings()[0]["proposals"]
    button(one.page, "Accept all").click()
    one.page.get_by_text(f"Accepted {n} proposals.").wait_for()
    until(lambda: counts(one.studio) != before and one.page.locator(".finding").count() == 0)
    press(one.page, "Control+z")
    until(lambda: counts(one.studio) == before)
    one.page.get_by_role("link", name="Show").click()
    one.page.wait_for_selector(".tile img")
    one.page.locator(".mark").first.click(force=True)
    button(one.page, "The label is right").click()
    until(lambda: one.studio.findings()[0]["n"] == n - 1)
