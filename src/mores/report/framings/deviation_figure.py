"""Figure 5: deviations from the world average by slice on four semantic axes, humans and model."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from mores.report.blocks import Chart
from mores.report.framings.bars import padded
from mores.report.framings.context import Basis, ModelTables, known
from mores.report.framings.labels import axis_title, framing_style, representative, slice_title
from mores.report.numbers import number_of, signed
from mores.report.style import INK, MUTED, drawing, light_grid, sheet
from mores.studies.framings.cells import LANGUAGE_FRAMING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from matplotlib.axes import Axes

__all__ = ["deviations", "shown_framing", "whose_humans"]

Cells = dict[tuple[str, str], dict[str, Any]]


def shown_framing(model: ModelTables) -> str | None:
    """Third-person, as in the paper, or else the last framing that has deviations."""
    there = {r["framing"] for r in model.main("deviations")}
    if "third-person" in there:
        return "third-person"
    return next((f for f in reversed(model.framings) if f in there), None)


def whose_humans(framing: str) -> str:
    """Said where a row's humans are not those of the country that it bears the name of."""
    if framing != LANGUAGE_FRAMING:
        return ""
    return (
        " The humans are all who were interviewed in the slice's language: slices of one language "
        "show the same."
    )


def deviations(basis: Basis) -> Chart | None:
    """A panel an axis, a row a slice: where humans, model and baseline lie off the world average.

    Returns
    -------
    Chart or None
        None if there are no deviations.
    """
    model = basis.models[0]
    framing = shown_framing(model)
    rows = model.main("deviations", framing=framing) if framing else []
    cells = {(r["axis"], r["slice"]): r for r in rows if known(r, "human_deviation") is not None}
    axes_shown = representative(axis for axis, _ in cells)
    slices = [s for s in model.slices if any((a, s) in cells for a in axes_shown)]
    if framing is None or not slices:
        return None
    title = framing_style(framing).title
    width, left, n = 10.2, 1.65, len(axes_shown)
    step = (width - left - 0.15) / n
    told = (
        f"Black: {basis.humans}; diamond: {basis.who}, {title.lower()}; hollow: its baseline, asked "
        f"in the baseline's language without a country.{whose_humans(framing)}"
    )
    with drawing():
        page = sheet(
            f"Deviations from the world average, {title.lower()}",
            f"{basis.subtitle} · 0: the mean of all countries' {basis.humans}, each counting the same",
            basis.note(told, "Points, without intervals: figure 4 has those over questions."),
            plot=0.29 * (len(slices) + 0.6),
            width=width,
            above=0.25,
            below=0.45,
        )
        for k, axis in enumerate(axes_shown):
            axes = page.axes((left + k * step) / width, (step - 0.2) / width)
            _panel(axes, cells, axis, slices, framing)
            axes.set_title(axis_title(axis), size=8.8)
            axes.set_xlabel("deviation, score from 0 to 1", size=7.8)
            names = [slice_title(s) for s in slices] if k == 0 else [""] * len(slices)
            axes.set_yticks(range(len(slices)), names)
    counts = [int(r["n"]) for (a, _), r in cells.items() if a in axes_shown and r.get("n")]
    rest = f", {min(counts)} to {max(counts)} questions each" if counts else ""
    caption = (
        f"Mean semantic score of each slice less the world average of the {basis.humans}, on "
        f"{number_of(n, 'axis', 'axes')} for {number_of(len(slices), 'slice')}{rest}. {told} A line "
        "joins humans and model: the shorter, the nearer. The other axes are in the table deviations."
    )
    alt = " ".join(
        f"{axis_title(a)}: "
        + ", ".join(
            f"{slice_title(s)} humans {signed(known(cells[a, s], 'human_deviation'), 2)} model "
            f"{signed(known(cells[a, s], 'response_deviation'), 2)}"
            for s in slices
            if (a, s) in cells
        )
        + "."
        for a in axes_shown
    )
    return Chart("figure5_deviations", page.figure, caption, alt)


def _panel(axes: Axes, cells: Cells, axis: str, slices: list[str], framing: str) -> None:
    style = framing_style(framing)
    for y, name in enumerate(slices):
        row: Mapping[str, Any] = cells.get((axis, name), {})
        human, model = known(row, "human_deviation"), known(row, "response_deviation")
        base = known(row, "baseline_deviation")
        if human is not None and model is not None:
            axes.plot([human, model], [y, y], color=MUTED, linewidth=1.3, zorder=1.5)
        if base is not None:
            axes.plot(base, y, "o", markersize=4.2, markerfacecolor="none", markeredgecolor=MUTED,
                      markeredgewidth=0.9, zorder=2)  # fmt: skip
        if human is not None:
            axes.plot(human, y, "o", markersize=5, color=INK, zorder=3)
        if model is not None:
            axes.plot(model, y, "D", markersize=4.6, color=style.colour, zorder=4)
    columns = ("human_deviation", "response_deviation", "baseline_deviation")
    there = [cells[axis, s] for s in slices if (axis, s) in cells]
    axes.set_xlim(*padded([v for r in there for c in columns if (v := known(r, c)) is not None]))
    axes.set_ylim(len(slices) - 0.4, -0.6)
    axes.axvline(0, color=MUTED, linewidth=0.9, zorder=1)
    axes.locator_params(axis="x", nbins=4)
    axes.tick_params(axis="x", labelsize=7.6)
    light_grid(axes, "x")
    axes.tick_params(axis="y", length=0)
