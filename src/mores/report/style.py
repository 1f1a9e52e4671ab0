"""How figures look, and how they become files: the same bytes for the same numbers."""

from __future__ import annotations

import io
import re
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from textwrap import fill
from typing import TYPE_CHECKING, Any, cast

from mores.report.blocks import Chart, FigureBlock
from mores.report.files import clear_stale, folder_for, replace_file, replace_text

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = [
    "GRID",
    "INK",
    "MUTED",
    "PAPER",
    "SERIES",
    "Sheet",
    "drawing",
    "ink_on",
    "inline",
    "light_grid",
    "on_page",
    "sheet",
    "svg_of",
    "write_charts",
]

INK, MUTED, GRID, PAPER = "#1c1d1f", "#5c6066", "#d5d8dc", "#ffffff"

# Okabe and Ito's colours, told apart with every kind of colour vision; the yellow is left out because
# it fades on white, and the sky blue is darkened a little so that thin lines keep their contrast.
SERIES = ("#3b3f45", "#0072b2", "#d55e00", "#9a4f86", "#00805f", "#8a6d00", "#2f8fc7", "#7a3b00")

_CHARACTERS = 16.5
"""Of a footnote, to the inch."""

_STYLE: dict[str, Any] = {
    "font.family": "DejaVu Sans",
    "font.size": 9.0,
    "text.color": INK,
    "axes.edgecolor": MUTED,
    "axes.labelcolor": INK,
    "axes.labelsize": 9.0,
    "axes.linewidth": 0.7,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.titlesize": 9.5,
    "axes.titleweight": "bold",
    "axes.titlelocation": "left",
    "axes.titlepad": 8.0,
    "axes.axisbelow": True,
    "axes.unicode_minus": True,
    "xtick.color": MUTED,
    "ytick.color": MUTED,
    "xtick.labelcolor": INK,
    "ytick.labelcolor": INK,
    "xtick.labelsize": 8.5,
    "ytick.labelsize": 8.5,
    "xtick.major.width": 0.7,
    "ytick.major.width": 0.7,
    "grid.color": GRID,
    "grid.linewidth": 0.6,
    "legend.frameon": False,
    "legend.fontsize": 8.5,
    "figure.facecolor": PAPER,
    "axes.facecolor": PAPER,
    "savefig.facecolor": PAPER,
    "hatch.linewidth": 0.6,
    "hatch.color": MUTED,
    "svg.fonttype": "none",
    "svg.hashsalt": "mores",
    "text.parse_math": False,
    "path.simplify": True,
}


@contextmanager
def drawing() -> Iterator[None]:
    """Within it, figures are made in the house style; matplotlib's own settings return after it."""
    import matplotlib

    with matplotlib.rc_context(cast(Any, _STYLE)), warnings.catch_warnings():
        # A label may be in a script that the shipped typeface lacks.
        warnings.filterwarnings("ignore", message="Glyph .* missing from")
        yield


@dataclass(frozen=True, slots=True)
class Sheet:
    """A figure with its title and footnote, and the band between them for axes.

    Attributes
    ----------
    figure : matplotlib.figure.Figure
    bottom, height : float
        Of the band, in parts of the figure's height.
    """

    figure: Figure
    bottom: float
    height: float

    def axes(self, left: float, width: float) -> Axes:
        """Axes in the band; left and width in parts of the figure's width."""
        return self.figure.add_axes((left, self.bottom, width, self.height))


def sheet(
    title: str,
    subtitle: str,
    note: str,
    *,
    plot: float,
    width: float = 7.4,
    above: float = 0.0,
    below: float = 0.5,
) -> Sheet:
    """An empty figure with title, subtitle and footnote.

    Parameters
    ----------
    title, subtitle, note : str
        The note may have several lines.
    plot, width : float
        Height of the axes and width of the figure, in inches.
    above, below : float
        Room for headings of the axes above them, and for tick labels and axis label below, in inches.
    """
    from matplotlib.figure import Figure

    note = "\n".join(fill(line, int(_CHARACTERS * (width - 0.2))) for line in note.splitlines())
    note_height = 0.16 + 0.152 * (note.count("\n") + 1)
    height = 0.62 + above + plot + below + note_height
    figure = Figure(figsize=(width, height))
    left = 0.09 / width
    for text, top, options in (
        (title, 0.09, {"size": 11.5, "weight": "bold"}),
        (subtitle, 0.33, {"size": 8.5, "color": MUTED}),
    ):
        figure.text(left, 1 - top / height, text, va="top", ha="left", **options)  # type: ignore[arg-type]
    figure.text(
        left, 0.08 / height, note, size=7.5, color=MUTED, va="bottom", ha="left", linespacing=1.4
    )
    return Sheet(figure, (note_height + below) / height, plot / height)


