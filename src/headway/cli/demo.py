"""``headway demo``."""

from __future__ import annotations

from pathlib import Path

import click

from headway.cli import saving
from headway.cli.console import Output, common
from headway.cli.options import PATH, cached, check_page

EPILOG = """\b
Examples:
  headway demo
  headway demo -o drawings.onnx --json
"""


@click.command("demo", epilog=EPILOG)
@click.option("-o", "--output", "target", type=PATH, default=Path("headway-demo.onnx"),
              show_default=True, metavar="MODEL", help="Where to save the model.")  # fmt: skip
@cached
@common
def command(target: Path, output: Output, cache: Path | None) -> None:
    """Fit and evaluate a model on the drawings that Headway carries; nothing is downloaded."""
    from headway import demo, fitting, model
    from headway.recipe import Recipe
    from headway.session import Session

    model.check_target(target)
    page = target.with_suffix(".html")
    check_page(page)
    pictures = demo.pictures()
    with output.progress() as progress, Session.open(cache, progress=progress) as session:
        fitted = fitting.fit_recipe(session, pictures, Recipe())
        progress.finish()
        saving.save(fitted, target, output, page=page)
    if output.quiet:
        return
    output.say("Next:")
    output.say(f"  headway predict {saving.quoted(target)} {saving.quoted(min(pictures.glob('*/*.*')))}")
    output.say("  headway fit PICTURES/ -o my.onnx        your own pictures, a folder for each class")
