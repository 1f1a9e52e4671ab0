"""A whole run against a server that fails in a third of all cases."""

import asyncio
import json
import re
import subprocess
import sys
from collections import Counter
from pathlib import Path

import chat_server
import pytest
from scripted_server import KEY

from mores.models.failures import Patience
from mores.models.http import HttpModel
from mores.models.interface import Capabilities
from mores.models.registry import resolve
from mores.records import Message, Reply, Request, Sampling

PROMPT = (
    'Choose.\nA) one\nB) two\nC) three\n\n{\n  "reasoning": "<why>",\n  "action": "<a letter>"\n}'
)
N = 200


def requests(n: int = N) -> list[Request]:
    messages = (Message("system", "Answer."), Message("user", PROMPT))
    return [Request(b"", messages, Sampling(0.2, max_tokens=50), seed) for seed in range(n)]


def run(
    server: chat_server.ChatServer, patience: Patience, n: int = N
) -> tuple[list[Reply], HttpModel]:
    async def go() -> tuple[list[Reply], HttpModel]:
        model = resolve(server.spec, environ={}, concurrency=50, patience=patience)
        assert isinstance(model, HttpModel)
        await model.prepare(Capabilities())
        try:
            return list(await asyncio.wait_for(model.ask(requests(n)), 60)), model
        finally:
            await model.close()

    return asyncio.run(go())


def patience(attempts: int, attempt: float = 0.5) -> Patience:
    """What counts answers needs an `attempt` that a busy machine does not outlast."""
    return Patience(
        attempt=attempt, attempts=attempts, wait_initial=0.001, wait_jitter=0.005, wait_max=0.02
    )


def test_every_request_ends_as_reply_or_failure_with_its_reason() -> None:
    with chat_server.running(faults=0.3, seed=7) as server:
        replies, model = run(server, patience(attempts=2, attempt=5.0))
        ended = Counter(server.ended)
    assert len(replies) == N
    assert (model.throttle.active, model.throttle.waiting) == (0, 0)
    failures = [reply for reply in replies if reply.text is None]
    assert 6 <= len(failures) <= 40  # 0.3 ** 2 of 200 is 18
    for reply in failures:
        assert reply.failure
        assert not reply.permanent
    assert {kind for kind in ended if kind != "200"} == set(chat_server.FAULTS)
    assert ended["200"] == N - len(failures)
    reasons = {re.sub(r"[\d.]+", "#", reply.failure or "")[:14] for reply in failures}
    assert len(reasons) >= 4


def test_with_patience_every_request_is_answered_as_if_nothing_had_failed() -> None:
    with chat_server.running() as server:
        undisturbed, _ = run(server, patience(attempts=1, attempt=30.0))
    with chat_server.running(faults=0.3, seed=11) as server:
        disturbed, model = run(server, patience(attempts=14))
        assert server.ended["limited"] > 0
    assert [reply.text for reply in disturbed] == [reply.text for reply in undisturbed]
    assert model.throttle.limit < 50
    letters = Counter(json.loads(reply.text or "")["action"] for reply in disturbed)
    assert set(letters) == set("ABC")
    assert min(letters.values()) > 40


def test_faults_follow_from_the_seed(tmp_path: Path) -> None:
    def faults(seed: int, name: str) -> Counter[str]:
        log = tmp_path / name
        with chat_server.running(
            faults=0.3, kinds=("error", "empty"), seed=seed, log=log
        ) as server:
            run(server, patience(attempts=4, attempt=30.0), n=60)
        return Counter(log.read_text().splitlines())

    first = faults(1, "a")
    assert first == faults(1, "b")
    assert first != faults(2, "c")
    line = next(iter(first))
    assert re.fullmatch(r"(200|error|empty) \d+ [0-9a-f]{32}", line)


def test_concurrency_is_kept() -> None:
    with chat_server.running(delay=0.01) as server:
        run(server, patience(attempts=1))
        assert 40 <= server.peak <= 50


def test_a_wrong_key_and_a_wrong_name() -> None:
    from mores.errors import ModelError

    with chat_server.running(key=KEY, models=("small", "large")) as server:
        for spec, environ, words in (
            (server.spec, {}, "wants a key"),
            (server.spec, {"MORES_API_KEY": "sk-wrong-0123456789"}, "rejects the key"),
            (f"{server.base}#smal", {"MORES_API_KEY": KEY}, "it lists small, large"),
        ):
            model = resolve(spec, environ=environ)
            with pytest.raises(ModelError, match=words):
                asyncio.run(_prepare(model))
        model = resolve(server.spec, environ={"MORES_API_KEY": KEY})
        asyncio.run(_prepare(model))
        assert model.capabilities.structured == "json_schema"


async def _prepare(model: object) -> None:
    try:
        await model.prepare()  # type: ignore[attr-defined]
    finally:
        await model.close()  # type: ignore[attr-defined]


def test_as_a_script(tmp_path: Path) -> None:
    log = tmp_path / "asked.txt"
    command = [
        sys.executable,
        chat_server.__file__,
        "--port",
        "0",
        "--log",
        str(log),
        "--no-schema",
    ]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
        try:
            port = int(server.stdout.readline())
            model = resolve(f"http://127.0.0.1:{port}/v1#m", environ={})
            asyncio.run(_prepare(model))
            assert model.capabilities.structured == "json_object"
            assert len(log.read_text().splitlines()) == 2
        finally:
            server.terminate()
