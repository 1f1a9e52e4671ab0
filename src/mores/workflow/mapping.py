"""Drawing the cultural map of a data set."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, cast

from mores.errors import PopulationError, StoreError, nearest
from mores.workflow.folder import make_folder, write_file

if TYPE_CHECKING:
    import polars as pl

    from mores.measures.culture_map import Constants, CultureMap
    from mores.populations.culture import StoredRotation
    from mores.populations.population import Population
    from mores.report.blocks import Chart
    from mores.report.culture_map.content import Cloud, MapContent

__all__ = ["DrawnMap", "draw_map"]

_FILES = ("map.svg", "map.png", "map.html", "positions.csv", "rotation.json")
_CONSTANTS = ("wvs", "tao2024")
_MOST_GROUPS, _MOST_NAMES = 2000, 300
_MOST_DRAWS = 100_000


@dataclass(frozen=True, slots=True)
class DrawnMap:
    """A map and where it lies.

    Attributes
    ----------
    folder : Path
        Holds ``map.svg``, ``map.png``, ``map.html``, ``positions.csv`` and ``rotation.json``.
    content : MapContent
        What it shows.
    """

    folder: Path
    content: MapContent


@dataclass(frozen=True, slots=True)
class _Wanted:
    by: tuple[str, ...]
    constants: Constants
    clouds: tuple[str, ...]
    draws: int
    seed: int
    level: float


def draw_map(
    data: str | None = None,
    by: Sequence[str] = ("country",),
    out: Path | None = None,
    *,
    constants: str = "wvs",
    rotation: Path | None = None,
    clouds: Sequence[str] = (),
    draws: int = 2000,
    seed: int = 0,
    level: float = 0.95,
    data_dir: Path | None = None,
    note: Callable[[str], None] | None = None,
) -> DrawnMap:
    """Place groups of respondents on the cultural map, and draw it.

    Parameters
    ----------
    data : str, optional
        Name of a data set; the synthetic population if left out.
    by : sequence of str
        Columns about respondents that make the groups.
    out : path, optional
        Where to write; ``maps/NAME`` if left out. A map that lies there is replaced.
    constants : {"wvs", "tao2024"}
        Scale of the map; see `mores.measures.culture_map.rescale`.
    rotation : path, optional
        A stored rotation, ``rotation.json`` of an earlier map; fitted on the data set if left out.
    clouds : sequence of str
        Countries of which the region where their respondents lie is shown.
    draws, seed, level
        Of the bootstrap behind intervals and ellipses.
    data_dir : path, optional
        Where data sets are kept.
    note : callable, optional
        Called with a line when something is said to the user.

    Returns
    -------
    DrawnMap

    Raises
    ------
    PopulationError
        If the data set, a column, a country or the rotation cannot be used, the map cannot be
        fitted, or no group has the `mores.populations.culture.LEAST_SHOWN` respondents of whom a
        position is shown.
    StoreError
        If the folder cannot be written, or holds files of others that would be replaced.
    """
    from mores.populations.culture import fit_map, load_rotation, save_rotation
    from mores.populations.library import load_population

    wanted = _checked(by, constants, clouds, draws, seed, level)
    if out is not None:
        _check_folder(out)
    stored = None if rotation is None else load_rotation(rotation)
    copied = None if rotation is None else rotation.read_bytes()
    population = load_population(data, data_dir, note)
    folder = out or Path("maps") / _slug(population.name)
    _check_folder(folder)
    _check_groups(population, wanted)
    culture_map = stored.culture_map if stored else fit_map(population)
    table, content = _content(population, culture_map, wanted, stored)
    files = _files(content, table)  # all is drawn before anything is written
    make_folder(folder)
    # The rotation first: by it a folder is known as a map's.
    if copied is None:
        save_rotation(folder / "rotation.json", culture_map, population, replace=True)
    else:
        write_file(folder / "rotation.json", copied)
    for name, text in files.items():
        write_file(folder / name, text)
    return DrawnMap(folder, content)


def _checked(
    by: Sequence[str], constants: str, clouds: Sequence[str], draws: int, seed: int, level: float
) -> _Wanted:
    if constants not in _CONSTANTS:
        raise PopulationError(f"constants = {constants!r}; {nearest(constants, _CONSTANTS)}")
    if not 2 <= draws <= _MOST_DRAWS:
        raise PopulationError(f"draws = {draws}; give 2 to {_MOST_DRAWS:,}, such as 2000")
    if not 0 <= seed < 2**53:
        raise PopulationError(f"seed = {seed}; give a whole number from 0 to 2^53 - 1")
    if not 0.5 <= level <= 0.999:
        raise PopulationError(f"level = {level}; give a share from 0.5 to 0.999, such as 0.95")
    twice = sorted({name for name in by if list(by).count(name) > 1})
    if twice:
        raise PopulationError(
            f"by = {','.join(by)} names {twice[0]!r} twice; name each column once"
        )
    codes = tuple(dict.fromkeys(code.upper() for code in clouds))
    return _Wanted(tuple(by), cast("Constants", constants), codes, draws, seed, level)


def _slug(name: str) -> str:
    return re.sub(r"[^A-Za-z0-9._=-]+", "-", name).strip("-.")[:80] or "map"


def _check_folder(folder: Path) -> None:
    """Refuse what is no folder, and spare files of others."""
    try:
        if folder.exists() and not folder.is_dir():
            raise StoreError(f"{folder} is a file; choose a folder with --out")
        there = [name for name in _FILES if (folder / name).exists()]
    except OSError as error:
        raise StoreError(
            f"the folder {folder} cannot be used ({error.strerror}); choose another with --out"
        ) from None
    if there and not _is_ours(folder / "rotation.json"):
        raise StoreError(
            f"{folder} holds {', '.join(there)}, which no map of mores has left there and this one "
            "would replace; choose another folder with --out"
        )


def _is_ours(path: Path) -> bool:
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return False
    return isinstance(found, dict) and found.get("kind") == "culture map rotation"


def _check_groups(population: Population, wanted: _Wanted) -> None:
    """Refuse columns and countries that are not there, and more groups than a map can show."""
    from mores.populations.groupings import groups

    keys = groups(population, wanted.by).keys
    names = keys.select(c for c in wanted.by if c not in ("wave", "year")).unique().height
    if keys.height > _MOST_GROUPS or names > _MOST_NAMES:
        raise PopulationError(
            f"by = {','.join(wanted.by)} makes {keys.height:,} groups; a map shows up to "
            f"{_MOST_NAMES} names, each in several waves; group by coarser columns, such as country"
        )
    for code in wanted.clouds:
        if code not in population.countries:
            raise PopulationError(
                f"cloud = {code!r}: {population.label} has no such country; "
                f"{nearest(code, population.countries)}"
            )


def _content(
    population: Population,
    culture_map: CultureMap,
    wanted: _Wanted,
    stored: StoredRotation | None,
) -> tuple[pl.DataFrame, MapContent]:
    """Positions as a table, and what the map shows of them."""
    from mores.populations.culture import LEAST_SHOWN, positions
    from mores.report.culture_map.content import MapContent
    from mores.report.culture_map.naming import named, zones_of

    every = positions(
        population,
        culture_map,
        wanted.by,
        wanted.constants,
        wanted.draws,
        wanted.seed,
        level=wanted.level,
    )
    table = _shown(every)
    if not table.height:
        raise PopulationError(
            f"by = {','.join(wanted.by)}: every group of {population.label} has fewer than "
            f"{LEAST_SHOWN} respondents, of whom no position is shown; group by fewer or coarser "
            "columns, such as country"
        )
    found = named(table, wanted.by, population.instrument)
    if not found.places:
        raise PopulationError(
            f"{population.label}: nobody can be placed on the map, for want of answers to the ten "
            "indicators or of weights; import a data set with them"
        )
    content = MapContent(
        name=population.name,
        synthetic=population.synthetic,
        places=found.places,
        zones=zones_of(found.places),
        grouping=("country", "countries") if wanted.by == ("country",) else ("group", "groups"),
        respondents=sum(place.n for place in found.places),
        waves=_waves(population),
        level=wanted.level,
        draws=wanted.draws,
        seed=wanted.seed,
        constants=wanted.constants,
        rotation=_origin(stored),
        synthetic_rotation=stored.reference.synthetic if stored else population.synthetic,
        unplaced=found.unplaced,
        withheld=every.height - table.height,
        least=LEAST_SHOWN,
        clouds=_clouds(population, culture_map, wanted),
    )
    return table, content


def _shown(table: pl.DataFrame) -> pl.DataFrame:
    """Without the groups whose mean would give away a respondent's own position, or existence."""
    import polars as pl

    from mores.populations.culture import LEAST_SHOWN

    nobody_of_many = (pl.col("n") == 0) & (pl.col("left_out") >= LEAST_SHOWN)
    return table.filter((pl.col("n") >= LEAST_SHOWN) | nobody_of_many)


