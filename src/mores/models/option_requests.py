"""A request for the probabilities of labels, as the requests that a chat server can answer."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from math import exp, fsum
from typing import Any

from mores.models.dialect import BEGUN, CLOSED, ScoringForm
from mores.models.interface import Capabilities
from mores.models.option_evidence import (
    ENDS,
    NotTold,
    Told,
    beginnings,
    bounds,
    read_told,
    spellings,
    undecided,
)
from mores.models.prompt_evidence import PromptTokens, answer_tokens, exact, read_prompt
from mores.records import Message, OptionMasses, Reply, Request, Sampling

__all__ = ["Exchange", "ScoringSend", "ask_options"]

ScoringSend = Callable[[Request, Capabilities, Mapping[str, Any] | None], Awaitable[Reply]]
"""Sends a request as to a model of the given capabilities, with further fields of the payload."""

_RAW = Sampling(temperature=1.0, max_tokens=1)
_ENOUGH = 1e-4
"""Mass that may be missing from the labels for no further spellings to be asked for."""

_LONGEST = 2**14
"""Characters of a reply that is kept whole though it does not hold what was asked for."""


async def ask_options(send: ScoringSend, request: Request, able: Capabilities) -> Reply:
    """The probabilities of a request's labels.

    Parameters
    ----------
    send : callable
        Sends one request; raises `mores.models.failures.Failure`.
    request : Request
        With labels.
    able : Capabilities
        Its `scoring` says how: ``prompt`` sends each spelling of each label as a whole answer,
        ``prefill`` asks for the first token and, where one label is the beginning of another, for
        what follows it, ``first-token`` for the first token alone.

    Returns
    -------
    Reply
        With `Reply.masses`, and the log-probabilities they come from in `Reply.detail`; or a failure,
        where the server's replies do not hold what was asked for.

    Raises
    ------
    Failure
        If the server does not answer.
    """
    ways = {"prompt": _by_prompt, "prefill": _by_tokens, "first-token": _by_tokens}
    exchange = Exchange(send, request, able)
    try:
        if able.scoring not in ways:
            raise NotTold("this model tells no probabilities of labels", permanent=True)
        masses, used = await ways[able.scoring](exchange)
    except NotTold as problem:
        return replace(
            exchange.summed(),
            failure=problem.reason,
            permanent=problem.permanent,
            detail=exchange.last if len(exchange.last) <= _LONGEST else "",
        )
    detail = json.dumps({"scoring": able.scoring, **exchange.source, **used}, separators=(",", ":"))
    return replace(exchange.summed(), masses=masses, detail=detail)


class Exchange:
    """The requests sent for one request, and what they took.

    Parameters
    ----------
    send, request, able
        See `ask_options`.

    Attributes
    ----------
    form : ScoringForm
        How the server wants such requests.
    replies : list of Reply
        To all that was sent so far.
    source : dict
        What the server says answered: its model, and the model's version.
    """

    def __init__(self, send: ScoringSend, request: Request, able: Capabilities) -> None:
        self.request, self.able, self.form = request, able, ScoringForm.of(able)
        self.replies: list[Reply] = []
        self.source: dict[str, Any] = {}
        self._send = send
        self._seconds = 0.0

    @property
    def last(self) -> str:
        """The body of the last reply; empty before there is one."""
        return self.replies[-1].detail if self.replies else ""

    async def token(self, begun: str = "") -> Told:
        """What is told of the token with which an answer begins, or goes on after it was begun.

        Raises
        ------
        Failure
            If the server does not answer.
        NotTold
            If the reply does not hold it.
        """
        fields = {"logprobs": True, "top_logprobs": self.able.logprobs}
        if not begun:
            return read_told((await self._bodies([(None, fields)]))[0])
        continued = {**fields, **BEGUN[self.form.begun]}
        return read_told((await self._bodies([(begun, continued)]))[0])

    async def prompts(self, answers: Sequence[str | None]) -> list[PromptTokens]:
        """The tokens of the prompt with each of some answers, closed; without one for None.

        Raises
        ------
        Failure, NotTold
            As `token` does.
        """
        fields: dict[str, Any] = {"prompt_logprobs": 0}
        bodies = await self._bodies(
            [(answer, fields if answer is None else {**fields, **CLOSED}) for answer in answers]
        )
        return [read_prompt(body) for body in bodies]

    async def _bodies(self, requests: Iterable[tuple[str | None, Mapping[str, Any]]]) -> list[Any]:
        """The bodies of the replies to requests sent at once: begun or whole answer, and fields."""
        replies = await _together(
            [
                self._send(_begun(self.request, answer), self.able, fields)
                for answer, fields in requests
            ]
        )
        self.replies += replies
        self._seconds += max(reply.seconds for reply in replies)
        bodies = [json.loads(reply.detail) for reply in replies]
        self.source = {
            name: bodies[-1][name]
            for name in ("model", "system_fingerprint")
            if isinstance(bodies[-1].get(name), str)
        }
        return bodies

    def summed(self) -> Reply:
        """A reply without text, with the tokens and the time of all."""
        return Reply(
            text=None,
            prompt_tokens=_sum(reply.prompt_tokens for reply in self.replies),
            completion_tokens=_sum(reply.completion_tokens for reply in self.replies),
            seconds=self._seconds,
        )


def _sum(counts: Iterable[int | None]) -> int | None:
    known = list(counts)
    return sum(n for n in known if n is not None) if known and None not in known else None


async def _together(coroutines: Sequence[Awaitable[Reply]]) -> list[Reply]:
    """All replies; where one fails, the rest are given up."""
    if len(coroutines) == 1:
        return [await coroutines[0]]
    tasks = [asyncio.ensure_future(one) for one in coroutines]
    try:
        return await asyncio.gather(*tasks)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


def _begun(request: Request, answer: str | None) -> Request:
    """The request for one token, unshaped by sampling, after an answer that is begun or whole."""
    messages = request.messages
    if answer is not None:
        messages = (*messages, Message("assistant", answer))
    return replace(request, messages=messages, sampling=_RAW, answer_schema=None, labels=())


async def _by_tokens(exchange: Exchange) -> tuple[OptionMasses, dict[str, Any]]:
    labels = exchange.request.labels
    ends = ENDS | set(exchange.form.ends)
    prefill = exchange.able.scoring == "prefill"
    if not prefill and (ambiguous := beginnings(labels)):
        raise NotTold(
            f"the label {ambiguous[0]!r} is the beginning of another one, and of this model's "
            "answers only the first token is known; label the options with letters",
            permanent=True,
        )
    told = {"": await exchange.token()}
    while prefill and (further := undecided(labels, told, ends)):
        for begun in further:
            told[begun] = await exchange.token(begun)
    used = {begun: [list(token) for token in place.tokens] for begun, place in told.items()}
    return bounds(labels, told, ends), {"tokens": used}


async def _by_prompt(exchange: Exchange) -> tuple[OptionMasses, dict[str, Any]]:
    labels = exchange.request.labels
    (prompt,) = await exchange.prompts([None])
    found: dict[tuple[str, ...], tuple[int, float]] = {}
    used: dict[str, Any] = {}
    written = [spellings(label) for label in labels]
    for n in range(max(map(len, written))):
        which = [i for i, several in enumerate(written) if n < len(several)]
        texts = [written[i][n] for i in which]
        for i, text, tokens in zip(which, texts, await exchange.prompts(texts), strict=True):
            answer = answer_tokens(prompt, tokens, exchange.form.tail)
            # a template that trims answers writes two spellings alike
            if answer is not None and answer[0] not in found:
                used[text] = list(answer[1])
                found[answer[0]] = (i, fsum(answer[1]))
        if fsum(exp(value) for _, value in found.values()) >= 1 - _ENOUGH:
            break
    lacking = set(range(len(labels))) - {i for i, _ in found.values()}
    if lacking:
        raise NotTold(
            f"the label {labels[min(lacking)]!r} is no answer of its own behind this prompt; label "
            "the options with letters",
            permanent=True,
        )
    return exact(labels, found), {"answers": used}
