r"""The Inglehart–Welzel cultural map: two rotated components of ten indicators of values.

The map is fitted once, on humans: weighted pairwise-complete correlations R of the indicators, two
principal components, varimax with Kaiser normalisation. A respondent with standardised answers z has
the regression scores :math:`L'R^{-1}z`, L being the rotated loadings; over the reference sample they
have mean 0, variance 1 and correlation 0. Whoever is placed later, a human or a model, is placed with
the reference sample's means, standard deviations and loadings.

**Missing indicators** do not drop a respondent. The scores are then the conditional expectation, linear
and under R, of the scores given the indicators o that are there, :math:`L_o'R_{oo}^{-1}z_o`: nothing is
imputed that the answers given do not say, and nobody moves who answered everything. Less is known of
such a respondent, so the scores vary less than 1 over the reference sample, by
`CultureMap.score_variances`; a group that lacks an indicator as a whole is drawn towards what the
reference sample makes of its other answers, and is to be called partial.

References
----------
Inglehart and Welzel (2005), Modernization, Cultural Change, and Democracy,
doi:10.1017/CBO9780511790881.
Thomson (1939), The Factorial Analysis of Human Ability (regression scores).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Literal, TypeAlias

import numpy as np
from numpy.typing import ArrayLike

from mores.measures.correlation import weighted_moments
from mores.measures.inputs import FloatArray, observed
from mores.measures.rotation import varimax

__all__ = ["CONSTANTS", "INDICATORS", "Constants", "CultureMap", "fit_culture_map", "rescale"]

INDICATORS = ("A008", "A165", "E018", "E025", "F063", "F118", "F120", "G006", "Y002", "Y003")
"""Codes of the integrated values surveys: happiness, trust, respect for authority, petitions, importance
of God, homosexuality, abortion, national pride, post-materialism, autonomy. The order of all arrays."""

_GOD, _HOMOSEXUALITY = INDICATORS.index("F063"), INDICATORS.index("F118")
_P = len(INDICATORS)
_LEAST_EIGENVALUE = 1e-6

Constants: TypeAlias = Literal["wvs", "tao2024"]

CONSTANTS: dict[Constants, tuple[tuple[float, float], tuple[float, float]]] = {
    "wvs": ((1.81, 1.61), (0.038, -0.1)),
    "tao2024": ((1.81, 1.61), (0.38, -0.01)),
}
"""Factors and summands of x and y; see `rescale`."""


@dataclass(frozen=True, eq=False)
class CultureMap:
    """The map as fitted on a reference sample.

    Attributes
    ----------
    means, sds : ndarray of float, shape (10,)
        Weighted means and standard deviations of the indicators, in `INDICATORS`' order.
    correlation : ndarray of float, shape (10, 10)
        Weighted pairwise-complete correlations, positive definite.
    loadings : ndarray of float, shape (10, 2)
        Rotated loadings: column 0 is RC1, survival to self-expression, on which the justifiability of
        homosexuality loads positively; column 1 is RC2, traditional to secular-rational, on which the
        importance of God loads negatively.

    Raises
    ------
    ValueError
        If shapes do not fit, numbers are missing, a standard deviation is not positive, the
        correlation matrix is none or not positive definite, or scores under it do not have variance 1
        and correlation 0.
    """

    means: FloatArray
    sds: FloatArray
    correlation: FloatArray
    loadings: FloatArray

    def __post_init__(self) -> None:
        shapes = {"means": (_P,), "sds": (_P,), "correlation": (_P, _P), "loadings": (_P, 2)}
        for name, shape in shapes.items():
            array = observed(getattr(self, name), name).copy()
            if array.shape != shape or np.isnan(array).any():
                raise ValueError(
                    f"{name} has shape {array.shape} and {int(np.isnan(array).sum())} missing numbers; "
                    f"allowed: shape {shape}, none missing; fit the map with fit_culture_map"
                )
            array.setflags(write=False)
            object.__setattr__(self, name, array)
        if self.sds.min() <= 0:
            raise ValueError(
                f"sds holds {self.sds.min():g}; allowed: standard deviations above 0; leave no "
                "indicator constant"
            )
        _positive_definite(self.correlation)
        moments = self.weights.T @ self.correlation @ self.weights
        if not np.allclose(moments, np.eye(2), atol=1e-6):
            raise ValueError(
                f"scores would have the covariance matrix {moments.round(6).tolist()}; allowed: the "
                "identity; loadings and correlation must come from one fit"
            )

    @cached_property
    def weights(self) -> FloatArray:
        """Regression weights of the standardised indicators, shape (10, 2)."""
        return np.asarray(np.linalg.solve(self.correlation, self.loadings))

    @cached_property
    def eigenvalues(self) -> FloatArray:
        """Eigenvalues of the correlation matrix, descending; their sum is 10."""
        return np.asarray(np.linalg.eigvalsh(self.correlation)[::-1])

    @property
    def explained(self) -> FloatArray:
        """Share of the indicators' variance that each rotated component explains, shape (2,)."""
        return np.asarray((self.loadings**2).sum(axis=0) / _P)

    def scores(self, values: ArrayLike) -> FloatArray:
        """Scores of respondents.

        Parameters
        ----------
        values : array_like, shape (..., 10)
            Indicators as the survey's codes, in `INDICATORS`' order; NaN for missing.

        Returns
        -------
        ndarray of float, shape (..., 2)
            RC1 and RC2, in standard deviations of the reference sample; see the module for missing
            indicators. NaN where all ten are missing.

        Raises
        ------
        ValueError
            If the last axis does not have length 10.
        """
        table = _indicators(values)
        flat = ((table - self.means) / self.sds).reshape(-1, _P)
        there = ~np.isnan(flat)
        patterns, which = np.unique(there @ (1 << np.arange(_P)), return_inverse=True)
        weights = self._partial_weights((patterns[:, None] >> np.arange(_P)) & 1)[which]
        scores = np.einsum("np,npk->nk", np.nan_to_num(flat), weights)
        scores[~there.any(axis=1)] = np.nan
        return np.asarray(scores.reshape(*table.shape[:-1], 2))

    def score_variances(self, there: ArrayLike) -> FloatArray:
        """Variance, over the reference sample, of scores that rest on some of the indicators.

        It is also the squared correlation of such scores with those from all ten.

        Parameters
        ----------
        there : array_like of bool, shape (..., 10)
            Which indicators are there.

        Returns
        -------
        ndarray of float, shape (..., 2)
            1 with all indicators, less with fewer, 0 with none.
        """
        table = _indicators(there) != 0
        flat = table.reshape(-1, _P)
        variances = np.einsum("npk,pk->nk", self._partial_weights(flat), self.loadings)
        return np.asarray(variances.reshape(*table.shape[:-1], 2))

    def project_means(self, means: ArrayLike) -> FloatArray:
        """Position of a group or a model from expected values of the indicators.

        Scores are linear in the indicators, so the scores of means are the mean of the scores of
        those who answered the same indicators.

        Parameters
        ----------
        means : array_like, shape (..., 10)
            Means, or single answers, in the survey's codes; NaN for an indicator that is missing.

        Returns
        -------
        ndarray of float, shape (..., 2)
            As `scores`.
        """
        return self.scores(means)

    def project_distributions(
        self, shares: Sequence[ArrayLike | None], codes: Sequence[ArrayLike]
    ) -> FloatArray:
        """Position of a group or a model from the distributions of its answers.

        Parameters
        ----------
        shares : sequence of 10 array_like or None
            Shares of the options of each indicator, summing to 1; None for an indicator that is
            missing.
        codes : sequence of 10 array_like
            The options' codes, one for each share.

        Returns
        -------
        ndarray of float, shape (2,)
            RC1 and RC2 of the expected values.

        Raises
        ------
        ValueError
            If there are not ten, or shares do not fit the codes, are negative or do not sum to 1.
        """
        if len(shares) != _P or len(codes) != _P:
            raise ValueError(
                f"shares holds {len(shares)} and codes {len(codes)} indicators; allowed: {_P}, in the "
                f"order {', '.join(INDICATORS)}; pass None for a missing one"
            )
        return self.scores(
            [
                np.nan if s is None else _expected(s, c, name)
                for s, c, name in zip(shares, codes, INDICATORS, strict=True)
            ]
        )

    def _partial_weights(self, there: ArrayLike) -> FloatArray:
        """Regression weights (m, 10, 2) given the indicators there (m, 10); 0 for the others."""
        known = np.asarray(there, dtype=np.float64)
        both = known[:, :, None] * known[:, None, :]
        # Indicators that are missing are cut off from the others, and their right side is 0.
        systems = self.correlation * both + np.eye(_P) * (1.0 - both)
        return np.asarray(np.linalg.solve(systems, self.loadings * known[:, :, None]))


