"""Rows of marks with their intervals, several to a row: what most of the figures are made of."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from mores.report.grounded_personas.context import ends_of, known
from mores.report.grounded_personas.labels import FormStyle, form_style, weighting_title
from mores.report.style import INK, MUTED, PAPER

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["Dot", "Line", "dot", "draw", "legend", "legend_of", "limits", "series"]

_APART = 0.19
"""Between the marks of a row, in rows, at most."""


@dataclass(frozen=True, slots=True)
class Dot:
    """A mark with an interval, and a thin line of a spread where there is one."""

    value: float
    ends: tuple[float, float] | None
    look: FormStyle
    hollow: bool = False
    spread: float | None = None


@dataclass(frozen=True, slots=True)
class Line:
    """A row: its name, its marks, and what they are read against, by kind.

    A row without marks and references is a heading.
    """

    title: str
    dots: Sequence[Dot | None] = ()
    beside: Sequence[tuple[str, float]] = ()
    note: str = ""

    @property
    def heads(self) -> bool:
        """Whether it is a heading."""
        return not self.dots and not self.beside


_BESIDE = {
    "uniform answers": ("|", MUTED, 9.0),
    "split half": ("D", INK, 4.2),
    "humans": ("D", INK, 4.6),
    "no persona": ("x", INK, 6.0),
}
_EDGE = {"|": 1.4, "x": 1.5}


def series(forms: Sequence[str], weightings: Sequence[str]) -> list[tuple[str, str]]:
    """Forms and weightings in the order of their marks in a row."""
    return [(f, w) for f in forms for w in weightings]


def dot(
    row: Mapping[str, Any], column: str, form: str, weighting: str = "uniform", stem: str = ""
) -> Dot | None:
    """The mark of a row of a table; None where it has no value."""
    value = known(row, column)
    if value is None:
        return None
    return Dot(value, ends_of(row, stem), form_style(form), weighting != "uniform")


def limits(lines: Sequence[Line], *at: float, room: float = 0.05) -> tuple[float, float]:
    """Ends of an axis that hold every mark, interval and reference, and some values."""
    reached = list(at)
    for line in lines:
        reached += [value for _, value in line.beside]
        for one in line.dots:
            if one is not None:
                wide = one.spread or 0.0
                reached += [one.value - wide, one.value + wide, *(one.ends or ())]
    low, high = (min(reached), max(reached)) if reached else (0.0, 1.0)
    more = room * (high - low or 0.1)
    return low - more, high + more


def draw(axes: Axes, lines: Sequence[Line], *, named: bool = True) -> None:
    """Draw rows from above; limits of the value axis stay to be set."""
    for y, line in enumerate(lines):
        if line.heads:
            continue
        if y % 2:
            axes.axhspan(y - 0.5, y + 0.5, color="#f4f5f6", linewidth=0, zorder=0)
        for kind, value in line.beside:
            marker, colour, size = _BESIDE[kind]
            axes.plot(value, y, marker=marker, color=colour, markersize=size, linestyle="",
                      markeredgewidth=_EDGE.get(marker, 0.6), zorder=3.6)  # fmt: skip
        apart = min(_APART, 0.84 / max(1, len(line.dots)))
        shift = -apart * (len(line.dots) - 1) / 2
        for k, one in enumerate(line.dots):
            if one is not None:
                _mark(axes, one, y + shift + k * apart)
    if named:
        axes.set_yticks(range(len(lines)), [line.title for line in lines], size=8)
        for label, line in zip(axes.get_yticklabels(), lines, strict=True):
            label.set_fontweight("bold" if line.heads else "normal")
    else:
        axes.set_yticks([])
    axes.set_ylim(len(lines) - 0.5, -0.5)
    axes.grid(visible=True, axis="x")
    axes.spines["left"].set_visible(False)
    axes.tick_params(axis="y", length=0)
    axes.tick_params(axis="x", labelsize=7.8)


def _mark(axes: Axes, one: Dot, y: float) -> None:
    if one.spread is not None:
        axes.plot((one.value - one.spread, one.value + one.spread), (y, y), color=one.look.colour,
                  linewidth=0.8, alpha=0.8, zorder=2)  # fmt: skip
    if one.ends is not None:
        axes.plot(one.ends, (y, y), color=one.look.colour, linewidth=2.2, solid_capstyle="butt",
                  zorder=2.8)  # fmt: skip
    axes.plot(
        one.value, y, marker=one.look.marker, markersize=4.6, linestyle="", zorder=3,
        markerfacecolor=PAPER if one.hollow else one.look.colour, markeredgecolor=one.look.colour,
        markeredgewidth=1.1,
    )  # fmt: skip


def legend(
    figure: Figure,
    shown: Sequence[tuple[str, str]],
    beside: Sequence[tuple[str, str]],
    at: tuple[float, float],
    names: Mapping[str, str] | None = None,
) -> None:
    """What marks mean, in a row above the axes.

    Parameters
    ----------
    figure : Figure
    shown : sequence of (form, weighting)
        From `series`; a weighting left empty is not named.
    beside : sequence of (kind, text)
        References and what they are called.
    at : tuple of float
        Left and bottom, in parts of the figure.
    names : mapping of str to str, optional
        Of forms, where these are not their own titles.
    """
    from matplotlib.lines import Line2D

    handles = []
    for form, weighting in shown:
        look = form_style(form)
        title = (names or {}).get(form, look.title)
        label = f"{title}, {weighting_title(weighting)}" if weighting else title
        hollow = weighting not in ("", "uniform")
        handles.append(
            Line2D([], [], linestyle="", marker=look.marker, color=look.colour, markersize=5,
                   markerfacecolor=PAPER if hollow else look.colour, label=label)
        )  # fmt: skip
    for kind, text in beside:
        marker, colour, size = _BESIDE[kind]
        handles.append(
            Line2D([], [], linestyle="", marker=marker, color=colour, markersize=size, label=text,
                   markeredgewidth=_EDGE.get(marker, 0.6))
        )  # fmt: skip
    width = figure.get_figwidth()
    across = max(1, int((width - 0.3) / 1.62))
    figure.legend(
        handles=handles, loc="lower left", bbox_to_anchor=at, fontsize=7.6,
        ncols=min(len(handles), across), handletextpad=0.2, columnspacing=1.1,
        borderaxespad=0.0, borderpad=0.2, labelspacing=0.3,
    )  # fmt: skip


def legend_of(figure: Figure, looks: Sequence[FormStyle], at: tuple[float, float]) -> None:
    """What marks mean, by name, in rows above the axes."""
    from matplotlib.lines import Line2D

    handles = [
        Line2D([], [], linestyle="", marker=look.marker, color=look.colour, markersize=5,
               label=look.title)
        for look in looks
    ]  # fmt: skip
    figure.legend(
        handles=handles, loc="lower left", bbox_to_anchor=at, fontsize=7.6, borderaxespad=0.0,
        ncols=min(4, len(handles)), handletextpad=0.2, columnspacing=1.1, borderpad=0.2,
    )  # fmt: skip
