import asyncio
import math
import threading
import time
from dataclasses import replace

import numpy as np
import pytest

pytest.importorskip("torch")
pytest.importorskip("transformers")

from mores.errors import ModelError
from mores.models.hf.forms import Forms, OptionPrompt, OptionScores
from mores.models.hf.model import HfModel
from mores.models.hf.planning import Planner
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


TEN = tuple(str(n) for n in range(1, 11))


def question(text: str, labels=TEN, persona: str = "You are 45.") -> Request:
    messages = (Message("system", persona), Message("user", text))
    return Request(b"", messages, Sampling(), 1, labels=labels)


def test_requests_with_labels_are_scored_and_the_others_written(model) -> None:
    asked = [request(1), question("Happy? 1 … 10"), request(2), question("Town? A, B", ("A", "B"))]
    written, ten, other, two = asyncio.run(model.ask(asked))
    assert [written.text, other.text] == [
        r.text for r in asyncio.run(model.ask([request(1), request(2)]))
    ]
    assert written.masses is None
    prompts = [OptionPrompt(r.messages, r.labels) for r in (asked[1], asked[3])]
    for reply, scores in zip((ten, two), asyncio.run(model.score(prompts)), strict=True):
        assert reply.masses.low == reply.masses.high
        assert reply.masses.low == pytest.approx(scores.log_probabilities, abs=1e-6)
        assert (reply.text, reply.failure, reply.completion_tokens) == (None, None, 0)
        assert reply.prompt_tokens == scores.prompt_tokens > 0
    assert model.capabilities.scoring == "exact"


def test_a_question_that_cannot_be_scored_fails_alone(model) -> None:
    long, confused, fine = asyncio.run(
        model.ask([question("very " * 1500), question("?", ("A", "A.")), question("Happy?")])
    )
    assert "the model takes 1024" in long.failure
    assert "cannot be told apart" in confused.failure
    assert long.permanent
    assert confused.permanent
    assert long.masses is None
    assert fine.masses is not None


def test_what_is_kept_of_a_score_is_little(model, monkeypatch) -> None:
    """Nothing where answers come in the plain form; else the probability of the other forms."""
    scorer = model.scorer()
    forms = scorer.forms.names
    plain, spaced = np.full((2, 10, len(forms)), -np.inf)
    plain[:, 0] = np.log(0.0999)
    plain[:, 1] = np.log(0.0001)
    spaced[:, :4] = np.log(0.025)
    for masses, detail in (
        (plain, ""),
        (spaced, '{" {}":0.25,"{}.":0.25," {}.":0.25}'),
    ):
        found = OptionScores(TEN, forms, masses)
        monkeypatch.setattr(scorer, "score", lambda prompts, check, found=found: [found])
        reply = asyncio.run(model.ask([question("Happy?")]))[0]
        assert reply.detail == detail
        assert len(reply.detail) <= 40
        assert sum(map(math.exp, reply.masses.low)) == pytest.approx(1, abs=1e-3)


def test_labels_that_it_cannot_express_are_refused_before_a_study(saved) -> None:
    model = HfModel.from_spec(f"hf:{saved(kind='gqa')},device=cpu")
    asyncio.run(model.prepare_scoring())
    assert model.loaded.device == "cpu"
    with pytest.raises(ModelError, match="cannot be told apart"):
        asyncio.run(model.prepare_scoring([TEN, ("A", "A.")]))
    asyncio.run(model.close())
    with pytest.raises(ModelError, match="await prepare"):
        model.check_labels(TEN)


def test_a_study_in_blocks_runs_hardly_more_than_its_distinct_tokens(model, monkeypatch) -> None:
    """15 personas of 300 tokens with 35 questions of 60, in blocks of the model's own size."""
    words = [
        w for w in model.loaded.tokenizer.get_vocab() if w.isascii() and w.isalpha() and len(w) == 1
    ]
    rng = np.random.default_rng(0)

    def text(n: int) -> str:
        return "".join(rng.choice(words, n))

    personas, questions = [text(300) for _ in range(15)], [text(60) for _ in range(35)]
    asked = [question(q, TEN, p) for p in personas for q in questions]
    planner = Planner(model.loaded, Forms())
    distinct: set[tuple[int, ...]] = set()
    for r in asked:
        planned = planner.plan(OptionPrompt(r.messages, r.labels))
        for rest in planned.plan.continuations:
            run = (*planned.tokens, *rest[:-1])
            distinct.update(run[:n] for n in range(len(planned.tokens), len(run) + 1))
        distinct.update(tuple(planned.tokens[:n]) for n in range(1, len(planned.tokens)))
    assert 300 < len(planned.tokens) < 420
    passed = []

    def counted(network, tree, n, check):
        passed.append(tree.size)
        return np.full(tree.continuations, -1.0)

    model.scorer()
    monkeypatch.setattr("mores.models.hf.running.log_probabilities", counted)
    for begin in range(0, len(asked), model.block_size):
        asyncio.run(model.ask(asked[begin : begin + model.block_size]))
    assert len(passed) == 3
    assert 1 < sum(passed) / len(distinct) <= 1.05


def test_dropped_it_stops_scoring_within_a_pass(model, monkeypatch) -> None:
    passes = []

    def slow(network, tree, n, check):
        while True:
            check()
            passes.append(1)
            time.sleep(0.01)

    model.scorer()
    monkeypatch.setattr("mores.models.hf.running.log_probabilities", slow)

    async def run():
        task = asyncio.ensure_future(model.ask([question("Happy?")]))
        await asyncio.sleep(0.1)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        await asyncio.wait_for(model.close(), 5)

    asyncio.run(run())
    assert passes


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
    plain = ",plain=yes" if template == "none" else ""
    model = HfModel.from_spec(f"hf:{saved(kind='gqa', template=template)},device=cpu{plain}")
    asyncio.run(model.prepare())
    assert any(says in note for note in model.notes)
    assert model.capabilities.system == (template != "no-system")


def test_a_model_without_a_chat_template_is_refused_unless_the_user_says_so(saved) -> None:
    model = HfModel.from_spec(f"hf:{saved(kind='gqa', template='none')},device=cpu")
    with pytest.raises(ModelError, match="plain=yes"):
        asyncio.run(model.prepare())


def test_it_scores(model) -> None:
    prompts = [OptionPrompt(MESSAGES, ("1", "2", "10"))] * 2
    scores = asyncio.run(model.score(prompts))
    assert scores[0].probabilities.sum() == pytest.approx(1)
    assert model.scorer() is model.scorer()


def test_code_that_was_allowed_is_noted(saved) -> None:
    model = HfModel.from_spec(f"hf:{saved(kind='gqa')},device=cpu,remote_code=yes")
    asyncio.run(model.prepare())
    assert "code that came with the model was allowed to run" in model.notes


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
