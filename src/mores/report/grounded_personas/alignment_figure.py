"""Figure 3: how near groups of personas come to the same groups of humans."""

from __future__ import annotations

from mores.report.blocks import Chart
from mores.report.grounded_personas.context import Basis, ModelTables, known, whole
from mores.report.grounded_personas.dots import Line, dot, draw, legend, limits, series
from mores.report.grounded_personas.labels import (
    attribute_title,
    form_style,
    group_title,
    weighting_title,
)
from mores.report.numbers import count, fixed, percent
from mores.report.style import MUTED, drawing, sheet

__all__ = ["PAPER_RANGE", "alignment", "groups_of"]

PAPER_RANGE = (0.790, 0.809)
"""Weighted alignments that the paper reports."""
WIDTH = 8.0
_EVERYONE = "everyone"


def groups_of(model: ModelTables) -> list[tuple[str, str]]:
    """Attribute and level of the groups that any form has an alignment with, everyone first."""
    rows = model.rows("alignment_by_group")
    found = [(r["attribute"], r["level"]) for r in rows if known(r, "alignment") is not None]
    return sorted(dict.fromkeys(found), key=lambda g: g[0] != _EVERYONE)


def alignment(basis: Basis) -> Chart | None:
    """Above, over the groups of each attribute, with the paper's range; below, by group.

    Returns
    -------
    Chart or None
        None if nothing could be compared.
    """
    model = basis.models[0]
    groups = groups_of(model)
    if not groups:
        return None
    shown = [
        (f, w)
        for f, w in series(model.forms, model.weightings)
        if any(
            known(r, "alignment") is not None
            for r in model.rows("alignment_by_group", form=f, weighting=w)
        )
    ]
    lines = [*_overall(model, shown), *_by_group(model, groups, shown)]
    told = (
        "Alignment: 1 − Wasserstein's distance over the range of the scale (options without an order: "
        f"1 − total variation), mean over questions; 1 is equal. Bars: {basis.level} bootstrap "
        f"intervals over personas and {basis.humans}. Split half: one half of the group's "
        f"{basis.humans} with the other; the best attainable is a little nearer. Uniform answers: every "
        "option alike."
    )
    band = (
        f"Band: {PAPER_RANGE[0]:.3f}–{PAPER_RANGE[1]:.3f}, the weighted alignment that the paper "
        "reports of another model and real respondents."
    )
    row = 0.2 + 0.055 * max(0, len(shown) - 2)
    with drawing():
        page = sheet(
            f"Alignment of personas with {basis.humans}",
            f"{basis.who} against {basis.humans}",
            basis.note(f"{told} {band}"),
            plot=row * len(lines),
            width=WIDTH,
            above=0.5 + 0.16 * (len(shown) > 2),
            below=0.45,
        )
        axes = page.axes(1.75 / WIDTH, (WIDTH - 1.75 - 0.2) / WIDTH)
        draw(axes, lines)
        axes.axvspan(*PAPER_RANGE, color="#e8c56a", alpha=0.35, linewidth=0, zorder=0.5)
        low, high = limits(lines, *PAPER_RANGE)
        axes.set_xlim(low, min(high, 1.005))
        axes.set_xlabel("alignment with the group (0 to 1)", size=8)
        axes.axvline(1, color=MUTED, linewidth=0.8)
        legend(
            page.figure,
            shown,
            [("uniform answers", "Uniform answers"), ("split half", "Split half")],
            (0.36 / WIDTH, page.bottom + page.height + 0.1 / page.figure.get_figheight()),
        )
        figure = page.figure
    caption = (
        f"Alignment of personas with {basis.humans}, over all and by group{basis.labels}: "
        f"{_counted(model, shown)}. {told} Configurations have no sex, age, education or country: only "
        f"personas with a biography are in groups. {band}"
    )
    return Chart("figure3_alignment", figure, caption, _alt(model, shown))


def _beside(row: dict[str, object]) -> list[tuple[str, float]]:
    pairs = (("uniform answers", "uniform"), ("split half", "split_half"))
    return [(kind, v) for kind, column in pairs if (v := known(row, column)) is not None]


def _overall(model: ModelTables, shown: list[tuple[str, str]]) -> list[Line]:
    lines = [Line("Over all groups")]
    attributes = dict.fromkeys(r["attribute"] for r in model.rows("alignment_overall"))
    for attribute in attributes:
        rows = [
            model.one("alignment_overall", form=f, weighting=w, attribute=attribute)
            for f, w in shown
        ]
        marks = [dot(r, "alignment", f, w) for r, (f, w) in zip(rows, shown, strict=True)]
        if any(m is not None for m in marks):
            title = attribute_title(attribute)
            title = title if attribute == _EVERYONE else f"by {title.lower()}"
            there = next(r for r, m in zip(rows, marks, strict=True) if m is not None)
            lines.append(Line(title, marks, _beside(there)))
    return lines


def _by_group(
    model: ModelTables, groups: list[tuple[str, str]], shown: list[tuple[str, str]]
) -> list[Line]:
    lines, last = [], _EVERYONE
    for attribute, level in groups:
        if attribute == _EVERYONE:
            continue
        if attribute != last:
            lines.append(Line(attribute_title(attribute)))
            last = attribute
        rows = [
            model.one("alignment_by_group", form=f, weighting=w, attribute=attribute, level=level)
            for f, w in shown
        ]
        marks = [dot(r, "alignment", f, w) for r, (f, w) in zip(rows, shown, strict=True)]
        there = next(r for r, m in zip(rows, marks, strict=True) if m is not None)
        lines.append(Line(group_title(attribute, level), marks, _beside(there)))
    return lines


def _counted(model: ModelTables, shown: list[tuple[str, str]]) -> str:
    said = []
    for form in dict.fromkeys(f for f, _ in shown):
        row = model.one("alignment_by_group", form=form, attribute=_EVERYONE)
        said.append(
            f"{form_style(form).title.lower()} n {count(whole(row, 'n_personas'))}, coverage "
            f"{percent(known(row, 'coverage'))}"
        )
    row = model.one("alignment_by_group", attribute=_EVERYONE)
    asked = (
        f"{count(whole(row, 'questions'))} questions, {count(whole(row, 'n_humans'))} respondents"
    )
    return f"{'; '.join(said)}; {asked}"


def _alt(model: ModelTables, shown: list[tuple[str, str]]) -> str:
    said = []
    for form, weighting in shown:
        row = model.one("alignment_overall", form=form, weighting=weighting, attribute=_EVERYONE)
        name = f"{form_style(form).title}, {weighting_title(weighting)}"
        said.append(f"{name} {fixed(known(row, 'alignment'))}")
    row = model.one("alignment_overall", attribute=_EVERYONE)
    said.append(f"uniform answers {fixed(known(row, 'uniform'))}")
    said.append(f"split half {fixed(known(row, 'split_half'))}")
    return f"Alignment with everyone: {'; '.join(said)}."
