import asyncio
import json
from collections.abc import Callable
from typing import Any

import pytest
from scripted_server import HASTY, Asked, ScriptedServer, chat, http, told
from token_server import NUMBERS, Shares, first_token, good, kind, padded, script

from mores.errors import ModelError
from mores.models.dialect import ScoringForm
from mores.models.http import HttpModel
from mores.models.interface import Capabilities
from mores.models.registry import resolve

Serve = Callable[..., ScriptedServer]


def found(server: ScriptedServer, known: Capabilities | None = None) -> tuple[Any, dict[str, Any]]:
    """Capabilities and identity after `prepare_scoring`."""

    async def go() -> tuple[Capabilities, dict[str, Any]]:
        model = resolve(server.spec, environ={}, patience=HASTY)
        assert isinstance(model, HttpModel)
        try:
            await model.prepare(known or Capabilities())
            await model.prepare_scoring()
            return model.capabilities, model.identity
        finally:
            await model.close()

    return asyncio.run(go())


def test_three_requests_where_a_begun_answer_goes_on(serve: Serve) -> None:
    server = serve(script())
    able, identity = found(server)
    assert (able.scoring, able.logprobs) == ("prefill", 20)
    assert ScoringForm.of(able) == ScoringForm(begun="continue")
    assert len(server.asked) == 3
    assert identity["scoring"] == "prefill"
    assert identity["logprobs"] == 20
    assert identity["scoring_form"] == {"begun": "continue"}
    assert all(asked.body["max_tokens"] == 1 for asked in server.asked)
    assert all(asked.body["temperature"] == 1 for asked in server.asked)


def test_what_is_known_is_taken_as_it_is(serve: Serve) -> None:
    server = serve(script())
    known = Capabilities(logprobs=5, scoring="first-token")
    assert found(server, known)[0] == known
    assert server.asked == []


def test_a_form_survives_a_manifest() -> None:
    form = ScoringForm("effort", "trailing", ("<stop>",), ("8", "9"))
    able = Capabilities(scoring="prefill", scoring_form=form.text)
    assert ScoringForm.of(able) == form
    for text in ("", "{}", "[]", "x", '{"closing": "odd", "begun": 3, "ends": null}'):
        assert ScoringForm.of(Capabilities(scoring_form=text)) == ScoringForm()


@pytest.mark.parametrize("top", [10, 8, 5, 1])
def test_as_many_as_the_server_gives(serve: Serve, top: int) -> None:
    server = serve(script(lambda asked: dict(list(good(asked).items())), top=top))
    able, _ = found(server)
    assert able.logprobs == top
    assert able.scoring == "prefill"


def test_fewer_than_asked(serve: Serve) -> None:
    able, _ = found(serve(script(lambda asked: dict(list(good(asked).items())[:3]))))
    assert able.logprobs == 3


def test_an_answer_that_starts_anew_is_no_continuation(serve: Serve) -> None:
    def restarts(asked: Asked) -> Shares:
        begun = kind(asked).partition("/")[0]
        return padded({"A": 1.0} if begun == "letters" else NUMBERS)

    assert found(serve(script(restarts)))[0].scoring == "first-token"


def test_a_new_answer_that_ends_at_once_is_no_continuation(serve: Serve) -> None:
    def ends(asked: Asked) -> Shares:
        return padded({"<|im_end|>": 1.0} if "/" in kind(asked) else NUMBERS)

    assert found(serve(script(ends)))[0].scoring == "first-token"


def test_an_end_that_cannot_be_recognised_is_no_end(serve: Serve) -> None:
    def odd(asked: Asked) -> Shares:
        return padded({"<stop>": 1.0}) if kind(asked) == "one/1" else good(asked)

    def cut(body: dict[str, Any], asked: Asked) -> dict[str, Any]:
        body["choices"][0]["finish_reason"] = "length"
        return body

    def said(body: dict[str, Any], asked: Asked) -> dict[str, Any]:
        body["choices"][0]["message"]["content"] = "<stop>"
        return body

    assert found(serve(script(odd, mend=cut)))[0].scoring == "first-token"
    assert found(serve(script(odd, mend=said)))[0].scoring == "first-token"
    able, _ = found(serve(script(odd)))
    assert able.scoring == "prefill"
    assert ScoringForm.of(able).ends == ("<stop>",)


def test_a_server_that_refuses_the_field_but_goes_on(serve: Serve) -> None:
    server = serve(script(refuses=("continue_final_message",)))
    able, _ = found(server)
    assert able.scoring == "prefill"
    assert ScoringForm.of(able).begun == "trailing"


def test_a_server_that_takes_no_begun_answer(serve: Serve) -> None:
    def answer(asked: Asked) -> bytes:
        if asked.body["messages"][-1]["role"] == "assistant":
            return told(400, "the last message must be the user's")
        return script()(asked)

    assert found(serve(answer))[0].scoring == "first-token"


def thinks(closed_by: str) -> Callable[[Asked], Shares]:
    def shares(asked: Asked) -> Shares:
        return good(asked) if closed_by in asked.body else padded({"<think>": 1.0})

    return shares


