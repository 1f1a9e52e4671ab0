"""The batch interface over a local server."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import batch_server
import pytest
from models.scripted_server import HASTY

from mores.errors import ModelError
from mores.models.batch.client import BatchClient, batch_endpoint, split
from mores.models.batch.formats import request_line
from mores.models.failures import Oversized, Refused, Transient, Unusable

KEY = "sk-proj-AbCdEf0123456789xyz"


def talking(server, work, key=""):
    async def all_of_it():
        client = BatchClient(batch_endpoint(server.spec, {"MORES_API_KEY": key}), HASTY)
        await client.open()
        try:
            return await work(client)
        finally:
            await client.close()

    return asyncio.run(all_of_it())


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "in.jsonl"
    body = b'{"model":"m","messages":[{"role":"user","content":"A) yes"}]}'
    path.write_bytes(b"".join(request_line(f"r{n}", body) for n in range(3)))
    return path


def test_from_a_file_to_its_results(file: Path) -> None:
    async def work(client):
        uploaded = await client.upload(file, "name.jsonl")
        made = await client.create(uploaded, "token")
        assert (made.status, made.metadata) == ("in_progress", {"mores": "token"})
        batch = await client.retrieve(made.id)
        assert batch.ended
        return uploaded, [line async for line in client.lines(batch.output_file_id)]

    with batch_server.running(key=KEY) as server:
        uploaded, lines = talking(server, work, KEY)
        assert server.files[uploaded] == file.read_bytes()
    assert len(lines) == 3


def test_a_batch_is_found_by_its_token_on_any_page(file: Path) -> None:
    async def work(client):
        uploaded = await client.upload(file, "name.jsonl")
        made = [await client.create(uploaded, f"token{n}") for n in range(5)]
        found = await client.find("token0")
        assert found is not None
        assert found.id == made[0].id
        assert await client.find("token") is None

    with batch_server.running() as server:
        talking(server, work)


def test_a_batch_is_found_without_metadata_by_its_file(file: Path) -> None:
    async def work(client):
        uploaded = await client.upload(file, "name.jsonl")
        made = await client.create(uploaded, "token")
        server.batches[made.id]["metadata"] = None
        assert await client.find("token") is None
        found = await client.find("token", uploaded)
        assert found is not None
        assert found.id == made.id

    with batch_server.running() as server:
        talking(server, work)


def test_a_batch_that_cannot_be_read_is_not_taken_for_none(file: Path) -> None:
    async def work(client):
        uploaded = await client.upload(file, "name.jsonl")
        made = [await client.create(uploaded, f"token{n}") for n in range(4)]
        last = server.batches[made[3].id]
        last["status"] = "of its own: kind"
        assert (await client.find("token0")).id == made[0].id
        with pytest.raises(Transient, match="not a batch"):
            await client.find("token3")
        server.batches[made[2].id]["status"] = None  # the whole first page
        with pytest.raises(Transient, match="batches that cannot be read"):
            await client.find("token0")

    with batch_server.running() as server:
        talking(server, work)


def test_a_creation_that_may_have_happened_is_not_repeated(file: Path) -> None:
    async def work(client):
        uploaded = await client.upload(file, "name.jsonl")
        with pytest.raises(Transient) as lost:
            await client.create(uploaded, "token")
        assert not lost.value.unreachable
        assert (await client.find("token")).status == "in_progress"

    with batch_server.running(create=["lost"]) as server:
        talking(server, work)
        assert server.seen.count(("POST", "/batches")) == 1


def test_a_creation_that_was_put_off_is_repeated(file: Path) -> None:
    async def work(client):
        await client.create(await client.upload(file, "name.jsonl"), "token")

    with batch_server.running(create=["limited", "limited"]) as server:
        talking(server, work)
        assert server.seen.count(("POST", "/batches")) == 3
        assert len(server.batches) == 1


def test_refusals() -> None:
    async def work(client):
        with pytest.raises(Unusable):
            await client.retrieve("batch_9")
        with pytest.raises(Unusable):
            await anext(client.lines("file-9"))
        with pytest.raises(Refused, match="no batches of this model"):
            await client.create("file-1", "token")

    with batch_server.running(create=["refused"]) as server:
        talking(server, work)


def test_a_wrong_key_is_not_told() -> None:
    async def work(client):
        with pytest.raises(Unusable) as refused:
            await client.retrieve("batch_1")
        assert KEY not in str(refused.value)

    with batch_server.running(key="another") as server:
        talking(server, work, KEY)


def test_a_key_that_is_needed() -> None:
    client = BatchClient(batch_endpoint("openai/gpt-5-nano", {}))
    with pytest.raises(ModelError, match="OPENAI_API_KEY is not set"):
        asyncio.run(client.open())


@pytest.mark.parametrize(
    ("spec", "words"),
    [
        ("sim", "runs on your own machines"),
        ("sim:steerability=1", "runs on your own machines"),
        ("hf:org/name", "runs on your own machines"),
        ("vllm:org/name", "runs on your own machines"),
        ("anthropic/claude", "anthropic has no batch interface that this version speaks"),
        ("gemini/gemini-2.5-pro", "gemini has no batch interface"),
        ("ollama/x", "ollama has no batch interface"),
        ("openrouter/x", "openrouter has no batch interface"),
        ("http://a:1,b:2/v1#m", "several addresses"),
        ("ftp://a/v1#m", "cannot be asked in batches"),
        ("gpt-5", "cannot be asked in batches"),
        ("http://a:1/v1", "does not say which model"),
    ],
)
def test_what_cannot_be_asked_in_batches(spec: str, words: str) -> None:
    with pytest.raises(ModelError, match=words):
        batch_endpoint(spec, {})


async def pieces(*parts: bytes) -> AsyncIterator[bytes]:
    for part in parts:
        yield part


def lines_of(*parts: bytes, largest: int = 10) -> list[bytes | None]:
    async def collected():
        return [line async for line in split(pieces(*parts), largest)]

    return asyncio.run(collected())


@pytest.mark.parametrize("size", [1, 2, 3, 7, 100])
def test_lines_do_not_depend_on_how_they_come(size: int) -> None:
    text = b"one\n\n  \ntwo\r\n" + b"x" * 11 + b"\n" + b"y" * 10 + b"\nlast"
    parts = [text[n : n + size] for n in range(0, len(text), size)]
    assert lines_of(*parts) == [b"one", b"two\r", None, b"y" * 10, b"last"]


def test_a_line_without_an_end(monkeypatch: pytest.MonkeyPatch) -> None:
    assert lines_of(b"x" * 30) == [None]
    monkeypatch.setattr("mores.models.batch.client._MOST_SKIPPED", 100)
    with pytest.raises(Oversized, match="more than 100 bytes"):
        lines_of(*[b"x" * 30] * 10)
