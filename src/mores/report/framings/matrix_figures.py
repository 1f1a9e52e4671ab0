"""Figures 3, 4 and 6: alignment by framing and slice, semantic axis or category, as heat maps."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from mores.report.blocks import Chart
from mores.report.framings.bars import counted
from mores.report.framings.context import Basis, ModelTables, Rows, ends_of, known
from mores.report.framings.labels import (
    ALL,
    axis_title,
    category_title,
    framing_style,
    framings_of,
    slice_title,
)
from mores.report.numbers import bounds, number_of, signed
from mores.report.style import INK, MUTED, drawing, ink_on, sheet

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["axis_rows", "by_axis", "by_category", "by_slice", "is_clear"]

_CELL, _ROW = 1.16, 0.34


@dataclass(frozen=True, slots=True)
class _Matrix:
    """What one of the heat maps shows; `cells` by row and framing, None where nothing is known."""

    name: str
    title: str
    lines: Sequence[tuple[str, str]]
    framings: Sequence[str]
    cells: Mapping[tuple[str, str], dict[str, Any]]
    column: str
    stem: str
    what: str
    told: str


def is_clear(row: Mapping[str, Any], stem: str) -> bool:
    """Whether an interval leaves zero out."""
    ends = ends_of(row, stem)
    return ends is not None and not ends[0] <= 0 <= ends[1]


def by_slice(basis: Basis) -> Chart | None:
    """Figure 3: slices by framing, and all of them."""
    model = basis.models[0]
    rows = [*({**r, "slice": ALL} for r in model.overall.values()), *model.main("by_slice")]
    alone = "language" in model.framings
    told = alone * (
        "In a slice whose language is the baseline's, the language framing is the baseline itself: "
        "its zero there holds by construction."
    )
    order = [ALL, *model.slices]
    return _chart(
        basis,
        _matrix(rows, "slice", order, slice_title)
        | {
            "name": "figure3_by_slice",
            "title": "Directional alignment by slice and framing",
            "column": "alignment",
            "stem": "alignment",
            "what": "Directional alignment: baseline gap − response gap, share of the scale",
            "told": told,
        },
    )


def axis_rows(model: ModelTables, part: str = ALL) -> Rows:
    """Rows by axis of one slice, or over all slices."""
    return model.main("by_axis", slice=part)


def by_axis(basis: Basis) -> Chart | None:
    """Figure 4: semantic axes by framing, over all slices."""
    rows = axis_rows(basis.models[0])
    order = list(dict.fromkeys(r["axis"] for r in rows))
    told = (
        "An axis need not show the same as its questions' alignment: it compares mean positions, and "
        "questions that are mapped to no axis are left out."
    )
    return _chart(
        basis,
        _matrix(rows, "axis", order, axis_title)
        | {
            "name": "figure4_by_axis",
            "title": "Semantic alignment by axis and framing",
            "column": "semantic_alignment_delta",
            "stem": "delta",
            "what": "Semantic alignment delta: |human − baseline| − |human − response|, scores 0 to 1",
            "told": told,
        },
    )


def by_category(basis: Basis) -> Chart | None:
    """Figure 6: categories of questions by framing."""
    rows = basis.models[0].main("by_category")
    order = list(dict.fromkeys(r["category"] for r in rows))
    return _chart(
        basis,
        _matrix(rows, "category", order, category_title)
        | {
            "name": "figure6_by_category",
            "title": "Directional alignment by category and framing",
            "column": "alignment",
            "stem": "alignment",
            "what": "Directional alignment: baseline gap − response gap, share of the scale",
            "told": "",
        },
    )


def _matrix(rows: Rows, key: str, order: Sequence[str], title: Any) -> dict[str, Any]:
    cells = {(r[key], r["framing"]): r for r in rows}
    there = {k for k, _ in cells}
    return {
        "lines": [(k, title(k)) for k in order if k in there],
        "framings": framings_of(r["framing"] for r in rows),
        "cells": cells,
    }


def _chart(basis: Basis, parts: dict[str, Any]) -> Chart | None:
    matrix = _Matrix(**parts)
    shown = {k: v for k, r in matrix.cells.items() if (v := known(r, matrix.column)) is not None}
    if not shown:
        return None
    longest = max(len(title) for _, title in matrix.lines)
    left = max(1.3, 0.3 + 0.069 * longest)
    across = _CELL * len(matrix.framings)
    apart = 0.3 * (matrix.lines[0][0] == ALL and len(matrix.lines) > 1)
    tall = _ROW * (len(matrix.lines) + apart)
    width = max(7.4, left + across + 0.3)
    told = (
        f"Brackets: {basis.level} bootstrap intervals over questions; bold where they leave zero out, "
        "without adjustment for how many there are."
        if any(ends_of(r, matrix.stem) for r in matrix.cells.values())
        else "Too few questions for intervals."
    )
    with drawing():
        page = sheet(
            matrix.title,
            f"{basis.subtitle} · blue: nearer to the {basis.humans} than the baseline, red: farther",
            basis.note(f"{matrix.what}. {told}", matrix.told),
            plot=tall,
            width=width,
            above=0.3,
            below=0.42,
        )
        axes = page.axes(left / width, across / width)
        scale = _scale(list(shown.values()))
        _draw(axes, matrix, scale, apart)
        _key(axes, scale)
    n = number_of(len(matrix.lines) - bool(apart), "row")
    caption = (
        f"{matrix.what}, by framing ({n}; each cell {counted(matrix.cells.values())}). White is "
        f"zero. {told} Hatched: nothing to compute from. {matrix.told}"
    ).strip()
    alt = "; ".join(
        f"{title}: "
        + ", ".join(
            f"{framing_style(f).title} {signed(shown.get((key, f)))}" for f in matrix.framings
        )
        for key, title in matrix.lines
    )
    return Chart(matrix.name, page.figure, caption, f"{alt}.")


def _scale(values: Sequence[float]) -> Any:
    from matplotlib import colormaps
    from matplotlib.cm import ScalarMappable
    from matplotlib.colors import Normalize

    most = max((abs(v) for v in values), default=0.0) or 0.01
    return ScalarMappable(Normalize(-most, most), colormaps["RdBu"])


def _draw(axes: Axes, matrix: _Matrix, scale: Any, apart: float) -> None:
    from matplotlib.patches import Rectangle

    last = len(matrix.lines) - 1 + apart
    for k, (key, title) in enumerate(matrix.lines):
        y = k + apart * (k > 0)
        axes.text(-0.58, y, title, size=8, ha="right", va="center", color=INK,
                  weight="bold" if key == ALL else "normal")  # fmt: skip
        for x, framing in enumerate(matrix.framings):
            row = matrix.cells.get((key, framing), {})
            value = known(row, matrix.column)
            corner = (x - 0.5, y - 0.5)
            if value is None:
                axes.add_patch(Rectangle(corner, 1, 1, fill=False, edgecolor=MUTED, hatch="////",
                                         linewidth=0))  # fmt: skip
                continue
            face = scale.to_rgba(value)
            axes.add_patch(Rectangle(corner, 1, 1, facecolor=face, linewidth=0))
            ends = ends_of(row, matrix.stem)
            axes.text(x, y - 0.16 * bool(ends), signed(value), size=7.8, ha="center",
                      va="center_baseline", color=ink_on(face),
                      weight="bold" if is_clear(row, matrix.stem) else "normal")  # fmt: skip
            if ends:
                axes.text(x, y + 0.22, bounds(*ends, sign=True), size=5.9, ha="center",
                          va="center_baseline", color=ink_on(face))  # fmt: skip
    for x, framing in enumerate(matrix.framings):
        axes.text(x, -0.68, framing_style(framing).title, size=8, ha="center", va="bottom",
                  color=INK)  # fmt: skip
    axes.set_xlim(-0.5, len(matrix.framings) - 0.5)
    axes.set_ylim(last + 0.5, -0.5)
    axes.axis("off")


def _key(axes: Axes, scale: Any) -> None:
    figure = axes.figure
    box = axes.get_position()
    high, wide = figure.get_figheight(), figure.get_figwidth()  # type: ignore[union-attr]
    where = figure.add_axes((box.x0, box.y0 - 0.18 / high, 2.0 / wide, 0.08 / high))
    bar = figure.colorbar(scale, cax=where, orientation="horizontal")
    bar.outline.set_visible(False)
    most = scale.norm.vmax
    bar.set_ticks([-most, 0, most], labels=[signed(-most), "0", signed(most)])
    bar.ax.tick_params(labelsize=7, length=2)
