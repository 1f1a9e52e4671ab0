"""Why a figure is not there."""

from __future__ import annotations

from collections.abc import Mapping

from mores.report.blocks import Block, FigureBlock, Prose

__all__ = ["Figures", "figure_or_reason"]

Figures = Mapping[str, FigureBlock]

_MAP = "no persona has a coded answer to a question of the map, or the humans make no map"
_PROBE = "no question of the probe has coded answers of personas and answers of the humans"
_TOLD = "no persona is told a biography"
_REASONS = {
    "figure1_map": ("Figure 1", _MAP),
    "figure2_movement": (
        "Figure 2",
        f"{_MAP}, or the personas are too few to tell the effects of ten variables apart",
    ),
    "figure3_alignment": ("Figure 3", _PROBE),
    "figure4_foundations": (
        "Figure 4",
        "no item of the moral foundations questionnaire has a coded answer, and levels were not scored",
    ),
    "figure5_importance": (
        "Figure 5",
        "too few personas have scores on a foundation, and of none were all levels scored",
    ),
    "figure6_collapse": (
        "Figure 6",
        "no persona has a position, or too few are congruous to fit where they are expected",
    ),
    "figure7_diversity": ("Figure 7", _PROBE),
    "figure8_contradictions": ("Figure 8", f"{_TOLD}, or none was read again"),
    "figure9_demographics": ("Figure 9", f"{_TOLD}, or none says whom it is about"),
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
