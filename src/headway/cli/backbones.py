"""``headway backbones``."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from headway.cli.console import Output, common
from headway.cli.options import cached
from headway.facts.catalogue import BackboneEntry, BackbonesReport
from headway.rendering import catalogue

if TYPE_CHECKING:
    from headway.backbones import BackboneInfo

EPILOG = """\b
Not listed, and to be named with --backbone all the same:
  resnet18, timm:resnet18.a1_in1k    any network of timm, which is what a plain name means; or one of its weights
  torchvision:densenet121            any network of torchvision
  keras:MobileNet                    any of keras.applications: pip install 'headway[keras]'
  hf:onnx-community/dinov2-small     an ONNX file of a repository on the Hugging Face hub, without PyTorch
  hf:OWNER/REPO@REVISION:FILE        one at a revision, and one of several files
docs/backbones.md says more.

\b
Examples:
  headway backbones
  headway backbones --json
  headway backbones get vgg16 --image-size 128
  headway backbones show vgg16
"""
GET_EPILOG = """\b
Examples:
  headway backbones get efficientnet_lite1
  headway backbones get resnet50 --weights my-resnet50.safetensors --offline
  headway backbones get torchvision:densenet121
  headway backbones get hf:onnx-community/dinov2-small
"""
SHOW_EPILOG = """\b
Examples:
  headway backbones show efficientnet_lite0
  headway backbones show keras:VGG16 --image-size 150    as in the published experiment: 14,714,688 parameters
  headway backbones show my_network.onnx --json
"""


@click.group("backbones", epilog=EPILOG, invoke_without_command=True)
@cached
@common
@click.pass_context
def command(context: click.Context, output: Output, cache: Path | None) -> None:
    """List the networks and hand-made descriptors that give features, and whether each is on this machine; or get one.

    Features is the number of features of a picture, of the last layer alone (local descriptors, such as SIFT's, count
    as 64 visual words); size is the number of learned parameters; ImageNet is the published top-1 accuracy.
    """
    if context.invoked_subcommand is not None:
        return
    from headway.backbones import is_available, list_converted, listed

    infos = listed()
    names = {info.name for info in infos}
    entries = [_entry(info, is_available(info, cache)) for info in infos]
    entries += [_entry(info, True) for info in list_converted(cache) if info.name not in names]
    report = BackbonesReport(backbones=tuple(entries))
    output.result(report, catalogue.backbones(report))


def _entry(info: BackboneInfo, available: bool) -> BackboneEntry:
    return BackboneEntry(
        name=info.name,
        title=info.title,
        kind=info.kind,
        dim=_width(info),
        dims=dict(info.dims),
        input_size=info.input_size,
        parameters=info.parameters,
        licence=info.licence,
        imagenet_top1=info.imagenet_top1,
        available=available,
        source=info.source,
        sha256=info.sha256,
    )


def _width(info: BackboneInfo) -> int:
    """Return the number of features that a head reads, of the last layer alone."""
    from headway.preparation.vocabulary import N_WORDS

    widths = dict(info.dims) | dict.fromkeys(info.local, N_WORDS)
    return sum(widths[name] for name in info.feature_sets["last"])


def _takes_network(command: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command the argument NAME and the options that say which network it is."""
    for option in (
        cached,
        click.option("--offline", is_flag=True, help="Fail rather than download."),
        click.option(
            "--image-size",
            metavar="PIXELS",
            type=click.IntRange(0),
            default=0,
            help="Side of the pictures, where the network allows.",
        ),
        click.option(
            "--weights", metavar="FILE|random", default="", help="Its weights, in place of the pretrained ones."
        ),
        click.argument("name"),
    ):
        command = option(command)
    return command  # fmt: skip


@command.command("get", epilog=GET_EPILOG)
@_takes_network
@common
def get(output: Output, cache: Path | None, name: str, weights: str, image_size: int, offline: bool) -> None:
    """Download, convert and check a backbone now, so that it is on this machine when it is needed."""
    from headway.backbones import is_available, obtain
    from headway.session import Session

    with output.progress() as progress, Session.open(cache, offline=offline, progress=progress) as session:
        info = obtain(name, session, weights=weights, image_size=image_size)
    report = BackbonesReport(backbones=(_entry(info, is_available(info, cache)),))
    size = (
        ["--image-size", str(image_size)] if image_size and info.path is None else []
    )  # a converted one is named by it
    options = [*size, *([] if cache is None else ["--cache", str(cache)])]
    output.result(report, catalogue.fetched(report, _place(info, cache), options))


def _place(info: BackboneInfo, cache: Path | None) -> str:
    """Return where a backbone is, and of a network that was converted by name or from a file what from."""
    from headway.backbones import locate

    if info.parts:
        return ", ".join(f"{part.name} {_place(part, cache)}" for part in info.parts)
    if info.source == "computed" or info.kind == "descriptor":
        return "as formulas: there is nothing to keep"
    origin = f", made from {info.source}" if info.path is not None and "random" not in info.title else ""
    return f"at {locate(info, cache)}{origin}"


@command.command("show", epilog=SHOW_EPILOG)
@_takes_network
@common
def show(output: Output, cache: Path | None, name: str, weights: str, image_size: int, offline: bool) -> None:
    """Show the layers of a backbone, as Keras prints them: output shapes, parameters, and where last-block begins.

    A network that is not on this machine yet is downloaded and converted, as `get` does. Networks of Keras have Keras'
    own layers and counts; in those of others, batch normalisation is part of the convolution before it.
    """
    from headway.analysis.layers import backbone_layers
    from headway.backbones import obtain
    from headway.rendering import layers as summary
    from headway.session import Session

    with output.progress() as progress, Session.open(cache, offline=offline, progress=progress) as session:
        report = backbone_layers(obtain(name, session, weights=weights, image_size=image_size), session.cache)
    output.result(report, summary.layers(report))
