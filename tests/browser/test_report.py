"""What the script of a report does, by mouse and by keys; that the page is whole without it; that anybody can use it."""

from __future__ import annotations

import time

import pytest

from tests.browser import tools
from tests.browser.pages import PAGES

everywhere = pytest.mark.parametrize("name", PAGES)


def texts(page, selector):
    return page.locator(selector).all_text_contents()


def focused(page, what="textContent"):
    return page.evaluate(f"document.activeElement.{what}")


def press(page, *keys):
    for key in keys:
        page.keyboard.press(key)


def until(true):
    """Wait for what takes the browser a moment; Playwright's own waiting is a script that the page's policy forbids."""
    deadline = time.monotonic() + 5
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.02)


# Anybody can use it


def findings(page, *rules):
    """Return what axe-core finds; by these rules, or by all of them."""
    page.evaluate(tools.AXE.read_text())
    only = {"runOnly": list(rules)} if rules else {}
    found = page.evaluate("options => axe.run(document, options)", {"resultTypes": ["violations"]} | only)["violations"]
    return [(one["id"], [node["html"][:200] for node in one["nodes"][:3]]) for one in found]


@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=[pytest.mark.slow] if name.startswith("200") else []) for name in PAGES]
)
def test_axe_finds_nothing_in_either_theme(visit, name):
    page = visit(name)
    assert findings(page) == []
    page.emulate_media(color_scheme="dark")
    assert findings(page, "color-contrast") == []


@pytest.mark.parametrize("name", ["2", "12", "12-names", "hostile"])
def test_axe_finds_nothing_in_an_open_dialog(visit, name):
    page = visit(name)
    page.locator("td.wrong a").first.click()
    assert findings(page) == []
    page.emulate_media(color_scheme="dark")
    assert findings(page, "color-contrast") == []


@everywhere
def test_a_phone_scrolls_in_one_direction_only(visit, name):
    page = visit(name, viewport={"width": 390, "height": 800})
    for width in (390, 320):
        page.set_viewport_size({"width": width, "height": 800})
        assert page.evaluate("document.documentElement.scrollWidth") <= width
    if page.locator("a[data-cell]").count():
        page.locator("a[data-cell]").first.click()
        assert page.evaluate("(d => d.scrollWidth <= d.clientWidth)(document.querySelector('dialog'))")


@everywhere
def test_it_goes_on_paper(visit, name):
    assert visit(name).pdf().startswith(b"%PDF")


def test_paper_shows_no_controls(visit):
    page = visit("12")
    page.emulate_media(media="print")
    for selector in (".copyable button", ".controls", ".choose"):
        assert not page.locator(selector).first.is_visible()
    assert page.locator("#map svg").is_visible()


def test_tab_reaches_everything_once(visit):
    page = visit("12")
    stops = []
    for _ in range(200):
        press(page, "Tab")
        stop = page.evaluate(
            "[document.activeElement.tagName, document.activeElement.closest('table.confusion') !== null]"
        )
        if stop[0] == "BODY":
            break
        stops.append(tuple(stop))
    assert ("svg", False) in stops
    assert sum(inside for _, inside in stops) == 1  # the grid is one stop: arrows move in it
    assert stops.count(("INPUT", False)) == 12 + 1


# Without JavaScript


@everywhere
def test_it_is_whole_without_javascript(visit, name):
    page = visit(name, java_script_enabled=False)
    assert page.locator("h1").is_visible()
    assert page.locator("main table").first.is_visible()
    assert page.locator("dialog, .controls").count() == 0
    if page.locator("#map").count():
        assert page.locator("#map svg").is_visible()
        assert page.locator("#map .legend li").first.is_visible()


def test_a_cell_shows_its_pictures_without_javascript(visit):
    page = visit("2", java_script_enabled=False)
    section = page.locator("#cell-0-1")
    assert not section.is_visible()
    page.locator('a[href="#cell-0-1"]').first.click()
    assert section.locator(".thumb").first.is_visible()
    section.get_by_role("link", name="Close").click()
    assert not section.is_visible()


