"""How the countries' latent means in ``data/countries.toml`` were found."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from mores.measures.culture_map import rescale
from mores.populations.synthetic.model import SyntheticModel
from mores.populations.synthetic.parameters import Axes, Parameters
from mores.populations.synthetic.positions import planted_map

__all__ = ["solve_positions"]


def solve_positions(model: SyntheticModel, rounds: int = 12) -> dict[str, Axes]:
    """Latent means with which planted map positions are the published ones, up to a common shift.

    Parameters
    ----------
    model : SyntheticModel
        Where to begin: everything but its countries' latent means stays as it is.
    rounds : int, optional
        In each, every country moves by what it is away from its place: a fixed-point iteration, which
        works since a unit of the latent axes is about a unit of the map.

    Returns
    -------
    dict of str to pair of float
        By country, rounded to 0.01. Places are those had every country been asked every indicator.
    """
    parameters = model.parameters
    countries = {c: replace(p, not_asked=()) for c, p in parameters.countries.items()}
    published = np.array([country.position for country in countries.values()])
    latent = np.array([country.latent for country in countries.values()])
    for _ in range(rounds):
        moved = {
            code: replace(country, latent=(float(x), float(y)))
            for (code, country), (x, y) in zip(countries.items(), latent, strict=True)
        }
        trial = SyntheticModel(
            model.instrument, Parameters(moved, parameters.demography, parameters.items)
        )
        planted = rescale(planted_map(trial, trial.countries)[1])
        away = (published - published.mean(axis=0)) - (planted - planted.mean(axis=0))
        latent = latent + away
    return {
        code: (round(float(x), 2), round(float(y), 2))
        for code, (x, y) in zip(countries, latent, strict=True)
    }