def _waves(population: Population) -> list[str]:
    """Such as ``["EVS wave 5", "WVS waves 6, 7"]``."""
    found: dict[str, list[str]] = {}
    for survey, wave in (
        population.frame.select("survey", "wave").unique().sort("survey", "wave").rows()
    ):
        found.setdefault(str(survey), []).append(str(wave))
    return [
        f"{survey} {'wave' if len(waves) == 1 else 'waves'} {', '.join(waves)}"
        for survey, waves in found.items()
    ]


def _origin(stored: StoredRotation | None) -> str:
    if stored is None:
        return "The rotation was fitted on these respondents."
    reference = stored.reference
    kind = "synthetic " if reference.synthetic else ""
    return (
        f"The rotation was fitted earlier, on {reference.respondents:,} {kind}respondents of "
        f"{reference.name} ({', '.join(reference.waves)})."
    )


def _clouds(population: Population, culture_map: CultureMap, wanted: _Wanted) -> tuple[Cloud, ...]:
    import polars as pl

    from mores.populations.culture import respondent_positions
    from mores.report.culture_map.clouds import cloud_of
    from mores.report.culture_map.naming import country_name, country_zone

    if not wanted.clouds:
        return ()
    points = respondent_positions(population, culture_map, wanted.constants).filter(
        pl.col("x").is_not_null(), pl.col("weight") > 0
    )
    found = []
    for code in wanted.clouds:
        part = points.filter(pl.col("country") == code)
        try:
            found.append(
                cloud_of(
                    country_name(code),
                    country_zone(code),
                    part.select("x", "y").to_numpy(),
                    part["weight"].to_numpy(),
                )
            )
        except ValueError as fault:
            raise PopulationError(f"cloud = {code}: {fault}; leave it out of --cloud") from None
    return tuple(found)


def _files(content: MapContent, table: pl.DataFrame) -> dict[str, str | bytes]:
    """What is written beside the rotation, by name."""
    from mores.report.culture_map.figure import map_chart
    from mores.report.culture_map.page import map_page
    from mores.report.style import svg_of

    chart = map_chart(content)
    return {
        "map.svg": svg_of(chart.figure),
        "map.png": _png(chart),
        "map.html": map_page(content),
        "positions.csv": _csv(table, content),
    }


def _png(chart: Chart) -> bytes:
    from mores.report.style import drawing

    held = BytesIO()
    with drawing():
        chart.figure.savefig(held, format="png", dpi=200, metadata={"Software": None})
    return held.getvalue()


def _csv(table: pl.DataFrame, content: MapContent) -> str:
    """Positions with full precision, such that no spreadsheet computes a cell of it."""
    import polars as pl

    from mores.report.frames import csv_frame

    return csv_frame(table.with_columns(level=pl.lit(content.level))).write_csv()