@pytest.mark.parametrize(
    ("field", "closing"), [("chat_template_kwargs", "template"), ("reasoning_effort", "effort")]
)
@pytest.mark.parametrize("known", [False, True])
def test_a_reasoning_channel_is_closed(serve: Serve, field: str, closing: str, known: bool) -> None:
    server = serve(script(thinks(field)))
    able, _ = found(server, Capabilities(reasoning=known))
    assert ScoringForm.of(able).closing == closing
    assert able.scoring == "prefill"
    assert (field in server.asked[0].body) == (known and closing == "template")
    assert all(field in asked.body for asked in server.asked[-2:])


def test_a_closing_that_is_refused_is_left_out(serve: Serve) -> None:
    server = serve(script(refuses=("chat_template_kwargs", "reasoning_effort")))
    able, _ = found(server, Capabilities(reasoning=True))
    assert ScoringForm.of(able).closing == ""
    assert able.scoring == "prefill"


def in_a_field(body: dict[str, Any], asked: Asked) -> dict[str, Any]:
    body["choices"][0]["message"]["reasoning_content"] = "hm"
    return body


def no_tokens(body: dict[str, Any], asked: Asked) -> dict[str, Any]:
    if "logprobs" in body["choices"][0]:
        body["choices"][0]["logprobs"] = None
    body["usage"]["completion_tokens_details"] = {"reasoning_tokens": 1}
    return body


@pytest.mark.parametrize(
    "answer",
    [
        script(lambda asked: padded({"<think>": 0.9, "1": 0.1})),
        script(lambda asked: padded({"<|channel|>": 1.0})),
        script(mend=in_a_field),
        script(mend=no_tokens),
    ],
)
def test_a_channel_that_stays_open_is_refused_before_anything_is_spent(
    serve: Serve, answer: Callable
) -> None:
    server = serve(answer)
    with pytest.raises(ModelError, match=r"opens a reasoning channel .*elicitation = \"text\""):
        found(server)
    assert len(server.asked) <= 3


def spoilt(value: object) -> Callable[[dict[str, Any], Asked], dict[str, Any]]:
    def mend(body: dict[str, Any], asked: Asked) -> dict[str, Any]:
        if "logprobs" in body["choices"][0]:
            body["choices"][0]["logprobs"]["content"][0]["logprob"] = value
        return body

    return mend


def removed(body: dict[str, Any], asked: Asked) -> dict[str, Any]:
    body["choices"][0].pop("logprobs", None)
    return body


def drawn_only(body: dict[str, Any], asked: Asked) -> dict[str, Any]:
    if "logprobs" in body["choices"][0]:
        del body["choices"][0]["logprobs"]["content"][0]["top_logprobs"]
    return body


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (
            script(refuses=("logprobs",)),
            r"no log-probabilities \(HTTP 400: unknown field logprobs\)",
        ),
        (script(top=0), r"no log-probabilities \(HTTP 400: top_logprobs must be 0"),
        (
            lambda asked: told(403, "You are not allowed to request logprobs from this model"),
            "not allowed to request logprobs",
        ),
        (script(mend=removed), "no log-probabilities in the reply"),
        (script(mend=drawn_only), "of no other"),
        (script(mend=spoilt(None)), "null"),
        (script(mend=spoilt(float("nan"))), "NaN in place"),
        (script(mend=spoilt(2.0)), "2.0 in place"),
        (
            script(lambda asked: padded({"Sure": 0.9, "\n": 0.1})),
            "log-probabilities of other tokens only: asked for a number, it begins with 'Sure'",
        ),
    ],
)
def test_what_cannot_be_scored_is_said_at_plan_time(
    serve: Serve, answer: Callable, words: str
) -> None:
    server = serve(answer)
    with pytest.raises(ModelError, match=words) as caught:
        found(server)
    assert str(caught.value).startswith(server.spec)
    assert 'elicitation = "text", with repeats' in str(caught.value)
    assert len(server.asked) <= 9


def test_a_server_that_fails_is_another_matter(serve: Serve) -> None:
    with pytest.raises(ModelError, match=r"no usable answer .*HTTP 500: busy"):
        found(serve(lambda asked: told(500, "busy")))


def whole_prompts(asked: Asked, closing: list[int]) -> bytes:
    """Restarts begun answers, but tells of the prompt's tokens."""
    last = asked.body["messages"][-1]
    if "prompt_logprobs" not in asked.body:
        return http(200, first_token(padded(NUMBERS), asked))
    answered = last["role"] == "assistant"
    ids = [1, 2, *([20 + int(last["content"]), *closing] if answered else [])]
    body = chat("x") | {"prompt_logprobs": [None, *({str(i): {"logprob": -1.0}} for i in ids[1:])]}
    return http(200, body)


def test_a_server_that_tells_of_whole_prompts(serve: Serve) -> None:
    able, identity = found(serve(lambda asked: whole_prompts(asked, [8, 9])))
    assert able.scoring == "prompt"
    assert ScoringForm.of(able) == ScoringForm(tail=("8", "9"))
    assert json.dumps(identity["scoring_form"]) == able.scoring_form


def test_an_answer_that_is_not_closed_cannot_be_scored_whole(serve: Serve) -> None:
    assert found(serve(lambda asked: whole_prompts(asked, [])))[0].scoring == "first-token"
