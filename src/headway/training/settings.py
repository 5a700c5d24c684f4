"""What the user chooses of a training, whichever network is trained."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

import numpy as np

from headway.types import AS_USUAL, Reading

if TYPE_CHECKING:
    from headway.recipe import Recipe
    from headway.training.plan import Plan
    from headway.types import FloatArray, IntArray, ResizePolicy


@dataclass(frozen=True)
class TrainingSettings:
    """Settings that fine-tuning and training from scratch share; each is a field of a recipe.

    ``epochs`` and ``learning_rate`` of 0 stand for the method's own.

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
        )

    def plan(self, default: Plan) -> Plan:
        """Return a method's plan with these settings."""
        return replace(
            default,
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
