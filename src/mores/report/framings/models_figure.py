"""Figure 8: models on the slices that they share, by framing."""

from __future__ import annotations

from collections.abc import Sequence
from math import ceil
from typing import TYPE_CHECKING, Any

from mores.report.blocks import Chart
from mores.report.framings.bars import padded
from mores.report.framings.context import Basis, ends_of, known
from mores.report.framings.labels import framing_style, framings_of, safe
from mores.report.numbers import number_of, signed
from mores.report.style import INK, MUTED, drawing, light_grid, sheet

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["models_on_shared_slices"]

_LINE = 0.135
_COLUMNS = 2


def models_on_shared_slices(basis: Basis, rows: Sequence[dict[str, Any]]) -> Chart | None:
    """A panel a group of slices, a row a model, a mark a framing.

    Parameters
    ----------
    basis : Basis
    rows : sequence of dict
        From `mores.report.framings.sharing.shared`.

    Returns
    -------
    Chart or None
        None if no group has a row that its models share.
    """
    there = [r for r in rows if known(r, "alignment_shared") is not None]
    if not there:
        return None
    groups = list(dict.fromkeys(r["group"] for r in there))
    framings = framings_of(r["framing"] for r in there)
    names = {g: list(dict.fromkeys(r["model"] for r in there if r["group"] == g)) for g in groups}
    across = min(_COLUMNS, len(groups))
    down = ceil(len(groups) / across)
    most = max(map(len, names.values()))
    tall = (_LINE * len(framings) + 0.14) * most
    longest = max(len(safe(m, 30)) for of in names.values() for m in of)
    left = max(1.2, 0.3 + 0.068 * longest)
    panel, gap, top = 3.0, 0.95, 0.55
    width = max(7.4, across * (left + panel) + 0.3)
    told = (
        "Filled: means over the rows of a unit and a slice that every model of the panel answered, "
        "with 95\u00a0% bootstrap intervals over questions; hollow: over all rows that the model "
        "answered."
    )
    with drawing():
        page = sheet(
            "Models on the slices that they share",
            f"{basis.subtitle} · right is nearer to the {basis.humans}",
            basis.note(told),
            plot=down * tall + (down - 1) * gap,
            width=width,
            above=top,
            below=0.45,
        )
        high = page.figure.get_figheight()
        reached = [v for r in there for v in _reached(r)]
        for k, group in enumerate(groups):
            row, column = divmod(k, across)
            own = (_LINE * len(framings) + 0.14) * len(names[group])
            bottom = page.bottom + ((down - 1 - row) * (tall + gap) + tall - own) / high
            axes = page.figure.add_axes(
                (((left + panel) * column + left) / width, bottom, panel / width, own / high)
            )
            part = [r for r in there if r["group"] == group]
            _panel(axes, part, names[group], framings)
            axes.set_title(safe(group, 52), size=9)
            axes.set_xlim(*padded(reached))
            axes.set_xlabel("directional alignment", size=8)
        _key(page.figure, framings)
    n = [int(r["n_shared"]) for r in there]
    caption = (
        f"Directional alignment of models on slices that they share ({number_of(len(groups), 'panel')}; "
        f"n {min(n):,} to {max(n):,} shared rows of a unit and a slice). {told} Each model has a "
        "baseline of its own."
    )
    alt = "; ".join(
        f"{r['group']}, {r['model']}, {framing_style(r['framing']).title} "
        f"{signed(known(r, 'alignment_shared'))}"
        for r in there
    )
    return Chart("figure8_models", page.figure, caption, f"{alt}.")


def _reached(row: dict[str, Any]) -> list[float]:
    values = [known(row, "alignment_shared"), known(row, "alignment")]
    return [*(v for v in values if v is not None), *(ends_of(row, "alignment") or ())]


def _panel(
    axes: Axes, rows: Sequence[dict[str, Any]], names: Sequence[str], framings: Sequence[str]
) -> None:
    unit = _LINE / (_LINE * len(framings) + 0.14)
    for row in rows:
        style = framing_style(row["framing"])
        y = (
            names.index(row["model"])
            + (framings.index(row["framing"]) - (len(framings) - 1) / 2) * unit
        )
        ends = ends_of(row, "alignment")
        if ends:
            axes.plot(ends, (y, y), color=style.colour, linewidth=1.5, solid_capstyle="butt")
        own = known(row, "alignment")
        if own is not None:
            axes.plot(own, y, style.marker, markersize=4.6, markerfacecolor="none",
                      markeredgecolor=style.colour, markeredgewidth=0.8, zorder=2)  # fmt: skip
        axes.plot(row["alignment_shared"], y, style.marker, color=style.colour,
                  markersize=3.8, zorder=3)  # fmt: skip
    for k in range(1, len(names)):
        axes.axhline(k - 0.5, color="#d5d8dc", linewidth=0.5)
    axes.set_yticks(range(len(names)), [safe(m, 30) for m in names])
    axes.set_ylim(len(names) - 0.5, -0.5)
    axes.axvline(0, color=MUTED, linewidth=0.9, zorder=1)
    light_grid(axes, "x")
    axes.tick_params(axis="y", length=0)


def _key(figure: Any, framings: Sequence[str]) -> None:
    from matplotlib.lines import Line2D

    marks = [
        Line2D([], [], color=s.colour, marker=s.marker, markersize=4.5, linestyle="", label=s.title)
        for s in map(framing_style, framings)
    ]
    high, wide = figure.get_figheight(), figure.get_figwidth()
    figure.legend(handles=marks, loc="upper left", bbox_to_anchor=(0.09 / wide, 1 - 0.55 / high),
                  ncols=min(5, len(marks)), handletextpad=0.2, columnspacing=1.4, borderaxespad=0,
                  labelcolor=INK, fontsize=8)  # fmt: skip
