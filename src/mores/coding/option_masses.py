"""Probabilities that a model tells of its answers -> outcomes.

With lower and upper bounds l and u of the probability of each option, and the allowed mass
M = sum of l, ::

    p_k    = l_k / M
    unseen = U / (M + U),   U = sum of u - l

Wherever in their bounds the true probabilities lie, none of the p_k is further off than `unseen`: with
true probabilities l + d, D the sum of d and t their shares, t_k - p_k = (d_k - p_k D) / (M + D). An
outcome is ``complete`` when all was told of every option (`unseen` is 0, or every option has mass and
`unseen` is 0.001 at most: what is left of other spellings), or 1 - M <= 0.001; and ``bounded``
otherwise. An option of which nothing was told has no share, and its bound says how much that may hide;
with no mass at all there is no outcome, never a uniform one.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import exp, isnan

import numpy as np
from numpy.typing import NDArray

from mores.records import OptionMasses, Outcome, Reply, Status

__all__ = ["COMPLETE", "CodedMasses", "code_exact_masses", "code_masses"]

COMPLETE = 1e-3
"""The mass that may be missing from a complete outcome."""
_ROUNDING = 1e-4
"""By how much sums of probabilities may exceed 1, of numbers computed in 32 bits and fewer."""

_NO_MASS = Outcome(Status.UNCODED, None, "no-mass", allowed_mass=0.0)
_IMPOSSIBLE = Outcome(Status.UNCODED, None, "impossible-probabilities")


def code_masses(reply: Reply, n_options: int | None = None) -> Outcome:
    """Code a reply that tells the probabilities of labels.

    Pure; never raises.

    Parameters
    ----------
    reply : Reply
        With `Reply.masses`, or a failure.
    n_options : int, optional
        How many labels were asked about; as many as the reply tells of if left out.

    Returns
    -------
    Outcome
        ``coded`` with the most probable option (the first of several), probabilities in the order of
        the labels, allowed mass and unseen share; ``uncoded`` where no option has any mass, or the
        numbers are no probabilities of so many options; ``failed`` without masses.
    """
    if reply.masses is None:
        return Outcome(Status.FAILED, None, reply.failure or "no reply")
    masses = reply.masses
    if n_options not in (None, len(masses.low)):
        return _IMPOSSIBLE
    if masses.high is masses.low:
        return _exact(masses.low)
    if _impossible(masses):
        return _IMPOSSIBLE
    low = [exp(value) for value in masses.low]
    mass = sum(low)
    if mass == 0.0:
        return _NO_MASS
    hidden = sum(exp(value) for value in masses.high) - mass if masses.high != masses.low else 0.0
    hidden = max(0.0, min(hidden, 1 - mass))
    unseen = hidden / (mass + hidden)
    told = hidden == 0.0 or (min(low) > 0.0 and unseen <= COMPLETE)
    return Outcome(
        Status.CODED,
        max(range(len(low)), key=low.__getitem__),
        "complete" if told or 1 - mass <= COMPLETE else "bounded",
        tuple(value / mass for value in low),
        min(mass, 1.0),
        unseen,
    )


@dataclass(frozen=True, slots=True, eq=False)
class CodedMasses:
    """Outcomes of n replies about k options each, as `code_masses` has them.

    Attributes
    ----------
    option : int64 array, shape (n,)
        -1 where there is none.
    reason : list of str
        By it the status is told: ``complete`` is coded, anything else uncoded.
    probabilities : float64 array, shape (n, k)
        NaN where there are none.
    allowed_mass, unseen : float64 array, shape (n,)
        NaN where there is none.
    """

    option: NDArray[np.int64]
    reason: list[str]
    probabilities: NDArray[np.float64]
    allowed_mass: NDArray[np.float64]
    unseen: NDArray[np.float64]


def code_exact_masses(logs: NDArray[np.floating]) -> CodedMasses:
    """Code replies that tell the probabilities of all labels exactly, as `code_masses` codes each.

    Parameters
    ----------
    logs : array, shape (n, k)
        Natural logarithms of the probabilities of k labels.
    """
    logs = logs.astype(np.float64)
    n, k = logs.shape
    possible = np.full(n, k > 1)
    if k:
        with np.errstate(invalid="ignore"):  # both infinities in one reply
            possible &= ~np.isnan(logs.sum(axis=1)) & (logs.max(axis=1) <= _ROUNDING)
    shares = np.exp(np.where(possible[:, None], logs, -np.inf))
    mass = shares.sum(axis=1)
    possible &= mass <= 1 + _ROUNDING
    coded, none = possible & (mass > 0), np.full(n, np.nan)
    told = np.divide(shares, mass[:, None], where=coded[:, None], out=np.full((n, k), np.nan))
    kinds = np.where(coded, 0, np.where(possible, 1, 2)).tolist()
    reasons = ("complete", _NO_MASS.reason, _IMPOSSIBLE.reason)
    return CodedMasses(
        np.where(coded, shares.argmax(axis=1) if k else -1, -1),
        [reasons[kind] for kind in kinds],
        told,
        np.where(possible, np.minimum(mass, 1.0), none),
        np.where(coded, 0.0, none),
    )


def _exact(logs: tuple[float, ...]) -> Outcome:
    """What all of these comes to where nothing is hidden, as of most of millions of replies."""
    total = sum(logs)
    if len(logs) < 2 or isnan(total) or max(logs) > _ROUNDING:
        return _IMPOSSIBLE
    shares = [*map(exp, logs)]
    mass = sum(shares)
    if mass > 1 + _ROUNDING:
        return _IMPOSSIBLE
    if mass == 0.0:
        return _NO_MASS
    chosen = shares.index(max(shares))
    told = tuple([share / mass for share in shares])
    return Outcome(Status.CODED, chosen, "complete", told, min(mass, 1.0), 0.0)


def _impossible(masses: OptionMasses) -> bool:
    """Whether the bounds are no bounds of probabilities."""
    pairs = list(zip(masses.low, masses.high, strict=False))
    if len(masses.low) != len(masses.high) or len(pairs) < 2:
        return True
    if any(isnan(low) or isnan(high) or not low <= high <= _ROUNDING for low, high in pairs):
        return True
    return sum(exp(low) for low, _ in pairs) > 1 + _ROUNDING
