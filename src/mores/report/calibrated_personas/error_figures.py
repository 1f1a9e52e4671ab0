"""Figure 2: mean absolute error by arm, with the floors and the ceiling beside it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from mores.report.blocks import Chart
from mores.report.calibrated_personas.context import Basis, ModelTables, ends_of, known
from mores.report.calibrated_personas.labels import (
    ALL_COUNTRIES,
    BASELINES,
    arm_style,
    baseline_title,
    country_title,
    safe,
)
from mores.report.numbers import fixed, number_of
from mores.report.style import INK, MUTED, SERIES, drawing, light_grid, sheet

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["MAE_AXIS", "error_by_arm", "error_by_model"]

MAE_AXIS = "mean absolute error (share of the scale's range)"
_NAME = "figure2_error_by_arm"
_SHORT = {"split-half": "Split half", "uniform": "Uniform"}
_LONGEST = 24
"""Of a model's name at an axis, in characters."""
_MARGIN = 1.35
"""Right of the axes, for the names of the lines, in inches."""
_COLOURS = SERIES[1:]
_DASHES: tuple[Any, ...] = ("-", (0, (5, 2)), (0, (1, 1.2)))


def _line(country: str, countries: Sequence[str]) -> dict[str, Any]:
    """Colour and dashes of a country, the same whatever the order by error."""
    place = sorted(countries).index(country)
    dashes = _DASHES[place // len(_COLOURS) % len(_DASHES)]
    return {"color": _COLOURS[place % len(_COLOURS)], "linestyle": dashes}


def error_by_arm(basis: Basis) -> Chart | None:
    """A line a country over the arms of one model, their mean in black; then what stands beside.

    Returns
    -------
    Chart or None
        None if there are no errors by country.
    """
    model = basis.models[0]
    if not model.mae or not model.arms:
        return None
    beside = _beside(model)
    n = len(model.countries)
    with drawing():
        columns = len(model.arms) + len(beside)
        crowded = columns > 9
        width = float(min(9.6, max(7.4, 2.1 + 0.82 * columns)))
        page = sheet(
            "Error by arm",
            f"{basis.subtitle} · lower is better",
            _note(basis, n, bool(beside)),
            plot=3.4,
            width=width,
            below=1.05 if crowded else 0.62,
            above=0.12,
        )
        axes = page.axes(0.84 / width, 1 - (0.84 + _MARGIN) / width)
        ends = _country_lines(axes, model)
        _mean(axes, [model.mae.get((a, ALL_COUNTRIES)) for a in model.arms])
        _floors(axes, beside, len(model.arms), model.countries)
        places = [float(k) for k in range(len(model.arms))]
        titles = [arm_style(arm).short if crowded else arm_style(arm).stacked for arm in model.arms]
        places += [len(places) + 0.4 + k for k in range(len(beside))]
        titles += [_beside_title(arm, crowded) for arm in beside]
        axes.set_xticks(places, titles, size=7.6)
        if crowded:
            axes.tick_params(axis="x", labelrotation=38)
            for label in axes.get_xticklabels():
                label.set(ha="right", rotation_mode="anchor")
        axes.set_xlim(-0.35, places[-1] + 0.35)
        _frame(axes)
        _name_lines(axes, ends, n)
    return Chart(_NAME, page.figure, _caption(basis, n), _alt(basis, model, beside))


def _beside_title(arm: str, crowded: bool) -> str:
    title = _SHORT.get(arm) or baseline_title(arm)
    return title if crowded else title.replace(" ", "\n", 1)


def _beside(model: ModelTables) -> dict[str, dict[str, dict[str, Any]]]:
    """Floors, ceiling and other methods, each with its rows by country."""
    found: dict[str, dict[str, dict[str, Any]]] = {}
    for row in model.baselines("errors_by_country"):
        found.setdefault(row["arm"], {})[row["country"]] = row
    order = [*BASELINES, *(a for a in found if a not in BASELINES)]
    return {arm: found[arm] for arm in order if arm in found}


def _country_lines(axes: Axes, model: ModelTables) -> list[tuple[str, float, dict[str, Any]]]:
    """Draw them; name, last height and look of each."""
    ends = []
    for country in model.countries:
        rows = [(x, model.mae.get((arm, country), {})) for x, arm in enumerate(model.arms)]
        shown = [(x, y) for x, row in rows if (y := known(row, "mae")) is not None]
        if not shown:
            continue
        look = _line(country, model.countries)
        xs, ys = zip(*shown, strict=True)
        axes.plot(xs, ys, linewidth=1.2, marker="o", markersize=3.2, **look)
        ends.append((country_title(country), ys[-1], look))
    return ends


def _mean(axes: Axes, rows: Sequence[Mapping[str, Any] | None], at: float = 0.0) -> None:
    """The mean over countries in black, with its intervals."""
    shown = [
        (at + x, y, row)
        for x, row in enumerate(rows)
        if row and (y := known(row, "mae")) is not None
    ]
    axes.plot(
        [x for x, _, _ in shown], [y for _, y, _ in shown], color=INK, linewidth=2.4, zorder=4
    )
    for x, y, row in shown:
        for prefix, broad in (("mae_questions", 0.9), ("mae", 3.2)):
            low, high = known(row, f"{prefix}_low"), known(row, f"{prefix}_high")
            if low is not None and high is not None:
                axes.vlines(x, low, high, color=INK, linewidth=broad, zorder=4)
        axes.plot(x, y, "o", color=INK, markersize=5.0, zorder=5)


def _floors(
    axes: Axes,
    beside: Mapping[str, Mapping[str, Mapping[str, Any]]],
    start: int,
    countries: Sequence[str],
) -> None:
    """Points by country and a bar at the mean, right of the arms."""
    if not beside:
        return
    axes.axvline(start - 0.3, color=MUTED, linewidth=0.7)
    for k, (arm, rows) in enumerate(beside.items()):
        x = start + 0.4 + k
        for country in countries:
            y = known(rows.get(country, {}), "mae")
            if y is not None:
                colour = _line(country, countries)["color"]
                axes.plot(x, y, "o", markersize=3.0, color=colour, alpha=0.8)
        mean = known(rows.get(ALL_COUNTRIES, {}), "mae")
        if mean is None:
            continue
        axes.hlines(mean, x - 0.26, x + 0.26, color=INK, linewidth=2.0, zorder=4)
        ends = ends_of(rows[ALL_COUNTRIES], "mae")
        if ends is not None:
            axes.vlines(x, ends[0], ends[1], color=INK, linewidth=0.9, zorder=3)
        if arm in ("uniform", "split-half"):
            axes.axhline(mean, color=MUTED, linewidth=0.8, linestyle=(0, (4, 3)), zorder=0.8)


def _frame(axes: Axes) -> None:
    axes.set_ylim(0, axes.get_ylim()[1])
    axes.set_ylabel("mean absolute error\n(share of the scale's range)")
    light_grid(axes, "y")
    axes.tick_params(axis="both", length=0)


def _name_lines(axes: Axes, ends: Sequence[tuple[str, float, dict[str, Any]]], n: int) -> None:
    """Names of the lines in the margin, in the order in which they end, with their looks."""
    from matplotlib.transforms import blended_transform_factory

    low, high = axes.get_ylim()
    step = (high - low) * min(0.068, 1.0 / (n + 2))
    ranked = sorted(ends, key=lambda end: -end[1])
    rows: list[tuple[str, dict[str, Any]]] = [("mean", {"color": INK, "linewidth": 2.4})]
    rows += [(name, {**look, "linewidth": 1.4}) for name, _, look in ranked]
    beside = blended_transform_factory(axes.transAxes, axes.transData)
    inch = 1 / (axes.get_position().width * axes.figure.get_figwidth())  # type: ignore[union-attr]
    for k, (name, look) in enumerate(rows):
        y = high - step * (k + 0.5)
        across = [1 + 0.08 * inch, 1 + 0.36 * inch]
        axes.plot(across, [y, y], transform=beside, clip_on=False, **look)
        axes.text(1 + 0.43 * inch, y, name, transform=beside, size=7.6, va="center", color=INK)
    axes.set_ylim(low, high)


def _note(basis: Basis, n: int, floors: bool) -> str:
    dashed = (
        " Dashed: uniform answers, and the error that sampling the humans alone would leave."
        * floors
    )
    return basis.note(
        f"A line a country ({number_of(n, 'country', 'countries')}); black: their mean. {_bars(basis)}"
        f"{dashed}"
    )


def _bars(basis: Basis) -> str:
    return (
        f"Bars: {basis.level} bootstrap intervals of the mean, thin over questions, thick over "
        "personas (where there are any)."
    )


def _caption(basis: Basis, n: int) -> str:
    return (
        "Mean absolute difference of predicted and observed means over the questions, as a share of "
        f"each scale's range, by arm, for {number_of(n, 'country', 'countries')} (coloured) and "
        f"their mean (black). {_bars(basis)} Each arm "
        "is shown with one guidance variant and one descriptor set; the others are under Robustness. "
        "Right of the line, where computed: floors, ceiling and other methods, which ask no model."
    )


def _alt(basis: Basis, model: ModelTables, beside: Mapping[str, Mapping[str, Any]]) -> str:
    parts = [
        f"{arm_style(arm).title} {fixed(known(row, 'mae'))}"
        for arm in model.arms
        if (row := model.mae.get((arm, ALL_COUNTRIES)))
    ]
    parts += [
        f"{baseline_title(arm)} {fixed(known(rows.get(ALL_COUNTRIES, {}), 'mae'))}"
        for arm, rows in beside.items()
    ]
    return f"Mean absolute error over countries, {basis.subtitle}: {'; '.join(parts)}."


def error_by_model(basis: Basis) -> Chart | None:
    """The paper's own figure 2: a panel an arm, models across, a line a country, the mean in black."""
    arms = basis.arms
    models = [m for m in basis.models if m.mae]
    if not arms or not models:
        return None
    countries = models[0].countries
    columns = min(4, len(arms))
    rows = -(-len(arms) // columns)
    longest = min(_LONGEST, max(len(m.label) for m in models))
    below = min(1.6, 0.32 + 0.058 * longest)
    panel, gap = 1.9, 0.34 + below
    width = 9.6
    with drawing():
        page = sheet(
            "Error by model and arm",
            f"{basis.subtitle} · lower is better",
            _note(basis, len(countries), False),
            plot=rows * panel + (rows - 1) * gap,
            width=width,
            below=below,
            above=0.3,
        )
        height = page.figure.get_figheight()
        left, right = 0.84 / width, _MARGIN / width
        step = (1 - left - right) / columns
        drawn: list[Axes] = []
        for k, arm in enumerate(arms):
            row, column = divmod(k, columns)
            bottom = page.bottom + (rows - 1 - row) * (panel + gap) / height
            axes = page.figure.add_axes(
                (left + column * step, bottom, step * 0.9, panel / height),
                sharey=drawn[0] if drawn else None,
            )
            _panel(axes, models, arm, countries, column == 0)
            drawn.append(axes)
        drawn[0].set_ylim(0, max(a.get_ylim()[1] for a in drawn))
        last = drawn[min(columns, len(drawn)) - 1]
        names = [
            (country_title(c), -float(i), _line(c, countries)) for i, c in enumerate(countries)
        ]
        _name_lines(last, names, len(countries))
    caption = (
        "Mean absolute difference of predicted and observed means over the questions, as a share of "
        "each scale's range. A panel an arm, models across; coloured: countries; black: their mean. "
        f"{_bars(basis)}"
    )
    alts = [_alt(basis, m, {}) for m in models]
    alt = " ".join(f"{m.label}: {a}" for m, a in zip(models, alts, strict=True))
    return Chart("figure2_error_by_model", page.figure, caption, alt)


def _panel(
    axes: Axes, models: Sequence[ModelTables], arm: str, countries: Sequence[str], first: bool
) -> None:
    for country in countries:
        found = [(x, known(m.mae.get((arm, country), {}), "mae")) for x, m in enumerate(models)]
        shown = [(x, y) for x, y in found if y is not None]
        axes.plot(
            [x for x, _ in shown], [y for _, y in shown], linewidth=1.1, marker="o",
            markersize=2.8, **_line(country, countries),
        )  # fmt: skip
    _mean(axes, [m.mae.get((arm, ALL_COUNTRIES)) for m in models])
    axes.set_title(arm_style(arm).short, size=8.6)
    axes.set_xticks(
        range(len(models)),
        [safe(m.label, _LONGEST) for m in models],
        rotation=45,
        ha="right",
        size=7.4,
    )
    axes.set_xlim(-0.35, len(models) - 0.65)
    light_grid(axes, "y")
    axes.tick_params(axis="both", length=0, labelleft=first)
    if first:
        axes.set_ylabel("mean absolute error\n(share of range)", size=8.2)
