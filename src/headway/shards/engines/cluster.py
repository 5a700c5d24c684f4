"""The engine that is a cluster of Ray: actors that hold a network each, and compute one shard after the other.

A shard whose actor died is given to another one, up to a limit. That a shard is whole and counted once does not rest on
that (ADR 45).
"""

from __future__ import annotations

import contextlib
import logging
import os
import socket
import sys
import time
from collections import Counter, deque
from collections.abc import Callable, Generator, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from headway.errors import DataError, HeadwayError, RunError, UserError
from headway.optional import import_optional
from headway.shards.computing import Shard, Worker
from headway.shards.engines.probing import expected, unfit
from headway.shards.local import LocalPlace

if TYPE_CHECKING:
    from headway.shards.keys import Job
    from headway.shards.manifest import ShardEntry
    from headway.shards.place import Place

ACTOR_BYTES = 3 << 29
"""Memory of an actor: the network, decoded pictures that wait for it, and the features of a shard."""

_OBJECTS_BYTES = 160 << 20  # of the object store of a cluster of our own, which holds lists of names
_MOST_DEATHS = 3  # of actors at one shard
_PATIENCE_S = 0.5  # between looks at whether the run is to be stopped
_NOBODY_S = 300.0
_REACH_S = 10.0
_SETTINGS = b"\x04"  # the type of the frame with which HTTP/2 begins on both sides, and so gRPC, which Ray speaks
_GREETING = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + bytes(3) + _SETTINGS + bytes(5)
_AGAIN = "run the same again, which computes what is missing only"
_QUIET = {
    "RAY_USAGE_STATS_ENABLED": "0",
    "RAY_BACKEND_LOG_LEVEL": "fatal",
    "RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO": "0",
}


@dataclass(frozen=True)
class _Team:
    """How many actors there are, and what each takes."""

    actors: int
    cpus: float
    gpus: float


class RayEngine:
    """Computes shards on a cluster.

    Parameters
    ----------
    address : str, optional
        Of a cluster that runs, or ``"auto"`` for the one of this machine; otherwise one is started on this machine,
        and ended.
    """

    def __init__(self, address: str | None) -> None:
        for name, value in _QUIET.items():  # which Ray reads when it is imported
            os.environ.setdefault(name, value)
        import_optional("ray", "ray")
        self._address = address

    def check(self, job: Job, place: Place) -> None:
        """Do nothing: what can be known before work starts is asked of the cluster when it is there."""

    def run(
        self, job: Job, place: Place, shards: Sequence[Shard], advance: Callable[[int], None]
    ) -> Iterator[ShardEntry | DataError]:
        """Yield the entry of each shard, in the order in which they are done."""
        with _cluster(self._address) as ray:
            nodes = [node for node in ray.nodes() if node["Alive"]]
            team = _team(nodes, len(shards), job.device)
            _probe(ray, nodes, job, place, shards)
            with contextlib.closing(_hand_out(_Crew(ray, team, job, place), shards, advance)) as results:
                for found in results:
                    if isinstance(found, DataError):
                        yield found
                    elif isinstance(found, HeadwayError):
                        raise found
                    else:
                        advance(found.rows + found.unreadable)
                        yield found


class _Actor:
    """Holds a network, and computes the shards that it is given."""

    def __init__(self, job: Job, place: Place, folder: str) -> None:
        with contextlib.suppress(OSError):
            os.chdir(folder)  # where relative paths start from
        self._worker = Worker(job, place)

    def ready(self) -> None:
        """Answer, which it does when it has a node."""

    def compute(self, shard: Shard) -> ShardEntry | HeadwayError:
        """Return what became of a shard."""
        try:
            return self._worker.compute(shard)
        except HeadwayError as error:
            return error


