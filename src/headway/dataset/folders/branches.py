"""The folders of a data set as a tree of those that hold pictures, and what in it is no picture to learn from."""

from __future__ import annotations

import os
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import PurePath

from headway.dataset.globs import EVERYTHING, Globs
from headway.dataset.names import words_of
from headway.dataset.walk import Folder, Tree
from headway.facts.data import LeftOut

# Folders of these names hold files, whatever is on them; with a number behind, so do the others.
STORAGE_WORDS = frozenset(
    {"image", "images", "img", "imgs", "picture", "pictures", "pic", "pics", "photo", "photos", "jpg", "jpeg", "png"}
    | {"jpegimages", "data", "dataset", "file", "files", "input", "inputs", "original", "originals", "raw", "rgb"}
)
NUMBERED_WORDS = frozenset(
    {
        "batch",
        "part",
        "set",
        "subset",
        "chunk",
        "shard",
        "folder",
        "dir",
        "directory",
        "archive",
        "disk",
        "volume",
        "fold",
        "run",
    }
    | {"session", "day", "camera", "cam", "patient", "subject", "scan", "video", "clip", "site", "plate", "slide"}
    | {"study", "series", "visit", "exam"}
)
# What a picture has in common with others of the same folder: in another split they would give it away.
GROUP_WORDS = frozenset(
    {"patient", "subject", "scan", "video", "clip", "session", "site", "plate", "slide", "study", "series", "visit"}
    | {"exam"}
)
_ANNOTATION_WORDS = frozenset(
    {"mask", "masks", "annotation", "annotations", "label", "labels", "segmentation", "segmentations", "gt"}
    | {"groundtruth", "trimap", "trimaps"}
)
# "x_mask" and, of several masks of one picture, "x_mask_1".
_MASK = re.compile(rf"[-_ .](?:{'|'.join(sorted(_ANNOTATION_WORDS))})(?:[-_ ]?[0-9]+)?\Z", re.IGNORECASE)
_CLASS_LIKE = frozenset({"mask", "masks", "label", "labels"})
_NEGATIONS = frozenset({"no", "not", "without", "with", "non", "un"})
_LEAST_MATCHING = 0.5


@dataclass
class Branch:
    """A folder with pictures at or below it.

    Parameters
    ----------
    name : str
        Its own name; empty for the root.
    folder : Folder
        Its path, parts, pictures and tables.
    children : dict of str to Branch
        By name, in the order of names.
    """

    name: str
    folder: Folder
    children: dict[str, Branch] = field(default_factory=dict)

    @property
    def path(self) -> str:
        """Its path below the data set, with ``/`` between the parts."""
        return "/".join(self.folder.parts)

    def walk(self) -> Iterator[Branch]:
        """Yield this branch and all below it."""
        pending = [self]
        while pending:
            branch = pending.pop()
            yield branch
            pending.extend(branch.children.values())

    def count(self) -> int:
        """Return the number of pictures at and below it."""
        return sum(len(branch.folder.pictures) for branch in self.walk())

    def without(self, names: Sequence[str]) -> Branch:
        """Return this branch without some of its children."""
        return replace(self, children={name: child for name, child in self.children.items() if name not in names})


def grow(tree: Tree) -> Branch:
    """Return the root of the branches of a tree."""
    folders = {folder.parts: folder for folder in tree.folders}
    branches: dict[tuple[str, ...], Branch] = {(): Branch("", folders[()])}
    for parts in sorted(parts for parts, folder in folders.items() if folder.pictures):
        for depth in range(1, len(parts) + 1):
            if parts[:depth] not in branches:
                branch = branches[parts[:depth]] = Branch(parts[depth - 1], folders[parts[:depth]])
                branches[parts[: depth - 1]].children[branch.name] = branch
    return branches[()]


def without_annotations(root: Branch, globs: Globs = EVERYTHING) -> tuple[Branch, list[LeftOut]]:
    """Return a tree without masks and other annotations that are pictures, and what was left out.

    A folder is one of annotations by its name, if it lies beside what it annotates: pictures of the same names, or a
    folder that stores pictures by its name. So is a file ``x_mask.png`` beside ``x.png``. What globs include by its own
    name is no annotation.
    """
    found: Counter[str] = Counter()
    pruned = _prune(root, globs, found)
    return pruned, [LeftOut(name, "annotations", count) for name, count in sorted(found.items())]


def _prune(branch: Branch, globs: Globs, found: Counter[str]) -> Branch:
    names = [name for name, child in branch.children.items() if not globs.names(name) and _annotates(child, branch)]
    for name in names:
        found[name] += branch.children[name].count()
    children = {name: _prune(child, globs, found) for name, child in branch.children.items() if name not in names}
    pictures = branch.folder.pictures
    masks = _masks([name for name in pictures if not globs.names(name)])
    if masks:
        found.update(masks.values())
        pictures = [name for name in pictures if name not in masks]
    return Branch(branch.name, replace(branch.folder, pictures=pictures), children)


