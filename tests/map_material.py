"""Maps and small populations for the tests of figure, page and command."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import polars as pl

from mores.instruments.countries import countries, zones
from mores.instruments.survey import wvs7
from mores.populations.population import Population, schema
from mores.report.culture_map.content import MapContent, Place

HOSTILE = "<img src=x onerror=alert(1)>&$x_{\u202e=1+1</script>\n"

# How each indicator leans on the two axes.
LEANINGS = {
    "A008": (-0.5, 0.0),
    "A165": (-0.5, -0.1),
    "E018": (0.3, 0.3),
    "E025": (-0.5, -0.2),
    "F063": (-0.2, -0.7),
    "F118": (0.8, 0.2),
    "F120": (0.4, 0.6),
    "G006": (0.1, 0.6),
    "Y002": (0.5, 0.1),
    "Y003": (0.2, 0.7),
}


def place(name: str, x: float, y: float, zone: str = "", **others: object) -> Place:
    given = {
        "keys": {"country": name},
        "x_low": x - 0.1,
        "x_high": x + 0.1,
        "y_low": y - 0.1,
        "y_high": y + 0.1,
        "ellipse": (0.13, 0.09, 20.0),
        "n": 1200,
        "n_effective": 1000.4,
        "left_out": 3,
        "absent": (),
    }
    return Place(name=name, x=x, y=y, zone=zone, **(given | others))  # type: ignore[arg-type]


def content(places: Sequence[Place], **others: object) -> MapContent:
    given = {
        "name": "small",
        "synthetic": False,
        "places": places,
        "zones": [z for z in zones() if z in {p.zone for p in places}],
        "grouping": ("country", "countries"),
        "respondents": sum(p.n for p in places),
        "waves": ("WVS wave 7",),
        "level": 0.95,
        "draws": 2000,
        "seed": 0,
        "constants": "wvs",
        "rotation": "The rotation was fitted on these respondents.",
    }
    return MapContent(**(given | others))  # type: ignore[arg-type]


def crowd(n: int, seed: int = 0) -> list[Place]:
    """Countries in eight clusters, as on the published map; the fourth is partial."""
    random = np.random.default_rng(seed)
    centres = random.normal(0, 1.1, (8, 2))
    cluster = random.integers(0, 8, n)
    points = centres[cluster] + random.normal(0, 0.42, (n, 2))
    names = [c.name for c in countries().values() if c.zone]
    return [
        place(name, float(x), float(y), zones()[k], absent=("E018",) if i == 3 else ())
        for i, (name, (x, y), k) in enumerate(zip(names, points, cluster, strict=False))
    ]


def population(
    codes: Sequence[str],
    *,
    per: int = 60,
    seed: int = 0,
    name: str = "small",
    synthetic: bool = False,
    waves: Sequence[int] = (7,),
    absent: Mapping[str, Sequence[str]] | None = None,
) -> Population:
    """Respondents around places on a circle, who answer the ten indicators with some noise."""
    random = np.random.default_rng(seed)
    instrument = wvs7()
    types = schema(instrument)
    parts = []
    for wave in waves:
        for i, code in enumerate(codes):
            angle = 2 * np.pi * i / len(codes)
            latent = np.array([np.cos(angle), np.sin(angle)]) + 0.1 * (wave - 7)
            latent = latent + random.normal(0, 0.8, (per, 2))
            columns = {
                "survey": ["WVS"] * per,
                "wave": [wave] * per,
                "country": [code] * per,
                "year": [1984 + 5 * wave] * per,
                "respondent": list(range(i * per, (i + 1) * per)),
                "weight": random.uniform(0.5, 1.5, per),
                "sex": random.integers(1, 3, per),
            }
            for indicator, leaning in LEANINGS.items():
                item = instrument.item(indicator)
                options = np.array([c for c in item.codes if (indicator, c) != ("G006", 5)])
                value = latent @ np.array(leaning) + random.normal(0, 0.6, per)
                index = np.clip(((value / 3 + 0.5) * len(options)).astype(int), 0, len(options) - 1)
                asked = indicator not in (absent or {}).get(code, ())
                columns[item.id] = options[index] if asked else np.full(per, -4)
            parts.append(pl.DataFrame(columns))
    frame = pl.concat(parts)
    frame = frame.select(pl.col(c).cast(types[c]) for c in frame.columns)
    order = ["survey", "wave", "country", "year", "respondent"]
    return Population(name, frame.sort(order), instrument, synthetic)
