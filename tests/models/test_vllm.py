"""vLLM itself needs a GPU: a stand-in with its interface runs a tiny model in its place."""

import asyncio
import sys
from importlib.machinery import ModuleSpec
from types import ModuleType, SimpleNamespace
from typing import ClassVar

import pytest
from tiny_models import save

pytest.importorskip("torch")
pytest.importorskip("transformers")

import torch

from mores.errors import ModelError
from mores.models.hf import source as source_module
from mores.models.hf.model import HfModel
from mores.models.interface import Holdable
from mores.models.registry import resolve
from mores.models.vllm import VllmModel, VllmRunner
from mores.records import Message, Request, Sampling

TEN = tuple(str(n) for n in range(1, 11))


class SamplingParams:
    """The fields of vLLM's own that are used, with its defaults and its limits."""

    logprob_token_ids = None

    def __init__(self, **given):
        fields = {
            "temperature": 1.0,
            "top_p": 1.0,
            "top_k": 0,
            "max_tokens": 16,
            "seed": None,
            "stop_token_ids": None,
            "logprob_token_ids": None,
            "detokenize": True,
        }
        assert set(given) <= set(fields)
        vars(self).update(fields | given)
        if self.logprob_token_ids is not None and len(self.logprob_token_ids) > 128:
            raise ValueError("Requested logprob_token_ids is greater than max allowed: 128")
        if not 0 <= self.temperature <= 2:
            raise ValueError(f"temperature must be in [0, 2], got {self.temperature}.")


class LLM:
    """Every prompt by whole forward passes; what it was asked is kept."""

    made: ClassVar[list["LLM"]] = []

    def __init__(self, model, **arguments):
        from transformers import AutoModelForCausalLM

        if arguments["tensor_parallel_size"] > 1:
            raise RuntimeError("World size (2) is larger than\nthe number of available GPUs (0)")
        self.arguments = arguments
        self.calls = []
        self.network = AutoModelForCausalLM.from_pretrained(model, dtype=torch.float32).eval()
        LLM.made.append(self)

    def generate(self, prompts, sampling_params, *, use_tqdm=True):
        assert not use_tqdm
        assert len(prompts) == len(sampling_params)
        self.calls.append([tuple(p["prompt_token_ids"]) for p in prompts])
        return [
            SimpleNamespace(outputs=[self._written(list(p["prompt_token_ids"]), how)])
            for p, how in zip(prompts, sampling_params, strict=True)
        ]

    def _written(self, ids, how):
        drawn = torch.Generator().manual_seed(how.seed or 0)
        tokens, logprobs = [], []
        while len(tokens) < how.max_tokens:
            with torch.no_grad():
                logs = self.network(torch.tensor([ids + tokens])).logits[0, -1].log_softmax(-1)
            if how.temperature == 0:
                token = int(logs.argmax())
            else:
                p = (logs / how.temperature).softmax(-1)
                token = int(torch.multinomial(p, 1, generator=drawn))
            tokens.append(token)
            shown = {token, *(how.logprob_token_ids or ())}
            logprobs.append({t: SimpleNamespace(logprob=float(logs[t])) for t in shown})
            if token in (how.stop_token_ids or ()):
                return SimpleNamespace(token_ids=tokens, finish_reason="stop", logprobs=logprobs)
        return SimpleNamespace(token_ids=tokens, finish_reason="length", logprobs=logprobs)


@pytest.fixture
def vllm(monkeypatch):
    module = ModuleType("vllm")
    module.__spec__ = ModuleSpec("vllm", None)
    module.LLM, module.SamplingParams, module.TokensPrompt = LLM, SamplingParams, dict
    monkeypatch.setitem(sys.modules, "vllm", module)
    monkeypatch.setattr(LLM, "made", [])
    return module


@pytest.fixture(scope="module", params=[False, True], ids=["ten-is-one-token", "digits-are-split"])
def folder(request, tmp_path_factory):
    torch.set_num_threads(1)
    return save(tmp_path_factory.mktemp("tiny") / "model", splits_digits=request.param)


@pytest.fixture
def model(vllm, folder):
    found = resolve(f"vllm:{folder}")
    assert isinstance(found, VllmModel)
    asyncio.run(found.prepare_scoring())
    yield found
    asyncio.run(found.close())


def asked(text: str, persona: str = "You are 45.", labels=(), seed: int = 1, **sampling) -> Request:
    messages = (Message("system", persona), Message("user", text))
    return Request(b"", messages, Sampling(**{"max_tokens": 6, **sampling}), seed, labels=labels)


QUESTIONS = [
    asked(f"{text} 1 … 10", persona, TEN)
    for persona in ("You are a person of 45 years.", "You are very happy and live in a town.")
    for text in ("How important is religion?", "Is it justifiable?")
]


def test_probabilities_equal_those_of_hf(model, folder) -> None:
    other = HfModel.from_spec(f"hf:{folder},device=cpu")
    asyncio.run(other.prepare())
    requests = [*QUESTIONS, asked("Which? A, B", labels=("A", "B"))]
    for mine, its in zip(
        asyncio.run(model.ask(requests)), asyncio.run(other.ask(requests)), strict=True
    ):
        assert mine.masses.low == mine.masses.high
        assert mine.masses.low == pytest.approx(its.masses.low, abs=1e-4)
        assert (mine.detail, mine.prompt_tokens) == (its.detail, its.prompt_tokens)
    assert model.capabilities == other.capabilities
    assert model.capabilities.scoring == "exact"


