from __future__ import annotations

import time
from dataclasses import replace

import numpy as np
import polars as pl
import pytest
from polars.testing import assert_frame_equal

from mores.errors import InstrumentError, PopulationError
from mores.populations.derived import with_indices
from mores.populations.population import KEY, Population, schema
from mores.populations.synthetic import MODEL_VERSION, SyntheticModel, synthesise
from mores.populations.synthetic.streams import standard_normal, stream

SLICES = [
    *("ar-EGY", "ar-JOR", "ar-MAR", "en-GBR", "en-KEN", "en-USA", "es-ARG", "es-COL", "es-MEX"),
    *("fr-CAN", "hi-IND", "ru-RUS", "zh-CHN"),
]


@pytest.fixture(scope="module")
def population(model: SyntheticModel) -> Population:
    return model.draw()


def test_it_is_what_the_survey_would_be(population: Population, model: SyntheticModel) -> None:
    lacking = {i.id for i in population.instrument.items.values() if i.trend_only}
    known = {n: t for n, t in schema(population.instrument).items() if n not in lacking}
    assert population.frame.columns == list(known)
    assert dict(population.frame.schema) == known
    assert len(population) == 1200 * len(model.countries)
    assert population.synthetic
    assert "synthetic" in population.label
    assert "synthetic" in replace(population, name="mine").label
    assert population.source["form"] == "synthetic"
    assert population.source["model"] == MODEL_VERSION
    assert population.source["seed"] == 0
    assert {i.id for i in population.items} == set(population.instrument.items) - lacking
    assert population.frame.null_count().sum_horizontal().item() == 0


def test_rows_are_sorted_and_unique(population: Population) -> None:
    key = population.frame.select(KEY)
    assert_frame_equal(key, key.sort(KEY))
    assert key.is_unique().all()


def test_every_code_is_legal(population: Population) -> None:
    for item in population.items:
        assert (population.answers(item.id) >= 0).mean() > 0.6, item.id
    for column in population.instrument.columns.values():
        if column.options:
            codes = set(population.frame[column.id].unique())
            assert codes <= {o.code for o in column.options} | set(column.missing), column.id
            assert len(codes) > 1, column.id


def test_every_option_is_chosen_by_somebody(population: Population) -> None:
    for item in population.items:
        chosen = np.unique(population.answers(item.id))
        assert set(chosen) - {-1} == set(range(len(item.options))), item.id


def test_weights_have_mean_one_and_differ(population: Population) -> None:
    by_country = population.frame.group_by("country").agg(
        mean=pl.col("weight").mean(), sd=pl.col("weight").std(), least=pl.col("weight").min()
    )
    np.testing.assert_allclose(by_country["mean"], 1)
    assert by_country["sd"].min() > 0.2
    assert by_country["least"].min() > 0


@pytest.mark.parametrize("name", SLICES)
def test_slices_are_filled(population: Population, name: str) -> None:
    language, country = name.split("-")
    here = population.where((pl.col("country") == country) & (pl.col("language") == language))
    assert len(here) >= 300
    assert (here.answers("Q46") >= 0).sum() >= 270


def test_languages_go_with_education(population: Population) -> None:
    kenya = population.where(pl.col("country") == "KEN").frame
    higher = kenya.group_by("language").agg(share=(pl.col("education") == 3).mean())
    shares = dict(higher.iter_rows())
    assert shares["en"] > shares["sw"]


def test_no_second_choice_equals_the_first(population: Population) -> None:
    for first, second in (("Q152", "Q153"), ("Q154", "Q155"), ("Q156", "Q157")):
        one, two = population.answers(first), population.answers(second)
        assert (one[two >= 0] >= 0).all()
        assert (one[two >= 0] != two[two >= 0]).all()


def test_indices_are_those_of_their_questions(population: Population) -> None:
    bare = population.frame.drop("Y002", "Y003")
    assert_frame_equal(with_indices(bare), population.frame, check_column_order=False)
    assert set(population.frame["Y003"].unique()) == {-5, -2, -1, 0, 1, 2}


def test_items_not_asked(population: Population, model: SyntheticModel) -> None:
    for country in model.parameters.countries.values():
        here = population.frame.filter(pl.col("country") == country.code)
        for item in ("Q182", "Q183", "Q237", "Q22", "Q189"):
            assert (here[item] == -4).all() == (item in country.not_asked)
            assert (here[item] == -4).any() == (item in country.not_asked)


def test_silences_have_their_rates(population: Population, model: SyntheticModel) -> None:
    for item in ("Q46", "Q85", "Q154", "Q155", "Q240", "Y002", "Y003"):
        answers = population.answers(item)
        for country in ("JPN", "CHN", "EGY"):
            rate = model.cells(country).chances @ model.silence(item, country)
            found = (answers[population.frame["country"] == country] < 0).mean()
            assert found == pytest.approx(rate, abs=4 * np.sqrt(rate / 1200) + 1e-9), item
    refused = (population.frame["Q240"] == -2).sum() / (population.answers("Q240") < 0).sum()
    assert refused == pytest.approx(0.25, abs=0.02)
    sensitive, plain = ((population.answers(item) < 0).mean() for item in ("Q240", "Q46"))
    assert sensitive > 0.15 > 0.02 > plain