def is_annotation(name: str) -> bool:
    """Return whether a folder's name is one of annotations: ``masks``, ``lung masks``, ``SegmentationClass``.

    Examples
    --------
    >>> [is_annotation(name) for name in ("masks", "ground_truth", "SegmentationClass", "with_mask", "no masks")]
    [True, True, True, False, False]
    """
    words = words_of(name)
    if not words or _NEGATIONS & set(words):
        return False
    return words[-1] in _ANNOTATION_WORDS or words[0].startswith("segmentation") or words[-2:] == ("ground", "truth")


# "2023-05-01" and "20230501", "2023-05", "2023"; "100CANON" as cameras number their folders.
_DATE = re.compile(
    r"(?:19|20)[0-9]{2}(?:[-_. ]?(?:0[1-9]|1[0-2])(?:[-_. ]?(?:0[1-9]|[12][0-9]|3[01]))?)?(?:[ T_][0-9:.h-]*)?"
)
_CAMERA = re.compile(r"[1-9][0-9]{2}[A-Z0-9_]{5}")


def is_chronological(name: str) -> bool:
    """Return whether a folder's name says when or in which order pictures were taken, and nothing of what is on them.

    Examples
    --------
    >>> [is_chronological(name) for name in ("2023-05-01", "2024", "101APPLE", "1999 coins", "2500", "42")]
    [True, True, True, False, False, False]
    """
    return bool(_DATE.fullmatch(name) or _CAMERA.fullmatch(name))


def is_storage(name: str) -> bool:
    """Return whether a folder's name says that it stores files, and nothing of what is on them.

    Examples
    --------
    >>> [is_storage(name) for name in ("images", "batch_2", "part-b", "JPEG images", "batch", "class1", "photo cat")]
    [True, True, True, True, False, False, False]
    """
    words = words_of(name)
    numbers = [word for word in words if word.isdecimal() or len(word) == 1]
    rest = [word for word in words if word not in numbers]
    if not rest:
        return False
    return all(word in STORAGE_WORDS or (numbers and word in NUMBERED_WORDS) for word in rest)


def is_storage_word(word: str) -> bool:
    """Return whether a word is one for what stores things: ``set``, ``images``, ``parts``."""
    return word in STORAGE_WORDS or word in NUMBERED_WORDS or word.removesuffix("s") in NUMBERED_WORDS


def are_storage(names: Sequence[str]) -> bool:
    """Return whether folders store files by their names: all do, or they differ in a number only.

    Examples
    --------
    >>> are_storage(["HAM_images_part_1", "HAM_images_part_2"]), are_storage(["type_1", "type_2"])
    (True, False)
    """
    if all(is_storage(name) for name in names) or (len(names) > 1 and all(map(is_chronological, names))):
        return True
    kinds = {tuple(word for word in words_of(name) if not word.isdecimal() and len(word) > 1) for name in names}
    return len(kinds) == 1 < len(names) and bool((STORAGE_WORDS | NUMBERED_WORDS) & set(*kinds))


def _annotates(child: Branch, parent: Branch) -> bool:
    if not is_annotation(child.name):
        return False
    others = [other for other in parent.children.values() if other is not child and not is_annotation(other.name)]
    if any(is_storage(other.name) for other in others):
        return True
    own = _stems(child)
    beside = {PurePath(name).stem for name in parent.folder.pictures}
    if beside:
        return len(own & beside) >= _LEAST_MATCHING * len(own)
    # "mask" and "nomask" are classes of faces; nobody calls a class "ground_truth".
    return words_of(child.name)[-1] not in _CLASS_LIKE and bool(own & set().union(*map(_stems, others)))


def _stems(branch: Branch) -> set[str]:
    return {_bare(PurePath(name).stem) for below in branch.walk() for name in below.folder.pictures}


def _bare(stem: str) -> str:
    """Return the name of what a mask masks: ``x`` for ``x_mask``."""
    match = _MASK.search(stem)
    return stem[: match.start()] if match else stem


def _masks(pictures: Sequence[str]) -> dict[str, str]:
    """Return the pictures of one folder that mask another of it, and what to call them: ``*_mask``."""
    # A Path each would take longer.
    by_name = {name: os.path.splitext(name)[0] for name in pictures}
    stems = set(by_name.values())
    masks = {}
    for name, stem in by_name.items():
        if (bare := _bare(stem)) != stem and bare in stems:
            masks[name] = f"*{stem[len(bare) :]}.*"
    return masks
