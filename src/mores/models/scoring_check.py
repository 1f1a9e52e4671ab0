"""Finding out, by asking, how a server tells the probabilities of labels.

It is asked for a number between 1 and 10. The log-probabilities of its answer's first token must be
there, and be those of numbers: a reasoning channel that opens first is closed if the server lets itself
be told to. Then an answer is begun with "1". After "ten" was asked for it must go on with "0", as it
does not where the server starts a new answer instead; after "one" it must end. A server that cannot
do so, or returns few alternatives, may still tell the log-probabilities of a whole prompt's tokens.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from math import exp

from mores.errors import ModelError
from mores.models.dialect import BEGUN, CLOSINGS, ScoringForm
from mores.models.failures import Failure, Refused
from mores.models.interface import Capabilities
from mores.models.negotiate import reasoned
from mores.models.option_evidence import ENDS, NotTold, Told, bounds
from mores.models.option_requests import Exchange, ScoringSend
from mores.models.prompt_evidence import answer_tokens
from mores.models.scrub import one_line
from mores.records import Message, Request, Sampling

__all__ = ["LETTERS", "ONE", "TEN", "find_scoring"]

_MANY = 20
_TOP = (_MANY, 10, 8, 5, 3, 1)
"""How many alternatives are asked for; 20 is the most that common servers give."""
_ALLOWED = 0.01
"""Least probability of a number as the answer to "write the number ten"."""
_SURE = 0.25
"""Least probability of the one right continuation of a begun answer."""
_REASONING = re.compile(
    r"\W*(?:seed:)?(?:think|thinking|thought|reasoning|analysis|channel)\W*", re.IGNORECASE
)
_LOGPROBS = re.compile(r"log_?probs", re.IGNORECASE)
_REMEDY = (
    'ask for text several times instead (elicitation = "text", with repeats), or ask another model'
)


def _question(what: str) -> Request:
    told = f"Write {what}, and nothing else."
    return Request(b"", (Message("user", told),), Sampling(), seed=1)


TEN, ONE = _question("the number ten in digits"), _question("the number one in digits")
LETTERS = _question("the letters from A to F with spaces between them")
"""What is asked to find out."""


async def find_scoring(send: ScoringSend, able: Capabilities, spec: str) -> Capabilities:
    """How a server tells the probabilities of labels, found out with three to ten short requests.

    Parameters
    ----------
    send : callable
        Sends a request as to a model of the given capabilities, with further fields; raises
        `Refused` when the server will not have it.
    able : Capabilities
        What it was found to take for text.
    spec : str
        Its specification, for messages.

    Returns
    -------
    Capabilities
        With `scoring`, `logprobs` and `scoring_form`. ``prefill`` goes before ``prompt`` where at
        least 20 alternatives are returned: it takes one or two requests a question, of which a
        server's prefix cache saves nearly all, while a prompt's log-probabilities take a whole
        uncached prompt for every option.

    Raises
    ------
    ModelError
        If no log-probabilities are returned, they are of other tokens only, or a reasoning channel
        opens first and cannot be closed.
    Failure
        If the server does not answer.
    """
    able = await _opened(send, able, spec)
    begun = await _continued(send, able)
    if begun is not None and able.logprobs >= _MANY:
        return begun
    return await _told_of_prompts(send, able) or begun or replace(able, scoring="first-token")


def _with(able: Capabilities, form: ScoringForm, scoring: str = "none") -> Capabilities:
    return replace(able, scoring=scoring, scoring_form=form.text)


async def _opened(send: ScoringSend, able: Capabilities, spec: str) -> Capabilities:
    """With the number of alternatives, and the closing, with which an answer opens with a number."""
    problems: list[str] = []
    tops: tuple[int, ...] = _TOP
    for closing in _closings(able.reasoning):
        for top in tops:
            trial = _with(replace(able, logprobs=top), ScoringForm(closing=closing))
            try:
                return await _numbers(send, trial)
            except Refused as refusal:
                problems.append(f"returns no log-probabilities ({refusal.reason})")
                if closing and not _LOGPROBS.search(f"{refusal.said.param} {refusal.said.all}"):
                    break  # it is the closing that is refused
            except NotTold as lack:
                problems.append(lack.reason)
                tops = tops[tops.index(top) :]
                break
        else:
            tops = _TOP[:1]  # their number was not what is wrong
    raise ModelError(f"{spec} {_CHANNEL if _CHANNEL in problems else problems[0]}; {_REMEDY}")


async def _numbers(send: ScoringSend, trial: Capabilities) -> Capabilities:
    """With the number of alternatives that come, if they are of use.

    Raises
    ------
    NotTold
        With what the server does instead.
    """
    exchange = Exchange(send, TEN, trial)
    try:
        told = await exchange.token()
    except NotTold as lack:
        if reasoned(exchange.replies[-1]):
            raise NotTold(_CHANNEL) from None
        raise NotTold(f"returns no usable log-probabilities: {lack.reason}") from None
    likeliest = max(told.tokens, key=lambda token: token[1])[0]
    if reasoned(exchange.replies[-1]) or _REASONING.fullmatch(likeliest):
        raise NotTold(_CHANNEL)
    if _begins(told, "123456789") < _ALLOWED:
        raise NotTold(
            "returns log-probabilities of other tokens only: asked for a number, it begins with "
            f"{one_line(repr(likeliest), 40)}"
        )
    returned = sum(value >= told.smallest for _, value in told.tokens)
    return replace(trial, logprobs=min(trial.logprobs, returned))


_CHANNEL = (
    "opens a reasoning channel before its answer and cannot be told to close it, so that its "
    "log-probabilities are not those of an answer"
)


def _closings(reasons: bool) -> Iterator[str]:
    """Ways to close the channel; none is tried first where text showed no such channel."""
    yield from sorted(CLOSINGS, key=lambda name: (name == "") == reasons)


def _begins(told: Told, characters: str) -> float:
    """The probability of the tokens that begin with one of some characters, but for spaces."""
    return told.mass(
        {text for text, _ in told.tokens if text.strip(" ▁Ġ\n")[:1] in set(characters)}
    )


async def _continued(send: ScoringSend, able: Capabilities) -> Capabilities | None:
    """With the way in which a begun answer is continued, if it is."""
    form = ScoringForm.of(able)
    for begun in BEGUN:
        trial = _with(able, replace(form, begun=begun), "prefill")
        try:
            if _begins(await Exchange(send, LETTERS, trial).token("A B C"), "D") < _SURE:
                continue
            exchange = Exchange(send, ONE, trial)
            told = await exchange.token("1")
        except (Failure, NotTold):
            continue
        # a token that ends an answer is no part of its text
        last = exchange.replies[-1]
        known = told.drawn in ENDS or told.drawn in (last.text or "")
        ends = (told.drawn,) if last.finish == "stop" and not known else ()
        ended = bounds(("1", "10"), {"": _CERTAIN, "1": told}, ENDS | set(ends)).low[0]
        if exp(ended) >= _SURE:
            return _with(able, replace(form, begun=begun, ends=ends), "prefill")
    return None


_CERTAIN = Told((("1", 0.0),), 0.0, "1")


async def _told_of_prompts(send: ScoringSend, able: Capabilities) -> Capabilities | None:
    """With the tokens that close an answer in a prompt, if the server tells of a prompt's tokens."""
    exchange = Exchange(send, TEN, able)
    try:
        asked, *answered = await exchange.prompts([None, "7", "3"])
    except (Failure, NotTold):
        return None
    shortest = min(len(tokens.ids) for tokens in answered)
    tail: list[str] = []
    for one, other in zip(
        *(tokens.ids[: len(asked.ids) - 1 : -1] for tokens in answered), strict=False
    ):
        if one != other:
            break
        tail.insert(0, one)
    if not tail or shortest - len(asked.ids) <= len(tail):
        return None
    if any(answer_tokens(asked, tokens, tail) is None for tokens in answered):
        return None
    return _with(able, replace(ScoringForm.of(able), tail=tuple(tail)), "prompt")
