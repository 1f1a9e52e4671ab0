"""Figure 4: alignment of every value under every persona, as two matrices."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from mores.report.blocks import Chart
from mores.report.numbers import fixed, number_of
from mores.report.style import INK, MUTED, drawing, ink_on, sheet
from mores.report.value_action.labels import (
    BASELINE,
    groups_of,
    persona_label,
    renderings_of,
    values_by_type,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from mores.report.value_action.context import Findings

__all__ = ["MOST_COLUMNS", "MatrixLayout", "layout_of", "value_by_persona"]

MOST_COLUMNS = 40
"""Personas in one matrix; more are in the table only."""
_MOST_NAMED = 2
"""Of hatched cells in the footnote, which is one line."""
_CELL, _ROW = 0.25, 0.172
_NAME = "figure4_value_by_persona"


@dataclass(frozen=True, slots=True)
class MatrixLayout:
    """Rows and columns of the matrices, with their places on the axes.

    Attributes
    ----------
    values : list of str
        Ids, by row.
    names : mapping of str to str
        Names of values by id.
    arms : list of (persona, category, rendering)
        By column.
    rows, columns : list of float
        Their places, with gaps between types and between categories.
    types, categories : list of (str, float, float)
        Headings with the first and last place that they span.
    """

    values: list[str]
    names: Mapping[str, str]
    arms: list[tuple[str, str, str]]
    rows: list[float]
    columns: list[float]
    types: list[tuple[str, float, float]]
    categories: list[tuple[str, float, float]]


def _spread(
    parts: Sequence[tuple[str, int]], gap: float
) -> tuple[list[float], list[tuple[str, float, float]]]:
    places, spans, at = [], [], 0.0
    for heading, n in parts:
        spans.append((heading, at, at + n - 1))
        places += [at + i for i in range(n)]
        at += n + gap
    return places, spans


def layout_of(found: Findings, rendering: str) -> MatrixLayout:
    """Rows and columns for one rendering of the personas, the baseline first."""
    import polars as pl

    table = found.tables["value_by_persona"].filter(
        pl.col("rendering").is_in([rendering]) | (pl.col("category") == BASELINE)
    )
    keys = table.select("category", "rendering").unique(maintain_order=True).rows()
    arms: list[tuple[str, str, str]] = []
    parts = []
    for group in groups_of(keys):
        members = table.filter(pl.col("category") == group.category)
        own = members["persona"].unique(maintain_order=True).to_list()
        own = own[: max(0, MOST_COLUMNS - len(arms))]
        arms += [(p, group.category, group.rendering) for p in own]
        if own:
            parts.append(("Baseline" if group.baseline else group.title, len(own)))
    kinds = values_by_type({v: found.values[v] for v in table["value"].unique().to_list()})
    columns, categories = _spread(parts, 0.35)
    rows, types = _spread([(kind, len(members)) for kind, members in kinds.items()], 0.35)
    values = [value for members in kinds.values() for value in members]
    return MatrixLayout(values, found.values, arms, rows, columns, types, categories)


def value_by_persona(found: Findings, rendering: str, first: bool) -> Chart:
    """Alignment rate and alignment distance, a cell a value and persona.

    Parameters
    ----------
    found : Findings
    rendering : str
        How the personas are put into words.
    first : bool
        The study's first rendering, whose figure has the plain name.
    """
    plan = layout_of(found, rendering)
    cells = {
        (r["value"], r["persona"], r["rendering"]): r
        for r in found.tables["value_by_persona"].iter_rows(named=True)
    }
    missing = _missing(plan, cells)
    broad = (max(plan.columns) + 1) * _CELL
    tall = (max(plan.rows) + 1) * _ROW
    # Few columns still need room for the headings of the two matrices.
    left, right, heads = 3.05, max(0.58, 1.9 - broad), 1.75
    between = max(0.55, 1.9 - broad)
    width = left + 2 * broad + between + right
    several = len(renderings_of(found.tables["value_by_persona"])) > 1
    wording = f", personas worded as {rendering}" if several else ""
    note = found.source(f"Each cell: {_pairs_text(cells)}.") + f"\n{missing}"
    with drawing():
        page = sheet(
            "Alignment by value and persona",
            f"{found.who}{wording} · darker is worse in both matrices",
            note,
            plot=tall + heads,
            width=width,
            below=0.72,
        )
        band = page.height * tall / (tall + heads)
        for place, (column, title) in enumerate(_MATRICES):
            axes = page.figure.add_axes(
                ((left + place * (broad + between)) / width, page.bottom, broad / width, band)
            )
            scale = _colours(column, plan, cells)
            _cells(axes, plan, cells, column, scale)
            _heads(axes, plan, title)
            _key(axes, scale, column, (broad, tall))
            if place == 0:
                _sides(axes, plan)
    name = _NAME if first else f"{_NAME}_{rendering}"
    alt = (
        f"Two matrices of {len(plan.values)} values by {len(plan.arms)} personas; all numbers are "
        "in the table value_by_persona."
    )
    return Chart(name, page.figure, _caption(wording), alt)


_MATRICES = (("alignment_rate", "Alignment rate"), ("alignment_distance", "Alignment distance"))


def _pairs_text(cells: Mapping[Any, dict[str, Any]]) -> str:
    numbers = [r["n_pairs"] for r in cells.values()]
    low, high = min(numbers, default=0), max(numbers, default=0)
    return number_of(low, "pair") if low == high else f"{low} to {number_of(high, 'pair')}"


def _missing(plan: MatrixLayout, cells: Mapping[Any, dict[str, Any]]) -> str:
    empty = [
        f"{plan.names[v]} × {persona_label(p, c)} ({title.split()[1]})"
        for v in plan.values
        for p, c, r in plan.arms
        for column, title in _MATRICES
        if cells.get((v, p, r), {}).get(column) is None
    ]
    if not empty:
        return "No cell is missing."
    lead = f"Hatched: nothing to compute from, {number_of(len(empty), 'cell')}"
    if len(empty) > _MOST_NAMED:
        return f"{lead}; they are the empty ones of the table value_by_persona."
    return f"{lead}: {'; '.join(empty)}."


def _colours(column: str, plan: MatrixLayout, cells: Mapping[Any, dict[str, Any]]) -> Any:
    from matplotlib import colormaps
    from matplotlib.cm import ScalarMappable
    from matplotlib.colors import Normalize

    shown = [cells.get((v, p, r), {}).get(column) for v in plan.values for p, _, r in plan.arms]
    most = max((x for x in shown if x is not None), default=1.0)
    rate = column == "alignment_rate"
    # Few possible ends, so that figures of several runs mostly have the same.
    top = 1.0 if rate else next(t for t in (0.6, 0.8, 1.0, 1.2, 1.6, 2.0) if most <= t + 1e-9)
    return ScalarMappable(Normalize(0.0, top), colormaps["viridis" if rate else "viridis_r"])


def _cells(
    axes: Axes,
    plan: MatrixLayout,
    cells: Mapping[Any, dict[str, Any]],
    column: str,
    scale: Any,
) -> None:
    from matplotlib.patches import Rectangle

    for i, (value, y) in enumerate(zip(plan.values, plan.rows, strict=True)):
        for j, ((persona, _, rendering), x) in enumerate(zip(plan.arms, plan.columns, strict=True)):
            number = cells.get((value, persona, rendering), {}).get(column)
            corner = (x - 0.5, y - 0.5)
            if number is None:
                axes.add_patch(
                    Rectangle(corner, 1, 1, fill=False, edgecolor=MUTED, hatch="////", linewidth=0)
                )
                continue
            face = scale.to_rgba(number)
            patch = Rectangle(corner, 1, 1, facecolor=face, linewidth=0)
            patch.set_gid(f"cell.{i}.{j}")
            axes.add_patch(patch)
            text = fixed(number, 2).removeprefix("0")
            axes.text(x, y, text, size=5.6, ha="center", va="center_baseline", color=ink_on(face))
    axes.set_xlim(-0.5, max(plan.columns) + 0.5)
    axes.set_ylim(max(plan.rows) + 0.5, -0.5)
    axes.axis("off")


def _heads(axes: Axes, plan: MatrixLayout, title: str) -> None:
    for (persona, category, _), x in zip(plan.arms, plan.columns, strict=True):
        name = "no persona" if category == BASELINE else persona_label(persona, category)
        axes.text(x, -0.75, name, rotation=60, size=7, ha="left", va="bottom",
                  rotation_mode="anchor", color=INK)  # fmt: skip
    for heading, low, high in plan.categories:
        axes.plot([low - 0.45, high + 0.45], [max(plan.rows) + 0.85] * 2, color=MUTED,
                  linewidth=0.8, clip_on=False)  # fmt: skip
        axes.text((low + high) / 2, max(plan.rows) + 1.15, heading, size=7.5, ha="center",
                  va="top", color=INK)  # fmt: skip
    axes.text(-0.5, -8.6, title, size=9.5, weight="bold", ha="left", va="bottom", color=INK)


def _sides(axes: Axes, plan: MatrixLayout) -> None:
    for value, y in zip(plan.values, plan.rows, strict=True):
        axes.text(-0.7, y, plan.names[value], size=7.2, ha="right", va="center", color=INK)
    for kind, low, high in plan.types:
        axes.plot([-8.9, -8.9], [low - 0.42, high + 0.42], color=MUTED, linewidth=0.8,
                  clip_on=False)  # fmt: skip
        # Narrow types leave no room for two lines.
        axes.text(-9.15, low, kind.replace("-", "-\n") if high - low >= 1 else kind, size=7.5,
                  ha="right", va="top" if high > low else "center", color=MUTED)  # fmt: skip


def _key(axes: Axes, scale: Any, column: str, size: tuple[float, float]) -> None:
    broad, tall = size
    top = scale.norm.vmax
    where = axes.inset_axes((0.0, -0.52 / tall, 0.8 / broad, 0.07 / tall))
    bar = axes.figure.colorbar(scale, cax=where, orientation="horizontal")
    bar.outline.set_visible(False)
    bar.set_ticks([0, top / 2, top], labels=[f"{t:g}" for t in (0, top / 2, top)])
    bar.ax.tick_params(labelsize=7, length=2)
    note = "higher is better" if column == "alignment_rate" else "lower is better"
    place = (0.95 / broad, -0.52 / tall)
    axes.text(*place, note, transform=axes.transAxes, size=7.5, color=MUTED, va="bottom")


def _caption(wording: str) -> str:
    return (
        f"Alignment rate and alignment distance of each value under each persona{wording}. Values "
        "are grouped by Schwartz's ten types, personas by category. Darker is worse in both. A "
        "hatched cell has nothing to compute from. A cell rests on few pairs and has no interval "
        "here: read patterns, not single cells."
    )
