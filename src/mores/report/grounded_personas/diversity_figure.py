"""Figure 7: diversity within and between personas, against that of the humans."""

from __future__ import annotations

from mores.report.blocks import Chart
from mores.report.grounded_personas.context import Basis, ModelTables, Rows, known, whole
from mores.report.grounded_personas.dots import Line, dot, draw, legend, limits, series
from mores.report.grounded_personas.labels import form_style, weighting_title
from mores.report.numbers import count, fixed
from mores.report.style import INK, drawing, sheet

__all__ = ["KINDS", "PARTS", "diversity", "everyone"]

PARTS = {
    "within": "Within a persona",
    "between": "Between personas",
    "total": "Both together",
}
KINDS = {"variance": "Variance", "entropy": "Entropy"}
WIDTH = 8.0


def everyone(model: ModelTables, kind: str, part: str) -> Rows:
    """Rows over all personas and all humans that have a ratio."""
    rows = model.rows("diversity", attribute="everyone", kind=kind, part=part)
    return [r for r in rows if known(r, "ratio") is not None]


def diversity(basis: Basis) -> Chart | None:
    """Two panels, variance and entropy; rows are within, between and total.

    Returns
    -------
    Chart or None
        None if there is no diversity to compare.
    """
    model = basis.models[0]
    kinds = [k for k in KINDS if any(everyone(model, k, p) for p in PARTS)]
    if not kinds:
        return None
    there = {
        (r["form"], r["weighting"]) for k in kinds for p in PARTS for r in everyone(model, k, p)
    }
    shown = [p for p in series(model.forms, model.weightings) if p in there]
    panels = {kind: _lines(model, kind, shown) for kind in kinds}
    told = (
        f"Diversity of answers over that of the {basis.humans} (1: as diverse), means over questions. "
        "Within: how undecided one persona is, which single answers do not show; between: how much "
        f"personas differ; together: all answers. Bars: {basis.level} bootstrap intervals over "
        f"personas; the {basis.humans} are held."
    )
    left, gap = 1.4, 0.3
    each = (WIDTH - left - 0.2 - gap * (len(kinds) - 1)) / len(kinds)
    with drawing():
        page = sheet(
            f"Diversity of personas against that of {basis.humans}",
            basis.who,
            basis.note(told),
            plot=max(0.4, 0.16 + 0.1 * len(shown)) * len(panels[kinds[0]]),
            width=WIDTH,
            above=0.62 + 0.16 * (len(shown) > 4),
            below=0.45,
        )
        high = page.figure.get_figheight()
        for k, (kind, lines) in enumerate(panels.items()):
            axes = page.axes((left + k * (each + gap)) / WIDTH, each / WIDTH)
            draw(axes, lines, named=k == 0)
            axes.axvline(1, color=INK, linewidth=1.0, zorder=1)
            axes.set_xlim(0, limits(lines, 1.0)[1])
            axes.set_title(KINDS[kind], size=8.8)
            axes.set_xlabel(f"{KINDS[kind].lower()}, ratio to {basis.humans}", size=7.8)
        legend(page.figure, shown, [],
               (0.36 / WIDTH, page.bottom + page.height + 0.26 / high))  # fmt: skip
        figure = page.figure
    caption = (
        f"Diversity of answers to the probe, personas over {basis.humans}{basis.labels}; "
        f"{_counted(model, shown)}. {told}"
    )
    return Chart("figure7_diversity", figure, caption, _alt(model, kinds, shown))


def _lines(model: ModelTables, kind: str, shown: list[tuple[str, str]]) -> list[Line]:
    lines = []
    for part, title in PARTS.items():
        rows = {(r["form"], r["weighting"]): r for r in everyone(model, kind, part)}
        if rows or any(everyone(model, k, part) for k in KINDS):
            lines.append(Line(title, [dot(rows.get(p, {}), "ratio", *p) for p in shown]))
    return lines


def _counted(model: ModelTables, shown: list[tuple[str, str]]) -> str:
    said = []
    for form in dict.fromkeys(f for f, _ in shown):
        row = model.one("diversity", form=form, attribute="everyone", part="total")
        coverage = model.one("alignment_by_group", form=form, attribute="everyone")
        said.append(
            f"{form_style(form).title.lower()} n {count(whole(row, 'n_personas'))}, "
            f"{count(whole(row, 'questions'))} questions, coverage "
            f"{fixed(known(coverage, 'coverage'), 3)}"
        )
    return "; ".join(said)


def _alt(model: ModelTables, kinds: list[str], shown: list[tuple[str, str]]) -> str:
    said = []
    for kind in kinds:
        for part, title in PARTS.items():
            rows = {(r["form"], r["weighting"]): r for r in everyone(model, kind, part)}
            for form, weighting in shown:
                value = known(rows.get((form, weighting), {}), "ratio")
                name = f"{form_style(form).title.lower()}, {weighting_title(weighting)}"
                said.append(f"{KINDS[kind].lower()} {title.lower()}, {name} {fixed(value, 2)}")
    return f"Ratios to the humans: {'; '.join(said)}."
