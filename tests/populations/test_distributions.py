from __future__ import annotations

import numpy as np
import polars as pl
import pytest
from given_people import people

from mores.errors import InstrumentError, PopulationError
from mores.instruments.survey import wvs7
from mores.measures.shares import weighted_shares
from mores.populations.distributions import distributions
from mores.populations.population import Population


def two_countries(**more) -> Population:
    """Ten Egyptians and five Mexicans; trust is answered by eight and by all five."""
    return people(
        country=["EGY"] * 10 + ["MEX"] * 5,
        language=["ar"] * 10 + ["es"] * 3 + ["ar"] * 2,
        weight=[2.0, 1.0, 1.0, None, *[1.0] * 6, 0.5, 0.5, 1.0, 1.0, 2.0],
        Q57=[1, 1, 2, 1, 2, 2, 2, 2, -1, -2, 1, 1, 1, 2, 2],
        Q46=[*[1, 2, 3, 4, 1, 2, 3, 4, 1, 2], *[-4] * 5],
        **more,
    )


def test_by_hand() -> None:
    found = distributions(two_countries(), ["Q57"])
    # Egypt: weights 2 + 1 trust, 5 do not, 2 did not answer, one has no weight; Mexico: 2 of 5
    assert found.shares("Q57") == pytest.approx(np.array([[3 / 8, 5 / 8], [2 / 5, 3 / 5]]))
    frame = found.frame()
    assert frame.columns == [
        "population", "country", "item", "code", "label", "share", "standard_error", "n",
        "n_effective", "coverage", "weighted_coverage", "usable",
    ]  # fmt: skip
    row = frame.row(0, named=True)
    assert row["population"] == "people"
    assert (row["country"], row["item"], row["code"]) == ("EGY", "Q57", 1)
    assert row["label"] == "Most people can be trusted"
    assert (row["share"], row["n"]) == (3 / 8, 7)
    assert row["coverage"] == pytest.approx(7 / 9)
    assert row["n_effective"] == pytest.approx(64 / 10)
    assert found.table.unweighted.tolist() == [1, 0]


def test_frame_agrees_with_the_measure() -> None:
    population = two_countries()
    found = distributions(population)
    assert [i.id for i in found.items] == ["Q46", "Q57"]
    groups = population.groups(["country"])
    table = weighted_shares(
        population.answer_matrix(["Q46", "Q57"]), [4, 2], population.weights, groups.index, 2
    )
    for row in found.frame().iter_rows(named=True):
        g, i = ["EGY", "MEX"].index(row["country"]), ["Q46", "Q57"].index(row["item"])
        expected = table.shares[g, i, row["code"] - 1], table.standard_error[g, i, row["code"] - 1]
        shown = tuple(np.nan if row[c] is None else row[c] for c in ("share", "standard_error"))
        assert shown == pytest.approx(expected, nan_ok=True)
        assert row["n"] == table.n[g, i]
    assert found.frame().height == 2 * (4 + 2)


def test_an_item_absent_in_a_country_has_no_shares_and_is_listed() -> None:
    found = distributions(two_countries(), ["Q57", "Q46", "Q182"])
    assert found.absent().rows() == [
        ("EGY", "Q182", 9, 1), ("MEX", "Q46", 5, 0), ("MEX", "Q182", 5, 0)
    ]  # fmt: skip
    rows = found.frame().filter((pl.col("country") == "MEX") & (pl.col("item") == "Q46"))
    assert rows["n"].to_list() == [0] * 4
    assert rows["share"].null_count() == rows["standard_error"].null_count() == 4
    assert not rows["usable"].any()
    assert np.isnan(found.shares("Q46")[1]).all()


@pytest.mark.parametrize(("lost", "usable"), [(19, True), (20, False), (21, False)])
def test_an_item_is_usable_when_under_20_per_cent_of_its_answers_are_missing(lost, usable) -> None:
    population = people(Q57=[-1] * lost + [1, 2] * 50)
    population = population.where(pl.int_range(pl.len()) < 100)
    found = distributions(population, ["Q57"])
    assert found.usable.tolist() == [[usable]]
    assert found.table.coverage[0, 0] == (100 - lost) / 100
    assert distributions(population, ["Q57"], minimum_coverage=0.5).usable.all()


