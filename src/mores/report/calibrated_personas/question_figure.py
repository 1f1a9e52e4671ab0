"""Figure 8: question by question, personas made of values against the country's name."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from mores.report.blocks import Chart
from mores.report.calibrated_personas.context import Basis, ModelTables, known, mean_of
from mores.report.calibrated_personas.labels import arm_style, question_title, safe
from mores.report.numbers import fixed, number_of
from mores.report.point_labels import write_names
from mores.report.style import INK, MUTED, SERIES, drawing, sheet

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["Paired", "by_question", "paired_questions"]

_NAMED = 9
_MARKERS = "os^DvP<>X"


@dataclass(frozen=True, slots=True)
class Paired:
    """Errors of two arms by question, each the mean over the countries in which both are known.

    Attributes
    ----------
    across, up : str
        The arms.
    errors : mapping of str to (float, float)
        By question: of `across` and of `up`.
    """

    across: str
    up: str
    errors: Mapping[str, tuple[float, float]]

    @property
    def above(self) -> int:
        """Questions in which the first arm has the lower error."""
        return sum(a < u for a, u in self.errors.values())


def paired_questions(model: ModelTables) -> Paired | None:
    """Value personas, with nationality where they were asked so, against the country arm."""
    across = next((a for a in ("value+nationality", "value") if a in model.arms), None)
    if across is None or "country" not in model.arms:
        return None
    found: dict[str, dict[tuple[str, str], float]] = {across: {}, "country": {}}
    for row in model.main("errors"):
        error = known(row, "absolute_error")
        if row["arm"] in found and error is not None:
            found[row["arm"]][row["question"], row["country"]] = error
    both = [key for key in found[across] if key in found["country"]]
    errors = {}
    for question in dict.fromkeys(q for q, _ in both):
        keys = [key for key in both if key[0] == question]
        pair = (mean_of([found[arm][k] for k in keys]) for arm in (across, "country"))
        x, y = pair
        if x is not None and y is not None:
            errors[question] = (x, y)
    return Paired(across, "country", errors) if errors else None


def by_question(basis: Basis) -> Chart | None:
    """A point a question; with several models also their average, in black."""
    found = {m.label: p for m in basis.models if (p := paired_questions(m)) is not None}
    if not found:
        return None
    across = {p.across for p in found.values()}
    if len(across) > 1:  # some without nationality: not one comparison
        same = next(iter(found.values())).across
        found = {label: p for label, p in found.items() if p.across == same}
    average = _average(list(found.values()))
    top = 1.08 * max(max(pair) for p in found.values() for pair in p.errors.values())
    first = next(iter(found.values()))
    with drawing():
        page = sheet(
            "Error question by question",
            f"{basis.subtitle} · above the diagonal the personas are better",
            basis.note(
                f"{number_of(len(average.errors), 'question')}, each the mean over the countries in "
                f"which both arms are known. {average.above} of them lie above the diagonal."
                + " Black: mean over models."
                * (len(found) > 1)
            ),
            plot=4.6,
            width=7.4,
            below=0.5,
            above=0.05,
        )
        width, high = page.figure.get_figwidth(), page.figure.get_figheight()
        axes = page.figure.add_axes(
            ((0.8 if len(found) > 1 else 1.6) / width, page.bottom, 4.6 / width, 4.6 / high)
        )
        axes.set_xlim(0, top)
        axes.set_ylim(0, top)
        axes.plot([0, top], [0, top], color=MUTED, linewidth=0.9, linestyle=(0, (4, 3)))
        if len(found) > 1:
            _models(axes, found)
        _points(axes, average, top, found)
        axes.set_xlabel(f"mean absolute error, {arm_style(first.across).title}")
        axes.set_ylabel(f"mean absolute error, {arm_style(first.up).title}")
        axes.grid(visible=True)
        axes.tick_params(length=0)
        axes.locator_params(nbins=6)
        if len(found) > 1:
            axes.legend(loc="upper left", bbox_to_anchor=(1.02, 1.0), fontsize=7.8)
    caption = (
        "Mean absolute error, as a share of each scale's range, of every question: value personas "
        "across, asking for the country's typical person up. A point above the diagonal is a question "
        "in which the personas are nearer to the humans. Named are the questions farthest from the "
        "diagonal and those with the largest errors."
        + " Coloured: models; black: their mean."
        * (len(found) > 1)
    )
    return Chart("figure8_by_question", page.figure, caption, _alt(average))


def _average(pairs: Sequence[Paired]) -> Paired:
    first = pairs[0]
    errors = {}
    for question in dict.fromkeys(q for p in pairs for q in p.errors):
        there = [p.errors[question] for p in pairs if question in p.errors]
        xs, ys = zip(*there, strict=True)
        errors[question] = (sum(xs) / len(xs), sum(ys) / len(ys))
    return Paired(first.across, first.up, errors)


def _models(axes: Axes, found: Mapping[str, Paired]) -> None:
    colours = SERIES[1:]
    for k, (label, pair) in enumerate(found.items()):
        points = np.array(list(pair.errors.values()))
        axes.plot(
            *points.T, linestyle="", marker=_MARKERS[k % len(_MARKERS)], markersize=3.6, alpha=0.75,
            color=colours[k % len(colours)], label=safe(label, 24), markeredgewidth=0,
        )  # fmt: skip


def _points(axes: Axes, pair: Paired, top: float, models: Mapping[str, Paired]) -> None:
    points = np.array(list(pair.errors.values()))
    axes.plot(*points.T, linestyle="", marker="o", markersize=4.6, color=INK, markeredgecolor="white",
              markeredgewidth=0.4, zorder=3)  # fmt: skip
    questions = list(pair.errors)
    far = np.argsort(-np.abs(points[:, 1] - points[:, 0]))[: _NAMED - 2]
    large = np.argsort(-points.sum(axis=1))[:2]
    named = list(dict.fromkeys([*far.tolist(), *large.tolist()]))
    rest = [i for i in range(len(points)) if i not in named]
    several = list(models.values()) if len(models) > 1 else []
    others = [np.array(list(p.errors.values())) for p in several]
    line = np.linspace(0, top, 60)
    write_names(
        axes,
        points[named],
        [question_title(questions[i], 30) for i in named],
        size=7.0,
        mark=4.6,
        obstacles=np.concatenate([points[rest], *others]),
        faint=np.stack([line, line], axis=1),
    )


def _alt(pair: Paired) -> str:
    ranked = sorted(pair.errors.items(), key=lambda item: item[1][0] - item[1][1])
    ends = [*ranked[:2], *ranked[-2:]] if len(ranked) > 4 else ranked
    said = "; ".join(f"{question_title(q)} {fixed(x)} against {fixed(y)}" for q, (x, y) in ends)
    return (
        f"Errors of {number_of(len(ranked), 'question')}, {arm_style(pair.across).title} against "
        f"{arm_style(pair.up).title}; the first is better in {pair.above}. {said}."
    )
