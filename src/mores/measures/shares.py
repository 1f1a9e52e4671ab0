"""Weighted shares of answer options: every item and every group of respondents at once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal, NamedTuple, TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

from mores.measures.inputs import FloatArray, IntArray, at_least_one, observed
from mores.measures.ratio import ratio

__all__ = ["Shares", "SurveyAnswers", "pooled", "survey_answers", "weighted_shares"]

GroupWeights: TypeAlias = Literal["equal", "respondents"] | ArrayLike


@dataclass(frozen=True, slots=True, eq=False)
class Shares:
    """Distributions over answer options, with how much they rest on.

    Axes are groups (G), items (I) and options (K, those of the longest item). Respondents without a
    positive weight are in none of the figures but `unweighted`.

    Attributes
    ----------
    shares : ndarray of float, shape (G, I, K)
        0 … 1, summing to 1 over an item's options; NaN beyond an item's last option, and where
        nobody of the group answered.
    standard_error : ndarray of float, shape (G, I, K)
        Design-based standard error of `shares`; NaN where they are, and with fewer than two answers.
        0 for an option that nobody or everybody chose: no interval rests on it.
    counts : ndarray of int, shape (G, I, K)
        Respondents who chose the option, unweighted.
    n : ndarray of int, shape (G, I)
        Respondents who answered, unweighted.
    n_effective : ndarray of float, shape (G, I)
        Kish's effective n, 0 … `n`; `n` where all weights are equal.
    weight_total : ndarray of float, shape (G, I)
        Sum of the weights of those who answered.
    coverage : ndarray of float, shape (G, I)
        `n` over the respondents of the group, 0 … 1; NaN for a group without respondents.
    weighted_coverage : ndarray of float, shape (G, I)
        The same with every respondent counted by weight.
    respondents : ndarray of int, shape (G,)
        Respondents of the group, whether they answered or not.
    unweighted : ndarray of int, shape (G,)
        Those of the group who are left out since their weight is missing or 0.
    n_options : ndarray of int, shape (I,)
        Options of each item.
    """

    shares: FloatArray
    standard_error: FloatArray
    counts: IntArray
    n: IntArray
    n_effective: FloatArray
    weight_total: FloatArray
    coverage: FloatArray
    weighted_coverage: FloatArray
    respondents: IntArray
    unweighted: IntArray
    n_options: IntArray


class SurveyAnswers(NamedTuple):
    """What `survey_answers` has checked, of the respondents who count."""

    answers: NDArray[np.int8]
    n_options: IntArray
    weights: FloatArray
    groups: IntArray
    unweighted: IntArray


def survey_answers(
    answers: ArrayLike, n_options: ArrayLike, weights: ArrayLike, groups: ArrayLike, n_groups: int
) -> SurveyAnswers:
    """Check the arrays of `weighted_shares`, and drop who has no group or no positive weight.

    Parameters
    ----------
    answers, n_options, weights, groups, n_groups
        As for `weighted_shares`.

    Returns
    -------
    SurveyAnswers
        ``answers`` (I, m), ``weights`` (m,) and ``groups`` (m,) of the m respondents who count, and
        how many of each group do not, ``unweighted`` (G,).

    Raises
    ------
    ValueError
        If shapes do not fit, or an answer, a weight or a group lies outside its range.
    """
    table = np.asarray(answers)
    if table.ndim != 2 or not np.issubdtype(table.dtype, np.integer):
        raise ValueError(
            f"answers has shape {table.shape} and type {table.dtype}; allowed: integers of shape "
            "(items, respondents), the index of the option chosen and -1 where there is no answer; "
            "stack one row an item"
        )
    options = np.asarray(n_options)
    if options.shape != table.shape[:1] or not np.issubdtype(options.dtype, np.integer):
        raise ValueError(
            f"n_options has shape {options.shape} and type {options.dtype}; allowed: integers of "
            f"shape ({table.shape[0]},), the number of options of each item; give one an item"
        )
    if options.size and (options.min() < 2 or options.max() > 127):
        raise ValueError(
            f"n_options runs from {options.min()} to {options.max()}; allowed: 2 … 127; leave out "
            "items that leave nothing to choose"
        )
    if table.size and ((table.min(axis=1) < -1) | (table.max(axis=1) >= options)).any():
        wrong = (table.min(axis=1) < -1) | (table.max(axis=1) >= options)
        item = int(np.flatnonzero(wrong)[0])
        raise ValueError(
            f"answers to item {item} run from {table[item].min()} to {table[item].max()}; allowed: "
            f"0 … {options[item] - 1}, and -1 where there is no answer; recode them"
        )
    at_least_one(n_groups, "n_groups")
    survey = _weights(weights, table.shape[1])
    index = _groups(groups, table.shape[1], n_groups)
    counted = survey > 0
    inside = index >= 0
    unweighted = np.bincount(index[inside & ~counted], minlength=n_groups)
    kept = inside & counted
    if kept.all():
        return SurveyAnswers(
            table.astype(np.int8, copy=False), options.astype(np.int64), survey, index, unweighted
        )
    return SurveyAnswers(
        table[:, kept].astype(np.int8, copy=False),
        options.astype(np.int64),
        survey[kept],
        index[kept],
        unweighted,
    )


def _weights(weights: ArrayLike, n: int) -> FloatArray:
    survey = observed(weights, "weights")
    if survey.shape != (n,) or (survey < 0).any():
        least = np.nanmin(survey) if survey.size and not np.isnan(survey).all() else np.nan
        raise ValueError(
            f"weights has shape {survey.shape} and least value {least}; allowed: shape ({n},), each "
            "0 or more, and NaN for a respondent without one; pass the survey's weights"
        )
    return survey


def _groups(groups: ArrayLike, n: int, n_groups: int) -> IntArray:
    index = np.asarray(groups)
    if index.shape != (n,) or not np.issubdtype(index.dtype, np.integer):
        raise ValueError(
            f"groups has shape {index.shape} and type {index.dtype}; allowed: integers of shape "
            f"({n},), one group a respondent; number the groups first"
        )
    if n and (index.min() < -1 or index.max() >= n_groups):
        raise ValueError(
            f"groups runs from {index.min()} to {index.max()}; allowed: 0 … {n_groups - 1}, and -1 "
            "for a respondent in none; number the groups from 0, or raise n_groups"
        )
    return index.astype(np.int64)


def weighted_shares(
    answers: ArrayLike, n_options: ArrayLike, weights: ArrayLike, groups: ArrayLike, n_groups: int
) -> Shares:
    r"""Weighted option shares of every item in every group, with standard errors.

    The share of option k is :math:`p_k = \sum_i w_i y_{ik} / \sum_i w_i` over the respondents i of a
    group who answered. Its variance is that of a ratio of two estimated totals, linearised:

    .. math:: \frac{n}{n-1} \frac{\sum_i w_i^2 (y_{ik} - p_k)^2}{\left(\sum_i w_i\right)^2}

    **The respondent is the sampling unit**: public files carry neither strata nor clusters, so that
    where a country sampled in clusters the true standard error is larger.

    Parameters
    ----------
    answers : array_like of int, shape (I, R)
        Index of the option that each of R respondents chose, from 0; -1 for no answer, which is left
        out of the shares and lowers the coverage.
    n_options : array_like of int, shape (I,)
        Options of each item, 2 … 127.
    weights : array_like, shape (R,)
        Survey weights of 0 and more, in any unit. Who has none (NaN) or 0 is left out and counted.
    groups : array_like of int, shape (R,)
        Group of each respondent, 0 … n_groups - 1; -1 for a respondent in none.
    n_groups : int
        Number of groups, at least 1; those without respondents included.

    Returns
    -------
    Shares
        Arrays over (groups, items, options).

    Raises
    ------
    ValueError
        If shapes do not fit, or an answer, a weight or a group lies outside its range.

    References
    ----------
    Särndal, Swensson and Wretman (1992), Model Assisted Survey Sampling, sections 5.5 to 5.8 (the
    linearised ratio); Kish (1965), Survey Sampling, section 11.7 (the effective n).
    """
    survey = survey_answers(answers, n_options, weights, groups, n_groups)
    n_items = survey.n_options.size
    width = int(survey.n_options.max(initial=2)) + 1  # the first place is for who did not answer
    size = n_groups * width
    counts = np.empty((n_items, n_groups, width), np.int64)
    total = np.empty((n_items, n_groups, width))
    squared = np.empty((n_items, n_groups, width))
    start = survey.groups * width + 1
    square = survey.weights**2
    for item, chosen in enumerate(survey.answers):
        cell = start + chosen
        counts[item] = np.bincount(cell, minlength=size).reshape(n_groups, width)
        total[item] = np.bincount(cell, survey.weights, size).reshape(n_groups, width)
        squared[item] = np.bincount(cell, square, size).reshape(n_groups, width)
    return _shares(
        counts.swapaxes(0, 1),
        total.swapaxes(0, 1),
        squared.swapaxes(0, 1),
        np.bincount(survey.groups, minlength=n_groups),
        survey,
    )


def _shares(
    counts: IntArray,
    total: FloatArray,
    squared: FloatArray,
    respondents: IntArray,
    survey: SurveyAnswers,
) -> Shares:
    """Shares from sums over (groups, items, 1 + options), no answer first."""
    n = counts[..., 1:].sum(axis=-1)
    weight = total[..., 1:].sum(axis=-1)
    square = squared[..., 1:].sum(axis=-1)
    beyond = np.arange(counts.shape[-1] - 1) >= survey.n_options[:, None]
    share = ratio(total[..., 1:], weight[..., None])
    share[:, beyond] = np.nan
    # Σ w² (y - p)² without a difference of large numbers: (1 - p)² for who chose k, p² for the rest.
    spread = squared[..., 1:] * (1 - share) ** 2
    spread += (square[..., None] - squared[..., 1:]).clip(min=0) * share**2
    factor = ratio(n, n - 1)
    return Shares(
        shares=share,
        standard_error=ratio(np.sqrt(factor[..., None] * spread), weight[..., None]),
        counts=np.ascontiguousarray(counts[..., 1:]),
        n=n,
        n_effective=np.minimum(np.where(n > 0, ratio(weight**2, square), 0.0), n),
        weight_total=weight,
        coverage=ratio(n, respondents[:, None]),
        weighted_coverage=ratio(weight, weight + total[..., 0]),
        respondents=respondents,
        unweighted=survey.unweighted,
        n_options=survey.n_options,
    )


def pooled(
    shares: Shares,
    weights: GroupWeights = "equal",
    pools: ArrayLike | None = None,
    n_pools: int = 1,
) -> Shares:
    r"""Averages of groups' distributions, such as the world average over countries.

    :math:`p = \sum_g a_g p_g` with weights :math:`a_g` that sum to 1 over the groups in which the
    item was answered; a group without an answer is left out of that item's average and lowers its
    coverage. The groups are taken as they are, not as a sample of groups:
    :math:`\mathrm{SE}^2 = \sum_g a_g^2\,\mathrm{SE}_g^2`, NaN where one of them has none, and
    :math:`1/n_\mathrm{eff} = \sum_g a_g^2 / n_{\mathrm{eff},g}`, Kish's formula for the weights that
    the average implies.

    Parameters
    ----------
    shares : Shares
        Of G groups.
    weights : {"equal", "respondents"} or array_like of shape (G,)
        ``"equal"``: each group counts the same. ``"respondents"``: each counts by its `n`, item by
        item. Numbers of 0 and more, such as sizes of the countries' populations, are taken as given.
    pools : array_like of int, shape (G,), optional
        Which average each group enters, 0 … n_pools - 1, or -1 for none; all enter one if None.
    n_pools : int
        Number of averages.

    Returns
    -------
    Shares
        Arrays over (pools, items, options). `n`, `counts`, `weight_total` and the numbers of
        respondents are sums; `coverage` is over all respondents of the pool; `weighted_coverage`
        averages that of the groups with the weights of the average, groups without an answer
        included.

    Raises
    ------
    ValueError
        If shapes do not fit, or a weight is missing or negative.
    """
    n_groups = shares.n.shape[0]
    given = np.zeros(n_groups, np.int64) if pools is None else pools
    index = _groups(given, n_groups, at_least_one(n_pools, "n_pools"))
    by_item, by_group = _group_weights(weights, shares)
    taken = (by_group > 0) | (shares.respondents == 0)
    averages = [
        _average(shares, np.flatnonzero((index == pool) & taken), by_item, by_group)
        for pool in range(n_pools)
    ]
    return Shares(
        **{name: np.stack([a[name] for a in averages]) for name in averages[0]},
        n_options=shares.n_options,
    )


def _group_weights(weights: GroupWeights, shares: Shares) -> tuple[FloatArray, FloatArray]:
    """What each group counts for each item (G, I), and for the coverage (G,); not summing to 1."""
    shape = shares.n.shape
    if isinstance(weights, str):
        if weights == "equal":
            return np.ones(shape), np.ones(shape[0])
        if weights == "respondents":
            return shares.n.astype(np.float64), shares.respondents.astype(np.float64)
        raise ValueError(
            f"weights is {weights!r}; allowed: 'equal', 'respondents', or a number for each group; "
            "choose one"
        )
    given = observed(weights, "weights")
    if given.shape != shape[:1] or np.isnan(given).any() or (given < 0).any():
        raise ValueError(
            f"weights has shape {given.shape} and least value {given.min(initial=np.inf)}; allowed: "
            f"shape {shape[:1]}, a number of 0 or more for each group and none missing; give 0 to a "
            "group that is to be left out"
        )
    return np.broadcast_to(given[:, None], shape), given


def _average(
    shares: Shares, rows: IntArray, by_item: FloatArray, by_group: FloatArray
) -> dict[str, Any]:
    """One average of the groups in `rows`: the attributes of `Shares`, without the axis of groups."""
    n = shares.n[rows]
    part = by_item[rows] * (n > 0)
    part = ratio(part, part.sum(axis=0))
    entered = part > 0
    empty = ~entered.any(axis=0)
    weight, known = part[..., None], entered[..., None]
    share = np.where(known, weight * shares.shares[rows], 0.0).sum(axis=0)
    error = np.where(known, weight * shares.standard_error[rows], 0.0)
    square = np.where(entered, ratio(part**2, shares.n_effective[rows]), 0.0).sum(axis=0)
    share[empty] = np.nan
    standard_error = np.sqrt((error**2).sum(axis=0))
    standard_error[empty] = np.nan
    there = (by_group[rows] * (shares.respondents[rows] > 0))[:, None]
    reached = np.where(there > 0, there * shares.weighted_coverage[rows], 0.0)
    respondents = shares.respondents[rows].sum()
    return {
        "shares": share,
        "standard_error": standard_error,
        "counts": shares.counts[rows].sum(axis=0),
        "n": n.sum(axis=0),
        "n_effective": np.where(empty, 0.0, ratio(1.0, square)),
        "weight_total": shares.weight_total[rows].sum(axis=0),
        "coverage": ratio(n.sum(axis=0), respondents),
        "weighted_coverage": ratio(reached.sum(axis=0), there.sum()),
        "respondents": respondents,
        "unweighted": shares.unweighted[rows].sum(),
    }
