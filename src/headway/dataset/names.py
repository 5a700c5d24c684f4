"""Names of classes and splits: one spelling, one order."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from typing import Literal, TypeAlias

from headway.rendering.words import plural as plural
from headway.rendering.words import some as some

TRAIN, VALIDATION, TEST = 0, 1, 2
SPLIT_NAMES: tuple[Literal["train", "validation", "test"], ...] = ("train", "validation", "test")

_DIGITS = re.compile(r"([0-9]+)")
_TRAIN_WORDS = frozenset(
    {"train", "training", "trn", "apprentissage", "entrainement", "entraînement", "entrenamiento", "treino"}
    | {"treinamento", "addestramento", "обучение", "训练", "训练集", "訓練", "学習"}
)
_VALIDATION_WORDS = frozenset(
    {"val", "valid", "validation", "validate", "dev", "development", "validierung", "validacion", "validación"}
    | {"validação", "validazione", "валидация", "验证", "验证集", "検証"}
)
_TEST_WORDS = frozenset(
    {"test", "testing", "tst", "holdout", "prüfung", "pruefung", "prueba", "pruebas", "teste", "тест", "测试", "测试集"}
    | {"テスト"}
)
# The test split of train/validation/evaluation, but what others call validation where there is a test split as well.
_EVALUATION_WORDS = frozenset({"eval", "evaluation"})
_TAIL = re.compile(r"(set|data|dataset|images|split)$")
# "ShapesTrain_2017" has the words Shapes, Train, _ and 2017.
_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[0-9]+|[^\W\d_]+")

NaturalKey: TypeAlias = tuple[int, tuple[str | tuple[int, str], ...], str]


def natural_key(name: str) -> NaturalKey:
    """Return a sort key: numbers first and by value, then names without regard to case, digits in them by value.

    Examples
    --------
    >>> sorted(["b", "10", "class 10", "A", "9", "class 9"], key=natural_key)
    ['9', '10', 'A', 'b', 'class 9', 'class 10']
    """
    pieces = _DIGITS.split(name.casefold())
    # A number as (length, digits) sorts by value and, unlike int(), has no limit on its length.
    parts: list[str | tuple[int, str]] = list(pieces)
    for position in range(1, len(pieces), 2):
        digits = pieces[position].lstrip("0")
        parts[position] = (len(digits), digits)
    is_number = len(pieces) == 3 and not pieces[0] and not pieces[2]
    return (0 if is_number else 1, tuple(parts), name)


def class_name(text: str) -> str:
    r"""Return the one spelling of a class: NFC, and bytes that are no UTF-8 written as ``\xe9``.

    macOS stores accents as separate characters (NFD), so a copied data set would otherwise have each such class twice.

    Examples
    --------
    >>> class_name("cafe\u0301") == class_name("caf\u00e9")
    True
    """
    if not text.isascii():
        try:
            text = text.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")
        except UnicodeEncodeError:  # half of a pair of UTF-16, as JSON may hold
            text = text.encode("utf-8", "backslashreplace").decode()
    return composed(text)


def composed(text: str) -> str:
    """Return a text in the form of Unicode in which accents are part of their letters: NFC."""
    return text if text.isascii() else unicodedata.normalize("NFC", text)


def words_of(name: str) -> tuple[str, ...]:
    """Return the words of a name in small letters, without what stands between them.

    Examples
    --------
    >>> words_of("ShapesTrain_2017"), words_of("JPEG images-2")
    (('shapes', 'train', '2017'), ('jpeg', 'images', '2'))
    """
    return tuple(word.casefold() for word in _WORD.findall(name))


def split_codes(words: Iterable[str]) -> dict[str, int]:
    """Return the words that name a split: 0 train, 1 validation, 2 test.

    They are the names of folders or the values of a column, all of one data set.

    Examples
    --------
    >>> split_codes(["Training", "valid", "test_set", "cats"])
    {'Training': 0, 'valid': 1, 'test_set': 2}
    >>> split_codes(["train", "eval"]), split_codes(["train", "eval", "test"])
    ({'train': 0, 'eval': 2}, {'train': 0, 'eval': 1, 'test': 2})
    """
    return _codes({word: _plain(word) for word in words})


def longer_split_codes(names: Iterable[str]) -> dict[str, tuple[int, tuple[str, ...]]]:
    """Return the names that hold just one word for a split, with the split and the other words.

    Examples
    --------
    >>> longer_split_codes(["shapes_train", "test images", "train", "cats"])
    {'shapes_train': (0, ('shapes',)), 'test images': (2, ('images',)), 'train': (0, ())}
    """
    found = {}
    for name in names:
        words = words_of(name)
        split_words = [word for word in words if _codes({word: word})]
        if len(split_words) == 1:
            found[name] = (split_words[0], tuple(word for word in words if word not in split_words))
    codes = _codes({word: word for word, _ in found.values()})
    return {name: (codes[word], rest) for name, (word, rest) in found.items()}


def alike_split_codes(names: Iterable[str]) -> dict[str, int]:
    """Return the split of each name, if all name splits, training and another, and have their other words in common.

    Examples
    --------
    >>> alike_split_codes(["shapes_train", "shapes_test"]), alike_split_codes(["train", "test1", "test2"])
    ({'shapes_test': 2, 'shapes_train': 0}, {'test1': 2, 'test2': 2, 'train': 0})
    >>> alike_split_codes(["crash_test", "train_station"]), alike_split_codes(["train", "other"])
    ({}, {})
    """
    names = sorted(set(names))
    codes = split_codes(names)
    if len(codes) < len(names):
        longer = longer_split_codes(names)
        alike = len({rest for _, rest in longer.values()}) == 1
        codes = {name: code for name, (code, _) in longer.items()} if alike else {}
    splits = set(codes.values())
    return codes if len(codes) == len(names) and TRAIN in splits and len(splits) > 1 else {}


def _codes(plain: dict[str, str]) -> dict[str, int]:
    has_test = any(word in _TEST_WORDS for word in plain.values())
    has_validation = any(word in _VALIDATION_WORDS for word in plain.values())
    evaluation = VALIDATION if has_test and not has_validation else TEST
    codes = {}
    for word, bare in plain.items():
        if bare in _TRAIN_WORDS:
            codes[word] = TRAIN
        elif bare in _VALIDATION_WORDS:
            codes[word] = VALIDATION
        elif bare in _TEST_WORDS:
            codes[word] = TEST
        elif bare in _EVALUATION_WORDS:
            codes[word] = evaluation
    return codes


def _plain(word: str) -> str:
    """Return "test" for "Test_Set", "test-images", "testset" and "test1"."""
    bare = "".join(character for character in word.casefold() if character.isalnum())
    named = bare.rstrip("0123456789")
    return _TAIL.sub("", named) or bare
