"""Accuracy and seconds of ``headway fit DATA`` without options, against timm features and scikit-learn.

    python benchmarks/accuracy.py DATA [DATA …]        # class folders; needs headway[torch] for the peer

Both use the same network and weights, from a cold cache, each in a fresh process. The peer: timm's own preprocessing
and DataLoader with two workers, PyTorch in fp32, standardised features, ``LogisticRegression`` on one stratified 80/20
split. It runs twice: as it is installed, and with glibc told to keep its memory, which on machines like these makes
PyTorch several times as fast, if one knows (``MALLOC_MMAP_MAX_=0 MALLOC_TRIM_THRESHOLD_=17179869184``).
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from headway import backbones
from headway.backbones.convert import import_timm, lite

ENVIRONMENTS = {
    "memory kept": {"MALLOC_MMAP_MAX_": "0", "MALLOC_TRIM_THRESHOLD_": str(16 << 30)},
    "as installed": {},
}


def ours(data: str) -> tuple[dict, float]:
    with tempfile.TemporaryDirectory() as folder:
        headway = str(Path(sys.executable).with_name("headway"))
        command = [headway, "fit", data, "-o", f"{folder}/m.onnx", "--cache", folder, "--json", "--quiet"]
        start = time.perf_counter()
        done = subprocess.run(command, check=True, stdout=subprocess.PIPE)
        return json.loads(done.stdout), time.perf_counter() - start


def peer(data: str, weights: str, environment: dict[str, str]) -> tuple[dict, float]:
    command = [sys.executable, __file__, "--peer", data, weights]
    start = time.perf_counter()
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, env=os.environ | environment)
    return json.loads(done.stdout.splitlines()[-1]), time.perf_counter() - start


def run_peer(data: str, weights: str) -> None:
    import numpy as np
    import torch
    from PIL import Image
    from sklearn.linear_model import LogisticRegression
    from sklearn.model_selection import train_test_split
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    import_timm()
    import timm.data

    network = timm.create_model("tf_efficientnet_lite0").eval()
    given = torch.load(weights, map_location="cpu", weights_only=True)
    network.load_state_dict(dict(zip(network.state_dict(), given.values(), strict=True)))
    Image.MAX_IMAGE_PIXELS = None
    settings = timm.data.resolve_model_data_config(network)
    dataset = timm.data.ImageDataset(data, transform=timm.data.create_transform(**settings, is_training=False))
    loader = torch.utils.data.DataLoader(dataset, batch_size=64, num_workers=2)
    features, labels = [], []
    with torch.inference_mode():
        for pictures, targets in loader:
            features.append(network.forward_head(network.forward_features(pictures), pre_logits=True).numpy())
            labels.append(targets.numpy())
    x, y = np.concatenate(features), np.concatenate(labels)
    train, test = train_test_split(np.arange(len(y)), test_size=0.2, stratify=y, random_state=0)
    classifier = make_pipeline(StandardScaler(), LogisticRegression(max_iter=1000)).fit(x[train], y[train])
    print(json.dumps({"accuracy": classifier.score(x[test], y[test]), "n": len(test)}))


def main() -> None:
    if sys.argv[1:2] == ["--peer"]:
        run_peer(*sys.argv[2:])
        return
    with tempfile.TemporaryDirectory() as folder:
        weights = Path(folder) / "weights.pth"
        weights.write_bytes(lite.download(backbones.find("efficientnet_lite0")).content)
        for data in sys.argv[1:]:
            compare(data, str(weights))


def compare(data: str, weights: str) -> None:
    report, seconds = ours(data)
    cv, test = report["cross_validation"], report["test"]
    stages = ", ".join(f"{stage} {value:.1f}" for stage, value in report["seconds"].items())
    print(f"{Path(data).name}: cross-validated {cv['accuracy']:.4f} ± {cv['std']:.4f} (log-loss {cv['log_loss']:.3f}); "
          f"test {test['accuracy']:.4f} ({test['right']} of {test['n']}); {report['head']['kind']} on "
          f"{report['features']['name']}; {seconds:.1f} s ({stages})", flush=True)  # fmt: skip
    for name, environment in ENVIRONMENTS.items():
        theirs, their_seconds = peer(data, weights, environment)
        print(
            f"  timm + scikit-learn, {name}: {theirs['accuracy']:.4f} of {theirs['n']}; {their_seconds:.1f} s; "
            f"ours takes {seconds / their_seconds:.3f} of its time",
            flush=True,
        )


if __name__ == "__main__":
    main()