def fit_culture_map(values: ArrayLike, weights: ArrayLike) -> CultureMap:
    """Fit the map on a reference sample.

    Parameters
    ----------
    values : array_like, shape (n, 10)
        Indicators as the survey's codes, in `INDICATORS`' order; NaN for missing. Each correlation
        uses all respondents who answered both indicators.
    weights : array_like, shape (n,)
        Survey weights of 0 and more, in any unit; respondents with NaN or 0 are left out.

    Returns
    -------
    CultureMap
        Of the two ways to name the rotated components, the one in which the squared loadings of God
        on RC2 and of homosexuality on RC1 sum to more; signs as in `CultureMap`. With missing values
        the scores' variance over the sample is 1 only nearly: every correlation has its own
        respondents.

    Raises
    ------
    ValueError
        If shapes do not fit or a weight is negative; if an indicator is constant or never answered,
        or a pair never answered together; if the correlation matrix is not positive definite, which
        pairwise-complete ones need not be; or if the second component is not told from the third.
    """
    table = _indicators(values)
    moments = weighted_moments(table, weights)
    if not moments.counts.any():
        raise ValueError(
            "no respondent of the reference sample has both a weight above 0 and an answer; allowed: a "
            "weighted sample; give everybody the weight 1 if there are no survey weights"
        )
    for name, sd in zip(INDICATORS, moments.sds, strict=True):
        if not sd > 0:
            raise ValueError(
                f"{name} {'is constant' if sd == 0 else 'has no answer'} in the reference sample; "
                "allowed: ten indicators that vary; take a sample that was asked all of them"
            )
    undefined = np.argwhere(np.isnan(moments.correlation))
    if len(undefined):
        first, second = (INDICATORS[i] for i in undefined[0])
        raise ValueError(
            f"the correlation of {first} and {second} is undefined: too few respondents answered both; "
            "allowed: indicators that vary together; take a sample that was asked both"
        )
    _positive_definite(moments.correlation)
    eigenvalues, vectors = np.linalg.eigh(moments.correlation)
    third, second = eigenvalues[-3:-1]
    if second - third < 1e-9:
        raise ValueError(
            f"the second and third components explain alike (eigenvalues {second:.6f} and {third:.6f}); "
            "allowed: two components that stand out; take another sample"
        )
    rotated = varimax(vectors[:, -2:] * np.sqrt(eigenvalues[-2:])).loadings
    return CultureMap(moments.means, moments.sds, moments.correlation, _oriented(rotated))


