"""Targets predicted from the indicators by regressions that never saw the country.

Nothing is imputed: a respondent enters with all ten indicators or not at all, in learning and in
predicting, and those left out are counted. So that countries count alike, as many respondents of each
are learned from (drawn at random where there are more), with weights of mean 1 in each.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mores.measures.ordinal_regression import fit_proportional_odds
from mores.measures.ratio import ratio
from mores.populations.culture import indicator_values
from mores.studies.calibrated_personas.responses import Observed

__all__ = ["People", "Regression", "averaged", "forest", "ordinal_regression"]

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]

_RIDGE = 1.0
"""Penalty of the ordinal regression: of no weight beside thousands of respondents, it keeps slopes
finite where an indicator separates few of them."""
_LEAST_LEAF = 20
"""Respondents at each end of a tree."""
_FOLDS = 5
"""Parts of the countries, of which a tree leaves out one."""
_TRIED = 3
"""Indicators tried at each split: the root of ten."""


@dataclass(frozen=True, eq=False)
class People:
    """Who is learned from, and who is predicted for.

    Attributes
    ----------
    values : ndarray of float, shape (respondents, 10)
        The indicators; NaN for missing.
    country : ndarray of str, shape (respondents,)
    learned : ndarray of int, shape (m,)
        Rows that the regressions learn from: all indicators there, and a weight.
    weights : ndarray of float, shape (m,)
        Of mean 1 in each country.
    predicted : mapping of str to tuple of ndarray
        By country, rows with all indicators, each once, and how often each was drawn.
    respondents, left_out : mapping of str to int
        As in `Baselines`.
    """

    values: FloatArray
    country: NDArray[np.str_]
    learned: IntArray
    weights: FloatArray
    predicted: Mapping[str, tuple[IntArray, IntArray]]
    respondents: Mapping[str, int]
    left_out: Mapping[str, int]

    @classmethod
    def of(
        cls, observed: Observed, drawn: Mapping[str, IntArray], training: int, seed: int
    ) -> People:
        """Sort out who is learned from, at most `training` of them, and who is predicted for."""
        population = observed.population
        drawn = {name: drawn[name] for name in observed.countries}
        values = indicator_values(population)
        complete = np.asarray(~np.isnan(values).any(axis=1))
        country = population.frame["country"].to_numpy().astype(np.str_)
        counted = np.nan_to_num(population.weights) > 0
        names = population.countries
        quota = max(1, training // len(names))
        learned, weights = [], []
        for number, name in enumerate(names):
            rows = np.flatnonzero((country == name) & complete & counted)
            if len(rows) > quota:
                stream = np.random.default_rng([seed, 4, number])
                rows = np.sort(stream.choice(rows, quota, replace=False))
            own = population.weights[rows]
            learned.append(rows)
            weights.append(own / own.mean() if len(own) else own)
        kept = {name: rows[complete[rows]] for name, rows in drawn.items()}
        return cls(
            values,
            country,
            np.concatenate(learned),
            np.concatenate(weights),
            {name: np.unique(rows, return_counts=True) for name, rows in kept.items()},
            {name: len(rows) for name, rows in drawn.items()},
            {name: int((~complete[rows]).sum()) for name, rows in drawn.items()},
        )

    def who_answered(self, answers: NDArray[np.int8]) -> tuple[IntArray, FloatArray]:
        """Rows to learn from, and their weights, of those who answered a question."""
        answered = answers[self.learned] >= 0
        return self.learned[answered], self.weights[answered]

    def learned_from(self, country: str) -> int:
        """Respondents of other countries to learn from."""
        return int((self.country[self.learned] != country).sum())


Regression = Callable[[NDArray[np.int8], int, int], Iterator[tuple[str, FloatArray]]]
"""From the answers of all respondents (-1 for none), the number of options and the place of a question
to the distributions of each country's respondents in `People.predicted`."""


