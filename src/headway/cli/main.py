"""The group of commands, and the one place where an error becomes a line and an exit code."""

from __future__ import annotations

import atexit
import errno
import importlib
import io
import os
import re
import signal
import sys
import traceback
from collections.abc import Sequence
from types import FrameType
from typing import NoReturn

import click

from headway._version import __version__
from headway.bars import printable
from headway.errors import AmbiguousDataError, HeadwayError, UnknownNameError
from headway.recipe import ONLY_IN_RECIPES, FieldError, Recipe

# Groups of commands: name → what `headway --help` says of it. The module headway.cli.NAME is imported only when the
# command is used.
GROUPS = {
    "On a page": {
        "studio": "Do the whole job in the browser: pictures, labels, training, result, model.",
    },
    "Learn": {
        "demo": "Fit and evaluate a model on the drawings that Headway carries.",
        "read": "Show how labelled pictures are understood, without computing anything.",
        "audit": "Check pictures before anything is built on them: copies, labels, balance, …",
        "split": "Divide labelled pictures into training, validation and test folders.",
        "fit": "Train and evaluate a classifier on labelled pictures.",
        "compare": "Run several methods on the same splits, and put them on one table.",
    },
    "Use": {
        "predict": "Classify pictures.",
        "evaluate": "Score a model, or compare two, on labelled pictures.",
        "serve": "Answer requests for predictions over HTTP.",
        "suggest": "Choose which pictures without labels to label next.",
        "info": "Show what a model file holds: classes, scores, recipe, backbone, data.",
    },
    "Look closer": {
        "features": "Show which features are useful, and draw them.",
        "embed": "Compute features and write them to a file.",
    },
    "What there is": {
        "backbones": "List the networks and descriptors that give features; get one.",
        "recipes": "List or show the recipes that Headway ships.",
        "cache": "Show or delete what is stored between runs.",
    },
}
COMMANDS = {name: text for group in GROUPS.values() for name, text in group.items()}

EPILOG = """\b
Examples:
  headway studio
  headway demo
  headway fit photos/ -o model.onnx
  headway predict model.onnx new/
"""