def rescale(scores: ArrayLike, constants: Constants = "wvs") -> FloatArray:
    """Scores as coordinates of the published map.

    Parameters
    ----------
    scores : array_like, shape (..., 2)
        RC1 and RC2.
    constants : {"wvs", "tao2024"}, optional
        ``"wvs"``: x = 1.81 RC1 + 0.038, y = 1.61 RC2 - 0.1, the survey's own. ``"tao2024"``: summands
        0.38 and -0.01, as printed in Tao et al. (2024), PNAS Nexus 3(9), pgae346. The two differ by a
        shift of all points alike, so that distances are the same.

    Returns
    -------
    ndarray of float, shape (..., 2)
        x, survival to self-expression; y, traditional to secular-rational.

    Raises
    ------
    ValueError
        If the constants have another name.
    """
    if constants not in CONSTANTS:
        raise ValueError(
            f"constants is {constants!r}; allowed: {', '.join(CONSTANTS)}; wvs is the survey's own"
        )
    factors, summands = CONSTANTS[constants]
    return np.asarray(observed(scores, "scores") * factors + summands)


def _indicators(values: ArrayLike) -> FloatArray:
    table = observed(values, "values")
    if table.ndim == 0 or table.shape[-1] != _P:
        raise ValueError(
            f"values has shape {table.shape}; allowed: (..., {_P}), the indicators in the order "
            f"{', '.join(INDICATORS)}; fill those that were not asked with NaN"
        )
    return table


def _positive_definite(correlation: FloatArray) -> None:
    """Refuse what is no correlation matrix of full rank."""
    if not (np.allclose(correlation, correlation.T) and np.allclose(np.diag(correlation), 1)):
        raise ValueError(
            "correlation is not symmetric with ones on the diagonal; allowed: a correlation matrix; "
            "fit the map with fit_culture_map"
        )
    least = np.linalg.eigvalsh(correlation)[0]
    if least < _LEAST_EIGENVALUE:
        raise ValueError(
            f"the correlation matrix of the indicators is not positive definite (smallest eigenvalue "
            f"{least:.2e}); allowed: {_LEAST_EIGENVALUE:g} and more; take a larger sample, or "
            "respondents who were asked more of the indicators, and no indicator twice"
        )


def _oriented(loadings: FloatArray) -> FloatArray:
    """Loadings with the columns in order and the signs of the published map."""
    as_they_are = loadings[_HOMOSEXUALITY, 0] ** 2 + loadings[_GOD, 1] ** 2
    exchanged = loadings[_HOMOSEXUALITY, 1] ** 2 + loadings[_GOD, 0] ** 2
    columns = loadings if as_they_are >= exchanged else loadings[:, ::-1]
    right = 1.0 if columns[_HOMOSEXUALITY, 0] >= 0 else -1.0
    up = 1.0 if columns[_GOD, 1] <= 0 else -1.0
    return np.asarray(columns * [right, up])


def _expected(shares: ArrayLike, codes: ArrayLike, name: str) -> float:
    share, code = observed(shares, f"shares of {name}"), observed(codes, f"codes of {name}")
    sums_to_one = share.shape == code.shape and abs(share.sum() - 1.0) <= 1e-6
    if not sums_to_one or share.ndim != 1 or (share < 0).any():
        raise ValueError(
            f"{name} has shares {share.tolist()} for the codes {code.tolist()}; allowed: one share of 0 "
            "and more for each code, summing to 1; normalise them, or pass None"
        )
    return float(share @ code)
