"""Several addresses of one model: read, balanced, set aside, taken back."""

import asyncio
from contextlib import ExitStack

import pytest
from chat_server import running

from mores.errors import ModelError
from mores.models import replicas
from mores.models.failures import Patience
from mores.models.interface import Capabilities, Holdable
from mores.models.prices import price_of
from mores.models.registry import resolve
from mores.models.replicas import ReplicatedModel, addresses
from mores.records import Message, Reply, Request, Sampling

QUICK = Patience(connect=2, attempt=5, total=20, wait_initial=0.001, wait_jitter=0.001)


def request(n: int) -> Request:
    return Request(n.to_bytes(4, "big"), (Message("user", f"question {n}"),), Sampling(), n)


def at(*servers, model="m"):
    return f"http://{','.join(f'127.0.0.1:{s.port}' for s in servers)}/v1#{model}"


@pytest.mark.parametrize(
    ("spec", "expected"),
    [
        ("http://a:1,b:2/v1#m", ["http://a:1/v1", "http://b:2/v1"]),
        ("http://a:1, b:2, c/v1/#m", ["http://a:1/v1", "http://b:2/v1", "http://c/v1"]),
        ("HTTPS://a,b#m", ["https://a", "https://b"]),
        ("http://a/x,b,https://c/v1#m,n", ["http://a/x", "http://b/v1", "https://c/v1"]),
        ("http://[::1]:8,[::2]:8/v1#m", ["http://[::1]:8/v1", "http://[::2]:8/v1"]),
        ("http://a/v1#m", ["http://a/v1"]),
    ],
)
def test_scheme_and_path_hold_for_all(spec, expected):
    assert addresses(spec) == expected


@pytest.mark.parametrize("spec", ["http://a,,b/v1#m", "http://a,/v1#m", "http://,a/v1#m"])
def test_an_empty_address(spec):
    with pytest.raises(ModelError, match="has an empty address"):
        addresses(spec)


def test_an_address_twice():
    with pytest.raises(ModelError, match="names http://a/v1 twice"):
        addresses("http://a,b,a/v1#m")


@pytest.mark.parametrize(
    ("spec", "said"),
    [
        (
            "http://127.0.0.1:8,localhost:8/v1#m",
            "names http://localhost:8/v1 twice, once as http://127",
        ),
        (
            "http://localhost:8,[::1]:8/v1#m",
            r"names http://\[::1\]:8/v1 twice, once as http://localhost:8",
        ),
        ("http://a,A:80/v1#m", "names http://A:80/v1 twice, once as http://a/v1"),
        ("https://a:443,a/v1#m", "names https://a/v1 twice, once as https://a:443/v1"),
    ],
)
def test_one_address_in_two_ways(spec, said):
    with pytest.raises(ModelError, match=said):
        addresses(spec)


@pytest.mark.parametrize(
    "spec", ["http://localhost:8,127.0.0.1:9/v1#m", "http://a/x,a/y#m", "http://a,https://a/v1#m"]
)
def test_addresses_that_are_two(spec):
    assert len(addresses(spec)) == 2


@pytest.mark.parametrize("spec", ["http://a,b/v1", "http://a,u:p@b/v1#m", "http://a,b:x/v1#m"])
def test_what_one_address_may_not_be_none_of_several_may(spec):
    with pytest.raises(ModelError) as caught:
        resolve(spec, environ={})
    assert "u:p" not in str(caught.value)


def test_identity_is_the_model_s():
    several = resolve("http://a,b/v1#org/name", environ={})
    assert isinstance(several, ReplicatedModel)
    assert isinstance(several, Holdable)
    other = resolve("http://c,b,a/v1#org/name", environ={})
    alone = resolve("http://a/v1#org/name", environ={})
    assert several.identity == other.identity == alone.identity
    assert (several.label, several.block_size) == ("org/name", 1)
    assert several.spec == "http://a,b/v1#org/name"


def test_free_only_where_every_address_is_this_machine_s():
    assert price_of("http://127.0.0.1:1,localhost:2/v1#m", environ={}) is not None
    assert price_of("http://127.0.0.1:1,host:2/v1#m", environ={}) is None


def test_requests_go_where_fewest_are_in_flight():
    async def session(spec):
        model = ReplicatedModel(spec, {}, 12, QUICK)
        await model.prepare(Capabilities())
        replies = await asyncio.gather(*(model.ask([request(n)]) for n in range(120)))
        await model.close()
        return [reply.text for (reply,) in replies]

    with ExitStack() as stack:
        servers = [stack.enter_context(running(delay=0.02)) for _ in range(3)]
        texts = asyncio.run(session(at(*servers)))
        counts = [server.ended["200"] for server in servers]
    assert all(texts)
    assert counts == [40, 40, 40]
    with running() as one:
        assert texts == asyncio.run(session(at(one)))


