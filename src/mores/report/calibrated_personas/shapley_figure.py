"""Figure 7: what each indicator of a persona adds to the prediction, by country."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from mores.report.blocks import Chart
from mores.report.calibrated_personas.context import Basis, Rows, known, mean_of
from mores.report.calibrated_personas.labels import (
    ALL_COUNTRIES,
    arm_style,
    country_title,
    indicator_title,
    safe,
)
from mores.report.numbers import MISSING, number_of, signed
from mores.report.style import INK, MUTED, drawing, ink_on, sheet

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["importance", "indicator_means", "shapley_rows"]

SUM = "sum"
_CELL, _ROW = 0.62, 0.34
_SCALE = 1000.0


def shapley_rows(basis: Basis) -> Rows:
    """Rows of the first arm (and condition) that the values were computed for."""
    rows = basis.models[0].rows("shapley")
    if not rows:
        return []
    keys = ("arm", "guidance", "descriptors")
    first = tuple(rows[0].get(k) for k in keys)
    return [r for r in rows if tuple(r.get(k) for k in keys) == first]


def indicator_means(rows: Rows) -> list[tuple[str, float]]:
    """Mean over countries of each indicator's value, the most helpful (lowest) first."""
    found: dict[str, list[float | None]] = {}
    for row in rows:
        if row["country"] != ALL_COUNTRIES:
            found.setdefault(row["indicator"], []).append(known(row, "value"))
    means = {indicator: mean_of(values) for indicator, values in found.items()}
    there = [(indicator, mean) for indicator, mean in means.items() if mean is not None]
    return sorted(there, key=lambda pair: pair[1])


def importance(basis: Basis) -> Chart | None:
    """Indicators down, countries across, with means and sums; blue helps, red harms."""
    rows = shapley_rows(basis)
    ranked = [indicator for indicator, _ in indicator_means(rows)]
    if not ranked:
        return None
    countries = [c for c in basis.models[0].countries if any(r["country"] == c for r in rows)]
    countries += [r["country"] for r in rows if r["country"] not in (*countries, ALL_COUNTRIES)]
    countries = list(dict.fromkeys(countries))
    cells = {(r["indicator"], r["country"]): r for r in rows}
    columns = [*([ALL_COUNTRIES] if len(countries) > 1 else []), *countries]
    places = [k + 0.25 * (ALL_COUNTRIES in columns and k > 0) for k in range(len(columns))]
    lines = [*ranked, SUM]
    left = 2.55
    width = max(7.4, left + _CELL * (max(places) + 1) + 0.2)
    look = arm_style(rows[0]["arm"])
    with drawing():
        page = sheet(
            "What each value descriptor adds",
            f"{look.title} personas · {basis.subtitle} · blue lowers the error",
            basis.note(_told(rows)),
            plot=_ROW * (len(lines) + 0.25) + 0.95,
            width=width,
            below=0.62,
        )
        tall = _ROW * (len(lines) + 0.25)
        high = page.figure.get_figheight()
        axes = page.figure.add_axes(
            (left / width, page.bottom, _CELL * (max(places) + 1) / width, tall / high)
        )
        _draw(axes, cells, lines, columns, places)
        for country, x in zip(columns, places, strict=True):
            name = country_title(country, countries)
            axes.text(x - 0.1, -0.62, name, rotation=45, rotation_mode="anchor", size=7.8,
                      ha="left", va="bottom", color=INK)  # fmt: skip
    caption = (
        "Shapley value of each of the ten indicators for the mean absolute error: the mean change "
        "of the error when its descriptor is added to personas that already have some of the "
        "others, over all orders of adding them. In thousandths of the scale's range. Negative "
        "(blue): including it lowers the error. The last row is the sum, the error with all "
        f"descriptors less the error with none. {_told(rows)}"
    )
    return Chart("figure7_shapley", page.figure, caption, _alt(rows))


def _told(rows: Rows) -> str:
    """How the values were computed, and how sure they are."""
    methods = sorted({safe(r.get("method") or "") for r in rows} - {""})
    errors = [e for r in rows if (e := known(r, "standard_error")) is not None]
    personas = sorted({int(r["personas"]) for r in rows if known(r, "personas") is not None})
    of = f" from {number_of(personas[0], 'persona')} a country" if len(personas) == 1 else ""
    how = f"Computed{of}{': ' + ', '.join(methods) if methods else ''}."
    if any(e > 0 for e in errors):
        return f"{how} Small type: ± standard error of sampling the orders, in the same unit."
    if errors:
        return f"{how} All subsets were asked, so that no error of sampling orders is left."
    return f"{how} No standard errors are known."


