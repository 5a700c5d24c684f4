"""Which level of a data set's folders are classes, which are splits, and which say nothing of the pictures."""

from __future__ import annotations

import os
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from headway.dataset.folders.asking import Asker
from headway.dataset.folders.branches import (
    GROUP_WORDS,
    Branch,
    are_storage,
    is_annotation,
    is_chronological,
    is_storage,
    is_storage_word,
)
from headway.dataset.names import TRAIN, composed, longer_split_codes, natural_key, split_codes, words_of
from headway.facts.data import LeftOut

_COPIED = 0.9  # of the files must be of the same name beside the copy
_FEW = 0.01  # of the pictures may lie around a folder that holds all others


@dataclass(frozen=True)
class Start:
    """A folder of class folders, or of pictures with labels in their names.

    ``split`` is its split, ``tables`` are the paths of its tables; pictures of one ``group`` stay in one split.
    """

    branch: Branch
    split: int = TRAIN
    tables: tuple[str, ...] = ()
    group: str = ""


@dataclass(frozen=True)
class Layout:
    """How the folders of a data set are to be understood.

    Parameters
    ----------
    starts : tuple of Start
        Where the classes begin.
    passed : tuple of Branch
        The folders from the root to the last one that everything lies in; tables are looked for in them.
    split_folders : tuple of str
        Names of the folders that name splits.
    below_classes : mapping of str to int
        Folders in the class folders that name splits.
    class_like_splits, storage_folders : tuple of str
        As in `headway.facts.data.Source`.
    left_out : tuple of LeftOut
    """

    starts: tuple[Start, ...]
    passed: tuple[Branch, ...]
    split_folders: tuple[str, ...] = ()
    below_classes: Mapping[str, int] = field(default_factory=dict)
    class_like_splits: tuple[str, ...] = ()
    storage_folders: tuple[str, ...] = ()
    left_out: tuple[LeftOut, ...] = ()

    @property
    def inside(self) -> str:
        """The folder that everything lies in, as a path below the root."""
        return self.passed[-1].path

    @property
    def has_classes(self) -> bool:
        """Whether there are class folders."""
        return any(start.branch.children for start in self.starts)


def find_layout(root: Branch, asker: Asker) -> Layout:
    """Weigh the names and the contents of folders; where they are of two minds, raise `AmbiguousDataError`."""
    branch, passed, left_out = root, [root], []
    while True:
        branch, copies = _without_copies(branch, asker)
        left_out += [LeftOut(copy.path, "copy", copy.count()) for copy in copies]
        asker = asker.without(copies)
        codes = _find_splits(branch, asker)
        inner = None if codes else _only_inside(branch)
        if inner is None:
            break
        branch = inner
        passed.append(branch)
    passed[-1] = branch
    layout = Layout((Start(branch),), tuple(passed), left_out=tuple(left_out))
    if codes:
        return _split_layout(layout, branch, codes, asker)
    if asker.options.label_pattern is not None:
        return layout
    like = tuple(split_codes(sorted(branch.children)))
    return _class_layout(replace(layout, class_like_splits=like), asker)


def _split_layout(layout: Layout, branch: Branch, codes: Mapping[str, int], asker: Asker) -> Layout:
    """Enter the split folders; those without class folders where the others have some have no labels."""
    starts = [_start(branch.children[name], code) for name, code in codes.items()]
    left_out = [
        LeftOut(child.path, "no-split", child.count()) for name, child in branch.children.items() if name not in codes
    ]
    if any(start.branch.children for start in starts if start.split == TRAIN):
        flat = [start for start in starts if not start.branch.children and not start.tables]
        left_out += [LeftOut(start.branch.path, "no-labels", start.branch.count()) for start in flat]
        starts = [start for start in starts if start not in flat]
    if not asker.options.splits:
        starts = [replace(start, split=TRAIN) for start in starts]
    names = () if not asker.options.splits else tuple(sorted(codes, key=lambda name: (codes[name], name)))
    layout = replace(
        layout, starts=tuple(starts), split_folders=names, left_out=(*layout.left_out, *sorted(left_out, key=_folder))
    )
    return layout if asker.options.label_pattern is not None else _class_layout(layout, asker)


