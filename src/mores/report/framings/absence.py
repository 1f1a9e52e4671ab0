"""Why a figure is not there."""

from __future__ import annotations

from collections.abc import Mapping

from mores.report.blocks import Block, FigureBlock, Prose

__all__ = ["Figures", "figure_or_reason"]

Figures = Mapping[str, FigureBlock]

_NOTHING = "no question has a coded answer, a coded baseline and answers of the humans"
_REASONS = {
    "figure2_overall": ("Figure 2", _NOTHING),
    "figure3_by_slice": ("Figure 3", _NOTHING),
    "figure4_by_axis": ("Figure 4", "no coded answer is to a question of a semantic axis"),
    "figure5_deviations": ("Figure 5", "there are no deviations from a world average"),
    "figure6_by_category": ("Figure 6", _NOTHING),
    "figure7_refusals": ("Figure 7", "there are no replies"),
    "figure8_models": (
        "Figure 8",
        "no row of a unit, a slice and a framing has a coded answer of two of these models",
    ),
    "figure_gaps": ("The figure of gaps", _NOTHING),
    "figure_prompt_languages": (
        "The figure of prompt languages",
        "countries were asked about in their own languages only",
    ),
}


def figure_or_reason(figures: Figures, *names: str) -> list[Block]:
    """The figures of these names; for one that was not drawn, a sentence on why."""
    found: list[Block] = []
    for name in names:
        if name in figures:
            found.append(figures[name])
        else:
            number, reason = _REASONS[name]
            found.append(Prose([f"{number} is not drawn: {reason}."]))
    return found
