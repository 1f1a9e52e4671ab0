"""Figure 3: error against the number of personas, from resampling what was asked."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from mores.report.blocks import Chart
from mores.report.calibrated_personas.context import Basis, known
from mores.report.calibrated_personas.labels import ALL_COUNTRIES, ArmStyle, arm_style, arms_of
from mores.report.numbers import count, fixed, number_of
from mores.report.style import INK, drawing, light_grid, sheet

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["error_by_personas"]


def error_by_personas(basis: Basis) -> Chart | None:
    """A curve an arm with its band, the number of personas on a logarithmic axis."""
    model = basis.models[0]
    every = [r for r in model.main("sample_size") if known(r, "mae") is not None]
    # Asked without personas, an arm has one answer: a level, not a curve.
    rows = [r for r in every if max(o["personas"] for o in every if o["arm"] == r["arm"]) > 1]
    if not rows:
        return None
    arms = arms_of(r["arm"] for r in rows)
    flat = {
        arm: known(row, "mae")
        for arm in model.arms
        if arm not in arms and (row := model.mae.get((arm, ALL_COUNTRIES)))
    }
    resamples = sorted({int(n) for r in rows if (n := known(r, "resamples")) is not None})
    often = f"{count(resamples[-1])} random samples" if resamples else "random samples"
    with drawing():
        page = sheet(
            "Error against number of personas",
            f"{basis.subtitle} · lower is better",
            basis.note(
                f"Bands: {basis.level} of {often} of the personas that were asked; nothing is asked "
                "anew, and all of them together are one sample. Level lines: arms that are asked "
                "without personas." + _guide(arms)
            ),
            plot=3.2,
            above=0.1,
        )
        axes = page.axes(0.125, 0.575)
        for arm in arms:
            own = sorted((r for r in rows if r["arm"] == arm), key=lambda r: r["personas"])
            _curve(axes, arm_style(arm), own)
        for arm, height in flat.items():
            if height is not None:
                look = arm_style(arm)
                axes.axhline(height, color=look.colour, linewidth=1.1, label=look.title)
        _frame(axes, sorted({int(r["personas"]) for r in rows}))
        axes.legend(
            loc="upper left", bbox_to_anchor=(1.02, 1.02), fontsize=7.8, handlelength=2.4,
            labelspacing=0.7,
        )  # fmt: skip
    most = max(int(r["personas"]) for r in rows)
    caption = (
        "Mean absolute error, over questions and countries, of predictions from so many personas, "
        f"drawn at random from the {number_of(most, 'persona')} asked in each country. Bands hold "
        f"{basis.level} of the samples: wide ones say that it matters who is drawn. They close where "
        "all personas are taken, which is not certainty: for that, see the intervals of figure 2."
    )
    alt = "Mean absolute error by number of personas. " + "; ".join(
        f"{arm_style(arm).title}: {_ends([r for r in rows if r['arm'] == arm])}" for arm in arms
    )
    return Chart("figure3_error_by_personas", page.figure, caption, f"{alt}.")


def _guide(arms: list[str]) -> str:
    return " Dashed, hollow: personas without nationality." * any(arm_style(a).bare for a in arms)


def _curve(axes: Axes, look: ArmStyle, rows: list[dict[str, Any]]) -> None:
    xs = [r["personas"] for r in rows]
    axes.plot(
        xs, [r["mae"] for r in rows], color=look.colour, linestyle=look.dashes, linewidth=1.6,
        marker=look.marker, markersize=4.5 * look.size, markerfacecolor=look.face, label=look.stacked,
    )  # fmt: skip
    ends = [(x, known(r, "mae_low"), known(r, "mae_high")) for x, r in zip(xs, rows, strict=True)]
    shown = [(x, low, high) for x, low, high in ends if low is not None and high is not None]
    if shown:
        x, low, high = zip(*shown, strict=True)
        axes.fill_between(x, low, high, color=look.colour, alpha=0.13, linewidth=0)


def _frame(axes: Axes, sizes: list[int]) -> None:
    from matplotlib.ticker import NullFormatter, NullLocator

    axes.set_xscale("log")
    # As many numbers as are read without touching: a factor of 1.5 apart.
    named: list[int] = []
    for size in reversed(sizes):
        if not named or named[-1] >= 1.6 * size:
            named.append(size)
    axes.set_xticks(named, [count(n) for n in named])
    axes.xaxis.set_minor_locator(NullLocator())
    axes.xaxis.set_minor_formatter(NullFormatter())
    axes.set_xlabel("personas in each country (logarithmic)")
    axes.set_ylabel("mean absolute error\n(share of the scale's range)", color=INK)
    light_grid(axes, "y")
    axes.spines["bottom"].set_visible(True)
    axes.set_ylim(0, None)


def _ends(rows: list[dict[str, Any]]) -> str:
    first, last = min(rows, key=lambda r: r["personas"]), max(rows, key=lambda r: r["personas"])
    return (
        f"{fixed(first['mae'])} with {count(first['personas'])}, {fixed(last['mae'])} with "
        f"{count(last['personas'])}"
    )
