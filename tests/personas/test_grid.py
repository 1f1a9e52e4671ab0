import re
from dataclasses import replace
from itertools import pairwise, product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mores.errors import PersonaError
from mores.personas import grid as grid_module
from mores.personas.grid import (
    CLASSES,
    N_CONFIGURATIONS,
    classes,
    configuration,
    configuration_from_labels,
    congruence,
    index_of,
    indices_of,
    levels_of,
    positions,
)
from mores.personas.variables import variables

SIZES = (4, 3, 3, 2, 3, 4, 4, 3, 3, 3)
LAST = tuple(size - 1 for size in SIZES)
configurations = st.tuples(*(st.integers(0, size - 1) for size in SIZES))

# Positions by hand, as [axis, levels] in the order of the variables.
THIRD = 1 / 3
BY_HAND = [
    ("y", [-1, -THIRD, THIRD, 1]),
    ("y", [-1, 0, 1]),
    ("y", [-1, 0, 1]),
    ("x", [-1, 1]),
    ("x", [-1, 0, 1]),
    ("y", [-1, -THIRD, THIRD, 1]),
    ("x", [1, THIRD, -THIRD, -1]),
    ("x", [-1, 0, 1]),
    ("x", [-1, 0, 1]),
    ("x", [-1, 0, 1]),
]
A4 = (2, 1, 1, 1, 1, 2, 1, 1, 1, 1)
C2 = (0, 2, 0, 0, 2, 0, 3, 0, 2, 2)


def beliefs(levels):
    found = {"x": [], "y": []}
    for (axis, places), level in zip(BY_HAND, levels, strict=True):
        found[axis].append(places[level])
    return found


@pytest.fixture(scope="module")
def grid():
    return levels_of(np.arange(N_CONFIGURATIONS))


def test_the_whole_grid_is_enumerated_once(grid):
    assert grid.shape == (93_312, 10)
    assert grid.dtype == np.int8
    assert (indices_of(grid) == np.arange(93_312)).all()
    assert len(np.unique(grid, axis=0)) == 93_312
    assert grid.min(axis=0).tolist() == [0] * 10
    assert tuple(grid.max(axis=0)) == LAST


def test_the_order_is_that_of_nested_loops(grid):
    for index, levels in zip(range(2000), product(*map(range, SIZES)), strict=False):
        assert tuple(grid[index]) == levels


@pytest.mark.parametrize(
    ("levels", "index"),
    [
        ((0,) * 10, 0),
        ((0,) * 9 + (1,), 1),
        ((0,) * 8 + (1, 0), 3),
        ((0,) * 6 + (1, 0, 0, 0), 27),
        ((1,) + (0,) * 9, 23_328),  # 93,312 / 4
        (LAST, 93_311),
    ],
)
def test_mixed_radix_by_hand(levels, index):
    assert index_of(levels) == index
    assert configuration(index) == levels


@given(st.integers(0, N_CONFIGURATIONS - 1))
def test_index_to_configuration_and_back(index):
    assert index_of(configuration(index)) == index


@given(configurations)
def test_configuration_to_index_and_back(levels):
    assert configuration(index_of(levels)) == levels


@given(configurations, configurations)
def test_indices_order_as_configurations_do(a, b):
    assert (index_of(a) < index_of(b)) == (a < b)


def test_position_of_appendix_a4_by_hand():
    # y: religiosity 1/3, child rearing 0, moral 0, pride 1/3; x: trust 1, happiness 1/3, four times 0
    assert positions([A4])[0].tolist() == pytest.approx([2 / 9, 1 / 6], abs=1e-15)


def test_congruence_of_appendix_a4_by_hand():
    # y: mean square 1/18, mean 1/6, variance 1/36; x: mean square 5/27, mean 2/9, variance 11/81
    assert congruence([A4])[0] == pytest.approx(1 - (1 / 36 + 11 / 81) / 2, abs=1e-15)


def test_position_and_congruence_of_appendix_c2_by_hand():
    # y: -1, 1, -1, -1, variance 3/4; x: three at each end, variance 1
    assert positions([C2])[0].tolist() == [0, -0.5]
    assert congruence([C2])[0] == pytest.approx(0.125, abs=1e-15)


@given(configurations)
def test_positions_and_congruence_against_plain_python(levels):
    found = beliefs(levels)
    means = {axis: sum(b) / len(b) for axis, b in found.items()}
    spreads = [
        sum((p - means[axis]) ** 2 for p in b) / len(b) for axis, b in found.items()
    ]  # four and six variables: the largest variance is 1 on both axes
    assert positions([levels])[0].tolist() == pytest.approx([means["x"], means["y"]], abs=1e-12)
    assert congruence([levels])[0] == pytest.approx(1 - sum(spreads) / 2, abs=1e-12)


@given(configurations)
def test_the_mirrored_configuration_stands_opposite_and_is_as_congruent(levels):
    mirrored = tuple(last - level for level, last in zip(levels, LAST, strict=True))
    assert positions([mirrored])[0] == pytest.approx(-positions([levels])[0], abs=1e-12)
    assert congruence([mirrored])[0] == pytest.approx(congruence([levels])[0], abs=1e-12)


