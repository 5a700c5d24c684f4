"""``headway backbones``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from headway.cli.console import Output, common
from headway.cli.options import cached

if TYPE_CHECKING:
    from headway.backbones import BackboneInfo

EPILOG = """\b
Not listed, and to be named with --backbone all the same:
  resnet18, timm:resnet18.a1_in1k    any network of timm, which is what a plain name means; or one of its weights
  torchvision:densenet121            any network of torchvision
  keras:MobileNet                    any of keras.applications: pip install 'headway[keras]'
docs/backbones.md says more.

\b
Examples:
  headway backbones
  headway backbones --json
  headway backbones get vgg16 --image-size 128
"""
GET_EPILOG = """\b
Examples:
  headway backbones get efficientnet_lite1
  headway backbones get resnet50 --weights my-resnet50.safetensors --offline
  headway backbones get torchvision:densenet121
"""


@click.group("backbones", epilog=EPILOG, invoke_without_command=True)
@cached
@common
@click.pass_context
def command(context: click.Context, output: Output, cache: Path | None) -> None:
    """List the networks and hand-made descriptors to borrow features from, and whether each is here; or get one.

    Features are how many numbers a classifier gets of a picture, of the last layer alone (local descriptors, as SIFT's,
    are counted as 64 visual words); size is the number of learned parameters that are used; ImageNet is the published
    top-1 accuracy.
    """
    if context.invoked_subcommand is not None:
        return
    from headway.backbones import is_here, kept, listed

    infos = listed()
    names = {info.name for info in infos}
    entries = [_entry(info, is_here(info, cache)) for info in infos]
    entries += [_entry(info, True) for info in kept(cache) if info.name not in names]
    if output.as_json:
        output.document({"backbones": entries})
        return
    columns = ["name", "licence", "features", "input", "size", "ImageNet", "here"]
    output.table(columns, [_row(entry) for entry in entries], left=2)
    absent = [entry for entry in entries if not entry["here"]]
    if networks := [entry["name"] for entry in absent if entry["kind"] == "network"]:
        output.say()
        output.say(f"Those not here are made when they are first used, or by: headway backbones get {networks[0]}")
        output.say("That needs PyTorch: pip install 'headway[torch]'")
    if any(entry["kind"] == "descriptor" for entry in absent):
        output.say("To get hand-made descriptors: pip install 'headway[handmade]'")


def _entry(info: BackboneInfo, here: bool) -> dict[str, Any]:
    return {
        "name": info.name,
        "title": info.title,
        "kind": info.kind,
        "dim": _length(info),
        "dims": dict(info.dims),
        "input_size": info.input_size,
        "parameters": info.parameters,
        "licence": info.licence,
        "imagenet_top1": info.imagenet_top1,
        "here": here,
        "source": info.source,
        "sha256": info.sha256,
    }


def _length(info: BackboneInfo) -> int:
    """Return how many numbers of a picture a head reads, of the last layer alone."""
    from headway.preparation.vocabulary import N_WORDS

    words = dict.fromkeys(info.local, N_WORDS)
    return info.dims.get("head.mean", sum((dict(info.dims) | words).values()))


def _row(entry: dict[str, Any]) -> list[str]:
    return [
        entry["name"],
        entry["licence"] or "–",
        f"{entry['dim']:,}",
        f"{entry['input_size']} px",
        f"{entry['parameters'] / 1e6:.1f} M" if entry["parameters"] else "",
        f"{entry['imagenet_top1']:.1%}" if entry["imagenet_top1"] is not None else "",
        "yes" if entry["here"] else "no",
    ]


@command.command("get", epilog=GET_EPILOG)
@click.argument("name")
@click.option("--weights", metavar="FILE|random", default="", help="Weights for it, in place of the pretrained ones.")
@click.option(
    "--image-size", metavar="PIXELS", type=click.IntRange(0), default=0, help="Side of the pictures, where it allows."
)
@click.option("--offline", is_flag=True, help="Fail rather than download.")
@cached
@common
def get(output: Output, cache: Path | None, name: str, weights: str, image_size: int, offline: bool) -> None:
    """Download, convert and check a backbone now, so that it is here when it is needed."""
    from headway.backbones import obtain

    with output.progress() as progress:
        info = obtain(name, weights=weights, image_size=image_size, offline=offline, cache=cache, progress=progress)
    entry = _entry(info, True)
    if output.as_json:
        output.document(entry)
        return
    output.table(["name", "licence", "features", "input", "size", "ImageNet", "here"], [_row(entry)], left=2)
    output.say()
    about = info.title if weights == "random" else f"{info.title}: {info.source}"
    output.say(f"{about}. Use it with --backbone {info.name}")
