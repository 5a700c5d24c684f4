"""A project of the studio in memory, for tests of the page alone: drawn pictures, and results that are invented."""

from __future__ import annotations

import copy
import hashlib
import io
import random
import threading
import time
from dataclasses import asdict, dataclass, field
from pathlib import PurePosixPath
from urllib.parse import unquote

from PIL import Image, ImageDraw


@dataclass
class Picture:
    file: str
    content: bytes = field(repr=False)
    label: str | None = None
    given: str | None = None
    left_out: bool = False
    predicted: str | None = None
    probability: float | None = None
    findings: list[str] = field(default_factory=list)


class Refused(Exception):
    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(message)
        self.status, self.code = status, code


class Studio:
    """A project and what is computed of it."""

    def __init__(self, pictures: dict[str | None, list[bytes]] | None = None, *, pace: float = 0.02) -> None:
        self.pace = pace
        self.name, self.revision = "pets", 0
        self.classes: list[str] = []
        self.pictures: dict[str, Picture] = {}
        self.past: list[tuple] = []
        self.future: list[tuple] = []
        self.result: dict | None = None
        self.made, self.is_stale = 0, False
        self.comparison: dict | None = None
        self.job: dict | None = None
        self.known = 0
        self.stopping = False
        self.slowness = 0.0  # of what is sent, in seconds
        self.requests: list[tuple[str, str]] = []
        self.problems: list[str] = []
        for label, contents in (pictures or {}).items():
            for content in contents:
                self._put(f"{len(self.pictures):05}.jpg", content, label)
        self.known = len(self.pictures)

    # What changes it

    def _put(self, name: str, content: bytes, label: str | None) -> Picture:
        if label is not None and label not in self.classes:
            self.classes.append(label)
        file = f"pictures/{label}/{name}" if label else f"unlabelled/{name}"
        while file in self.pictures:
            file = f"{file.removesuffix('.jpg')}_.jpg"
        self.pictures[file] = Picture(file, content, label, label)
        return self.pictures[file]

    def step(self, what: str, n: int, to: str | None = None):
        state = (list(self.classes), copy.deepcopy(self.pictures))
        self.past.append((state, {"what": what, "n": n, "to": to}))
        self.future.clear()
        self.touch()

    def touch(self) -> None:
        self.revision += 1
        self.is_stale = True

    def travel(self, source: list, target: list) -> None:
        if source:
            (classes, pictures), what = source.pop()
            target.append(((list(self.classes), copy.deepcopy(self.pictures)), what))
            self.classes, self.pictures = classes, pictures
            self.touch()

    def add(self, uploads: list[tuple[str, bytes]], label: str | None) -> dict:
        answer: dict = {"added": [], "refused": [], "copies": []}
        self.step("add", len(uploads), label)
        known = {hash(one.content) for one in self.pictures.values()}
        for name, content in uploads:
            try:
                with Image.open(io.BytesIO(content)) as image:
                    image.verify()
            except Exception:
                answer["refused"].append(
                    {"name": name, "reason": "no picture that can be read" if content else "empty file"}
                )
                continue
            if hash(content) in known:
                answer["copies"].append(name)
                continue
            parts = PurePosixPath(name).parts
            self._put(parts[-1], content, label or (parts[-2] if len(parts) > 1 else None))
            answer["added"].append(self.shown(list(self.pictures.values())[-1]))
        if not answer["added"]:
            self.past.pop()
        return answer

    def decide(self, changes: list[dict]) -> None:
        for change in changes:
            if change["file"] not in self.pictures:
                raise Refused(404, "unknown-name", f"there is no picture {change['file']}")
        self.step(changes[0]["decision"], len(changes), changes[0].get("to"))
        for change in changes:
            one = self.pictures[change["file"]]
            if change["decision"] == "label":
                one.given = one.given or change["to"]
                one.label = change["to"]
                if change["to"] not in self.classes:
                    self.classes.append(change["to"])
            elif change["decision"] in ("drop", "restore"):
                one.left_out = change["decision"] == "drop"
            if "finding" in change:
                one.findings = [code for code in one.findings if code != change["finding"]]

    # What is said of it

    def select(self, view: str) -> list[Picture]:
        kind, *rest = view.split(":")
        names = [unquote(part) for part in rest]
        chosen = {
            "all": lambda one: True,
            "recent": lambda one: True,
            "unlabelled": lambda one: one.label is None and not one.left_out,
            "left-out": lambda one: one.left_out,
            "class": lambda one: one.label == names[0],
            "finding": lambda one: names[0] in one.findings,
            "cell": lambda one: (one.label, one.predicted) == tuple(names),
            "mistakes": lambda one: one.predicted and one.label and one.predicted != one.label,
        }[kind]
        return [one for one in self.pictures.values() if chosen(one)]

    def shown(self, one: Picture) -> dict:
        digest = hashlib.sha256(one.content).hexdigest()[:12]
        facts = {key: value for key, value in asdict(one).items() if key != "content"}
        return facts | {"name": PurePosixPath(one.file).name, "width": 320, "height": 240, "thumb": f"v={digest}"}

    def findings(self) -> list[dict]:
        doubted = self.select("finding:301")
        if not doubted:
            return []
        text = "A classifier that had not seen these pictures takes them for another class, and is sure."
        proposed = [one for one in doubted if one.predicted != one.label]
        return [
            {"code": "301", "name": "wrong-labels", "severity": "warning", "title": "Labels that look wrong", "text": text,
             "n": len(doubted), "proposals": len(proposed)}
        ]  # fmt: skip

    def project(self) -> dict:
        pictures = self.pictures.values()
        counted = [one for one in pictures if one.label is not None and not one.left_out]
        classes = [
            {"name": name, "n": sum(one.label == name for one in counted),
             "left_out": sum(one.label == name and one.left_out for one in pictures)}
            for name in self.classes
        ]  # fmt: skip
        model = self.result and {
            "accuracy": self.result["accuracy"], "low": self.result["low"], "high": self.result["high"],
            "tested_on": self.result["n"], "is_stale": self.is_stale, "classes": list(self.classes), "made": f"made {self.made}",
        }  # fmt: skip
        return {
            "schema": 1, "name": self.name, "revision": self.revision, "folder": "/home/me/pets", "classes": classes,
            "n": len(counted), "unlabelled": len(self.select("unlabelled")), "left_out": len(self.select("left-out")),
            "undo": self.past[-1][1] if self.past else None, "redo": self.future[-1][1] if self.future else None,
            "features": {"known": self.known, "n": len(self.pictures)}, "copies": 0, "findings": self.findings(),
            "model": model, "job": self.job, "problems": self.problems,
        }  # fmt: skip

    # What is computed

    def run(self, kind: str) -> dict:
        if self.job and self.job["state"] == "running":
            raise Refused(409, "busy", "something else is running: wait for it, or stop it")
        total = 20
        self.stopping = False
        self.job = {"id": time.monotonic(), "kind": kind, "state": "running", "stage": "reading pictures", "done": 0,
                    "total": total, "seconds": 0.0, "message": None}  # fmt: skip
        threading.Thread(target=self._work, args=(self.job, total), daemon=True).start()
        return self.job

    def _work(self, job: dict, total: int) -> None:
        for done in range(total):
            time.sleep(self.pace)
            job.update(done=done + 1, stage="choosing a classifier" if done > total / 2 else "reading pictures")
            if self.stopping:
                job["state"] = "stopped"
                return
        if job["kind"] == "train":
            self.train()
        elif job["kind"] == "compare":
            names = ("frozen network and linear probe", "colour histogram and forest", "nearest neighbours")
            rows = [{"name": name, "accuracy": 0.95 - 0.08 * place, "low": 0.91 - 0.08 * place, "high": 0.97 - 0.06 * place,
                     "seconds": 3.2 + place, "is_best": place == 0} for place, name in enumerate(names)]  # fmt: skip
            self.comparison = {"rows": rows, "text": ["The frozen network is best, and clearly so."]}
        job["state"] = "done"

    def train(self) -> None:
        self.made += 1
        chance = random.Random(self.made)
        counted = [one for one in self.pictures.values() if one.label is not None and not one.left_out]
        was = {one.file: one.predicted == one.given for one in counted}
        confusion = [[0] * len(self.classes) for _ in self.classes]
        for number, one in enumerate(counted):
            place = self.classes.index(one.label)
            found = place if number % 11 else (place + 1 + number % 3) % len(self.classes)
            one.predicted, one.probability = self.classes[found], round(0.55 + 0.44 * chance.random(), 3)
            one.findings = ["301"] if found != place and number % 22 == 0 else []
            confusion[place][found] += 1
        right = sum(row[place] for place, row in enumerate(confusion))
        n = len(counted)
        previous = self.result and {key: self.result[key] for key in ("accuracy", "low", "high", "n")}
        changed = [
            {"file": file, "was_right": before, "is_right": not before} for file, before in list(was.items())[:7]
        ]
        share = right / n
        self.result = {
            "accuracy": share, "low": share - 0.04, "high": min(1, share + 0.03), "n": n, "how": "cross-validation", "baseline": 1 / len(self.classes),
            "macro_f1": share, "calibration_error": 0.02, "classes": self.classes, "confusion": confusion,
            "sentences": [f"{right} of {n} pictures are recognised.", "That is far more than always saying the most frequent class."],
            "advice": ["More pictures of the classes that are confused help most."],
            "per_class": [{"name": name, "n": sum(confusion[place]), "recall": 0.9, "precision": 0.95, "f1": 0.92} for place, name in enumerate(self.classes)],
            "previous": previous, "changed": changed if previous else [], "seconds": 2.1, "model_bytes": 9_400_000, "learned_from": n,
        }  # fmt: skip
        self.is_stale = False


def drawn(n: int) -> list[bytes]:
    """Return n different small pictures."""
    contents = []
    for number in range(n):
        image = Image.new("RGB", (64, 48), (number * 37 % 200 + 30, number * 71 % 200 + 30, number * 13 % 200 + 30))
        ImageDraw.Draw(image).text((4, 4), str(number), fill="white")
        buffer = io.BytesIO()
        image.save(buffer, "JPEG")
        contents.append(buffer.getvalue())
    return contents


def demo(unlabelled: int = 0) -> Studio:
    """Return a project of the demo's drawings."""
    from headway.demo import pictures

    found: dict[str | None, list[bytes]] = {}
    for folder in sorted(pictures().iterdir()):
        if folder.is_dir():
            found[folder.name] = [path.read_bytes() for path in sorted(folder.glob("*.webp"))]
    rest = [found[name].pop() for name in list(found) for _ in range(unlabelled // len(found))]
    return Studio(found | ({None: rest} if rest else {}), pace=0.15)
