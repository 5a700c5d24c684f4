"""Networks of the hub: exported as its repositories' files are, served on loopback, and compared with ONNX Runtime.

    pip install transformers onnxruntime     # beside headway[torch]
    python benchmarks/hub_networks.py [NAME…]

Each network has the size of the published one and random weights, goes through the exporter that wrote most files on
the hub (TorchScript's, opset 14, every axis of the input open), gets the configurations of the real repository, and is
then named with hf:. Largest relative difference: of the class token or the network's own embedding, and of the mean of
its patches, against ONNX Runtime on the file in float32, over four carried pictures; Headway computes in float32, too, also
of a file in float16.
"""

from __future__ import annotations

import contextlib
import io
import json
import logging
import os
import sys
import tempfile
import time
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import onnx

sys.path.insert(0, str(Path(__file__).parents[1]))

from headway import backbones, demo
from headway.backbones.bounds.reading import parse
from headway.backbones.convert.check import read_image
from headway.backbones.convert.network import import_timm
from headway.errors import HeadwayError
from headway.model import check_backbone
from headway.session import Session
from headway.types import Silent
from tests.backbones.hub.configurations import CLIP, CONVNEXT, DINOV2, SIGLIP2, TIMM, VIT
from tests.backbones.hub.serving import Hub, serving

TOKENS = ["last_hidden_state", "pooler_output"]
EAGER = {"attn_implementation": "eager"}


def dinov2(t: Any) -> Any:
    return t.Dinov2Model(t.Dinov2Config(hidden_size=384, num_attention_heads=6, image_size=518, patch_size=14, **EAGER))


def dinov2_base(t: Any) -> Any:
    return t.Dinov2Model(t.Dinov2Config(image_size=518, patch_size=14, **EAGER))


def siglip2(t: Any) -> Any:
    return t.SiglipVisionModel(t.SiglipVisionConfig(image_size=224, patch_size=16, **EAGER))


def clip(t: Any) -> Any:
    return t.CLIPVisionModelWithProjection(t.CLIPVisionConfig(**EAGER))


def vit(t: Any) -> Any:
    return t.ViTForImageClassification(t.ViTConfig(hidden_size=384, num_attention_heads=6, intermediate_size=1536,
                                                   num_labels=1000, **EAGER))  # fmt: skip


def convnext(t: Any) -> Any:
    return t.ConvNextForImageClassification(t.ConvNextConfig(num_labels=1000))


