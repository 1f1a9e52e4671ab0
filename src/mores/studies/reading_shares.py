"""Shares of dilemmas, as readings of them are printed."""

from __future__ import annotations

from mores.measures.proportions import share_interval

__all__ = ["share_with_interval"]


def share_with_interval(count: int, n: int, level: float = 0.95) -> tuple[float, float, float]:
    """A share and the ends of Wilson's interval.

    Parameters
    ----------
    count, n : int
        Independent units that have what is counted, and all of them; 0 <= count <= n.
    level : float
        Nominal coverage, between 0 and 1.

    Returns
    -------
    share, low, high : float
        Each 0 … 1; NaN if n is 0.

    Raises
    ------
    ValueError
        If the count is negative or exceeds n.
    """
    interval = share_interval(count, n, level)
    return count / n if n else float("nan"), float(interval.low), float(interval.high)
