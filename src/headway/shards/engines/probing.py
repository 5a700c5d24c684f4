"""What a node of a cluster says of itself before it is given work."""

from __future__ import annotations

import importlib.metadata
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from headway._version import __version__
from headway.backbones.catalogue import read
from headway.embedding.content import decoders_name
from headway.errors import HeadwayError

if TYPE_CHECKING:
    from headway.shards.keys import Job


def expected(job: Job) -> dict[str, str]:
    """Return the versions that must be the same everywhere."""
    return {
        "Headway": __version__,
        "OpenVINO": importlib.metadata.version("openvino"),
        "what decodes pictures": decoders_name(job.reading),
    }


def unfit(versions: Mapping[str, str], job: Job, files: Sequence[Path]) -> str:
    """Return what is wrong with the node that this runs on; nothing where it is fit.

    It must have the ``versions`` that the driver expects, the network of the job, and the files.
    """
    for name, version in expected(job).items():
        if version != versions[name]:
            return f"{name} is {version} there, and {versions[name]} here; install the same on both"
    for file in files:
        if not file.exists():
            return f"it does not see {file}: put it on storage that all nodes share, or give an address"
    if job.backbone.kind == "network":
        try:
            read(job.backbone, job.cache)
        except HeadwayError as error:
            return str(error)
    return ""
