import asyncio
import json
import logging
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from scripted_server import (
    HASTY,
    KEY,
    Asked,
    ScriptedServer,
    asking,
    chat,
    http,
    prepared,
    request,
    told,
)

from mores.errors import ModelError
from mores.models.failures import Patience
from mores.models.http import HttpModel
from mores.models.interface import Capabilities
from mores.models.registry import resolve
from mores.records import Reply

Serve = Callable[..., ScriptedServer]
OWN = {"MORES_API_KEY": KEY}


def test_a_request_and_its_reply(serve: Serve) -> None:
    server = serve(lambda asked: http(200, chat("B")))
    (reply,) = asking(server.spec, environ=OWN)
    assert reply.text == "B"
    assert reply.failure is None
    assert 0 < reply.seconds < 5
    (asked,) = server.asked
    assert (asked.method, asked.path) == ("POST", "/v1/chat/completions")
    assert asked.headers["authorization"] == f"Bearer {KEY}"
    assert asked.headers["content-type"] == "application/json"
    assert asked.body["seed"] == 5
    assert asked.body["stream"] is False


def test_many_requests_keep_their_order(serve: Serve) -> None:
    def script(asked: Asked) -> list[bytes | float]:
        seed = asked.body["seed"]
        return [0.05 - seed / 1000, http(200, chat(str(seed)), {"Connection": "close"})]

    replies = asking(serve(script).spec, *(request(seed) for seed in range(20)))
    assert [reply.text for reply in replies] == [str(seed) for seed in range(20)]


def test_no_key_no_header(serve: Serve) -> None:
    server = serve(lambda asked: http(200, chat()))
    asking(server.spec, environ={"OPENAI_API_KEY": KEY, "ANTHROPIC_API_KEY": KEY})
    assert "authorization" not in server.asked[0].headers


