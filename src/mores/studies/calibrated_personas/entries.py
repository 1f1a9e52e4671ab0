"""Conditions and baselines side by side: whatever predicts the humans' answers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from mores.measures.ordinal import mean_score, normalised_variance
from mores.studies.calibrated_personas.predicting import Compared, Predictions, compared, scale

__all__ = ["ALL", "BASELINE", "Entry", "Humans", "entries"]

FloatArray = NDArray[np.float64]

ALL = "all"
"""In place of a country: the mean over countries."""
BASELINE = "baseline"
"""Model and kind of what no model predicted."""


@dataclass(frozen=True, eq=False)
class Humans:
    """Moments of the humans' distributions, shape (C, Q); NaN where a question is not used.

    Attributes
    ----------
    mean : ndarray of float
        In codes.
    variance : ndarray of float
        Over the largest possible, (range / 2)².
    """

    mean: FloatArray
    variance: FloatArray

    @classmethod
    def of(cls, found: Predictions) -> Humans:
        """The humans with whom predictions are compared."""
        shares, options = found.observed.shares, found.responses.n_options
        codes = found.responses.codes
        first, length = scale(codes)
        return cls(
            first + length * mean_score(shares, options, codes),
            normalised_variance(shares, options, codes),
        )


@dataclass(frozen=True, eq=False)
class Entry:
    """What one condition or baseline predicts.

    Attributes
    ----------
    names : mapping of str to str
        Columns ``model arm guidance descriptors kind``.
    asked : ndarray of bool, shape (C, Q)
        What it was asked, and has rows.
    compared : Compared
        Its distributions against the humans', shape (C, Q).
    further : mapping of str to ndarray of float, shape (C, Q)
        What is known of a condition's predictions beside; empty for a baseline.
    samples : mapping of str to ndarray of int, shape (C,)
        Personas and prompts; empty for a baseline.
    draws : mapping of str to ndarray of float32, shape (C, B)
        Of ``mae`` and ``wasserstein``, over personas; empty for a baseline.
    """

    names: Mapping[str, str]
    asked: NDArray[np.bool_]
    compared: Compared
    further: Mapping[str, FloatArray] = field(default_factory=dict)
    samples: Mapping[str, NDArray[np.int64]] = field(default_factory=dict)
    draws: Mapping[str, NDArray[np.float32]] = field(default_factory=dict)

    @cached_property
    def known(self) -> NDArray[np.bool_]:
        """Where there are both a prediction and humans, shape (C, Q)."""
        return ~np.isnan(self.compared.error)


def entries(found: Predictions, baselines: Mapping[str, FloatArray] | None = None) -> list[Entry]:
    """All whole conditions in the order asked, then the baselines.

    Parameters
    ----------
    found : Predictions
    baselines : mapping of str to ndarray of float, shape (C, Q, K), optional
        Name -> distributions predicted without the model; NaN where there is none.
    """
    model = [_of_condition(found, m) for m in range(len(found.conditions))]
    return model + [_of_baseline(found, name, s) for name, s in (baselines or {}).items()]


def _of_condition(found: Predictions, m: int) -> Entry:
    condition, whole = found.conditions[m], found.compared
    return Entry(
        {
            "model": found.responses.model,
            "arm": condition.arm,
            "guidance": condition.guidance,
            "descriptors": condition.descriptors,
            "kind": condition.kind,
        },
        found.asked[m],
        Compared(whole.mean[m], whole.error[m], whole.wasserstein[m], whole.variance[m]),
        {
            "variance_within": found.variance_within[m],
            "coverage": found.coverage[m],
            "allowed_mass": found.allowed_mass[m],
            "unseen": found.unseen[m],
            "mean_low": found.mean_low[m],
            "mean_high": found.mean_high[m],
            "error_low": found.error_ends[0, m],
            "error_high": found.error_ends[1, m],
            "wasserstein_low": found.wasserstein_ends[0, m],
            "wasserstein_high": found.wasserstein_ends[1, m],
        },
        {"personas": found.personas[m], "prompts": found.prompts[m]},
        {
            "mae": found.mae_draws[m],
            "wasserstein": found.wasserstein_draws[m],
            "mae_two_way": found.two_way_draws[m],
        },
    )


def _of_baseline(found: Predictions, name: str, shares: FloatArray) -> Entry:
    names = {"model": BASELINE, "arm": name, "guidance": "", "descriptors": "", "kind": BASELINE}
    made = compared(shares, found.responses, found.observed)
    return Entry(names, np.ones(made.mean.shape, np.bool_), made)
