"""Figure 9: error and distance by temperature, for plain scaling and for mean-preserving tilting."""

from __future__ import annotations

from collections.abc import Sequence
from statistics import median
from typing import TYPE_CHECKING, Any

from mores.report.blocks import Chart
from mores.report.calibrated_personas.context import Basis, ModelTables, known
from mores.report.calibrated_personas.labels import arm_style, arms_of
from mores.report.numbers import fixed
from mores.report.style import INK, MUTED, drawing, light_grid, sheet

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["by_temperature", "chosen_temperatures"]

METHODS = {"scaling": "temperature scaling", "tilting": "mean-preserving tilting"}
_MEASURES = (("mae", "mean absolute error"), ("wasserstein", "Wasserstein distance"))
_NAMED = (0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 20.0, 50.0, 100.0)


def chosen_temperatures(model: ModelTables, arm: str, method: str) -> list[float]:
    """Temperatures chosen for the held-out questions, of the first objective."""
    rows = [
        r
        for r in model.main("calibration")
        if r["arm"] == arm and r.get("method", method) == method
    ]
    first = rows[0].get("objective") if rows else None
    return [
        t
        for r in rows
        if r.get("objective") == first and (t := known(r, "temperature")) is not None and t > 0
    ]


def by_temperature(basis: Basis) -> Chart | None:
    """Four panels: error and distance, scaling left and tilting right."""
    model = basis.models[0]
    rows = [
        r
        for r in model.main("temperatures")
        if r["method"] in METHODS and (known(r, "temperature") or 0.0) > 0
    ]
    if not rows:
        return None
    arms = arms_of(r["arm"] for r in rows)
    methods = [m for m in METHODS if any(r["method"] == m for r in rows)]
    width, left, right, gap, panel = 9.4, 0.72, 1.95, 0.35, 1.75
    each = (width - left - right - gap * (len(methods) - 1)) / len(methods)
    with drawing():
        page = sheet(
            "Error and distance by temperature",
            f"{basis.subtitle} · lower is better",
            basis.note(
                f"Bands: {basis.level} bootstrap intervals over questions. Dashed: T = 1, as the model "
                "answered. Triangles: median of the temperatures chosen for held-out questions."
            ),
            plot=2 * panel + 0.62,
            width=width,
            above=0.28,
        )
        high = page.figure.get_figheight()
        for i, (measure, title) in enumerate(_MEASURES):
            shared: Axes | None = None
            for j, method in enumerate(methods):
                bottom = page.bottom + (1 - i) * (panel + 0.62) / high
                axes = page.figure.add_axes(
                    ((left + j * (each + gap)) / width, bottom, each / width, panel / high),
                    sharey=shared,
                )
                shared = shared or axes
                for arm in arms:
                    own = [r for r in rows if r["arm"] == arm and r["method"] == method]
                    _curve(axes, arm, own, measure)
                letter = "ABCD"[2 * j + i]
                axes.set_title(f"{letter}  {title}, {METHODS[method]}", size=8.0)
                _frame(axes, rows, title if j == 0 else "", last=i == 1)
                for arm in arms:
                    _chosen(axes, arm, chosen_temperatures(model, arm, method))
            if i == 0 and shared is not None:
                _legend(page.figure, arms, (left + len(methods) * (each + gap)) / width)
    caption = (
        "Mean absolute error and Wasserstein distance, as shares of the scale's range, of the "
        "population's distribution when every persona's distribution is taken at a temperature T. "
        "Left: p ∝ p^(1/T), which moves means towards the middle of the scale. Right: the same "
        "tilted such that each mean is kept, so that the error does not change. "
        f"Bands: {basis.level} intervals from a bootstrap over questions. Triangles: median over the "
        "questions of the temperature chosen on all the others."
    )
    return Chart("figure9_temperature", page.figure, caption, _alt(rows, arms, methods))


def _curve(axes: Axes, arm: str, rows: Sequence[dict[str, Any]], measure: str) -> None:
    shown = sorted(
        (r for r in rows if known(r, measure) is not None and known(r, "temperature")),
        key=lambda r: r["temperature"],
    )
    if not shown:
        return
    look = arm_style(arm)
    xs = [r["temperature"] for r in shown]
    axes.plot(
        xs, [r[measure] for r in shown], color=look.colour, linestyle=look.dashes, linewidth=1.5
    )
    ends = [(known(r, f"{measure}_low"), known(r, f"{measure}_high")) for r in shown]
    band = [(x, lo, hi) for x, (lo, hi) in zip(xs, ends, strict=True) if None not in (lo, hi)]
    if band:
        x, low, high = zip(*band, strict=True)
        axes.fill_between(x, low, high, color=look.colour, alpha=0.14, linewidth=0)


def _frame(axes: Axes, rows: Sequence[dict[str, Any]], title: str, last: bool) -> None:
    from matplotlib.ticker import NullLocator

    temperatures = [t for r in rows if (t := known(r, "temperature")) is not None and t > 0]
    low, high = min(temperatures), max(temperatures)
    axes.set_xscale("log")
    axes.set_xlim(low / 1.05, high * 1.05)
    named = [t for t in _NAMED if low / 1.02 <= t <= high * 1.02]
    axes.set_xticks(named, [f"{t:g}" for t in named])
    axes.xaxis.set_minor_locator(NullLocator())
    axes.axvline(1.0, color=MUTED, linestyle=(0, (4, 3)), linewidth=1.0, zorder=0.9)
    axes.locator_params(axis="y", nbins=5)
    light_grid(axes, "y")
    axes.tick_params(labelleft=bool(title))
    if title:
        axes.set_ylabel("share of the range", size=8.2)
    if last:
        axes.set_xlabel("temperature T (logarithmic)", size=8.2)


def _chosen(axes: Axes, arm: str, temperatures: Sequence[float]) -> None:
    if temperatures:
        axes.plot(
            median(temperatures), 0.0, marker="^", markersize=6.5, color=arm_style(arm).colour,
            markeredgecolor=INK, markeredgewidth=0.5, transform=axes.get_xaxis_transform(),
            clip_on=False, zorder=6, linestyle="",
        )  # fmt: skip


def _legend(figure: Any, arms: Sequence[str], left: float) -> None:
    from matplotlib.lines import Line2D

    looks = [arm_style(arm) for arm in arms]
    handles = [
        Line2D([], [], color=k.colour, linestyle=k.dashes, linewidth=1.6, label=k.stacked)
        for k in looks
    ]
    top = 1 - 0.88 / figure.get_figheight()
    figure.legend(handles=handles, loc="upper left", bbox_to_anchor=(left - 0.02, top), fontsize=7.8,
                  handlelength=2.4, labelspacing=0.8)  # fmt: skip


def _alt(rows: Sequence[dict[str, Any]], arms: Sequence[str], methods: Sequence[str]) -> str:
    said = []
    for method in methods:
        for arm in arms:
            own = [
                r
                for r in rows
                if r["arm"] == arm and r["method"] == method and known(r, "wasserstein") is not None
            ]
            if own:
                best = min(own, key=lambda r: r["wasserstein"])
                said.append(
                    f"{arm_style(arm).title}, {METHODS[method]}: least distance "
                    f"{fixed(best['wasserstein'])} at T = {best['temperature']:.2g}"
                )
    return f"{'; '.join(said)}."