def test_nothing_is_asked_that_passes_the_prefix_cache_by(model) -> None:
    """No log-probabilities of prompts; whole prompts first, then what begins with them."""
    asyncio.run(model.ask(QUESTIONS))
    llm = LLM.made[0]
    assert llm.arguments["enable_prefix_caching"] is True
    assert llm.arguments["logprobs_mode"] == "raw_logprobs"
    assert llm.arguments["trust_remote_code"] is False
    first, second = llm.calls
    assert len(first) == len(set(first)) == len(QUESTIONS)
    assert all(any(later[: len(p)] == p for p in first) for later in second)
    assert len(second) == len(set(second))


def test_many_tokens_are_asked_for_in_parts(vllm, folder) -> None:
    llm = LLM(str(folder), tensor_parallel_size=1)
    prompt, targets = [1, 30, 40], tuple((t,) for t in range(300))
    found = VllmRunner(llm).run([prompt], [targets])[0]
    with torch.no_grad():
        wanted = llm.network(torch.tensor([prompt])).logits[0, -1].log_softmax(-1)[:300]
    assert found == pytest.approx(wanted.numpy(), abs=1e-5)
    assert len(llm.calls[0]) == 3


def test_it_writes_seeded_text(model) -> None:
    requests = [asked("How important?", seed=s) for s in (1, 2, 1)]
    one, two, again = asyncio.run(model.ask(requests))
    assert one.text == again.text != two.text
    assert all(r.failure is None and r.finish in ("stop", "length") for r in (one, two))
    assert all(0 < r.completion_tokens <= 6 for r in (one, two))


def test_the_most_probable_text_is_that_of_hf(model, folder) -> None:
    other = HfModel.from_spec(f"hf:{folder},device=cpu")
    asyncio.run(other.prepare())
    requests = [asked(f"{w} 1 … 10", temperature=0.0, max_tokens=20) for w in ("Happy?", "Town?")]
    for mine, its in zip(
        asyncio.run(model.ask(requests)), asyncio.run(other.ask(requests)), strict=True
    ):
        assert (mine.text, mine.finish) == (its.text, its.finish)
        assert (mine.prompt_tokens, mine.completion_tokens) == (
            its.prompt_tokens,
            its.completion_tokens,
        )


def test_an_answer_ends_without_its_stop_token(model) -> None:
    stop = model.loaded.stops[-1]
    llm = model.loaded.llm
    llm.generate = lambda *_, **__: [
        SimpleNamespace(outputs=[SimpleNamespace(token_ids=[40, 41, stop], finish_reason="stop")])
    ]
    reply = asyncio.run(model.ask([asked("How?")]))[0]
    assert reply.text == model.loaded.tokenizer.decode([40, 41])
    assert (reply.finish, reply.completion_tokens) == ("stop", 3)


def test_what_it_is_known_by(model) -> None:
    known = model.identity
    assert (known["kind"], known["dtype"], known["model"]) == ("vllm", "bfloat16", "model")
    assert len(known["weights"]) == 32
    assert isinstance(model, Holdable)
    assert not model.simulated


def test_a_prompt_that_is_too_long_fails_alone(vllm, folder) -> None:
    model = resolve(f"vllm:{folder},context=100,dtype=float32")
    asyncio.run(model.prepare())
    assert LLM.made[0].arguments["max_model_len"] == 100
    assert LLM.made[0].arguments["dtype"] == "float32"
    long, short = asyncio.run(model.ask([asked("very " * 200), asked("Happy?", labels=("1", "2"))]))
    assert "the model takes 100" in long.failure
    assert short.masses is not None


def test_a_model_that_it_cannot_run(vllm, folder) -> None:
    model = resolve(f"vllm:{folder},gpus=2")
    with pytest.raises(
        ModelError, match=r"vLLM cannot run it here \(World size .2. is larger than the"
    ):
        asyncio.run(model.prepare())


def test_an_engine_that_dies_is_an_error(model) -> None:
    def die(*_, **__):
        raise RuntimeError("EngineCore encountered\nan issue")

    model.loaded.llm.generate = die
    for request in (asked("How?"), asked("How?", labels=("1", "2"))):
        with pytest.raises(ModelError, match="vLLM gave up: EngineCore encountered an issue"):
            asyncio.run(model.ask([request]))


def test_an_old_version(vllm, folder, monkeypatch) -> None:
    monkeypatch.delattr(SamplingParams, "logprob_token_ids")
    with pytest.raises(ModelError, match=r"log-probabilities of given tokens.*mores\[vllm\]"):
        asyncio.run(resolve(f"vllm:{folder}").prepare())


def test_without_the_extra_it_says_what_to_install(monkeypatch) -> None:
    there = source_module.find_spec
    monkeypatch.setattr(
        source_module, "find_spec", lambda name: None if name == "vllm" else there(name)
    )
    with pytest.raises(ModelError, match=r"needs vllm, not installed.*pip install 'mores\[vllm\]'"):
        resolve("vllm:org/m")
