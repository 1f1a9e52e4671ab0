"""A small server with OpenAI's batch interface, for tests; chat requests are answered alike."""

from __future__ import annotations

import hashlib
import json
import re
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from math import log
from typing import Any
from urllib.parse import parse_qs, urlsplit

from chat_server import answer

Rows = list[dict[str, Any]]
_RANGE = re.compile(r"\((1|A)-(\w)\)")
_NUMBERED = re.compile(r"^([1-9])[.)] ", re.M)
_LETTERS = re.compile(r"\bA[.):]|\bsingle letter\b|\bletters\b")


@dataclass
class Options:
    """How the server behaves.

    Attributes
    ----------
    key : str
        Bearer token without which 401 is answered.
    broken : float
        Share of answers that are no JSON.
    top : int
        Log-probabilities that are told; 0 refuses requests for them.
    results : callable
        Changes answers and errors before they are put into files; may return bytes for a whole file.
    create : list of str
        What befalls the next creations: ``lost`` (created, but the connection breaks), ``limited``,
        ``error`` (not created), ``refused``.
    status : str
        What every batch becomes as soon as it is looked at; empty leaves it ``in_progress``.
    interface : bool
        Whether there are files and batches at all.
    """

    key: str = ""
    broken: float = 0.0
    top: int = 0
    results: Callable[[Rows, Rows], tuple[Any, Any]] = lambda good, bad: (good, bad)
    create: list[str] = field(default_factory=list)
    status: str = "completed"
    interface: bool = True


