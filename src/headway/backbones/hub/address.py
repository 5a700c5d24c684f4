"""The name of a network on the hub."""

from __future__ import annotations

import re
from dataclasses import dataclass

from headway.errors import UserError

PREFIX = "hf:"
MAIN = "main"
_PART = r"[A-Za-z0-9_][A-Za-z0-9._-]{0,95}"
_NAME = re.compile(
    rf"hf:(?P<owner>{_PART})/(?P<repository>{_PART})(?:@(?P<revision>{_PART}(?:/{_PART}){{0,3}}))?(?::(?P<file>.+))?"
)
_FILE = re.compile(rf"(?:{_PART}/){{0,8}}{_PART}\.onnx")


@dataclass(frozen=True)
class Address:
    """A network on the hub.

    Parameters
    ----------
    owner, repository : str
        Whose, and which repository.
    revision : str
        A branch, a tag or a commit.
    file : str
        The path of an ONNX file in it; empty for the usual one.
    """

    owner: str
    repository: str
    revision: str = MAIN
    file: str = ""

    def __str__(self) -> str:
        revision = "" if self.revision == MAIN else f"@{self.revision}"
        return f"{PREFIX}{self.path}{revision}" + (f":{self.file}" if self.file else "")

    @property
    def path(self) -> str:
        """OWNER/REPO."""
        return f"{self.owner}/{self.repository}"


def parse(name: str) -> Address:
    """Read what a user typed; `UserError` where it is no such name.

    Examples
    --------
    >>> parse("hf:onnx-community/dinov2-small")
    Address(owner='onnx-community', repository='dinov2-small', revision='main', file='')
    >>> str(parse("hf:onnx-community/dinov2-small@v1:onnx/model_fp16.onnx"))
    'hf:onnx-community/dinov2-small@v1:onnx/model_fp16.onnx'
    """
    found = _NAME.fullmatch(name)
    if found is None:
        raise UserError(
            f"a network of the hub is named hf:OWNER/REPO, hf:OWNER/REPO@REVISION or hf:OWNER/REPO:FILE, not {name!r}: "
            "hf:onnx-community/dinov2-small"
        )
    file = found["file"] or ""
    if file and not _FILE.fullmatch(file):
        raise UserError(
            f"the file of {PREFIX}{found['owner']}/{found['repository']} must be an ONNX file in it, such as "
            f"onnx/model.onnx, not {file!r}"
        )
    return Address(found["owner"], found["repository"], found["revision"] or MAIN, file)


def looks_like_repository(name: str) -> bool:
    """Say whether only the ``hf:`` is missing.

    Examples
    --------
    >>> looks_like_repository("onnx-community/dinov2-small"), looks_like_repository("dinov2_small")
    (True, False)
    """
    return "/" in name and _NAME.fullmatch(PREFIX + name) is not None
