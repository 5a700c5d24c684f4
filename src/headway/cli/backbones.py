"""``headway backbones``."""

from __future__ import annotations

from pathlib import Path

import click

from headway.cli.console import Output, common
from headway.cli.options import cached

EPILOG = """\b
Examples:
  headway backbones
  headway backbones --json
"""


@click.command("backbones", epilog=EPILOG)
@cached
@common
def command(output: Output, cache: Path | None) -> None:
    """List the pretrained networks: size, licence, accuracy on ImageNet, and whether each is here or how to get it."""
    from headway.backbones import is_here, listed

    entries = [
        {
            "name": info.name,
            "dim": info.dims["head.mean"],
            "dims": dict(info.dims),
            "input_size": info.input_size,
            "parameters": info.parameters,
            "licence": info.licence,
            "imagenet_top1": info.imagenet_top1,
            "here": is_here(info, cache),
            "source": info.source,
        }
        for info in listed()
    ]
    if output.as_json:
        output.document({"backbones": entries})
        return
    columns = ["name", "licence", "features", "input", "size", "ImageNet", "here"]
    rows = [
        [
            str(entry["name"]),
            str(entry["licence"]),
            f"{entry['dim']:,}",
            f"{entry['input_size']} px",
            f"{entry['parameters'] / 1e6:.1f} M",  # type: ignore[operator]
            f"{entry['imagenet_top1']:.1%}" if entry["imagenet_top1"] is not None else "",
            "yes" if entry["here"] else "no",
        ]
        for entry in entries
    ]
    output.table(columns, rows, left=2)
    for entry in entries:
        if not entry["here"]:
            output.say(f"To get {entry['name']}: {entry['source']}")
