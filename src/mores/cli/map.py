"""The command that draws the cultural map."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

from cyclopts import Parameter

from mores.cli.data import DataDir
from mores.cli.values import names, number, path, whole

__all__ = ["map_"]


def map_(
    *,
    data: Annotated[
        str | None,
        Parameter(
            help="Name of a data set (see: mores data list); the synthetic population by default."
        ),
    ] = None,
    by: Annotated[
        list[str],
        Parameter(
            help="Columns about respondents that make the groups, such as country, wave, "
            "country,wave, language or country,age_band.",
            converter=names,
            negative=(),
        ),
    ] = ["country"],  # noqa: B006 - shown as the default in the help, never changed
    out: Annotated[
        Path | None,
        Parameter(help="Folder of the map; maps/NAME by default.", converter=path),
    ] = None,
    constants: Annotated[
        str,
        Parameter(help="Scale: wvs, the survey's own, or tao2024, as in Tao et al. (2024)."),
    ] = "wvs",
    rotation: Annotated[
        Path | None,
        Parameter(
            help="rotation.json of an earlier map, to be used again; fitted on the data set by "
            "default.",
            converter=path,
        ),
    ] = None,
    cloud: Annotated[
        list[str] | None,
        Parameter(
            help="Countries whose respondents' spread is shown, as ISO alpha-3 codes: EGY,SWE.",
            converter=names,
            negative=(),
        ),
    ] = None,
    draws: Annotated[
        int, Parameter(help="Bootstrap draws behind intervals and ellipses.", converter=whole)
    ] = 2000,
    seed: Annotated[int, Parameter(help="Seeds the bootstrap.", converter=whole)] = 0,
    level: Annotated[
        float, Parameter(help="Confidence of intervals and ellipses.", converter=number)
    ] = 0.95,
    data_dir: DataDir = None,
) -> int:
    """Place countries, or other groups, on the cultural map: figure, page and positions."""
    from mores.cli.printing import ProgressLine
    from mores.workflow.mapping import draw_map

    drawn = draw_map(
        data,
        by,
        out,
        constants=constants,
        rotation=rotation,
        clouds=cloud or (),
        draws=draws,
        seed=seed,
        level=level,
        data_dir=data_dir,
        note=ProgressLine(None).note,
    )
    _print(drawn)
    return 0


def _print(drawn: Any) -> None:
    from mores.cli.printing import plain, table

    found = drawn.content
    partial = [place.name for place in found.partial]
    rows = [
        ("data", found.label),
        (found.grouping[1], f"{len(found.places):,}"),
        ("partial", "; ".join(partial) if partial else "none"),
        ("respondents", f"{found.respondents:,}"),
        ("rotation", found.rotation),
        ("map", drawn.folder / "map.html"),
    ]
    if found.unplaced:
        rows.insert(3, ("without a position", "; ".join(found.unplaced)))
    if found.withheld:
        rows.insert(3, ("too small", found.small))
    print(table(rows))
    if found.synthetic:
        print("The respondents are synthetic: this is not a map of real people.")
    elif found.synthetic_rotation:
        print(plain("The rotation was fitted on synthetic respondents: mind the axes."))