def _folder(fact: LeftOut) -> tuple[object, ...]:
    return natural_key(fact.folder)


def _class_layout(layout: Layout, asker: Asker) -> Layout:
    """Decide whether the folders at the starts are classes; ask where they may as well be something else."""
    for start in layout.starts:
        tops = list(start.branch.children.values())
        if len(tops) < 2:
            continue
        if not layout.split_folders and (codes := _splits_in_classes(tops, asker)):
            return replace(layout, below_classes=codes if asker.options.splits else {}, class_like_splits=())
        if letters := _index_letters(tops):
            raise asker.index(tops, letters)
        shared = _shared(tops)
        same_files = shared is not None and _same_files(*shared)
        if are_storage([top.name for top in tops]) and not same_files:
            return _class_layout(_entered(layout), asker)
        if shared:
            raise asker.variants(*shared, same_files=same_files)
        stores = [top for top in tops if is_storage(top.name) and len(_unwrapped(top).children) > 1]
        if len(stores) == 1 and not any(top.children for top in tops if top is not stores[0] and len(top.children) > 1):
            raise asker.store_beside(stores[0], [top for top in tops if top is not stores[0]])
        if stored := _stored_kinds(tops):
            raise asker.levels(tops, stored, "are named like folders that store others")
    return layout


def _entered(layout: Layout) -> Layout:
    """Enter folders such as ``batch_1`` and ``batch_2``, wherever a split has some."""
    starts: list[Start] = []
    names: set[str] = set()
    for start in layout.starts:
        tops = start.branch.children
        if len(tops) > 1 and are_storage(list(tops)):
            starts += [
                replace(_start(top, start.split), group=start.group or (top.name if _is_group(top.name) else ""))
                for top in tops.values()
            ]
            names.update(tops)
        else:
            starts.append(start)
    stores = layout.storage_folders or tuple(sorted(names, key=natural_key))
    return replace(layout, starts=tuple(starts), storage_folders=stores)


def _is_group(name: str) -> bool:
    return bool(GROUP_WORDS & set(words_of(name))) or is_chronological(name)


def _find_splits(branch: Branch, asker: Asker) -> dict[str, int]:
    """Return the folders that name splits, if that is what they do.

    They do when all of them name splits, or when a training split and another are among them. A lone "test" or "train"
    between others is a class: data sets of vehicles do have trains. Names that only hold such a word must have more in
    common.
    """
    tops = branch.children
    exact = split_codes(sorted(tops))
    longer = {
        name: (code, rest) for name, (code, rest) in longer_split_codes(sorted(tops)).items() if name not in exact
    }
    if exact and (len(exact) == len(tops) or (TRAIN in exact.values() and len(set(exact.values())) > 1)):
        classes = {name for code in exact for name in _unwrapped(tops[code]).children}
        same = {name: code for name, (code, _) in longer.items() if len(classes & set(tops[name].children)) > 1}
        return _one_each(branch, {**exact, **same}, asker)
    if list(exact.values()) == [TRAIN] and _alone_has_classes(branch, next(iter(exact))):
        return exact
    return _longer_splits(branch, longer, exact, asker)


def _alone_has_classes(branch: Branch, train: str) -> bool:
    """Return whether a folder named like a training split holds folders, and no other does."""
    others = [child for name, child in branch.children.items() if name != train]
    return len(_unwrapped(branch.children[train]).children) > 1 and not any(
        _unwrapped(child).children for child in others
    )


def _longer_splits(
    branch: Branch, longer: dict[str, tuple[int, tuple[str, ...]]], exact: dict[str, int], asker: Asker
) -> dict[str, int]:
    codes = {**exact, **{name: code for name, (code, _) in longer.items()}}
    if not longer or TRAIN not in codes.values() or len(set(codes.values())) < 2:
        return {}
    stems = {tuple(word for word in rest if not is_storage(word)) for _, rest in longer.values()}
    if exact:
        stems.add(())
    classes = [set(_unwrapped(branch.children[name]).children) for name in codes]
    counts = Counter(name for names in classes for name in names)
    if len(stems) == 1 or any(count > 1 for count in counts.values()):
        return _one_each(branch, codes, asker)
    if len(codes) == len(branch.children) and asker.options.splits:
        raise asker.maybe_splits([branch.children[name] for name in codes])
    return {}


