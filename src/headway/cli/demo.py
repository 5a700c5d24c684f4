"""``headway demo``."""

from __future__ import annotations

from pathlib import Path

import click

from headway.cli import summary
from headway.cli.console import Output, common
from headway.cli.options import PATH, cached

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
    """Fit, evaluate and try a model on the drawings that Headway carries; nothing is downloaded."""
    from headway import demo, model
    from headway.fitting import fit

    model.check_target(target)
    pictures = demo.pictures()
    with output.progress() as progress:
        fitted = fit(pictures, cache=cache, progress=progress)
    summary.save(fitted, target, output)
    if output.quiet:
        return
    output.say("Next:")
    output.say(f"  headway predict {summary.quoted(target)} {summary.quoted(min(pictures.glob('*/*.*')))}")
    output.say("  headway fit PICTURES/ -o my.onnx        your own pictures, a folder for each class")