def test_bounds_over_the_whole_grid(grid):
    fit = congruence(grid)
    places = positions(grid)
    assert fit.shape == (N_CONFIGURATIONS,)
    assert places.shape == (N_CONFIGURATIONS, 2)
    assert (fit.min(), fit.max()) == (0, 1)
    assert places.min(axis=0).tolist() == [-1, -1]
    assert places.max(axis=0).tolist() == [1, 1]
    assert places.mean(axis=0) == pytest.approx([0, 0], abs=1e-12)
    # One point on each axis: x can be all -1 or all 1 (trust has no middle), or nothing else;
    # y all -1, all 0 (impossible: religiosity has no middle) or all 1.
    assert np.count_nonzero(fit == 1) == 4


def test_congruence_reaches_zero_on_an_odd_number_of_beliefs_too(grid, monkeypatch):
    tables = grid_module._tables()
    speaks = tables.speaks.copy()
    speaks[1, 0] = False  # religiosity falls silent: three variables speak to y
    monkeypatch.setattr(grid_module, "_tables", lambda: replace(tables, speaks=speaks))
    assert (congruence(grid).min(), congruence(grid).max()) == pytest.approx((0, 1), abs=1e-12)
    # y: -1, 1, -1 has variance 8/9, the largest of three; x as in C2
    assert congruence([C2])[0] == pytest.approx(0, abs=1e-12)
    # y: 0, 0, 1/3 has variance 2/81, a 36th of the largest
    assert congruence([A4])[0] == pytest.approx(1 - (1 / 36 + 11 / 81) / 2, abs=1e-12)


def test_classes_by_their_rule(grid):
    found = classes(grid)
    fit, far = congruence(grid), np.abs(positions(grid))
    assert set(found) == set(CLASSES)
    assert ((found == "incongruous") == (fit < 0.5)).all()
    assert (far[found == "max"].min(axis=1) >= 0.75).all()
    assert (far[found == "moderate"].max(axis=1) <= 0.5).all()
    between = far[found == "intermediate"]
    assert ((between.max(axis=1) > 0.5) & (between.min(axis=1) < 0.75)).all()
    assert classes([A4, C2, LAST]).tolist() == ["moderate", "incongruous", "intermediate"]


def test_empty_input_gives_empty_output():
    none = levels_of([])
    assert none.shape == (0, 10)
    assert indices_of(none).shape == (0,)
    assert positions(none).shape == (0, 2)
    assert congruence(none).shape == (0,)
    assert classes(none).shape == (0,)


@pytest.mark.parametrize("index", [-1, 93_312, 10**30, 1.0, 1.5, True, "3", None, float("nan")])
def test_an_index_outside_the_grid_is_refused(index):
    with pytest.raises(PersonaError, match=r"allowed: 0 to 93311|whole number"):
        configuration(index)


@pytest.mark.parametrize(
    ("levels", "says"),
    [
        ((4,) + (0,) * 9, "religiosity: level index 4 does not exist; allowed: 0 to 3 (very imp"),
        ((0,) * 9 + (-1,), "tolerance_diversity: level index -1"),
        ((0,) * 9, "9 levels a configuration; it has 10"),
        ((0.0,) * 10, "not a whole number"),
        (3, "1 dimensions; it must have 2"),
    ],
)
def test_a_faulty_configuration_is_refused(levels, says):
    with pytest.raises(PersonaError, match=re.escape(says)):
        index_of(levels)


def test_rows_of_unequal_length_are_refused():
    with pytest.raises(PersonaError, match="unequal length"):
        indices_of([[0] * 10, [0] * 9])


def by_label(levels, kind="label"):
    pairs = zip(variables(), levels, strict=True)
    return {v.id: getattr(v.levels[level], kind) for v, level in pairs}


@given(configurations, st.sampled_from(["id", "label", "title"]), st.randoms())
def test_labels_lead_back_to_the_configuration(levels, kind, random):
    items = list(by_label(levels, kind).items())
    random.shuffle(items)
    assert configuration_from_labels(dict(items)) == levels


def test_labels_are_read_with_tolerance():
    labels = by_label(LAST)
    del labels["child_rearing_value"], labels["materialism_orientation"]
    labels["Child-Rearing  Value"] = "  INDEPENDENCE / imagination"
    labels["materialism orientation"] = "Post-Materialist"
    assert configuration_from_labels(labels) == LAST


def test_no_two_levels_of_a_variable_are_read_as_one():
    for variable in variables():
        for a, b in pairwise(variable.levels):
            assert a.label.casefold() != b.label.casefold()


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"happiness": "hapy"}, "happiness: 'hapy' is not a level"),
        ({"happiness": "very hapy"}, "did you mean 'very happy'? allowed: very happy, rather"),
        ({"happiness": 2}, "happiness: 2 is not a level"),
        ({"happiness": None}, "happiness: None is not a level"),
        ({"happyness": "very happy"}, "'happyness' is not a cultural variable; did you mean 'happ"),
        ({"Social Trust": "most people trusted"}, "social_trust is given twice"),
        ({3: "x"}, "3 is not a cultural variable"),
    ],
)
def test_faulty_labels_are_told(change, says):
    with pytest.raises(PersonaError, match=re.escape(says)):
        configuration_from_labels(by_label(LAST) | change)


def test_all_faults_of_labels_are_told_at_once():
    with pytest.raises(PersonaError) as error:
        configuration_from_labels({"happiness": "hapy", "tust": "none"})
    assert str(error.value).count("\n") == 3
    assert "no level for religiosity, child_rearing_value" in str(error.value)