def test_the_rule_is_about_the_country_and_not_about_the_cell() -> None:
    """A third of the young gave no answer, a sixth of the country did not."""
    population = people(age=[20] * 6 + [60] * 6, Q57=[-1, -1, *[1, 2] * 5])
    by_age = distributions(population, ["Q57"], ["country", "age_band"])
    assert by_age.table.coverage[:, 0] == pytest.approx([4 / 6, 1])
    assert by_age.usable[:, 0].tolist() == [True, True]
    alone = distributions(population, ["Q57"], ["age_band"])
    assert alone.usable[:, 0].tolist() == [False, True]
    waves = people(wave=[6] * 6 + [7] * 6, Q57=[-1, -1, *[1, 2] * 5])
    assert distributions(waves, ["Q57"], ["country", "wave"]).usable[:, 0].tolist() == [False, True]
    assert distributions(waves, ["Q57"], ["country", "wave"]).ungrouped == 0


def test_negative_codes_of_y003_are_answers() -> None:
    found = distributions(people(Y003=[-2, -1, 0, 1, 2, -5]), ["Y003"])
    assert found.frame()["code"].to_list() == [-2, -1, 0, 1, 2]
    assert found.shares("Y003")[0] == pytest.approx([0.2] * 5)
    assert found.table.n.tolist() == [[5]]


def test_slices_by_language() -> None:
    population = two_countries()
    slices = distributions(population, ["Q57"], ["language", "country"])
    assert slices.keys.rows() == [("ar", "EGY"), ("ar", "MEX"), ("es", "MEX")]
    assert slices.shares("Q57")[:, 0] == pytest.approx([3 / 8, 0, 1])
    pooled = distributions(population, ["Q57"], ["language"])
    assert pooled.shares("Q57")[:, 0] == pytest.approx([3 / 11, 1])  # Arabic, in two countries
    equal = slices.world_average()
    assert equal.keys["language"].to_list() == ["ar", "es"]
    assert equal.shares("Q57")[:, 0] == pytest.approx([3 / 16, 1])
    assert equal.countries[:, 0].tolist() == [2, 1]


def test_one_group_of_all_and_the_ungrouped() -> None:
    population = two_countries(sex=[1, 2, None, *[1] * 12])
    whole = distributions(population, ["Q57"], [])
    assert whole.by == ("all",)
    assert whole.shares("Q57")[0, 0] == pytest.approx(5 / 13)
    assert distributions(population, ["Q57"], ["sex"]).ungrouped == 1


def test_world_average() -> None:
    found = distributions(two_countries(), ["Q57", "Q46"])
    world = found.world_average()
    assert world.by == ("all",)
    assert world.shares("Q57")[0, 0] == pytest.approx((3 / 8 + 2 / 5) / 2)
    assert world.countries.tolist() == [[2, 1]]
    assert world.frame()["countries"].to_list() == [2, 2, 1, 1, 1, 1]
    by_n = found.world_average("respondents")
    assert by_n.shares("Q57")[0, 0] == pytest.approx((7 * 3 / 8 + 5 * 2 / 5) / 12)
    by_size = found.world_average({"EGY": 100, "MEX": 130})
    assert by_size.shares("Q57")[0, 0] == pytest.approx((100 * 3 / 8 + 130 * 2 / 5) / 230)
    only_egypt = found.world_average({"EGY": 1, "MEX": 0})
    assert only_egypt.countries.tolist() == [[1, 1]]
    assert only_egypt.usable.tolist() == [[False, True]]
    usable = found.world_average(usable_only=True)  # trust: 7 of 9 in Egypt is not enough
    assert usable.shares("Q57")[0, 0] == pytest.approx(2 / 5)
    assert usable.countries.tolist() == [[1, 1]]
    assert usable.usable.tolist() == [[True, True]]


def test_excluded_options_are_no_answers() -> None:
    population = people(Q111=[1, 2, 2, 3, -1])
    found = distributions(population, ["Q111"], exclude={"Q111": [3]})
    assert found.shares("Q111")[0] == pytest.approx([1 / 3, 2 / 3])
    assert found.frame()["code"].to_list() == [1, 2]
    assert found.table.coverage[0, 0] == 3 / 5
    residual = distributions(population, ["Q111"], exclude="residual")
    assert residual.frame().equals(found.frame())
    assert distributions(population, ["Q111"]).shares("Q111")[0] == pytest.approx(
        [1 / 4, 1 / 2, 1 / 4]
    )
    # the first code of a scale can be the one that goes
    scale = distributions(people(Q241=[0, 1, 10, 10]), ["Q241"], exclude="residual")
    assert scale.frame()["code"].to_list() == list(range(1, 11))
    assert scale.shares("Q241")[0, [0, 9]] == pytest.approx([1 / 3, 2 / 3])


