"""A small OpenAI-compatible chat server for tests and benchmarks.

It answers from a digest of the messages and the seed, so that the same request always gets the same
reply, and can be told to fail in the ways that servers fail. As a script::

    python tests/chat_server.py --port 0 --delay 0.05 --faults 0.3 --log asked.txt

it prints its port on the first line and serves until it is ended. As a module::

    with chat_server.running(delay=0.05) as server:
        resolve(server.spec)

Replies are the JSON ``{"reasoning": …, FIELD: LETTER}``. The field is the one that the request's schema
asks for, else the one that its prompt shows in a JSON template (``"value": "<…``), else ``value``; the
letter is one of those that begin a line of the prompt (``A)``, ``A.`` or ``A:``), else A … F.
"""

from __future__ import annotations

import argparse
import asyncio
import hashlib
import json
import re
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from email.utils import formatdate
from pathlib import Path

FAULTS = ("limited", "limited-date", "error", "reset", "stall", "truncated", "malformed", "empty")
_FIELD = re.compile(r'"(\w+)"\s*:\s*"<')
_LETTER = re.compile(r"^([A-Z])[).:] ", re.M)
_TOO_LONG = 64 * 2**20
STUCK = 3600.0
"""Seconds of delay from which a request counts as stuck."""


@dataclass
class Options:
    """How the server behaves.

    Attributes
    ----------
    delay : float
        Seconds before each answer.
    faults : float
        Share of chat requests, 0 … 1, that meet one of `kinds` instead of an answer. Which do follows
        from `seed`, the request, and how often that request was seen: not from timing.
    kinds : tuple of str
        Of `FAULTS`.
    seed : int
        Of the faults.
    retry_after : float
        Seconds in the Retry-After of a 429.
    key : str
        Bearer token without which 401 is answered; empty for none.
    models : tuple of str
        Names that are listed and answered; empty answers to every name and lists ``m``.
    log : Path or None
        File to which each chat request adds a line: status or fault, seed, digest.
    broken : float
        Share of answers that are no JSON.
    schema : bool
        Whether response formats are obeyed.
    """

    delay: float = 0.0
    faults: float = 0.0
    kinds: tuple[str, ...] = FAULTS
    seed: int = 0
    retry_after: float = 0.0
    key: str = ""
    models: tuple[str, ...] = ()
    log: Path | None = None
    broken: float = 0.0
    schema: bool = True


class ChatServer:
    """The server's state: options in, counts out.

    Attributes
    ----------
    port : int
        Where it listens, once started.
    asked : Counter
        How often each request (its digest) was seen.
    ended : Counter
        How many chat requests ended in each status or fault.
    active, peak : int
        Chat requests in flight now, and at most.
    stuck : int
        Of those in flight, how many came while the delay was an hour or more.
    """

    def __init__(self, options: Options) -> None:
        self.options = options
        self.port = 0
        self.asked: Counter[str] = Counter()
        self.ended: Counter[str] = Counter()
        self.active = self.peak = self.stuck = 0
        self.connections: set[_Connection] = set()
        self._log = options.log.open("a", encoding="ascii") if options.log else None
        self._server: asyncio.Server | None = None

    @property
    def base(self) -> str:
        return f"http://127.0.0.1:{self.port}/v1"

    @property
    def spec(self) -> str:
        return f"{self.base}#{self.options.models[0] if self.options.models else 'm'}"

    async def start(self, port: int = 0, host: str = "127.0.0.1") -> None:
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(
            lambda: _Connection(self, loop), host, port, backlog=1024
        )
        self.port = self._server.sockets[0].getsockname()[1]

    async def stop(self) -> None:
        if self._server is not None:
            self._server.close()
        for connection in list(self.connections):
            connection.transport.abort()
        await asyncio.sleep(0)
        if self._log is not None:
            self._log.close()

    def record(self, how: str, seed: object, digest: str) -> None:
        self.ended[how] += 1
        if self._log is not None:
            self._log.write(f"{how} {seed} {digest}\n")
            self._log.flush()

    def fault(self, digest: str) -> str | None:
        """The fault that this sighting of a request meets, if any."""
        options = self.options
        if not options.faults:
            return None
        chance = _fraction(f"{options.seed}/{digest}/{self.asked[digest]}/fault")
        if chance >= options.faults:
            return None
        return options.kinds[int(chance / options.faults * len(options.kinds))]


