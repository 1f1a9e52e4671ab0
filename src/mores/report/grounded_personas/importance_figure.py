"""Figure 5: which variable goes with which foundation, and how much there is to explain."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from mores.instruments.mfq2 import FOUNDATIONS
from mores.report.blocks import Chart
from mores.report.grounded_personas.context import Basis, ModelTables, known, whole
from mores.report.grounded_personas.labels import (
    form_style,
    foundation_title,
    variable_ids,
    variable_title,
)
from mores.report.numbers import count, fixed
from mores.report.style import GRID, INK, MUTED, drawing, ink_on, sheet

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["GRID_FORM", "importance", "sources_of", "sum_of", "variance_of"]

GRID_FORM = "grid"
_CELL, _ROW = 0.48, 0.25


def sources_of(model: ModelTables) -> list[str]:
    """Forms of which foundations are decomposed, the inferred profiles (``grid``) last."""
    found = {r["form"] for r in model.rows("variable_importance") if known(r, "eta2") is not None}
    return [*(f for f in model.forms if f in found), *([GRID_FORM] if GRID_FORM in found else [])]


def variance_of(model: ModelTables, form: str, foundation: str) -> float | None:
    """Variance of a foundation over the personas decomposed."""
    return known(model.one("variable_importance", form=form, foundation=foundation), "variance")


def sum_of(model: ModelTables, form: str, foundation: str) -> float | None:
    """Sum of eta squared over the variables; None if there is none."""
    rows = model.rows("variable_importance", form=form, foundation=foundation)
    found = [v for r in rows if (v := known(r, "eta2")) is not None]
    return sum(found) if found else None


def title_of(form: str) -> str:
    """How a panel is called."""
    return "Inferred" if form == GRID_FORM else f"Answered: {form_style(form).title.lower()}"


def importance(basis: Basis) -> Chart | None:
    """A panel a form and one inferred; rows are variables; variances below.

    Returns
    -------
    Chart or None
        None if no variance was decomposed.
    """
    model = basis.models[0]
    forms = sources_of(model)
    if not forms:
        return None
    variables = variable_ids()
    left, gap = 1.75, 0.22
    each = _CELL * len(FOUNDATIONS)
    width = max(7.4, left + len(forms) * each + (len(forms) - 1) * gap + 0.2)
    tall = _ROW * (len(variables) + 3)
    told = (
        "η²: share of the variance of a foundation over personas that goes with a variable (main "
        "effects). Below: its variance and standard deviation in points of the scale of 1 to 5. Where "
        "there is hardly any variance, η² says little. Hatched: nothing to decompose."
    )
    with drawing():
        page = sheet(
            "Which variables drive which foundation",
            f"{basis.who} · {basis.items} · darker is a larger share",
            basis.note(told),
            plot=tall,
            width=width,
            above=0.95,
            below=0.2,
        )
        high = page.figure.get_figheight()
        for k, form in enumerate(forms):
            axes = page.figure.add_axes(
                ((left + k * (each + gap)) / width, page.bottom, each / width, tall / high)
            )
            _panel(axes, model, form, variables, named=k == 0)
        figure = page.figure
    said = "; ".join(
        f"{title_of(f).lower()}, n {count(whole(model.one('variable_importance', form=f), 'n'))}"
        for f in forms
    )
    caption = (
        f"Shares of variance (η²) of six foundations by ten variables{basis.labels}: {said}. {told} "
        "Inferred profiles are sums of their levels' scores, so that main effects explain all of them "
        f"by construction. Intervals ({basis.level}) are in the table."
    )
    return Chart("figure5_importance", figure, caption, _alt(model, forms))


def _panel(
    axes: Axes, model: ModelTables, form: str, variables: tuple[str, ...], *, named: bool
) -> None:
    from matplotlib import colormaps
    from matplotlib.patches import Rectangle

    shades = colormaps["Blues"]
    rows = {
        (r["variable"], r["foundation"]): r for r in model.rows("variable_importance", form=form)
    }
    for x, foundation in enumerate(FOUNDATIONS):
        axes.text(x - 0.15, -0.66, foundation_title(foundation), rotation=45, size=7.6, ha="left",
                  va="bottom", rotation_mode="anchor")  # fmt: skip
        for y, variable in enumerate(variables):
            value = known(rows.get((variable, foundation), {}), "eta2")
            corner = (x - 0.5, y - 0.5)
            if value is None:
                axes.add_patch(Rectangle(corner, 1, 1, fill=False, edgecolor=MUTED, hatch="////",
                                         linewidth=0))  # fmt: skip
                continue
            face = shades(min(1.0, max(0.0, value)))
            axes.add_patch(Rectangle(corner, 1, 1, facecolor=face, edgecolor="white",
                                     linewidth=0.6))  # fmt: skip
            axes.text(x, y, _short(value), size=7.2, ha="center", va="center_baseline",
                      color=ink_on(face))  # fmt: skip
        _below(axes, x, len(variables), rows, model, form, foundation)
    if named:
        names = [variable_title(v) for v in variables] + ["All ten", "Variance", "SD (points)"]
        for y, name in enumerate(names):
            weight = "bold" if y >= len(variables) else "normal"
            axes.text(-0.62, y + 0.08 * (y >= len(variables)), name, size=7.8, ha="right",
                      va="center", weight=weight)  # fmt: skip
    axes.axhline(len(variables) - 0.48, color=INK, linewidth=0.8)
    axes.text(-0.5, -3.62, title_of(form), size=8.6, weight="bold", va="bottom", ha="left")
    axes.set_xlim(-0.5, len(FOUNDATIONS) - 0.5)
    axes.set_ylim(len(variables) + 2.5, -0.5)
    axes.axis("off")


def _below(
    axes: Axes,
    x: int,
    y: int,
    rows: Mapping[tuple[str, str], Mapping[str, Any]],
    model: ModelTables,
    form: str,
    foundation: str,
) -> None:
    """Sum of the shares, variance and standard deviation of a foundation."""
    variance = variance_of(model, form, foundation)
    deviation = None if variance is None else max(variance, 0.0) ** 0.5
    said = [_short(sum_of(model, form, foundation)), fixed(variance, 4), fixed(deviation, 2)]
    for k, text in enumerate(said):
        axes.text(x, y + k + 0.08, text, size=7.0, ha="center", va="center", color=INK)
    axes.plot([x - 0.5, x + 0.5], [y + 0.62] * 2, color=GRID, linewidth=0.6)


def _short(value: float | None) -> str:
    text = fixed(value, 2)
    return text.removeprefix("0") if text.startswith("0.") else text


def _alt(model: ModelTables, forms: list[str]) -> str:
    said = []
    for form in forms:
        parts = []
        for foundation in FOUNDATIONS:
            rows = model.rows("variable_importance", form=form, foundation=foundation)
            there = [r for r in rows if known(r, "eta2") is not None]
            if there:
                top = max(there, key=lambda r: r["eta2"])
                most = f"{variable_title(top['variable']).lower()} {fixed(known(top, 'eta2'), 2)}"
                parts.append(f"{foundation} {most}")
        said.append(f"{title_of(form)}, greatest share: {', '.join(parts)}")
    return f"{'; '.join(said)}."
