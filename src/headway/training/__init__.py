"""Networks that are trained: fine-tuning, training from scratch, augmentation. Needs ``headway[torch]``.

::

    finetuning ── job    fine-tuning: examples, loop, ONNX file
             ├── cuts         where the frozen part ends
             ├── sources      maps of the frozen part (maps, views) or whole images (pixels)
             ├── module       the trained part (graph, operators, convolution) with its head
             └── methods      rates, epochs
    scratch              small networks from random weights (architectures, onnxfile)
    loop                 epochs, validation, checkpoints; stepper takes the steps (device, memory)
    settings, plan       what the user chooses, and all hyperparameters that follow
    results              what both ways of training return
    augment              random changes of images; grid to look at them, copies for features that are computed once

Importing this package loads no torch.
"""

from headway.training.augment import Augment
from headway.training.copies import changed_copies
from headway.training.finetuning import finetune
from headway.training.grid import draw_augmented
from headway.training.results import FineTunedNetwork, Stage, TrainedNetwork
from headway.training.scratch import train_scratch
from headway.training.settings import TrainingSettings

__all__ = [
    "Augment",
    "FineTunedNetwork",
    "Stage",
    "TrainedNetwork",
    "TrainingSettings",
    "changed_copies",
    "draw_augmented",
    "finetune",
    "train_scratch",
]
