"""Figure 2: how far each level of each variable moves personas on the map."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mores.report.blocks import Chart
from mores.report.grounded_personas.context import Basis, ModelTables, known
from mores.report.grounded_personas.dots import Dot, Line, dot, draw, legend, limits, series
from mores.report.grounded_personas.labels import (
    form_style,
    level_title,
    variable_title,
)
from mores.report.numbers import fixed
from mores.report.style import INK, MUTED, drawing, sheet

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["movement", "variables_of"]

WIDTH = 8.4
_ROW = 0.185


def variables_of(model: ModelTables) -> list[str]:
    """Variables with an effect on the map, in the order of the table."""
    rows = model.rows("positions")
    return list(dict.fromkeys(r["variable"] for r in rows if known(r, "dx") is not None))


def movement(basis: Basis) -> Chart | None:
    """Two panels, x and y; a row a level under its variable's heading, with its eta squared.

    Returns
    -------
    Chart or None
        None if no level has an effect.
    """
    model = basis.models[0]
    variables = variables_of(model)
    if not variables:
        return None
    forms = [f for f in model.forms if model.rows("positions", form=f, weighting="uniform")]
    panels = [_lines(model, variables, forms, axis) for axis in "xy"]
    told = (
        "Marks: main effect of a level, that is how far personas with it stand from the mean of the "
        f"variable's levels, the other nine held; bars: {basis.level} bootstrap intervals over "
        "personas, and none where all configurations were asked. η²: share of the personas' variance "
        f"on the axis that goes with the variable; {basis.uniform}."
    )
    with drawing():
        page = sheet(
            "Movement on the map caused by each variable",
            basis.who,
            basis.note(told),
            plot=_ROW * len(panels[0]),
            width=WIDTH,
            above=0.55,
        )
        left, wide, gap = 2.05, 2.95, 0.28
        top = page.bottom + page.height
        high = page.figure.get_figheight()
        for k, lines in enumerate(panels):
            axes = page.axes((left + k * (wide + gap)) / WIDTH, wide / WIDTH)
            draw(axes, lines, named=k == 0)
            axes.axvline(0, color=MUTED, linewidth=0.9, zorder=1)
            axes.set_xlim(*limits([*panels[0], *panels[1]], 0.0))
            axes.set_xlabel(
                ("← survival · self-expression →", "← traditional · secular →")[k]
                + "\nmovement (units of the map)",
                size=7.6,
            )
            _eta(axes, lines)
        legend(page.figure, [(f, "") for f in forms], [], (0.36 / WIDTH, top + 0.16 / high))
        figure = page.figure
    caption = (
        f"Main effects of the levels of ten variables on a persona's position{basis.labels}; n "
        f"{_counted(model, forms)}. {told} A variable may speak to one axis alone."
    )
    return Chart("figure2_movement", figure, caption, _alt(model, variables, forms))


def _counted(model: ModelTables, forms: list[str]) -> str:
    said = []
    for form in forms:
        row = model.one("clouds", form=form, weighting="uniform")
        missing = int(known(row, "missing") or 0)
        lost = f", {missing:,} without a position" * bool(missing)
        said.append(f"{form_style(form).title.lower()} {int(known(row, 'n') or 0):,}{lost}")
    return "; ".join(said)


def _lines(model: ModelTables, variables: list[str], forms: list[str], axis: str) -> list[Line]:
    lines = []
    for variable in variables:
        rows = {
            (r["form"], r["level"]): r
            for r in model.rows("positions", variable=variable, weighting="uniform")
        }
        levels = list(dict.fromkeys(level for _, level in rows))
        shares = []
        for form in forms:
            first = rows.get((form, levels[0]), {})
            shares.append(fixed(known(first, f"eta2_{axis}"), 2))
        same = shares[:1] if len(set(shares)) == 1 else shares
        lines.append(Line(variable_title(variable), note=f"η² {' · '.join(same)}"))
        for level in levels:
            marks: list[Dot | None] = [
                dot(rows.get((form, level), {}), f"d{axis}", form, stem=f"d{axis}")
                for form, _ in series(forms, ["uniform"])
            ]
            lines.append(Line(f"{level_title(variable, level)}", marks))
    return lines


def _eta(axes: Axes, lines: list[Line]) -> None:
    for y, line in enumerate(lines):
        if line.heads:
            axes.text(0.99, y, line.note, size=7.2, color=INK, ha="right", va="center",
                      transform=axes.get_yaxis_transform())  # fmt: skip


def _alt(model: ModelTables, variables: list[str], forms: list[str]) -> str:
    said = []
    for variable in variables:
        row = model.one("positions", variable=variable, form=forms[0], weighting="uniform")
        shares = (fixed(known(row, f"eta2_{axis}"), 2) for axis in "xy")
        said.append(f"{variable_title(variable)} η² {' and '.join(shares)}")
    return f"Effects on x and y, {form_style(forms[0]).title.lower()}: {'; '.join(said)}."
