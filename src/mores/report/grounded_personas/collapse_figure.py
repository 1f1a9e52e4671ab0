"""Figure 6: how far from where they were asked to personas stand, by how congruous they are."""

from __future__ import annotations

from mores.report.blocks import Chart
from mores.report.grounded_personas.context import Basis, ModelTables, known, whole
from mores.report.grounded_personas.dots import legend, series
from mores.report.grounded_personas.labels import form_style, weighting_title
from mores.report.numbers import count, fixed
from mores.report.style import MUTED, PAPER, drawing, light_grid, sheet

__all__ = ["THRESHOLD", "collapse"]

THRESHOLD = 0.5
"""Congruence below which a configuration counts as incongruous."""
WIDTH = 7.4


def collapse(basis: Basis) -> Chart | None:
    """Mean distance in tenths of congruence, a line a form and weighting.

    Returns
    -------
    Chart or None
        None if there is no distance.
    """
    model = basis.models[0]
    rows = [r for r in model.rows("collapse_by_congruence") if known(r, "distance") is not None]
    shown = [
        (f, w)
        for f, w in series(model.forms, model.weightings)
        if any(r["form"] == f and r["weighting"] == w for r in rows)
    ]
    if not shown:
        return None
    told = (
        "Distance between where a persona was asked to stand (the mean position of its ten levels, "
        "fitted to the map on congruous personas) and where it stands. Congruence: 1, all levels on one "
        "side; below 0.5 (dashed) incongruous. Area of a mark: personas in the tenth. No interval by "
        "tenth; the table has those of the slope and of the pull."
    )
    most = max(int(r["n"]) for r in rows)
    with drawing():
        page = sheet(
            "Do incongruous personas collapse?",
            f"{basis.who} · a distance that falls with congruence would say so",
            basis.note(told),
            plot=3.0,
            width=WIDTH,
            above=0.4,
        )
        axes = page.axes(0.85 / WIDTH, (WIDTH - 1.05) / WIDTH)
        for form, weighting in shown:
            own = [r for r in rows if r["form"] == form and r["weighting"] == weighting]
            look, hollow = form_style(form), weighting != "uniform"
            aside = 0.009 * (model.forms.index(form) - (len(model.forms) - 1) / 2)
            x = [(r["congruence_low"] + r["congruence_high"]) / 2 + aside for r in own]
            y = [r["distance"] for r in own]
            axes.plot(x, y, color=look.colour, linewidth=1.2, zorder=2,
                      linestyle=(0, (3, 2)) if hollow else "-")  # fmt: skip
            axes.scatter(
                x, y, s=[14 + 90 * r["n"] / most for r in own], marker=look.marker, zorder=3,
                facecolor=PAPER if hollow else look.colour, edgecolor=look.colour, linewidth=1.1,
            )  # fmt: skip
        axes.axvline(THRESHOLD, color=MUTED, linewidth=1.0, linestyle=(0, (4, 3)), zorder=1)
        axes.set_xlim(0, 1)
        axes.set_ylim(0, 1.12 * max(r["distance"] for r in rows) or 1.0)
        axes.set_xlabel("congruence of the configuration (0 to 1)")
        axes.set_ylabel("distance from where asked\n(units of the map)", size=8.5)
        light_grid(axes, "y")
        top = page.bottom + page.height + 0.08 / page.figure.get_figheight()
        legend(page.figure, shown, [], (0.36 / WIDTH, top))
        figure = page.figure
    caption = (
        f"Displacement of personas by congruence{basis.labels}; {_counted(model, shown)}. {told}"
    )
    return Chart("figure6_collapse", figure, caption, _alt(model, shown))


def _counted(model: ModelTables, shown: list[tuple[str, str]]) -> str:
    said = []
    for form in dict.fromkeys(f for f, _ in shown):
        row = model.one("collapse", form=form)
        few = f"{count(whole(row, 'n_incongruous'))} incongruous, {count(whole(row, 'missing'))} missing"
        said.append(f"{form_style(form).title.lower()} n {count(whole(row, 'n'))}, {few}")
    return "; ".join(said)


def _alt(model: ModelTables, shown: list[tuple[str, str]]) -> str:
    said = []
    for form, weighting in shown:
        row = model.one("collapse", form=form, weighting=weighting, measure="slope")
        name = f"{form_style(form).title}, {weighting_title(weighting)}"
        said.append(f"{name}: slope {fixed(known(row, 'value'))}")
    return f"Mean distance by tenths of congruence. {'; '.join(said)}."
