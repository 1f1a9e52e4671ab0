"""Numbers as a reader sees them; files keep full precision."""

from __future__ import annotations

from math import isfinite

__all__ = [
    "MISSING",
    "SIGNIFICANT",
    "bounds",
    "count",
    "fixed",
    "is_significant",
    "level_text",
    "number_of",
    "p_equals",
    "p_text",
    "percent",
    "signed",
]

MISSING = "–"
MINUS = "\u2212"
SIGNIFICANT = 0.05
"""Level of the tests, after adjustment."""
Number = float | int | None


def _known(value: Number) -> bool:
    return value is not None and isfinite(value)


def fixed(value: Number, digits: int = 3) -> str:
    """A number with so many decimals and a true minus sign; a dash where there is none."""
    if value is None or not isfinite(value):
        return MISSING
    text = f"{value:.{digits}f}"
    if float(text) == 0:
        text = text.removeprefix("-")
    return text.replace("-", MINUS)


def signed(value: Number, digits: int = 3) -> str:
    """As `fixed`, with a plus sign where it is above zero."""
    text = fixed(value, digits)
    above = _known(value) and text[0] != MINUS and float(text) != 0
    return f"+{text}" if above else text


def bounds(low: Number, high: Number, digits: int = 3, sign: bool = False) -> str:
    """An interval in brackets; empty where there is none."""
    if not (_known(low) and _known(high)):
        return ""
    shown = signed if sign else fixed
    return f"[{shown(low, digits)}, {shown(high, digits)}]"


def percent(share: Number, digits: int = 1) -> str:
    """A share as per cent; never rounded to 0 or 100 when it is neither."""
    if share is None or not isfinite(share):
        return MISSING
    least = 10.0**-digits
    value = 100 * share
    if 0 < value < least / 2:
        return f"<{least:.{digits}f}\u00a0%"
    if 100 - least / 2 <= value < 100:
        return f">{100 - least:.{digits}f}\u00a0%"
    whole = value in (0, 100)
    return f"{value:.{0 if whole else digits}f}\u00a0%"


def count(value: int | None) -> str:
    """A whole number in groups of three digits."""
    return MISSING if value is None else f"{value:,}"


def number_of(n: int, what: str, several: str | None = None) -> str:
    """A count with its noun: the singular for one, else the plural, by default with an s.

    Examples
    --------
    >>> number_of(1, "dilemma"), number_of(1200, "dilemma")
    ('1 dilemma', '1,200 dilemmas')
    """
    return f"{count(n)} {what if n == 1 else several or what + 's'}"


def p_text(p: Number) -> str:
    """A p value: three decimals, or that it lies below .001.

    Examples
    --------
    >>> p_text(0.0213), p_text(2e-7), p_text(1.0)
    ('.021', '<.001', '1.000')
    """
    if p is None or not isfinite(p):
        return MISSING
    if p < 0.001:
        return "<.001"
    text = f"{p:.3f}"
    return text.removeprefix("0")


def p_equals(p: Number) -> str:
    """A p value within a sentence: ``"p < .001"`` or ``"p = .021"``."""
    text = p_text(p)
    return f"p < {text[1:]}" if text.startswith("<") else f"p = {text}"


def is_significant(p: Number) -> bool:
    """Whether an adjusted p value lies below the level of the tests."""
    return p is not None and p < SIGNIFICANT


def level_text(level: float) -> str:
    """A level as per cent: ``0.95`` is ``"95 %"``."""
    return f"{100 * level:g}\u00a0%"
