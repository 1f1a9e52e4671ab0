from __future__ import annotations

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mores.errors import PopulationError
from mores.populations.importing.weights import Weights, read_weights

MARK = "No weighting"


def read(cells, countries: str = "EEEG", waves: list[int] | None = None) -> Weights:
    strata = pl.DataFrame({"country": list(countries), "wave": waves or [7] * len(countries)})
    series = None if cells is None else pl.Series("W_WEIGHT", cells, strict=False)
    return read_weights(series, strata, "W_WEIGHT", "a.csv")


def test_weights_stay_as_they_are() -> None:
    found = read([0.5, 700.0, 0.0, 2.0])
    assert found.values.to_list() == [0.5, 700.0, 0.0, 2.0]
    assert found.values.dtype == pl.Float64
    assert not found.no_weighting
    assert not found.absent


def test_whole_numbers_and_numbers_in_text_are_weights() -> None:
    assert read([1, 2, 3, 4]).values.to_list() == [1.0, 2.0, 3.0, 4.0]
    assert read(["1", " 0.25", "3e-1", "4"]).values.to_list() == [1.0, 0.25, 0.3, 4.0]


@pytest.mark.parametrize("text", [MARK, "no weighting", "NO  WEIGHTING."])
def test_no_weighting_is_1_and_counted_by_country(text) -> None:
    found = read([text, text, text, "0.5"])
    assert found.values.to_list() == [1.0, 1.0, 1.0, 0.5]
    assert found.no_weighting == {"E": 3}
    assert not found.absent


def test_a_country_without_any_weight_weighs_1() -> None:
    found = read([0.5, None, 2.0, None])
    assert found.values.to_list() == [0.5, None, 2.0, 1.0]
    assert found.absent == {"G": 1}


def test_a_file_without_the_column_weighs_1() -> None:
    found = read(None)
    assert found.values.to_list() == [1.0] * 4
    assert found.absent == {"E": 3, "G": 1}


def test_a_wave_without_weights_weighs_1() -> None:
    found = read([0.5, None, None, 2.0], "EEEE", [6, 7, 7, 6])
    assert found.values.to_list() == [0.5, 1.0, 1.0, 2.0]
    assert found.absent == {"E": 2}


@pytest.mark.parametrize(
    ("cells", "says"),
    [
        ([1.0, -0.5, 1.0, 1.0], ("-0.5", "1 row;")),
        ([1.0, -4, -5, 1.0], ("-4", "2 rows", "other values")),
        ([1.0, float("inf"), 1.0, 1.0], ("inf", "1 row;")),
        (["1", "-0.5", "1", "1"], ("-0.5",)),
        (["1", "inf", "1", "1"], ("'inf'",)),
        (["1", "heavy", "heavy", "1"], ("'heavy'", "2 rows;")),
        (["1", "\x1b[2J" + "w" * 500, "1", "1"], ("'\\x1b[2J",)),
    ],
)
def test_what_is_no_weight_is_refused(cells, says) -> None:
    with pytest.raises(PopulationError) as refused:
        read(cells)
    message = str(refused.value)
    for part in ("a.csv", "W_WEIGHT", "finite", *says):
        assert part in message
    assert len(message) < 350
    assert message.isprintable()


@given(
    st.lists(
        st.tuples(
            st.sampled_from("EGU"),
            st.sampled_from([6, 7]),
            st.one_of(st.none(), st.just(MARK), st.floats(0, 1e3).map(str)),
        ),
        min_size=1,
    )
)
def test_against_plain_python(rows) -> None:
    countries = "".join(r[0] for r in rows)
    found = read(pl.Series([r[2] for r in rows], dtype=pl.String), countries, [r[1] for r in rows])
    for (country, wave, cell), weight in zip(rows, found.values, strict=True):
        if cell is not None:
            assert weight == (1.0 if cell == MARK else float(cell))
        else:
            nobody = all(c is None for k, w, c in rows if (k, w) == (country, wave))
            assert weight == (1.0 if nobody else None)
    said = [r[0] for r in rows if r[2] == MARK]
    assert found.no_weighting == {c: said.count(c) for c in said}
