"""How many actors, and what is refused."""

import pytest

from mores.errors import InputError, ModelError
from mores.models.cluster.placement import Cluster, Place, Room, place


class Sim:
    spec, simulated, block_size = "sim", True, 256


class Http:
    spec, simulated, block_size = "http://a/v1#m", False, 1


class Hf:
    spec, simulated, block_size = "hf:m", False, 256


class Spread(Hf):
    class source:
        gpus = 2


CPUS = Room(cpus=8, gpus=0, largest=0, nodes=2)
GPUS = Room(cpus=64, gpus=16, largest=8, nodes=2)


@pytest.mark.parametrize(
    ("model", "wanted", "room", "expected"),
    [
        (Sim, {}, CPUS, Place(8, 0, 1)),
        (Sim, {"replicas": 3}, GPUS, Place(3, 0, 1)),
        (Http, {}, CPUS, Place(8, 0, 0)),
        (Http, {}, Room(100, 0, 0, 9), Place(32, 0, 0)),
        (Http, {"replicas": 20}, CPUS, Place(20, 0, 0)),
        (Hf, {}, CPUS, Place(8, 0, 1)),
        (Hf, {}, GPUS, Place(16, 1, 1)),
        (Hf, {"gpus": 0.5}, GPUS, Place(32, 0.5, 1)),
        (Hf, {"gpus": 4.0, "replicas": 4}, GPUS, Place(4, 4, 1)),
        (Hf, {"gpus": 0.0}, GPUS, Place(64, 0, 1)),
        (Spread, {}, GPUS, Place(8, 2, 1)),
    ],
)
def test_as_many_as_there_is_room_for(model, wanted, room, expected):
    cluster = Cluster("auto", **wanted)
    cluster.check(model())
    assert place(cluster, model(), room, 32) == expected


@pytest.mark.parametrize(
    ("model", "wanted", "words"),
    [
        (Sim, {"replicas": 9}, "9 replicas.*8 CPUs and 0 GPUs.*--model-replicas 8"),
        (Hf, {"gpus": 1.0}, "wants 1 GPUs.*0 GPUs in all"),
        (Spread, {}, "wants 2 GPUs"),
        (Http, {"replicas": 33}, "33 replicas with 32 requests.*raise --concurrency"),
    ],
)
def test_too_much_for_the_cluster_says_what_it_has(model, wanted, words):
    with pytest.raises(ModelError, match=words):
        place(Cluster("auto", **wanted), model(), CPUS, 32)


def test_more_gpus_than_one_machine_has():
    with pytest.raises(ModelError, match=r"at most 8 on one machine; give --gpus-per-replica 8"):
        place(Cluster("auto", gpus=16.0), Hf(), GPUS, 32)


@pytest.mark.parametrize("replicas", [0, -1, 10**6])
def test_numbers_of_replicas_that_cannot_be(replicas):
    with pytest.raises(InputError, match=f"--model-replicas {replicas}; give 1"):
        Cluster("auto", replicas).check(Sim())


@pytest.mark.parametrize("gpus", [-1.0, 1.5, float("nan"), float("inf")])
def test_numbers_of_gpus_that_cannot_be(gpus):
    with pytest.raises(InputError, match=r"--gpus-per-replica .*share of one GPU"):
        Cluster("auto", gpus=gpus).check(Hf())


def test_models_that_take_no_gpu():
    with pytest.raises(InputError, match="simulated and takes no GPU"):
        Cluster("auto", gpus=1.0).check(Sim())
    with pytest.raises(InputError, match="served elsewhere and takes no GPU"):
        Cluster("auto", gpus=1.0).check(Http())
    with pytest.raises(InputError, match="spread over 2 GPUs"):
        Cluster("auto", gpus=1.0).check(Spread())
