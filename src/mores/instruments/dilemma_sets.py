"""What a set of dilemmas covers, and some of it by value, topic, id or lot."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from difflib import get_close_matches

from mores.errors import InstrumentError, nearest
from mores.instruments.dilemmas import Dilemma
from mores.instruments.labels import fold
from mores.instruments.validation import shown

__all__ = ["Coverage", "chosen", "coverage", "drawn"]


@dataclass(frozen=True, slots=True)
class Coverage:
    """How many dilemmas there are by value and topic.

    Attributes
    ----------
    values, topics : dict of str to str
        Label of each that occurs, by id, in the order of the file.
    counts : dict of (str, str) to int
        Dilemmas of each value and topic, 0 included.
    """

    values: dict[str, str]
    topics: dict[str, str]
    counts: dict[tuple[str, str], int]

    @property
    def missing(self) -> tuple[tuple[str, str], ...]:
        """The pairs of a value and a topic that occur, but not together."""
        return tuple(pair for pair, n in self.counts.items() if not n)


def coverage(dilemmas: Sequence[Dilemma]) -> Coverage:
    """How many dilemmas there are by value and topic."""
    by_value = {d.value: d.value_label for d in dilemmas}
    by_topic = {d.topic: d.topic_label for d in dilemmas}
    counts = {(value, topic): 0 for value in by_value for topic in by_topic}
    for d in dilemmas:
        counts[d.value, d.topic] += 1
    return Coverage(by_value, by_topic, counts)


def chosen(
    dilemmas: Sequence[Dilemma],
    values: Sequence[str] | None = None,
    topics: Sequence[str] | None = None,
    ids: Sequence[str] | None = None,
) -> tuple[Dilemma, ...]:
    """The dilemmas of these values and topics that have these ids, in their order.

    Parameters
    ----------
    dilemmas : sequence of Dilemma
    values, topics : sequence of str, optional
        Ids or labels, in any case; all unless given.
    ids : sequence of str, optional
        All unless given.

    Raises
    ------
    InstrumentError
        If one is not in the set, or no dilemma is left.
    """
    of_value = _named("value", values, [(d.value, d.value_label) for d in dilemmas])
    of_topic = _named("topic", topics, [(d.topic, d.topic_label) for d in dilemmas])
    known = {d.id for d in dilemmas}
    for name in ids or ():
        if name not in known:
            near = get_close_matches(name, sorted(known), n=3)
            remedy = (
                f"did you mean {' or '.join(near)}?"
                if near
                else "see those of a value with --value"
            )
            raise InstrumentError(f"no dilemma here has the id {shown(name)}; {remedy}")
    found = tuple(
        d
        for d in dilemmas
        if of_value(d.value) and of_topic(d.topic) and (ids is None or d.id in ids)
    )
    if not found:
        raise InstrumentError("no dilemma is of that value, topic and id at once; ask for less")
    return found


def drawn(dilemmas: Sequence[Dilemma], n: int, seed: int) -> tuple[Dilemma, ...]:
    """A simple random sample without replacement, in the order of the draw.

    Raises
    ------
    InstrumentError
        If n is below 1 or above the number of dilemmas.
    """
    if not 1 <= n <= len(dilemmas):
        raise InstrumentError(f"cannot draw {n} of {len(dilemmas):,} dilemmas; draw 1 to that many")
    return tuple(random.Random(seed).sample(list(dilemmas), n))  # noqa: S311 - nothing secret


def _named(
    noun: str, wanted: Sequence[str] | None, named: Sequence[tuple[str, str]]
) -> Callable[[str], bool]:
    """Whether an id is one of those wanted, by id or label."""
    if wanted is None:
        return lambda _: True
    by_form = {fold(form): known for known, label in named for form in (label, known)}
    for text in wanted:
        if fold(text) not in by_form:
            known = dict.fromkeys(known for known, _ in named)
            raise InstrumentError(
                f"no dilemma here has the {noun} {shown(text)}; {nearest(text, known)}"
            )
    meant = {by_form[fold(text)] for text in wanted}
    return lambda known: known in meant
