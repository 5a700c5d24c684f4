"""``headway serve``."""

from __future__ import annotations

import os
import re
from functools import partial
from pathlib import Path

import click

from headway.cli.console import Output, common
from headway.cli.options import PATH
from headway.errors import UserError
from headway.optional import check_installed

EPILOG = """\b
Examples:
  headway serve model.onnx
  curl -F files=@picture.jpg http://127.0.0.1:8080/v1/predict
  headway serve --model cats=a.onnx --model cells=b.onnx --port 9000
  HEADWAY_TOKEN=$(openssl rand -hex 24) headway serve model.onnx --host 0.0.0.0
"""
_TOKEN = "HEADWAY_TOKEN"


@click.command("serve", epilog=EPILOG)
@click.argument("models", type=PATH, nargs=-1, metavar="[MODEL]...")
@click.option("--model", "named", multiple=True, metavar="NAME=MODEL",
              help="A model under a name of its own; without, it is called as its file is.")  # fmt: skip
@click.option("--host", metavar="ADDRESS", default="127.0.0.1", show_default=True,
              help="Where to listen; others than this machine need a token.")  # fmt: skip
@click.option("--port", type=click.IntRange(0, 65_535), metavar="N", default=8080, show_default=True,
              help="0 for any that is free.")  # fmt: skip
@click.option("--allow-host", "hosts", multiple=True, metavar="NAME",
              help="A name by which requests may call this server, as of a proxy before it.")  # fmt: skip
@click.option("--queue", type=click.IntRange(1), metavar="N", default=256, show_default=True,
              help="Pictures that may wait; what finds no room is answered 503.")  # fmt: skip
@click.option("--max-body", type=click.IntRange(1, 1024), metavar="MIB", default=32, show_default=True,
              help="Of a request.")  # fmt: skip
@click.option("--max-megapixels", type=click.FloatRange(0, min_open=True), metavar="N", default=100, show_default=True,
              help="Of a picture.")  # fmt: skip
@click.option("--max-seconds", type=click.FloatRange(1), metavar="N", default=30, show_default=True,
              help="For a request to come, and again for its answer; also what is waited for at the end.")  # fmt: skip
@common
def command(
    models: tuple[Path, ...],
    named: tuple[str, ...],
    host: str,
    port: int,
    hosts: tuple[str, ...],
    queue: int,
    max_body: int,
    max_megapixels: float,
    max_seconds: float,
    output: Output,
) -> None:
    """Answer requests for predictions over HTTP: POST /v1/predict, with the same answers as headway predict --json.

    A model is replaced when its file is. On other addresses than this machine's own, requests must bear the token in
    the environment variable HEADWAY_TOKEN. What happens is logged on standard error, a JSON object a line, without
    anything of the pictures; --quiet leaves out the requests that went well.
    """
    for package in ("starlette", "uvicorn", "prometheus_client", "python_multipart", "httptools"):
        check_installed(package, "serve")
    from headway.serving import Settings, Shelf, build
    from headway.web.bodies import Limits
    from headway.web.listening import address_of, listen, run
    from headway.web.security import hosts_of

    paths = _paths(models, named)
    token = _token(host)
    settings = Settings(queue, max_megapixels, max_seconds, Limits(max_body << 20, seconds=max_seconds))
    sock = listen(host, port)
    with sock:
        open_shelf = partial(Shelf, paths, megapixels=max_megapixels)
        app = build(open_shelf, settings, hosts=hosts_of(host, hosts), token=token, is_quiet=output.quiet)
        run(app, sock, lambda: output.note(f"Serving {', '.join(paths)} at {address_of(sock)}"), grace=max_seconds)


def _paths(models: tuple[Path, ...], named: tuple[str, ...]) -> dict[str, Path]:
    """Return the file of each model by its name."""
    pairs = [(path.stem, path) for path in models]
    for text in named:
        name, _, path = text.partition("=")
        if not name or not path:
            raise UserError(f"--model takes a name and a file, as in --model cats=cats.onnx, not {text!r}")
        pairs.append((name, Path(path)))
    if not pairs:
        raise UserError("a model is needed: headway serve model.onnx")
    paths = dict(pairs)
    if len(paths) < len(pairs):
        twice = next(name for name in paths if [each for each, _ in pairs].count(name) > 1)
        raise UserError(f"two models are called {twice!r}: name one of them otherwise, --model NAME=FILE")
    return paths


def _token(host: str) -> str | None:
    """Return the token that requests must bear; elsewhere than on loopback there must be one."""
    from headway.web.security import LEAST_TOKEN, is_loopback

    token = os.environ.get(_TOKEN)
    if token is None and not is_loopback(host):
        raise UserError(
            f"others could reach {host}: set {_TOKEN} to a secret of at least {LEAST_TOKEN} characters, which requests "
            "bear as Authorization: Bearer …, or leave --host out"
        )
    if token is not None and not re.fullmatch(rf"[\w.~+/=-]{{{LEAST_TOKEN},}}", token, re.ASCII):
        raise UserError(f"{_TOKEN} must have at least {LEAST_TOKEN} characters, of letters, digits and - . _ ~ + / =")
    return token
