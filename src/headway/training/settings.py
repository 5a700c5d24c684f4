"""What the user chooses of a training, whichever network is trained."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal, cast

import numpy as np

from headway.types import AS_USUAL, Reading

if TYPE_CHECKING:
    from headway.recipe import Recipe
    from headway.training.plan import Plan
    from headway.types import FloatArray, IntArray, ResizePolicy


@dataclass(frozen=True)
class TrainingSettings:
    """Settings that fine-tuning and training from scratch share; each is a field of a recipe.

    ``epochs`` and ``learning_rate`` of 0, and an ``optimiser`` of ``"auto"``, stand for the method's own.

    Examples
    --------
    >>> from headway.recipe import Recipe
    >>> TrainingSettings.from_recipe(Recipe(finetune="all", epochs=3)).epochs
    3
    """

    resize: ResizePolicy
    seed: int = 0
    balance: Literal["none", "weights"] = "none"
    augment: tuple[str, ...] = ()
    epochs: int = 0
    learning_rate: float = 0.0
    device: str = "cpu"
    precision: Literal["auto", "fp32", "bf16"] = "auto"
    optimiser: Literal["auto", "adamw", "adam", "sgd", "sgd-momentum"] = "auto"
    loss: Literal["cross-entropy", "binary-cross-entropy"] = "cross-entropy"
    refit: bool = True
    reading: Reading = AS_USUAL

    @classmethod
    def from_recipe(cls, recipe: Recipe) -> TrainingSettings:
        """Take the settings out of a recipe that trains a network, and so resamples no classes."""
        return cls(
            resize=recipe.resize,
            reading=recipe.reading,
            seed=recipe.seed,
            balance="weights" if recipe.balance == "weights" else "none",
            augment=recipe.augment,
            epochs=recipe.epochs,
            learning_rate=recipe.learning_rate,
            device=recipe.device,
            precision=recipe.precision,
            optimiser=recipe.optimizer,
            loss=recipe.loss,
            refit=recipe.refit,
        )

    @property
    def is_as_keras(self) -> bool:
        """Whether a network is trained as published programs do, by an optimiser that they name."""
        return self.optimiser in ("adam", "sgd", "sgd-momentum")

    def plan(self, default: Plan) -> Plan:
        """Return a method's plan with these settings."""
        if self.is_as_keras:
            default = default.as_keras(cast("Literal['adam', 'sgd', 'sgd-momentum']", self.optimiser))
        elif self.optimiser == "adamw":
            default = replace(default, optimiser="adamw")
        return replace(
            default,
            loss=self.loss,
            precision="fp32" if self.precision == "fp32" else "auto",
            seed=self.seed,
            device=self.device,
            epochs=self.epochs or default.epochs,
            learning_rate=self.learning_rate or default.learning_rate,
        )

    def class_weights(self, labels: IntArray, n_classes: int) -> FloatArray | None:
        """Return the weights of the classes in the loss, on average 1 an image; None where all are alike."""
        if self.balance == "none":
            return None
        counts = np.bincount(labels, minlength=n_classes)
        return (len(labels) / (n_classes * np.maximum(counts, 1))).astype(np.float32)