def _one_each(branch: Branch, codes: dict[str, int], asker: Asker) -> dict[str, int]:
    """Return the folder of each split; of several, the one that holds class folders as the training split does."""
    if not asker.options.splits:
        return codes
    chosen = dict(codes)
    train = {name for name, code in codes.items() if code == TRAIN}
    classes = {name for folder in train for name in _unwrapped(branch.children[folder]).children}
    for code, count in Counter(codes.values()).items():
        rivals = [name for name in codes if codes[name] == code]
        if count > 1 and classes:
            fitting = [name for name in rivals if _unwrapped(branch.children[name]).children.keys() & classes]
            if len(fitting) == 1:
                rivals = fitting
                chosen = {name: code_ for name, code_ in chosen.items() if code_ != code or name in fitting}
        if len(rivals) > 1:
            raise asker.splits([branch.children[name] for name in codes], codes, code)
    return chosen


def _only_inside(branch: Branch) -> Branch | None:
    """Return the one folder that everything lies in, if the classes are further below."""
    if len(branch.children) != 1:
        return None
    child = next(iter(branch.children.values()))
    if len(branch.folder.pictures) > _FEW * child.count():
        return None
    return child if _stores(child, branch) or _forks(child) or _only_stores(child) else None


def _only_stores(branch: Branch) -> bool:
    """Return whether a folder is no class, as a chain of folders in it stores pictures: ``coco/images/train``."""
    depth = len(branch.folder.parts)
    while not branch.folder.pictures and len(branch.children) == 1:
        child = next(iter(branch.children.values()))
        if not (_stores(child, branch) or split_codes([child.name])):
            return False
        branch = child
    return len(branch.folder.parts) > depth and not branch.children


def _forks(branch: Branch) -> bool:
    """Return whether there are several folders, or a table, in a folder, however many it wraps around them."""
    while not branch.folder.pictures and not branch.folder.tables and len(branch.children) == 1:
        branch = next(iter(branch.children.values()))
    return len(branch.children) > 1 or bool(branch.folder.tables)


def _start(branch: Branch, split: int) -> Start:
    chain = _chain(branch)
    tables = tuple(os.path.join(one.folder.path, name) for one in chain for name in sorted(one.folder.tables))
    return Start(chain[-1], split, tables)


def _unwrapped(branch: Branch) -> Branch:
    """Return the folder in which the class folders of a split lie: below one of its own name, or ``images``."""
    return _chain(branch)[-1]


def _chain(branch: Branch) -> list[Branch]:
    """Return a folder, and those that it only wraps."""
    chain = [branch]
    while not chain[-1].folder.pictures and len(chain[-1].children) == 1:
        child = next(iter(chain[-1].children.values()))
        if not _stores(child, chain[-1]):
            break
        chain.append(child)
    return chain


def _stores(child: Branch, parent: Branch) -> bool:
    return is_storage(child.name) or words_of(child.name) == words_of(parent.name)


def _without_copies(branch: Branch, asker: Asker) -> tuple[Branch, list[Branch]]:
    """Leave out the folders that hold their siblings once more, as badly packed archives do."""
    copies = []
    for child in branch.children.values() if asker.options.label_pattern is None else ():
        inner = _unwrapped(child)
        shared = sorted(name for name in inner.children if name != child.name and name in branch.children)
        if len(shared) < (1 if words_of(child.name) == words_of(branch.name) else 2):
            continue
        files, beside = _files(inner, shared), _files(branch, shared)
        if len(files & beside) < _COPIED * len(files):
            raise asker.copy(child, shared)
        copies.append(child)
    return branch.without([copy.name for copy in copies]), copies