class _Crew:
    """Actors: those that wait for a node, those that are idle, and those that compute, by what they answer with."""

    def __init__(self, ray: Any, team: _Team, job: Job, place: Place) -> None:
        self._ray = ray
        self._new = ray.remote(_Actor).options(
            num_cpus=team.cpus, num_gpus=team.gpus, memory=ACTOR_BYTES, max_restarts=0, scheduling_strategy="SPREAD"
        )
        self._arguments = (job, place, str(Path.cwd()))
        self._starting: dict[Any, Any] = {}
        self._idle: list[Any] = []
        self.busy: dict[Any, tuple[Any, Shard]] = {}
        for _ in range(team.actors):
            self._start()

    def _start(self) -> None:
        actor = self._new.remote(*self._arguments)
        self._starting[actor.ready.remote()] = actor

    def give(self, waiting: deque[Shard]) -> None:
        """Give shards to those that are idle."""
        while self._idle and waiting:
            actor, shard = self._idle.pop(), waiting.popleft()
            self.busy[actor.compute.remote(shard)] = (actor, shard)

    def wait(self) -> Iterator[tuple[Shard, ShardEntry | HeadwayError | None]]:
        """Wait a moment for answers; yield the shard and what became of it, None where its actor died."""
        done, _ = self._ray.wait([*self.busy, *self._starting], num_returns=1, timeout=_PATIENCE_S)
        for answer in done:
            actor, shard = self.busy.pop(answer, None) or (self._starting.pop(answer), None)
            try:
                found = self._ray.get(answer)
            except self._ray.exceptions.RayTaskError as error:  # of Headway itself: it would be the same again
                raise RunError(f"the cluster could not go on: {_first_line(error)}; {_AGAIN}") from error
            except self._ray.exceptions.RayError:
                self._start()
                if shard is not None:
                    yield shard, None
                continue
            self._idle.append(actor)
            if shard is not None:
                yield shard, found

    def dismiss(self) -> None:
        """End all actors, whatever they do: a cluster that others use, too, gets its room back."""
        actors = [*self._starting.values(), *self._idle, *(actor for actor, _ in self.busy.values())]
        for actor in actors:
            with contextlib.suppress(self._ray.exceptions.RayError, ValueError):
                self._ray.kill(actor)


def _hand_out(
    crew: _Crew, shards: Sequence[Shard], advance: Callable[[int], None]
) -> Generator[ShardEntry | HeadwayError]:
    """Yield what became of each shard; one whose actor died is given to another, up to a limit."""
    waiting = deque(shards)
    died: Counter[str] = Counter()
    nobody_since = time.monotonic()
    try:
        while waiting or crew.busy:
            crew.give(waiting)
            if crew.busy:
                nobody_since = time.monotonic()
            elif time.monotonic() - nobody_since > _NOBODY_S:
                raise RunError(f"no node has had room for an actor for {_NOBODY_S:.0f} seconds: add nodes; {_AGAIN}")
            advance(0)
            for shard, found in crew.wait():
                if found is not None:
                    yield found
                    continue
                died[shard.key] += 1
                if died[shard.key] > _MOST_DEATHS:
                    raise RunError(
                        f"{died[shard.key]} workers died at {shard.reader.title}: they may need more memory, or a "
                        f"picture in it ends the process; {_AGAIN}"
                    )
                waiting.append(shard)
    finally:
        crew.dismiss()


def _reach(address: str | None) -> None:
    """Raise OSError where nobody answers at HOST:PORT as Ray does, for which Ray itself would wait for minutes."""
    if address == "auto":  # the cluster that was started here last, and may have ended
        noted = Path("/tmp/ray/ray_current_cluster")  # Ray's own name for it
        address = os.environ.get("RAY_ADDRESS") or (noted.read_text().strip() if noted.is_file() else None)
    host, _, port = (address or "").rpartition("://")[2].rpartition(":")
    if host and port.isdecimal():
        with socket.create_connection((host.strip("[]"), int(port)), timeout=_REACH_S) as link:
            link.sendall(_GREETING)
            if os.environ.get("RAY_USE_TLS", "0") == "0" and link.recv(64)[3:4] != _SETTINGS:
                raise OSError("what answers there is something else")


