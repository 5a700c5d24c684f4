"""What is refused before hours of work: settings that a file of features would ignore, backbones that lead nowhere."""

from __future__ import annotations

from typing import TYPE_CHECKING

from headway import backbones, model
from headway.backbones import converted, pixels
from headway.fitting import frozen
from headway.ranges import range_text
from headway.recipe import FieldError, Recipe

if TYPE_CHECKING:
    from headway.backbones import BackboneInfo
    from headway.embedding import FeatureTable
    from headway.session import Session


def check_settings(recipe: Recipe, table: FeatureTable) -> None:
    """Refuse settings that a file of features, which was made with its own, would ignore."""
    made: dict[str, object] = {
        "backbone": table.backbone,
        "resize": table.resize,
        "bands": table.reading.bands,
        "value_range": range_text(table.reading.value_range),
        "decoding": table.reading.decoding,
        "precision": table.precision,
    }
    network: dict[str, object] = {"image_size": table.input_size}
    key = converted.key(recipe.backbone, weights=recipe.weights, image_size=recipe.image_size, scaling=recipe.scaling)
    if table.backbone == key:
        network = {name: getattr(recipe, name) for name in ("backbone", "weights", "image_size", "scaling")}
    made |= network
    of_features = ("backbone", "weights", "image_size", "resize", "bands", "value_range", "decoding", "scaling", "tta")
    for name in (*of_features, "precision"):
        value = getattr(recipe, name)
        if value not in (getattr(Recipe(), name), made.get(name)):
            what = f"it was made with {made[name]}" if name in made else "it holds what was computed already"
            remedy = f"leave {{{name}}} out"
            if name == "backbone":  # perhaps the same network, with other weights
                remedy += ", or give the {weights} and {image_size} that it was made with"
            raise FieldError(name, f"{{{name}}} {value} does not fit a file of features, {what}: {remedy}")


def check_backbone(session: Session, recipe: Recipe, backbone: BackboneInfo) -> None:
    """Refuse, before any image is read, a backbone that the recipe cannot train or that no model's file may hold."""
    if backbone.kind == "descriptor" and recipe.finetune != "none":
        raise FieldError(
            "finetune",
            f"{{finetune}} needs a network, hand-made descriptors ({backbone.name}) cannot be fine-tuned: "
            "take another {backbone}, or leave {finetune} out",
        )
    if backbone.parts and recipe.finetune != "none":
        raise FieldError(
            "finetune", f"{{finetune}} trains one network, and {backbone.name} are several: take one of them"
        )
    if backbone.name == pixels.NAME and recipe.finetune != "none":
        raise FieldError("finetune", "{finetune} needs a network with weights, and {backbone} pixels has none")
    outputs = frozen.outputs_to_compute(backbone, recipe)
    if any(one.path is not None for one in (backbone, *backbone.parts)):  # it was converted on this machine
        model.check_backbone(backbone, backbones.read(backbone, session.cache), outputs)
