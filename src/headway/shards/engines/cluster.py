"""The engine that is a cluster of Ray: actors that hold a network each, and compute one shard after the other.

Ray Data hands shards out, starts actors anew, and repeats the shards of those that died; that a shard is whole and
counted once does not rest on it (ADR 45).
"""

from __future__ import annotations

import contextlib
import logging
import os
from collections.abc import Callable, Iterator, Sequence
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
_MOST_RESTARTS = 8  # of an actor, and of a shard: one that ends its process each time must not go on for ever
_QUIET = {
    "RAY_USAGE_STATS_ENABLED": "0",
    "RAY_BACKEND_LOG_LEVEL": "fatal",
    "RAY_DATA_DISABLE_PROGRESS_BARS": "1",
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
            context = ray.data.DataContext.get_current()
            context.enable_progress_bars = False
            context.execution_options.preserve_order = False
            dataset = ray.data.from_items([{"shard": shard} for shard in shards], override_num_blocks=len(shards))
            results = dataset.map(
                _Actor,
                fn_constructor_args=(job, place, str(Path.cwd())),
                concurrency=team.actors,
                num_cpus=team.cpus,
                num_gpus=team.gpus,
                memory=ACTOR_BYTES,
                max_restarts=_MOST_RESTARTS,
                max_task_retries=_MOST_RESTARTS,
            )
            try:
                for row in results.iter_rows():
                    found: ShardEntry | HeadwayError = row["found"]
                    if isinstance(found, DataError):
                        yield found
                    elif isinstance(found, HeadwayError):
                        raise found
                    else:
                        advance(found.rows + found.unreadable)
                        yield found
            except ray.exceptions.RayError as error:
                raise RunError(
                    f"the cluster could not go on: {_first_line(error)}; run the same again, which computes what is "
                    "missing only"
                ) from error


class _Actor:
    """Holds a network, and computes the shards that it is given."""

    def __init__(self, job: Job, place: Place, folder: str) -> None:
        with contextlib.suppress(OSError):
            os.chdir(folder)  # where relative paths start from
        self._worker = Worker(job, place)

    def __call__(self, row: dict[str, Any]) -> dict[str, Any]:
        """Return what became of a shard."""
        try:
            return {"found": self._worker.compute(row["shard"])}
        except HeadwayError as error:
            return {"found": error}


@contextlib.contextmanager
def _cluster(address: str | None) -> Iterator[Any]:
    """Connect to a cluster, or start one on this machine; nothing is sent to anybody, and nothing is printed."""
    ray = import_optional("ray", "ray")
    import_optional("ray.data", "ray")
    for name in ("ray", "ray.data"):
        logging.getLogger(name).setLevel(logging.ERROR)
    mine = not ray.is_initialized()
    if mine:
        own = {} if address is not None else {"include_dashboard": False, "object_store_memory": _OBJECTS_BYTES}
        try:
            ray.init(address=address or "local", log_to_driver=False, logging_level=logging.ERROR, **own)
        except (ConnectionError, RuntimeError, ValueError, OSError) as error:
            raise UserError(
                f"there is no Ray cluster at {address or 'this machine'}: {_first_line(error)}; start one with `ray "
                "start --head`, or leave out --address"
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
