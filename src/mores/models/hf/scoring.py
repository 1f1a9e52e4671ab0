"""Probabilities of a question's options, each scored as a whole answer.

The probability of an option is that of its label followed by the end of the answer, ::

    P(label) = sum over forms f of the label, and endings e, of P(tokens of f e | prompt)

so that "1" does not receive what belongs to "10", whether the tokenizer holds "10" as one token or
as two. Forms are declared strings that strip to the label; each is put behind the rendered prompt and
tokenized with it as one string. No two of the sequences summed is the beginning of another, so that
the sum over labels, the allowed mass, is the probability of an answer that is one of the options.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from mores.errors import ModelError
from mores.models.hf.loading import Loaded
from mores.models.hf.memory import Footprint
from mores.models.hf.prefix_tree import Continuations, PrefixTree, grow
from mores.models.hf.tree_pass import faithful, log_probabilities, plain_log_probabilities
from mores.records import Message

__all__ = ["Forms", "OptionPrompt", "OptionScorer", "OptionScores"]

_TAIL = 16
"""Tokens before an answer that are tokenized with it again, where no special token stands nearer."""
_PLANS = 4096
_WIDE = 0xFEE0
"""From a character to its full-width form."""


@dataclass(frozen=True, slots=True)
class Forms:
    """The ways of writing a label that count as it.

    Attributes
    ----------
    patterns : tuple of str
        ``{}`` stands for the label.
    wide : bool
        Also the label in full-width characters, where it is a number or a single letter.
    endings : tuple of str or None
        What ends an answer: the empty string is the model's own stop tokens, any other is text.
        None is the stop tokens, and without a chat template a line break too.
    """

    patterns: tuple[str, ...] = ("{}", " {}", "{}.", " {}.")
    wide: bool = True
    endings: tuple[str, ...] | None = None

    def __post_init__(self) -> None:
        odd = [p for p in self.patterns if p.count("{}") != 1 or p.strip(" .\n") != "{}"]
        if odd or not self.patterns:
            raise ModelError(
                f"forms {list(self.patterns)}: each is {{}} with spaces, line breaks or a full stop "
                "around it, and there must be one"
            )

    @property
    def names(self) -> tuple[str, ...]:
        """The patterns, and ``wide``, in the order of `OptionScores.log_masses`."""
        return (*self.patterns, "wide") if self.wide else self.patterns

    def of(self, label: str) -> list[str | None]:
        """The strings of a label, one a name; None where there is no such form."""
        found: list[str | None] = [pattern.replace("{}", label) for pattern in self.patterns]
        if self.wide:
            plain = label.isascii() and (label.isdigit() or (len(label) == 1 and label.isalpha()))
            found.append("".join(chr(ord(c) + _WIDE) for c in label) if plain else None)
        return found


@dataclass(frozen=True, slots=True)
class OptionPrompt:
    """One question with its options.

    Attributes
    ----------
    messages : tuple of Message
        What is asked; the answer is scored as the assistant's next words.
    labels : tuple of str
        What an answer is written as, in the order shown, such as ``("1", …, "10")``.
    """

    messages: tuple[Message, ...]
    labels: tuple[str, ...]


@dataclass(frozen=True)
class OptionScores:
    """The probabilities of a question's options.

    Attributes
    ----------
    labels : tuple of str
        In the order shown.
    forms : tuple of str
        Names of the forms.
    log_masses : ndarray of float64, shape (labels, forms)
        Natural logarithm of the probability of an answer in that form; minus infinity where the
        label has no such form.
    failure : str or None
        Why there is no score, as one line; all masses are then minus infinity.
    unexpressed : tuple of str
        Forms that this tokenizer cannot write after this prompt, left out of the sum.
    prompt_tokens : int
        Tokens of the prompt.
    """

    labels: tuple[str, ...]
    forms: tuple[str, ...]
    log_masses: NDArray[np.float64]
    failure: str | None = None
    unexpressed: tuple[str, ...] = ()
    prompt_tokens: int = 0

    @cached_property
    def log_probabilities(self) -> NDArray[np.float64]:
        """Logarithm of P(label), shape (labels,): summed over forms, not normalised over labels."""
        return np.asarray(np.logaddexp.reduce(self.log_masses, axis=1), dtype=np.float64)

    @property
    def allowed_mass(self) -> float:
        """The probability that the answer is one of the options, 0 … 1."""
        return float(np.exp(self.log_probabilities).sum())

    @property
    def probabilities(self) -> NDArray[np.float64] | None:
        """P(label | the answer is an option), shape (labels,); None if no option has any mass."""
        highest = self.log_probabilities.max()
        if not np.isfinite(highest):
            return None
        shares = np.exp(self.log_probabilities - highest)
        return np.asarray(shares / shares.sum(), dtype=np.float64)

    def mass_by_form(self) -> Mapping[str, float]:
        """The probability of an answer in each form, over all labels."""
        return dict(zip(self.forms, map(float, np.exp(self.log_masses).sum(axis=0)), strict=True))


@dataclass(frozen=True, slots=True)
class _Plan:
    """Which token sequences may follow a prompt, and what each of them counts for."""

    continuations: Continuations
    label: NDArray[np.int64]
    form: NDArray[np.int64]
    unexpressed: tuple[str, ...]


@dataclass
class OptionScorer:
    """Scores options with a loaded model, every distinct prefix of a block run once.

    Parameters
    ----------
    loaded : Loaded
        The model.
    forms : Forms
        The ways of writing a label.

    Attributes
    ----------
    shares : bool
        Prefixes are shared. False for models whose attention does not obey a tree's mask, which
        was tried at the start: their sequences are run whole.
    tokens_run, distinct_tokens : int
        Tokens that went through the network so far, and nodes of the prefix trees.
    """

    loaded: Loaded
    forms: Forms = field(default_factory=Forms)
    tokens_run: int = 0
    distinct_tokens: int = 0

    def __post_init__(self) -> None:
        model = self.loaded.model
        self.shares = faithful(model)
        self._footprint = Footprint.of(model.config, self.loaded.width, self.loaded.device)
        self._plans: dict[tuple[object, ...], _Plan] = {}

    def score(self, prompts: Sequence[OptionPrompt]) -> list[OptionScores]:
        """The probabilities of each prompt's options.

        Parameters
        ----------
        prompts : sequence of OptionPrompt
            The more that share a beginning, the less is run; equal ones are run once.

        Returns
        -------
        list of OptionScores
            In order. A prompt longer than the model's context has a failure in place of masses.

        Raises
        ------
        ModelError
            If an option's label cannot be expressed, or not apart from another's.
        """
        template = self.loaded.template
        places: dict[OptionPrompt, int] = {}
        tokens: list[list[int]] = []
        plans: list[_Plan] = []
        for prompt in prompts:
            if prompt not in places:
                text = template.render(prompt.messages)
                places[prompt] = len(tokens)
                tokens.append(template.tokens(text))
                plans.append(self._plan(text, tokens[-1], prompt.labels))
        fitting = [
            i for i, (t, plan) in enumerate(zip(tokens, plans, strict=True)) if self._fits(t, plan)
        ]
        masses = dict(zip(fitting, self._run(fitting, tokens, plans), strict=True))
        return [
            self._scores(prompt, tokens[i], plans[i], masses.get(i))
            for prompt, i in ((prompt, places[prompt]) for prompt in prompts)
        ]

    def _fits(self, tokens: list[int], plan: _Plan) -> bool:
        longest = max(map(len, plan.continuations))
        return self.loaded.context is None or len(tokens) + longest - 1 <= self.loaded.context

    def _run(
        self, which: list[int], tokens: list[list[int]], plans: list[_Plan]
    ) -> list[NDArray[np.float64]]:
        """Log-probabilities of each prompt's continuations."""
        if not which:
            return []
        model, footprint = self.loaded.model, self._footprint
        asked = [tokens[i] for i in which]
        answers = [plans[i].continuations for i in which]
        tree = grow(asked, answers)
        longest = int(tree.depth.max()) + 1
        allowance = footprint.allowance(self.loaded.device)
        self.distinct_tokens += tree.size
        if self.shares:
            self.tokens_run += tree.size
            found = self._shared(tree, footprint.tokens_at_once(allowance, longest))
        else:
            rows = footprint.rows_at_once(allowance // 4, longest, 0)
            self.tokens_run += sum(
                len(a) + len(c) - 1
                for a, several in zip(asked, answers, strict=True)
                for c in several
            )
            found = plain_log_probabilities(model, asked, answers, rows)
        return np.split(found, np.cumsum([len(several) for several in answers])[:-1])

    def _shared(self, tree: PrefixTree, tokens_at_once: int) -> NDArray[np.float64]:
        """In smaller and smaller passes, should the memory run out after all."""
        import torch

        while True:
            try:
                return log_probabilities(self.loaded.model, tree, tokens_at_once)
            except torch.cuda.OutOfMemoryError:
                if tokens_at_once <= 16:
                    raise
                torch.cuda.empty_cache()
                tokens_at_once //= 2

    def _scores(
        self,
        prompt: OptionPrompt,
        tokens: list[int],
        plan: _Plan,
        found: NDArray[np.float64] | None,
    ) -> OptionScores:
        masses = np.full((len(prompt.labels), len(self.forms.names)), -np.inf)
        failure = None
        if found is None:
            failure = f"a prompt of {len(tokens)} tokens; the model takes {self.loaded.context}"
        elif not np.isfinite(found).all():
            failure = "the model returned numbers that are not finite"
        else:
            np.logaddexp.at(masses, (plan.label, plan.form), found)
        return OptionScores(
            prompt.labels, self.forms.names, masses, failure, plan.unexpressed, len(tokens)
        )

    def _plan(self, text: str, tokens: list[int], labels: tuple[str, ...]) -> _Plan:
        """The sequences of some labels after a prompt; the same for all that end alike."""
        tail, kept = self._tail(text, tokens)
        key = (tail, kept, labels)
        if key not in self._plans:
            if len(self._plans) >= _PLANS:
                self._plans.clear()
            self._plans[key] = self._planned(tail, tokens[len(tokens) - kept :], labels, kept)
        return self._plans[key]

    def _tail(self, text: str, tokens: list[int]) -> tuple[str, int]:
        """The end of a prompt's text that decides how an answer after it is tokenized.

        Returns
        -------
        str, int
            Text, and how many of the prompt's last tokens it is.
        """
        tokenizer = self.loaded.tokenizer
        if not getattr(tokenizer, "is_fast", False):
            return text, len(tokens)
        special = set(tokenizer.all_special_ids)
        begin = max(0, len(tokens) - _TAIL)
        begin = max((i for i in range(begin, len(tokens)) if tokens[i] in special), default=begin)
        encoded = tokenizer(
            text,
            add_special_tokens=not self.loaded.template.chat,
            return_offsets_mapping=True,
            verbose=False,
        )
        tail = text[encoded["offset_mapping"][begin][0] :]
        if self._continued(tail) == tokens[begin:]:
            return tail, len(tokens) - begin
        return text, len(tokens)

    def _continued(self, text: str) -> list[int]:
        found = self.loaded.tokenizer(text, add_special_tokens=False, verbose=False)["input_ids"]
        return [int(token) for token in found]

    def _planned(self, tail: str, before: list[int], labels: tuple[str, ...], kept: int) -> _Plan:
        found: dict[tuple[int, ...], tuple[int, int]] = {}
        unexpressed: list[str] = []
        for i, label in enumerate(labels):
            for j, form in enumerate(self.forms.of(label)):
                if form is None:
                    continue
                sequences = self._sequences(tail, before, form)
                if not sequences:
                    unexpressed.append(form)
                for sequence in sequences:
                    if found.setdefault(sequence, (i, j))[0] != i:
                        raise ModelError(self._confused(labels[found[sequence][0]], label))
        kept_ones = self._prefix_free(found, labels)
        lacking = set(range(len(labels))) - {i for _, (i, _) in kept_ones}
        if lacking:
            shown = ", ".join(repr(labels[i]) for i in sorted(lacking))
            raise ModelError(
                f"{self.loaded.source.spec}: its tokenizer cannot write {shown} as an answer of its "
                "own after this prompt; label the options with letters"
            )
        return _Plan(
            tuple(sequence for sequence, _ in kept_ones),
            np.array([i for _, (i, _) in kept_ones]),
            np.array([j for _, (_, j) in kept_ones]),
            tuple(unexpressed),
        )

    def _sequences(self, tail: str, before: list[int], form: str) -> list[tuple[int, ...]]:
        """The token sequences of a form with each ending; none if it merges with the prompt."""
        template, n = self.loaded.template, len(before)
        tokenize = (
            template.tokens
            if len(before) and self._continued(tail) != before
            else (self._continued)
        )
        endings = self.forms.endings
        if endings is None:
            endings = ("",) if template.chat else ("", "\n")
        found: list[tuple[int, ...]] = []
        for ending in endings:
            whole = tokenize(tail + form + ending)
            if whole[:n] != before or len(whole) <= n:
                continue
            rest = tuple(whole[n:])
            found += [rest] if ending else [(*rest, stop) for stop in self.loaded.stops]
        return found

    def _prefix_free(
        self, found: dict[tuple[int, ...], tuple[int, int]], labels: tuple[str, ...]
    ) -> list[tuple[tuple[int, ...], tuple[int, int]]]:
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
            f"{self.loaded.source.spec}: the options {one!r} and {other!r} cannot be told apart in "
            "its tokens; give them different labels"
        )
