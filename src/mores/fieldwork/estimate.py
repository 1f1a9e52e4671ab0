"""What a run would take, before anything is spent."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice

import numpy as np

from mores.fieldwork.design import Design
from mores.keys import digest
from mores.models.interface import Price
from mores.records import Message

__all__ = ["Estimate", "estimate", "likely_tokens"]

COUNTED_EXACTLY = 20_000
BYTES_A_TOKEN = 4.0
COMPLETION_TOKENS = 120
SECONDS_A_REPLY = 2.0


@dataclass(frozen=True, slots=True)
class Estimate:
    """A plan in numbers.

    Attributes
    ----------
    requests : int
        Trials to be asked, each once.
    distinct_prompts : int or None
        How many different message lists they make; None when there are too many to render in advance.
    prompt_tokens, completion_tokens : int
        Over all requests: a token is taken as four bytes of UTF-8, a reply in text as 120 tokens, and
        one that tells probabilities as one.
    cost : float or None
        US dollars; None where the price is unknown.
    seconds : float
        At two seconds a reply and the given number in flight; 0 where no reply is waited for.
    """

    requests: int
    distinct_prompts: int | None
    prompt_tokens: int
    completion_tokens: int
    cost: float | None
    seconds: float


def likely_tokens(messages: Sequence[Message]) -> float:
    """How many tokens messages are: one for four bytes of UTF-8, of which other scripts take more."""
    told = sum(len(message.content.encode("utf-8", "surrogatepass")) for message in messages)
    return told / BYTES_A_TOKEN


def estimate(design: Design, price: Price | None, in_flight: int, waits: bool) -> Estimate:
    """Estimate a design without asking anything.

    Parameters
    ----------
    design : Design
        What would be asked.
    price : Price or None
        Of the model's tokens.
    in_flight : int
        Requests in flight at once.
    waits : bool
        Replies are waited for: the model is neither simulated nor in this process, where nobody knows
        beforehand how long it takes.
    """
    exact = design.selected <= COUNTED_EXACTLY
    trials = (int(t) for block in design.blocks(4096) for t in block)
    lengths, seen, scored = [], set(), 0
    for trial in islice(trials, None if exact else 2000):
        request = design.request(trial, 0)
        messages = request.messages
        scored += bool(request.labels)
        lengths.append(likely_tokens(messages))
        if exact:
            seen.add(digest([[m.role, m.content] for m in messages]))
    mean = float(np.mean(lengths)) if lengths else 0.0
    in_text = 1 - scored / max(1, len(lengths))
    each = COMPLETION_TOKENS * in_text + (1 - in_text)
    prompt, completion = int(mean * design.selected), round(each * design.selected)
    cost = None
    if price is not None:
        cost = (prompt * price.prompt + completion * price.completion) / 1e6
    return Estimate(
        requests=design.selected,
        distinct_prompts=len(seen) if exact else None,
        prompt_tokens=prompt,
        completion_tokens=completion,
        cost=cost,
        seconds=design.selected * SECONDS_A_REPLY / max(1, in_flight) if waits else 0.0,
    )
