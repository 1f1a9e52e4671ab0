import re
import subprocess
import sys
from collections import Counter
from contextlib import suppress
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mores.errors import InstrumentError
from mores.instruments import countries as module
from mores.instruments.countries import Country, countries, country_of, zones

ALL = tuple(countries().values())

# alpha-3, alpha-2, numeric: from the standard, by hand.
STANDARD = """
ARG AR 32  AUS AU 36  AUT AT 40  BGD BD 50  BRA BR 76  CAN CA 124  CHE CH 756  CHL CL 152  CHN CN 156
COL CO 170  CZE CZ 203  DEU DE 276  DNK DK 208  EGY EG 818  ESP ES 724  ETH ET 231  FIN FI 246
FRA FR 250  GBR GB 826  GEO GE 268  GHA GH 288  GRC GR 300  HKG HK 344  HRV HR 191  IDN ID 360
IND IN 356  IRN IR 364  IRQ IQ 368  ISL IS 352  ITA IT 380  JOR JO 400  JPN JP 392  KAZ KZ 398
KEN KE 404  KOR KR 410  LBN LB 422  MAR MA 504  MDA MD 498  MEX MX 484  MMR MM 104  MNG MN 496
NGA NG 566  NLD NL 528  NZL NZ 554  PAK PK 586  PER PE 604  PHL PH 608  POL PL 616  PRI PR 630
ROU RO 642  RUS RU 643  SRB RS 688  SVK SK 703  SVN SI 705  SWE SE 752  THA TH 764  TUN TN 788
TUR TR 792  TWN TW 158  UKR UA 804  URY UY 858  USA US 840  UZB UZ 860  VEN VE 862  VNM VN 704
ZAF ZA 710  ZWE ZW 716
"""


@pytest.mark.parametrize(
    ("code", "alpha2", "numeric"),
    re.findall(r"([A-Z]{3}) ([A-Z]{2}) (\d+)", STANDARD),
)
def test_codes_are_those_of_the_standard(code, alpha2, numeric):
    country = countries()[code]
    assert (country.alpha2, country.numeric) == (alpha2, int(numeric))


def test_no_code_of_the_standard_is_unknown():
    own = {c.code: c.numeric for c in ALL if c.alpha2 in (None, "XK")}
    assert own == {"NIR": 909, "SCG": 891, "XKX": 915, "XNC": 197}
    assert len(ALL) - len(own) == 249


@pytest.mark.parametrize(
    ("value", "code"),
    [
        ("USA", "USA"), ("usa", "USA"), ("US", "USA"), (840, "USA"), ("840", "USA"), (840.0, "USA"),
        ("840.0", "USA"), (" United States ", "USA"), ("United States of America", "USA"),
        ("Great Britain", "GBR"), ("United Kingdom", "GBR"), ("UK", "GBR"), (826, "GBR"),
        ("Northern Ireland", "NIR"), (909, "NIR"), ("GB-NIR", "NIR"),
        ("Taiwan ROC", "TWN"), ("Hong Kong SAR", "HKG"), ("Hong Kong SAR PRC", "HKG"),
        ("Macau SAR", "MAC"), ("Macao", "MAC"), ("South Korea", "KOR"), ("Korea, Republic of", "KOR"),
        ("Bosnia and Herzegovina", "BIH"), ("Bosnia & Herzegovina", "BIH"),
        ("Bosnia Herzegovina", "BIH"),
        ("Czech Republic", "CZE"), ("Czechia", "CZE"), ("Russia", "RUS"), ("Russian Federation", "RUS"),
        ("Turkey", "TUR"), ("Türkiye", "TUR"), ("Viet Nam", "VNM"), ("Iran", "IRN"), ("Kosovo", "XKX"),
        ("MOR", "MAR"), (8, "ALB"), ("8", "ALB"), ("008", "ALB"), (268, "GEO"),
        ("North Macedonia", "MKD"),
        (197, "XNC"), ("Serbia and Montenegro", "SCG"), (891, "SCG"), ("Côte d'Ivoire", "CIV"),
    ],
)  # fmt: skip
def test_a_country_is_known_by_its_codes_and_names(value, code):
    assert country_of(value).code == code


@pytest.mark.parametrize(
    "value",
    ["", " ", "XYZ", "Atlantis", "-4", -4, 0, 999, "999", 1e300, float("nan"), float("inf"), 8.5, "8.5",
     "No answer", "²", "9" * 5000, "x" * 5000],
)  # fmt: skip
def test_what_is_no_country_is_told(value):
    with pytest.raises(InstrumentError, match=r"is no country known here; .*ISO 3166-1") as error:
        country_of(value)
    assert len(str(error.value)) < 250


def test_a_near_miss_is_told_the_name():
    with pytest.raises(InstrumentError, match=r"'Swedn' .*did you mean Sweden\?"):
        country_of("Swedn")


