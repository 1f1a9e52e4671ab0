"""Log-probabilities of a prompt's own tokens -> the probability of each label.

Where a server tells them, an answer put behind a prompt is scored whole: its tokens, and the one that
ends it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import exp, fsum, inf, log
from typing import Any

from mores.models.option_evidence import NotTold, log_probability
from mores.records import OptionMasses

__all__ = ["PromptTokens", "answer_tokens", "exact", "read_prompt"]


@dataclass(frozen=True, slots=True)
class PromptTokens:
    """The tokens of a whole prompt, as a server told them.

    Attributes
    ----------
    ids : tuple of str
        Their numbers; empty for a first one of which nothing is told.
    logs : tuple of float or None
        Logarithm of the probability of each after those before it; None for the first.
    """

    ids: tuple[str, ...]
    logs: tuple[float | None, ...]


def read_prompt(body: Mapping[str, Any]) -> PromptTokens:
    """What a reply tells of its prompt's tokens.

    Parameters
    ----------
    body : mapping
        A chat completion with ``prompt_logprobs``: for each token its number with its ``logprob``.

    Raises
    ------
    NotTold
        If they are missing, not of one token a place, or no log-probabilities.
    """
    places = body.get("prompt_logprobs")
    if not isinstance(places, list) or len(places) < 2:
        raise NotTold("no log-probabilities of the prompt's tokens in the reply")
    ids: list[str] = []
    logs: list[float | None] = []
    for n, place in enumerate(places):
        if n == 0 and place is None:
            ids.append("")
            logs.append(None)
            continue
        if not isinstance(place, dict) or len(place) != 1:
            raise NotTold("log-probabilities of the prompt that are not of one token a place")
        ((number, entry),) = place.items()
        ids.append(str(number))
        logs.append(log_probability(entry.get("logprob") if isinstance(entry, dict) else None))
    return PromptTokens(tuple(ids), tuple(logs))


def answer_tokens(
    asked: PromptTokens, answered: PromptTokens, tail: Sequence[str]
) -> tuple[tuple[str, ...], tuple[float, ...]] | None:
    """An answer's tokens and their log-probabilities, the token that ends it included.

    Parameters
    ----------
    asked : PromptTokens
        The prompt, up to where the answer begins.
    answered : PromptTokens
        The same with the answer, closed.
    tail : sequence of str
        Numbers of the tokens with which an answer is closed; the first ends it.

    Returns
    -------
    tuple or None
        None where the answer is not written in tokens of its own behind the prompt.
    """
    begin, end = len(asked.ids), len(answered.ids) - len(tail)
    if answered.ids[1:begin] != asked.ids[1:] or answered.ids[end:] != tuple(tail) or end <= begin:
        return None
    logs = tuple(value for value in answered.logs[begin : end + 1] if value is not None)
    return answered.ids[begin : end + 1], logs


def exact(labels: Sequence[str], logs: Mapping[tuple[str, ...], tuple[int, float]]) -> OptionMasses:
    """The probabilities of labels from those of the token sequences that spell them.

    Parameters
    ----------
    labels : sequence of str
        In the order shown.
    logs : mapping
        Of each token sequence, its end included: which label it is, and its log-probability.
    """
    shares = [fsum(exp(value) for j, value in logs.values() if j == i) for i in range(len(labels))]
    found = tuple(log(share) if share > 0 else -inf for share in shares)
    return OptionMasses(found, found)