# Sorting


def column(page, number):
    return texts(page, f"table[data-sortable] tbody tr > :nth-child({number})")


def test_a_header_sorts(visit):
    page = visit("12-nothing")
    table = page.locator("table[data-sortable]").filter(has_text="recall")
    recall = table.get_by_role("button", name="recall")
    place = recall.evaluate("button => button.parentElement.cellIndex") + 1
    for direction, reverse in (("ascending", False), ("descending", True)):
        recall.click()
        values = [
            float(text.replace("–", "nan"))
            for text in table.locator(f"tbody tr > :nth-child({place})").all_text_contents()
        ]
        assert values == sorted(values, reverse=reverse)
        assert len(set(values)) > 2
        assert recall.locator("..").get_attribute("aria-sort") == direction


def test_a_header_sorts_by_keys_and_names_count(visit):
    page = visit("12-nothing")
    table = page.locator("table[data-sortable]").filter(has_text="recall")
    table.get_by_role("button", name="recall").click()
    table.get_by_role("button", name="class").focus()
    press(page, "Enter")
    assert table.locator("tbody th").all_text_contents() == [f"class {place}" for place in range(12)]
    assert table.locator("[aria-sort]").count() == 1
    press(page, "Space")
    assert table.locator("tbody th").first.text_content() == "class 11"


@pytest.mark.parametrize(
    ("values", "sorted_values"),
    [
        (["1,234", "97.3 %", "–", "−2", "12"], ["−2", "12", "97.3 %", "1,234", "–"]),
        (["", "0.5", "0.05"], ["0.05", "0.5", ""]),
    ],
)
def test_numbers_are_read_as_they_are_written(visit, values, sorted_values):
    page = visit("12-nothing")
    table = page.locator("table[data-sortable]").filter(has_text="recall")
    button = table.get_by_role("button", name="recall")
    place = button.evaluate("button => button.parentElement.cellIndex")
    table.evaluate(
        """(table, [place, values]) => {
            const rows = [...table.tBodies[0].rows];
            rows.forEach((row, number) => number < values.length ? row.cells[place].textContent = values[number] : row.remove());
        }""",
        [place, values],
    )
    cells = table.locator(f"tbody tr > :nth-child({place + 1})")
    button.click()
    assert cells.all_text_contents() == sorted_values
    button.click()
    numbers = [text for text in sorted_values if text.strip("–")]
    assert cells.all_text_contents() == numbers[::-1] + [text for text in sorted_values if not text.strip("–")]


# Copying


@pytest.mark.parametrize("has_clipboard", [True, False])
def test_a_snippet_is_copied(visit, has_clipboard):
    page = visit("12-nothing", permissions=["clipboard-read", "clipboard-write"])
    if not has_clipboard:  # as in a browser that has none for files
        page.evaluate("() => { navigator.clipboard.writeText = () => Promise.reject(new Error('no')); }")
    page.locator(".copyable button").first.focus()
    press(page, "Enter")
    page.locator(".copyable button", has_text="Copied").wait_for()
    assert page.locator(".live").text_content() == "Copied"
    assert (
        page.evaluate("navigator.clipboard.readText()").strip() == page.locator("pre code").first.text_content().strip()
    )
    page.locator(".live:empty").wait_for(state="attached")
    assert page.locator(".copyable button").first.text_content() == "Copy"


def test_where_nothing_can_be_copied_it_says_so(visit):
    page = visit("12-nothing")
    page.evaluate(
        "() => { navigator.clipboard.writeText = () => Promise.reject(new Error('no')); document.execCommand = () => false; }"
    )
    page.locator(".copyable button").first.click()
    assert page.locator(".live").text_content() == "Select the text and copy it"
    assert "headway" in page.evaluate("getSelection().toString()")


# The confusion matrix


