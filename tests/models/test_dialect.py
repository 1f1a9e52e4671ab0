import json
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scripted_server import chat, request

from mores.models.dialect import ScoringForm, encode, payload, read_reply
from mores.models.failures import Failure, Refused, Transient, Unusable
from mores.models.interface import Capabilities
from mores.models.scrub import Scrubber
from mores.records import Message, Reply, Request, Sampling

plain = Scrubber([])
SCHEMA = {"type": "object", "properties": {"value": {"enum": ["A", "B"]}}}


def read(body: object) -> Reply:
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    return read_reply(raw, 1.5, plain)


def test_everything_is_sent_to_a_model_that_takes_everything() -> None:
    able = Capabilities(structured="json_schema")
    assert payload(request(answer_schema=SCHEMA), able, "org/m") == {
        "model": "org/m",
        "messages": [
            {"role": "system", "content": "Be brief."},
            {"role": "user", "content": "A or B?"},
        ],
        "stream": False,
        "temperature": 0.2,
        "top_p": 0.95,
        "top_k": 64,
        "max_tokens": 100,
        "seed": 5,
        "response_format": {
            "type": "json_schema",
            "json_schema": {"name": "answer", "strict": True, "schema": SCHEMA},
        },
    }


def test_only_what_it_takes_is_sent() -> None:
    able = Capabilities(
        system=False, structured="none", seed=False, sampling=("max_completion_tokens",)
    )
    assert payload(request(answer_schema=SCHEMA), able, "m") == {
        "model": "m",
        "messages": [{"role": "user", "content": "Be brief.\n\nA or B?"}],
        "stream": False,
        "max_completion_tokens": 100,
    }


def test_no_schema_no_response_format_and_what_is_not_chosen_is_not_sent() -> None:
    bare = Request(b"", (Message("user", "u"),), Sampling(), 0)
    sent = payload(bare, Capabilities(structured="json_object"), "m")
    assert sent.keys() == {"model", "messages", "stream", "seed"}
    sent = payload(request(answer_schema=SCHEMA), Capabilities(structured="json_object"), "m")
    assert sent["response_format"] == {"type": "json_object"}


@pytest.mark.parametrize(
    ("roles", "expected"),
    [
        ("su", [("user", "0\n\n1")]),
        ("ssu", [("user", "0\n\n1\n\n2")]),
        ("us", [("user", "1\n\n0")]),
        ("saua", [("assistant", "1"), ("user", "0\n\n2"), ("assistant", "3")]),
        ("s", [("user", "0")]),
        ("sa", [("user", "0"), ("assistant", "1")]),
        ("uau", [("user", "0"), ("assistant", "1"), ("user", "2")]),
    ],
)
def test_system_text_goes_in_front_of_the_first_user_message(roles: str, expected: list) -> None:
    names: Any = {"s": "system", "u": "user", "a": "assistant"}
    messages = tuple(Message(names[r], str(i)) for i, r in enumerate(roles))
    sent = payload(Request(b"", messages, Sampling(), 0), Capabilities(system=False), "m")
    assert [(m["role"], m["content"]) for m in sent["messages"]] == expected


def test_a_channel_that_was_closed_for_probabilities_is_closed_for_text() -> None:
    able = Capabilities(scoring="prefill", scoring_form=ScoringForm(closing="template").text)
    sent = payload(request(), able, "m")
    assert sent["chat_template_kwargs"] == {"enable_thinking": False, "thinking": False}
    effort = Capabilities(scoring="prefill", scoring_form=ScoringForm(closing="effort").text)
    assert payload(request(), effort, "m")["reasoning_effort"] == "none"
    assert (
        payload(request(), Capabilities(), "m")
        .keys()
        .isdisjoint({"chat_template_kwargs", "reasoning_effort", "add_generation_prompt"})
    )


def test_a_lone_surrogate_can_be_sent() -> None:
    asked = Request(b"", (Message("user", "a\ud800é"),), Sampling(), 0)
    body = encode(payload(asked, Capabilities(), "m"))
    assert json.loads(body)["messages"][0]["content"] == "a\ud800é"


def test_a_reply_is_kept_verbatim() -> None:
    body = chat(' {"value": "B"}\n', reasoning_content="hm")
    reply = read(body)
    assert reply.text == ' {"value": "B"}\n'
    assert reply.finish == "stop"
    assert (reply.prompt_tokens, reply.completion_tokens, reply.seconds) == (7, 3, 1.5)
    assert reply.failure is None
    del body["choices"][0]["message"]["content"]
    assert json.loads(reply.detail) == body
    assert reply.detail == json.dumps(body, sort_keys=True, separators=(",", ":"))


