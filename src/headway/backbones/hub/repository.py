"""What the hub says of a repository: its commit, its licence, its files with their digests.

The first answer is kept, and is the lock: from then on that commit's files are used, whose content must be the listed
one, and the hub is asked no more. Whoever deletes ``hub/OWNER/REPO/REVISION.json`` in the cache takes what is there
now.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from headway.areas import Area, delete_folder, size_of_folder
from headway.backbones.hub import listing
from headway.backbones.hub.address import Address
from headway.backbones.hub.transfer import NotThereError, RemoteFile, download, endpoint
from headway.errors import DataError, OutputError, UserError
from headway.places import make_private, regular_status
from headway.posix import lock_file

if TYPE_CHECKING:
    from headway.session import Session

AREA = Area("hub", "*/*", delete=delete_folder, measure=size_of_folder)
"""What was downloaded, by owner and repository."""
_ALONE = ".alone"  # a file that whoever downloads into the folder has locked; no revision is called so
_MOST_CONFIGURATION = 1 << 20
_YES = ("1", "on", "true", "yes")


@dataclass(frozen=True)
class Repository:
    """A repository of the hub at one commit.

    Parameters
    ----------
    commit : str
        40 hexadecimal digits.
    licence : str
        As the model card's metadata state it.
    files : mapping of str to RemoteFile
        ONNX files, weights beside them and configurations, by their path.
    folder : Path
        Where its files are kept.
    listing : Path
        Where all this is kept.
    """

    commit: str
    licence: str
    files: Mapping[str, RemoteFile]
    folder: Path
    listing: Path

    @classmethod
    def find(cls, address: Address, session: Session) -> Repository:
        """Return what was locked for an address or, the first time, what the hub answers."""
        folder = AREA.folder(session.cache) / address.owner / address.repository
        lock = folder / f"{quote(address.revision, safe='')}.json"
        found = listing.read(lock)
        if found is None:
            check_online(str(address), session)
            with alone(folder, address, session):
                found = listing.read(lock)
                if found is None:
                    found = listing.ask(address)
                    listing.keep(lock, found)
        files = {path: RemoteFile(**entry) for path, entry in found["files"].items()}
        return cls(found["commit"], found["licence"], files, folder / found["commit"], lock)

    def fetch(self, path: str, address: Address, session: Session) -> Path:
        """Return a file on this machine, downloaded if need be, with the content that the listing states.

        Only whoever is `alone` may call this.
        """
        place, file = self.folder / path, self.files[path]
        if not place.is_file():
            check_online(f"{address.path}:{path}", session)
            url = f"{endpoint()}/{address.path}/resolve/{self.commit}/{quote(path)}"
            self._download(url, place, file, f"{path} of {address.path}", session)
        elif difference := file.check(place):
            raise DataError(f"{place} is damaged ({difference}): delete it, then try again")
        return place

    def _download(self, url: str, place: Path, file: RemoteFile, what: str, session: Session) -> None:
        """Download a file; where the hub has another or none, name the listing that was kept, which may be wrong."""
        try:
            download(url, place, file, what, session.progress)
        except (DataError, NotThereError) as error:
            raise type(error)(
                f"{error}; if that stays so, what was kept of the hub's listing may be wrong: delete {self.listing}, "
                "and the hub is asked anew"
            ) from error

    def configuration(self, name: str, address: Address, session: Session) -> dict[str, Any] | None:
        """Return a configuration of the repository; None where it has none of that name."""
        if name not in self.files:
            return None
        if self.files[name].size > _MOST_CONFIGURATION:
            raise DataError(f"{name} of {address.path} has more than 1 MiB, which no configuration needs")
        path = self.fetch(name, address, session)
        try:
            content = json.loads(path.read_bytes())
        except (ValueError, RecursionError):
            content = None
        if not isinstance(content, dict):
            raise DataError(f"{name} of {address.path} must hold one JSON object, and does not")
        return content


def check_online(what: str, session: Session) -> None:
    """Refuse to download where that is forbidden."""
    if session.offline or os.environ.get("HF_HUB_OFFLINE", "").lower() in _YES:
        by = "--offline" if session.offline else "HF_HUB_OFFLINE"
        raise UserError(f"{what} is not on this machine, and {by} forbids to download it: run this once without")


@contextmanager
def alone(folder: Path, address: Address, session: Session) -> Iterator[None]:
    """Keep other processes from filling a repository's folder meanwhile, and say so where that is waited for.

    Two that wrote to one draft would destroy each other's download. The lock ends with the process, if not here.
    """
    place = folder / _ALONE
    wait = f"another process is taking {address.path} from the hub: waiting until it has done so"
    with ExitStack() as held:
        try:
            make_private(folder)
            with suppress(FileNotFoundError):
                regular_status(place, own=True)
            file = held.enter_context(place.open("ab"))
            lock_file(file, before_waiting=lambda: session.progress.note(wait))
        except OSError as error:
            why = error.strerror or error
            raise OutputError(f"{place} cannot be locked: {why}; name another cache with --cache") from error
        yield
