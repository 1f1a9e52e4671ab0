"""Figure 11: mean absolute error as a heat map over countries; the best arm of each stands out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from mores.report.blocks import Chart
from mores.report.calibrated_personas.context import ERROR, Basis, ModelTables, known, mean_of
from mores.report.calibrated_personas.labels import ALL_COUNTRIES, arm_style, country_title
from mores.report.numbers import fixed, is_significant
from mores.report.style import INK, MUTED, drawing, ink_on, sheet

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["best_arms", "heat_map", "heat_map_of_models", "is_sure"]

_CELL, _ROW = 0.56, 0.27
_TOLD = (
    "Bold: the best arm. Underlined too: better than every other arm shown, p < .05 each "
    "(Wilcoxon's signed ranks over questions, adjusted)."
)


@dataclass(frozen=True, slots=True)
class _Cell:
    value: float | None
    bold: bool = False
    sure: bool = False


def best_arms(model: ModelTables) -> dict[str, str]:
    """The arm with the least error, by country and for the mean."""
    best: dict[str, tuple[float, str]] = {}
    for (arm, country), row in model.mae.items():
        error = known(row, "mae")
        if error is not None and (country not in best or error < best[country][0]):
            best[country] = (error, arm)
    return {country: arm for country, (_, arm) in best.items()}


def is_sure(model: ModelTables, country: str, best: str) -> bool:
    """Whether an arm's lead over every other arm in a country is significant; untested is not."""
    rivals = {arm for arm, c in model.mae if c == country and arm != best}
    beaten = set()
    for row in model.rows("tests", country=country, measure=ERROR):
        pair = (row["arm_a"], row["arm_b"])
        over = "question" if country == ALL_COUNTRIES else row.get("unit")
        if row.get("unit", over) != over or "wilcoxon" not in row["test"].lower():
            continue
        if best not in pair or pair[0] == pair[1]:
            continue
        conditions = [
            (row.get(f"guidance_{s}") or "", row.get(f"descriptors_{s}") or "") for s in "ab"
        ]
        stands = [model.reference.get(a) == c for a, c in zip(pair, conditions, strict=True)]
        if all(stands) and is_significant(known(row, "p_adjusted")):
            beaten.add(pair[1] if pair[0] == best else pair[0])
    return bool(rivals) and rivals <= beaten


def heat_map(basis: Basis) -> Chart | None:
    """Rows are arms, columns the mean and the countries, of one model."""
    model = basis.models[0]
    if not model.mae or not model.arms:
        return None
    columns = _columns(model, model.countries)
    best = best_arms(model)
    cells = {
        (arm, c): _Cell(
            known(model.mae.get((arm, c), {}), "mae"),
            best.get(c) == arm and len(model.arms) > 1,
            best.get(c) == arm and is_sure(model, c, arm),
        )
        for arm in model.arms
        for c in columns
    }
    lines = [(arm, arm_style(arm).title) for arm in model.arms]
    return _chart(basis, [("", lines)], columns, cells, "figure11_error_heat_map", "arm")


def heat_map_of_models(basis: Basis) -> Chart | None:
    """A panel an arm, rows are models, the first their mean."""
    models = [m for m in basis.models if m.mae]
    if not models:
        return None
    countries = models[0].countries
    columns = _columns(models[0], countries)
    arms = [arm for arm in basis.arms if any((arm, c) in m.mae for m in models for c in columns)]
    cells: dict[tuple[str, str], _Cell] = {}
    best = {m.label: best_arms(m) for m in models}
    sure = {
        (m.label, c): is_sure(m, c, best[m.label][c])
        for m in models
        for c in columns
        if c in best[m.label]
    }
    means: dict[tuple[str, str], float | None] = {}
    for arm in arms:
        for c in columns:
            own = [known(m.mae.get((arm, c), {}), "mae") for m in models]
            # A mean over other models than the other arms' would not compare.
            means[arm, c] = mean_of(own) if None not in own else None
            for m, value in zip(models, own, strict=True):
                leads = best[m.label].get(c) == arm and len(arms) > 1
                cells[f"{arm}\n{m.label}", c] = _Cell(value, leads, leads and sure[m.label, c])
    for arm in arms:
        for c in columns:
            rivals = [v for a in arms if (v := means[a, c]) is not None]
            leads = bool(rivals) and len(arms) > 1 and means[arm, c] == min(rivals)
            cells[f"{arm}\n", c] = _Cell(means[arm, c], leads)
    panels = [
        (
            arm_style(arm).title,
            [(f"{arm}\n", "Mean of models"), *((f"{arm}\n{m.label}", m.label) for m in models)],
        )
        for arm in arms
    ]
    return _chart(basis, panels, columns, cells, "figure11_error_heat_map", "arm of the model")


def _columns(model: ModelTables, countries: Sequence[str]) -> list[str]:
    overall = any(c == ALL_COUNTRIES for _, c in model.mae)
    return [*([ALL_COUNTRIES] if overall else []), *countries]


Panels = Sequence[tuple[str, Sequence[tuple[str, str]]]]


