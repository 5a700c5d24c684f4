"""The page's files: whole, plain, and within the policy that they are served with."""

import re

from headway.studio.page import files


def text(name):
    return files()[name][0].read_text("utf-8")


def modules():
    return [name for name in files() if name.endswith(".js")]


def test_everything_that_is_asked_for_is_there():
    asked = set(re.findall(r'(?:href|src)="([^"/]+)"', text("index.html")))
    for name in modules():
        asked |= set(re.findall(r'from "\./([^"]+)"', text(name)))
    assert asked <= set(files())
    assert {"tokens.css", "looks.css"} <= asked
    assert set(modules()) <= asked  # and nothing stands there unused


def test_nothing_stands_in_the_html_that_the_policy_forbids():
    html = text("index.html")
    assert not re.search(r"<style|<script(?![^>]*\bsrc=)|\sstyle=|\son\w+=", html)
    assert not re.search(r"https?://", html)
    for name in modules():
        assert not re.search(
            r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(|new Function", text(name)
        ), name


def test_no_module_is_long():
    assert all(len(text(name).splitlines()) <= 400 for name in files())
