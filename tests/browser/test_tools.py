"""What is missing is installed, or named in one line."""

from __future__ import annotations

import subprocess

import pytest

from tests.browser import tools


@pytest.fixture
def machine(monkeypatch):
    """A machine with these commands; what is called on it is returned."""
    called = []

    def with_commands(*commands, fails=(), user=0):
        monkeypatch.setattr(tools.shutil, "which", lambda name: f"/usr/bin/{name}" if name in commands else None)
        monkeypatch.setattr(tools.os, "geteuid", lambda: user)

        def run(words, **_):
            called.append(" ".join(words))
            return subprocess.CompletedProcess(words, int(any(word in fails for word in words)))

        monkeypatch.setattr(tools.subprocess, "run", run)
        return called

    return with_commands


def test_nothing_but_npm_packages_is_installed_where_all_is_there(machine):
    called = machine("google-chrome", "node", "npm")
    tools.install()
    assert called == ["npm ci --silent --no-audit --no-fund"]
    assert tools.browser() == "/usr/bin/google-chrome"


@pytest.mark.parametrize(("user", "before"), [(0, ""), (1000, "sudo -n ")])
def test_debian_packages_are_installed_where_they_are_missing(machine, user, before):
    called = machine("apt-get", "sudo", "node", user=user)
    tools.install()
    assert called[:2] == [
        f"{before}apt-get --quiet update",
        f"{before}apt-get --quiet install --yes --no-install-recommends chromium fonts-noto-color-emoji npm",
    ]


@pytest.mark.parametrize(
    ("commands", "fails", "user", "line"),
    [
        (("node",), (), 0, "make test needs chromium, fonts-noto-color-emoji, npm: install them, then make test"),
        (("apt-get", "chromium"), (), 1000, "make test needs nodejs, npm: install them, then make test"),
        (
            ("apt-get", "chromium", "node"),
            ("update",),
            0,
            "apt-get could not install npm: install them, then make test",
        ),
        (("chromium", "node", "npm"), ("npm",), 0, "npm could not install the packages of"),
    ],
)
def test_what_cannot_be_installed_is_one_line(machine, commands, fails, user, line):
    machine(*commands, fails=fails, user=user)
    with pytest.raises(SystemExit, match=line):
        tools.install()


def test_without_a_browser_the_tests_fail(machine):
    machine()
    with pytest.raises(FileNotFoundError, match="need Chromium"):
        tools.browser()


def test_the_lock_file_names_no_registry():
    lock = (tools.FOLDER / "package-lock.json").read_text()
    assert "resolved" not in lock
    assert "http" not in lock