def tinyvit(t: Any) -> Any:
    import timm
    import torch

    class Classifier(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.network = timm.create_model("tiny_vit_5m_224.dist_in22k_ft_in1k", pretrained=False)

        def forward(self, pixel_values: Any, return_dict: bool = True) -> dict[str, Any]:
            return {"logits": self.network(pixel_values)}

    return Classifier()


# name: network, outputs, configuration and its file, the name that its file has on the hub, which output is the embedding
NETWORKS: dict[str, tuple[Callable[[Any], Any], list[str], tuple[str, dict[str, Any]], str, str]] = {
    "DINOv2 ViT-S/14": (dinov2, TOKENS, ("preprocessor_config.json", DINOV2), "model", "class token"),
    "DINOv2 ViT-B/14": (dinov2_base, TOKENS, ("preprocessor_config.json", DINOV2), "model", "class token"),
    "SigLIP 2 ViT-B/16": (siglip2, TOKENS, ("preprocessor_config.json", SIGLIP2), "vision_model", "pooler_output"),
    "CLIP ViT-B/32": (
        clip,
        ["image_embeds", "last_hidden_state"],
        ("preprocessor_config.json", CLIP),
        "vision_model",
        "",
    ),
    "ViT-S/16, logits": (vit, ["logits"], ("preprocessor_config.json", VIT), "model", ""),
    "ConvNeXt-T, logits": (convnext, ["logits"], ("preprocessor_config.json", CONVNEXT), "model", ""),
    "TinyViT-5M, logits": (tinyvit, ["logits"], ("config.json", TIMM), "model", ""),
}


def exported(network: Any, outputs: list[str]) -> bytes:
    import torch

    class Outputs(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.network = network

        def forward(self, pixel_values: Any) -> tuple[Any, ...]:
            found = self.network(pixel_values=pixel_values, return_dict=True)
            return tuple(found[name] for name in outputs)

    axes = {"pixel_values": {0: "batch_size", 1: "num_channels", 2: "height", 3: "width"}}
    axes |= {name: {0: "batch_size"} for name in outputs}
    buffer = io.BytesIO()
    logging.disable(logging.CRITICAL)
    with torch.no_grad(), warnings.catch_warnings(), contextlib.redirect_stdout(io.StringIO()):
        warnings.simplefilter("ignore")
        torch.onnx.export(Outputs().eval(), (torch.randn(2, 3, 224, 224),), buffer, dynamo=False, opset_version=14,
                          input_names=["pixel_values"], output_names=outputs, dynamic_axes=axes)  # fmt: skip
    logging.disable(logging.NOTSET)
    return buffer.getvalue()


def in_half(content: bytes) -> bytes:
    from onnxruntime.transformers.float16 import convert_float_to_float16

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        model = convert_float_to_float16(onnx.load_model_from_string(content), keep_io_types=True)
    return bytes(model.SerializeToString())


def differences(
    content: bytes, info: Any, engine: Any, images: Any, embedding: str, said: dict[str, Any]
) -> list[float]:
    """Of the embedding and the mean of the patches, against ONNX Runtime on the file, where it gives them."""
    import onnxruntime

    from headway.backbones.hub.preparation import read_preparation

    preparation = read_preparation(said)
    assert preparation is not None
    colours = preparation.colours
    x = ((images / colours.levels - colours.mean) / colours.std).astype(np.float32).transpose(0, 3, 1, 2)
    session = onnxruntime.InferenceSession(content, providers=["CPUExecutionProvider"])
    names = [value.name for value in session.get_outputs()]
    given = dict(zip(names, session.run(None, {"pixel_values": x}), strict=True))
    rows = engine.run(images)
    edges = np.cumsum([engine.widths[name] for name in engine.outputs])[:-1]
    ours = dict(zip(engine.outputs, np.split(rows, edges, axis=1), strict=True))
    pairs = []
    if "last_hidden_state" in given:
        tokens = given["last_hidden_state"]
        prefix = tokens.shape[1] - info.map_shape[1] * info.map_shape[2]
        pairs.append((ours["patches.mean"], tokens[:, prefix:].mean(1)))
        if embedding == "class token":
            pairs.append((ours["head.mean"], tokens[:, 0]))
    if embedding == "pooler_output":
        pairs.append((ours["head.mean"], given["pooler_output"]))
    if embedding == "":  # what the last product reads
        weight, result = last_product(content)
        pairs.append((ours["head.mean"] @ weight[0] + weight[1], given[result]))
    return [float((np.linalg.norm(a - b, axis=1) / np.linalg.norm(b, axis=1)).max()) for a, b in pairs]


def last_product(content: bytes) -> tuple[tuple[Any, Any], str]:
    """Return the weights and biases of the layer that gives the first output, and that one's name."""
    from onnx import numpy_helper

    graph = onnx.load_model_from_string(content).graph
    result = graph.output[0].name
    node = next(each for each in graph.node if result in each.output)
    tensors = {tensor.name: numpy_helper.to_array(tensor) for tensor in graph.initializer}
    weight = tensors[node.input[1]].astype(np.float32)
    if any(each.name == "transB" and each.i for each in node.attribute):
        weight = weight.T
    bias = tensors[node.input[2]].astype(np.float32) if len(node.input) > 2 else np.float32(0)
    return (weight, bias), result


def main(names: list[str]) -> None:
    import_timm()  # before torchvision, which transformers imports
    import torch
    import transformers

    print(f"torch {torch.__version__}, transformers {transformers.__version__}, onnx {onnx.__version__}")
    print("| network | file | nodes of the file | nodes here | made in | one picture | difference | features |")
    print("|---|---|---|---|---|---|---|---|")
    files = [path for path in sorted(demo.pictures().rglob("*")) if path.is_file()][::9][:4]
    for name, (build, outputs, (where, said), stem, embedding) in NETWORKS.items():
        if names and not any(each.lower() in name.lower() for each in names):
            continue
        torch.manual_seed(0)
        content = exported(build(transformers).eval(), outputs)
        for precision in ("", "_fp16"):
            one(name + precision, content if not precision else in_half(content), content, f"onnx/{stem}{precision}.onnx",
                where, said, embedding, files)  # fmt: skip


def one(
    name: str, content: bytes, wide: bytes, file: str, where: str, said: Any, embedding: str, files: list[Path]
) -> None:
    repository = {file: content, where: json.dumps(said).encode()}
    with tempfile.TemporaryDirectory() as cache, serving(Hub({"somebody/network": repository})) as hub:
        os.environ.update(HF_ENDPOINT=hub.address, NO_PROXY="*")
        try:
            with Session.open(cache, progress=Silent()) as session:
                start = time.process_time()
                info = backbones.obtain("hf:somebody/network", session)
                made = time.process_time() - start
                made_file = backbones.read(info, session.cache)
            check_backbone(info, made_file, info.depths)
        except HeadwayError as error:
            print(f"| {name} | {len(content) / 1e6:.0f} MB | {error}")
            return
        images = np.stack([read_image(path, info.input_size) for path in files])
        engine = backbones.Engine(made_file, [each for each in info.dims if each != "flat"], threads=1)
        engine.run(images[:1])
        start = time.process_time()
        for _ in range(3):
            engine.run(images)
        seconds = (time.process_time() - start) / (3 * len(images))
        worst = max(differences(wide, info, engine, images, embedding, {where: said}))
        nodes = len(parse(content).graph.node), len(parse(made_file).graph.node)
        depths = sum(info.dims[each] for each in info.depths)
        print(f"| {name} | {len(content) / 1e6:.0f} MB | {nodes[0]:,} | {nodes[1]:,} | {made:.1f} s | "
              f"{1000 * seconds:.0f} ms | {worst:.0e} | {info.dims['head.mean']:,}; {depths:,} of all depths |",
              flush=True)  # fmt: skip


if __name__ == "__main__":
    main(sys.argv[1:])
