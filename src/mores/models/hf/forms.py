"""Ways of writing an option's label, and the probabilities of a question's options."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from mores.errors import ModelError
from mores.records import Message

__all__ = ["Forms", "OptionPrompt", "OptionScores"]

_WIDE = 0xFEE0
"""From a character to its full-width form."""
_NOTABLE = 0.01
"""Probability from which on a form other than the first is worth a word."""


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

    def other_forms(self) -> Mapping[str, float]:
        """The same, in hundredths, of those forms after the first that have at least 0.01."""
        masses = list(self.mass_by_form().items())[1:]
        return {name: round(mass, 2) for name, mass in masses if mass >= _NOTABLE}
