"""Language apart from country cue: alignment of each slice, asked in its own language and in others."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from mores.report.blocks import Chart
from mores.report.framings.bars import counted, mark, padded, span_of
from mores.report.framings.context import Basis, ModelTables, known
from mores.report.framings.labels import framing_style, framings_of, slice_title
from mores.report.numbers import number_of, signed
from mores.report.style import INK, MUTED, SERIES, drawing, light_grid, sheet

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["crossed_cells", "prompt_languages"]

_ENGLISH = "en"

Cells = dict[tuple[str, str], dict[str, dict[str, Any]]]


def crossed_cells(model: ModelTables) -> Cells:
    """Rows by language of the prompt, by framing and slice, of framings asked in several languages."""
    found: Cells = {}
    for row in model.main("prompt_languages"):
        if known(row, "alignment") is not None:
            key = (row["framing"], row["slice"])
            found.setdefault(key, {})[row["prompt_language"]] = row
    crossed = {framing for (framing, _), of in found.items() if len(of) > 1}
    return {key: of for key, of in found.items() if key[0] in crossed}


def prompt_languages(basis: Basis) -> Chart | None:
    """A panel a framing, a row a slice.

    Returns
    -------
    Chart or None
        None if countries were asked about in their own languages only.
    """
    model = basis.models[0]
    cells = crossed_cells(model)
    slices = [s for s in model.slices if any(name == s for _, name in cells)]
    slices = slices or list(dict.fromkeys(s for _, s in cells))
    framings = framings_of(f for f, _ in cells)
    if not slices:
        return None
    width, left = max(7.4, 1.8 + 2.1 * len(framings)), 1.65
    step = (width - left - 0.15) / len(framings)
    told = (
        "Filled: asked in the slice's own language, with its interval; cross: asked in English; grey "
        "ticks: asked in other languages. The country cue is the same within a row of a panel."
    )
    with drawing():
        page = sheet(
            "Alignment by language of the prompt",
            f"{basis.subtitle} · right is nearer to the {basis.humans}",
            basis.note(f"{told} Bars: {basis.level} bootstrap intervals over questions."),
            plot=0.29 * (len(slices) + 0.6),
            width=width,
            above=0.25,
            below=0.45,
        )
        reached = span_of([r for c in cells.values() for r in c.values()], "alignment")
        for k, framing in enumerate(framings):
            axes = page.axes((left + k * step) / width, (step - 0.2) / width)
            for y, name in enumerate(slices):
                _row(axes, cells.get((framing, name), {}), name, y, framing)
            axes.set_title(framing_style(framing).title, size=8.8)
            axes.set_xlabel("directional alignment", size=8)
            names = [slice_title(s) for s in slices] if k == 0 else [""] * len(slices)
            axes.set_yticks(range(len(slices)), names)
            axes.set_xlim(*padded(reached))
            axes.set_ylim(len(slices) - 0.4, -0.6)
            axes.axvline(0, color=MUTED, linewidth=0.9, zorder=1)
            axes.locator_params(axis="x", nbins=5)
            light_grid(axes, "x")
            axes.tick_params(axis="y", length=0)
    rows = [r for c in cells.values() for r in c.values()]
    caption = (
        f"Directional alignment of {number_of(len(slices), 'slice')} by language of the prompt "
        f"(each mark {counted(rows)}). {told} Bars: {basis.level} bootstrap intervals over questions."
    )
    alt = "; ".join(
        f"{slice_title(name)}, {framing_style(f).title}: "
        + ", ".join(f"{lang} {signed(known(r, 'alignment'))}" for lang, r in of.items())
        for (f, name), of in cells.items()
    )
    return Chart("figure_prompt_languages", page.figure, caption, f"{alt}.")


def _row(axes: Axes, of: dict[str, dict[str, Any]], name: str, y: float, framing: str) -> None:
    own = name.partition("-")[0]
    for language, row in of.items():
        if language == own:
            mark(axes, row, "alignment", y, framing_style(framing))
        elif language == _ENGLISH:
            axes.plot(
                row["alignment"], y, "x", color=INK, markersize=5, markeredgewidth=1.3, zorder=3.5
            )
        else:
            axes.plot(row["alignment"], y, "|", color=SERIES[0], alpha=0.55, markersize=7, zorder=2)