def test_capabilities_are_found_at_one_and_confirmed_at_the_others():
    async def session(spec):
        model = ReplicatedModel(spec, {}, 4, QUICK)
        try:
            await model.prepare()
            return model.capabilities
        finally:
            await model.close()

    with running() as one, running() as two, running(schema=False) as loose:
        assert asyncio.run(session(at(one, two))).structured == "json_schema"
        with pytest.raises(
            ModelError, match=rf"127.0.0.1:{loose.port}/v1 takes structured = "
        ) as e:
            asyncio.run(session(at(one, loose)))
        assert "answers would depend on the address" in str(e.value)
    with running(models=("m",)) as one, running(models=("other",)) as two:
        with pytest.raises(
            ModelError, match=f"{two.port}/v1 has no chat model 'm'.*it lists other"
        ):
            asyncio.run(session(at(one, two)))
        gone = two.port
    with running() as one:
        for spec in (
            f"127.0.0.1:{one.port},127.0.0.1:{gone}",
            f"127.0.0.1:{gone},127.0.0.1:{one.port}",
        ):
            with pytest.raises(
                ModelError,
                match=f"nothing answers at .*{gone}.*leave this address out of --model: 1 of 2 can",
            ):
                asyncio.run(session(f"http://{spec}/v1#m"))
        with pytest.raises(
            ModelError, match=r"so it is with .*:9/v1; or leave these .* 1 of 3 can"
        ):
            asyncio.run(session(f"http://127.0.0.1:{gone},127.0.0.1:{one.port},127.0.0.1:9/v1#m"))
    with pytest.raises(ModelError, match=r"is the server running[?]$"):
        asyncio.run(session(f"http://127.0.0.1:{gone},127.0.0.1:9/v1#m"))


def test_what_fails_at_one_address_is_asked_at_another_and_that_one_is_set_aside():
    async def session(spec):
        model = ReplicatedModel(spec, {}, 4, QUICK)
        await model.prepare(Capabilities())
        replies = [(await model.ask([request(n)]))[0] for n in range(30)]
        await model.close()
        return replies

    with running(faults=1.0, kinds=("error",)) as bad, running() as good:
        replies = asyncio.run(session(at(bad, good)))
        assert all(reply.text for reply in replies)
        assert bad.ended["error"] == replicas.IN_A_ROW * 2
        assert good.ended["200"] == 30


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


class Scripted:
    """Stands in for the client of one address."""

    def __init__(self, base: str) -> None:
        self.base, self.works, self.asked = base, True, 0

    async def ask(self, requests):
        self.asked += 1
        if self.works is None:
            raise ModelError(f"{self.base} has no such model")
        return [Reply("yes") if self.works else Reply(None, failure="HTTP 500")]

    def hold(self) -> None: ...


def scripted(names="ab"):
    clock = Clock()
    model = ReplicatedModel(f"http://{','.join(names)}/v1#m", {}, 4, QUICK, clock)
    stand_ins = [Scripted(name) for name in names]
    for address, stand_in in zip(model._all, stand_ins, strict=True):
        address.model = stand_in
    return model, clock, stand_ins


def asked(model, n=1):
    return [asyncio.run(model.ask([request(i)]))[0] for i in range(n)]


def test_after_its_time_one_request_tries_it_and_takes_it_back():
    model, clock, (a, b) = scripted()
    a.works = False
    assert all(reply.text for reply in asked(model, 20))
    assert a.asked == replicas.IN_A_ROW
    clock.now = replicas.ASIDE + 1
    asked(model, 20)
    assert a.asked == replicas.IN_A_ROW + 1, "it fails again, and is left alone for longer"
    clock.now += replicas.ASIDE + 1
    asked(model, 20)
    assert a.asked == replicas.IN_A_ROW + 1
    clock.now += replicas.ASIDE + 1
    a.works = True
    before = b.asked
    asked(model, 20)
    assert a.asked == replicas.IN_A_ROW + 1 + 20
    assert b.asked == before, "the first of two that do nothing is taken"


def test_all_fail_and_the_reply_says_so():
    model, _, (a, b) = scripted()
    a.works = b.works = False
    (reply,) = asked(model)
    assert reply.failure == "HTTP 500"
    assert not reply.permanent
    assert 2 <= a.asked + b.asked <= 3


def test_an_address_whose_key_or_model_is_rejected_is_left_for_good():
    model, _, (a, b) = scripted()
    a.works = None
    assert all(reply.text for reply in asked(model, 5))
    assert (a.asked, b.asked) == (1, 5)
    b.works = None
    with pytest.raises(ModelError, match="a has no such model"):
        asked(model)


def test_held_it_asks_no_other_address():
    model, _, (a, b) = scripted()
    a.works = False

    async def session():
        model.hold()
        return (await model.ask([request(1)]))[0]

    assert asyncio.run(session()).failure
    assert b.asked == 0