@pytest.mark.parametrize(
    ("message", "text"),
    [
        ({"content": ""}, ""),
        ({"content": None}, ""),
        ({}, ""),
        ({"content": None, "refusal": "I cannot"}, "I cannot"),
        ({"content": "", "refusal": "I cannot"}, "I cannot"),
        ({"content": "yes", "refusal": None}, "yes"),
        ({"content": [{"type": "text", "text": "a"}, {"type": "text", "text": "b"}]}, "ab"),
        ({"content": [{"type": "refusal", "refusal": "no"}, {"type": "image"}, "x", 3]}, "nox"),
        ({"content": "a\ud800"}, "a\ud800"),
        ({"content": None, "tool_calls": [{"id": 1}]}, ""),
    ],
)
def test_text_of_a_message(message: dict, text: str) -> None:
    reply = read({"choices": [{"message": message}]})
    assert reply.text == text
    assert reply.finish is None
    assert reply.prompt_tokens is None


def test_parts_stay_in_the_detail() -> None:
    parts = [{"type": "text", "text": "a"}, {"type": "audio", "id": 1}]
    detail = json.loads(read({"choices": [{"message": {"content": parts}}]}).detail)
    assert detail["choices"][0]["message"]["content"] == parts


@pytest.mark.parametrize("count", [None, -1, 1.5, True, "7", 2**60])
def test_counts_that_are_none(count: object) -> None:
    assert read({**chat(), "usage": {"prompt_tokens": count}}).prompt_tokens is None
    assert read({**chat(), "usage": count}).completion_tokens is None


def test_numbers_that_json_lacks_become_words() -> None:
    body = b'{"choices": [{"message": {"content": "A"}, "logprobs": [-Infinity, NaN]}]}'
    assert json.loads(read(body).detail)["choices"][0]["logprobs"] == ["-Infinity", "NaN"]


def test_a_byte_order_mark_is_no_harm() -> None:
    assert read(b"\xef\xbb\xbf" + json.dumps(chat("A")).encode()).text == "A"


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"OK",
        b'{"choices": [{"mess',
        b'{"choices": [{"message": {"content": "\xff"}}]}',
        b"[" * 200_000,
        b'{"choices": ' + b"9" * 10_000 + b"}",
        b"null",
        b"[]",
        b'"text"',
        b"{}",
        b'{"choices": []}',
        b'{"choices": null}',
        b'{"choices": {}}',
        b'{"choices": [null]}',
        b'{"choices": ["x"]}',
        b'{"choices": [{}]}',
        b'{"choices": [{"message": null}]}',
        b'{"choices": [{"message": "x"}]}',
        b'{"choices": [{"message": []}]}',
        b'{"choices": [{"message": {"content": 5}}]}',
        b'{"choices": [{"message": {"content": {"a": 1}}}]}',
    ],
)
def test_bodies_that_are_no_answer_are_broken(body: bytes) -> None:
    with pytest.raises(Transient, match="broken body"):
        read(body)


@pytest.mark.parametrize(
    ("body", "kind", "words"),
    [
        ({"error": {"code": 429, "message": "busy"}}, Transient, "busy"),
        ({"error": {"code": 400, "message": "too long"}}, Refused, "too long"),
        ({"error": {"code": 401, "message": "bad key"}}, Unusable, "bad key"),
        ({"error": "overloaded"}, Transient, "overloaded"),
        ({"choices": [{"error": {"code": 502, "message": "up"}, "message": {}}]}, Transient, "up"),
    ],
)
def test_errors_inside_a_200(body: dict, kind: type[Exception], words: str) -> None:
    with pytest.raises(kind, match=words):
        read(body)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)
messages = st.fixed_dictionaries({}, optional={"content": json_values, "refusal": json_values})
choices = st.fixed_dictionaries(
    {}, optional={"message": messages | json_values, "error": json_values}
)
bodies = st.fixed_dictionaries(
    {},
    optional={
        "choices": st.lists(choices) | json_values,
        "error": json_values,
        "usage": json_values,
    },
)


@given(bodies | json_values)
def test_any_json_is_a_reply_or_a_failure(body: object) -> None:
    reply = None
    with suppress(Failure, Unusable):
        reply = read(body)
    if reply is not None:
        assert isinstance(reply.text, str)
        json.loads(reply.detail, parse_constant=pytest.fail)


@given(st.binary(max_size=300))
def test_any_bytes_are_a_reply_or_a_failure(body: bytes) -> None:
    with pytest.raises((Failure, Unusable)):
        read(body)
