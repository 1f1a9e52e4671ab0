"""A server that says, byte for byte, what a test wants it to say."""

from __future__ import annotations

import asyncio
import json
import ssl
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from mores.models.failures import Patience
from mores.models.http import HttpModel
from mores.models.interface import Capabilities
from mores.models.registry import resolve
from mores.records import Message, Reply, Request, Sampling

KEY = "sk-proj-AbCdEf0123456789xyz"
HASTY = Patience(
    connect=2, attempt=5, total=20, attempts=4, wait_initial=0.001, wait_jitter=0.001, wait_max=0.05
)


@dataclass(frozen=True)
class Asked:
    """One request as the server saw it, `n` counting from 0."""

    n: int
    method: str
    path: str
    headers: dict[str, str]
    body: Any


Step = bytes | float
Script = Callable[[Asked], "bytes | Iterable[Step]"]


class ScriptedServer:
    """Bytes are sent, numbers slept; then the connection is closed unless the bytes say otherwise."""

    def __init__(self, script: Script) -> None:
        self.script = script
        self.asked: list[Asked] = []
        self.connections = 0
        self.port = 0
        self.host = "127.0.0.1"

    @property
    def base(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"http://{host}:{self.port}/v1"

    @property
    def spec(self) -> str:
        return f"{self.base}#m"

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        try:
            while asked := await self._next(reader):
                steps = self.script(asked)
                for step in [steps] if isinstance(steps, bytes) else steps:
                    if isinstance(step, bytes):
                        writer.write(step)
                        await writer.drain()
                    elif step < 0:
                        writer.transport.abort()
                        return
                    else:
                        await asyncio.sleep(step)
                if not isinstance(steps, bytes):
                    return
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()

    async def _next(self, reader: asyncio.StreamReader) -> Asked | None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
        method, path, _ = head[0].split(" ")
        pairs = (line.split(": ", 1) for line in head[1:] if line)
        headers = {name.lower(): value for name, value in pairs}
        body = await reader.readexactly(int(headers.get("content-length", 0)))
        asked = Asked(len(self.asked), method, path, headers, json.loads(body) if body else None)
        self.asked.append(asked)
        return asked


def http(
    status: int = 200,
    body: object = b"",
    headers: dict[str, str] | None = None,
    version: str = "1.1",
) -> bytes:
    """A whole response; a body that is not bytes becomes JSON."""
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    lines = {"Content-Type": "application/json", "Content-Length": str(len(raw)), **(headers or {})}
    head = "".join(f"{name}: {value}\r\n" for name, value in lines.items() if value)
    return f"HTTP/{version} {status} X\r\n{head}\r\n".encode() + raw


def chat(content: object = "B", **message: object) -> dict[str, Any]:
    """A body as servers send it."""
    return {
        "model": "m-1",
        "choices": [
            {
                "message": {"role": "assistant", "content": content, **message},
                "finish_reason": "stop",
            }
        ],
        "usage": {"prompt_tokens": 7, "completion_tokens": 3},
    }


def told(status: int, message: str, **more: object) -> bytes:
    """An error response as servers send it."""
    return http(status, {"error": {"message": message, **more}})


def request(seed: int = 5, **options: Any) -> Request:
    messages = (Message("system", "Be brief."), Message("user", "A or B?"))
    return Request(b"k", messages, Sampling(0.2, 0.95, 64, 100), seed, **options)


def asking(
    spec: str, *requests: Request, environ: dict[str, str] | None = None, **options: Any
) -> list[Reply]:
    """Replies of a model whose capabilities are taken as known."""
    options = {"patience": HASTY, "known": Capabilities(), **options}
    known = options.pop("known")

    async def go() -> list[Reply]:
        model = resolve(spec, environ=environ or {}, **options)
        await model.prepare(known)
        try:
            return list(await model.ask(requests or (request(),)))
        finally:
            await model.close()

    return asyncio.run(go())


def prepared(spec: str, environ: dict[str, str] | None = None, **options: Any) -> Capabilities:
    """What `prepare` finds out."""
    options = {"patience": HASTY, **options}

    async def go() -> Capabilities:
        model = resolve(spec, environ=environ or {}, **options)
        assert isinstance(model, HttpModel)
        try:
            await model.prepare()
            return model.capabilities
        finally:
            await model.close()

    return asyncio.run(go())


@contextmanager
def serving(
    script: Script, host: str = "127.0.0.1", tls: ssl.SSLContext | None = None
) -> Iterator[ScriptedServer]:
    server = ScriptedServer(script)
    server.host = host
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()

    async def start() -> asyncio.Server:
        return await asyncio.start_server(server.serve, host, 0, limit=2**26, ssl=tls)

    async def stop(listener: asyncio.Server) -> None:
        listener.close()
        tasks = [t for t in asyncio.all_tasks() if t is not asyncio.current_task()]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await asyncio.sleep(0.01)

    listener = asyncio.run_coroutine_threadsafe(start(), loop).result(10)
    server.port = listener.sockets[0].getsockname()[1]
    try:
        yield server
    finally:
        asyncio.run_coroutine_threadsafe(stop(listener), loop).result(10)
        loop.call_soon_threadsafe(loop.stop)
        thread.join(10)
        loop.close()