def test_a_click_opens_the_pictures_of_a_cell_beside_both_classes(visit):
    page = visit("2")
    page.locator('a[data-cell="0-1"]').first.click()
    dialog = page.get_by_role("dialog")
    assert "cat" in dialog.locator("h2").text_content()
    assert dialog.locator(".inside .thumb").count() == page.locator("#cell-0-1 li").count() > 0
    assert texts(page, "dialog .samples h3") == ["Pictures of cat", "Pictures of dog"]
    assert dialog.locator(".samples .thumb").first.is_visible()
    assert "#" not in page.url
    press(page, "Escape")
    assert not dialog.is_visible()
    assert focused(page, "dataset.cell") == "0-1"


def test_the_dialog_closes_by_its_button_and_beside_it(visit):
    page = visit("2")
    for close in (lambda: page.get_by_role("button", name="Close").click(), lambda: page.mouse.click(3, 3)):
        page.locator('a[data-cell="1-0"]').first.click()
        assert page.get_by_role("dialog").is_visible()
        close()
        assert not page.get_by_role("dialog").is_visible()


def test_what_is_right_is_compared_with_nothing(visit):
    page = visit("2")
    page.locator('a[data-cell="0-0"]').click()
    assert page.locator("dialog .inside li").count() > 0
    assert page.locator("dialog .samples").count() == 0


def test_without_thumbnails_the_dialog_has_names(visit):
    page = visit("12-names")
    page.locator("td.wrong a").first.click()
    assert ".jpg" in page.locator("dialog .name").first.text_content()
    assert page.locator("dialog .samples").count() == 0


def test_arrow_keys_move_in_the_matrix(visit):
    page = visit("12")
    first = page.locator("table.confusion tbody td").first
    first.locator("a").focus()
    place = "closest('td') && [document.activeElement.closest('tr').rowIndex, document.activeElement.closest('td').cellIndex]"
    seen = []
    for key in (
        "ArrowRight",
        "ArrowDown",
        "ArrowLeft",
        "ArrowLeft",
        "ArrowUp",
        "ArrowUp",
        "End",
        "Home",
        "Control+End",
        "Control+Home",
    ):
        press(page, key)
        seen.append(tuple(focused(page, place)))
    assert seen == [(1, 2), (2, 2), (2, 1), (2, 1), (1, 1), (1, 1), (1, 12), (1, 1), (12, 12), (1, 1)]
    assert page.locator("table.confusion [tabindex='0']").count() == 1
    assert texts(page, "th.here") == ["class 0", "class 0"]
    assert "class 0" in page.locator("table.confusion").locator("xpath=../following-sibling::p[1]").text_content()
    press(page, "Enter")
    assert page.get_by_role("dialog").is_visible()
    press(page, "Escape")
    assert tuple(focused(page, place)) == (1, 1)


def test_cells_without_listed_pictures_can_be_read_but_not_opened(visit):
    page = visit("12-nothing")
    assert page.locator("a[data-cell]").count() == 0
    page.locator("table.confusion tbody td").first.focus()
    assert "class 0" in page.locator("table.confusion").locator("xpath=../following-sibling::p[1]").text_content()


def test_a_pair_opens_its_pictures(visit):
    page = visit("200")
    link = page.locator("table[data-sortable] a[data-cell]").first
    link.click()
    assert page.locator("dialog .inside li").count() > 0
    assert len(texts(page, "dialog .samples h3")) == 2


def test_a_click_with_control_is_the_browsers(visit):
    page = visit("2")
    with page.context.expect_page() as opened:
        page.locator('a[data-cell="0-1"]').first.click(modifiers=["Control"])
    assert opened.value.url.endswith("#cell-0-1")
    assert not page.get_by_role("dialog").is_visible()


# The matrix of many classes


def test_the_canvas_is_drawn_and_follows_the_theme(visit):
    page = visit("200")
    drawn = "document.querySelector('#matrix canvas').toDataURL()"
    light = page.evaluate(drawn)
    page.emulate_media(color_scheme="dark")
    until(lambda: page.evaluate(drawn) != light)
    assert len(light) > 2000


