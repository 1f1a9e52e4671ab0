import json
from email.utils import formatdate

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mores.models.failures import (
    Failure,
    Refused,
    Transient,
    Unusable,
    failure_of,
    retry_after,
    said,
)
from mores.models.scrub import Scrubber, Secret

plain = Scrubber([])


def fails(status: int, message: str = "no", headers: dict[str, str] | None = None, **more: object):
    body = json.dumps({"error": {"message": message, **more}}).encode()
    return failure_of(status, headers or {}, body, plain)


@pytest.mark.parametrize("status", [408, 409, 425, 429, 500, 502, 503, 504, 529, 599])
def test_these_may_pass(status: int) -> None:
    assert isinstance(fails(status), Transient)


@pytest.mark.parametrize("status", [400, 406, 411, 413, 414, 415, 422, 431, 451])
def test_these_concern_one_request(status: int) -> None:
    problem = fails(status, "too long", param="messages")
    assert isinstance(problem, Refused)
    assert problem.reason == f"HTTP {status}: too long"
    assert problem.said.param == "messages"


@pytest.mark.parametrize("status", [401, 402, 403, 404, 405, 407, 410])
def test_these_concern_every_request(status: int) -> None:
    problem = fails(status)
    assert isinstance(problem, Unusable)
    assert (problem.status, problem.message) == (status, "no")


@pytest.mark.parametrize(
    ("status", "message", "more", "meant"),
    [
        (429, "You exceeded your current quota", {"code": "insufficient_quota"}, 402),
        (400, "Your credit balance is too low to access the API", {}, 402),
        (400, "API key not valid. Please pass a valid API key.", {}, 401),
        (400, "x", {"code": "API_KEY_INVALID"}, 401),
    ],
)
def test_misleading_statuses_are_put_right(
    status: int, message: str, more: dict, meant: int
) -> None:
    problem = fails(status, message, **more)
    assert isinstance(problem, Unusable)
    assert problem.status == meant


def test_a_403_for_what_was_asked_is_not_one_for_the_key() -> None:
    assert isinstance(fails(403, "your input was flagged by moderation"), Refused)
    assert isinstance(
        fails(403, "You are not allowed to request logprobs from this model"), Refused
    )


def test_only_what_asks_for_fewer_requests_limits() -> None:
    assert fails(429).limited
    assert fails(503, headers={"retry-after": "1"}).limited
    assert not fails(503).limited
    assert not fails(500, headers={"retry-after": "1"}).limited


def test_a_redirect_tells_the_place_without_what_may_be_secret() -> None:
    place = {"location": "https://u:p@elsewhere.example/v1?token=t#f"}
    problem = failure_of(307, place, b"", plain)
    assert isinstance(problem, Unusable)
    assert problem.message == "https://elsewhere.example/v1"


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"retry-after": "7"}, 7.0),
        ({"retry-after": " 1.5 "}, 1.5),
        ({"retry-after-ms": "250", "retry-after": "9"}, 0.25),
        ({"retry-after": formatdate(1_000_030, usegmt=True)}, 30.0),
        ({"retry-after": formatdate(999_000, usegmt=True)}, 0.0),
        ({"retry-after": "soon"}, None),
        ({"retry-after": "-5"}, None),
        ({"retry-after": "nan"}, None),
        ({"retry-after": "1e999"}, None),
        ({}, None),
    ],
)
def test_retry_after(headers: dict[str, str], seconds: float | None) -> None:
    assert retry_after(headers, now=1_000_000) == seconds


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ('{"error": {"message": "m", "param": null}}', "m"),
        ('[{"error": {"message": "m"}}]', "m"),
        ('{"error": "m"}', "m"),
        ('{"object": "error", "message": "m"}', "m"),
        ('{"detail": "m"}', "m"),
        ('{"detail": [{"loc": ["body", "top_k"], "msg": "bad"}]}', "top_k"),
        ("plain m", "plain m"),
        ("<!doctype html><title>m</title>", "an HTML page"),
        ('"m"', "m"),
        ("", ""),
        ("[]", "[]"),
        ("[" * 100_000, "[["),
        ('{"error": {"message": {"a": 1}}}', '{"a": 1}'),
    ],
)
def test_errors_are_read_in_every_shape(body: str, message: str) -> None:
    assert message in said(body.encode()).message


@given(st.binary(max_size=200), st.integers(300, 599))
def test_every_error_response_has_a_meaning(body: bytes, status: int) -> None:
    problem = failure_of(status, {}, body, plain)
    assert isinstance(problem, (Failure, Unusable))
    text = str(problem)
    assert len(text) <= 320
    text.encode("utf-8")


def test_the_key_is_not_repeated_even_where_a_long_message_is_cut() -> None:
    key = "sk-proj-AbCdEf0123456789xyz"
    for pad in range(4070, 4100):
        body = json.dumps(
            {"error": {"message": "x " * (pad // 2) + key, "param": key, "code": key}}
        )
        problem = failure_of(400, {}, body.encode(), Scrubber([Secret(key)]))
        assert isinstance(problem, Refused)
        assert not any(key[i : i + 8] in repr(problem.said) for i in range(len(key) - 8))
