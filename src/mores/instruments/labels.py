"""How a label that a person typed is recognised."""

from __future__ import annotations

import unicodedata

__all__ = ["fold", "slug"]


def fold(text: str) -> str:
    """The form of a label in which case, spacing and punctuation no longer matter.

    Parameters
    ----------
    text : str
        As typed, in any script.

    Returns
    -------
    str
        Case-folded words with one space between; ``&`` reads as ``and``. Empty if the text holds
        neither a letter nor a digit.
    """
    lower = unicodedata.normalize("NFKC", text).casefold().replace("&", " and ")
    # Casefolding can undo the normal form.
    plain = unicodedata.normalize("NFKC", lower)
    # Marks are kept: in many scripts they are the vowels.
    kept = (c if unicodedata.category(c)[0] in "LMN" else " " for c in plain)
    return " ".join("".join(kept).split())


def slug(text: str) -> str:
    """An id made of a label: its folded words joined by hyphens; empty if it has none."""
    return fold(text).replace(" ", "-")
