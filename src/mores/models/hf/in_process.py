"""What every model that runs in this process has in common, whatever library runs it."""

from __future__ import annotations

import asyncio
import json
import threading
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any, Generic, Self, TypeVar

from mores.errors import ModelError
from mores.models.hf.description import Described
from mores.models.hf.forms import Forms, OptionPrompt, OptionScores
from mores.models.hf.generation import Continued, Prompt
from mores.models.hf.sampling import Draw
from mores.models.hf.scoring import OptionScorer, Runner
from mores.models.hf.source import Source, need_extra
from mores.models.hf.template import Refusal
from mores.models.interface import Capabilities
from mores.records import OptionMasses, Reply, Request

__all__ = ["COMMON_LABELS", "InProcessModel"]

COMMON_LABELS = (tuple(str(n) for n in range(1, 11)), tuple("ABCDEFGHIJ"))
"""The labels that studies give to options."""
_MAX_TOKENS = 1024
"""Limit of an answer for which none is asked."""

Known = TypeVar("Known", bound=Described)
T = TypeVar("T")


class _Dropped(Exception):
    """Nobody waits for the answer any more."""


class InProcessModel(ABC, Generic[Known]):
    """A causal language model in this process.

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
        See `mores.models.interface.Model`. Prefixes are shared within a block: 256 requests are
        seven personas with 35 questions each, of which one is cut in two.
    source : Source
        Where it comes from.
    """

    simulated = False
    block_size = 256

    def __init__(self, source: Source) -> None:
        need_extra(source.spec)
        self.spec = source.spec
        self.label = source.label
        self.source = source
        self._known: Known | None = None
        self._runner: Runner | None = None
        self._scorers: dict[Forms, OptionScorer] = {}
        self._thread: ThreadPoolExecutor | None = None
        self._held = threading.Event()
        self._dropped = threading.Event()

    @abstractmethod
    def _load(self) -> Known:
        """Bring the model into memory."""

    @abstractmethod
    def _new_runner(self) -> Runner:
        """What scores with it."""

    @abstractmethod
    def _continued(self, prompts: Sequence[Prompt]) -> list[Continued]:
        """Write on after each prompt."""

    @abstractmethod
    def _let_go(self) -> None:
        """Give back what the model held outside this process's ordinary memory."""

    @classmethod
    def from_spec(cls, spec: str) -> Self:
        """Read ``KIND:REPO_OR_PATH[@REVISION][,NAME=VALUE…]``; nothing is loaded yet.

        Raises
        ------
        ModelError
            If the specification cannot be meant, or the extra is not installed.
        """
        return cls(Source.parse(spec))

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.spec!r})"

    @property
    def loaded(self) -> Known:
        """What is known of the model.

        Raises
        ------
        ModelError
            Before `prepare`.
        """
        if self._known is None:
            raise ModelError(f"{self.spec} is not loaded; await prepare() before ask()")
        return self._known

    @property
    def capabilities(self) -> Capabilities:
        """Everything but structured output; exact probabilities of whole answers."""
        system = self._known.template.system if self._known else True
        return Capabilities(system=system, seed=True, logprobs=-1, scoring="exact")

    @property
    def identity(self) -> dict[str, Any]:
        """What can change an answer: weights, precision, template, stop tokens, own sampling.

        A directory is known by what is in it, not by where it lies. Probabilities also depend on the
        forms in which a label counts as written.
        """
        place = self.source.label if self.source.local else self.source.name
        known = {"kind": self.source.kind, "model": place, "revision": self.source.revision}
        if self._known is None:
            return {**known, "dtype": self.source.dtype}
        return {**known, **self._known.identity, "forms": list(Forms().names)}

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
        if self.source.remote_code:
            said.append("code that came with the model was allowed to run")
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
            If it cannot be loaded.
        """
        if self._known is None:
            self._known = await self._in_thread(self._load)

    async def prepare_scoring(self, labels: Sequence[Sequence[str]] = COMMON_LABELS) -> None:
        """Load it, and check that it can tell the probabilities of labels.

        Parameters
        ----------
        labels : sequence of sequence of str
            Sets of labels that questions will have; ``1`` to ``10`` and ``A`` to ``J`` unless given.

        Raises
        ------
        ModelError
            If it cannot be loaded, or a label cannot be expressed in its tokens.
        """
        await self.prepare()
        for several in labels:
            await self._in_thread(partial(self.check_labels, several))

    def check_labels(self, labels: Sequence[str]) -> None:
        """Check that labels can be told apart in the model's tokens.

        Raises
        ------
        ModelError
            Before `prepare`, or if one cannot be expressed, or not apart from another one.
        """
        self.scorer().check(labels)

    async def ask(self, requests: Sequence[Request]) -> Sequence[Reply]:
        """One reply for each request, in order: probabilities where it has labels, else text."""
        return await self._in_thread(lambda: self._answers(requests))

    async def score(
        self, prompts: Sequence[OptionPrompt], forms: Forms | None = None
    ) -> list[OptionScores]:
        """The probabilities of each prompt's options; see `OptionScorer.score`."""
        return await self._in_thread(lambda: self.scorer(forms).score(prompts, self._check))

    def scorer(self, forms: Forms | None = None) -> OptionScorer:
        """The scorer for these forms; the default ones unless given."""
        forms = forms or Forms()
        if self._runner is None:
            self._runner = self._new_runner()
        if forms not in self._scorers:
            self._scorers[forms] = OptionScorer(self.loaded, self._runner, forms)
        return self._scorers[forms]

    def hold(self) -> None:
        """Begin no further block; the one that is being answered still comes back."""
        self._held.set()

    async def close(self) -> None:
        """Let go of the model's memory."""
        self._dropped.set()
        if self._thread is not None:
            self._thread.shutdown(wait=True, cancel_futures=True)
        was_loaded = self._known is not None
        self._thread, self._known, self._runner, self._scorers = None, None, None, {}
        self._dropped.clear()
        if was_loaded:
            self._let_go()

    async def _in_thread(self, work: Callable[[], T]) -> T:
        """Do it in the one thread, unless asking has been held before its turn comes."""
        if self._thread is None:
            self._thread = ThreadPoolExecutor(1, thread_name_prefix=self.source.kind)

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
        scored = [i for i, request in enumerate(requests) if request.labels]
        written = [i for i, request in enumerate(requests) if not request.labels]
        replies = dict(zip(scored, self._scores([requests[i] for i in scored]), strict=True))
        replies |= zip(written, self._texts([requests[i] for i in written]), strict=True)
        return [replies[i] for i in range(len(requests))]

    def _scores(self, requests: Sequence[Request]) -> list[Reply]:
        if not requests:
            return []
        began = time.monotonic()
        prompts = [OptionPrompt(request.messages, request.labels) for request in requests]
        found = self.scorer().score(prompts, self._check)
        seconds = time.monotonic() - began
        return [_scored(scores, seconds) for scores in found]

    def _texts(self, requests: Sequence[Request]) -> list[Reply]:
        began = time.monotonic()
        made = [self._prompt(request) for request in requests]
        prompts = [prompt for prompt in made if isinstance(prompt, Prompt)]
        answers = iter(self._continued(prompts))
        seconds = time.monotonic() - began
        return [
            self._text(prompt, next(answers), seconds)
            if isinstance(prompt, Prompt)
            else Reply(text=None, failure=prompt, permanent=True)
            for prompt in made
        ]

    def _prompt(self, request: Request) -> Prompt | str:
        """A request in tokens, or why it cannot be asked."""
        known = self.loaded
        try:
            text = known.template.render(request.messages)
        except Refusal as error:
            return str(error)
        tokens = known.template.tokens(text)
        most = request.sampling.max_tokens or _MAX_TOKENS
        if known.context is not None:
            most = min(most, known.context - len(tokens))
        if most < 1:
            return f"a prompt of {len(tokens)} tokens; the model takes {known.context}"
        return Prompt(tokens, most, Draw.of(request.sampling, known.sampling), request.seed)

    def _text(self, prompt: Prompt, answer: Continued, seconds: float) -> Reply:
        return Reply(
            text=str(self.loaded.tokenizer.decode(answer.tokens, skip_special_tokens=True)),
            finish=answer.finish,
            prompt_tokens=len(prompt.tokens),
            completion_tokens=answer.written,
            seconds=seconds,
        )


def _scored(scores: OptionScores, seconds: float) -> Reply:
    """A reply with probabilities; what it says beside them is other forms, where they matter."""
    if scores.failure is not None:
        return Reply(text=None, failure=scores.failure, permanent=True, seconds=seconds)
    logs = tuple(map(float, scores.log_probabilities))
    others = scores.other_forms()
    return Reply(
        text=None,
        detail=json.dumps(others, separators=(",", ":")) if others else "",
        prompt_tokens=scores.prompt_tokens,
        completion_tokens=0,
        seconds=seconds,
        masses=OptionMasses(logs, logs),
    )
