import json
from collections.abc import Callable
from dataclasses import replace
from math import exp, inf
from typing import Any

import pytest
from scripted_server import Asked, ScriptedServer, asking, http, request, told
from token_server import first_token, kind, padded, script

from mores.models.dialect import ScoringForm
from mores.models.interface import Capabilities
from mores.records import Reply

Serve = Callable[..., ScriptedServer]
LABELS = tuple(str(n) for n in range(1, 11))
PREFILL = Capabilities(
    logprobs=20, scoring="prefill", scoring_form=ScoringForm(begun="continue").text
)
FIRST = Capabilities(logprobs=5, scoring="first-token")
ROOT = padded({"1": 0.5, " 1": 0.1, "2": 0.2, "7": 0.1, "Sure": 0.05})
AFTER = padded({"0": 0.25, "<|im_end|>": 0.65, "\n": 0.1})


def shares(asked: Asked) -> dict[str, float]:
    return AFTER if kind(asked) == "other/1" else ROOT


def one(server: ScriptedServer, known: Capabilities, labels: tuple[str, ...] = LABELS) -> Reply:
    (reply,) = asking(server.spec, request(labels=labels), known=known)
    assert reply.text is None
    assert (reply.failure is None) == (reply.masses is not None)
    return reply


def test_two_requests_where_one_label_begins_another(serve: Serve) -> None:
    server = serve(script(shares))
    reply = one(server, PREFILL)
    assert [exp(v) for v in reply.masses.low] == pytest.approx(
        [0.6 * 0.75, 0.2, 0, 0, 0, 0, 0.1, 0, 0, 0.6 * 0.25]
    )
    assert reply.masses.low[2] == -inf
    assert (reply.prompt_tokens, reply.completion_tokens) == (14, 6)
    assert reply.seconds > 0
    root, after = (asked.body for asked in server.asked)
    for body in (root, after):
        assert body["logprobs"] is True
        assert body["top_logprobs"] == 20
        assert body["temperature"] == 1.0
        assert body["max_tokens"] == 1
        assert not {"top_p", "top_k", "response_format", "chat_template_kwargs"} & body.keys()
    assert root["messages"][-1]["role"] == "user"
    assert "continue_final_message" not in root
    assert after["messages"] == [*root["messages"], {"role": "assistant", "content": "1"}]
    assert after["add_generation_prompt"] is False
    assert after["continue_final_message"] is True


def test_the_detail_holds_what_was_returned(serve: Serve) -> None:
    found = json.loads(one(serve(script(shares)), PREFILL).detail)
    assert found["scoring"] == "prefill"
    assert found["model"] == "m-1"
    assert found["tokens"].keys() == {"", "1"}
    assert found["tokens"]["1"][0] == ["<|im_end|>", pytest.approx(-0.43, abs=0.01)]
    assert "finish_reason" not in json.dumps(found)


def test_a_message_of_the_assistant_where_no_field_is_wanted(serve: Serve) -> None:
    server = serve(script(shares))
    trailing = ScoringForm(begun="trailing", closing="template").text
    one(server, replace(PREFILL, scoring_form=trailing, sampling=("max_completion_tokens",)))
    after = server.asked[-1].body
    assert not {"add_generation_prompt", "continue_final_message", "temperature"} & after.keys()
    assert after["max_completion_tokens"] == 1
    assert after["chat_template_kwargs"]["enable_thinking"] is False


def test_an_end_that_was_found_out(serve: Serve) -> None:
    def own(asked: Asked) -> dict[str, float]:
        return padded({"<stop>": 0.75, "0": 0.25}) if kind(asked) == "other/1" else ROOT

    form = ScoringForm(begun="continue", ends=("<stop>",)).text
    assert exp(one(serve(script(own)), PREFILL).masses.low[0]) == 0
    found = one(serve(script(own)), replace(PREFILL, scoring_form=form))
    assert exp(found.masses.low[0]) == pytest.approx(0.6 * 0.75)


def test_one_request_where_no_label_begins_another(serve: Serve) -> None:
    server = serve(script(shares))
    reply = one(server, PREFILL, ("1", "2", "3"))
    assert [exp(v) for v in reply.masses.low] == pytest.approx([0.6, 0.2, 0])
    assert len(server.asked) == 1


def test_first_tokens_cannot_tell_one_from_ten(serve: Serve) -> None:
    server = serve(script(shares))
    reply = one(server, FIRST)
    assert reply.permanent
    assert reply.failure == (
        "the label '1' is the beginning of another one, and of this model's answers only the first "
        "token is known; label the options with letters"
    )
    assert server.asked == []
    letters = one(serve(script(lambda asked: {"A": 0.6, "B": 0.3, " A": 0.1})), FIRST, ("A", "B"))
    assert [exp(v) for v in letters.masses.low] == pytest.approx([0.7, 0.3])


def test_fewer_than_asked_are_bounds(serve: Serve) -> None:
    server = serve(script(lambda asked: {"1": 0.7, "2": 0.2}))
    reply = one(server, FIRST, ("1", "2", "3"))
    assert [exp(v) for v in reply.masses.high] == pytest.approx([0.7, 0.2, 0.1])
    assert reply.masses.low[2] == -inf


def test_other_tokens_only_is_no_mass_and_no_uniform(serve: Serve) -> None:
    """The defect of a silent uniform."""
    reply = one(serve(script(lambda asked: {"I": 0.7, "Sorry": 0.2})), PREFILL)
    assert reply.failure is None
    assert set(reply.masses.low) == {-inf}


