"""Pretrained networks with a short name of their own: their names in timm or torchvision, and their metadata.

Licences are those of the weights as their publishers state them. Accuracy is top-1 on ImageNet-1k's validation
split, at the listed size: timm's ``results/results-imagenet.csv``; torchvision's documentation for AlexNet; timm's
model cards for MobileNet v1 and ViT; Liu et al. 2022 (arXiv 2201.03545, table 1) for ConvNeXt. DINO, CLIP and SigLIP
were not trained to classify ImageNet. The parameters are those that are used: without the classifier.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Network:
    """A pretrained network that is converted on request; the fields are those of `BackboneInfo`, and two more."""

    name: str
    title: str
    architecture: str  # its name in timm, with the tag of the weights, or in another library
    licence: str
    imagenet_top1: float | None
    input_size: int
    parameters: int
    dim: int  # of the embedding


APACHE, BSD, DINOV3 = "Apache-2.0", "BSD-3-Clause", "DINOv3 licence"

# For features, the weights of the original recipes: those of newer ones classify better and transfer worse (Kornblith
# et al. 2021, "Why do better loss functions lead to less transferable features?", arXiv 2010.16402).
PUBLISHED: tuple[Network, ...] = (
    Network("alexnet", "AlexNet", "torchvision:alexnet", BSD, 0.565, 224, 2_469_696, 256),
    Network("vgg16", "VGG16", "vgg16.tv_in1k", BSD, 0.716, 224, 14_714_688, 512),
    Network("vgg19", "VGG19", "vgg19.tv_in1k", BSD, 0.724, 224, 20_024_384, 512),
    Network("inception_v3", "Inception-v3", "inception_v3.tv_in1k", APACHE, 0.774, 299, 21_785_568, 2048),
    Network("resnet50", "ResNet50", "resnet50.tv_in1k", BSD, 0.761, 224, 23_508_032, 2048),
    Network("mobilenet", "MobileNet v1", "mobilenetv1_100.ra4_e3600_r224_in1k", APACHE, 0.754, 224, 3_206_976, 1024),
    Network("mobilenet_v2", "MobileNet v2", "mobilenetv2_100.ra_in1k", APACHE, 0.730, 224, 2_223_872, 1280),
    Network("mobilenet_v3", "MobileNet v3 large", "mobilenetv3_large_100.ra_in1k", APACHE, 0.758, 224, 2_971_952, 960),
    Network("efficientnet_b0", "EfficientNet-B0", "efficientnet_b0.ra_in1k", APACHE, 0.777, 224, 4_007_548, 1280),
    Network("convnext_tiny", "ConvNeXt-T", "convnext_tiny.fb_in1k", APACHE, 0.821, 224, 27_820_128, 768),
    Network("vit_small", "ViT-S/16", "vit_small_patch16_224.augreg_in21k_ft_in1k", APACHE, 0.814, 224, 21_665_664, 384),
    Network("dinov2_small", "DINOv2 ViT-S/14", "vit_small_patch14_dinov2.lvd142m", APACHE, None, 518, 22_056_192, 384),
    Network("dinov3_small", "DINOv3 ViT-S/16", "vit_small_patch16_dinov3.lvd1689m", DINOV3, None, 256, 21_586_944, 384),
    Network("clip_vit_b32", "CLIP ViT-B/32", "vit_base_patch32_clip_224.laion2b", APACHE, None, 224, 87_456_000, 768),
    Network("siglip_base", "SigLIP ViT-B/16", "vit_base_patch16_siglip_224.webli", APACHE, None, 224, 92_884_224, 768),
)  # fmt: skip


def find_published(name: str) -> Network | None:
    """Return the network with a short name, or None."""
    return next((entry for entry in PUBLISHED if entry.name == name), None)
