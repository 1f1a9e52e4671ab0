"""A model in actors answers as it does alone, whatever happens to the actors."""

import asyncio
import random
from functools import partial

import pytest
from answering import Answering
from chat_server import running

from mores.errors import FieldworkError, ModelError
from mores.fieldwork.asking import Asking, Ended, ask_all
from mores.fieldwork.store import AnswerStore
from mores.models.cluster import model as cluster_model
from mores.models.cluster.model import ClusterModel, clustered
from mores.models.cluster.placement import Cluster
from mores.models.cluster.replica import Lost
from mores.models.interface import Holdable
from mores.models.registry import resolve
from mores.studies.registry import load


@pytest.fixture(scope="module", autouse=True)
def _shipped_by_value(ray):
    """The actors' processes cannot import a test's module."""
    import answering

    ray.cloudpickle.register_pickle_by_value(answering)
    yield
    ray.cloudpickle.unregister_pickle_by_value(answering)


def in_actors(folder, replicas=2, **how):
    def build(share):
        return partial(Answering, folder, **how)

    return ClusterModel(Answering(folder, **how), Cluster("auto", replicas), build)


async def asked(study, model, path, **how):
    """What a run leaves in its store, by trial and attempt."""
    try:
        await model.prepare()
        if study.needs_scoring:
            await model.prepare_scoring()
        design = study.design(model)
        fingerprint = study.fingerprint() | {"model": model.identity}
        with AnswerStore(path, fingerprint) as store:
            lanes = getattr(model, "lanes", 1)
            ended, tally = await ask_all(design, model, store, Asking(concurrency=lanes, **how))
    finally:
        await model.close()
    return ended, tally, stored(path)


def stored(path):
    with AnswerStore(path) as store:
        return {
            (item.trial, item.attempt): (item.key, item.verdict, item.reply.text, item.reply.masses)
            for chunk in store.read()
            for item in chunk
        }


def small():
    return load("value-action", {"sample": 3})


def test_actors_that_end_at_random_cost_nothing(ray, tmp_path):
    study = small()
    (tmp_path / "a").mkdir()
    _, _, alone = asyncio.run(asked(study, Answering(tmp_path / "a"), tmp_path / "alone"))
    keys = [key.hex() for key, *_ in alone.values()]
    for key in random.Random(7).sample(keys, 10):
        (tmp_path / f"once-{key}").touch()
    model = in_actors(tmp_path)
    ended, tally, found = asyncio.run(asked(study, model, tmp_path / "actors"))
    assert ended == Ended.COMPLETE
    assert found == alone
    assert not list(tmp_path.glob("once-*")), "all ten were killed"
    assert tally.requests == len(alone), "each is stored once"
    lines = (tmp_path / "asked").read_text("ascii").split()
    assert set(lines) == set(keys)
    assert len(lines) - len(keys) <= 10 * 2 * 8, "only what was in flight is asked again"


def test_the_one_request_that_ends_every_actor_fails_alone(ray, tmp_path):
    study = small()
    (tmp_path / "a").mkdir()
    _, _, alone = asyncio.run(asked(study, Answering(tmp_path / "a"), tmp_path / "alone"))
    slot = sorted(alone)[20]
    (tmp_path / f"always-{alone[slot][0].hex()}").touch()
    ended, tally, found = asyncio.run(asked(study, in_actors(tmp_path), tmp_path / "actors"))
    assert ended == Ended.COMPLETE
    assert tally.failed == 1
    assert found.pop(slot)[2] is None
    alone.pop(slot)
    assert found == alone
    with AnswerStore(tmp_path / "actors") as store:
        (reason,) = {
            item.reply.failure for chunk in store.read() for item in chunk if item.reply.failure
        }
    assert "the actors that were asked this ended" in reason


