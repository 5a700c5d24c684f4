"""``headway info``."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from headway.cli.console import Output, common
from headway.cli.options import PATH
from headway.errors import UserError

EPILOG = """\b
Examples:
  headway info flowers.onnx
  headway info flowers.onnx --json
  headway info flowers.onnx --layers              its network and head, layer by layer
  headway info flowers.onnx --card > README.md    the model's card, for the Hugging Face Hub
"""


@click.command("info", epilog=EPILOG)
@click.argument("model", type=PATH)
@click.option("--card", is_flag=True, help="Print a model card for the Hugging Face Hub: Markdown with front matter.")
@click.option("--layers", is_flag=True, help="Show its layers instead: output shapes, parameters, which were trained.")
@common
def command(model: Path, card: bool, layers: bool, output: Output) -> None:
    """Show what the file MODEL holds: its classes, scores, recipe, backbone, inputs and outputs, and data.

    Nothing is computed. Times and paths are not in a model's file, which is made to be handed to others.
    """
    from headway.model import describe, load
    from headway.rendering import card as cards
    from headway.rendering import fit as rendering

    if card and (output.as_json or layers):
        raise UserError(f"choose one of --{'json' if output.as_json else 'layers'} and --card")
    if layers:
        from headway.analysis.layers import model_layers
        from headway.rendering import layers as summary

        shown = model_layers(load(model))
        output.result(shown, summary.layers(shown))
        return
    report = describe(load(model))
    if card:
        sys.stdout.write(cards.card(report))
        return
    output.result(report, rendering.model(report, output.width))
