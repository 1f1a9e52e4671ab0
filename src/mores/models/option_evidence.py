"""Log-probabilities of an answer's first tokens -> bounds of the probability of each label.

A server tells of the most probable tokens at a place of an answer. A token that spells a label (``"3"``,
``" 3"``, ``"3."``, ``"３"``) is an answer with that label; where the label is the beginning of another
one ("1" of "10"), what follows it decides (after other labels it is not asked for)::

    P("10") = P("10" as one token) + P("1") P("0" | "1"),     P("1") = P("1") P(end | "1")

A label of which no spelling was returned has a probability between 0 and min(smallest returned, what
remains of 1). Spellings that were not returned of a label of which another one was are left out: each
is at most as probable as the smallest returned.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from math import exp, fsum, inf, isfinite, log
from typing import Any

from mores.records import OptionMasses

__all__ = [
    "ENDS",
    "SPELLINGS",
    "NotTold",
    "Told",
    "beginnings",
    "bounds",
    "log_probability",
    "read_told",
    "spellings",
    "undecided",
]

SPELLINGS = ("{}", " {}", "{}.", " {}.")
"""The ways of writing a label that count as it, as in `mores.models.hf.scoring.Forms`."""
ENDS = frozenset(
    {
        "",  # how some servers write every special token
        "</s>",
        "<eos>",
        "<|end|>",
        "<|endoftext|>",
        "<|end_of_text|>",
        "<|end_of_turn|>",
        "<|END_OF_TURN_TOKEN|>",
        "<|eom_id|>",
        "<|eot_id|>",
        "<|im_end|>",
        "<|return|>",
        "<end_of_turn>",
        "<｜end▁of▁sentence｜>",
        "[EOS]",
    }
)
"""Texts by which servers show the token that ends an answer."""
_WIDE = 0xFEE0
"""From a character to its full-width form."""
_NARROW = {code + _WIDE: code for code in range(0x21, 0x7F)} | dict.fromkeys(map(ord, "▁Ġ"), " ")
_ROUNDING = 1e-3
"""By how much a sum of probabilities may exceed 1, of numbers computed in 32 bits and fewer."""
_NEGLIGIBLE = 1e-4
"""Share of the labels' mass below which it does not matter to which of two labels it belongs."""


class NotTold(Exception):
    """A reply does not hold the log-probabilities that were asked for.

    Parameters
    ----------
    reason : str
        Why, in one line.
    permanent : bool
        Asking the same again would end the same.
    """

    def __init__(self, reason: str, permanent: bool = False) -> None:
        super().__init__(reason)
        self.reason = reason
        self.permanent = permanent


@dataclass(frozen=True, slots=True)
class Told:
    """What was told of the token at one place of an answer.

    Attributes
    ----------
    tokens : tuple of (str, float)
        Text and natural logarithm of the probability, as returned.
    smallest : float
        Logarithm of the least probable of the most probable ones; no other token is above it.
    drawn : str
        The token that the server drew.
    """

    tokens: tuple[tuple[str, float], ...]
    smallest: float
    drawn: str

    @property
    def remaining(self) -> float:
        """The probability of all other tokens, 0 … 1."""
        return max(0.0, 1.0 - fsum(exp(value) for _, value in self.tokens))

    def mass(self, texts: Collection[str]) -> float:
        """The probability of the returned tokens with these texts."""
        return fsum(exp(value) for text, value in self.tokens if text in texts)


def read_told(body: Mapping[str, Any]) -> Told:
    """What a reply tells of its first token.

    Parameters
    ----------
    body : mapping
        A chat completion with ``choices[0].logprobs.content``.

    Raises
    ------
    NotTold
        If there are no log-probabilities, none but of the token that was drawn, or numbers that are
        no log-probabilities.
    """
    try:
        first = body["choices"][0]["logprobs"]["content"][0]
        drawn = _entry(first)
        top = [(_number(entry), *_entry(entry)) for entry in first.get("top_logprobs") or ()]
    except (LookupError, TypeError, AttributeError):
        raise NotTold("no log-probabilities in the reply") from None
    if not top:
        raise NotTold("log-probabilities of the token that was drawn, but of no other")
    tokens = [(text, value) for _, text, value in top]
    known = {(number, text) for number, text, _ in top}
    if (_number(first), drawn[0]) not in known and drawn[0] not in dict(tokens):
        tokens.append(drawn)
    total = fsum(exp(value) for _, value in tokens)
    if total > 1 + _ROUNDING:
        raise NotTold(f"log-probabilities whose probabilities sum to {total:.3g}")
    excess = log(total) if total > 1 else 0.0
    return Told(
        tuple((text, value - excess) for text, value in tokens),
        min(value for _, _, value in top) - excess,
        drawn[0],
    )


def _entry(entry: Mapping[str, Any]) -> tuple[str, float]:
    text = entry["token"]
    if not isinstance(text, str):
        raise TypeError("a token that is no text")
    return text, log_probability(entry["logprob"])


def _number(entry: Mapping[str, Any]) -> Any:
    """The token's own number, where the server gives one."""
    number = entry.get("id")
    return number if isinstance(number, int) else None


