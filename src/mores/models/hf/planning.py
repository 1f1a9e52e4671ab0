"""Which token sequences, after a prompt, are which answer.

The probability of an option is that of its label followed by the end of the answer, ::

    P(label) = sum over forms f of the label, and endings e, of P(tokens of f e | prompt)

so that "1" does not receive what belongs to "10", whether the tokenizer holds "10" as one token or
as two. Forms are declared strings that strip to the label; each is put behind the rendered prompt and
tokenized with it as one string. No two of the sequences summed is the beginning of another, so that
the sum over labels, the allowed mass, is the probability of an answer that is one of the options.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mores.errors import ModelError
from mores.models.hf.description import Described
from mores.models.hf.forms import Forms, OptionPrompt
from mores.models.hf.prefix_tree import Continuations

__all__ = ["Plan", "Planned", "Planner"]

_TAIL = 16
"""Tokens before an answer that are tokenized with it again, where no special token stands nearer."""
_PLANS = 4096
"""Plans that are kept; a study's prompts end alike, so it needs one a set of labels."""

Tokens = tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Plan:
    """Which token sequences may follow a prompt, and what each of them counts for.

    Attributes
    ----------
    continuations : tuple of tuple of int
        The sequences.
    label, form : ndarray of int64, shape (continuations,)
        Place of each one's label among the labels, and of its form among the forms.
    unexpressed : tuple of str
        Forms that cannot be written after this prompt.
    """

    continuations: Continuations
    label: NDArray[np.int64]
    form: NDArray[np.int64]
    unexpressed: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Planned:
    """A prompt in tokens, with what may follow it."""

    tokens: list[int]
    plan: Plan


class Planner:
    """Plans answers for one model.

    Parameters
    ----------
    about : Described
        The model's tokenizer, template and stop tokens.
    forms : Forms
        The ways of writing a label.
    """

    def __init__(self, about: Described, forms: Forms) -> None:
        self.about = about
        self.forms = forms
        self._special = set(about.tokenizer.all_special_ids)
        self._plans: dict[tuple[str, Tokens, tuple[str, ...]], Plan] = {}

    def plan(self, prompt: OptionPrompt) -> Planned:
        """The tokens of a prompt, and the sequences of each of its labels.

        Raises
        ------
        Refusal
            If the template cannot render the messages.
        ModelError
            If a label cannot be expressed, or not apart from another one.
        """
        text = self.about.template.render(prompt.messages)
        tokens, starts = self.about.template.encode(text)
        begin = self._begin(tokens)
        tail, before = text, tuple(tokens)
        if starts is not None:
            tail, before = text[starts[begin] :], tuple(tokens[begin:])
        key = (tail, before, prompt.labels)
        if key not in self._plans:
            if len(self._plans) >= _PLANS:
                self._plans.clear()
            if self._bare(tail) == before:
                self._plans[key] = self._planned(tail, before, prompt.labels, self._bare)
            else:  # what stands further in front matters
                return Planned(
                    tokens, self._planned(text, tuple(tokens), prompt.labels, self._whole)
                )
        return Planned(tokens, self._plans[key])

    def _begin(self, tokens: list[int]) -> int:
        """Where the end of a prompt that decides how an answer after it is tokenized begins."""
        earliest = max(0, len(tokens) - _TAIL)
        places = (i for i in range(len(tokens) - 1, earliest - 1, -1) if tokens[i] in self._special)
        return next(places, earliest)

    def _bare(self, text: str) -> Tokens:
        return tuple(
            self.about.tokenizer(text, add_special_tokens=False, verbose=False)["input_ids"]
        )

    def _whole(self, text: str) -> Tokens:
        return tuple(self.about.template.tokens(text))

    def _planned(
        self,
        text: str,
        before: Tokens,
        labels: tuple[str, ...],
        tokenize: Callable[[str], Tokens],
    ) -> Plan:
        found: dict[Tokens, tuple[int, int]] = {}
        unexpressed: list[str] = []
        for i, label in enumerate(labels):
            for j, form in enumerate(self.forms.of(label)):
                if form is None:
                    continue
                sequences = self._sequences(text, before, form, tokenize)
                if not sequences:
                    unexpressed.append(form)
                for sequence in sequences:
                    if found.setdefault(sequence, (i, j))[0] != i:
                        raise ModelError(self._confused(labels[found[sequence][0]], label))
        kept = self._prefix_free(found, labels)
        lacking = set(range(len(labels))) - {i for _, (i, _) in kept}
        if lacking:
            shown = ", ".join(repr(labels[i]) for i in sorted(lacking))
            raise ModelError(
                f"{self.about.source.spec}: its tokenizer cannot write {shown} as an answer of its "
                "own after this prompt; label the options with letters"
            )
        return Plan(
            tuple(sequence for sequence, _ in kept),
            np.array([i for _, (i, _) in kept]),
            np.array([j for _, (_, j) in kept]),
            tuple(unexpressed),
        )

    def _sequences(
        self, text: str, before: Tokens, form: str, tokenize: Callable[[str], Tokens]
    ) -> list[Tokens]:
        """The token sequences of a form with each ending; none if it merges with the prompt."""
        n = len(before)
        found: list[Tokens] = []
        for ending in self._endings():
            whole = tokenize(text + form + ending)
            if whole[:n] != before or len(whole) <= n or self._unknown(whole[n:]):
                continue
            rest = whole[n:]
            found += [rest] if ending else [(*rest, stop) for stop in self.about.stops]
        return found

    def _endings(self) -> tuple[str, ...]:
        if self.forms.endings is not None:
            return self.forms.endings
        return ("",) if self.about.template.chat else ("", "\n")

    def _unknown(self, tokens: Tokens) -> bool:
        """Whether a tokenizer has put its unknown token in place of something."""
        unknown = self.about.tokenizer.unk_token_id
        return unknown is not None and unknown in tokens

    def _prefix_free(
        self, found: dict[Tokens, tuple[int, int]], labels: tuple[str, ...]
    ) -> list[tuple[Tokens, tuple[int, int]]]:
        """Without the sequences that begin with another one, which contains them."""
        kept = []
        for sequence, (i, j) in found.items():
            beginnings = (sequence[:n] for n in range(1, len(sequence)))
            within = next((found[b][0] for b in beginnings if b in found), None)
            if within is None:
                kept.append((sequence, (i, j)))
            elif within != i:
                raise ModelError(self._confused(labels[within], labels[i]))
        return kept

    def _confused(self, one: str, other: str) -> str:
        return (
            f"{self.about.source.spec}: the options {one!r} and {other!r} cannot be told apart in "
            "its tokens; give them different labels"
        )
