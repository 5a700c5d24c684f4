"""Facts and pictures of any number of classes, for reports: nothing is fitted."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

import numpy as np

from headway.calibration import Calibration, softmax
from headway.evaluation import Scored, score
from headway.facts.audit import AuditReport, Finding, Suspect, Unchecked
from headway.facts.data import Data, Division, OneColour, Source
from headway.facts.documents import EvaluationReport
from headway.facts.fit import Backbone, Candidate, Features, FitReport, Head, Input
from headway.facts.scores import CrossValidation
from headway.recipe import Recipe
from headway.reporting import Pictures
from headway.reporting.naming import Names
from headway.reporting.pictures import with_map
from headway.types import Quarantined

FOLDER = "/home/ada/photos"


def logits(labels, k, skill=3.0, seed=0):
    """Return logits that are right more often with more skill; neighbouring classes are alike."""
    noise = np.random.default_rng(seed).normal(size=(len(labels), k)).astype(np.float32)
    noise[np.arange(len(labels)), labels] += skill
    noise[np.arange(len(labels)), (labels + 1) % k] += skill / 2
    return noise


def labels_of(k, n):
    return np.arange(n) % k


def fit_report(classes, n=200, *, tested=60, skill=3.0, **changes):
    """Return the facts of a fit of n pictures, of which some are tested."""
    labels = labels_of(len(classes), n)
    test = labels[:tested]
    names = [name_of(classes, row) for row in range(tested)]
    scores = (
        score(logits(test, len(classes), skill), test, Calibration(1.0), classes, 0, Scored(names=names))
        if tested
        else None
    )
    counts = dict(zip(classes, np.bincount(labels, minlength=len(classes)).tolist(), strict=True))
    facts = {
        "headway": "1.2.3",
        "classes": tuple(classes),
        "recipe": Recipe().to_dict(),
        "data": Data(
            source=Source("class-folders", FOLDER, n, len(classes)),
            n=n,
            counts=counts,
            majority=classes[0],
            skipped={"not a picture": 3},
            unreadable=1,
            quarantined=(Quarantined(f"{FOLDER}/{classes[0]}/bad.jpg", "it ends early"),),
            division=Division("stratified", n - tested, 0, tested, 0.2, 0),
            imbalance=None,
            overlaps=(),
            fingerprint="ab" * 32,
            one_colour=OneColour(1, (f"{FOLDER}/{classes[0]}/black.jpg",)),
            by_part={
                "train": {name: count - count // 4 for name, count in counts.items()},
                "test": {name: count // 4 for name, count in counts.items()},
            },
        ),
        "input": Input(224, "crop", "pictures-2"),
        "backbone": Backbone("tiny", "network", "cd" * 32, "Apache-2.0", 12345),
        "features": Features("last", ("head.mean",), 64, (), None, "fp32"),
        "head": Head("logistic", 1.0, 1.1, tuple(Candidate("logistic", "last", C, 0.8, 0.5) for C in (1.0, 10.0))),
        "cross_validation": CrossValidation(5, n - tested, 0.8, 0.75, 0.85, 0.02, 0.5, 0.04),
        "test": scores,
        "model": "/home/ada/models/photos.onnx",
        "seconds": {"total": 1.0},
    }
    return FitReport(**(facts | changes))


def name_of(classes, row):
    return f"{FOLDER}/{classes[row % len(classes)]}/{row:05}.jpg"


def pictures(classes, n=200, *, tested=60, skill=3.0, has_names=True, has_map=True, thumbnails=0):
    """Return the pictures of the same fit; some with a thumbnail."""
    k = len(classes)
    labels = labels_of(k, n)
    probabilities = softmax(np.concatenate([logits(labels[:tested], k, skill), logits(labels[tested:], k, skill, 1)]))
    made = Pictures(
        classes=tuple(classes),
        true=labels,
        predicted=probabilities.argmax(axis=1),
        probability=probabilities.max(axis=1),
        scored=tested or n,
        name=partial(_relative, classes) if has_names else _no_name,
        has_names=has_names,
    )
    if thumbnails:
        made = replace(made, thumbnails=dict.fromkeys(made.wanted()[:thumbnails], "UklGRg=="))
    return with_map(made, n, lambda rows: np.log(probabilities[rows] + 1e-6)) if has_map else made


def _relative(classes, row):
    return Names(Source("class-folders", FOLDER, 0, 0))(name_of(classes, row))


def _no_name(row):
    return ""


def evaluation_report(classes, n=60, skill=3.0):
    labels = labels_of(len(classes), n)
    names = [name_of(classes, row) for row in range(n)]
    return EvaluationReport(
        model="/home/ada/models/photos.onnx",
        source=Source("class-folders", FOLDER, n, len(classes)),
        classes=tuple(classes),
        class_names={},
        unknown={"unicorn": 2},
        scores=score(logits(labels, len(classes), skill), labels, Calibration(1.0), classes, 0, Scored(names=names)),
        quarantined=(Quarantined(f"{FOLDER}/{classes[0]}/bad.jpg", "it ends early"),),
    )


def audit_report(classes, n=60):
    """Return what an audit found of n pictures: a severe finding, a warning and two notes."""
    names = [name_of(classes, row) for row in range(n)]
    copies = tuple(
        Suspect(names[row], classes[row % len(classes)], partner=names[1 - row], group=1, decision="drop")
        for row in (0, 1)
    )
    wrong = tuple(
        Suspect(names[row], classes[row % len(classes)], value=0.9, decision="relabel", to=classes[0])
        for row in range(3, 15)
    )
    alike = (Suspect(names[20], classes[20 % len(classes)], "test", partner=names[21]),)
    slips = {"labels": n, "accuracy": 0.8, "share": 0.05, "least": 0.02, "strength": 20.0, "doubted": 9}
    across = {"test": 1, "validation": 0, "identical": 1, "near": 0}
    return AuditReport(
        headway="1.2.3",
        source=Source("class-folders", FOLDER, n, len(classes)),
        n=n,
        counts=dict(zip(classes, np.bincount(labels_of(len(classes), n)).tolist(), strict=True)),
        backbone="tiny",
        accuracy=0.8,
        findings=(
            Finding(205, "contradicting-copies", "severe", 2, copies, {"kind": "identical", "sets": 1}),
            Finding(206, "copies-across-splits", "severe", 1, alike, across),
            Finding(301, "wrong-labels", "warning", 12, wrong, slips),
            Finding(102, "extreme-size", "note", 0, (), {"problem": "all-small", "side": 28.0}),
        ),
        checked=("extreme-size", "contradicting-copies", "copies-across-splits", "wrong-labels"),
        unchecked=(
            Unchecked(105, "dark-or-bright", "pictures", 100, n),
            Unchecked(303, "outliers", "pictures", 100, n),
            Unchecked(403, "shift", "splits", 2, 0),
        ),
        quarantined=(Quarantined(f"{FOLDER}/{classes[0]}/bad.jpg", "it ends early"),),
    )


def audit_pictures(classes, n=60, **options):
    """Return the pictures of the same audit."""
    made = pictures(classes, n, tested=0, **options)
    suspects = [[int(one.file[-9:-4]) for one in found.pictures[:8]] for found in audit_report(classes, n).findings]
    return replace(made, suspects=tuple(map(tuple, suspects)))
