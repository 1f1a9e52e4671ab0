import polars as pl
import pytest

from mores.instruments.countries import countries, zones
from mores.instruments.survey import wvs7
from mores.report.culture_map.naming import country_name, country_zone, named, zones_of
from mores.report.culture_map.zones import NO_ZONE, PLAIN, style_of, styles


def table(**keys):
    n = len(next(iter(keys.values())))
    numbers = ["y", "x_low", "x_high", "y_low", "y_high", "ellipse_minor", "ellipse_angle"]
    return pl.DataFrame(
        {
            **keys,
            "x": [0.5, None][:n] + [0.5] * (n - 2),
            **{name: [0.1] * n for name in numbers},
            "ellipse_major": [None] * n,
            "n": [10] * n,
            "n_effective": [9.5] * n,
            "left_out": [1] * n,
            "absent": ["E018,F118"] + [""] * (n - 1),
        }
    )


def test_countries_get_names_and_zones_and_those_without_a_position_are_listed():
    found = named(table(country=["EGY", "SWE", "XYZ"]), ["country"], wvs7())
    assert [(p.name, p.zone) for p in found.places] == [
        ("Egypt", "African-Islamic"),
        ("XYZ", NO_ZONE),
    ]
    assert found.unplaced == ["Sweden"]
    first = found.places[0]
    assert first.absent == ("E018", "F118")
    assert first.partial
    assert first.ellipse is None
    assert not found.places[1].partial
    assert zones_of(found.places) == ["African-Islamic", NO_ZONE]


@pytest.mark.parametrize(("time", "said"), [("wave", "wave 5"), ("year", "2009")])
def test_groups_that_differ_in_time_alone_are_a_track(time, said):
    value = 5 if time == "wave" else 2009
    keys = {"country": ["EGY", "EGY", "EGY"], time: [value, value + 1, value + 2]}
    found = named(table(**keys), list(keys), wvs7())
    assert found.places[0].name == f"Egypt, {said}"
    assert {p.track for p in found.places} == {"Egypt"}
    assert [p.step for p in found.places] == [value, value + 2]


def test_waves_alone_are_no_track():
    assert [p.track for p in named(table(wave=[5, 6, 7]), ["wave"], wvs7()).places] == ["", ""]


def test_categories_and_languages_have_their_labels():
    keys = {"sex": [1, 1, 2], "language": ["sv", "sv", "qq"]}
    found = named(table(**keys), list(keys), wvs7())
    assert [p.name for p in found.places] == ["Male, Swedish", "Female, qq"]
    assert {p.zone for p in found.places} == {""}


def test_every_zone_has_a_colour_and_a_shape_of_its_own():
    found = styles([*zones(), NO_ZONE])
    for part in ("colour", "marker", "shape"):
        assert len({getattr(s, part) for s in found.values()}) == 9
    assert style_of("", []) == PLAIN
    assert style_of("Confucian", ["Confucian"]) == found["Confucian"]


def test_names_of_codes():
    assert country_name("GBR") == countries()["GBR"].name
    assert country_name("???") == "???"
    assert country_zone("SWE") == "Protestant Europe"
