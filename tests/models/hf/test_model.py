import asyncio
import threading
from dataclasses import replace

import pytest

pytest.importorskip("torch")
pytest.importorskip("transformers")

from mores.errors import ModelError
from mores.models.hf.model import HfModel
from mores.models.hf.scoring import OptionPrompt
from mores.models.interface import Holdable
from mores.models.probe import check
from mores.models.registry import resolve
from mores.records import Message, Request, Sampling

MESSAGES = (Message("system", "You are 45."), Message("user", "How important is religion?"))


def request(seed: int, text: str = "How important is religion?", **sampling) -> Request:
    messages = (Message("system", "You are 45."), Message("user", text))
    return Request(b"", messages, Sampling(**{"max_tokens": 6, **sampling}), seed)


@pytest.fixture
def model(saved):
    found = resolve(f"hf:{saved(kind='gqa')},device=cpu")
    asyncio.run(found.prepare())
    yield found
    asyncio.run(found.close())


def test_it_answers(model) -> None:
    replies = asyncio.run(model.ask([request(1), request(2), request(1)]))
    assert replies[0].text == replies[2].text != replies[1].text
    assert all(r.failure is None and r.finish in ("stop", "length") for r in replies)
    assert all(0 < r.completion_tokens <= 6 for r in replies)
    count = len(model.loaded.template.tokens(model.loaded.template.render(MESSAGES)))
    assert replies[0].prompt_tokens == count
    assert replies[0].seconds > 0


def test_the_same_request_gets_the_same_reply_in_any_block(model) -> None:
    requests = [request(n, "How " * (n % 5) + "happy?", temperature=0.8) for n in range(12)]
    together = [r.text for r in asyncio.run(model.ask(requests))]
    apart = [asyncio.run(model.ask([r]))[0].text for r in requests]
    assert together == apart
    assert len(set(together)) > 8


def test_blocks_asked_at_once_wait_for_one_another(model) -> None:
    async def both():
        return await asyncio.gather(*(model.ask([request(n)]) for n in range(5)))

    assert [r[0].text for r in asyncio.run(both())] == [
        asyncio.run(model.ask([request(n)]))[0].text for n in range(5)
    ]


def test_a_prompt_that_is_too_long_is_a_reply_of_its_own(model) -> None:
    long, short = asyncio.run(model.ask([request(1, "very " * 1500), request(2)]))
    assert long.text is None
    assert long.permanent
    assert "the model takes 1024" in long.failure
    assert short.failure is None


def test_an_answer_ends_with_the_context(model) -> None:
    few, one_more = asyncio.run(model.ask([request(1, "very " * n) for n in (99, 100)]))
    each = one_more.prompt_tokens - few.prompt_tokens
    text = "very " * (99 + (1021 - few.prompt_tokens) // each)
    reply = asyncio.run(model.ask([request(1, text, max_tokens=50)]))[0]
    assert reply.finish == "length"
    assert reply.prompt_tokens + reply.completion_tokens == 1024


def test_messages_that_the_template_refuses(model, monkeypatch) -> None:
    def refuse(*_, **__):
        raise ValueError("roles must\nalternate")

    monkeypatch.setattr(model.loaded.tokenizer, "apply_chat_template", refuse)
    reply = asyncio.run(model.ask([request(1)]))[0]
    assert reply.failure == "the chat template refuses these messages: roles must alternate"
    assert reply.permanent


def test_what_it_is_known_by(model, saved) -> None:
    known = model.identity
    assert known["kind"] == "hf"
    assert (known["dtype"], known["model"]) == ("float32", "model")
    assert len(known["weights"]) == 32
    assert "tmp" not in str(known)
    for other in ({"template": "thinking"}, {"splits_digits": True}, {"kind": "window"}):
        another = HfModel.from_spec(f"hf:{saved(**{'kind': 'gqa', **other})},device=cpu")
        asyncio.run(another.prepare())
        assert another.identity != known
        asyncio.run(another.close())
    half = HfModel.from_spec(f"hf:{saved(kind='gqa')},device=cpu,dtype=bf16")
    asyncio.run(half.prepare())
    assert half.identity["dtype"] == "bfloat16"
    assert asyncio.run(half.ask([request(1)]))[0].failure is None


def test_what_it_can_do(model) -> None:
    assert (model.capabilities.logprobs, model.capabilities.structured) == (-1, "none")
    assert model.capabilities.seed
    findings = {f.name: f.value for f in asyncio.run(check(model))}
    assert findings["log-probabilities"] == "exact"
    assert findings["reasoning channel"] == "no"


@pytest.mark.parametrize(
    ("template", "says"),
    [
        ("none", "no chat template"),
        ("no-system", "no system messages"),
        ("thinking", "reasoning channel: switched off"),
        ("opened", "reasoning channel: closed"),
    ],
)
def test_what_a_user_should_know_is_said(saved, template, says) -> None:
    model = HfModel.from_spec(f"hf:{saved(kind='gqa', template=template)},device=cpu")
    asyncio.run(model.prepare())
    assert any(says in note for note in model.notes)
    assert model.capabilities.system == (template != "no-system")


def test_it_scores(model) -> None:
    prompts = [OptionPrompt(MESSAGES, ("1", "2", "10"))] * 2
    scores = asyncio.run(model.score(prompts))
    assert scores[0].probabilities.sum() == pytest.approx(1)
    assert model.scorer() is model.scorer()


def test_before_it_is_loaded(saved) -> None:
    model = HfModel.from_spec(f"hf:{saved(kind='gqa')}")
    with pytest.raises(ModelError, match="await prepare"):
        asyncio.run(model.ask([request(1)]))
    assert model.identity["kind"] == "hf"


def test_held_it_begins_nothing_more(model) -> None:
    assert isinstance(model, Holdable)
    entered, go_on = threading.Event(), threading.Event()
    answers = model._answers

    def slow(requests):
        entered.set()
        assert go_on.wait(10)
        return answers(requests)

    model._answers = slow

    async def run():
        first = asyncio.ensure_future(model.ask([request(1)]))
        second = asyncio.ensure_future(model.ask([request(2)]))
        await asyncio.to_thread(entered.wait, 10)
        model.hold()
        go_on.set()
        return await asyncio.gather(first, second, return_exceptions=True)

    first, second = asyncio.run(run())
    assert first[0].text is not None
    assert isinstance(second, asyncio.CancelledError)


def test_dropped_it_stops_within_a_step(model) -> None:
    endless = replace(request(1), sampling=Sampling(max_tokens=900))
    model.loaded.model.generation_config.eos_token_id = None

    async def run():
        task = asyncio.ensure_future(model.ask([endless] * 4))
        await asyncio.sleep(0.2)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        await asyncio.wait_for(model.close(), 5)

    asyncio.run(run())
