"""What people recovered of a set of dilemmas, and how far they agree with each other."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from mores.instruments.dilemma_checks import CHECKS
from mores.instruments.dilemmas import ACTIONS
from mores.instruments.judgements import HumanJudgement
from mores.measures.inputs import FloatArray, observed
from mores.measures.stability import krippendorff_alpha_interval, within_cells

__all__ = [
    "CheckShare",
    "Concordance",
    "DilemmaDisagreement",
    "JudgementArrays",
    "Recovery",
    "arrays_of",
    "check_shares",
    "concordances",
    "disagreements",
    "majority",
    "percent_agreement",
    "recovery",
]

_N = len(ACTIONS)
_OPPOSED = np.array([action.startswith("b-") for action in ACTIONS])


@dataclass(frozen=True, slots=True, eq=False)
class JudgementArrays:
    """Judgements of D dilemmas by R reviewers as numbers.

    Attributes
    ----------
    dilemmas, reviewers : tuple of str
        Ids and names: the axes.
    places : ndarray of float, shape (D, R, 6)
        The place that was given to each of `ACTIONS`, 1 (strongly aligned) … 6 (strongly opposed);
        NaN where it was not read.
    checks : ndarray of float, shape (D, R, 4)
        1 where a check was passed and 0 where not, in the order of `CHECKS`; NaN where the four were
        not made.
    """

    dilemmas: tuple[str, ...]
    reviewers: tuple[str, ...]
    places: FloatArray
    checks: FloatArray

    @property
    def sides(self) -> FloatArray:
        """0 for the aligned side, 1 for the opposed, NaN where not read; shape (D, R, 6)."""
        return np.where(np.isnan(self.places), np.nan, self.places > _N / 2)


@dataclass(frozen=True, slots=True)
class Recovery:
    """What readings recovered of the labels.

    Attributes
    ----------
    read : int
        Readings.
    sides, exact : int
        Actions put on their side, and into their place, of six times `read`.
    all_sides, orders : int
        Readings with all six on their side; and in their order.
    """

    read: int
    sides: int
    exact: int
    all_sides: int
    orders: int


@dataclass(frozen=True, slots=True)
class CheckShare:
    """How many dilemmas passed.

    Attributes
    ----------
    checked : int
        Dilemmas whose four checks were made.
    passed : tuple of (str, int)
        How many of them passed, by check.
    all_four : int
        How many passed all four.
    """

    checked: int
    passed: tuple[tuple[str, int], ...]
    all_four: int


@dataclass(frozen=True, slots=True)
class Concordance:
    """Agreement of reviewers with each other.

    Attributes
    ----------
    name : str
        ``side``, ``place``, or a check.
    of : str
        What is judged: ``actions`` or ``dilemmas``.
    units : int
        Those that two reviewers or more judged; the others say nothing of agreement.
    alpha : float
        Krippendorff's, with squared differences: of a judgement with two outcomes this is the nominal
        alpha. NaN if all judgements are the same, or nothing was judged twice.
    agreement : float
        Share of pairs of judgements that are equal, mean over units, 0 … 1; NaN without units.
    """

    name: str
    of: str
    units: int
    alpha: float
    agreement: float


@dataclass(frozen=True, slots=True)
class DilemmaDisagreement:
    """How far apart the judgements of one dilemma are.

    Attributes
    ----------
    id : str
    readers : int
        How many read it.
    split : tuple of str
        Actions that were put on both sides, by id.
    distance : float
        Mean distance of two readers' places of an action, 0 … 5; NaN with fewer than two readers.
    split_checks : tuple of str
        Checks that were passed by some and not by others.
    """

    id: str
    readers: int
    split: tuple[str, ...]
    distance: float
    split_checks: tuple[str, ...]


def arrays_of(
    dilemmas: Sequence[str], judged: Mapping[str, Mapping[str, HumanJudgement]]
) -> JudgementArrays:
    """Judgements as arrays.

    Parameters
    ----------
    dilemmas : sequence of str
        Ids, which become the first axis.
    judged : mapping of str to mapping of str to HumanJudgement
        By reviewer, then by dilemma; of other dilemmas nothing is taken.
    """
    rows = {name: i for i, name in enumerate(dilemmas)}
    places = np.full((len(rows), len(judged), _N), np.nan)
    checks = np.full((len(rows), len(judged), len(CHECKS)), np.nan)
    for column, judgements in enumerate(judged.values()):
        for name, one in judgements.items():
            if name not in rows:
                continue
            if one.placed is not None:
                places[rows[name], column] = [ACTIONS.index(place) + 1 for place in one.placed]
            if one.all_checked:
                checks[rows[name], column] = [one.checks[check].passed for check in CHECKS]
    return JudgementArrays(tuple(dilemmas), tuple(judged), places, checks)


def recovery(places: ArrayLike) -> Recovery:
    """What readings recovered.

    Parameters
    ----------
    places : array_like, shape (..., 6)
        As in `JudgementArrays`; rows with NaN are no readings.

    Raises
    ------
    ValueError
        If the last axis is not of six, or a place is not 1 … 6.
    """
    array = observed(places, "places")
    if array.ndim == 0 or array.shape[-1] != _N:
        raise ValueError(
            f"places has shape {array.shape}; allowed: (..., {_N}); put the actions on the last axis"
        )
    read = array.reshape(-1, _N)
    read = read[~np.isnan(read).any(axis=1)]
    if not np.isin(read, np.arange(1, _N + 1)).all():
        raise ValueError(f"places holds {read.min()} … {read.max()}; allowed: 1 … {_N}, or NaN")
    right = (read > _N / 2) == _OPPOSED
    exact = read == np.arange(1, _N + 1)
    return Recovery(
        len(read),
        int(right.sum()),
        int(exact.sum()),
        int(right.all(axis=1).sum()),
        int(exact.all(axis=1).sum()),
    )


def majority(votes: ArrayLike) -> FloatArray:
    """What more than half of the reviewers say.

    Parameters
    ----------
    votes : array_like, shape (..., R)
        1 for yes, 0 for no, NaN for no vote.

    Returns
    -------
    ndarray of float, shape (...)
        1 if there are more of yes than of no, else 0, ties too; NaN without a vote.
    """
    array = observed(votes, "votes")
    yes, no = (array == 1).sum(axis=-1), (array == 0).sum(axis=-1)
    return np.where(yes + no > 0, yes > no, np.nan)


def check_shares(checks: ArrayLike) -> CheckShare:
    """How many dilemmas passed.

    Parameters
    ----------
    checks : array_like, shape (D, 4)
        1 or 0 for each of `CHECKS`; rows with NaN were not checked.
    """
    array = observed(checks, "checks")
    made = array[~np.isnan(array).any(axis=1)]
    passed = tuple((name, int(made[:, i].sum())) for i, name in enumerate(CHECKS))
    return CheckShare(len(made), passed, int(made.all(axis=1).sum()))


def percent_agreement(scores: ArrayLike) -> float:
    """Share of pairs of judges that say the same of a unit, mean over units.

    Parameters
    ----------
    scores : array_like, shape (units, R)
        Judgements of each unit; NaN for missing. Units with fewer than two are left out.

    Returns
    -------
    float
        0 … 1; NaN if no unit has two judgements.

    Raises
    ------
    ValueError
        If `scores` does not have two axes or holds an infinity.
    """
    array = observed(scores, "scores")
    if array.ndim != 2:
        raise ValueError(
            f"scores has shape {array.shape}; allowed: (units, judges); reshape it to two axes"
        )
    shares = []
    for unit in array:
        counts = np.unique(unit[~np.isnan(unit)], return_counts=True)[1]
        n = int(counts.sum())
        if n >= 2:
            shares.append(float((counts * (counts - 1)).sum()) / (n * (n - 1)))
    return float(np.mean(shares)) if shares else float("nan")


def concordances(arrays: JudgementArrays) -> tuple[Concordance, ...]:
    """Agreement on sides, places and each of the four checks.

    Parameters
    ----------
    arrays : JudgementArrays

    References
    ----------
    Krippendorff (2011), Computing Krippendorff's Alpha-Reliability.
    """
    shape = (len(arrays.dilemmas) * _N, len(arrays.reviewers))
    units = [
        ("side", "actions", arrays.sides.transpose(0, 2, 1).reshape(shape)),
        ("place", "actions", arrays.places.transpose(0, 2, 1).reshape(shape)),
        *((name, "dilemmas", arrays.checks[:, :, i]) for i, name in enumerate(CHECKS)),
    ]
    return tuple(
        Concordance(
            name,
            of,
            int(((~np.isnan(scores)).sum(axis=1) >= 2).sum()),
            krippendorff_alpha_interval(scores),
            percent_agreement(scores),
        )
        for name, of, scores in units
    )


def disagreements(arrays: JudgementArrays) -> tuple[DilemmaDisagreement, ...]:
    """The dilemmas on which reviewers differ, those with most actions on both sides first.

    Of equals, those with more split checks come first, then those with places farther apart.

    Parameters
    ----------
    arrays : JudgementArrays
    """
    if not arrays.reviewers:
        return ()
    both = within_cells(arrays.sides.transpose(0, 2, 1)).equal == 0
    distance = within_cells(arrays.places.transpose(0, 2, 1)).difference
    checks = within_cells(arrays.checks.transpose(0, 2, 1)).equal == 0
    found = []
    for i, name in enumerate(arrays.dilemmas):
        one = DilemmaDisagreement(
            name,
            int((~np.isnan(arrays.places[i, :, 0])).sum()),
            tuple(a for a, split in zip(ACTIONS, both[i], strict=True) if split),
            float(distance[i].mean()),
            tuple(c for c, split in zip(CHECKS, checks[i], strict=True) if split),
        )
        if one.split_checks or one.distance > 0:
            found.append(one)
    return tuple(sorted(found, key=_severity))


def _severity(one: DilemmaDisagreement) -> tuple[float, ...]:
    return (-len(one.split), -len(one.split_checks), -np.nan_to_num(one.distance))
