"""Names of files and classes that come from anywhere, made safe for every system."""

from __future__ import annotations

import re
import unicodedata
import zlib
from collections.abc import Collection

from headway.cells import text_cell
from headway.dataset.names import composed, longer_split_codes, split_codes
from headway.dataset.walk import SYSTEM_NAMES, suffix
from headway.errors import UserError
from headway.images import SUFFIXES

LONGEST_CLASS = 100  # characters
_LONGEST_STEM = 120  # bytes; several file systems end at 255 of them
_FORBIDDEN = re.compile(r'[<>:"|?*\\/]')
_RESERVED = re.compile(r"(con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³]|conin\$|conout\$)(\..*)?", re.IGNORECASE)
_ENDINGS = {"JPEG": ".jpg", "PNG": ".png", "WebP": ".webp", "GIF": ".gif", "BMP": ".bmp", "TIFF": ".tif",
            "AVIF": ".avif", "HEIC": ".heic", "DICOM": ".dcm"}  # fmt: skip


def parts_of(name: str) -> list[str]:
    r"""Return the folders and the name of a path of any system.

    Examples
    --------
    >>> parts_of("C:\\\\photos/../cats/./1.jpg")
    ['photos', 'cats', '1.jpg']
    """
    parts = [part for part in name.replace("\\", "/").split("/") if part not in ("", ".", "..")]
    return parts[1:] if len(parts) > 1 and re.fullmatch("[A-Za-z]:", parts[0]) else parts


def is_of_the_system(name: str) -> bool:
    """Say whether a file is what systems put beside pictures, which nobody chose."""
    return any(part.startswith(".") or part.lower() in SYSTEM_NAMES for part in parts_of(name))


def file_name(name: str, kind: str) -> str:
    r"""Return a name under which a picture can lie in a folder of any system.

    The ending stays where it is a picture's; otherwise that of its kind is put behind it.

    Examples
    --------
    >>> file_name("../../etc/aux.jpg", "JPEG"), file_name("blob", "PNG"), file_name("a\0b?.JPG. ", "JPEG")
    ('_aux.jpg', 'blob.png', 'ab_.JPG')
    """
    plain = _plain((parts_of(name) or [""])[-1])
    ending = suffix(plain)
    if ending in SUFFIXES:
        stem, ending = plain[: -len(ending)], plain[-len(ending) :]
    else:
        stem, ending = plain, _ENDINGS[kind]
    return (_short(stem).strip(". ") or "picture") + ending


def folder_name(label: str) -> str:
    """Return a name for the folder of a class: one that nothing takes for a part of a split.

    Examples
    --------
    >>> folder_name("Golden retriever?"), folder_name("test")
    ('Golden retriever_', 'class-d87f7e0c')
    """
    plain = _short(_plain(label)).strip(". ")
    if not plain or split_codes([plain]) or longer_split_codes([plain]):
        return f"class-{zlib.crc32(label.encode('utf-8', 'replace')):08x}"
    return plain


def free_name(name: str, taken: Collection[str]) -> str:
    """Return a name that looks like none that is taken, as `looks` sees it: with a number where it must be.

    Examples
    --------
    >>> free_name("Cat.jpg", {"cat.jpg"})
    'Cat-2.jpg'
    """
    ending = suffix(name)
    stem, number = name[: len(name) - len(ending)], 1
    ending = name[len(stem) :]
    while looks(name) in taken:
        number += 1
        name = f"{stem}-{number}{ending}"
    return name


def looks(name: str) -> str:
    """Return the same text for names that systems, or people, may take for one.

    Examples
    --------
    >>> looks("CAT.jpg") == looks("ｃat.jpg")
    True
    """
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", name).casefold())


def checked_class(name: object) -> str:
    """Return the name of a class as it is to be written; one that cannot be is a `UserError`."""
    text = composed(" ".join(name.split())) if isinstance(name, str) else ""
    if not text:
        raise UserError("a class needs a name")
    if len(text) > LONGEST_CLASS:
        raise UserError(f"the name of a class may have {LONGEST_CLASS} characters at most, and this has {len(text):,}")
    if not text.isprintable():
        raise UserError(f"the name of a class must be plain text, and {text!r} is not")
    if text_cell(text) != text:
        raise UserError(f"{text!r} looks like a formula to spreadsheets: give a name without {text[0]!r} in front")
    return text


def _plain(name: str) -> str:
    """Return a name without what is invisible, and with ``_`` for what some systems forbid."""
    text = composed(name.encode("utf-8", "ignore").decode())
    text = "".join(character for character in text if unicodedata.category(character) not in ("Cc", "Cf", "Cs", "Co"))
    text = " ".join(_FORBIDDEN.sub("_", text).split()).strip(". ")
    return f"_{text}" if _RESERVED.fullmatch(text) else text


def _short(text: str) -> str:
    return text.encode()[:_LONGEST_STEM].decode("utf-8", "ignore")
