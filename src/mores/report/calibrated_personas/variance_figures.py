"""Figures 4 and 10: how diverse the answers are, before and after calibration."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median
from typing import TYPE_CHECKING, Any

from mores.report.blocks import Chart
from mores.report.calibrated_personas.boxes import WHISKERS, draw_boxes
from mores.report.calibrated_personas.context import Basis, ModelTables, Rows, known
from mores.report.calibrated_personas.labels import ALL_COUNTRIES, arm_style
from mores.report.numbers import fixed, number_of
from mores.report.style import INK, drawing, light_grid, sheet

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["PAPER_ARMS", "calibrated_rows", "variance_charts"]

PAPER_ARMS = ("country", "value+nationality")
_LETTERS = "ABC"


@dataclass(frozen=True, slots=True)
class _Panel:
    """One panel: what it shows, and the numbers of the humans and of each arm."""

    title: str
    humans: list[float]
    arms: list[list[float]]

    @property
    def n(self) -> int:
        """Of the longest of its boxes."""
        return max([len(self.humans), *(len(a) for a in self.arms)])


def calibrated_rows(model: ModelTables, arm: str | None = None) -> Rows:
    """Calibration by tilting with the first objective, of the condition that stands for each arm."""
    rows = [r for r in model.main("calibration") if r.get("method", "tilting") == "tilting"]
    first = rows[0].get("objective") if rows else None
    rows = [r for r in rows if r.get("objective") == first]
    return rows if arm is None else [r for r in rows if r["arm"] == arm]


def variance_charts(basis: Basis) -> list[Chart]:
    """Figure 4 of the paper's two arms and figure 10 of all; only the second if they are the same."""
    model = basis.models[0]
    if not any(known(r, "variance_mixture") is not None for r in model.main("errors")):
        return []
    chosen = [arm for arm in model.arms if arm in PAPER_ARMS]
    found = []
    if chosen and chosen != model.arms:
        name = "figure4_diversity"
        found.append(_chart(basis, model, chosen, name, "Diversity of answers"))
    name = "figure10_diversity_by_arm"
    return [*found, _chart(basis, model, model.arms, name, "Diversity of answers, all arms")]


def _panels(model: ModelTables, arms: Sequence[str]) -> list[_Panel]:
    rows = model.main("errors")
    panels = [
        _Panel(title, _humans(rows), [_numbers(rows, arm, column) for arm in arms])
        for title, column in (
            ("whole population", "variance_mixture"),
            ("within a persona", "variance_within"),
        )
    ]
    calibrated, column = _after(model)
    after = [_numbers(calibrated, arm, column) for arm in arms]
    if any(after):
        panels.append(_Panel("whole population, calibrated", _humans(calibrated), after))
    return panels


def _after(model: ModelTables) -> tuple[Rows, str]:
    """Variances after calibration: by country where a table has them, else means over countries."""
    kept = [r for r in model.main("calibrated_cells") if r.get("method", "tilting") == "tilting"]
    human = {(r["country"], r["question"]): r["variance_human"] for r in model.main("errors")}
    cells = [
        r | {"variance_human": human.get((r["country"], r["question"]))}
        for r in kept
        if r.get("objective") == kept[0].get("objective")
        and known(r, "variance_calibrated") is not None
    ]
    return (cells, "variance_calibrated") if cells else (calibrated_rows(model), "variance_after")


def _numbers(rows: Rows, arm: str, column: str) -> list[float]:
    return [v for r in rows if r["arm"] == arm and (v := known(r, column)) is not None]


def _humans(rows: Rows) -> list[float]:
    """Of each question (and country) once, though every arm has it."""
    found = {(r.get("country"), r["question"]): known(r, "variance_human") for r in rows}
    return [v for v in found.values() if v is not None]


def _chart(basis: Basis, model: ModelTables, arms: Sequence[str], name: str, title: str) -> Chart:
    panels = _panels(model, arms)
    looks = [arm_style(arm) for arm in arms]
    lines = 1 + len(arms)
    width, left, gap = 9.4, 1.95, 0.22
    each = (width - left - 0.15 - gap * (len(panels) - 1)) / len(panels)
    pooled = {r.get("country") for r in _after(model)[0]} == {ALL_COUNTRIES}
    units = f"A and B: {number_of(panels[0].n, 'question–country pair')} a box"
    if len(panels) > 2:
        what = "question" if pooled else "question–country pair"
        units += f"; C: {number_of(panels[2].n, what)}"
    with drawing():
        page = sheet(
            title,
            f"{basis.subtitle} · 0: all answer alike, 1: half at each end of the scale",
            basis.note(f"{WHISKERS} {units}."),
            plot=0.4 * lines + 0.2,
            width=width,
            above=0.28,
        )
        top = _top(panels)
        for k, panel in enumerate(panels):
            axes = page.axes((left + k * (each + gap)) / width, each / width)
            groups = [panel.humans, *panel.arms]
            draw_boxes(
                axes, groups, range(lines), [INK, *(look.colour for look in looks)],
                vertical=False, hollow=[False, *(look.bare for look in looks)],
            )  # fmt: skip
            if panel.humans:
                axes.axvline(median(panel.humans), color=INK, linewidth=0.8, linestyle=(0, (4, 3)))
            names = [basis.humans.capitalize(), *(look.title for look in looks)]
            _frame(axes, f"{_LETTERS[k]}  {panel.title}", names if k == 0 else [], lines, top)
    return Chart(name, page.figure, _caption(basis, panels, pooled), _alt(panels, looks))


def _top(panels: Sequence[_Panel]) -> float:
    most = max((max(g) for p in panels for g in (p.humans, *p.arms) if g), default=1.0)
    return min(1.02, 1.05 * most)


def _frame(axes: Axes, title: str, names: list[str], lines: int, top: float) -> None:
    axes.set_title(title, size=8.8)
    axes.set_xlim(0, top)
    axes.set_ylim(lines - 0.45, -0.55)
    axes.set_yticks(range(lines), names or [""] * lines, size=8.2)
    axes.set_xlabel("normalised variance", size=8.2)
    axes.locator_params(axis="x", nbins=5)
    light_grid(axes, "x")


def _caption(basis: Basis, panels: Sequence[_Panel], pooled: bool) -> str:
    text = (
        "Normalised variance, variance ÷ (half the scale's range)², of the "
        f"{basis.humans} and of the model. A: of the distribution over all personas, which is what "
        "a survey of them would show. B: the mean over personas of each one's own variance: doubt "
        "within a persona, without the differences between personas; beside it the variance of the "
        "humans, who differ among each other. "
    )
    if len(panels) > 2:
        text += (
            "C: as A, after mean-preserving tilting at the temperature that fits the other questions"
            + (", mean over countries. " if pooled else ". ")
        )
    else:
        text += "There is no panel after calibration, because nothing was calibrated. "
    return text + f"Dashed: median of the {basis.humans}. {WHISKERS}"


def _alt(panels: Sequence[_Panel], looks: Sequence[Any]) -> str:
    said = []
    for panel in panels:
        pairs = [("humans", panel.humans)]
        pairs += [(look.title, g) for look, g in zip(looks, panel.arms, strict=True)]
        medians = ", ".join(f"{who} {fixed(median(g) if g else None)}" for who, g in pairs)
        said.append(f"{panel.title}: {medians}")
    return f"Median normalised variance. {'; '.join(said)}."
