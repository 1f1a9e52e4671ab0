import asyncio
from collections.abc import Callable

import pytest
from scripted_server import HASTY, Asked, ScriptedServer, chat, http, told
from token_server import Shares, good, padded, script

from mores.errors import ModelError
from mores.models.interface import Capabilities
from mores.models.probe import Finding, check
from mores.models.registry import resolve

Serve = Callable[..., ScriptedServer]


def checked(spec: str) -> dict[str, Finding]:
    async def go() -> list[Finding]:
        model = resolve(spec, environ={}, patience=HASTY)
        try:
            return await check(model)
        finally:
            await model.close()

    found = asyncio.run(go())
    assert len({finding.name for finding in found}) == len(found)
    return {finding.name: finding for finding in found}


def able(asked: Asked) -> bytes:
    """A server that can do everything, ten log-probabilities at most included."""
    if asked.method == "GET":
        return http(200, {"data": [{"id": "other"}, {"id": "m", "max_model_len": 8192}]})
    if asked.body.get("top_logprobs", 0) > 10:
        return told(400, "top_logprobs must be 10 or less")
    text = asked.body["messages"][0]["content"]
    body = chat("Pelican." if "pelican" in text else '{"answer": "A"}', reasoning_content="hm")
    if asked.body.get("logprobs"):
        alternatives = [{"token": str(i)} for i in range(asked.body["top_logprobs"])]
        body["choices"][0]["logprobs"] = {"content": [{"top_logprobs": alternatives}]}
    return http(200, body)


def test_a_server_that_can_do_much(serve: Serve) -> None:
    server = serve(able)
    found = checked(server.spec)
    assert {name: finding.value for name, finding in found.items() if name != "latency"} == {
        "structured output": "json_schema",
        "system message": "yes",
        "seed": "yes",
        "sampling": "temperature, top_p, top_k, max_tokens",
        "system message followed": "yes",
        "log-probabilities": "10",
        "option probabilities": "none",
        "reasoning channel": "yes",
        "context length": "8192",
    }
    assert float(found["latency"].value.removesuffix(" s")) >= 0
    assert "elicitation" in found["option probabilities"].note
    assert len(server.asked) <= 10


def poor(asked: Asked) -> bytes:
    """A server that takes messages and nothing else."""
    if asked.method == "GET":
        return http(404, b"")
    for name in ("response_format", "top_k", "seed", "top_p", "temperature", "logprobs"):
        if name in asked.body:
            return told(400, f"unknown field {name}")
    if asked.body["messages"][0]["role"] == "system":
        return told(400, "system role not supported")
    return http(200, chat("A"))


def test_a_server_that_can_do_little(serve: Serve) -> None:
    found = checked(serve(poor).spec)
    values = {name: finding.value for name, finding in found.items()}
    assert values["structured output"] == "none"
    assert values["system message"] == values["seed"] == values["reasoning channel"] == "no"
    assert "front" in found["system message"].note
    assert values["sampling"] == "max_tokens"
    assert values["log-probabilities"] == values["option probabilities"] == "none"
    assert values["context length"] == "unknown"
    assert "system message followed" not in values


@pytest.mark.parametrize(
    ("refuses", "value", "note"),
    [
        ((), "prefill", "begun by continue_final_message"),
        (("continue_final_message",), "prefill", "begun by a last message of the assistant"),
    ],
)
def test_option_probabilities(
    serve: Serve, refuses: tuple[str, ...], value: str, note: str
) -> None:
    found = checked(serve(script(refuses=refuses)).spec)
    assert found["log-probabilities"].value == "20"
    assert found["option probabilities"].value == value
    assert note in found["option probabilities"].note


def test_option_probabilities_with_the_channel_closed(serve: Serve) -> None:
    def shares(asked: Asked) -> Shares:
        return good(asked) if "reasoning_effort" in asked.body else padded({"<think>": 1.0})

    found = checked(serve(script(shares)).spec)
    assert "reasoning closed by reasoning_effort" in found["option probabilities"].note


def test_a_system_message_that_is_taken_but_not_followed(serve: Serve) -> None:
    found = checked(serve(lambda asked: http(200, chat('{"answer": "A"}'))).spec)
    assert found["system message followed"].value == "no"
    assert found["log-probabilities"].value == "none"  # taken, but none came
    assert found["context length"].value == "unknown"


@pytest.mark.parametrize(
    ("entry", "length"),
    [
        ({"context_length": 131072}, "131072"),
        ({"meta": {"n_ctx_train": 4096}}, "4096"),
        ({"meta": None, "context_window": "many"}, "unknown"),
        ({}, "unknown"),
    ],
)
def test_context_length(serve: Serve, entry: dict, length: str) -> None:
    def script(asked: Asked) -> bytes:
        if asked.method == "GET":
            return http(200, {"data": [{"id": "m", **entry}]})
        return http(200, chat("A"))

    assert checked(serve(script).spec)["context length"].value == length


def test_the_simulated_one_is_asked_nothing() -> None:
    found = checked("sim")
    model = resolve("sim")
    assert found["structured output"].value == model.capabilities.structured
    assert found["sampling"].note == "simulated"
    assert "latency" not in found


class Exact:
    """Some other kind of model, with exact probabilities."""

    spec = label = "other"
    simulated = False
    block_size = 8
    identity: dict = {}  # noqa: RUF012
    capabilities = Capabilities(logprobs=-1, sampling=(), scoring="exact")

    async def prepare_scoring(self) -> None: ...
    async def prepare(self, known: Capabilities | None = None) -> None: ...
    async def ask(self, requests: object) -> list:
        raise AssertionError("must not be asked")

    async def close(self) -> None: ...


def test_another_kind_speaks_for_itself() -> None:
    found = {finding.name: finding for finding in asyncio.run(check(Exact()))}
    assert found["log-probabilities"].value == found["option probabilities"].value == "exact"
    assert found["sampling"] == Finding("sampling", "none", "stated by the model")


def test_a_model_that_cannot_be_used_is_an_error(serve: Serve) -> None:
    with pytest.raises(ModelError, match="wants a key"):
        checked(serve(lambda asked: told(401, "no")).spec)