class Commands(click.Group):
    """A group that imports a command's module only when that command is used."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names in the order of the help."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import the command."""
        if cmd_name not in COMMANDS:
            raise UnknownNameError("command", cmd_name, COMMANDS)
        command: click.Command = importlib.import_module(f"headway.cli.{cmd_name}").command
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the commands by group, without importing them."""
        widest = max(map(len, COMMANDS))
        for group, commands in GROUPS.items():
            with formatter.section(group):
                formatter.write_dl([(name.ljust(widest), text) for name, text in commands.items()])


@click.group(
    cls=Commands, epilog=EPILOG, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100}
)
@click.version_option(__version__, "--version", prog_name="headway", message="%(prog)s %(version)s")
def headway() -> None:
    """Image classification by transfer learning: from labelled pictures to an honest ONNX model.

    Every command takes --json (results as JSON on standard output, messages on standard error), --quiet, and -v (the
    traceback of an error).
    """


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line and exit: 0 well, 1 the run failed, 2 a mistake in what was asked, 130 interrupted.

    Where a signal ends it, what was begun is tidied up, and the code is 128 and the signal's number.
    """
    _end_tidily()
    _open_standard_streams()
    # OpenVINO takes as long to import its converter of models as all the rest, and no command needs that.
    sys.modules.setdefault("openvino.tools.ovc", None)  # type: ignore[arg-type]
    for stream in (sys.stdin, sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            # File names need not be text in the terminal's encoding; they go in and out as they are, or escaped.
            utf8 = stream.encoding.lower().replace("-", "") == "utf8"
            stream.reconfigure(errors="surrogateescape" if utf8 else "backslashreplace")
    _leave(run(list(sys.argv[1:] if arguments is None else arguments)))


def _leave(code: int) -> NoReturn:
    """End the process as multiprocessing ends its own: what is left is not taken apart, which takes a while."""
    atexit._run_exitfuncs()
    sys.stderr.flush()
    os._exit(code)


def _end_tidily() -> None:
    """Let what ends the process from outside unwind it as Ctrl-C does, unless it was started to ignore that."""
    for number in filter(None, (getattr(signal, name, None) for name in ("SIGTERM", "SIGHUP"))):
        if signal.getsignal(number) is signal.SIG_DFL:
            signal.signal(number, _end)


def _end(number: int, frame: FrameType | None) -> None:
    """Leave by an exception, which drafts of files and folders are taken away by; a second signal is not waited for."""
    signal.signal(number, signal.SIG_DFL)
    sys.exit(128 + number)


def _open_standard_streams() -> None:
    """Give a process that was started with one of them closed something harmless to read from and write to."""
    for number, name, mode in ((0, "stdin", "r"), (1, "stdout", "w"), (2, "stderr", "w")):
        if getattr(sys, name) is None:
            # The lowest free number is taken first, so no file of ours can become standard output.
            os.open(os.devnull, os.O_RDWR)
            setattr(sys, name, os.fdopen(os.dup(number), mode))


def run(arguments: list[str]) -> int:
    """Run the command line and return its exit code.

    Parameters
    ----------
    arguments : list of str
        Without the program's name.

    Returns
    -------
    int
    """
    try:
        try:
            code: int | None = headway.main(arguments, prog_name="headway", standalone_mode=False)
        finally:
            sys.stdout.flush()  # while what goes wrong with it can still be said
        return code or 0
    except click.exceptions.NoArgsIsHelpError as error:
        click.echo(error.format_message())
        return 0
    except click.ClickException as error:
        return _fail(error, _usage(error), 2, arguments)
    except FieldError as error:
        return _fail(error, str(error.calling(_OPTIONS)), error.exit_code, arguments)
    except AmbiguousDataError as error:
        code = _fail(error, error.found, error.exit_code, arguments)
        for what, command in error.readings:
            print(printable(f"  if {what}: {command}"), file=sys.stderr)  # noqa: T201
        return code
    except HeadwayError as error:
        return _fail(error, str(error), error.exit_code, arguments)
    except (KeyboardInterrupt, click.Abort) as error:
        return _fail(error, "interrupted; what was computed is kept, run the same command to go on", 130, arguments)
    except BrokenPipeError:
        # The reader of our output has gone, as in `headway predict … | head`: nothing is left to say to it.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except MemoryError as error:
        return _fail(error, "not enough memory for this run", 1, arguments)
    except OSError as error:
        where = f"{error.filename}: " if error.filename else ""
        hint = "; free some space and run again, what was computed is kept" if error.errno == errno.ENOSPC else ""
        return _fail(error, f"{where}{error.strerror or error}{hint}", 1, arguments)
    except Exception as error:  # noqa: BLE001 - the last line of defence: a user sees a line, -v shows the rest
        message = f"this should not happen ({type(error).__name__}: {error}); -v shows where"
        return _fail(error, message, 1, arguments)


_OPTIONS = {
    field: f"--{field.replace('_', '-')}" for field in Recipe.__dataclass_fields__ if field not in ONLY_IN_RECIPES
}


def _usage(error: click.ClickException) -> str:
    command = getattr(getattr(error, "ctx", None), "command_path", "headway")
    message = re.sub(r"\. \(Did you mean (.*)\?\)$", r", did you mean \1", error.format_message()).rstrip(".?")
    return f"{message}; `{command} --help` shows how"


def _fail(error: BaseException, message: str, code: int, arguments: list[str]) -> int:
    if "-v" in arguments or "--verbose" in arguments:
        traceback.print_exception(error)
    line = printable(" ".join(message.splitlines()))
    print(f"headway: {line}", file=sys.stderr)  # noqa: T201
    return code