def test_where_no_cell_has_pictures_none_are_promised(visit):
    read = "#matrix-of-classes .readout"
    assert "opens its pictures" not in visit("evaluation").locator(read).text_content()
    assert "opens its pictures" in visit("12").locator(read).text_content()


def test_keys_move_among_the_cells_of_the_canvas(visit):
    page = visit("200")
    page.locator("#matrix canvas").focus()
    read = page.locator("#matrix .readout")
    first = read.text_content()
    assert first.startswith("class 0")
    press(page, "ArrowRight")
    assert read.text_content() != first
    press(page, "ArrowLeft")
    assert read.text_content() == first
    press(page, "ArrowLeft", "ArrowUp")
    assert read.text_content() == first
    press(page, "ArrowDown")
    assert read.text_content().startswith("class 1")
    press(page, "End")
    assert read.text_content().startswith("class 199")
    press(page, "Home", "a", "Enter")
    assert page.locator("dialog h2").text_content()
    press(page, "Escape")
    assert focused(page, "tagName") == "CANVAS"


def test_the_pointer_reads_the_canvas_and_a_click_opens(visit):
    page = visit("200")
    canvas = page.locator("#matrix canvas")
    canvas.scroll_into_view_if_needed()
    box = canvas.bounding_box()
    step = box["width"] / 200
    true, predicted, count = page.evaluate(
        "JSON.parse(document.getElementById('data').textContent).cells.find(c => c[0] > 90 && c[0] !== c[1])"
    )
    page.mouse.move(box["x"] + (predicted + 0.5) * step + 1, box["y"] + (true + 0.5) * step + 1)
    assert f"class {true} taken for class {predicted}: {count}" in page.locator("#matrix .readout").text_content()
    page.mouse.down()
    page.mouse.up()
    assert f"class {true} taken for class {predicted}: {count}" in page.locator("dialog h2").text_content()
    assert page.locator("dialog .inside li").count() >= min(count, 1)
    page.keyboard.press("Escape")
    page.mouse.click(box["x"] + box["width"] - 5, box["y"] + 5)  # nothing there
    assert not page.get_by_role("dialog").is_visible()


def test_one_class_can_be_chosen(visit):
    page = visit("200")
    page.get_by_role("combobox").select_option("class 7")
    listed = texts(page, "#matrix .of-class button")
    assert listed and all("class 7" in text for text in listed)
    page.locator("#matrix .of-class button").first.focus()
    press(page, "Enter")
    assert page.get_by_role("dialog").is_visible()
    press(page, "Escape")
    page.locator("#matrix canvas").focus()
    seen = set()
    for _ in listed:
        seen.add(page.locator("#matrix .readout").text_content())
        press(page, "ArrowRight")
    assert seen == set(listed)
    page.get_by_role("combobox").select_option("all classes")
    assert texts(page, "#matrix .of-class button") == []


# The map


def box_of(page):
    return [float(number) for number in page.locator("#map svg").get_attribute("viewBox").split()]


def at(page, picture):
    """Return where a picture of the data lies on the screen."""
    return page.evaluate(
        """number => {
            const svg = document.querySelector('#map svg'), [, , , , , x, y] = JSON.parse(document.getElementById('data').textContent).pictures[number];
            const point = new DOMPoint(x, y).matrixTransform(svg.getScreenCTM());
            return [point.x, point.y];
        }""",
        picture,
    )