def _fraction(text: str) -> float:
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:6], "big") / 2**48


def answer(asked: dict[str, object], broken: float = 0.0, schema: bool = True) -> str:
    """The text of the reply to a payload."""
    messages = asked["messages"]
    text = "\n".join(message["content"] for message in messages)
    mark = f"{json.dumps(messages)}/{asked.get('seed')}"
    digest = hashlib.sha256(mark.encode()).digest()
    field, letters = "value", list(dict.fromkeys(_LETTER.findall(text))) or list("ABCDEF")
    if found := _FIELD.findall(text):
        field = found[-1]
    form = asked.get("response_format") if schema else None
    if isinstance(form, dict) and form.get("type") == "json_schema":
        for name, kind in form["json_schema"]["schema"]["properties"].items():
            if "enum" in kind:
                field, letters = name, kind["enum"]
    letter = letters[int.from_bytes(digest[:4], "big") % len(letters)]
    if int.from_bytes(digest[4:8], "big") < broken * 2**32:
        return f"I would rather not say, but perhaps {letter.lower()}"
    reason = f"It fits what I care about ({digest.hex()[:8]}). I would do so again."
    return json.dumps({"reasoning": reason, field: letter})


class _Connection(asyncio.Protocol):
    """One keep-alive connection; requests on it are answered one after another."""

    def __init__(self, server: ChatServer, loop: asyncio.AbstractEventLoop) -> None:
        self.server, self.loop = server, loop
        self.buffer = b""
        self.transport: asyncio.Transport
        self.timer: asyncio.TimerHandle | None = None
        self.counted = False
        self.delay = 0.0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = transport  # type: ignore[assignment]
        self.server.connections.add(self)

    def connection_lost(self, exc: Exception | None) -> None:
        self.server.connections.discard(self)
        if self.timer is not None:
            self.timer.cancel()
        self._done()

    def data_received(self, data: bytes) -> None:
        self.buffer += data
        end = self.buffer.find(b"\r\n\r\n")
        if end < 0:
            return
        head = self.buffer[:end]
        at = head.lower().find(b"content-length:")
        length = int(head[at + 15 :].split(b"\r\n", 1)[0]) if at >= 0 else 0
        if length > _TOO_LONG or len(self.buffer) < end + 4 + length:
            return
        body = self.buffer[end + 4 : end + 4 + length]
        self.buffer = self.buffer[end + 4 + length :]
        self._handle(head, body)

    def _handle(self, head: bytes, body: bytes) -> None:
        options = self.server.options
        method, path, _ = head.split(b" ", 2)
        if options.key and f"Bearer {options.key}".encode() not in head:
            return self._error(401, "Incorrect API key provided")
        if method == b"GET" and path == b"/v1/models":
            names = options.models or ("m",)
            listed = [{"id": name, "object": "model", "max_model_len": 8192} for name in names]
            return self._send(200, {"object": "list", "data": listed})
        if method != b"POST" or path != b"/v1/chat/completions":
            return self._error(404, "Not Found")
        try:
            asked = json.loads(body)
            model = asked["model"]
        except (ValueError, LookupError):
            return self._error(400, "the body is not a chat request")
        if options.models and model not in options.models:
            return self._error(404, f"The model `{model}` does not exist.")
        self.server.active += 1
        self.counted = True
        self.server.peak = max(self.server.peak, self.server.active)
        self.delay = options.delay
        self.server.stuck += self.delay >= STUCK
        if options.delay:
            self.timer = self.loop.call_later(options.delay, self._chat, asked, body)
        else:
            self._chat(asked, body)
        return None

    def _chat(self, asked: dict[str, object], body: bytes) -> None:
        server, digest = self.server, hashlib.sha256(body).hexdigest()[:32]
        fault = server.fault(digest)
        server.asked[digest] += 1
        server.record(fault or "200", asked.get("seed"), digest)
        content = answer(asked, server.options.broken, server.options.schema)
        reply = {
            "id": f"chat-{digest[:8]}",
            "object": "chat.completion",
            "model": asked["model"],
            "choices": [
                {
                    "index": 0,
                    "message": {"role": "assistant", "content": content},
                    "finish_reason": "stop",
                }
            ],
            "usage": {"prompt_tokens": len(body) // 4, "completion_tokens": len(content) // 4},
        }
        self._done()
        if fault is None:
            self._send(200, reply)
        else:
            self._fail(fault, json.dumps(reply).encode())

    def _fail(self, fault: str, body: bytes) -> None:
        head = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n"
        wait = self.server.options.retry_after
        if fault == "limited":
            self._error(429, "Rate limit reached", f"Retry-After: {wait:g}\r\n")
        elif fault == "limited-date":
            date = formatdate(usegmt=True)
            self._error(429, "Rate limit reached", f"Retry-After: {date}\r\n")
        elif fault == "error":
            self._error(500, "Internal server error")
        elif fault == "reset":
            self.transport.abort()
        elif fault == "stall":
            self.transport.write(head % len(body) + body[:10])
        elif fault == "truncated":
            self.transport.write(head % len(body) + body[: len(body) // 2])
            self.transport.close()
        elif fault == "malformed":
            self.transport.write(head % (len(body) - 5) + body[:-5])
        elif fault == "empty":
            self._send(200, {"choices": []})

    def _error(self, status: int, message: str, header: str = "") -> None:
        self._send(status, {"error": {"message": message, "code": status}}, header)

    def _send(self, status: int, content: object, header: str = "") -> None:
        body = json.dumps(content).encode()
        head = (
            f"HTTP/1.1 {status} X\r\nContent-Type: application/json\r\n{header}"
            f"Content-Length: {len(body)}\r\n\r\n"
        )
        self.transport.write(head.encode() + body)
        if self.buffer:
            self.loop.call_soon(self.data_received, b"")

    def _done(self) -> None:
        if self.counted:
            self.counted = False
            self.server.active -= 1
            self.server.stuck -= self.delay >= STUCK


@contextmanager
def running(**options: object) -> Iterator[ChatServer]:
    """A server in a thread of its own, for tests that are not asynchronous themselves."""
    server = ChatServer(Options(**options))  # type: ignore[arg-type]
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    asyncio.run_coroutine_threadsafe(server.start(), loop).result(10)
    try:
        yield server
    finally:
        asyncio.run_coroutine_threadsafe(server.stop(), loop).result(10)
        loop.call_soon_threadsafe(loop.stop)
        thread.join(10)
        loop.close()


def _options() -> tuple[int, str, Options]:
    parser = argparse.ArgumentParser(description="An OpenAI-compatible chat server for tests.")
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--delay", type=float, default=0.0, help="seconds before each answer")
    parser.add_argument("--faults", type=float, default=0.0, help="share of failing requests")
    parser.add_argument("--kinds", default=",".join(FAULTS), help="comma-separated faults")
    parser.add_argument("--seed", type=int, default=0, help="of the faults")
    parser.add_argument("--retry-after", type=float, default=0.0)
    parser.add_argument("--key", default="", help="bearer token to ask for")
    parser.add_argument("--models", default="", help="comma-separated names")
    parser.add_argument("--log", type=Path)
    parser.add_argument("--broken", type=float, default=0.0, help="share of answers without JSON")
    parser.add_argument("--no-schema", dest="schema", action="store_false")
    given = vars(parser.parse_args())
    port, host = given.pop("port"), given.pop("host")
    for name in ("kinds", "models"):
        given[name] = tuple(word for word in given[name].split(",") if word)
    return port, host, Options(**given)


async def _serve() -> None:
    port, host, options = _options()
    server = ChatServer(options)
    await server.start(port, host)
    print(server.port, flush=True)
    await asyncio.Event().wait()


if __name__ == "__main__":
    with suppress(KeyboardInterrupt):
        asyncio.run(_serve())