@contextlib.contextmanager
def _muted() -> Iterator[None]:
    """Keep quiet what Ray's libraries print while they start, past Python: which log level they have."""
    sys.stderr.flush()
    kept = os.dup(2)
    try:
        with open(os.devnull, "wb") as nothing:
            os.dup2(nothing.fileno(), 2)
        yield
    finally:
        os.dup2(kept, 2)
        os.close(kept)


@contextlib.contextmanager
def _cluster(address: str | None) -> Iterator[Any]:
    """Connect to a cluster, or start one on this machine; nothing is sent to anybody, and nothing is printed."""
    ray = import_optional("ray", "ray")
    logging.getLogger("ray").setLevel(logging.ERROR)
    mine = not ray.is_initialized()
    if mine:
        own = {} if address is not None else {"include_dashboard": False, "object_store_memory": _OBJECTS_BYTES}
        try:
            _reach(address)
            with _muted():
                ray.init(address=address or "local", log_to_driver=False, logging_level=logging.ERROR, **own)
        except (ConnectionError, RuntimeError, ValueError, OSError) as error:
            raise UserError(
                f"there is no Ray cluster at {address or 'this machine'}: {_first_line(error)}; start one with `ray "
                "start --head`, set RAY_AUTH_MODE=token where it wants a token, or leave out --address"
            ) from error
    try:
        yield ray
    finally:
        if mine:
            ray.shutdown()


def _team(nodes: Sequence[dict[str, Any]], shards: int, device: str) -> _Team:
    """Return how many actors fit: one for each node with all of its cores, or one for each GPU."""
    resources = [node["Resources"] for node in nodes]
    if device == "cuda":
        gpus = int(sum(each.get("GPU", 0) for each in resources))
        if not gpus:
            raise UserError("--device cuda needs a GPU, and the cluster has none: leave it out, or add such nodes")
        return _Team(min(shards, gpus), 1, 1)
    cores = [each["CPU"] for each in resources if each.get("CPU", 0) >= 1]
    if not cores:
        raise UserError("the cluster has no processor cores for work: add nodes, or take --engine local")
    cpus = min(cores)
    actors = sum(int(min(each.get("CPU", 0) // cpus, each.get("memory", 0) // ACTOR_BYTES)) for each in resources)
    if not actors:
        most = max(each.get("memory", 0) for each in resources)
        raise UserError(
            f"a node needs {ACTOR_BYTES / 2**30:.1f} GiB of memory for a network and a shard, and the largest of "
            f"the cluster has {most / 2**30:.1f}: add memory, or take --engine local"
        )
    return _Team(min(shards, actors), cpus, 0)


def _probe(ray: Any, nodes: Sequence[dict[str, Any]], job: Job, place: Place, shards: Sequence[Shard]) -> None:
    """Ask every node whether it would compute the same, and sees the files; the first that would not is an error."""
    strategies = import_optional("ray.util.scheduling_strategies", "ray")
    files = [Path(name).resolve() for name in (*_local(shards), *([str(place)] * isinstance(place, LocalPlace)))]
    task = ray.remote(num_cpus=0, max_retries=0)(unfit)
    asked = {
        node["NodeManagerAddress"]: task.options(
            scheduling_strategy=strategies.NodeAffinitySchedulingStrategy(node["NodeID"], soft=False)
        ).remote(expected(job), job, files)
        for node in nodes
    }
    for name, answer in asked.items():
        try:
            wrong = ray.get(answer)
        except ray.exceptions.RayError as error:
            wrong = f"it cannot run Headway ({_first_line(error)}): install the same version as here"
        if wrong:
            raise UserError(f"every node must compute the same, and {name} does not: {wrong}")


def _local(shards: Sequence[Shard]) -> list[str]:
    """Return a file of this machine that the shards are read from, where there is one."""
    first = shards[0].reader
    name = first.names[0] if hasattr(first, "names") else first.title
    return [] if "://" in name else [name]


def _first_line(error: BaseException) -> str:
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return (lines[-1] if lines else type(error).__name__)[:200]