def _files(branch: Branch, children: Iterable[str]) -> set[str]:
    """Return the paths of the pictures below some children, from this branch on."""
    depth = len(branch.folder.parts)
    return {
        "/".join((*below.folder.parts[depth:], name))
        for child in children
        for below in branch.children[child].walk()
        for name in below.folder.pictures
    }


def _splits_in_classes(tops: Sequence[Branch], asker: Asker) -> dict[str, int]:
    """Return the folders in class folders that name splits, as in ``cat/train`` and ``dog/test``."""
    names = sorted({name for top in tops for name in top.children})
    codes = split_codes(names) or {name: code for name, (code, _) in longer_split_codes(names).items()}
    if TRAIN not in codes.values() or len(set(codes.values())) < 2 or len(codes) < len(names):
        return {}
    holders = [top for top in tops if top.children]
    if len(holders) * 2 < len(tops):
        return {}
    parts = [_unwrapped(part) for top in holders for part in top.children.values()]
    below = sorted({name for part in parts for name in part.children})
    if len(below) > 1:
        raise asker.levels(tops, below, "hold splits, and these hold folders")
    for code in set(codes.values()):
        if sum(value == code for value in codes.values()) > 1:
            raise asker.splits(list(holders[0].children.values()), codes, code)
    return dict(sorted(codes.items(), key=lambda item: item[::-1]))


def _shared(tops: Sequence[Branch]) -> tuple[list[Branch], list[str]] | None:
    """Return the folders that hold folders of pictures by the same names, and these names."""
    holders: dict[str, list[int]] = defaultdict(list)
    for number, top in enumerate(tops):
        for name in _names_below(top):
            holders[name].append(number)
    shared = [name for name, where in holders.items() if len(where) > 1]
    counts = Counter(number for name in shared for number in holders[name])
    several = [tops[number] for number in sorted(counts) if counts[number] > 1]
    with_folders = sum(1 for top in tops if top.children)
    if len(several) < 2 or len(several) * 2 < with_folders:
        return None
    return several, sorted(shared, key=natural_key)


def _names_below(top: Branch) -> set[str]:
    return {
        composed(below.name)
        for below in top.walk()
        if below is not top and _holds(below) and not is_storage(below.name) and not is_annotation(below.name)
    }


def _holds(branch: Branch) -> bool:
    """Return whether there are pictures in a folder, or in folders of it that store them."""
    children = branch.children.values()
    return bool(branch.folder.pictures) or any(is_storage(child.name) and child.folder.pictures for child in children)


def _same_files(tops: Sequence[Branch], names: Sequence[str]) -> bool:
    """Return whether most files of one folder have a file of the same name in another."""
    files = [
        {(below.name, picture.rpartition(".")[0]) for below in top.walk() for picture in below.folder.pictures}
        for top in tops
    ]
    files = [{pair for pair in own if pair[0] in names} for own in files]
    seen: Counter[tuple[str, str]] = Counter(pair for own in files for pair in own)
    return 2 * sum(count > 1 for count in seen.values()) > len(seen)


def _index_letters(tops: Sequence[Branch]) -> list[str]:
    """Return the folders below an index of letters: of their own (``a/abbey``), or of whatever (``scans/a/b/ab07``)."""
    below = [child for top in tops for child in top.children.values()]
    if len(below) > len(tops) and all(_starts(top, child.name) for top in tops for child in top.children.values()):
        return sorted(child.name for child in below)
    if not all(len(child.name) == 1 and child.children and not child.folder.pictures for child in below):
        return []
    return sorted(name for child in below for name in child.children if not is_storage(name))


def _starts(top: Branch, name: str) -> bool:
    return len(top.name) <= 2 and name.casefold().startswith(top.name.casefold())


def _stored_kinds(tops: Sequence[Branch]) -> list[str]:
    """Return the folders in folders that are called stores of something: ``lung_sets/benign``, ``colon_sets/polyp``."""
    last = {words[-1] if (words := words_of(top.name)) else "" for top in tops}
    if len(last) > 1 or not is_storage_word(*last) or any(len(top.children) < 2 or top.folder.pictures for top in tops):
        return []
    return sorted(name for top in tops for name in top.children)
