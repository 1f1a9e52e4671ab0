"""Figure 4: means and spread of the moral foundations, answered and inferred."""

from __future__ import annotations

from dataclasses import replace

from mores.instruments.mfq2 import FOUNDATIONS
from mores.report.blocks import Chart
from mores.report.grounded_personas.context import Basis, ModelTables, known, whole
from mores.report.grounded_personas.dots import Dot, Line, dot, draw, legend, limits, series
from mores.report.grounded_personas.labels import (
    ALONE,
    form_style,
    foundation_title,
    weighting_title,
)
from mores.report.numbers import count, fixed, percent
from mores.report.style import drawing, sheet

__all__ = ["foundations"]

WIDTH = 8.0
_GRID = "grid"


def foundations(basis: Basis) -> Chart | None:
    """A row a foundation; marks by form and weighting, of the grid, and without a persona.

    Returns
    -------
    Chart or None
        None if no foundation has a mean.
    """
    model = basis.models[0]
    rows = [r for r in model.rows("moral_foundations") if known(r, "mean") is not None]
    if not rows:
        return None
    pairs = {(r["form"], r["weighting"]) for r in rows}
    shown = [p for p in series([*model.forms, _GRID], model.weightings) if p in pairs]
    lines = [
        Line(
            foundation_title(f),
            [_dot(model, form, weighting, f) for form, weighting in shown],
            _alone(model, f),
        )
        for f in FOUNDATIONS
    ]
    ends = any(d is not None and d.ends for line in lines for d in line.dots)
    told = (
        "Marks: means; thin lines: one standard deviation over personas to either side"
        + (f"; thick: {basis.level} bootstrap intervals of the mean over personas" if ends else "")
        + ". Answered: mean of six items, 1 to 5. Inferred: a persona's profile is the mean of ten "
        "scores of its levels, 1 to 5; being a mean of ten it varies less, so that its spread does "
        "not compare with that of answers."
    )
    with drawing():
        page = sheet(
            "Moral foundations of personas",
            f"{basis.who} · {basis.items}",
            basis.note(told),
            plot=max(0.3, 0.14 + 0.075 * len(shown)) * len(lines),
            width=WIDTH,
            above=0.5 + 0.16 * (len(shown) > 3),
            below=0.45,
        )
        axes = page.axes(1.35 / WIDTH, (WIDTH - 1.55) / WIDTH)
        draw(axes, lines)
        low, high = limits(lines)
        axes.set_xlim(max(low, 0.9), min(high, 5.1))
        axes.set_xlabel("score of the foundation (1 to 5)", size=8)
        legend(
            page.figure,
            shown,
            [("no persona", "No persona")] * any(line.beside for line in lines),
            (0.36 / WIDTH, page.bottom + page.height + 0.1 / page.figure.get_figheight()),
            {_GRID: "Inferred"},
        )
        figure = page.figure
    answered = any(r["source"] == "answered" for r in rows)
    which = f"{basis.items}{basis.labels}" if answered else f"scores of 32 levels{basis.labels}"
    caption = f"Six moral foundations, {which}; {_counted(model, shown)}. {told}"
    return Chart("figure4_foundations", figure, caption, _alt(model, shown))


def _dot(model: ModelTables, form: str, weighting: str, foundation: str) -> Dot | None:
    row = model.one("moral_foundations", form=form, weighting=weighting, foundation=foundation)
    found = dot(row, "mean", form, weighting, "mean")
    return None if found is None else replace(found, spread=known(row, "sd"))


def _alone(model: ModelTables, foundation: str) -> list[tuple[str, float]]:
    value = known(model.one("moral_foundations", form=ALONE, foundation=foundation), "mean")
    return [] if value is None else [("no persona", value)]


def _counted(model: ModelTables, shown: list[tuple[str, str]]) -> str:
    said = []
    for form in dict.fromkeys(f for f, _ in shown):
        row = model.one("moral_foundations", form=form)
        title = form_style(form).title.lower()
        said.append(
            f"{title} n {count(whole(row, 'n'))}, coverage {percent(known(row, 'coverage'))}"
        )
    return "; ".join(said)


def _alt(model: ModelTables, shown: list[tuple[str, str]]) -> str:
    said = []
    for form, weighting in shown:
        means = [
            f"{f} {fixed(known(row, 'mean'), 2)}"
            for f in FOUNDATIONS
            if (row := model.one("moral_foundations", form=form, weighting=weighting, foundation=f))
        ]
        name = f"{form_style(form).title}, {weighting_title(weighting)}"
        said.append(f"{name}: {', '.join(means)}")
    return f"Means of the foundations. {'; '.join(said)}."
