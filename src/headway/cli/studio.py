"""``headway studio``."""

from __future__ import annotations

import json
import secrets
import threading
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import click

from headway.cli.console import Output, common
from headway.cli.options import PATH, cached
from headway.optional import check_installed

if TYPE_CHECKING:
    from headway.studio.project import Project
    from headway.studio.work import Workshop

EPILOG = """\b
Examples:
  headway studio                           the project in the folder headway-project, which is made
  headway studio birds                     another one
  headway studio birds --no-browser        prints the address, for a browser that is open already
"""
_HOST = "127.0.0.1"
_GRACE_SECONDS = 2.0


@click.command("studio", epilog=EPILOG)
@click.argument("project", type=PATH, default=Path("headway-project"))
@click.option("--port", type=click.IntRange(0, 65_535), metavar="N", default=8765, show_default=True,
              help="Of the address on this machine; 0 for any that is free.")  # fmt: skip
@click.option("--no-browser", is_flag=True, help="Print the address only.")
@cached
@common
def command(project: Path, port: int, no_browser: bool, output: Output, cache: Path | None) -> None:
    """Do the whole job on a page in the browser: collect pictures, label, train, look at the result, try the model.

    PROJECT is a folder of plain files, which the other commands read, too. Only this machine can open the page, and
    nothing leaves it. Ctrl-C ends it; everything is on the disk already.
    """
    for package in ("starlette", "uvicorn", "python_multipart", "httptools"):
        check_installed(package, "serve")
    from headway.studio.app import assemble
    from headway.studio.page import files
    from headway.studio.project import Project
    from headway.web.listening import address_of, listen, run

    token = secrets.token_urlsafe(24)
    with listen(_HOST, port) as sock:
        found = Project.open(project)
        address = f"{address_of(sock).rstrip('/')}/?token={token}"
        cookie = f"headway-studio-{sock.getsockname()[1]}"
        app = assemble(found, partial(_workshop, found, cache), files(), host=_HOST, token=token, cookie=cookie)

        def ready() -> None:
            if output.as_json:
                click.echo(json.dumps({"schema": 1, "folder": str(found.folder), "address": address}))
            else:
                click.echo(f"The project {found.folder} is open at {address}")
                output.note("Ctrl-C ends it")
            if not no_browser:
                threading.Thread(target=_show, args=(address,), name="headway-browser", daemon=True).start()

        run(app, sock, ready, grace=_GRACE_SECONDS, on_end=app.end)


def _workshop(project: Project, cache: Path | None) -> Workshop:
    from headway.studio.work import Workshop

    return Workshop(project, cache=cache)


def _show(address: str) -> None:
    """Open a browser; where there is none, the address was printed."""
    import webbrowser

    webbrowser.open(address)