def averaged(
    observed: Observed, people: People, regression: Regression, told: NDArray[np.bool_]
) -> FloatArray:
    """Mean over a country's respondents of the distributions that a regression predicts.

    Parameters
    ----------
    observed : Observed
        The questions and countries.
    people : People
        Who is predicted for.
    regression : Regression
        From `ordinal_regression` or `forest`.
    told : ndarray of bool, shape (Q,)
        Questions that the indicators give away, which are not predicted.

    Returns
    -------
    ndarray of float, shape (C, Q, K)
        0 beyond a question's last option; NaN where there is no prediction.
    """
    found = np.full_like(observed.shares, np.nan)
    for place, item in enumerate(observed.questions):
        if told[place]:
            continue
        options = len(item.codes)
        answers = observed.population.answers(item.id)
        for country, shares in regression(answers, options, place):
            _, counts = people.predicted[country]
            mean = counts @ shares / counts.sum()
            if not np.isnan(mean).any():
                found[observed.countries.index(country), place] = 0.0
                found[observed.countries.index(country), place, :options] = mean
    return found


def ordinal_regression(people: People) -> Regression:
    """Proportional odds on the indicators' codes, fitted anew without each country."""

    def regression(
        answers: NDArray[np.int8], options: int, _place: int
    ) -> Iterator[tuple[str, FloatArray]]:
        learned, weights = people.who_answered(answers)
        values, given = people.values[learned], answers[learned]
        # A start for the fits without a country, of which nothing stays in them.
        start = fit_proportional_odds(values, given, options, weights, ridge=_RIDGE)
        for country, (rows, _) in people.predicted.items():
            others = people.country[learned] != country
            if len(rows) and others.any():
                fit = fit_proportional_odds(
                    values[others],
                    given[others],
                    options,
                    weights[others],
                    ridge=_RIDGE,
                    start=start,
                )
                yield country, fit.shares(people.values[rows])

    return regression


def forest(people: People, trees: int, seed: int) -> Regression:
    """Classification trees, each grown without a fifth of the countries, and predicting for these.

    Parameters
    ----------
    people : People
        Who is learned from, and predicted for.
    trees : int
        Five sort the countries at random into five parts, each of which one of them leaves out (as
        many trees and parts as countries, if there are fewer). A tree is grown on a bootstrap sample
        of the respondents of the others. The last five are completed.
    seed : int
        Of the parts, the samples, and the indicators tried at each split.

    Raises
    ------
    ModuleNotFoundError
        If scikit-learn is not installed.

    References
    ----------
    Breiman (2001), Random Forests, Machine Learning 45, 5–32, doi:10.1023/A:1010933404324.
    """
    from sklearn.tree import DecisionTreeClassifier

    told = np.concatenate([rows for rows, _ in people.predicted.values()])
    whose = np.repeat(list(people.predicted), [len(rows) for rows, _ in people.predicted.values()])
    known = people.values[told].astype(np.float32)

    def regression(
        answers: NDArray[np.int8], options: int, place: int
    ) -> Iterator[tuple[str, FloatArray]]:
        stream = np.random.default_rng([seed, 5, place])
        learned, weights = people.who_answered(answers)
        values, given = people.values[learned].astype(np.float32), answers[learned]
        home = people.country[learned]
        total, number = np.zeros((len(told), options)), np.zeros((len(told), 1))
        for part in _parts(np.unique(people.country), trees, stream):
            rows = np.flatnonzero(~np.isin(home, part))
            unseen = np.flatnonzero(np.isin(whose, part))
            times = np.bincount(stream.integers(0, max(1, len(rows)), len(rows)))
            branch = int(stream.integers(2**31))
            if not len(rows) or not len(unseen):
                continue
            taken, times = rows[: len(times)][times > 0], times[times > 0]
            tree = DecisionTreeClassifier(
                max_features=_TRIED, min_samples_leaf=_LEAST_LEAF, random_state=branch
            ).fit(values[taken], given[taken], weights[taken] * times)
            total[np.ix_(unseen, tree.classes_)] += tree.predict_proba(known[unseen])
            number[unseen] += 1
        shares = ratio(total, number)
        for country, (rows, _) in people.predicted.items():
            if len(rows):
                yield country, shares[whose == country]

    return regression


def _parts(
    countries: NDArray[np.str_], trees: int, stream: np.random.Generator
) -> Iterator[NDArray[np.str_]]:
    """The countries that each tree leaves out."""
    folds = min(_FOLDS, len(countries)) or 1
    for _ in range(-(-trees // folds)):
        parts = np.array_split(stream.permutation(countries), folds)
        yield from (part for part in parts if len(part))
