"""Figure 7: refusals, hedges and replies that could not be coded, by language and framing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from mores.report.blocks import Chart
from mores.report.framings.context import Basis, known, whole
from mores.report.framings.labels import (
    ALL,
    framing_style,
    framings_of,
    language_title,
)
from mores.report.numbers import number_of, percent
from mores.report.style import INK, drawing, light_grid, sheet

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["refusals"]

_PANELS = (
    ("refusal_rate", "Refused"),
    ("hedge_rate", "Hedged"),
    ("uncoded_rate", "Not coded"),
    ("failed_rate", "Failed"),
)
_LINE = 0.13
"""Of one framing within a language, in inches."""

Cells = Mapping[tuple[str, str], Mapping[str, Any]]


def refusals(basis: Basis) -> Chart | None:
    """Panels of rates, rows of languages, a mark a framing.

    Returns
    -------
    Chart or None
        None if there are no replies.
    """
    model = basis.models[0]
    rows = [r for r in model.rows("refusals") if known(r, "refusal_rate") is not None]
    if not rows:
        return None
    cells: Cells = {(r["language"], r["framing"]): r for r in rows}
    languages = list(dict.fromkeys(lang for lang, _ in cells if lang != ALL))
    languages += [ALL] * (any(lang == ALL for lang, _ in cells) and len(languages) > 1)
    languages = languages or [ALL]
    framings = framings_of(f for _, f in cells)
    panels = list(_PANELS[:3])
    if any((known(r, "failed_rate") or 0.0) > 0 for r in rows):
        panels.append(_PANELS[3])
    width, left, right = 9.2, 1.25, 0.5
    step = (width - left) / len(panels)
    tall = (_LINE * len(framings) + 0.12) * len(languages)
    told = (
        "Refused and hedged: the reply carries words of it, whether it was coded or not, so that rates "
        "do not add up. Not coded: no option, or more than one, could be read from it."
    )
    with drawing():
        page = sheet(
            "Refusals by language and framing",
            f"{basis.who} · share of replies",
            basis.note(told),
            plot=tall,
            width=width,
            above=0.55,
            below=0.45,
        )
        for k, (column, title) in enumerate(panels):
            axes = page.axes((left + k * step) / width, (step - right) / width)
            _panel(axes, cells, languages, framings, column)
            axes.set_title(title)
            axes.set_xlabel("share of replies (%)", size=8)
            names = [language_title(x) for x in languages] if k == 0 else [""] * len(languages)
            axes.set_yticks(range(len(languages)), names)
        _key(page.figure, framings, left / width)
    counts = [n for r in rows if (n := whole(r, "n")) and r["language"] != ALL] or [0]
    shares = [v for r in rows if (v := known(r, "coverage")) is not None] or [0.0]
    caption = (
        f"Shares of replies in {number_of(len(languages) - (ALL in languages), 'language')} "
        f"(n {min(counts):,} to {max(counts):,} replies each; coverage {percent(min(shares))} to "
        f"{percent(max(shares))}). {told}"
    )
    alt = "; ".join(
        f"{language_title(lang)}, {framing_style(f).title} "
        + ", ".join(f"{title.lower()} {percent(known(cells[lang, f], c))}" for c, title in panels)
        for lang in languages
        for f in framings
        if (lang, f) in cells
    )
    return Chart("figure7_refusals", page.figure, caption, f"{alt}.")


def _panel(
    axes: Axes, cells: Cells, languages: Sequence[str], framings: Sequence[str], column: str
) -> None:
    unit = 1 / (len(framings) + 0.12 / _LINE)
    most = 0.0
    for k, language in enumerate(languages):
        for j, framing in enumerate(framings):
            rate = known(cells.get((language, framing), {}), column)
            if rate is None:
                continue
            style = framing_style(framing)
            y = k + (j - (len(framings) - 1) / 2) * unit
            axes.plot([0, 100 * rate], [y, y], color=style.colour, linewidth=1.1, zorder=2)
            axes.plot(100 * rate, y, style.marker, color=style.colour, markersize=3.8, zorder=3,
                      clip_on=False)  # fmt: skip
            most = max(most, 100 * rate)
        if k:
            axes.axhline(k - 0.5, color="#d5d8dc", linewidth=0.5)
    axes.set_xlim(0, max(1.08 * most, 1.0))
    axes.set_ylim(len(languages) - 0.5, -0.5)
    light_grid(axes, "x")
    axes.tick_params(axis="y", length=0)


def _key(figure: Any, framings: Sequence[str], left: float) -> None:
    from matplotlib.lines import Line2D

    marks = [
        Line2D([], [], color=s.colour, marker=s.marker, markersize=4.5, linestyle="", label=s.title)
        for s in map(framing_style, framings)
    ]
    top = 1 - 0.57 / figure.get_figheight()
    figure.legend(handles=marks, loc="upper left", bbox_to_anchor=(left - 0.01, top + 0.005),
                  ncols=min(5, len(marks)), handletextpad=0.2, columnspacing=1.4, borderaxespad=0,
                  labelcolor=INK, fontsize=8)  # fmt: skip
