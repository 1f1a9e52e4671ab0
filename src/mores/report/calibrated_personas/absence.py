"""Why a figure is not there."""

from __future__ import annotations

from collections.abc import Mapping

from mores.report.blocks import Block, FigureBlock, Prose

__all__ = ["Figures", "figure_or_reason"]

Figures = Mapping[str, FigureBlock]

_REASONS = {
    "figure1a_cultural_map": (
        "Figure 1 A",
        "no arm has an answer to the map's indicators, without which nothing can be placed",
    ),
    "figure1b_personas_on_map": (
        "Figure 1 B",
        "no persona can be placed: that takes personas without values, asked the map's indicators",
    ),
    "figure2_error_by_arm": ("Figure 2", "there are no errors by country"),
    "figure2_error_by_model": ("Figure 2", "there are no errors by country"),
    "figure3_error_by_personas": (
        "Figure 3",
        "there is nothing to resample, as no arm with personas has enough of them",
    ),
    "figure4_diversity": (
        "Figure 4",
        "it shows the arms country and value with nationality beside the others of figure 10; here "
        "there are none of the two, or no others",
    ),
    "figure10_diversity_by_arm": ("Figure 10", "no variance could be computed"),
    "figure5_guidance": ("Figure 5", "no arm was asked in more than one guidance variant"),
    "figure6_descriptors": ("Figure 6", "no arm was asked with more than one descriptor set"),
    "figure7_shapley": (
        "Figure 7",
        "Shapley values need personas with some of their descriptors, which this study did not ask",
    ),
    "figure8_by_question": (
        "Figure 8",
        "it needs both the country arm and value personas, with a question answered in each",
    ),
    "figure9_temperature": ("Figure 9", "errors at other temperatures were not computed"),
    "figure11_error_heat_map": ("Figure 11", "there are no errors by country"),
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
