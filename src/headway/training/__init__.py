"""Networks that are trained: fine-tuning, training from scratch, augmentation. Needs ``headway[torch]``.

::

    tune ── job       fine-tuning: inputs, loop, ONNX file
             ├── cuts         where the frozen part ends
             ├── sources      maps of the frozen part (maps, views) or whole pictures (pixels)
             ├── module       the trained part (graph, operators, convolution) with its head
             └── methods      rates, epochs
    loop ── plan, checkpoint, team, memory
    scratch           small networks from random weights (architectures, onnxfile)
    augment           random changes of pictures; grid to look at them
    curves            learning curves

Importing this package loads no torch.
"""

from headway.training.augment import Augment
from headway.training.curves import save_curves
from headway.training.grid import save_samples
from headway.training.plan import Epoch
from headway.training.scratch import ScratchResult, train_scratch
from headway.training.tune import Tuned, finetune

__all__ = ["Augment", "Epoch", "ScratchResult", "Tuned", "finetune", "save_curves", "save_samples", "train_scratch"]
