"""``headway info``."""

from __future__ import annotations

from pathlib import Path

import click

from headway.cli.console import Output, common
from headway.cli.options import PATH

EPILOG = """\b
Examples:
  headway info flowers.onnx
  headway info flowers.onnx --json
"""


@click.command("info", epilog=EPILOG)
@click.argument("model", type=PATH)
@common
def command(model: Path, output: Output) -> None:
    """Show what the file MODEL holds: its classes, scores, recipe, backbone, inputs and outputs, and data.

    Nothing is computed. Times and paths are not in a model's file, which is made to be handed to others.
    """
    from headway.model import describe, load
    from headway.rendering import fit as rendering

    report = describe(load(model))
    output.result(report, rendering.model(report, output.width))
