"""What a check of a set of dilemmas found."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["CheckResult", "Finding"]


@dataclass(frozen=True, slots=True)
class Finding:
    """What is wrong, or notable, in one place.

    Attributes
    ----------
    where : str
        The dilemma's id, two of them, or a word.
    told : str
        In a sentence.
    """

    where: str
    told: str


@dataclass(frozen=True, slots=True)
class CheckResult:
    """One check of a set of dilemmas.

    Attributes
    ----------
    topic : str
        ``form``, ``variety``, ``cues``, ``validation`` or ``coverage``.
    name : str
        What was looked at.
    value : float or None
        What was found; None if it could not be.
    unit : str
        What the value is: ``"dilemmas"``, ``"share"``, ``"AUC"`` …
    limit : str
        What is allowed, such as ``"≤ 0.60"``; empty if the value is told without being judged.
    passed : bool or None
        Whether the value is within the limit; None without a limit or a value.
    n : int
        Over how many dilemmas, actions or pairs, as `of` says.
    of : str
        What n counts.
    findings : tuple of Finding
        Where it fails, or what is nearest to failing.
    note : str
        What else a reader needs, such as an interval.
    """

    topic: str
    name: str
    value: float | None
    unit: str
    limit: str
    passed: bool | None
    n: int
    of: str
    findings: tuple[Finding, ...] = ()
    note: str = ""
