import asyncio
import itertools
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mores.models import dialect
from mores.models.failures import Refused, Said
from mores.models.interface import Capabilities
from mores.models.negotiate import LADDER, negotiate
from mores.records import Reply, Request

FULL = ("temperature", "top_p", "top_k", "max_tokens")


class Server:
    """A server that refuses some parts of a payload, in its own words or without any."""

    def __init__(
        self,
        refused: set[str],
        words: dict[str, Said] | None = None,
        obeys: tuple[str, ...] = LADDER,
    ) -> None:
        self.refused, self.words, self.obeys = refused, words or {}, obeys
        self.payloads: list[dict] = []

    async def send(self, request: Request, capabilities: Capabilities) -> Reply:
        sent = dialect.payload(request, capabilities, "m")
        self.payloads.append(sent)
        parts = set(sent)
        form = sent.get("response_format", {}).get("type", "none")
        parts.add(form)
        if sent["messages"][0]["role"] == "system":
            parts.add("system")
        for part in LADDER:
            if part in parts and part in self.refused:
                raise Refused("HTTP 400", self.words.get(part, Said("invalid request")))
        text = '{"answer": "A"}' if form in self.obeys else "A"
        return Reply(text, finish="stop", detail='{"choices": [{"message": {}}]}')

    def found(self) -> Capabilities:
        return asyncio.run(negotiate(self.send))


def without(dropped: set[str]) -> Capabilities:
    """What is left, computed plainly."""
    structured = next(
        (mode for mode in ("json_schema", "json_object") if mode not in dropped), "none"
    )
    tokens = next(
        (name for name in ("max_tokens", "max_completion_tokens") if name not in dropped), None
    )
    return Capabilities(
        system="system" not in dropped,
        structured=structured,
        seed="seed" not in dropped,
        sampling=tuple(
            name
            for name in ("temperature", "top_p", "top_k", "max_tokens", "max_completion_tokens")
            if name == tokens or (name not in dropped and not name.startswith("max"))
        ),
    )


def test_one_request_if_everything_is_taken() -> None:
    server = Server(set())
    assert server.found() == Capabilities(structured="json_schema", sampling=FULL)
    assert len(server.payloads) == 1
    sent = server.payloads[0]
    assert sent["max_tokens"] == 512
    assert sent["response_format"]["json_schema"]["schema"]["properties"]["answer"]["enum"] == [
        "A",
        "B",
    ]
    assert "JSON" not in json.dumps(sent["messages"])


@pytest.mark.parametrize(
    ("part", "said"),
    [
        ("top_k", Said("Unrecognized request argument supplied: top_k")),
        ("top_k", Said('Unknown name "top_k": Cannot find field.')),
        ("top_k", Said('[{"loc": ["body", "top_k"], "msg": "Extra inputs are not permitted"}]')),
        ("seed", Said('Invalid JSON payload received. Unknown name "seed": Cannot find field.')),
        ("top_p", Said("`temperature` and `top_p` cannot both be specified for this model.")),
        (
            "temperature",
            Said("Unsupported value: 'temperature' does not support 0.2", param="temperature"),
        ),
        (
            "max_tokens",
            Said(
                "Unsupported parameter: 'max_tokens' is not supported with this model. "
                "Use 'max_completion_tokens' instead.",
                param="max_tokens",
            ),
        ),
        ("system", Said("System role not supported")),
        ("system", Said("Developer instruction is not enabled for this model")),
        ("system", Said("Conversation roles must alternate user/assistant/user/assistant")),
        ("json_schema", Said("response_format of type json_schema is not available")),
        ("seed", Said("no such field; known: temperature, top_p, top_k", param="seed")),
    ],
)
def test_what_a_refusal_names_is_left_out(part: str, said: Said) -> None:
    server = Server({part}, {part: said})
    assert server.found() == without({part})
    assert len(server.payloads) == 2


def test_several_named_parts() -> None:
    refused = {"top_k", "max_tokens", "temperature", "top_p"}
    server = Server(refused, {part: Said(f"unsupported: {part}") for part in refused})
    assert server.found() == without(refused)
    assert len(server.payloads) == 5


@pytest.mark.parametrize(
    "part", [part for part in LADDER if part not in ("json_object", "max_completion_tokens")]
)
def test_one_unnamed_part_costs_nothing_else(part: str) -> None:
    server = Server({part})
    assert server.found() == without({part})


@given(st.sets(st.sampled_from(LADDER)))
def test_what_is_found_is_accepted_and_nothing_single_can_be_added(refused: set[str]) -> None:
    found = Server(set(refused)).found()
    assert found == without(refused)


@given(st.sets(st.sampled_from(LADDER)), st.sets(st.sampled_from(LADDER)))
def test_named_and_unnamed_together(refused: set[str], named: set[str]) -> None:
    server = Server(set(refused), {part: Said(f"bad {part}") for part in named if part != "system"})
    assert server.found() == without(refused)
    assert len(server.payloads) <= 2 * len(LADDER) + 1


def test_a_mode_that_is_taken_but_not_obeyed_does_not_count() -> None:
    assert Server(set(), obeys=("json_object",)).found().structured == "json_object"
    assert Server(set(), obeys=()).found().structured == "none"
    assert Server({"json_object"}, obeys=()).found().structured == "none"


def test_json_object_is_asked_for_in_words_too() -> None:
    server = Server({"json_schema"})
    server.found()
    last = server.payloads[-1]
    assert last["response_format"] == {"type": "json_object"}
    assert "JSON" in last["messages"][-1]["content"]


def test_even_the_plainest_is_refused() -> None:
    async def send(request: Request, capabilities: Capabilities) -> Reply:
        raise Refused("HTTP 400: no such model", Said("no such model"))

    with pytest.raises(Refused, match="no such model"):
        asyncio.run(negotiate(send))


def test_a_reply_cut_short_while_reasoning_gets_more_room() -> None:
    rooms = []

    async def send(request: Request, capabilities: Capabilities) -> Reply:
        rooms.append(request.sampling.max_tokens)
        detail = '{"choices": [{"message": {"reasoning_content": "hm"}}]}'
        if request.sampling.max_tokens == 512:
            return Reply("", finish="length", detail=detail)
        return Reply('{"answer": "A"}', finish="stop", detail=detail)

    found = asyncio.run(negotiate(send))
    assert rooms == [512, 4096]
    assert found.structured == "json_schema"
    assert found.reasoning


@pytest.mark.parametrize(
    ("text", "detail", "reasons"),
    [
        ("<think>hm</think> A", {}, True),
        ("A", {"choices": [{"message": {"reasoning": "hm"}}]}, True),
        ("A", {"usage": {"completion_tokens_details": {"reasoning_tokens": 9}}}, True),
        ("A", {"usage": {"completion_tokens_details": {"reasoning_tokens": 0}}}, False),
        ("A", {"choices": [{"message": {"reasoning": None}}], "usage": None}, False),
    ],
)
def test_the_reasoning_channel(text: str, detail: dict, reasons: bool) -> None:
    async def send(request: Request, capabilities: Capabilities) -> Reply:
        return Reply(text, detail=json.dumps(detail))

    assert asyncio.run(negotiate(send)).reasoning is reasons


def test_the_helper_agrees_with_the_default() -> None:
    assert without(set()) == Capabilities(structured="json_schema")
    pairs = itertools.combinations(LADDER, 2)
    assert len({without(set(pair)) for pair in pairs}) > 20
