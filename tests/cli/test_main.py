"""Exit codes, one line for a mistake, help with examples, and what a start does not import."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import click
import pytest

from headway.cli.main import COMMANDS, headway, run
from headway.model import load

HEAVY = {
    "numpy",
    "PIL",
    "jinja2",
    "matplotlib",
    "msgspec",
    "onnx",
    "onnxruntime",
    "openvino",
    "pandas",
    "pyarrow",
    "rich",
    "scipy",
    "sklearn",
    "timm",
    "torch",
}


def loaded_by(code: str) -> set[str]:
    """Return which heavy packages a fresh process has loaded after ``code``."""
    script = f"import json, sys\n{code}\nprint(json.dumps(sorted({{m.partition('.')[0] for m in sys.modules}})))"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    return HEAVY.intersection(json.loads(done.stdout.splitlines()[-1]))


def test_import_loads_nothing_heavy() -> None:
    assert loaded_by("import headway") == set()


def test_help_loads_nothing_heavy() -> None:
    assert loaded_by("from headway.cli.main import run\nrun(['--help'])") == set()


def test_predict_loads_neither_scikit_learn_nor_torch(pictures: Path, model: Path) -> None:
    arguments = ["predict", str(model), str(pictures / "red" / "00.png")]
    loaded = loaded_by(f"from headway.cli.main import run\nassert run({arguments!r}) == 0")
    assert (
        loaded & {"sklearn", "torch", "scipy", "pandas", "timm", "onnxruntime", "rich", "pyarrow", "matplotlib"}
        == set()
    )
    assert "openvino" in loaded


def test_nothing_is_reported_to_anybody(tmp_path: Path) -> None:
    """Importing OpenVINO reports to Google Analytics, unless it is kept from it."""
    code = (
        "import sys\n"
        "from headway.backbones import best_precision\n"
        "best_precision()\n"
        "assert 'openvino' in sys.modules and 'openvino_telemetry' not in sys.modules\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True, env={**os.environ, "HOME": str(tmp_path)})
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_has_an_example_in_its_help(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run([name, "--help"]) == 0
    out = capsys.readouterr().out
    assert "Examples:" in out
    assert f"headway {name}" in out
    command = headway.get_command(click.Context(headway), name)
    assert command is not None
    for parameter in command.params:
        if isinstance(parameter, click.Option) and "--help" not in parameter.opts:
            assert parameter.help, f"{name} {parameter.opts} has no help"


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_and_option_is_documented(name: str) -> None:
    page = (Path(__file__).parents[2] / "docs" / "commands.md").read_text()
    command = headway.get_command(click.Context(headway), name)
    assert command is not None
    _, _, rest = page.partition(f"## headway {name}\n")
    assert rest, f"docs/commands.md has no section on {name}"
    section = rest.partition("\n## ")[0] + page.partition("## Options of every command")[2].partition("\n## ")[0]
    missing = [
        option
        for parameter in command.params
        if isinstance(parameter, click.Option)
        for option in parameter.opts
        if option.startswith("--") and option != "--help" and f"`{option}" not in section
    ]
    assert missing == []


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["fit", "no/such/folder"], "no/such/folder"),
        (["fti"], "fti"),
        (["fit", ".", "--sed", "1"], "--seed"),
        (["fit", ".", "--head", "logistc"], "did you mean logistic"),
        (["fit", ".", "--backbone", "efficientnet_light0"], "did you mean efficientnet_lite0"),
        (["fit", ".", "--test-fraction", "1.5"], "test fraction"),
        (["fit"], "DATA"),
        (["predict", "no-such.onnx", "x.jpg"], "no-such.onnx"),
        (["fit", ""], "must not be empty"),
        (["fit", ".", "--cache", ""], "must not be empty"),
        (["cache", "--prune", "nan"], "--prune"),
        (["predict", "\x1b[31mno.onnx", "x"], "\\x1b[31mno.onnx"),
    ],
)
def test_a_mistake_is_one_line_and_exit_code_2(
    arguments: list[str], says: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(arguments) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    [line] = captured.err.splitlines()
    assert line.startswith("headway: ")
    assert says in line


@pytest.mark.skipif(sys.platform == "win32", reason="closes a stream with a shell")
@pytest.mark.parametrize("closed", ["<&-", ">&-", "2>&-", "<&- >&- 2>&-"])
def test_closed_streams_do_no_harm(closed: str, pictures: Path, tmp_path: Path) -> None:
    model = tmp_path / "m.onnx"
    headway = Path(sys.executable).with_name("headway")
    command = f"'{headway}' fit '{pictures}' -o '{model}' --backbone tiny {closed}"
    assert subprocess.run(command, shell=True, check=False).returncode == 0
    assert (
        subprocess.run(f"'{headway}' predict '{model}' - {closed}", shell=True, input=b"", check=False).returncode == 2
    )
    assert load(model).classes == ("blue", "green", "red")


def test_names_that_the_terminal_cannot_show_are_escaped(pictures: Path, tmp_path: Path) -> None:
    (pictures / "red").rename(pictures / "røde")
    environment = {**os.environ, "PYTHONIOENCODING": "ascii"}
    headway = str(Path(sys.executable).with_name("headway"))
    model = str(tmp_path / "m.onnx")
    done = subprocess.run(
        [headway, "fit", str(pictures), "-o", model, "--backbone", "tiny"],
        env=environment,
        capture_output=True,
        check=True,
    )
    assert b"r\\xf8de" in done.stdout
    for form in ([], ["--csv"], ["--json"]):
        arguments = [headway, "predict", model, str(pictures / "røde"), *form]
        assert subprocess.run(arguments, env=environment, capture_output=True, check=True).stdout.isascii()


def test_verbose_shows_the_traceback(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["fit", "no/such/folder", "-v"]) == 2
    assert "Traceback" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("error", "code", "says"),
    [
        (KeyboardInterrupt(), 130, "interrupted"),
        (MemoryError(), 1, "not enough memory"),
        (OSError(28, "No space left on device", "x"), 1, "x: No space left on device"),
        (ZeroDivisionError("oops"), 1, "ZeroDivisionError: oops"),
    ],
)
def test_a_failed_run_is_one_line(
    error: BaseException, code: int, says: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*args: object, **kwargs: object) -> None:
        raise error

    monkeypatch.setattr("headway.dataset.read", fail)
    monkeypatch.setattr("headway.fitting.fit_recipe", fail)
    assert run(["fit", "."]) == code
    assert says in capsys.readouterr().err.splitlines()[-1]


ENDED_WHILE_COPYING = """
import os, shutil, signal, sys