def _chart(
    basis: Basis,
    panels: Panels,
    columns: Sequence[str],
    cells: Mapping[tuple[str, str], _Cell],
    name: str,
    bold: str,
) -> Chart:
    places = [k + 0.25 * (columns[0] == ALL_COUNTRIES and k > 0) for k in range(len(columns))]
    rows = sum(len(lines) for _, lines in panels)
    headings = sum(bool(title) for title, _ in panels)
    longest = max(len(title) for _, lines in panels for _, title in lines)
    left = max(1.5, 0.3 + 0.071 * longest)
    across = _CELL * (max(places) + 1)
    width = max(7.4, left + across + 0.75)
    tall = _ROW * rows + 0.33 * headings
    told = _TOLD.replace("the best arm", f"the best {bold}")
    with drawing():
        page = sheet(
            "Error by arm and country",
            f"{basis.subtitle} · lower (darker) is better",
            basis.note(f"Mean absolute error, share of the scale's range. {told}"),
            plot=tall + 0.78,
            width=width,
            below=0.45,
        )
        high = page.figure.get_figheight()
        scale = _scale(cells)
        top = page.bottom + tall / high
        for k, (title, lines) in enumerate(panels):
            top -= 0.33 * bool(title) / high
            axes = page.figure.add_axes(
                (left / width, top - _ROW * len(lines) / high, across / width,
                 _ROW * len(lines) / high)
            )  # fmt: skip
            top -= _ROW * len(lines) / high
            _draw(axes, lines, columns, places, cells, scale)
            if title:
                axes.text(-0.5, -0.62, title, size=9, weight="bold", va="bottom", color=INK)
            if k == 0:
                rise = -0.62 - 0.85 * bool(title)
                for c, x in zip(columns, places, strict=True):
                    text = country_title(c, columns[1:])
                    axes.text(x - 0.1, rise, text, rotation=45, rotation_mode="anchor", size=7.8,
                              ha="left", va="bottom", color=INK)  # fmt: skip
        _key(axes, scale)
    caption = (
        "Mean over the questions of |predicted mean − observed mean| ÷ range of the scale, by arm "
        "and country; countries from the least error of the generic arm. "
        f"{told} A country in which not all pairs were tested is not underlined. Hatched: nothing "
        "to compute from."
    )
    said = "; ".join(
        f"{key[0].replace(chr(10), ', ').strip(', ')} {fixed(c.value)}"
        for key, c in cells.items()
        if key[1] == columns[0]
    )
    alt = f"Errors, {country_title(columns[0], columns[1:])}: {said}."
    return Chart(name, page.figure, caption, alt)


def _scale(cells: Mapping[tuple[str, str], _Cell]) -> Any:
    from matplotlib import colormaps
    from matplotlib.cm import ScalarMappable
    from matplotlib.colors import Normalize

    shown = [c.value for c in cells.values() if c.value is not None] or [0.0, 0.3]
    low, high = min(shown), max(shown)
    return ScalarMappable(Normalize(low, high if high > low else low + 0.01), colormaps["viridis"])


def _draw(
    axes: Axes,
    lines: Sequence[tuple[str, str]],
    columns: Sequence[str],
    places: Sequence[float],
    cells: Mapping[tuple[str, str], _Cell],
    scale: Any,
) -> None:
    from matplotlib.patches import Rectangle

    for y, (key, title) in enumerate(lines):
        axes.text(-0.62, y, title, size=8, ha="right", va="center", color=INK)
        for c, x in zip(columns, places, strict=True):
            found = cells[key, c]
            corner = (x - 0.5, y - 0.5)
            if found.value is None:
                axes.add_patch(Rectangle(corner, 1, 1, fill=False, edgecolor=MUTED, hatch="////",
                                         linewidth=0))  # fmt: skip
                continue
            face = scale.to_rgba(found.value)
            colour = ink_on(face)
            axes.add_patch(Rectangle(corner, 1, 1, facecolor=face, linewidth=0))
            text = fixed(found.value).removeprefix("0")
            axes.text(x, y, text, size=7.4, ha="center", va="center_baseline", color=colour,
                      weight="bold" if found.bold else "normal")  # fmt: skip
            if found.sure:
                axes.plot([x - 0.24, x + 0.24], [y + 0.33] * 2, color=colour, linewidth=1.0)
    axes.set_xlim(-0.5, max(places) + 0.5)
    axes.set_ylim(len(lines) - 0.5, -0.5)
    axes.axis("off")


def _key(axes: Axes, scale: Any) -> None:
    figure = axes.figure
    box = axes.get_position()
    high, wide = figure.get_figheight(), figure.get_figwidth()  # type: ignore[union-attr]
    where = figure.add_axes((box.x0, box.y0 - 0.2 / high, 2.0 / wide, 0.08 / high))
    bar = figure.colorbar(scale, cax=where, orientation="horizontal")
    bar.outline.set_visible(False)
    low, most = scale.norm.vmin, scale.norm.vmax
    bar.set_ticks([low, most], labels=[fixed(low), fixed(most)])
    bar.ax.tick_params(labelsize=7, length=2)