def test_buttons_and_keys_zoom_and_move(visit):
    page = visit("2")
    page.get_by_role("button", name="Zoom in").click()
    assert box_of(page)[2] == pytest.approx(1000 / 1.5)
    page.get_by_role("button", name="Zoom out").click()
    assert box_of(page) == [0, 0, 1000, 1000]
    page.locator("#map svg").focus()
    press(page, "+", "=")
    assert box_of(page)[2] == pytest.approx(1000 / 2.25)
    before = box_of(page)
    press(page, "Shift+ArrowRight", "Shift+ArrowDown")
    assert box_of(page)[0] > before[0] and box_of(page)[1] > before[1]
    press(page, "-", "0")
    assert box_of(page) == [0, 0, 1000, 1000]
    press(page, "+")
    page.get_by_role("button", name="Whole map").click()
    assert box_of(page) == [0, 0, 1000, 1000]


def test_the_wheel_zooms_where_it_was_asked_to_and_scrolls_the_page_otherwise(visit):
    page = visit("2")
    svg = page.locator("#map svg")
    svg.scroll_into_view_if_needed()
    svg.hover(position={"x": 300, "y": 300})
    page.mouse.wheel(0, -100)
    assert box_of(page)[2] == 1000
    page.keyboard.down("Control")
    page.mouse.wheel(0, -100)
    until(lambda: box_of(page)[2] < 1000)
    page.keyboard.up("Control")
    size = box_of(page)[2]
    svg.focus()
    page.mouse.wheel(0, -100)
    until(lambda: box_of(page)[2] < size)


def test_dragging_moves_the_map_and_opens_nothing(visit):
    page = visit("2")
    page.get_by_role("button", name="Zoom in").click()
    x, y = page.locator("#map svg").evaluate(
        "svg => { const box = svg.getBoundingClientRect(); return [box.x + 200, box.y + 200]; }"
    )
    before = box_of(page)
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x - 40, y - 30)
    page.mouse.up()
    after = box_of(page)
    assert after[0] > before[0] and after[1] > before[1]
    assert not page.get_by_role("dialog").is_visible()


def test_the_pointer_reads_a_picture_and_a_click_opens_it(visit):
    page = visit("2")
    page.locator("#map svg").scroll_into_view_if_needed()
    page.mouse.move(*at(page, 0))
    read = page.locator("#map .readout")
    assert ".jpg" in read.text_content()
    assert "true: " in read.text_content()
    page.mouse.down()
    page.mouse.up()
    assert page.locator("dialog .chosen strong").text_content() == read.locator("strong").text_content()


def test_keys_read_every_picture(visit):
    page = visit("2")
    page.locator("#map svg").focus()
    read = page.locator("#map .readout strong")
    names = set()
    press(page, "Home")
    for _ in range(page.evaluate("JSON.parse(document.getElementById('data').textContent).pictures.length")):
        names.add(read.text_content())
        press(page, "PageDown")
    assert len(names) == 100
    last = read.text_content()
    press(page, "PageUp")
    assert read.text_content() != last
    press(page, "End")
    assert read.text_content() == last
    seen = set()
    for key in ("ArrowLeft", "ArrowLeft", "ArrowRight", "ArrowUp", "ArrowDown") * 3:
        press(page, key)
        seen.add(read.text_content())
    assert len(seen) > 2
    press(page, "Enter")
    assert page.locator("dialog .chosen").is_visible()
    press(page, "Escape")
    assert focused(page, "tagName") == "svg"
    press(page, "Escape", "a")
    assert read.count() == 0


def test_keys_bring_a_picture_into_view(visit):
    page = visit("2")
    page.locator("#map svg").focus()
    press(page, "Home", *["+"] * 9)
    for _ in range(30):
        press(page, "PageDown")
        x, y = page.evaluate(
            "document.querySelector('#map .mark').getAttribute('d').slice(1).split(/[ h]/).slice(0, 2).map(Number)"
        )
        left, top, size, _ = box_of(page)
        assert left <= x <= left + size and top <= y <= top + size
        box = page.locator("#map .readout").bounding_box()
        spot = page.locator("#map .mark").evaluate(
            "mark => { const box = mark.getBoundingClientRect(); return [box.x, box.y]; }"
        )
        assert not (box["x"] <= spot[0] <= box["x"] + box["width"] and box["y"] <= spot[1] <= box["y"] + box["height"])


