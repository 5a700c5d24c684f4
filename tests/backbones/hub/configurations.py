"""Configurations of image processors with the keys and values of real repositories.

The numbers that transformers' own processors make of them are in `GOLDEN`; ``scripts/processor_values.py`` prints these.
"""

from __future__ import annotations

from typing import Any

IMAGENET = {"image_mean": [0.485, 0.456, 0.406], "image_std": [0.229, 0.224, 0.225]}
HALVES = {"image_mean": [0.5, 0.5, 0.5], "image_std": [0.5, 0.5, 0.5]}
OPENAI = {
    "image_mean": [0.48145466, 0.4578275, 0.40821073],
    "image_std": [0.26862954, 0.26130258, 0.27577711],
}
TO_ONE = {"do_rescale": True, "rescale_factor": 0.00392156862745098}

DINOV2 = {
    "crop_size": {"height": 224, "width": 224}, "do_center_crop": True, "do_convert_rgb": True, "do_normalize": True,
    "do_resize": True, "image_processor_type": "BitImageProcessor", "resample": 3, "size": {"shortest_edge": 256},
    **IMAGENET, **TO_ONE,
}  # fmt: skip
SIGLIP2 = {
    "do_convert_rgb": None, "do_normalize": True, "do_resize": True, "image_processor_type": "SiglipImageProcessor",
    "processor_class": "SiglipProcessor", "resample": 2, "size": {"height": 224, "width": 224}, **HALVES, **TO_ONE,
}  # fmt: skip
CONVNEXT_OLD = {
    "crop_pct": 0.875, "do_normalize": True, "do_resize": True, "feature_extractor_type": "ConvNextFeatureExtractor",
    "resample": 3, "size": 224, **IMAGENET,
}  # fmt: skip
CONVNEXT = {
    "crop_pct": 0.875, "do_normalize": True, "do_resize": True, "feature_extractor_type": "ConvNextFeatureExtractor",
    "image_processor_type": "ConvNextFeatureExtractor", "resample": 3, "size": {"shortest_edge": 224}, **IMAGENET, **TO_ONE,
}  # fmt: skip
CONVNEXT_384 = {**CONVNEXT, "crop_pct": 0.875, "size": {"shortest_edge": 384}}
VIT_OLD = {"do_normalize": True, "do_resize": True, "size": 224, **HALVES}
VIT = {
    "do_normalize": True, "do_resize": True, "image_processor_type": "ViTImageProcessor", "resample": 2,
    "size": {"height": 224, "width": 224}, **HALVES, **TO_ONE,
}  # fmt: skip
CLIP_OLD = {
    "crop_size": 224, "do_center_crop": True, "do_normalize": True, "do_resize": True,
    "feature_extractor_type": "CLIPFeatureExtractor", "resample": 3, "size": 224, **OPENAI,
}  # fmt: skip
CLIP = {
    "crop_size": {"height": 224, "width": 224}, "do_center_crop": True, "do_convert_rgb": True, "do_normalize": True,
    "do_resize": True, "image_processor_type": "CLIPImageProcessor", "resample": 3, "size": {"shortest_edge": 224},
    **OPENAI, **TO_ONE,
}  # fmt: skip
MOBILEVIT = {
    "crop_size": {"height": 256, "width": 256}, "do_center_crop": True, "do_flip_channel_order": True, "do_rescale": True,
    "do_resize": True, "image_processor_type": "MobileViTImageProcessor", "resample": 2,
    "rescale_factor": 0.00392156862745098, "size": {"shortest_edge": 288},
}  # fmt: skip
MINUS_ONE = {**VIT, "rescale_factor": 0.00784313725490196, "image_mean": [1, 1, 1], "image_std": [1, 1, 1]}

TIMM: dict[str, Any] = {
    "architecture": "tiny_vit_5m_224", "num_classes": 1000, "num_features": 320, "global_pool": "avg",
    "pretrained_cfg": {
        "tag": "dist_in22k_ft_in1k", "custom_load": False, "input_size": [3, 224, 224], "fixed_input_size": True,
        "interpolation": "bicubic", "crop_pct": 0.95, "crop_mode": "center", "mean": [0.485, 0.456, 0.406],
        "std": [0.229, 0.224, 0.225], "num_classes": 1000, "pool_size": [7, 7],
        "first_conv": "patch_embed.conv1.conv", "classifier": "head.fc",
    },
}  # fmt: skip

PROCESSORS: dict[str, tuple[str, dict[str, Any]]] = {
    "dinov2": ("BitImageProcessor", DINOV2),
    "siglip2": ("SiglipImageProcessor", SIGLIP2),
    "convnext_old": ("ConvNextImageProcessor", CONVNEXT_OLD),
    "convnext": ("ConvNextImageProcessor", CONVNEXT),
    "convnext_384": ("ConvNextImageProcessor", CONVNEXT_384),
    "vit_old": ("ViTImageProcessor", VIT_OLD),
    "vit": ("ViTImageProcessor", VIT),
    "clip_old": ("CLIPImageProcessor", CLIP_OLD),
    "clip": ("CLIPImageProcessor", CLIP),
    "mobilevit": ("MobileViTImageProcessor", MOBILEVIT),
    "minus_one": ("ViTImageProcessor", MINUS_ONE),
}
COLOUR = (10, 128, 250)
GOLDEN: dict[str, tuple[int, list[float]]] = {  # side of the picture, and what COLOUR becomes; transformers 5.24.0
    "dinov2": (224, [-1.94666, 0.20518, 2.55285]),
    "siglip2": (224, [-0.92157, 0.00392, 0.96078]),
    "convnext_old": (224, [-1.94666, 0.20518, 2.55285]),
    "convnext": (224, [-1.94666, 0.20518, 2.55285]),
    "convnext_384": (384, [-1.94666, 0.20518, 2.55285]),
    "vit_old": (224, [-0.92157, 0.00392, 0.96078]),
    "vit": (224, [-0.92157, 0.00392, 0.96078]),
    "clip_old": (224, [-1.64628, 0.1689, 2.0748]),
    "clip": (224, [-1.64628, 0.1689, 2.0748]),
    "mobilevit": (256, [0.98039, 0.50196, 0.03922]),
    "minus_one": (224, [-0.92157, 0.00392, 0.96078]),
}
