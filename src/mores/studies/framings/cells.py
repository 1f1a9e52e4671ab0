"""Who is asked about, how, and in which language: slices, prompts' contexts, and cells."""

from __future__ import annotations

import re
from typing import NamedTuple

from mores.errors import StudyError

__all__ = ["LANGUAGE_FRAMING", "Cell", "Context", "Slice"]

LANGUAGE_FRAMING = "language"
"""The framing without a country: the question in a language, and nothing else."""

_SLICE = re.compile(r"([a-z]{2,3})-([A-Z]{3})")


class Slice(NamedTuple):
    """People of a country who were interviewed in a language.

    `language` is an ISO 639-1 code, `country` an ISO 3166 alpha-3 code.
    """

    language: str
    country: str

    def __str__(self) -> str:
        return f"{self.language}-{self.country}"

    @classmethod
    def parse(cls, text: str) -> Slice:
        """Read ``ar-EGY``.

        Raises
        ------
        StudyError
            If it is not written so.
        """
        match = _SLICE.fullmatch(text)
        if match is None:
            raise StudyError(
                f"slices: {text!r} is no slice; write language and country, such as ar-EGY"
            )
        return cls(match[1], match[2])


class Context(NamedTuple):
    """What a prompt puts around a question; equal contexts are asked once.

    Attributes
    ----------
    framing : str
    language : str
        Of the prompt.
    country : str or None
        None for the framing without a country.
    paraphrase : int
        0 for the wording itself, from 1 its paraphrases.
    """

    framing: str
    language: str
    country: str | None
    paraphrase: int = 0


class Cell(NamedTuple):
    """A slice under a framing, asked in some language: what tables count.

    Attributes
    ----------
    framing : str
    slice : Slice
        Whose humans it is compared with; of the language framing those of the slice's language, in
        all countries.
    context : int
        Index of the context in which it is asked; several cells may share it.
    language : str
        Of the prompt; the slice's own unless languages are crossed.
    paraphrase : int
    """

    framing: str
    slice: Slice
    context: int
    language: str
    paraphrase: int = 0

    @property
    def own(self) -> bool:
        """Whether it is asked as in the paper: in the slice's language, in the first wording."""
        return self.language == self.slice.language and self.paraphrase == 0
