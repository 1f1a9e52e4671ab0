from __future__ import annotations

import pytest
from given_people import people

from mores.errors import PopulationError
from mores.populations.groupings import AGE_BANDS, EDUCATION_GROUPS, groups


def test_age_bands() -> None:
    found = groups(people(age=[16, 29, 30, 49, 50, 97, -2, None]), ["age_band"])
    assert found.keys["age_band"].to_list() == list(AGE_BANDS)  # from young to old
    assert found.index.tolist() == [0, 0, 1, 1, 2, 2, -1, -1]


def test_education_groups_prefer_the_survey_s_own() -> None:
    both = people(education=[1, 2, 3, -1, None, -2], education_isced=[8, 8, 0, 2, 4, -1])
    found = groups(both, "education_group")
    assert found.keys["education_group"].to_list() == list(EDUCATION_GROUPS)
    assert found.index.tolist() == [0, 1, 2, 0, 1, -1]
    isced = groups(people(education_isced=[0, 2, 3, 4, 5, 8]), ["education_group"])
    assert isced.index.tolist() == [0, 0, 1, 1, 2, 2]
    own = groups(people(education=[3, 1]), ["education_group"])
    assert own.keys["education_group"].to_list() == ["lower", "higher"]


def test_bands_with_columns() -> None:
    population = people(country=["MEX", "EGY", "EGY", "MEX"], age=[60, 20, 60, None])
    found = groups(population, ["country", "age_band"])
    assert found.keys.rows() == [("EGY", "≤29"), ("EGY", "50+"), ("MEX", "50+")]
    assert found.index.tolist() == [2, 0, 1, -1]


def test_without_bands_as_the_population_does() -> None:
    population = people(country=["MEX", "EGY"], sex=[1, 2])
    for by in (["country"], ["sex", "country"], []):
        ours, theirs = groups(population, by), population.groups(by)
        assert ours.keys.equals(theirs.keys)
        assert ours.index.tolist() == theirs.index.tolist()
    assert groups(population, ["sex", "sex"]).keys.columns == ["sex"]
    assert groups(population, "country").keys.columns == ["country"]


@pytest.mark.parametrize(
    ("columns", "by", "message"),
    [
        ({"age": [20]}, ["age_bnd"], "did you mean 'age_band'"),
        ({"age": [20]}, ["Q46"], "'Q46' is no column about respondents of people"),
        ({"age": [20]}, ["age_band", "sx"], "'sx' is no column"),
        ({"sex": [1]}, ["age_band"], "'age' is no column about respondents"),
        ({"age": [20]}, ["education_group"], "people has neither"),
        ({"age": [-2]}, ["age_band"], "nobody of people has a value of age_band"),
        ({"language": [None]}, ["language"], "nobody of people has a value of language"),
    ],
)
def test_messages(columns, by, message) -> None:
    with pytest.raises(PopulationError, match=message):
        groups(people(**columns), by)