def light_grid(axes: Axes, axis: str) -> None:
    """Faint lines across one axis, whose spine and ticks they replace."""
    axes.grid(visible=True, axis=axis)  # type: ignore[arg-type]
    other = "left" if axis == "x" else "bottom"
    axes.spines[other].set_visible(False)
    axes.tick_params(axis="y" if axis == "x" else "x", length=0)


def ink_on(face: Sequence[float]) -> str:
    """Black or white, whichever is read more easily on a colour."""
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in face[:3]]
    luminance = 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
    return "#000000" if luminance > 0.18 else "#fefefe"


def svg_of(figure: Figure) -> str:
    """A figure as SVG, its text as text, without date or version: equal numbers, equal bytes."""
    held = io.StringIO()
    with drawing():
        figure.savefig(held, format="svg", metadata={"Date": None, "Creator": None})
    text = held.getvalue()
    # Verdana has DejaVu's widths, so that the layout holds where DejaVu is not installed.
    return text.replace("'DejaVu Sans'", "'DejaVu Sans', Verdana, Geneva, sans-serif")


def write_charts(folder: Path, charts: list[Chart]) -> list[FigureBlock]:
    """Write ``NAME.svg`` and ``NAME.png`` of each chart; remove those of earlier reports.

    Parameters
    ----------
    folder : Path
        Made if it does not exist.
    charts : list of Chart
        Emptied as it is worked through, so that drawn figures do not pile up in memory.

    Returns
    -------
    list of FigureBlock
        For the page, in the same order.

    Raises
    ------
    StoreError
        If the disk does not take them.
    """
    folder_for(folder)
    blocks, kept = [], set()
    while charts:
        chart = charts.pop(0)
        svg = svg_of(chart.figure)
        replace_text(folder / f"{chart.name}.svg", svg)
        replace_file(folder / f"{chart.name}.png", lambda path, c=chart: _png(c, path))  # type: ignore[misc]
        kept |= {f"{chart.name}.svg", f"{chart.name}.png"}
        blocks.append(on_page(chart, svg))
    clear_stale(folder, kept, (".svg", ".png"))
    return blocks


def _png(chart: Chart, path: Path) -> None:
    with drawing():
        chart.figure.savefig(path, format="png", dpi=200, metadata={"Software": None})


def on_page(chart: Chart, svg: str) -> FigureBlock:
    """A chart with its SVG made fit for a page."""
    wide = chart.figure.get_figwidth() > 8.5
    return FigureBlock(chart.name, chart.caption, chart.alt, inline(svg, chart.name), wide)


_HEAD = re.compile(r"^.*?<svg\b[^>]*?(viewBox=\"[^\"]*\")[^>]*>", re.DOTALL)
_METADATA = re.compile(r"<metadata>.*?</metadata>|<style\b.*?</style>", re.DOTALL)
_IDS = re.compile(r' id="([^"]*)"')
_USED = re.compile(r'(?:url\(#|href="#)([^")]+)')
_REFERENCE = re.compile(r'(url\(#|xlink:href="#|href="#)([^")]+)')
_FONT = re.compile(r"font-family: [^;\"]*;?\s*")
_FONT_SHORT = re.compile(r"font: (?:(\d+|bold) )?([\d.]+px) [^;\"]*")
_EMPTY_GROUP = re.compile(r"<g>\s*</g>")
_CELL = re.compile(r' id="cell\.(\d+)\.(\d+)"')


def inline(svg: str, name: str) -> str:
    """SVG as part of a page: ids of its own, ink that follows the theme, the page's own typeface.

    Colours of `INK`, `MUTED`, `GRID`, `PAPER` and `SERIES` become variables of the style sheet with
    the colour itself to fall back on. Ids of the form ``cell.ROW.COLUMN`` become
    ``data-cell="ROW.COLUMN"``, which the page's script makes clickable.
    """
    body = _HEAD.sub(r"<svg \1>", svg, count=1)
    body = _METADATA.sub("", body)
    body = _CELL.sub(r' data-cell="\1.\2"', body)
    used = set(_USED.findall(body))
    body = _IDS.sub(lambda m: f' id="{name}-{m[1]}"' if m[1] in used else "", body)
    body = _REFERENCE.sub(lambda m: f"{m[1].replace('xlink:', '')}{name}-{m[2]}", body)
    body = _FONT_SHORT.sub(lambda m: f"font-weight: {m[1] or 400}; font-size: {m[2]}", body)
    body = _FONT.sub("", body)
    for colour, variable in _variables().items():
        body = body.replace(colour, f"var(--{variable}, {colour})")
    return _EMPTY_GROUP.sub("", body).strip()


def _variables() -> dict[str, str]:
    named = {INK: "ink", MUTED: "muted", GRID: "rule", PAPER: "card"}
    return named | {colour: f"series-{i}" for i, colour in enumerate(SERIES)}
