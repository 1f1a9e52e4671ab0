"""A causal language model in this process, behind the interface of every model."""

from __future__ import annotations

import asyncio
import json
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

from mores.errors import ModelError
from mores.models.hf.generation import Continued, Prompt, continue_all
from mores.models.hf.loading import Loaded, load
from mores.models.hf.memory import Footprint
from mores.models.hf.sampling import Draw
from mores.models.hf.scoring import Forms, OptionPrompt, OptionScorer, OptionScores
from mores.models.hf.source import Source, need_extra
from mores.models.interface import Capabilities
from mores.records import Reply, Request

__all__ = ["HfModel"]

_MAX_TOKENS = 1024
"""Limit of an answer for which none is asked."""

T = TypeVar("T")


class _Dropped(Exception):
    """Nobody waits for the answer any more."""


class HfModel:
    """A causal language model that torch and transformers run in this process.

    It answers in one thread, one block at a time. A reply depends on its request alone, not on what
    else is in its block, but for differences in the last digits of floating-point numbers, which in
    half precision are large enough to change an answer now and then.

    Parameters
    ----------
    source : Source
        Where it comes from.

    Attributes
    ----------
    spec, label, simulated, block_size
        See `mores.models.interface.Model`.
    source : Source
        Where it comes from.
    """

    simulated = False
    block_size = 64

    def __init__(self, source: Source) -> None:
        need_extra(source.spec)
        self.spec = source.spec
        self.label = source.label
        self.source = source
        self._loaded: Loaded | None = None
        self._scorers: dict[Forms, OptionScorer] = {}
        self._thread: ThreadPoolExecutor | None = None
        self._held = threading.Event()
        self._dropped = threading.Event()

    @classmethod
    def from_spec(cls, spec: str) -> HfModel:
        """Read ``hf:REPO_OR_PATH[@REVISION][,dtype=…][,device=…]``; nothing is loaded yet.

        Raises
        ------
        ModelError
            If the specification cannot be meant, or the extra is not installed.
        """
        return cls(Source.parse(spec))

    def __repr__(self) -> str:
        return f"HfModel({self.spec!r})"

    @property
    def loaded(self) -> Loaded:
        """The model in memory.

        Raises
        ------
        ModelError
            Before `prepare`.
        """
        if self._loaded is None:
            raise ModelError(f"{self.spec} is not loaded; await prepare() before ask()")
        return self._loaded

    @property
    def capabilities(self) -> Capabilities:
        """Everything but structured output; exact log-probabilities."""
        system = self._loaded.template.system if self._loaded else True
        return Capabilities(system=system, seed=True, logprobs=-1)

    @property
    def identity(self) -> dict[str, Any]:
        """What can change an answer: weights, precision, template, stop tokens, own sampling.

        A directory is known by what is in it, not by where it lies.
        """
        place = self.source.label if self.source.local else self.source.name
        known: dict[str, Any] = {"kind": "hf", "model": place, "revision": self.source.revision}
        if self._loaded is None:
            return {**known, "dtype": self.source.dtype}
        loaded = self._loaded
        return {
            **known,
            "dtype": loaded.dtype,
            "weights": loaded.weights,
            "template": loaded.template.digest,
            "chat": loaded.template.chat,
            "reasoning": loaded.template.reasoning,
            "stops": list(loaded.stops),
            "sampling": loaded.sampling,
        }

    @property
    def notes(self) -> tuple[str, ...]:
        """What a user should know of how it is asked; known after `prepare`."""
        template, said = self.loaded.template, []
        if not template.chat:
            said.append(
                "no chat template: the messages' contents stand one below the other, and 'Answer:' "
                "below them"
            )
        if not template.system:
            said.append("no system messages: their text goes in front of the first user message")
        if template.reasoning != "none":
            said.append(f"reasoning channel: {template.reasoning}")
        return tuple(said)

    async def prepare(self, known: Capabilities | None = None) -> None:
        """Load it, from its directory or from the repository that the user has named.

        Parameters
        ----------
        known : Capabilities, optional
            Not used: they follow from the model.

        Raises
        ------
        ModelError
            If it cannot be loaded; see `mores.models.hf.loading.load`.
        """
        if self._loaded is None:
            self._loaded = await self._in_thread(lambda: load(self.source))

    async def ask(self, requests: Sequence[Request]) -> Sequence[Reply]:
        """One reply for each request, in order."""
        return await self._in_thread(lambda: self._answers(requests))

    async def score(
        self, prompts: Sequence[OptionPrompt], forms: Forms | None = None
    ) -> list[OptionScores]:
        """The probabilities of each prompt's options; see `OptionScorer.score`."""
        return await self._in_thread(lambda: self.scorer(forms).score(prompts))

    def scorer(self, forms: Forms | None = None) -> OptionScorer:
        """The scorer for these forms; the default ones unless given."""
        forms = forms or Forms()
        if forms not in self._scorers:
            self._scorers[forms] = OptionScorer(self.loaded, forms)
        return self._scorers[forms]

    def hold(self) -> None:
        """Begin no further block; the one that is being answered still comes back."""
        self._held.set()

    async def close(self) -> None:
        """Let go of the model's memory."""
        self._dropped.set()
        if self._thread is not None:
            self._thread.shutdown(wait=True, cancel_futures=True)
        on_gpu = self._loaded is not None and self._loaded.device != "cpu"
        self._thread, self._loaded, self._scorers = None, None, {}
        self._dropped.clear()
        if on_gpu:
            import torch

            torch.cuda.empty_cache()

    async def _in_thread(self, work: Callable[[], T]) -> T:
        """Do it in the one thread, unless asking has been held before its turn comes."""
        if self._thread is None:
            self._thread = ThreadPoolExecutor(1, thread_name_prefix="hf")

        def in_turn() -> T:
            if self._held.is_set():
                raise _Dropped
            return work()

        try:
            return await asyncio.get_running_loop().run_in_executor(self._thread, in_turn)
        except _Dropped:
            raise asyncio.CancelledError from None
        except asyncio.CancelledError:
            self._dropped.set()
            raise

    def _check(self) -> None:
        if self._dropped.is_set():
            raise _Dropped

    def _answers(self, requests: Sequence[Request]) -> list[Reply]:
        began = time.monotonic()
        loaded = self.loaded
        prompts: dict[int, Prompt] = {}
        replies: dict[int, Reply] = {}
        for i, request in enumerate(requests):
            made = self._prompt(request)
            if isinstance(made, Prompt):
                prompts[i] = made
            else:
                replies[i] = Reply(text=None, failure=made, permanent=True)
        footprint = Footprint.of(loaded.model.config, loaded.width, loaded.device)
        written = continue_all(
            loaded.model,
            list(prompts.values()),
            loaded.stops,
            footprint,
            footprint.allowance(loaded.device),
            self._check,
        )
        seconds = time.monotonic() - began
        for i, prompt, answer in zip(prompts, prompts.values(), written, strict=True):
            replies[i] = self._reply(prompt, answer, seconds)
        return [replies[i] for i in range(len(requests))]

    def _prompt(self, request: Request) -> Prompt | str:
        """A request in tokens, or why it cannot be asked."""
        loaded = self.loaded
        try:
            text = loaded.template.render(request.messages)
        except Exception as error:  # a template raises what it likes
            return f"the chat template refuses these messages: {' '.join(str(error).split())[:200]}"
        tokens = loaded.template.tokens(text)
        most = request.sampling.max_tokens or _MAX_TOKENS
        if loaded.context is not None:
            most = min(most, loaded.context - len(tokens))
        if most < 1:
            return f"a prompt of {len(tokens)} tokens; the model takes {loaded.context}"
        return Prompt(tokens, most, Draw.of(request.sampling, loaded.sampling), request.seed)

    def _reply(self, prompt: Prompt, answer: Continued, seconds: float) -> Reply:
        text = self.loaded.tokenizer.decode(answer.tokens, skip_special_tokens=True)
        return Reply(
            text=str(text),
            finish=answer.finish,
            detail=json.dumps({"model": self.label, "weights": self.loaded.weights}),
            prompt_tokens=len(prompt.tokens),
            completion_tokens=answer.written,
            seconds=seconds,
        )