def test_the_less_educated_say_less(population: Population) -> None:
    silent = population.answers("Q85") < 0
    education = population.frame["education"].to_numpy()
    lower, middle, higher = (silent[education == level].mean() for level in (1, 2, 3))
    assert lower > middle > higher


def test_qualities_of_a_child_are_missing_together(population: Population) -> None:
    silent = [population.answers(f"Q{n}") < 0 for n in range(7, 18)]
    assert silent[0].any()
    assert all((other == silent[0]).all() for other in silent)


def test_age_lies_in_its_band(population: Population, model: SyntheticModel) -> None:
    age = population.frame["age"]
    assert age.min() == 18
    assert age.max() == 84
    sweden = population.frame.filter(pl.col("country") == "SWE")
    young = sweden.filter(pl.col("age") < 30)["weight"].sum() / sweden["weight"].sum()
    assert young == pytest.approx(model.country("SWE").ages[0], abs=0.04)


def test_the_same_seed_gives_the_same_population(model: SyntheticModel) -> None:
    few = {"countries": ["KEN", "JPN"], "respondents": 50}
    one, again = model.draw(seed=3, **few), SyntheticModel().draw(seed=3, **few)
    assert one.fingerprint == again.fingerprint
    assert one.fingerprint != model.draw(seed=4, **few).fingerprint


def test_fewer_items_or_countries_change_nothing_else(population: Population) -> None:
    items = ["Q46", "Q184", "Q155", "Y003", "F063"]
    few = synthesise(countries=["SWE", "EGY"], items=items, name="few")
    assert few.name == "few"
    assert [i.id for i in few.items] == ["Q46", "Q155", "Q164", "Q184", "Y003"]
    same = population.where(pl.col("country").is_in(["EGY", "SWE"])).frame.select(few.frame.columns)
    assert_frame_equal(few.frame, same)
    assert few.source["items"] == ["Q46", "Q155", "Q164", "Q184", "Y003"]


def test_any_size(model: SyntheticModel) -> None:
    assert len(model.draw(respondents=1, countries=["ISL"])) == 1
    large = model.draw(respondents=30_000, countries=["ISL", "ISL"], items=["Q57"])
    assert len(large) == 30_000


def test_it_is_fast(model: SyntheticModel) -> None:
    start = time.process_time()
    model.draw(seed=1, countries=model.countries[:32])
    assert time.process_time() - start < 5


@pytest.mark.parametrize(
    ("arguments", "error", "says"),
    [
        ({"countries": ["SWD"]}, PopulationError, "'SWD' is no country of the synthetic"),
        ({"countries": ["sweden"]}, PopulationError, "'sweden' is no country"),
        ({"countries": []}, PopulationError, "no country is named; allowed: one and more"),
        ({"respondents": 0}, PopulationError, "respondents is 0; allowed: 1 and more"),
        ({"seed": -1}, PopulationError, "seed is -1; allowed: 0 and more"),
        ({"items": ["Q46", "Q9999"]}, InstrumentError, "'Q9999' is no item"),
    ],
)
def test_what_is_refused(
    model: SyntheticModel, arguments: dict[str, object], error: type[Exception], says: str
) -> None:
    with pytest.raises(error, match=says):
        model.draw(**arguments)  # type: ignore[arg-type]


def test_no_item_at_all_leaves_the_respondents(model: SyntheticModel) -> None:
    assert model.draw(countries=["ISL"], items=[], respondents=5).items == ()


def test_an_instrument_of_few_items_will_do(model: SyntheticModel) -> None:
    small = replace(
        model.instrument,
        items={i: model.instrument.items[i] for i in ("Q46", "Q57")},
        columns={
            i: c
            for i, c in model.instrument.columns.items()
            if i not in ("occupation", "town_size")
        },
    )
    population = SyntheticModel(small).draw(countries=["ISL"], respondents=20)
    assert [i.id for i in population.items] == ["Q46", "Q57"]
    assert "occupation" not in population.frame.columns


def test_streams_are_independent_by_name() -> None:
    one = stream(1, "SWE", "item", "Q1").random(1000)
    np.testing.assert_array_equal(one, stream(1, "SWE", "item", "Q1").random(1000))
    for other in (stream(2, "SWE", "item", "Q1"), stream(1, "SWE", "itemQ1"), stream(1, "SWE")):
        assert abs(np.corrcoef(one, other.random(1000))[0, 1]) < 0.1
    assert standard_normal("SWE", "Q1") == standard_normal("SWE", "Q1") != standard_normal("SWEQ1")