def _draw(
    axes: Axes,
    cells: Mapping[tuple[str, str], Mapping[str, Any]],
    lines: Sequence[str],
    columns: Sequence[str],
    places: Sequence[float],
) -> None:
    from matplotlib import colormaps
    from matplotlib.cm import ScalarMappable
    from matplotlib.colors import TwoSlopeNorm
    from matplotlib.patches import Rectangle

    table = {(line, c): _cell(cells, line, c, columns, lines) for line in lines for c in columns}
    most = max((abs(v) for (line, _), (v, _) in table.items() if line != SUM and v), default=0.001)
    scale: Any = ScalarMappable(TwoSlopeNorm(0.0, -most, most), colormaps["RdBu_r"])
    for i, line in enumerate(lines):
        y = i + 0.25 * (line == SUM)
        for country, x in zip(columns, places, strict=True):
            value, error = table[line, country]
            corner = (x - 0.5, y - 0.5)
            if value is None:
                axes.add_patch(Rectangle(corner, 1, 1, fill=False, edgecolor=MUTED, hatch="////",
                                         linewidth=0))  # fmt: skip
                continue
            # Sums are beyond the scale of the parts, which they would bleach.
            face: Any = (1.0, 1.0, 1.0, 0.0) if line == SUM else scale.to_rgba(value)
            colour = INK if line == SUM else ink_on(face)
            axes.add_patch(Rectangle(corner, 1, 1, facecolor=face, linewidth=0))
            small = bool(error)
            text = signed(_SCALE * value, 1)
            axes.text(x, y - 0.13 * small, text, size=7.2, ha="center", va="center", color=colour,
                      weight="bold" if line == SUM else "normal")  # fmt: skip
            if error:
                axes.text(x, y + 0.24, f"±{_SCALE * error:.1f}", size=5.4, ha="center",
                          va="center", color=colour)  # fmt: skip
        title = "Sum: all less none" if line == SUM else indicator_title(line)
        axes.text(-0.62, y, title, size=8, ha="right", va="center", color=INK,
                  weight="bold" if line == SUM else "normal")  # fmt: skip
    axes.set_xlim(-0.5, max(places) + 0.5)
    axes.set_ylim(len(lines) - 0.25, -0.5)
    axes.axis("off")
    _key(axes, scale, most)


def _cell(
    cells: Mapping[tuple[str, str], Mapping[str, Any]],
    line: str,
    country: str,
    columns: Sequence[str],
    lines: Sequence[str],
) -> tuple[float | None, float | None]:
    """Value and standard error; a mean over countries if the table has none has no error."""
    if line == SUM:
        parts = [_cell(cells, i, country, columns, lines)[0] for i in lines if i != SUM]
        there = [p for p in parts if p is not None]
        return (sum(there) if len(there) == len(parts) else None), None
    row = cells.get((line, country))
    if row is not None:
        return known(row, "value"), known(row, "standard_error")
    if country != ALL_COUNTRIES:
        return None, None
    return mean_of([known(cells.get((line, c), {}), "value") for c in columns[1:]]), None


def _key(axes: Axes, scale: Any, most: float) -> None:
    figure = axes.figure
    box = axes.get_position()
    high, wide = figure.get_figheight(), figure.get_figwidth()  # type: ignore[union-attr]
    where = figure.add_axes((box.x0, box.y0 - 0.2 / high, 2.2 / wide, 0.08 / high))
    bar = figure.colorbar(scale, cax=where, orientation="horizontal")
    bar.outline.set_visible(False)
    ticks = [-most, 0.0, most]
    bar.set_ticks(ticks, labels=[signed(_SCALE * t, 1) if t else "0" for t in ticks])
    bar.ax.tick_params(labelsize=7, length=2)
    where.text(1.08, 0.5, "change of error, thousandths of the range", transform=where.transAxes,
               size=7.5, color=MUTED, va="center")  # fmt: skip


def _alt(rows: Rows) -> str:
    said = [f"{indicator_title(i)} {signed(_SCALE * m, 1)}" for i, m in indicator_means(rows)]
    return (
        "Shapley values, mean over countries, in thousandths of the scale's range: "
        f"{'; '.join(said) or MISSING}."
    )
