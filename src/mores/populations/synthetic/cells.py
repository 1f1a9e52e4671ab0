r"""The demographic cells of a country: how many live in them, what they hold, how they are sampled.

A cell d is sex x age band x education x settlement x language of interview. Its share of the adults,
:math:`\pi_d`, is the product of the associations in ``data/demography.toml``, raked to the country's
margins. Its effect on the latent axes, :math:`\delta_d`, is the sum of the effects of its categories,
centred so that :math:`\sum_d \pi_d \delta_d = 0`: demography leaves the country's mean where it is.

Adults of a cell are interviewed with a chance proportional to :math:`s_d`, so that interviews fall into
it with probability :math:`q_d = \pi_d s_d / \sum_e \pi_e s_e`, and weigh :math:`\pi_d / q_d`, which has
mean 1 over interviews.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import reduce

import numpy as np
import numpy.typing as npt

from mores.populations.synthetic.parameters import Country, Demography
from mores.populations.synthetic.streams import standard_normal

__all__ = ["DIMENSIONS", "Cells", "country_cells"]

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]

DIMENSIONS = ("sex", "age", "education", "settlement", "language")
_SEX, _AGE, _EDUCATION, _SETTLEMENT, _LANGUAGE = range(5)


@dataclass(frozen=True, eq=False)
class Cells:
    """The cells of one country (D).

    Attributes
    ----------
    categories : mapping of str to ndarray of int, shape (D,)
        By dimension, the index of the cell's category.
    shares : ndarray of float, shape (D,)
        Of the country's adults; they sum to 1.
    chances : ndarray of float, shape (D,)
        Probability that an interview falls into the cell; they sum to 1.
    effects : ndarray of float, shape (D, 2)
        On the latent axes, with mean 0 over adults.
    silence : ndarray of float, shape (D,)
        On the logit scale, what is added to an item's own rate of missing answers.
    """

    categories: dict[str, IntArray]
    shares: FloatArray
    chances: FloatArray
    effects: FloatArray
    silence: FloatArray

    @property
    def weights(self) -> FloatArray:
        """Survey weight of each cell's respondents, shape (D,); mean 1 over interviews."""
        return self.shares / self.chances


def country_cells(country: Country, demography: Demography) -> Cells:
    """The cells of a country.

    Parameters
    ----------
    country : Country
        Margins, languages, silence.
    demography : Demography
        Associations, effects, sampling.
    """
    table = _shares(country, demography)
    index = np.indices(table.shape).reshape(5, -1)
    categories = dict(zip(DIMENSIONS, index, strict=True))
    sampling, latent, silence = demography.sampling, demography.latent, demography.silence

    low, high = sampling.strength
    strength = np.clip(1.0 + 0.25 * standard_normal(country.code, "sampling"), low, high)
    sampled = _product(index, sampling.sex, sampling.age, sampling.education, sampling.settlement)
    shares = table.reshape(-1)
    chances = shares * sampled**strength

    shifts = [(language.shift, language.shift) for language in country.languages]
    effects = _sum(index, latent.sex, latent.age, latent.education, latent.settlement, shifts)
    unanswered = _sum(index, silence.sex, silence.age, silence.education) + country.silence
    return Cells(
        categories=categories,
        shares=shares,
        chances=chances / chances.sum(),
        effects=effects - shares @ effects,
        silence=unanswered,
    )


def _shares(country: Country, demography: Demography) -> FloatArray:
    """Shares of adults over the five dimensions, raked to the margins."""
    links = demography.associations
    margins = [
        np.array([demography.male, 1 - demography.male]),
        np.array(country.ages),
        np.array(country.education),
        np.array([country.urban, 1 - country.urban]),
        np.array([language.share for language in country.languages]),
    ]
    margins = [margin / margin.sum() for margin in margins]
    spoken = np.ones((len(margins[_EDUCATION]), len(country.languages)))
    spoken[:, 0] = links.first_language_education
    table = np.ones([len(margin) for margin in margins])
    for axes, odds in (
        ((_AGE, _EDUCATION), links.age_education),
        ((_EDUCATION, _SETTLEMENT), links.education_settlement),
        ((_SEX, _AGE), links.sex_age),
        ((_SEX, _EDUCATION), links.sex_education),
        ((_EDUCATION, _LANGUAGE), spoken),
    ):
        shape = [size if axis in axes else 1 for axis, size in enumerate(table.shape)]
        table = table * np.reshape(odds, shape)
    return _raked(table, margins)


def _raked(table: FloatArray, margins: list[FloatArray]) -> FloatArray:
    """The table, scaled one dimension after another until it has the margins."""
    for _ in range(200):
        worst = 0.0
        for axis, margin in enumerate(margins):
            others = tuple(a for a in range(table.ndim) if a != axis)
            now = table.sum(axis=others)
            worst = max(worst, float(np.abs(now - margin).max()))
            table = table * np.expand_dims(margin / now, others)
        if worst < 1e-13:
            break
    return table


def _product(index: IntArray, *factors: tuple[float, ...]) -> FloatArray:
    """Product over dimensions of the factors of each cell's categories."""
    parts = [np.array(f)[i] for f, i in zip(factors, index, strict=False)]
    return np.asarray(reduce(np.multiply, parts))


def _sum(index: IntArray, *effects: object) -> FloatArray:
    """Sum over dimensions of the effects of each cell's categories."""
    parts = [np.asarray(e, dtype=np.float64)[i] for e, i in zip(effects, index, strict=False)]
    return np.asarray(reduce(np.add, parts))
