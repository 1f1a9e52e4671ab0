"""A request as one body, and a row read as a live reply is."""

import asyncio
import json
from dataclasses import replace

import pytest

from mores.models.batch.exchange import only_body, reply_of
from mores.models.batch.formats import Row
from mores.models.failures import Patience
from mores.models.http import HttpModel
from mores.models.interface import Capabilities
from mores.models.providers import Endpoint
from mores.models.scrub import Scrubber, Secret
from mores.models.transport import Response
from mores.records import Message, Reply, Request, Sampling

ABLE = Capabilities(scoring="first-token", logprobs=20)
TEXT = Request(b"", (Message("user", "A) yes"),), Sampling(max_tokens=9), 7)
SCORED = replace(TEXT, labels=("A", "B"))
TOKENS = [{"token": "A", "logprob": -0.5}, {"token": "B", "logprob": -1.0}]
TOLD = {
    "model": "m-1",
    "choices": [
        {
            "message": {"content": "A"},
            "logprobs": {"content": [{**TOKENS[0], "top_logprobs": TOKENS}]},
        }
    ],
    "usage": {"prompt_tokens": 5, "completion_tokens": 1},
}
BODIES = [
    (200, TOLD),
    (200, {"choices": [{"message": {"content": [{"text": "par"}, {"text": "ts"}]}}]}),
    (200, {"choices": [{"message": {"content": None, "refusal": "no"}, "finish_reason": "stop"}]}),
    (200, {"choices": []}),
    (200, {"error": {"message": "inside", "code": 400}}),
    (400, {"error": {"message": "too long", "param": "messages"}}),
    (429, {"error": {"message": "slow down"}}),
    (500, {}),
]


class Recorded:
    """A transport that gives one response."""

    def __init__(self, response: Response) -> None:
        self.response = response
        self.sent: list[bytes] = []

    async def open(self) -> None: ...

    async def close(self) -> None: ...

    async def post(self, path: str, body: bytes) -> Response:
        self.sent.append(body)
        return self.response


def live(request: Request, response: Response) -> tuple[Reply, list[bytes]]:
    """What a live model makes of a response, and what it sent for it."""
    at = Endpoint("http://x/v1#m", "m", "http://x/v1", Secret("sk-long-enough-0123"), "K")
    model = HttpModel(at, patience=Patience(attempts=1))
    transport = Recorded(response)
    model._transport = transport

    async def ask():
        await model.prepare(ABLE)
        return (await model.ask([request]))[0]

    return replace(asyncio.run(ask()), seconds=0.0), transport.sent


@pytest.mark.parametrize("request_", [TEXT, SCORED])
@pytest.mark.parametrize(("status", "body"), BODIES)
def test_a_row_is_read_as_a_live_reply(request_: Request, status: int, body: object) -> None:
    response = Response(status, {}, json.dumps(body).encode())
    expected, sent = live(request_, response)
    assert asyncio.run(only_body(request_, ABLE, "m")) == sent[0]
    scrub = Scrubber([Secret("sk-long-enough-0123")])
    found = asyncio.run(reply_of(Row("x", response), request_, ABLE, scrub))
    assert found == expected


def test_rows_without_a_response_can_be_asked_again() -> None:
    found = asyncio.run(reply_of(Row("x", None, "batch_expired"), TEXT, ABLE, Scrubber(())))
    assert (found.text, found.failure, found.permanent) == (None, "batch_expired", False)


@pytest.mark.parametrize("status", [401, 403, 404, 302])
def test_what_would_end_a_live_run_fails_one_row(status: int) -> None:
    row = Row("x", Response(status, {}, b'{"error": {"message": "who?"}}'))
    found = asyncio.run(reply_of(row, TEXT, ABLE, Scrubber(())))
    assert found.failure is not None
    assert found.failure.startswith(f"HTTP {status}")
    assert not found.permanent


@pytest.mark.parametrize(
    ("labels", "able", "fits"),
    [
        (("A", "B"), ABLE, True),
        (("1", "2"), replace(ABLE, scoring="prefill"), True),
        (("1", "10"), replace(ABLE, scoring="prefill"), False),
        (("1", "10"), ABLE, False),
        (("A", "B"), replace(ABLE, scoring="prompt"), False),
        (("A", "B"), replace(ABLE, scoring="none"), False),
    ],
)
def test_what_fits_one_exchange(labels: tuple[str, ...], able: Capabilities, fits: bool) -> None:
    body = asyncio.run(only_body(replace(TEXT, labels=labels), able, "m"))
    assert (body is not None) == fits
    if body is not None:
        assert json.loads(body)["top_logprobs"] == 20
