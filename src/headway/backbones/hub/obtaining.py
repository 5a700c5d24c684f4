"""A network of the hub as a backbone in the cache."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from headway.backbones import converted
from headway.backbones.foreign.adopt import adopt_content
from headway.backbones.foreign.untrusted import content_of
from headway.backbones.foreign.wrapping import DEFAULT_SIZE
from headway.backbones.hub.address import Address, parse
from headway.backbones.hub.choosing import choose, others, parts_of
from headway.backbones.hub.preparation import read_preparation
from headway.backbones.hub.repository import Repository, check_online
from headway.backbones.info import BackboneInfo
from headway.backbones.provenance import Provenance
from headway.errors import ModelError

if TYPE_CHECKING:
    from headway.session import Session

CONFIGURATIONS = ("preprocessor_config.json", "processor_config.json", "config.json")
_LONGEST_NAME = 90  # of owner and repository, in the backbone's name


def obtain_from_hub(name: str, image_size: int, session: Session) -> BackboneInfo:
    """Make a backbone of an ONNX file on the hub, unless the cache has it.

    Parameters
    ----------
    name : str
        ``hf:OWNER/REPO``, ``hf:OWNER/REPO@REVISION``, and either with ``:FILE``.
    image_size : int
        Height and width of its images in pixels, where the network leaves them open; 0 for the repository's.
    session : Session
        Its cache, whether anything may be downloaded, and who is told.

    Raises
    ------
    UserError
        When there is no such network, it is not given to everybody, or it is not on this machine and may not be
        downloaded; as `ModelError`, when it is not an image network within the bounds; as `DataError`, when a file is
        not what the hub states.
    RunError
        When the hub cannot be reached, or does not answer as it should.
    """
    address = parse(name)
    repository = Repository.find(address, session)
    path = choose(address, repository.files)
    paths = [*(each for each in CONFIGURATIONS if each in repository.files), *parts_of(path, repository.files)]
    key = _key(address, repository, paths, image_size)
    if (found := converted.lookup(key, session.cache)) is not None:
        return found
    _announce(address, repository, path, session)
    preparation = read_preparation({each: repository.configuration(each, address, session) for each in CONFIGURATIONS})
    onnx, *beside = [repository.fetch(part, address, session) for part in parts_of(path, repository.files)]
    title = f"{address.path} ({path})"
    source = f"hf:{address.path}@{repository.commit}:{path}, {repository.files[path].digest}"
    try:
        info = adopt_content(
            content_of(onnx),
            Provenance(key, title, source, repository.licence),
            image_size,
            session,
            place=f"{path} of {address.path}",
            colours=preparation.colours if preparation else None,
            usual_size=(preparation.size if preparation else 0) or DEFAULT_SIZE,
            beside={each.name: each for each in beside},
        )
    except ModelError as error:
        rest = others(path, repository.files)
        raise ModelError(f"{error}; of this repository {rest}" if rest else str(error)) from error
    if preparation and preparation.geometry:
        session.progress.note(
            f"{title}: pictures become squares by --resize, not in the repository's own way ({preparation.geometry})"
        )
    return info


def _key(address: Address, repository: Repository, paths: Sequence[str], image_size: int) -> str:
    """Return the backbone's name: the repository, and a digest of all that it is made of."""
    digests = [f"{path} {repository.files[path].digest}" for path in paths]
    digest = hashlib.sha256("\n".join(digests).encode()).hexdigest()
    return converted.key(
        f"hf-{address.owner}-{address.repository}"[:_LONGEST_NAME], weights=digest, image_size=image_size
    )


def _announce(address: Address, repository: Repository, path: str, session: Session) -> None:
    """Say what is about to be downloaded, how much that is, under which licence, and where it is kept."""
    missing = [part for part in parts_of(path, repository.files) if not (repository.folder / part).is_file()]
    if not missing:
        return
    check_online(f"{address.path}:{path}", session)
    size = sum(repository.files[part].size for part in missing) / 1e6
    names = " and ".join(PurePosixPath(part).name for part in missing)
    session.progress.note(
        f"downloading {names} of {address.path} at {repository.commit[:12]}, {size:,.1f} MB, licence "
        f"{repository.licence}; kept in {repository.folder}"
    )
