from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import integrate, stats

from mores.populations.synthetic import SyntheticModel
from mores.populations.synthetic.parameters import ChoiceItem, OrderedItem
from mores.populations.synthetic.responses import (
    ChoiceResponse,
    Latent,
    OrderedResponse,
    in_country,
    worldwide,
)

WORLD = Latent(np.array([[0.3, -0.2]]), np.array([[2.0, 0.6], [0.6, 1.5]]))
CELL = Latent(np.array([[0.5, -1.0]]), np.array([[0.6, 0.2], [0.2, 0.9]]))
ITEM = OrderedItem("Q1", (0.1, 0.4, 0.3, 0.2), (0.7, -0.4), "g", 0.5, 0.3, 0.02, False)
CHOICE = ChoiceItem("N1", (0.5, 0.2, 0.3), ((0.0, 0.0), (0.5, 0.3), (-0.8, 0.9)), 0.2, 0.02)


def test_ordered_shares_by_hand() -> None:
    # y has mean 0.7 * 0.5 + 0.4 + 0.25 = 1 and variance 0.49 * 0.6 - 2 * 0.28 * 0.2 + 0.16 * 0.9 + 1.
    response = OrderedResponse(np.array([0.7, -0.4]), 0.25, np.array([0.0, 1.0, 2.0]), 0.5)
    shares = response.cell_shares(CELL)[0]
    below = stats.norm(1.0, np.sqrt(0.294 - 0.112 + 0.144 + 1.0)).cdf([0.0, 1.0, 2.0])
    np.testing.assert_allclose(shares, np.diff(below, prepend=0, append=1), atol=1e-12)


@given(st.tuples(*[st.floats(-1, 1)] * 2), st.floats(-0.9, 0.9), st.floats(-2, 2))
def test_ordered_shares_are_means_over_position_and_factor(
    axes: tuple[float, float], factor: float, intercept: float
) -> None:
    response = OrderedResponse(np.array(axes), intercept, np.array([-1.0, 0.5]), factor)
    theta, weights = CELL.nodes(21)
    shares = response.cell_shares(CELL)[0]
    np.testing.assert_allclose(weights @ response.given(theta)[0], shares, atol=1e-9)
    points = np.linspace(-8, 8, 401)
    density = stats.norm.pdf(points) * (points[1] - points[0])
    mixed = np.einsum("fk,f->k", response.given(np.zeros(2), points), density)
    np.testing.assert_allclose(mixed, response.given(np.zeros(2)), atol=1e-8)
    codes = np.array([1.0, 2.0, 5.0])
    assert response.expected(codes, theta) == pytest.approx(response.given(theta) @ codes)


def test_thresholds_give_the_world_its_margin() -> None:
    # Countries' deviations are part of the world's variance.
    response = worldwide(ITEM, WORLD)
    assert isinstance(response, OrderedResponse)
    mean = WORLD.means[0] @ response.axes
    spread = np.sqrt(response.axes @ WORLD.covariance @ response.axes + 1 + 0.3**2)
    below = stats.norm(mean, spread).cdf(response.thresholds)
    np.testing.assert_allclose(np.diff(below, prepend=0, append=1), ITEM.margin, atol=1e-12)


def test_countries_deviate_by_a_fixed_parameter() -> None:
    response = worldwide(ITEM, WORLD)
    there, again, elsewhere = (in_country(response, ITEM, c) for c in ("AAA", "AAA", "BBB"))
    assert there.intercept == again.intercept != elsewhere.intercept
    many = [in_country(response, ITEM, str(i)).intercept for i in range(2000)]
    assert np.std(many) == pytest.approx(0.3, rel=0.05)
    assert np.mean(many) == pytest.approx(0, abs=0.03)


def test_choice_shares_agree_with_an_integral() -> None:
    response = worldwide(CHOICE, WORLD)
    assert isinstance(response, ChoiceResponse)
    np.testing.assert_allclose(response.cell_shares(WORLD)[0], CHOICE.margin, atol=1e-8)
    normal = stats.multivariate_normal(CELL.means[0], CELL.covariance)

    def density(y: float, x: float) -> float:
        utility = response.intercepts + response.axes @ [x, y]
        return float(np.exp(utility[1]) / np.exp(utility).sum() * normal.pdf([x, y]))

    found, _ = integrate.dblquad(density, -5, 6, -7, 5, epsabs=1e-8)
    assert response.cell_shares(CELL)[0, 1] == pytest.approx(found, abs=1e-6)


def test_second_choices_by_hand() -> None:
    response = ChoiceResponse(np.log([0.5, 0.3, 0.2]), np.zeros((3, 2)), second=True)
    pairs = response.pairs(np.zeros(2))
    expected = [
        [0, 0.5 * 0.3 / 0.5, 0.5 * 0.2 / 0.5],
        [0.3 * 0.5 / 0.7, 0, 0.3 * 0.2 / 0.7],
        [0.2 * 0.5 / 0.8, 0.2 * 0.3 / 0.8, 0],
    ]
    np.testing.assert_allclose(pairs, expected)
    np.testing.assert_allclose(response.given(np.zeros(2)), np.sum(expected, axis=0))


def test_draws_follow_the_probabilities() -> None:
    generator = np.random.default_rng(0)
    n = 200_000
    theta = CELL.means[0] + generator.standard_normal((n, 2)) @ CELL.root.T
    ordered = in_country(worldwide(ITEM, WORLD), ITEM, "AAA")
    assert isinstance(ordered, OrderedResponse)
    drawn = ordered.draw(theta, generator.standard_normal(n), generator.standard_normal(n))
    np.testing.assert_allclose(np.bincount(drawn) / n, ordered.cell_shares(CELL)[0], atol=0.005)

    first = in_country(worldwide(CHOICE, WORLD), CHOICE, "AAA")
    assert isinstance(first, ChoiceResponse)
    chosen = first.draw(theta, generator.random(n))
    np.testing.assert_allclose(np.bincount(chosen) / n, first.cell_shares(CELL)[0], atol=0.005)
    second = ChoiceResponse(first.intercepts, first.axes, second=True)
    then = second.draw(theta, generator.random(n), chosen)
    assert (then != chosen).all()
    np.testing.assert_allclose(np.bincount(then) / n, second.cell_shares(CELL)[0], atol=0.005)


def test_the_largest_noise_falls_on_an_option_that_is_left() -> None:
    response = ChoiceResponse(np.zeros(3), np.zeros((3, 2)), second=True)
    noise = np.array([np.nextafter(1, 0)] * 3)
    first = np.array([0, 1, 2], np.int8)
    assert response.draw(np.zeros((3, 2)), noise, first).tolist() == [2, 2, 1]


def test_world_margins_are_near_the_data(model: SyntheticModel) -> None:
    for item in ("Q46", "Q57", "Q111", "Q164", "Q173", "Q182", "Q254"):
        margins = [model.margins(item, c, answering=False) for c in model.countries]
        given_ = model.parameters.items[item].margin
        np.testing.assert_allclose(np.mean(margins, axis=0), given_, atol=0.07)