class BatchServer:
    """The server's state.

    Attributes
    ----------
    files : dict of str to bytes
    batches : dict of str to dict
    asked : list of str
        Every custom_id that was handed in with a created batch, in order.
    chats : int
        Chat requests answered live.
    seen : list of (str, str)
        Method and path of each request.
    """

    def __init__(self, options: Options) -> None:
        self.options = options
        self.files: dict[str, bytes] = {}
        self.batches: dict[str, dict[str, Any]] = {}
        self.asked: list[str] = []
        self.chats = 0
        self.seen: list[tuple[str, str]] = []
        self.port = 0
        self.lock = threading.Lock()

    @property
    def base(self) -> str:
        return f"http://127.0.0.1:{self.port}/v1"

    @property
    def spec(self) -> str:
        return f"{self.base}#m"

    def chat(self, asked: dict[str, Any]) -> dict[str, Any]:
        digest = hashlib.sha256(json.dumps(asked, sort_keys=True).encode()).hexdigest()[:8]
        content = answer(asked, self.options.broken)
        if content.startswith("{") and (offered := _offered(asked)):
            content = offered[int(digest, 16) % len(offered)]
        choice: dict[str, Any] = {
            "index": 0,
            "message": {"role": "assistant", "content": content},
            "finish_reason": "stop",
        }
        if asked.get("logprobs"):
            choice["logprobs"] = {"content": [_told(asked, digest)]}
        return {
            "id": f"chat-{digest}",
            "model": asked["model"],
            "choices": [choice],
            "usage": {"prompt_tokens": len(str(asked["messages"])) // 4, "completion_tokens": 20},
        }

    def upload(self, content: bytes) -> dict[str, Any]:
        head, body = content.split(b"\r\n", 1)
        parts = body.split(b"\r\n" + head)
        assert any(b'name="purpose"' in part and part.endswith(b"batch") for part in parts)
        found = next(part for part in parts if b'name="file"' in part)
        name = f"file-{len(self.files) + 1}"
        self.files[name] = found.split(b"\r\n\r\n", 1)[1]
        return {"id": name, "object": "file", "bytes": len(self.files[name]), "purpose": "batch"}

    def create(self, wanted: dict[str, Any]) -> dict[str, Any]:
        lines = [json.loads(line) for line in self.files[wanted["input_file_id"]].splitlines()]
        assert wanted["endpoint"] == "/v1/chat/completions"
        assert wanted["completion_window"] == "24h"
        assert {line["url"] for line in lines} == {wanted["endpoint"]}
        names = [line["custom_id"] for line in lines]
        assert len(set(names)) == len(names)
        self.asked += names
        batch = {
            "id": f"batch_{len(self.batches) + 1}",
            "object": "batch",
            "status": "in_progress",
            "input_file_id": wanted["input_file_id"],
            "created_at": 1_800_000_000,
            "expires_at": 1_800_086_400,
            "request_counts": {"total": len(lines), "completed": 0, "failed": 0},
            "metadata": wanted.get("metadata"),
        }
        self.batches[batch["id"]] = batch
        return batch

    def look(self, batch: dict[str, Any]) -> dict[str, Any]:
        """A batch, which becomes what the options say as soon as it is looked at."""
        status = self.options.status
        if batch["status"] == "cancelling":
            status = "cancelled"
        if batch["status"] not in ("in_progress", "cancelling") or not status:
            return batch
        batch["status"] = status
        if status == "failed":
            error = {"code": "token_limit_exceeded", "message": "Enqueued token limit reached"}
            batch["errors"] = {"object": "list", "data": [error]}
            return batch
        lines = [json.loads(line) for line in self.files[batch["input_file_id"]].splitlines()]
        good: Rows = []
        bad: Rows = []
        for n, line in enumerate(lines):
            if status in ("expired", "cancelled") and n % 2:
                error = {"code": f"batch_{status}", "message": "This request was not executed."}
                bad.append({"custom_id": line["custom_id"], "response": None, "error": error})
                continue
            response = {"status_code": 200, "request_id": "r", "body": self.chat(line["body"])}
            good.append({"custom_id": line["custom_id"], "response": response, "error": None})
        good.reverse()  # the order is nobody's promise
        batch["request_counts"] |= {"completed": len(good), "failed": len(bad)}
        for name, rows in zip(("output", "error"), self.options.results(good, bad), strict=True):
            if not isinstance(rows, bytes):
                rows = b"".join(json.dumps(row).encode() + b"\n" for row in rows)
            if rows:
                batch[f"{name}_file_id"] = f"file-{name}-{batch['id']}"
                self.files[batch[f"{name}_file_id"]] = rows
        return batch


def _offered(asked: dict[str, Any]) -> str:
    """The digits or letters of a plain question; none where an object is asked for."""
    text = asked["messages"][-1]["content"]
    if "response_format" in asked or "{" in text:
        return ""
    if found := _RANGE.search(text):
        first, last = map(ord, found.groups())
        return "".join(map(chr, range(first, last + 1)))
    return "".join(_NUMBERED.findall(text))


def _told(asked: dict[str, Any], digest: str) -> dict[str, Any]:
    """Log-probabilities of a first token: of a letter where letters are offered, else of a number."""
    text = str(asked["messages"])
    letters = "ABCDEFGHIJ" if _LETTERS.search(text) else "123456789"
    shares = [1 + int(d, 16) for d in (digest * 3)[: len(letters)]]
    entries = [
        {"token": letter, "logprob": log(0.99 * share / sum(shares))}
        for letter, share in zip(letters, shares, strict=True)
    ]
    entries += [{"token": f"word{n}", "logprob": -20.0} for n in range(20 - len(entries))]
    entries.sort(key=lambda entry: -entry["logprob"])
    return {**entries[0], "top_logprobs": entries[: asked.get("top_logprobs", 0)]}


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server_state: BatchServer

    def log_message(self, *_: object) -> None:
        pass

    def do_GET(self) -> None:
        self._serve(b"")

    def do_POST(self) -> None:
        self._serve(self.rfile.read(int(self.headers.get("Content-Length") or 0)))

    def _serve(self, body: bytes) -> None:
        state = self.server_state
        at = urlsplit(self.path)
        path = at.path.removeprefix("/v1")
        with state.lock:
            state.seen.append((self.command, path))
            wanted = f"Bearer {state.options.key}" if state.options.key else None
            if wanted and self.headers.get("Authorization") != wanted:
                return self._send(401, {"error": {"message": "Incorrect API key provided"}})
            return self._route(path, parse_qs(at.query), body)

    def _route(self, path: str, query: dict[str, list[str]], body: bytes) -> None:
        state, options = self.server_state, self.server_state.options
        kind, _, rest = path.strip("/").partition("/")
        if path == "/chat/completions":
            asked = json.loads(body)
            if asked.get("logprobs") and asked.get("top_logprobs", 0) > options.top:
                return self._send(400, {"error": {"message": "no logprobs", "param": "logprobs"}})
            if asked["messages"][-1]["role"] == "assistant":
                return self._send(400, {"error": {"message": "last message must be the user's"}})
            state.chats += 1
            return self._send(200, state.chat(asked))
        if not options.interface or kind not in ("files", "batches"):
            return self._send(404, {"error": {"message": "Not Found"}})
        if kind == "files":
            if self.command == "POST":
                return self._send(200, state.upload(body))
            content = state.files.get(rest.removesuffix("/content"))
            return self._send(200 if content is not None else 404, content or b"{}")
        if self.command == "POST" and not rest:
            return self._create(json.loads(body))
        if not rest:
            return self._list(query)
        batch = state.batches.get(rest.removesuffix("/cancel"))
        if batch is None:
            return self._send(404, {"error": {"message": "No batch found"}})
        if rest.endswith("/cancel"):
            batch["status"] = "cancelling"
            return self._send(200, batch)
        return self._send(200, state.look(batch))

    def _create(self, wanted: dict[str, Any]) -> None:
        state = self.server_state
        fate = state.options.create.pop(0) if state.options.create else ""
        if fate == "limited":
            return self._send(429, {"error": {"message": "slow down"}})
        if fate == "error":
            return self._send(500, {"error": {"message": "no luck"}})
        if fate == "refused":
            return self._send(400, {"error": {"message": "no batches of this model"}})
        batch = state.create(wanted)
        if fate == "lost":
            self.close_connection = True
            self.connection.close()
            return None
        return self._send(200, batch)

    def _list(self, query: dict[str, list[str]]) -> None:
        rows = list(reversed(self.server_state.batches.values()))
        names = [row["id"] for row in rows]
        start = names.index(query["after"][0]) + 1 if "after" in query else 0
        page = rows[start : start + 2]  # pages are short, so that they are turned
        self._send(200, {"object": "list", "data": page, "has_more": start + 2 < len(rows)})

    def _send(self, status: int, content: Any) -> None:
        body = content if isinstance(content, bytes) else json.dumps(content).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


@contextmanager
def running(**options: Any) -> Iterator[BatchServer]:
    """A server in a thread of its own."""
    state = BatchServer(Options(**options))
    handler = type("Handler", (_Handler,), {"server_state": state})

    class Server(ThreadingHTTPServer):
        daemon_threads = True
        request_queue_size = 256

        def handle_error(self, request: object, client_address: object) -> None:
            pass  # connections that tests break

    server = Server(("127.0.0.1", 0), handler)
    state.port = server.server_address[1]
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield state
    finally:
        server.shutdown()
        server.server_close()
        thread.join(10)