def test_a_model_that_tells_nothing(serve: Serve) -> None:
    server = serve(script())
    reply = one(server, Capabilities())
    assert reply.permanent
    assert "tells no probabilities" in reply.failure
    assert server.asked == []


def empty(body: dict[str, Any]) -> None:
    body["choices"][0]["logprobs"] = None


def wrong(value: object) -> Callable[[dict[str, Any]], None]:
    def mend(body: dict[str, Any]) -> None:
        body["choices"][0]["logprobs"]["content"][0]["top_logprobs"][0]["logprob"] = value

    return mend


@pytest.mark.parametrize("after", [False, True], ids=["first", "second"])
@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        (empty, "no log-probabilities in the reply"),
        (wrong(None), "null"),
        (wrong(float("nan")), "NaN in place of"),
        (wrong(float("-inf")), "-Infinity in place of"),
        (wrong(0.4), "0.4 in place of"),
        (wrong("-0.1"), "-0.1 in place of"),
    ],
)
def test_a_bad_reply_is_a_failure_that_may_pass(
    serve: Serve, spoil: Callable, words: str, after: bool
) -> None:
    def mend(body: dict[str, Any], asked: Asked) -> dict[str, Any]:
        if kind(asked).endswith("/1") == after:
            spoil(body)
        return body

    reply = one(serve(script(shares, mend=mend)), PREFILL)
    assert words in reply.failure
    assert not reply.permanent
    assert "choices" in json.loads(reply.detail)


def test_refusals_and_retries_are_those_of_text(serve: Serve) -> None:
    refused = one(serve(lambda asked: told(400, "logprobs are not available")), PREFILL)
    assert refused.failure == "HTTP 400: logprobs are not available"
    assert refused.permanent
    server = serve(
        lambda asked: told(500, "busy") if asked.n == 0 else http(200, first_token(ROOT, asked))
    )
    assert one(server, PREFILL, ("1", "2")).masses is not None
    assert len(server.asked) == 2
    failing = one(serve(lambda asked: told(500, "busy")), PREFILL)
    assert failing.failure == "HTTP 500: busy"
    assert not failing.permanent


def test_texts_and_probabilities_side_by_side(serve: Serve) -> None:
    server = serve(script(shares))
    text, scored = asking(server.spec, request(), request(labels=("1", "2")), known=PREFILL)
    assert (text.text, text.masses) == ("B", None)
    assert scored.text is None
    assert scored.masses is not None


PROMPT = Capabilities(scoring="prompt", scoring_form=ScoringForm(tail=("8", "9")).text)
SPELLED = {"A": [11], " A": [10, 11], "B": [12], "A.": [11, 13]}


def prompts(logs: dict[int, float], spelled: dict[str, list[int]] = SPELLED) -> Callable:
    """A server that tells of the prompt's tokens 1, 2 and of an answer's."""

    def answer(asked: Asked) -> bytes:
        last = asked.body["messages"][-1]
        ids = [1, 2]
        if last["role"] == "assistant":
            assert asked.body["add_generation_prompt"] is False
            assert asked.body["continue_final_message"] is False
            ids += [*spelled.get(last["content"], []), 8, 9]
        assert asked.body["prompt_logprobs"] == 0
        body = first_token({"x": 1.0}, asked) if asked.body.get("logprobs") else {}
        body |= {"choices": [{"message": {"content": "x"}, "finish_reason": "length"}]}
        body["prompt_logprobs"] = [
            None,
            *({str(i): {"logprob": logs.get(i, -9.0)}} for i in ids[1:]),
        ]
        return http(200, body)

    return answer


def test_whole_answers_by_the_prompts_own_tokens(serve: Serve) -> None:
    server = serve(prompts({11: -1.0, 12: -2.0, 10: -3.0, 13: -1.5, 8: -0.5}))
    reply = one(server, PROMPT, ("A", "B"))
    a = exp(-1.5) + exp(-4.5) + exp(-3.0)
    assert [exp(v) for v in reply.masses.low] == pytest.approx([a, exp(-2.5)], rel=1e-3)
    assert reply.masses.low == reply.masses.high
    found = json.loads(reply.detail)
    assert found["answers"]["A"] == [-1.0, -0.5]
    assert found["answers"][" A"] == [-3.0, -1.0, -0.5]


def test_no_more_spellings_than_needed(serve: Serve) -> None:
    server = serve(prompts({11: -0.6931472, 12: -0.6931472, 8: 0.0}))
    reply = one(server, PROMPT, ("A", "B"))
    assert len(server.asked) == 3
    assert [exp(v) for v in reply.masses.low] == pytest.approx([0.5, 0.5])


def test_spellings_that_a_template_trims_count_once(serve: Serve) -> None:
    same = {"A": [11], " A": [11], "A.": [11], " A.": [11], "B": [12]}
    reply = one(serve(prompts({11: -1.0, 12: -2.0, 8: 0.0}, same)), PROMPT, ("A", "B"))
    assert [exp(v) for v in reply.masses.low] == pytest.approx([exp(-1), exp(-2)], rel=1e-3)


def test_a_label_that_the_prompt_cannot_hold(serve: Serve) -> None:
    reply = one(serve(prompts({})), PROMPT, ("A", "C"))
    assert reply.permanent
    assert "label 'C' is no answer of its own" in reply.failure
