"""The synthetic population: respondents of a documented model with known parameters.

They stand in for survey data that may not be handed on, so that every study runs on a fresh machine, and
since the parameters are known they are the truth against which estimators are checked. Nobody was asked:
whatever shows a figure from them says *synthetic*. `mores.populations.synthetic.model` states the model.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from mores.populations.synthetic.model import MODEL_VERSION, SyntheticModel

if TYPE_CHECKING:
    from mores.populations.population import Population

__all__ = ["MODEL_VERSION", "SyntheticModel", "synthesise"]


def synthesise(
    *,
    seed: int = 0,
    respondents: int = 1200,
    countries: Sequence[str] | None = None,
    items: Sequence[str] | None = None,
    name: str = "synthetic",
) -> Population:
    """A synthetic population.

    Parameters
    ----------
    seed : int, optional
        0 and more. Every country and every item has its own stream of randomness: drawing fewer of
        them does not change the others.
    respondents : int, optional
        Of each country, 1 and more.
    countries : sequence of str, optional
        ISO 3166 alpha-3 codes; all unless given.
    items : sequence of str, optional
        Ids, or codes in trend files; all of the instrument unless given.
    name : str, optional
        Name of the population.

    Returns
    -------
    Population
        Weights have mean 1 in each country. `source` holds ``form``, ``model`` (version), ``seed``,
        ``respondents``, ``countries`` and ``items``.

    Raises
    ------
    PopulationError
        If a country is unknown, or a number out of range.
    InstrumentError
        If an item is unknown.
    """
    return SyntheticModel().draw(
        seed=seed, respondents=respondents, countries=countries, items=items, name=name
    )
