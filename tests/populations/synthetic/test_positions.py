from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from mores.errors import PopulationError
from mores.measures.culture_map import INDICATORS, fit_culture_map
from mores.populations.culture import fit_map, indicator_values, positions
from mores.populations.synthetic import SyntheticModel
from mores.populations.synthetic.parameters import Parameters
from mores.populations.synthetic.placing import solve_positions
from mores.populations.synthetic.positions import CountryMoments, planted_map

FEW = ("EGY", "JPN", "KEN", "MEX", "SWE", "USA")


def test_positions_are_the_published_ones(model: SyntheticModel) -> None:
    """Up to a shift common to all, and but for the country that is not asked an indicator."""
    planted = model.map_positions()
    assert planted["country"].to_list() == list(model.countries)
    found = planted.select("x", "y").to_numpy()
    published = np.array([model.country(c).position for c in model.countries])
    for axis in (0, 1):
        assert np.corrcoef(found[:, axis], published[:, axis])[0, 1] > 0.999
        assert np.polyfit(published[:, axis], found[:, axis], 1)[0] == pytest.approx(1, abs=0.02)
    asked = np.array([not model.country(c).not_asked for c in model.countries])
    away = (found - published) - (found - published)[asked].mean(axis=0)
    assert np.abs(away[asked]).max() < 0.03


def test_the_map_looks_like_the_published_one(model: SyntheticModel) -> None:
    fitted = model.culture_map()
    for indicator in ("A008", "A165", "E025", "F118", "Y002"):
        right, up = np.abs(fitted.loadings[INDICATORS.index(indicator)])
        assert right > up, indicator
    for indicator in ("E018", "F063", "F120", "G006", "Y003"):
        right, up = np.abs(fitted.loadings[INDICATORS.index(indicator)])
        assert up > right, indicator
    assert fitted.eigenvalues[1] > 1 > fitted.eigenvalues[2]


def test_a_large_sample_comes_close(model: SyntheticModel) -> None:
    """Independent of the exact moments: drawn answers, the ordinary estimator."""
    population = model.draw(seed=5, respondents=60_000, countries=FEW, items=INDICATORS)
    fitted = model.culture_map(FEW)
    sample = fit_map(population)
    np.testing.assert_allclose(sample.means, fitted.means, atol=0.02)
    np.testing.assert_allclose(sample.sds, fitted.sds, rtol=0.005)
    np.testing.assert_allclose(sample.correlation, fitted.correlation, atol=0.01)
    np.testing.assert_allclose(sample.loadings, fitted.loadings, atol=0.015)
    found = positions(population, sample, draws=2).select("x", "y").to_numpy()
    np.testing.assert_allclose(
        found, model.map_positions(FEW).select("x", "y").to_numpy(), atol=0.03
    )


def test_moments_agree_with_a_finer_quadrature(
    model: SyntheticModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    from mores.populations.synthetic import positions as module

    usual = CountryMoments(model, "SWE")
    monkeypatch.setattr(module, "_NODES", 15)
    finer = CountryMoments(model, "SWE")
    np.testing.assert_allclose(usual.product, finer.product, rtol=1e-4)


def test_shared_factors_count(model: SyntheticModel) -> None:
    """Homosexuality and abortion are of one battery: their product is more than position explains."""
    items = dict(model.parameters.items)
    apart = {i: replace(p, group=i) if i == "Q182" else p for i, p in items.items()}  # type: ignore[call-arg]
    other = SyntheticModel(
        model.instrument,
        Parameters(model.parameters.countries, model.parameters.demography, apart),
    )
    j, k = INDICATORS.index("F118"), INDICATORS.index("F120")
    together, alone = (CountryMoments(m, "USA").product[j, k] for m in (model, other))
    assert together > alone * 1.02


def test_a_country_without_an_indicator_is_placed_by_expectation(model: SyntheticModel) -> None:
    asked = replace(model.country("EGY"), not_asked=())
    countries = {**model.parameters.countries, "EGY": asked}
    full = SyntheticModel(
        model.instrument,
        Parameters(countries, model.parameters.demography, model.parameters.items),
    )
    partial, whole = (m.map_positions(FEW).row(0, named=True) for m in (model, full))
    assert partial["country"] == "EGY"
    assert whole["x"] < partial["x"] - 0.02  # without it, less is known of how far left it is


def test_silence_of_respondents_is_accounted_for(model: SyntheticModel) -> None:
    """Nobody silent: the plain mean over cells, through the fit's own weights."""
    quiet = {i: replace(p, silence=1e-12) for i, p in model.parameters.items.items()}
    silent = SyntheticModel(
        model.instrument,
        Parameters(model.parameters.countries, model.parameters.demography, quiet),
    )
    fitted, scores = planted_map(silent, ["JPN", "SWE", "MEX"])
    for code, score in zip(("JPN", "SWE", "MEX"), scores, strict=True):
        means = [
            silent.margins(i, code, answering=False) @ np.array(silent.instrument.item(i).codes)
            for i in INDICATORS
        ]
        np.testing.assert_allclose(fitted.scores(means), score, atol=1e-8)


def test_constants_shift_all_alike(model: SyntheticModel) -> None:
    one, two = (model.map_positions(FEW, c).select("x", "y").to_numpy() for c in ("wvs", "tao2024"))
    np.testing.assert_allclose(two - one, [[0.342, 0.09]] * len(FEW), atol=1e-12)


def test_unknown_countries_are_refused(model: SyntheticModel) -> None:
    with pytest.raises(PopulationError, match="'XXX' is no country of the synthetic population"):
        model.map_positions(["SWE", "XXX"])


def test_latent_means_are_a_solution(model: SyntheticModel) -> None:
    again = solve_positions(model, rounds=1)
    for code, latent in again.items():
        assert latent == pytest.approx(model.country(code).latent, abs=0.03), code


def test_the_map_of_the_moments_is_the_map_of_a_sample(model: SyntheticModel) -> None:
    """A sample whose pairwise-complete moments are known gives those moments back."""
    population = model.draw(seed=1, respondents=300, countries=FEW, items=INDICATORS)
    sample = fit_culture_map(indicator_values(population), population.weights)
    moments = (sample.means, sample.sds, sample.correlation)
    from mores.populations.synthetic.positions import _sample_with

    again = fit_culture_map(_sample_with(*moments), np.ones(20))
    np.testing.assert_allclose(again.correlation, sample.correlation, atol=1e-10)
    np.testing.assert_allclose(again.loadings, sample.loadings, atol=1e-8)