def end(source, target):
    os.kill(os.getpid(), signal.{name})

signal.signal(signal.{name}, signal.{before})
shutil.copyfile = end
sys.argv = ["headway", "split", {data!r}, "-o", {target!r}, "--cache", {cache!r}]
from headway.cli import main
main()
"""


@pytest.mark.skipif(sys.platform == "win32", reason="has no signals")
@pytest.mark.parametrize(("name", "code"), [("SIGTERM", 143), ("SIGHUP", 129)])
def test_a_signal_that_ends_a_command_leaves_nothing_half_done(
    pictures: Path, tmp_path: Path, name: str, code: int
) -> None:
    places = {"data": str(pictures), "target": str(tmp_path / "new" / "data"), "cache": str(tmp_path / "cache")}
    program = ENDED_WHILE_COPYING.format(name=name, before="SIG_DFL", **places)
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert (done.returncode, "Traceback" in done.stderr) == (code, False)
    assert list((tmp_path / "new").iterdir()) == []


@pytest.mark.skipif(sys.platform == "win32", reason="has no signals")
def test_a_command_that_was_started_to_ignore_a_signal_goes_on(pictures: Path, tmp_path: Path) -> None:
    places = {"data": str(pictures), "target": str(tmp_path / "data"), "cache": str(tmp_path / "cache")}
    program = ENDED_WHILE_COPYING.format(name="SIGHUP", before="SIG_IGN", **places)
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert done.returncode not in (0, 129)  # nothing was copied, so it finds no pictures there


INTERRUPTED_AT = """
import os, signal, sys

class Finder:
    def find_spec(self, name, path=None, target=None):
        if name == {name!r}:
            os.kill(os.getpid(), signal.SIGINT)

# A shell that runs the tests in the background has signals ignored.
signal.signal(signal.SIGINT, signal.SIG_IGN if {ignores} else signal.default_int_handler)
sys.meta_path.insert(0, Finder())
sys.argv = ["headway", "info", "no.onnx"]
from headway.cli import main
main()
"""


@pytest.mark.skipif(sys.platform == "win32", reason="has no signals")
@pytest.mark.parametrize(
    ("name", "ignores", "code", "said"),
    [
        ("click", False, -signal.SIGINT, ""),  # before the command line can say anything
        ("headway.cli.info", False, 130, "headway: interrupted"),
        ("click", True, 2, "headway: no.onnx"),
        ("headway.cli.info", True, 2, "headway: no.onnx"),
    ],
)
def test_an_interruption_leaves_no_traceback_however_early(name: str, ignores: bool, code: int, said: str) -> None:
    program = INTERRUPTED_AT.format(name=name, ignores=ignores)
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert done.returncode == code
    assert done.stderr.strip().startswith(said) and "Traceback" not in done.stderr
    assert bool(done.stderr) == bool(said)


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="has no device that is always full")
def test_what_cannot_be_printed_at_the_end_is_said_in_one_line() -> None:
    with open("/dev/full", "w") as full:
        done = subprocess.run(
            [sys.executable, "-m", "headway", "recipes"], stdout=full, stderr=subprocess.PIPE, text=True, check=False
        )
    assert done.returncode == 1
    assert done.stderr.startswith("headway: No space left on device")
    assert done.stderr.count("\n") == 1


def test_what_libraries_leave_for_the_end_is_done() -> None:
    program = "import atexit, sys\natexit.register(print, 'tidied up', flush=True)\nfrom headway.cli import main\n"
    program += "sys.argv = ['headway', 'fit', 'nowhere']\nmain()"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (2, "tidied up\n")
