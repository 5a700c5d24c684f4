"""What a server may take on."""

from __future__ import annotations

from dataclasses import dataclass, field

from headway.web.bodies import Limits


@dataclass(frozen=True)
class Settings:
    """What a server may take on.

    Parameters
    ----------
    queue : int
        Pictures that may wait or be computed at a time; a request that does not find room is to come again later.
    megapixels : float
        Of one picture, as its header says, before it is decoded.
    seconds : float
        Within which a request is answered, once it was read.
    limits : Limits
        Of the bodies of requests.
    """

    queue: int = 256
    megapixels: float = 100.0
    seconds: float = 30.0
    limits: Limits = field(default_factory=Limits)
