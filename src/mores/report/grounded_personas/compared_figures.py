"""Figures of several runs side by side."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeAlias

import numpy as np

from mores.instruments.mfq2 import FOUNDATIONS
from mores.report.blocks import Chart
from mores.report.culture_map.figure import X_AXIS, Y_AXIS
from mores.report.grounded_personas.alignment_figure import PAPER_RANGE
from mores.report.grounded_personas.context import Basis, ModelTables, ends_of, known, whole
from mores.report.grounded_personas.dots import (
    Dot,
    Line,
    dot,
    draw,
    legend,
    legend_of,
    limits,
    series,
)
from mores.report.grounded_personas.importance_figure import GRID_FORM, sources_of, title_of
from mores.report.grounded_personas.labels import (
    FormStyle,
    form_style,
    forms_of,
    foundation_title,
    variable_ids,
    variable_title,
    weightings_of,
)
from mores.report.grounded_personas.map_figure import one_scale
from mores.report.numbers import count, fixed
from mores.report.style import GRID, MUTED, PAPER, SERIES, drawing, sheet

__all__ = ["alignment_by_model", "clouds_by_model", "foundations_by_model", "importance_by_model"]

Picked: TypeAlias = Callable[[ModelTables, str, str], "Dot | None"]

WIDTH = 8.0


def _all_forms(basis: Basis) -> list[str]:
    return forms_of(form for model in basis.models for form in model.forms)


def _all_weightings(basis: Basis) -> list[str]:
    return weightings_of(w for model in basis.models for w in model.weightings)


def _lines(
    basis: Basis, shown: Sequence[tuple[str, str]], picked: Picked
) -> tuple[list[Line], list[tuple[str, str]]]:
    """A row a run, and the forms and weightings that any of them has."""
    dots = [[picked(model, *one) for one in shown] for model in basis.models]
    there = [k for k in range(len(shown)) if any(row[k] is not None for row in dots)]
    lines = [
        Line(model.label[:34], [row[k] for k in there])
        for model, row in zip(basis.models, dots, strict=True)
    ]
    return lines, [shown[k] for k in there]


def alignment_by_model(basis: Basis) -> Chart | None:
    """A row a run: alignment with everyone, by form and weighting."""

    def picked(model: ModelTables, form: str, weighting: str) -> Dot | None:
        row = model.one("alignment_overall", form=form, weighting=weighting, attribute="everyone")
        return dot(row, "alignment", form, weighting)

    shown = series(_all_forms(basis), _all_weightings(basis))
    lines, shown = _lines(basis, shown, picked)
    if not shown:
        return None
    with_references = []
    for line, model in zip(lines, basis.models, strict=True):
        row = model.one("alignment_overall", attribute="everyone", weighting="uniform")
        pairs = (("uniform answers", "uniform"), ("split half", "split_half"))
        beside = [(kind, v) for kind, c in pairs if (v := known(row, c)) is not None]
        with_references.append(Line(line.title, line.dots, beside))
    told = (
        f"Alignment with everyone. Bars: {basis.level} bootstrap intervals over personas and "
        f"{basis.humans}. Band: {PAPER_RANGE[0]:.3f}–{PAPER_RANGE[1]:.3f}, which the paper reports of "
        "another model and real respondents."
    )
    with drawing():
        page = sheet(
            f"Alignment of personas with {basis.humans}, by run",
            basis.who,
            basis.note(told),
            plot=_tall(lines, shown),
            width=WIDTH,
            above=0.55 + 0.16 * (len(shown) > 2),
            below=0.45,
        )
        axes = page.axes(2.2 / WIDTH, (WIDTH - 2.4) / WIDTH)
        draw(axes, with_references)
        axes.axvspan(*PAPER_RANGE, color="#e8c56a", alpha=0.35, linewidth=0, zorder=0.5)
        low, high = limits(with_references, *PAPER_RANGE)
        axes.set_xlim(low, min(high, 1.005))
        axes.set_xlabel("alignment with everyone (0 to 1)", size=8)
        references = [("uniform answers", "Uniform answers"), ("split half", "Split half")]
        high_inches = page.figure.get_figheight()
        legend(page.figure, shown, references,
               (0.36 / WIDTH, page.bottom + page.height + 0.1 / high_inches))  # fmt: skip
    caption = f"{told} {_counted(basis)}{basis.labels}."
    return Chart("figure1_alignment", page.figure, caption, _said(basis, lines, shown))


def _tall(lines: Sequence[Line], shown: Sequence[object]) -> float:
    return max(0.3, 0.16 + 0.09 * len(shown)) * len(lines)


def _counted(basis: Basis) -> str:
    said = []
    for model in basis.models:
        rows = [r for r in model.rows("requests") if r.get("form") != "level"]
        asked = sum(int(r.get("asked") or 0) for r in rows)
        coded = sum(int(r.get("coded") or 0) for r in rows)
        said.append(f"{model.label} n {count(coded)} of {count(asked)} answers coded")
    return "; ".join(said)


def _said(basis: Basis, lines: Sequence[Line], shown: Sequence[tuple[str, str]]) -> str:
    said = []
    for model, line in zip(basis.models, lines, strict=True):
        values = [
            f"{form_style(form).title.lower()} {weighting} {fixed(one.value)}"
            for (form, weighting), one in zip(shown, line.dots, strict=True)
            if one is not None
        ]
        said.append(f"{model.label}: {', '.join(values) or 'none'}")
    return f"{'; '.join(said)}."


def clouds_by_model(basis: Basis) -> Chart | None:
    """Mean and 95 % ellipse of each run and form, uniform, on one map."""
    from matplotlib.lines import Line2D
    from matplotlib.patches import Ellipse

    placed = [
        (k, form, row)
        for k, model in enumerate(basis.models)
        for form in model.forms
        if (row := model.one("clouds", form=form, weighting="uniform"))
        and known(row, "x") is not None
        and known(row, "ellipse_major") is not None
    ]
    if not placed:
        return None
    told = (
        "Marks: mean positions of the personas, every configuration counting the same, with "
        f"{basis.level} bootstrap intervals over personas; outlines: the ellipses that would hold 95 % "
        "of them, were they normally distributed. Crosses: the models without a persona."
    )
    with drawing():
        page = sheet(
            "Clouds of personas on the map, by run",
            basis.who,
            basis.note(told),
            plot=5.0,
            width=WIDTH,
            above=0.1 + 0.17 * len(placed),
        )
        axes = page.axes(0.62 / WIDTH, (WIDTH - 0.8) / WIDTH)
        handles, reached = [], []
        for k, form, row in placed:
            model, look = basis.models[k], form_style(form)
            colour = SERIES[k % len(SERIES)]
            reach = row["ellipse_major"]
            reached += [(row["x"] - reach, row["y"] - reach), (row["x"] + reach, row["y"] + reach)]
            axes.add_patch(
                Ellipse((row["x"], row["y"]), 2 * row["ellipse_major"], 2 * row["ellipse_minor"],
                        angle=row["angle"], fill=False, edgecolor=colour, linewidth=1.2,
                        linestyle={"biography": (0, (4, 2)), "both": (0, (1, 1.5))}.get(form, "-"))
            )  # fmt: skip
            for axis, lines in (("x", axes.hlines), ("y", axes.vlines)):
                ends = ends_of(row, axis)
                if ends is not None:
                    lines(row["y" if axis == "x" else "x"], *ends, color=colour, linewidth=1.4)
            axes.plot(row["x"], row["y"], marker=look.marker, color=colour, markersize=6.5,
                      markeredgecolor=PAPER, linestyle="", zorder=4)  # fmt: skip
            handles.append(
                Line2D([], [], marker=look.marker, color=colour, markersize=6, linewidth=1.2,
                       label=f"{model.label[:50]}, {look.title.lower()}, n {count(whole(row, 'n'))}")
            )  # fmt: skip
            if model.alone is not None:
                axes.plot(*model.alone, marker="X", color=colour, markersize=8,
                          markeredgecolor=PAPER, linestyle="", zorder=5)  # fmt: skip
                reached.append(model.alone)
        points = np.array(reached)
        low, high = points.min(axis=0) - 0.1, points.max(axis=0) + 0.1
        area = (float(low[0]), float(high[0]), float(low[1]), float(high[1]))
        area = one_scale(area, 5.0 / (WIDTH - 0.8))
        axes.set_xlim(*area[:2])
        axes.set_ylim(*area[2:])
        axes.grid(visible=True)
        axes.axhline(0, color=GRID, linewidth=1.2, zorder=0.6)
        axes.axvline(0, color=GRID, linewidth=1.2, zorder=0.6)
        axes.set_xlabel(X_AXIS, size=8)
        axes.set_ylabel(Y_AXIS, size=8)
        top = page.bottom + page.height + 0.06 / page.figure.get_figheight()
        page.figure.legend(handles=handles, loc="lower left", bbox_to_anchor=(0.36 / WIDTH, top),
                           fontsize=7.6, borderaxespad=0.0)  # fmt: skip
    said = [
        f"{basis.models[k].label}, {form}: {fixed(row['x'], 2)}, {fixed(row['y'], 2)}"
        for k, form, row in placed
    ]
    caption = f"{told} In units of the map of the {basis.humans}{basis.labels}. {_counted(basis)}."
    return Chart("figure2_clouds", page.figure, caption, f"Mean positions: {'; '.join(said)}.")


def _panels(
    basis: Basis,
    name: str,
    title: str,
    told: str,
    panels: Sequence[tuple[str, Sequence[Line]]],
    shown: Sequence[tuple[str, str]],
    axis: str,
    ends: tuple[float, ...],
    runs: Sequence[FormStyle] = (),
) -> Chart:
    """Six panels of rows, three to a line, on one scale."""
    left, gap, columns = 1.5, 0.2, 3
    lines = panels[0][1]
    tall, between = _tall(lines, shown), 0.55
    rows = -(-len(panels) // columns)
    each = (9.4 - left - 0.2 - gap * (columns - 1)) / columns
    with drawing():
        page = sheet(title, basis.who, basis.note(told), plot=rows * tall + (rows - 1) * between,
                     width=9.4, above=0.65, below=0.5)  # fmt: skip
        high = page.figure.get_figheight()
        low, most = limits([line for _, own in panels for line in own], *ends)
        for k, (heading, own) in enumerate(panels):
            row, column = divmod(k, columns)
            bottom = page.bottom + (rows - 1 - row) * (tall + between) / high
            axes = page.figure.add_axes(
                ((left + column * (each + gap)) / 9.4, bottom, each / 9.4, tall / high)
            )
            draw(axes, own, named=column == 0)
            axes.set_xlim(low, most)
            axes.set_title(heading, size=8.4)
            axes.set_xlabel(axis if row == rows - 1 else "", size=7.8)
            if 0.0 in ends:
                axes.axvline(0, color=MUTED, linewidth=0.8, zorder=1)
        at = (0.36 / 9.4, page.bottom + page.height + 0.3 / high)
        if runs:
            legend_of(page.figure, runs, at)
        else:
            legend(page.figure, shown, [], at, {GRID_FORM: "Inferred"})
    caption = f"{told} {_counted(basis)}{basis.labels}."
    alt = f"{title}: {', '.join(heading for heading, _ in panels)}, of {len(basis.models)} runs."
    return Chart(name, page.figure, caption, alt)


def foundations_by_model(basis: Basis) -> Chart | None:
    """A panel a foundation, a row a run: means, uniform, with spread."""
    forms = [*_all_forms(basis), GRID_FORM]
    panels, used = [], list[tuple[str, str]]()
    wanted = series(forms, ["uniform"])
    for foundation in FOUNDATIONS:

        def picked(
            model: ModelTables, form: str, weighting: str, foundation: str = foundation
        ) -> Dot | None:
            row = model.one(
                "moral_foundations", form=form, weighting=weighting, foundation=foundation
            )
            value = known(row, "mean")
            look: FormStyle = form_style(form)
            spread = known(row, "sd")
            return None if value is None else Dot(value, ends_of(row, "mean"), look, False, spread)

        lines, there = _lines(basis, wanted, picked)
        panels.append((foundation_title(foundation), lines))
        used = there if len(there) > len(used) else used
    if not used:
        return None
    told = (
        "Means of foundations, every configuration counting the same. Thin lines: one standard "
        f"deviation over personas; thick: {basis.level} bootstrap intervals of the mean."
    )
    shown = [(form, "") for form, _ in used]
    return _panels(basis, "figure3_foundations", "Moral foundations, by run", told, panels, shown,
                   "score (1 to 5)", ())  # fmt: skip


def importance_by_model(basis: Basis) -> Chart | None:
    """A panel a foundation, a row a variable, a mark a run: shares of variance."""
    pairs = [(k, f) for k, m in enumerate(basis.models) for f in sources_of(m)]
    if not pairs:
        return None
    form = next((f for f in _all_forms(basis) if any(p[1] == f for p in pairs)), GRID_FORM)
    own = [k for k, f in pairs if f == form]
    panels = []
    for foundation in FOUNDATIONS:
        lines = []
        for variable in variable_ids():
            dots = list[Dot | None]()
            for k in own:
                row = basis.models[k].one(
                    "variable_importance", form=form, foundation=foundation, variable=variable
                )
                value = known(row, "eta2")
                dots.append(
                    None if value is None else Dot(value, ends_of(row, "eta2"), _of_run(basis, k))
                )
            lines.append(Line(variable_title(variable), dots))
        panels.append((foundation_title(foundation), lines))
    runs = [_of_run(basis, k) for k in own]
    told = (
        f"η², {title_of(form).lower()}: share of a foundation's variance over personas that goes with a "
        f"variable. Bars: {basis.level} bootstrap intervals over personas. Where a "
        "foundation hardly varies, shares say little: the table has variances."
    )
    return _panels(basis, "figure4_importance", "What drives foundations, by run", told, panels, [],
                   "η² (0 to 1)", (0.0,), runs)  # fmt: skip


_MARKERS = ("o", "^", "s", "D", "v", "P", "X", "*")


def _of_run(basis: Basis, k: int) -> FormStyle:
    """Name, colour and marker of a run."""
    place = k % len(SERIES)
    return FormStyle("", basis.models[k].label[:40], SERIES[place], _MARKERS[place])