@pytest.mark.parametrize("country", ALL, ids=lambda country: country.code)
def test_a_country_is_whole(country):
    assert countries()[country.code] is country
    assert re.fullmatch("[A-Z]{3}", country.code)
    assert country.alpha2 is None or re.fullmatch("[A-Z]{2}", country.alpha2)
    assert 0 < country.numeric < 1000
    assert country.zone is None or country.zone in zones()
    names = (country.code, country.name, *country.aliases, *filter(None, [country.alpha2]))
    assert all(country_of(name) is country for name in names)
    assert country_of(country.numeric) is country
    assert country_of(f"{country.numeric:03}") is country


def test_codes_and_names_are_in_order_and_unique():
    assert list(countries()) == sorted(countries())
    assert max(Counter(c.numeric for c in ALL).values()) == 1
    assert max(Counter(c.name for c in ALL).values()) == 1


def test_zones_are_the_eight_of_the_map():
    assert zones() == (
        "Protestant Europe", "Catholic Europe", "English-Speaking", "Orthodox Europe",
        "Confucian", "West & South Asia", "Latin America", "African-Islamic",
    )  # fmt: skip
    assert {c.zone for c in ALL} - {None} == set(zones())
    for zone, members in {
        "Protestant Europe": "SWE NOR DNK FIN ISL NLD DEU CHE",
        "Catholic Europe": "FRA ITA ESP PRT POL AUT BEL HUN CZE SVK SVN HRV",
        "English-Speaking": "USA GBR NIR IRL CAN AUS NZL",
        "Orthodox Europe": "RUS UKR BLR BGR ROU SRB GRC MDA",
        "Confucian": "CHN HKG JPN KOR MAC TWN",
        "West & South Asia": "IND THA VNM",
        "Latin America": "ARG BRA CHL COL ECU MEX PER PRI URY VEN",
        "African-Islamic": "EGY GHA IRQ JOR MAR NGA PAK TUN TUR ZWE",
    }.items():
        assert {countries()[code].zone for code in members.split()} == {zone}


@pytest.mark.parametrize(
    ("code", "continent"),
    [
        ("EGY", "Africa"), ("TUR", "Asia"), ("CYP", "Asia"), ("GEO", "Asia"), ("RUS", "Europe"),
        ("ISL", "Europe"), ("MEX", "North America"), ("GTM", "North America"), ("TTO", "North America"),
        ("PRI", "North America"), ("COL", "South America"), ("AUS", "Oceania"), ("ATA", "Antarctica"),
    ],
)  # fmt: skip
def test_continents(code, continent):
    assert countries()[code].continent == continent


def test_continents_have_the_sizes_of_the_united_nations_list():
    of_standard = Counter(c.continent for c in ALL if c.code not in {"NIR", "SCG", "XKX", "XNC"})
    # M49: 60 in Africa, 50 in Asia and Taiwan, 51 in Europe without Sark, 57 in the Americas, 29 in
    # Oceania, Antarctica.
    america = of_standard.pop("North America") + of_standard.pop("South America")
    assert (america, of_standard) == (
        57, {"Africa": 60, "Asia": 51, "Europe": 51, "Oceania": 29, "Antarctica": 1},
    )  # fmt: skip


@given(st.one_of(st.text(max_size=40), st.integers(), st.floats()))
def test_any_value_is_a_country_or_refused(value):
    with suppress(InstrumentError):
        assert country_of(value) in ALL


@given(
    st.sampled_from(ALL),
    st.sampled_from([str.upper, str.lower, str.title]),
    st.text(" ,.-", max_size=3),
)
def test_case_spacing_and_punctuation_do_not_matter(country, change, around):
    assert country_of(around + change(country.name) + around) is country


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"numeric": 752}, "SWX: 752 already stands"),
        ({"code": "SWE"}, "SWE: 'SWE' already stands"),
        ({"name": "sweden."}, "SWX: 'sweden.' already stands"),
        ({"alpha2": "SE"}, "SWX: 'SE' already stands"),
        ({"aliases": ("Sverige", "SWEDEN")}, "SWX: 'SWEDEN' already stands"),
        ({"zone": "Nordic"}, "SWX: allowed: Protestant Europe"),
    ],
)
def test_a_damaged_file_is_told(change, says, monkeypatch):
    sweden = Country("SWE", 752, "Sweden", "Europe", "SE", "Protestant Europe")
    other = replace(Country("SWX", 1, "Other", "Europe"), **change)
    file = module._CountriesFile(1, ("Protestant Europe",), (sweden, other))
    monkeypatch.setattr(module, "read_data", lambda *_: file)
    with pytest.raises(InstrumentError, match=re.escape(says)):
        module._lookup.__wrapped__()


def test_importing_reads_nothing_and_the_data_is_read_once():
    program = """
import sys
touched = []
def watch(event, arguments):
    if event == "open" and str(arguments[0]).endswith(".toml"):
        touched.append(arguments[0])
sys.addaudithook(watch)
import mores.instruments.countries as c, mores.instruments.languages as l
assert not touched, touched
assert not {"polars", "matplotlib", "scipy.stats"} & set(sys.modules)
for _ in range(2):
    c.countries(), c.zones(), c.country_of("SWE"), l.languages(), l.language_of("sv")
assert len(touched) == 2, touched
"""
    subprocess.run([sys.executable, "-c", program], check=True, timeout=60)