def test_classes_are_filtered(visit):
    page = visit("2")
    drawn = "document.querySelector('#map .{}').getAttribute('d').length"
    whole = {name: page.evaluate(drawn.format(name)) for name in ("class-0", "class-1", "ring")}
    page.locator("#map .legend").get_by_label("dog").uncheck()
    assert page.evaluate(drawn.format("class-0")) == whole["class-0"]
    assert page.evaluate(drawn.format("class-1")) == 0
    assert 0 < page.evaluate(drawn.format("ring")) < whole["ring"]
    page.get_by_label("only wrong ones").check()
    assert 0 < page.evaluate(drawn.format("class-0")) < whole["class-0"]
    page.locator("#map svg").focus()
    press(page, "Home")
    assert "which is wrong" in page.locator("#map .readout").text_content()
    page.get_by_role("button", name="No class").click()
    assert page.locator("#map .readout").text_content() == ""
    assert page.evaluate(drawn.format("class-0")) == 0
    page.get_by_label("only wrong ones").uncheck()
    page.get_by_role("button", name="All classes").click()
    assert {name: page.evaluate(drawn.format(name)) for name in whole} == whole


def test_two_fingers_zoom_and_a_tap_reads_before_it_opens(visit):
    page = visit("2", viewport={"width": 390, "height": 800}, has_touch=True, is_mobile=True)
    page.locator("#map svg").scroll_into_view_if_needed()
    place = at(page, 0)
    page.touchscreen.tap(*place)
    assert ".jpg" in page.locator("#map .readout").text_content()
    assert not page.get_by_role("dialog").is_visible()
    page.touchscreen.tap(*place)
    assert page.get_by_role("dialog").is_visible()
    press(page, "Escape")
    x, y = page.locator("#map svg").evaluate(
        "svg => { const box = svg.getBoundingClientRect(); return [box.x + 150, box.y + 150]; }"
    )
    fingers = page.context.new_cdp_session(page)
    for kind, apart in (("touchStart", 30), ("touchMove", 60), ("touchMove", 90)):
        points = [{"x": x - apart / 2, "y": y, "id": 0}, {"x": x + apart / 2, "y": y, "id": 1}]
        fingers.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})
    fingers.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
    assert box_of(page)[2] < 600


# Names from others


def test_hostile_names_stay_text_wherever_they_are_shown(visit):
    page = visit("hostile")
    for link in page.locator("td.wrong a").all()[:4]:
        link.click()
        press(page, "Escape")
    page.locator("#map svg").focus()
    press(page, "Home", *["PageDown"] * 8, "Enter")
    assert "alert" in page.locator("main").text_content()
    assert page.evaluate("document.querySelectorAll('img, main script, dialog script').length") == 0


def test_the_policy_of_the_page_is_in_force(chromium, report):
    page = chromium.new_page()
    page.goto(report("2").as_uri())
    refused = page.evaluate(
        """() => {
            const script = document.createElement('script'), picture = document.createElement('img');
            script.textContent = 'window.ran = true';
            picture.src = 'file:///picture.png';
            const refused = [];
            document.addEventListener('securitypolicyviolation', (event) => refused.push(event.effectiveDirective));
            document.body.append(script, picture);
            return new Promise((done) => setTimeout(() => done([window.ran === true, ...refused.sort()]), 100));
        }"""
    )
    page.close()
    assert refused == [False, "img-src", "script-src-elem"]


def test_the_script_leaves_no_globals_and_ends_no_element():
    script = (tools.FOLDER.parents[1] / "src/headway/reporting/report.js").read_text()
    assert len(script.encode()) < 40_000
    assert "</" not in script and "<!--" not in script
    for word in (
        "innerHTML",
        "outerHTML",
        "insertAdjacentHTML",
        "document.write",
        "eval(",
        "fetch(",
        "http:",
        "https:",
    ):
        assert word not in script.replace("http://www.w3.org/2000/svg", "")