def test_actors_that_all_end_end_the_run_and_it_can_go_on(ray, tmp_path, monkeypatch):
    monkeypatch.setattr(cluster_model, "_ENDS", 3)
    study = small()
    (tmp_path / "a").mkdir()
    _, _, alone = asyncio.run(asked(study, Answering(tmp_path / "a"), tmp_path / "alone"))
    last = sorted(alone)[-16:]
    for slot in last:
        (tmp_path / f"always-{alone[slot][0].hex()}").touch()
    with pytest.raises((FieldworkError, ModelError), match="actors ended without a reply"):
        asyncio.run(asked(study, in_actors(tmp_path, replicas=1), tmp_path / "actors"))
    for path in tmp_path.glob("always-*"):
        path.unlink()
    before = {key.hex() for key, *_ in stored(tmp_path / "actors").values()}
    (tmp_path / "asked").unlink(missing_ok=True)
    _, _, found = asyncio.run(asked(study, in_actors(tmp_path, replicas=1), tmp_path / "actors"))
    assert found == alone
    assert not before & set((tmp_path / "asked").read_text("ascii").split())


@pytest.mark.parametrize("fault", ["breaks", "gives-up", "hangs"])
def test_an_actor_whose_model_fails_or_hangs_is_replaced(ray, tmp_path, monkeypatch, fault):
    for name, value in (("_SILENCE", 5.0), ("_SLOWER", 5), ("_LOOK", 0.2)):
        monkeypatch.setattr(cluster_model, name, value)
    study = small()
    (tmp_path / "a").mkdir()
    _, _, alone = asyncio.run(asked(study, Answering(tmp_path / "a"), tmp_path / "alone"))
    slot = sorted(alone)[len(alone) // 2]
    (tmp_path / f"{fault}-{alone[slot][0].hex()}").touch()

    async def in_time():
        return await asyncio.wait_for(
            asked(study, in_actors(tmp_path), tmp_path / "actors"), timeout=240
        )

    ended, _, found = asyncio.run(in_time())
    assert ended == Ended.COMPLETE
    assert found == alone
    assert not list(tmp_path.glob(f"{fault}-*")), "it came to that"


def test_a_request_at_which_every_model_breaks_fails_with_the_reason(ray, tmp_path, monkeypatch):
    async def session():
        model = in_actors(tmp_path, replicas=1)
        try:
            await model.prepare()
            request = small().design(model).request(0, 0)
            return await model.ask([request])
        finally:
            await model.close()

    def breaks(self, request):
        raise RuntimeError("CUDA error: device-side assert triggered\nCompile with …")

    monkeypatch.setattr(Answering, "answer", breaks)
    (reply,) = asyncio.run(session())
    assert reply.permanent
    assert "RuntimeError: CUDA error: device-side assert triggered)" in reply.failure


def test_a_replacement_of_another_version_is_refused(ray, tmp_path, monkeypatch):
    async def session():
        model = in_actors(tmp_path, replicas=1)
        try:
            await model.prepare()
            request = small().design(model).request(0, 0)
            (tmp_path / f"once-{request.key.hex()}").touch()
            monkeypatch.setattr(cluster_model, "__version__", "0.0.0")
            await model.ask([request])
        finally:
            await model.close()

    with pytest.raises(ModelError, match=r"this process 0\.0\.0; install the same"):
        asyncio.run(session())


def test_replacements_that_fail_together_end_the_run(monkeypatch):
    class Never:
        async def start(self):
            raise Lost("no room", False)

        def kill(self): ...

    async def session():
        model = in_actors(".")
        model._replicas = list(gone := [Never(), Never()])
        for replica in gone:
            model._replace(replica, "its machine ended")
        await asyncio.gather(*model._replacing)
        await asyncio.wait_for(model._free(), timeout=60)

    monkeypatch.setattr(ClusterModel, "_new", lambda self: Never())
    monkeypatch.setattr(cluster_model, "_STARTS", 1)
    monkeypatch.setattr(cluster_model.asyncio, "sleep", lambda _, real=asyncio.sleep: real(0))
    with pytest.raises(ModelError, match=r"no actor is left, and none can be started \(no room\)"):
        asyncio.run(session())


def test_models_that_differ_are_refused(ray, tmp_path):
    with pytest.raises(ModelError, match=r"not the same on .*: weights differ"):
        asyncio.run(asked(small(), in_actors(tmp_path, differs=True), tmp_path / "store"))


def test_a_model_that_cannot_be_used_there_says_why_and_where(ray, tmp_path):
    (tmp_path / "unusable").touch()
    with pytest.raises(ModelError, match=r"its weights are not here.*\(on "):
        asyncio.run(asked(small(), in_actors(tmp_path), tmp_path / "store"))


def test_more_than_there_is_room_for(ray, tmp_path):
    with pytest.raises(ModelError, match=r"5 replicas.*1 machine with 4 CPUs"):
        asyncio.run(asked(small(), clustered("sim", Cluster("auto", 5)), tmp_path / "store"))


def test_told_to_hold_it_gives_back_what_is_under_way_and_begins_nothing(ray, tmp_path):
    async def session():
        model = in_actors(tmp_path, pause=0.05)
        assert isinstance(model, Holdable)
        try:
            await model.prepare()
            design = small().design(model)
            requests = [design.request(trial, 0) for trial in range(8)]
            under_way = asyncio.ensure_future(model.ask(requests))
            while not (tmp_path / "asked").exists():
                await asyncio.sleep(0.01)
            model.hold()
            assert all(reply.text for reply in await under_way)
            with pytest.raises(asyncio.CancelledError):
                await model.ask(requests)
        finally:
            await model.close()

    asyncio.run(session())
    assert len((tmp_path / "asked").read_text("ascii").split()) == 8


def test_no_more_than_a_few_blocks_are_under_way(ray, tmp_path):
    async def session():
        model = in_actors(tmp_path)
        most = 0
        try:
            await model.prepare()
            plain = model.ask

            async def watched(requests):
                nonlocal most
                most = max(most, 1 + sum(len(r.flying) for r in model._replicas))
                assert all(len(r.flying) <= 2 for r in model._replicas)
                return await plain(requests)

            model.ask = watched
            design = small().design(model)
            with AnswerStore(tmp_path / "store", {}) as store:
                await ask_all(design, model, store, Asking(concurrency=model.lanes))
        finally:
            await model.close()
        assert model.lanes == 4
        assert 2 <= most <= 4

    asyncio.run(session())


def test_a_server_is_asked_by_every_actor_with_its_share(ray, tmp_path):
    study = small()
    with running(delay=0.005) as one, running(delay=0.005) as two:
        spec = f"http://127.0.0.1:{one.port},127.0.0.1:{two.port}/v1#m"
        _, _, alone = asyncio.run(asked(study, resolve(spec), tmp_path / "alone"))
        before = one.ended["200"], two.ended["200"]
        model = clustered(spec, Cluster("auto", 2), concurrency=8)
        assert model.identity == resolve(spec).identity
        ended, _, found = asyncio.run(asked(study, model, tmp_path / "actors"))
        answered = one.ended["200"] - before[0], two.ended["200"] - before[1]
    assert ended == Ended.COMPLETE
    assert found == alone
    assert min(answered) >= 50, "both addresses are asked"
    assert max(one.peak, two.peak) <= 8


def test_a_key_is_not_sent_to_the_actors(ray, tmp_path, monkeypatch):
    monkeypatch.setenv("MORES_API_KEY", "sk-of-the-driver-alone")
    with running(key="sk-of-the-driver-alone") as server:
        model = clustered(f"http://127.0.0.1:{server.port}/v1#m", Cluster("auto", 1))
        with pytest.raises(ModelError, match=r"wants a key.*put one into MORES_API_KEY.*\(on "):
            asyncio.run(asked(small(), model, tmp_path / "store"))


def test_weights_are_loaded_in_actors(ray, tmp_path, monkeypatch):
    pytest.importorskip("torch")
    pytest.importorskip("transformers")
    from tiny_models import save

    save(tmp_path / "model")
    monkeypatch.chdir(tmp_path)  # a relative path means the same there
    study = load("framings", {"sample": 1})

    async def answered(model):
        try:
            await model.prepare()
            await model.prepare_scoring()
            design = study.design(model)
            requests = [design.request(trial, 0) for trial in range(8)]
            half = await asyncio.gather(model.ask(requests[:4]), model.ask(requests[4:]))
            return model.identity, requests, [reply for part in half for reply in part]
        finally:
            await model.close()

    identity, requests, alone = asyncio.run(answered(resolve("hf:./model")))
    model = clustered("hf:./model", Cluster("auto", 2))
    *same, found = asyncio.run(answered(model))
    assert same == [identity, requests]
    assert [reply.text for reply in found] == [reply.text for reply in alone]
    for one, other in zip(found, alone, strict=True):
        assert (one.masses is None) == (other.masses is None)
        if one.masses is not None:
            assert one.masses.low == pytest.approx(other.masses.low, abs=1e-4)
