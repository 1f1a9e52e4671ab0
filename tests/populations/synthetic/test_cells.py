from __future__ import annotations

import numpy as np
import pytest

from mores.populations.synthetic import SyntheticModel


@pytest.mark.parametrize("code", ["CAN", "IND", "JPN", "KEN"])
def test_cells_have_the_margins_of_the_country(model: SyntheticModel, code: str) -> None:
    country, cells = model.country(code), model.cells(code)
    margins = {
        "sex": (model.parameters.demography.male, 1 - model.parameters.demography.male),
        "age": country.ages,
        "education": country.education,
        "settlement": (country.urban, 1 - country.urban),
        "language": [language.share for language in country.languages],
    }
    assert len(cells.shares) == 2 * 4 * 3 * 2 * len(country.languages)
    assert (cells.shares > 0).all()
    for dimension, shares in margins.items():
        found = np.bincount(cells.categories[dimension], cells.shares)
        np.testing.assert_allclose(found, shares, atol=1e-10)


def test_effects_leave_the_country_where_it_is(model: SyntheticModel) -> None:
    for code in model.countries:
        shares, latent = model.cells(code).shares, model.latent(code)
        np.testing.assert_allclose(shares @ latent.means, model.country(code).latent, atol=1e-12)


def test_raking_keeps_associations(model: SyntheticModel) -> None:
    cells = model.cells("MEX")
    table = np.zeros((4, 3))
    np.add.at(table, (cells.categories["age"], cells.categories["education"]), cells.shares)
    assert (table[:, 2] / table.sum(axis=1))[0] > 1.5 * (table[:, 2] / table.sum(axis=1))[3]


def test_weights_are_the_inverse_of_the_chance(model: SyntheticModel) -> None:
    for code in model.countries:
        cells = model.cells(code)
        assert cells.chances.sum() == pytest.approx(1)
        assert cells.chances @ cells.weights == pytest.approx(1)
        np.testing.assert_allclose(cells.chances * cells.weights, cells.shares)
        kish = 1 / (cells.chances @ cells.weights**2)
        assert 0.5 < kish < 0.95, code  # weights that matter, as the survey's


def test_the_educated_are_interviewed_too_often(model: SyntheticModel) -> None:
    for code in model.countries:
        cells = model.cells(code)
        higher = cells.categories["education"] == 2
        assert cells.chances[higher].sum() > 1.1 * cells.shares[higher].sum()