def test_names_of_trend_files_and_repeats() -> None:
    population = two_countries()
    found = distributions(population, ["A165", "Q57"])
    assert [i.id for i in found.items] == ["Q57"]
    assert found.shares("A165") == pytest.approx(found.shares("Q57"))
    assert distributions(population, "Q57", "country").frame().equals(found.frame())


def test_synthetic_people_are_labelled() -> None:
    frame = distributions(people(synthetic=True, Q57=[1, 2])).frame()
    assert frame["population"].unique().to_list() == ["people (synthetic)"]


def test_split_half_and_cells() -> None:
    rng = np.random.default_rng(0)
    population = people(
        country=["EGY"] * 300 + ["MEX"] * 300,
        Q57=rng.integers(1, 3, 600).tolist(),
        Q46=[1] * 600,
        Q42=rng.integers(1, 4, 600).tolist(),
    )
    found = distributions(population, ["Q57", "Q46", "Q42"])
    assert found.ordered.tolist() == [True, True, False]
    halves = found.split_half(splits=50, seed=1)
    assert halves.distance.shape == (2, 3)
    assert (halves.distance[:, 1] == 0).all()
    assert (halves.distance[:, [0, 2]] > 0).all()
    assert (found.split_half(splits=50, seed=1).distance == halves.distance).all()
    cells = found.cells(distance=halves.distance, low=halves.interval.low)
    assert cells.columns[:5] == ["population", "country", "item", "distance", "low"]
    assert cells.rows()[3][:4] == ("people", "MEX", "Q57", halves.distance[1, 0])


def test_an_answer_beside_the_scale_takes_its_order() -> None:
    """Q111's "other answer" is not twice as far from the environment as growth is."""
    population = people(Q111=[1, 3], Q221=[1, 4], Q241=[0, 10])
    asked = ["Q111", "Q221", "Q241"]
    assert distributions(population, asked).ordered.tolist() == [False, False, True]
    assert distributions(population, asked, exclude="residual").ordered.all()
    halves = distributions(population, asked).split_half(splits=2)
    assert halves.distance[0].tolist() == [1, 1, 1]
    one_off = distributions(people(Q111=[1, 2]), ["Q111"]).split_half(splits=2)
    assert one_off.distance[0].tolist() == [1]


def test_order_of_respondents_does_not_matter() -> None:
    population = two_countries()
    shuffled = Population(
        "people", population.frame.sample(fraction=1, shuffle=True, seed=3), wvs7(), False
    )
    first, second = (distributions(p).frame() for p in (population, shuffled))
    for name in ("share", "standard_error", "n_effective"):
        np.testing.assert_allclose(
            first[name].fill_null(-1).to_numpy(), second[name].fill_null(-1).to_numpy()
        )


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ({"items": ["Q999"]}, InstrumentError, "'Q999' is no item"),
        ({"items": []}, PopulationError, "no items to make distributions of"),
        ({"by": ["nation"]}, PopulationError, "'nation' is no column about respondents of people"),
        ({"minimum_coverage": 80}, PopulationError, "write 80 per cent as 0.8"),
        ({"minimum_coverage": float("nan")}, PopulationError, "minimum_coverage is nan"),
        ({"exclude": "other"}, PopulationError, "exclude is 'other'"),
        ({"exclude": {"Q57": [7]}}, InstrumentError, r"Q57 has no options \[7\] to exclude"),
        ({"exclude": {"Q57": [2]}}, PopulationError, "leaves 1 of the options of Q57"),
        ({"exclude": {"Q0": [2]}}, InstrumentError, "'Q0' is no item"),
    ],
)
def test_messages(arguments, error, message) -> None:
    with pytest.raises(error, match=message):
        distributions(two_countries(), **arguments)


def test_messages_of_tables(monkeypatch) -> None:
    found = distributions(two_countries(), ["Q57"])
    with pytest.raises(InstrumentError, match="'Q46' is none of the items of these distributions"):
        found.shares("Q46")
    with pytest.raises(PopulationError, match=r"weights of countries: none for \['MEX'\]"):
        found.world_average({"EGY": 1})
    with pytest.raises(PopulationError, match=r"unusable for \['MEX'\]"):
        found.world_average({"EGY": 1, "MEX": -1})
    with pytest.raises(PopulationError, match="these are by language; add country"):
        distributions(two_countries(), ["Q57"], ["language"]).world_average()
    monkeypatch.setattr("mores.populations.distributions._MOST_CELLS", 3)
    with pytest.raises(PopulationError, match="2 groups by country and 1 items make 4 shares"):
        distributions(two_countries(), ["Q57"])