def log_probability(value: object) -> float:
    """A number of a reply as the natural logarithm of a probability.

    Raises
    ------
    NotTold
        If it is none: null, not finite, or above 0.
    """
    if value is None:
        raise NotTold("log-probabilities that are null")
    number = float(value) if isinstance(value, int | float) and not isinstance(value, bool) else inf
    if not isfinite(number) or number > _ROUNDING:
        raise NotTold(f"{str(value)[:40]} in place of a log-probability")
    return min(number, 0.0)


def spellings(label: str) -> list[str]:
    """The ways of writing a label; of a number or letter also in full-width characters."""
    found = [pattern.replace("{}", label) for pattern in SPELLINGS]
    if label.isascii() and (label.isdigit() or (len(label) == 1 and label.isalpha())):
        found.append("".join(chr(ord(c) + _WIDE) for c in label))
    return found


def beginnings(labels: Sequence[str]) -> list[str]:
    """The labels that are the beginning of another one, in order."""
    return [label for label in labels if any(_longer(label, other) for other in labels)]


def _longer(label: str, other: str) -> bool:
    return other != label and other.startswith(label)


def undecided(
    labels: Sequence[str], told: Mapping[str, Told], ends: Collection[str] = ENDS
) -> list[str]:
    """The begun answers after which it matters how they go on, and is not told yet.

    Parameters
    ----------
    labels : sequence of str
        In the order shown.
    told : mapping of str to Told
        Of the first token under the empty string, of what follows a begun answer under that answer.
    ends : collection of str
        Texts of the tokens that end an answer.
    """
    sums = _Sums(labels, told, ends)
    least = _NEGLIGIBLE * (fsum(sums.low) + fsum(sums.begun.values()))
    return [begun for begun, mass in sums.begun.items() if mass > 0 and mass >= least]


def bounds(
    labels: Sequence[str], told: Mapping[str, Told], ends: Collection[str] = ENDS
) -> OptionMasses:
    """The bounds of each label's probability; parameters as of `undecided`.

    Returns
    -------
    OptionMasses
        Equal bounds where all that a label consists of was told. All lower bounds are minus infinity
        where no spelling of any label was returned.
    """
    sums = _Sums(labels, told, ends)
    low = tuple(map(_log, sums.low))
    high = (
        mass + left + (0.0 if i in sums.seen else beyond)
        for i, (mass, left, beyond) in enumerate(zip(sums.low, sums.open, sums.beyond, strict=True))
    )
    # what is open belongs to one label only, and none has more than the others leave
    free = max(0.0, 1.0 - fsum(sums.low))
    return OptionMasses(
        low,
        tuple(
            max(least, _log(min(most, mass + free)))
            for most, mass, least in zip(high, sums.low, low, strict=True)
        ),
    )


class _Sums:
    """The mass that is told of labels.

    Attributes
    ----------
    low : list of float
        Mass that is the label's.
    open : list of float
        Mass of tokens that may or may not begin the label.
    beyond : list of float
        Bound of the mass of a token that was not returned.
    seen : set of int
        Labels of which a spelling was returned.
    begun : dict of str to float
        Mass of begun answers of whose continuation nothing is told.
    """

    def __init__(
        self, labels: Sequence[str], told: Mapping[str, Told], ends: Collection[str]
    ) -> None:
        self.labels, self.told, self.ends = labels, told, ends
        self.low, self.open, self.beyond = ([0.0] * len(labels) for _ in range(3))
        self.seen: set[int] = set()
        self.begun: dict[str, float] = {}
        self._add("", 1.0)

    def _add(self, begun: str, mass: float) -> None:
        """Add what follows a begun answer that has this mass."""
        whose = [i for i, label in enumerate(self.labels) if label.startswith(begun)]
        place = self.told.get(begun)
        if place is None:
            self.begun[begun] = mass
            for i in whose:
                self.open[i] += mass
            return
        here: set[int] = set()
        further: dict[str, list[float]] = {}
        for text, value in place.tokens:
            share = mass * exp(value)
            said, closed = self._said(begun, text)
            if said in self.labels and (closed or not self._goes_on(said)):
                i = self.labels.index(said)
                here.add(i)
                self.low[i] += share
            elif said in self.labels:
                further.setdefault(said, []).append(share)
            elif not closed:
                for i in whose:
                    self.open[i] += share if self.labels[i].startswith(said) else 0.0
        self.seen |= here
        for i in set(whose) - here:
            self.beyond[i] += mass * min(exp(place.smallest), place.remaining)
        for said, shares in further.items():
            self._add(said, fsum(shares))

    def _said(self, begun: str, text: str) -> tuple[str, bool]:
        """The answer as far as it is said with a token, and whether it is at its end."""
        if text in self.ends:
            return begun, True
        words = begun + text.translate(_NARROW)
        bare = words.strip().removesuffix(".")
        if not bare:
            return "", bool(words.strip())
        return bare, bare != words.lstrip()

    def _goes_on(self, label: str) -> bool:
        return any(_longer(label, other) for other in self.labels)


def _log(mass: float) -> float:
    return log(mass) if mass > 0 else -inf