def test_netrc_is_not_read(serve: Serve, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login user password secret\ndefault login u password p\n")
    netrc.chmod(0o600)
    monkeypatch.setenv("NETRC", str(netrc))
    server = serve(lambda asked: http(200, chat()))
    asking(server.spec)
    assert "authorization" not in server.asked[0].headers


def test_a_proxy_is_used_for_hosts_that_are_not_this_machine(serve: Serve) -> None:
    proxy = serve(lambda asked: http(200, chat("through")))
    environ = {"http_proxy": f"http://me:word@127.0.0.1:{proxy.port}", **OWN}
    requests = (request(seed) for seed in range(3))
    replies = asking("http://models.example/v1#m", *requests, environ=environ, concurrency=1)
    assert [reply.text for reply in replies] == ["through"] * 3
    for asked in proxy.asked:
        assert asked.path == "http://models.example/v1/chat/completions"
        assert asked.headers["host"] == "models.example"
        assert asked.headers["proxy-authorization"] == "Basic bWU6d29yZA=="
        assert asked.headers["authorization"] == f"Bearer {KEY}"


def test_https_through_a_proxy_keeps_the_key_from_it(serve: Serve) -> None:
    def script(asked: Asked) -> bytes:
        return http(403, b"tunnels to nowhere, me:pass%20word")

    proxy = serve(script)
    environ = {"https_proxy": f"http://me:pass%20word@127.0.0.1:{proxy.port}", **OWN}
    (reply,) = asking("https://models.example/v1#m", environ=environ)
    assert reply.failure == "the proxy answers HTTP 403"
    for asked in proxy.asked:
        assert (asked.method, asked.path) == ("CONNECT", "models.example:443")
        assert asked.headers["proxy-authorization"] == "Basic bWU6cGFzcyB3b3Jk"
        assert "authorization" not in asked.headers


def test_a_lost_proxy_tells_no_password() -> None:
    environ = {"http_proxy": "http://me:SECRETWORD@127.0.0.1:1", **OWN}
    with pytest.raises(ModelError, match="nothing answers") as caught:
        prepared("http://models.example/v1#m", environ=environ)
    assert "SECRETWORD" not in str(caught.value)


def test_a_proxy_that_wants_a_password(serve: Serve) -> None:
    proxy = serve(lambda asked: http(407, b"who are you"))
    with pytest.raises(ModelError, match="proxy wants a password"):
        asking("http://models.example/v1#m", environ={"http_proxy": f"127.0.0.1:{proxy.port}"})


@pytest.mark.parametrize("status", [400, 413, 422, 451])
def test_a_refused_request_fails_alone(serve: Serve, status: int) -> None:
    def script(asked: Asked) -> bytes:
        return told(status, "too long") if asked.body["seed"] == 1 else http(200, chat())

    server = serve(script)
    replies = asking(server.spec, *(request(seed) for seed in range(3)))
    assert [reply.text for reply in replies] == ["B", None, "B"]
    assert replies[1].failure == f"HTTP {status}: too long"
    assert replies[1].permanent
    assert len(server.asked) == 3


@pytest.mark.parametrize(
    "trouble",
    [
        told(500, "oops"),
        told(408, "slow"),
        told(409, "conflict"),
        http(429, b"", {"Retry-After": "0"}),
        http(529, b"overloaded"),
        http(200, b'{"choices": []}'),
        http(200, b'{"choices": [{"mess'),
        http(200, {"error": {"message": "upstream", "code": 502}}),
        http(204, b"", {"Content-Length": ""}),
        [-1],
        [],
        [http(200, chat())[:-9]],
        [b"HTTP/1.1 nonsense\r\n\r\n"],
    ],
    ids=lambda trouble: (trouble if isinstance(trouble, bytes) else repr(trouble).encode())[
        :40
    ].decode(),
)
def test_what_may_pass_is_asked_again(serve: Serve, trouble: bytes | list) -> None:
    server = serve(lambda asked: http(200, chat()) if asked.n == 2 else trouble)
    (reply,) = asking(server.spec)
    assert reply.text == "B"
    assert len(server.asked) == 3


def test_patience_ends(serve: Serve) -> None:
    server = serve(lambda asked: told(503, f"busy, {KEY}"))
    (reply,) = asking(server.spec, environ=OWN)
    assert reply == Reply(None, failure="HTTP 503: busy, [key]", seconds=reply.seconds)
    assert not reply.permanent
    assert len(server.asked) == HASTY.attempts


def test_time_ends_patience_too(serve: Serve) -> None:
    server = serve(lambda asked: told(500, "oops"))
    patience = Patience(total=0.2, attempts=1000, wait_initial=0.06, wait_jitter=0, wait_max=0.06)
    began = time.monotonic()
    (reply,) = asking(server.spec, patience=patience)
    assert reply.failure == "HTTP 500: oops"
    assert 1 <= len(server.asked) <= 5
    assert time.monotonic() - began < 30  # a thousand attempts would take a minute


def test_a_stall_is_cut_off(serve: Serve) -> None:
    server = serve(lambda asked: [30.0])
    (reply,) = asking(
        server.spec, patience=Patience(attempt=0.1, attempts=2, wait_initial=0, wait_jitter=0)
    )
    assert reply.failure == "no complete answer within 0.1 s"
    assert 0.2 <= reply.seconds < 2
    assert len(server.asked) == 2


def test_retry_after_is_waited_for_and_capped(serve: Serve) -> None:
    def script(asked: Asked) -> bytes:
        wait = ["0.2", "8"][asked.n] if asked.n < 2 else ""
        return http(429, b"", {"Retry-After": wait}) if wait else http(200, chat())

    patience = Patience(wait_initial=0, wait_jitter=0, wait_max=0.3)
    (reply,) = asking(serve(script).spec, patience=patience)
    assert reply.text == "B"
    assert 0.5 <= reply.seconds < 3


def test_many_429_slow_down_and_recover(serve: Serve) -> None:
    busy = {"now": 0, "most": 0}

    def script(asked: Asked) -> list[bytes | float]:
        busy["now"] += 1
        if asked.n < 8:
            busy["now"] -= 1
            return [http(429, b"", {"Retry-After": "0.05", "Connection": "close"})]
        busy["most"] = max(busy["most"], busy["now"])
        return [0.02, *finish()]

    def finish():
        busy["now"] -= 1
        yield http(200, chat(), {"Connection": "close"})

    async def go() -> tuple[list[Reply], float, float]:
        model = resolve(serve(script).spec, environ={}, concurrency=8, patience=HASTY)
        assert isinstance(model, HttpModel)
        await model.prepare(Capabilities())
        first = list(await model.ask([request(seed) for seed in range(8)]))
        low = model.throttle.limit
        for _ in range(8):
            await model.ask([request(seed) for seed in range(8)])
        await model.close()
        return first, low, model.throttle.limit

    first, low, high = asyncio.run(go())
    assert all(reply.text == "B" for reply in first)
    assert low < 6
    assert high == 8


def test_a_server_lost_during_a_run_is_a_failure_not_an_end() -> None:
    (reply,) = asking("http://127.0.0.1:1/v1#m")
    assert reply.text is None
    assert "127.0.0.1" in (reply.failure or "")
    assert not reply.permanent


def test_identity_is_what_is_sent_not_where(serve: Serve) -> None:
    first, second = (serve(lambda asked: http(200, chat())) for _ in range(2))

    async def identity(spec: str, known: Capabilities) -> dict:
        model = resolve(spec, environ=OWN)
        await model.prepare(known)
        await model.close()
        return model.identity

    known = Capabilities(structured="json_object", sampling=("top_p", "temperature"))
    found = [asyncio.run(identity(server.spec, known)) for server in (first, second)]
    assert found[0] == found[1]
    assert found[0] == {
        "kind": "http",
        "dialect": "openai-chat",
        "model": "m",
        "system": True,
        "structured": "json_object",
        "seed": True,
        "sampling": ["temperature", "top_p"],
    }
    other = asyncio.run(identity(first.spec, Capabilities()))
    assert other != found[0]
    assert KEY not in json.dumps(found)


def test_ask_before_prepare(serve: Serve) -> None:
    async def go() -> None:
        await resolve("http://127.0.0.1:1/v1#m", environ={}).ask([request()])

    with pytest.raises(ModelError, match="prepare"):
        asyncio.run(go())


@pytest.mark.parametrize(
    "script",
    [
        lambda asked: told(400, f"bad request with headers Authorization: Bearer {KEY}"),
        lambda asked: told(500, f"traceback: key={KEY!r} in header"),
        lambda asked: http(200, {"error": f"no such key {KEY}"}),
        lambda asked: http(502, f"<p>{KEY}</p>".encode()),
        lambda asked: http(422, KEY.encode()),
        lambda asked: http(200, chat("A", debug={"headers": {"authorization": f"Bearer {KEY}"}})),
        lambda asked: [f"HTTP/1.1 {KEY}\r\n\r\n".encode()],
        lambda asked: [f"HTTP/1.1 200 OK\r\n{KEY}\r\n\r\n".encode()],
    ],
)
def test_the_key_is_in_no_reply(
    serve: Serve, script: Callable, caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    (reply,) = asking(serve(script).spec, environ=OWN)
    assert KEY not in repr(reply)
    assert KEY[4:] not in repr(reply)
    assert reply.failure or reply.text == "A"
    records = "".join(f"{record.getMessage()} {record.__dict__}" for record in caplog.records)
    assert KEY not in records
    out, err = capsys.readouterr()
    assert KEY not in out + err


def test_retries_print_nothing(serve: Serve) -> None:
    # in a process of its own, because pytest's own logging would hide what is printed
    code = (
        "import sys; sys.path.insert(0, sys.argv[1])\n"
        "from scripted_server import asking\n"
        "assert asking(sys.argv[2])[0].failure == 'HTTP 500: oops'"
    )
    server = serve(lambda asked: told(500, "oops"))
    command = [sys.executable, "-c", code, str(Path(__file__).parent), server.spec]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert len(server.asked) == HASTY.attempts


def test_cancelling_leaves_nothing_behind(serve: Serve) -> None:
    server = serve(lambda asked: [30.0])

    async def go() -> HttpModel:
        model = resolve(server.spec, environ={}, concurrency=2, patience=HASTY)
        assert isinstance(model, HttpModel)
        await model.prepare(Capabilities())
        task = asyncio.create_task(model.ask([request(seed) for seed in range(5)]))
        await asyncio.sleep(0.1)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        await model.close()
        return model

    model = asyncio.run(go())
    assert (model.throttle.active, model.throttle.waiting) == (0, 0)
    assert len(server.asked) == 2
