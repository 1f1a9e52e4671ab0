"""The orders in which the options of a question are shown."""

from __future__ import annotations

__all__ = ["option_orders"]


def option_orders(n: int, mode: str, *, scale: bool = False) -> tuple[tuple[int, ...], ...]:
    """The orders of n options.

    Parameters
    ----------
    n : int
        Number of options.
    mode : str
        ``fixed``, ``reversed``, ``both``, ``cyclic`` or ``latin-square``.
    scale : bool
        Whether they are a scale of which only the ends have names. It is shown forwards or
        backwards, its numbers staying with their options: a rotation would tear it apart.

    Returns
    -------
    tuple of tuple of int
        ``order[shown] = original``. A Latin square is balanced: every option stands equally often at
        each place and right before each other one (Williams 1949), for which an odd number of options
        needs every row forwards and backwards.
    """
    forwards = tuple(range(n))
    backwards = forwards[::-1]
    if mode == "fixed":
        return (forwards,)
    if mode == "reversed":
        return (backwards,)
    if mode == "both" or scale:
        return (forwards, backwards)
    if mode == "cyclic":
        return tuple(forwards[i:] + forwards[:i] for i in range(n))
    # 0, n-1, 1, n-2, …: successive differences are all different
    first = [(i // 2) if i % 2 == 0 else n - 1 - i // 2 for i in range(n)]
    rows = tuple(tuple((place + i) % n for place in first) for i in range(n))
    return rows if n % 2 == 0 else rows + tuple(row[::-1] for row in rows)
