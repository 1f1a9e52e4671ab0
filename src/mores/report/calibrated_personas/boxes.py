"""Box plots in the house style."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from mores.report.style import INK, PAPER

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["WHISKERS", "draw_boxes"]

WHISKERS = "Boxes: quartiles and median; whiskers: 5th to 95th percentile; points: means."


def draw_boxes(
    axes: Axes,
    groups: Sequence[Sequence[float]],
    places: Sequence[float],
    colours: Sequence[str],
    *,
    vertical: bool = True,
    hollow: Sequence[bool] = (),
) -> None:
    """Boxes with whiskers to the 5th and 95th percentile and a point at the mean.

    Parameters
    ----------
    axes : Axes
    groups : sequence of sequence of float
        Numbers of each box; one without numbers is left out.
    places, colours : sequence
        Of each box.
    vertical : bool
        Numbers upwards; else to the right.
    hollow : sequence of bool
        Boxes that are drawn without a filling.
    """
    for k, (numbers, place, colour) in enumerate(zip(groups, places, colours, strict=True)):
        if not len(numbers):
            continue
        empty = bool(hollow) and hollow[k]
        axes.boxplot(
            [list(numbers)],
            positions=[place],
            widths=0.56,
            whis=(5, 95),
            showfliers=False,
            patch_artist=True,
            manage_ticks=False,
            orientation="vertical" if vertical else "horizontal",
            boxprops={
                "facecolor": PAPER if empty else (colour, 0.25),
                "edgecolor": colour,
                "linewidth": 1.1,
                "linestyle": (0, (4, 2)) if empty else "-",
            },
            whiskerprops={"color": colour, "linewidth": 1.0},
            capprops={"color": colour, "linewidth": 1.0},
            medianprops={"color": INK, "linewidth": 1.6},
        )
        mean = sum(numbers) / len(numbers)
        at = (place, mean) if vertical else (mean, place)
        axes.plot(*at, marker="o", markersize=3.6, color=colour, markeredgecolor=INK,
                  markeredgewidth=0.6, zorder=5)  # fmt: skip
