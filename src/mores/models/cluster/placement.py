"""How many actors a model gets on a cluster, and of what size."""

from __future__ import annotations

from dataclasses import dataclass
from math import isfinite

from mores.errors import InputError, ModelError
from mores.models.interface import Model

__all__ = ["Cluster", "Place", "Room", "place"]

_MOST = 10_000


@dataclass(frozen=True, slots=True)
class Cluster:
    """Which cluster a user wants, and what on it.

    Attributes
    ----------
    address : str
        ``auto``, ``host:port`` or ``ray://host:port``.
    replicas : int or None
        How many actors hold the model; None for as many as there is room for.
    gpus : float or None
        GPUs of each, a share of one or whole ones; None for what the model needs.
    """

    address: str
    replicas: int | None = None
    gpus: float | None = None

    def check(self, model: Model) -> None:
        """Refuse what no cluster can give.

        Raises
        ------
        InputError
            Naming the option.
        """
        if not self.address.strip():
            raise InputError("--cluster is empty; give auto, host:port or ray://host:port")
        if self.replicas is not None and not 1 <= self.replicas <= _MOST:
            raise InputError(f"--model-replicas {self.replicas}; give 1 … {_MOST}, or leave it out")
        if self.gpus is None:
            return
        whole = self.gpus == int(self.gpus) if isfinite(self.gpus) else False
        if not isfinite(self.gpus) or self.gpus < 0 or (self.gpus > 1 and not whole):
            raise InputError(
                f"--gpus-per-replica {self.gpus:g}; give a share of one GPU, such as 0.5, or a whole "
                "number of them"
            )
        if not _local(model):
            kind = "simulated" if model.simulated else "served elsewhere"
            raise InputError(
                f"--gpus-per-replica {self.gpus:g} with {model.spec}: it is {kind} and takes no GPU of "
                "the cluster; leave the option out"
            )
        if 1 < _needed(model) != self.gpus:
            raise InputError(
                f"--gpus-per-replica {self.gpus:g}: {model.spec} is spread over {_needed(model)} GPUs; "
                f"give {_needed(model)}, or leave the option out"
            )


@dataclass(frozen=True, slots=True)
class Room:
    """What a cluster has.

    Attributes
    ----------
    cpus, gpus : float
        In all, whether they are free or not.
    largest : float
        Most GPUs of one machine.
    nodes : int
        Machines.
    """

    cpus: float
    gpus: float
    largest: float
    nodes: int

    def __str__(self) -> str:
        machines = "machine" if self.nodes == 1 else "machines"
        return f"{self.nodes} {machines} with {self.cpus:g} CPUs and {self.gpus:g} GPUs in all"


@dataclass(frozen=True, slots=True)
class Place:
    """Where a model goes.

    Attributes
    ----------
    replicas : int
        Actors.
    gpus : float
        Of each.
    cpus : float
        Of each.
    """

    replicas: int
    gpus: float
    cpus: float


def place(cluster: Cluster, model: Model, room: Room, concurrency: int) -> Place:
    """How many actors there are, and of what size.

    Parameters
    ----------
    cluster : Cluster
        What is wanted.
    model : Model
        Not prepared.
    room : Room
        What there is.
    concurrency : int
        Requests in flight at once, of a model that is asked over the network.

    Raises
    ------
    ModelError
        If there is less than is wanted; says how much there is.
    """
    if model.block_size == 1:  # it waits for a server, which takes no processor
        replicas = cluster.replicas or max(1, min(int(room.cpus), concurrency))
        if replicas > concurrency:
            raise ModelError(
                f"{replicas} replicas with {concurrency} requests in flight leave some without work; "
                f"raise --concurrency, or give at most --model-replicas {concurrency}"
            )
        return Place(replicas, 0.0, 0.0)
    gpus = cluster.gpus
    if gpus is None:
        gpus = _needed(model) if _local(model) and (room.gpus or _needed(model) > 1) else 0.0
    if gpus > room.largest:
        raise ModelError(
            f"a replica of {model.spec} wants {gpus:g} GPUs on one machine; the cluster has {room}, at "
            f"most {room.largest:g} on one machine; give --gpus-per-replica {room.largest:g} or less"
        )
    fit = int((room.gpus + 1e-9) // gpus) if gpus else int(room.cpus)
    fit = min(fit, int(room.cpus)) if room.cpus >= 1 else fit
    replicas = cluster.replicas or max(1, fit)
    if replicas > fit:
        each = f"{gpus:g} GPUs and one CPU" if gpus else "one CPU"
        raise ModelError(
            f"{replicas} replicas of {each} each are asked for; the cluster has {room}, room for {fit}; "
            f"give --model-replicas {max(1, fit)}, or leave it out"
        )
    return Place(replicas, float(gpus), 1.0)


def _local(model: Model) -> bool:
    """Whether it computes where its actor is, and may use a GPU there."""
    return not model.simulated and model.block_size > 1


def _needed(model: Model) -> int:
    return int(getattr(getattr(model, "source", None), "gpus", 1))
